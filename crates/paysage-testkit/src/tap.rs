//! The laws of layers that take part in the expansion of Thouless, Anderson and Palmer.

use burn::tensor::{FloatDType, Tensor};
use paysage_kernels::{RandomKey, normal};
use paysage_layers::{Cumulants, InverseTemperature, RowAverage, Slopes, Tap, Tilt};

use crate::Precision;

/// Checks a layer against the laws of [`Tap`].
///
/// 1. Under a field alone the means are those of the layer.
/// 2. They change with the field by the second cumulants, and these (of independent units without a
///    variance of their own) by the third; of sites both are the probabilities.
/// 3. The tilt of given cumulants has these cumulants, curvatures included.
/// 4. The entropy less ⟨H⟩ is the log-partition less the field times ⟨r⟩, where there
///    is no curvature.
/// 5. Balance is how much the terms of the neighbours change with the means, and with the variances
///    of units that have one of their own.
/// 6. The gradient is that of entropy and terms at fixed moments of x.
/// 7. Moments are told apart in a scale of their own: not at all where they are the same.
///
/// # Panics
///
/// With the law that is broken.
pub fn check_tap<L: Tap + Clone>(layer: &L, key: RandomKey) {
    let laws = Laws::new(layer, key);
    laws.alone();
    laws.tilts();
    laws.balance();
    laws.gradient();
}

const ROWS: usize = 4;

struct Laws<'a, L> {
    layer: &'a L,
    precision: Precision,
    field: Tensor<2>,
    /// Where the field goes.
    direction: Tensor<2>,
    /// Curvatures that leave every variance between a half and twice that of the unit alone; nothing
    /// where there is none.
    curvature: Option<Tensor<2>>,
    slopes: [Tensor<2>; 3],
}

impl<'a, L: Tap + Clone> Laws<'a, L> {
    fn new(layer: &'a L, key: RandomKey) -> Self {
        let like = layer.parameters()[0].1;
        let (device, dtype): (_, FloatDType) = (like.device(), like.dtype().into());
        let noise = |child| normal([ROWS, layer.units()], key.split(child), &device).cast(dtype);
        let field = noise(0);
        let own = layer.tilt_of(&layer.cumulants(&Tilt {
            field: field.clone(),
            curvature: None,
        }));
        // The curvature that takes away a unit's own quadratic term is σ², and 1/κ₂ there.
        let curvature = own.curvature.map(|_| {
            let alone = layer.cumulants(&Tilt {
                field: field.clone(),
                curvature: None,
            });
            noise(5).tanh() * 0.5 / alone.second
        });
        Self {
            layer,
            precision: Precision::of(like.dtype()),
            field,
            direction: noise(1),
            curvature,
            slopes: [2, 3, 4].map(noise),
        }
    }

    fn close(&self, found: Tensor<2>, expected: Tensor<2>, law: u8) {
        let values = |x: Tensor<2>| -> Vec<f64> { x.into_data().iter().collect() };
        for (found, expected) in values(found).into_iter().zip(values(expected)) {
            let law = format!("law {law} of the expansion");
            self.precision.assert_close(found, expected, &law);
        }
    }

    fn at(&self, field: Tensor<2>) -> Cumulants {
        let curvature = self.curvature.clone();
        self.layer.cumulants(&Tilt { field, curvature })
    }

    fn seen(&self, at: &Cumulants) -> Tensor<2> {
        self.layer.interaction(at.mean.clone())
    }

    /// How a function of a number changes at zero.
    fn change<const D: usize>(&self, of: impl Fn(f64) -> Tensor<D>) -> Tensor<D> {
        let step = self.precision.step;
        (of(step) - of(-step)) * (0.5 / step)
    }

    /// How a function of the cumulants changes with the field along the direction.
    fn along(&self, of: impl Fn(&Cumulants) -> Tensor<2>) -> Tensor<2> {
        self.change(|share| of(&self.at(self.field.clone() + self.direction.clone() * share)))
    }

    /// Units without a curvature.
    fn alone(&self) {
        let alone = |field: Tensor<2>| {
            let curvature = None;
            self.layer.cumulants(&Tilt { field, curvature })
        };
        let here = alone(self.field.clone());
        let mean = self
            .layer
            .mean(self.field.clone(), &InverseTemperature::ONE);
        self.close(here.mean.clone(), mean, 1);

        let moved = |share: f64| alone(self.field.clone() + self.direction.clone() * share);
        let covariance = spread(self.layer, &here, self.direction.clone());
        self.close(self.change(|share| self.seen(&moved(share))), covariance, 2);
        if self.layer.states_of_a_site() > 1 {
            self.close(here.second.clone(), here.mean.clone(), 2);
            self.close(here.third.clone(), here.mean.clone(), 2);
        } else if self.curvature.is_none() {
            let third = here.third.clone() * self.direction.clone();
            self.close(self.change(|share| moved(share).second), third, 2);
        }

        let lifted = (self.field.clone() * self.seen(&here)).sum_dim(1);
        let beta = &InverseTemperature::ONE;
        let log_partition = self.layer.log_partition(self.field.clone(), beta);
        let entropy = self.layer.entropy(&here).unsqueeze_dim::<2>(1);
        self.close(entropy, log_partition.unsqueeze_dim::<2>(1) - lifted, 4);
    }

