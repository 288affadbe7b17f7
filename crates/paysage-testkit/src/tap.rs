//! The laws of layers that take part in the TAP expansion.

use burn::tensor::{FloatDType, Tensor};
use paysage_kernels::{RandomKey, normal};
use paysage_layers::{
    CavityFields, Cumulants, InverseTemperature, NaturalParameters, RowAverage, Tap,
};

use crate::Precision;

/// Checks a layer against the laws of [`Tap`].
///
/// 1. Under a field alone the means are those of the layer, and cumulants are functions of the means.
/// 2. The derivative of the means in the field is the second cumulant, and that of the second (of
///    independent units whose mean determines their variance) the third; of one-hot sites both are the
///    probabilities.
/// 3. Cumulants to natural parameters and back, curvatures included, is the identity.
/// 4. The entropy less ⟨H⟩ is the log-partition less f·⟨r⟩, where there is no curvature.
/// 5. The self-consistency equation has the derivatives of the neighbours' terms in the means, and in
///    the variances where these are moments of their own.
/// 6. The gradient is that of the entropy and the neighbours' terms at fixed moments of x.
/// 7. A step goes its share of the way to the self-consistent natural parameters, with the cumulants there.
/// 8. Standardized moments are equal where the moments are, and differ elsewhere.
///
/// # Panics
///
/// When a law is broken, with its number.
pub fn check_tap<L: Tap + Clone>(layer: &L, key: RandomKey) {
    let laws = Laws::new(layer, key);
    laws.alone();
    laws.natural_parameters();
    laws.self_consistency();
    laws.step();
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
    cavity: [Tensor<2>; 3],
}