    /// There and back.
    fn tilts(&self) {
        let here = self.at(self.field.clone());
        let tilt = self.layer.tilt_of(&here);
        let again = self.layer.cumulants(&tilt);
        self.close(again.mean.clone(), here.mean.clone(), 3);
        self.close(again.second.clone(), here.second.clone(), 3);
        if let (Some(found), Some(expected)) = (tilt.curvature, &self.curvature) {
            self.close(found, expected.clone(), 3);
        }
        self.close(self.layer.scaled(&again), self.layer.scaled(&here), 7);
        let moved = self.at(self.field.clone() + self.direction.clone());
        let apart = (self.layer.scaled(&moved) - self.layer.scaled(&here)).abs();
        assert!(
            apart.max().into_scalar::<f64>() > 0.0,
            "law 7 of the expansion"
        );
    }

    /// The terms of the neighbours, which are linear in what they see.
    fn terms(&self, layer: &L, at: &Cumulants) -> Tensor<2> {
        let [first, second, third] = self.slopes.clone();
        let seen = layer.interaction(at.mean.clone());
        let sum = first * seen + second * at.second.clone() + third * at.third.clone();
        sum.sum_dim(1)
    }

    fn slopes(&self) -> Slopes {
        let [field, second, third] = self.slopes.clone();
        Slopes {
            field,
            second: Some(second),
            third: Some(third),
        }
    }

    fn balance(&self) {
        let here = self.at(self.field.clone());
        let balance = self.layer.balance(&here, &self.slopes());
        // Means follow a field by the covariance that units have without a curvature.
        let alone = self.layer.cumulants(&Tilt {
            field: self.field.clone(),
            curvature: None,
        });
        let expected = spread(self.layer, &alone, self.direction.clone()) * balance.field;
        let terms = self.along(|at| self.terms(self.layer, at));
        self.close(terms, expected.sum_dim(1), 5);
        let (Some(own), Some(wanted)) = (&self.curvature, balance.curvature) else {
            return;
        };
        // Variances follow a curvature by their squares, and terms by half of what balances them.
        let of = |share: f64| {
            let curvature = own.clone() + self.direction.clone() * share;
            let tilt = Tilt {
                field: self.field.clone(),
                curvature: Some(curvature),
            };
            self.layer.cumulants(&tilt)
        };
        let terms = self.change(|share| self.terms(self.layer, &of(share)));
        let expected = here.second.square() * self.direction.clone() * wanted * 0.5;
        self.close(terms, expected.sum_dim(1), 5);
    }

    /// In every parameter, at moments of x that stay.
    fn gradient(&self) {
        let here = self.at(self.field.clone());
        // Every moment of x as the layer has it now: of r they change with its parameters.
        let moments = |layer: &L| {
            let tilt = layer.tilt_of(&here);
            let second = match tilt.curvature {
                Some(_) => {
                    let scale = |layer: &L| {
                        let one = here.mean.ones_like();
                        let zero = here.mean.zeros_like();
                        layer.interaction(one) - layer.interaction(zero)
                    };
                    // r is linear in x.
                    here.second.clone() * (scale(layer) / scale(self.layer)).square()
                }
                None => here.second.clone(),
            };
            Cumulants {
                second,
                ..here.clone()
            }
        };
        let value = |layer: &L| {
            let at = moments(layer);
            let own = layer.entropy(&at).unsqueeze_dim::<2>(1);
            own + self.terms(layer, &at)
        };
        let gradient = self
            .layer
            .expansion_gradient(&here, &self.slopes(), &RowAverage::Uniform);
        for (name, found) in gradient {
            for unit in 0..self.layer.units() {
                let difference = self.change(|step| {
                    let mut moved = self.layer.clone();
                    for (other, parameter) in moved.parameters_mut() {
                        if other == name {
                            let one = parameter.clone().slice([unit..unit + 1]) + step;
                            *parameter = parameter.clone().slice_assign([unit..unit + 1], one);
                        }
                    }
                    value(&moved).mean_dim(0)
                });
                let found = found.clone().slice([unit..unit + 1]).unsqueeze::<2>();
                self.close(found, -difference, 6);
            }
        }
    }
}

/// The covariance of r times x.
fn spread<L: Tap>(layer: &L, at: &Cumulants, x: Tensor<2>) -> Tensor<2> {
    let states = layer.states_of_a_site();
    if states == 1 {
        return x * at.second.clone();
    }
    let [rows, units] = x.dims();
    let by_site = (x.clone() * at.second.clone()).reshape([rows, units / states, states]);
    let mean = by_site
        .sum_dim(2)
        .repeat_dim(2, states)
        .reshape([rows, units]);
    (x - mean) * at.second.clone()
}