impl<'a, L: Tap + Clone> Laws<'a, L> {
    fn new(layer: &'a L, key: RandomKey) -> Self {
        let (device, dtype) = layer.storage();
        let noise = |child| {
            let noise = normal([ROWS, layer.units()], key.split(child), &device);
            noise.cast(FloatDType::from(dtype))
        };
        let field = noise(0);
        let own =
            layer.natural_parameters(&layer.cumulants(&NaturalParameters::of_field(field.clone())));
        // The curvature that takes away a unit's own quadratic term is σ², and 1/κ₂ there.
        let curvature = own.curvature.map(|_| {
            let alone = layer.cumulants(&NaturalParameters::of_field(field.clone()));
            noise(5).tanh() * 0.5 / alone.second
        });
        Self {
            layer,
            precision: Precision::of(dtype),
            field,
            direction: noise(1),
            curvature,
            cavity: [2, 3, 4].map(noise),
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
        self.layer
            .cumulants(&NaturalParameters { field, curvature })
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
        let alone = |field: Tensor<2>| self.layer.cumulants(&NaturalParameters::of_field(field));
        let here = alone(self.field.clone());
        let mean = self
            .layer
            .mean(self.field.clone(), &InverseTemperature::ONE);
        self.close(here.mean.clone(), mean.clone(), 1);
        let of_means = self.layer.cumulants_of_means(mean);
        self.close(of_means.second, here.second.clone(), 1);
        self.close(of_means.third, here.third.clone(), 1);

        let moved = |share: f64| alone(self.field.clone() + self.direction.clone() * share);
        let covariance = spread(self.layer, &here, self.direction.clone());
        self.close(self.change(|share| self.seen(&moved(share))), covariance, 2);
        if self.layer.domain().width() > 1 {
            self.close(here.second.clone(), here.mean.clone(), 2);
            self.close(here.third.clone(), here.mean.clone(), 2);
        } else if self.curvature.is_none() {
            let third = here.third.clone() * self.direction.clone();
            self.close(self.change(|share| moved(share).second), third, 2);
        }

        let field_dot = (self.field.clone() * self.seen(&here)).sum_dim(1);
        let beta = &InverseTemperature::ONE;
        let log_partition = self.layer.log_partition(self.field.clone(), beta);
        let entropy = self.layer.entropy(&here).unsqueeze_dim::<2>(1);
        self.close(entropy, log_partition.unsqueeze_dim::<2>(1) - field_dot, 4);
    }

    /// There and back.
    fn natural_parameters(&self) {
        let here = self.at(self.field.clone());
        let natural = self.layer.natural_parameters(&here);
        let again = self.layer.cumulants(&natural);
        self.close(again.mean.clone(), here.mean.clone(), 3);
        self.close(again.second.clone(), here.second.clone(), 3);
        if let (Some(found), Some(expected)) = (natural.curvature, &self.curvature) {
            self.close(found, expected.clone(), 3);
        }
        self.close(
            self.layer.standardized(&again),
            self.layer.standardized(&here),
            8,
        );
        let moved = self.at(self.field.clone() + self.direction.clone());
        let apart = (self.layer.standardized(&moved) - self.layer.standardized(&here)).abs();
        assert!(
            apart.max().into_scalar::<f64>() > 0.0,
            "law 8 of the expansion"
        );
    }

    /// The terms of the neighbours, which are linear in what they see.
    fn terms(&self, layer: &L, at: &Cumulants) -> Tensor<2> {
        let [first, second, third] = self.cavity.clone();
        let seen = layer.interaction(at.mean.clone());
        let sum = first * seen + second * at.second.clone() + third * at.third.clone();
        sum.sum_dim(1)
    }

    fn cavity_fields(&self) -> CavityFields {
        let [field, second, third] = self.cavity.clone();
        CavityFields {
            field,
            second: Some(second),
            third: Some(third),
        }
    }

    fn self_consistency(&self) {
        let here = self.at(self.field.clone());
        let solution = self.layer.self_consistency(&here, &self.cavity_fields());
        // Means follow a field by the covariance that units have without a curvature.
        let alone = self
            .layer
            .cumulants(&NaturalParameters::of_field(self.field.clone()));
        let expected = spread(self.layer, &alone, self.direction.clone()) * solution.field;
        let terms = self.along(|at| self.terms(self.layer, at));
        self.close(terms, expected.sum_dim(1), 5);
        let (Some(own), Some(wanted)) = (&self.curvature, solution.curvature) else {
            return;
        };
        // Variances follow a curvature by their squares, and terms by half of what balances them.
        let of = |share: f64| {
            let curvature = own.clone() + self.direction.clone() * share;
            let natural = NaturalParameters {
                field: self.field.clone(),
                curvature: Some(curvature),
            };
            self.layer.cumulants(&natural)
        };
        let terms = self.change(|share| self.terms(self.layer, &of(share)));
        let expected = here.second.square() * self.direction.clone() * wanted * 0.5;
        self.close(terms, expected.sum_dim(1), 5);
    }

    /// From another point, with a share of its own for each row.
    fn step(&self) {
        let from = NaturalParameters {
            field: self.direction.clone(),
            curvature: self.curvature.clone(),
        };
        let (here, cavity) = (self.at(self.field.clone()), self.cavity_fields());
        let second = CavityFields {
            third: None,
            ..cavity.clone()
        };
        let first = CavityFields {
            second: None,
            ..second.clone()
        };
        let share = self.field.clone().narrow(1, 0, 1).square();
        let share = share.clone() / (share + 1.0);
        for cavity in [cavity, second, first] {
            let (found, at) = self.layer.stepped(&from, &here, &cavity, &share);
            let target = self.layer.self_consistency(&here, &cavity);
            let expected = from.combined(&target, |from, to| {
                from.clone() + (to - from) * share.clone()
            });
            let of_found = self.layer.cumulants(&found);
            self.close(found.field, expected.field, 7);
            if let (Some(found), Some(expected)) = (found.curvature, expected.curvature) {
                self.close(found, expected, 7);
            }
            // Cumulants are NaN where a curvature is too large.
            let defined = |x: Tensor<2>| x.clone().mask_fill(x.is_nan(), 0.0);
            let pairs = [
                (at.mean, of_found.mean),
                (at.second, of_found.second),
                (at.third, of_found.third),
            ];
            for (found, expected) in pairs {
                self.close(defined(found), defined(expected), 7);
            }
        }
    }

    /// In every parameter, at moments of x that stay.
    fn gradient(&self) {
        let here = self.at(self.field.clone());
        // Every moment of x as the layer has it now: of r they change with its parameters.
        let moments = |layer: &L| {
            let natural = layer.natural_parameters(&here);
            match natural.curvature {
                Some(_) => {
                    let scale = |layer: &L| {
                        let one = here.mean.ones_like();
                        let zero = here.mean.zeros_like();
                        layer.interaction(one) - layer.interaction(zero)
                    };
                    // r is linear in x.
                    let second = here.second.clone() * (scale(layer) / scale(self.layer)).square();
                    Cumulants {
                        second,
                        ..here.clone()
                    }
                }
                // The other cumulants are functions of the means.
                None => layer.cumulants_of_means(here.mean.clone()),
            }
        };
        let value = |layer: &L| {
            let at = moments(layer);
            let own = layer.entropy(&at).unsqueeze_dim::<2>(1);
            own + self.terms(layer, &at)
        };
        let gradient =
            self.layer
                .expansion_gradient(&here, &self.cavity_fields(), &RowAverage::Uniform);
        for (name, found) in gradient {
            let found = found.compute();
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
    let states = layer.domain().width();
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
