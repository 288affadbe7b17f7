//! The laws that every layer must obey.

use burn::tensor::{Bool, DType, FloatDType, Tensor, TensorData};
use paysage_kernels::{Product, RandomKey, normal};
use paysage_layers::{Derivatives, InverseTemperature, Moments, RowAverage, Trainable};

use crate::{
    Precision,
    statistics::{SIGMAS, assert_mean, mean_and_error},
};

/// Checks a layer against the laws of [`Layer`](paysage_layers::Layer),
/// [`Conditional`](paysage_layers::Conditional) and [`Trainable`](paysage_layers::Trainable).
///
/// 1. The derivative of the log-partition in the field is β times the mean of r, and in β the mean
///    of f·r − H.
/// 2. Samples are in the domain and have the mean and the variance of the layer; the variance of r
///    is the second derivative of the log-partition in the field over β².
/// 3. No sample is more probable than the mode.
/// 4. An inverse temperature for each chain acts as the same shared one.
/// 5. Rows are independent, and a sample split over rows is the same sample.
/// 6. Energy gradients are the central differences of the energy, expected ones those of the
///    log-partition, and rows contribute by their weights.
/// 7. Started from the moments of its own samples, the layer has their mean.
/// 8. Whatever units of a state are clamped, a sample of the others completes it to a valid state.
/// 9. A field that is added to the parameters acts as one from neighbours, and changes the energy by
///    −field·r and a constant; the parts of a split interaction sum to r.
///
/// The layer should have parameters of order one, in f64 where the device has it.
///
/// # Panics
///
/// When a law is broken, with its number.
pub fn check_layer<L: Trainable>(layer: &L, key: RandomKey) {
    let laws = Laws { layer, key };
    laws.log_partition_generates_the_mean();
    laws.log_partition_knows_the_temperature();
    laws.samples_follow_the_conditional();
    laws.mode_is_most_probable();
    laws.temperatures_may_differ_by_chain();
    laws.rows_are_independent();
    laws.gradients_are_derivatives();
    laws.starts_from_moments();
    laws.clamped_units_are_completed();
    laws.fields_are_absorbed();
}

struct Laws<'a, L> {
    layer: &'a L,
    key: RandomKey,
}

impl<L: Trainable> Laws<'_, L> {
    fn dtype(&self) -> DType {
        self.layer.storage().1
    }

    fn precision(&self) -> Precision {
        Precision::of(self.dtype())
    }

    /// Random fields of order one: `[batch, units]`.
    fn fields(&self, batch: usize, count: u64) -> Tensor<2> {
        let (device, dtype) = self.layer.storage();
        normal(
            [batch, self.layer.units()],
            self.key.split(1000 + count),
            &device,
        )
        .cast(FloatDType::from(dtype))
    }

    /// (f·r(x) − H(x)) of every row.
    fn exponent(&self, layer: &L, states: Tensor<2>, field: Tensor<2>) -> Tensor<1> {
        let product = (layer.interaction(states.clone()) * field).sum_dim(1);
        product.squeeze_dim::<1>(1) - layer.energy(states)
    }

    /// ln of the probability of every row under a field at β = 1, up to a constant.
    fn log_weight(&self, states: Tensor<2>, field: Tensor<2>) -> Vec<f64> {
        let exponent = self.exponent(self.layer, states.clone(), field);
        values(match self.layer.log_base_measure(states) {
            Some(log_base_measure) => exponent + log_base_measure,
            None => exponent,
        })
    }

    fn fields_are_absorbed(&self) {
        let precision = self.precision();
        let (field, added) = (self.fields(3, 60), self.fields(1, 61));
        let mut moved = self.layer.clone();
        moved.add_field(added.clone().squeeze_dim(0));
        let beta = InverseTemperature::from(0.7);
        let found = rows(moved.mean(field.clone(), &beta));
        let expected = rows(self.layer.mean(field.clone() + added.clone(), &beta));
        for (found, expected) in found.concat().into_iter().zip(expected.concat()) {
            precision.assert_close(found, expected, "law 9, mean of a layer with another field");
        }
        let states = self.layer.sample(field.clone(), &beta, self.key.split(62));
        let seen = self.layer.interaction(states.clone());
        let dot = (seen.clone() * added.clone())
            .sum_dim(1)
            .squeeze_dim::<1>(1);
        let change = moved.energy(states.clone()) - self.layer.energy(states.clone()) + dot;
        let change = values(change);
        for constant in &change {
            precision.assert_close(*constant, change[0], "law 9, change of the energy");
        }
        // The same field as the product of a single row.
        let states_of_other = added.clone().narrow(1, 0, 1);
        let matrix = added / states_of_other.clone();
        let mut moved_by_product = self.layer.clone();
        moved_by_product.add_field_of(Product {
            states: states_of_other,
            matrix,
            transposed: false,
        });
        let found = moved_by_product.mean(field.clone(), &beta);
        let expected = moved.mean(field, &beta);
        for (found, expected) in rows(found)
            .concat()
            .into_iter()
            .zip(rows(expected).concat())
        {
            precision.assert_close(found, expected, "law 9, the field of a product");
        }
        let varying = self.layer.varying_interaction(states);
        let sum = match self.layer.constant_interaction() {
            Some(constant) => varying + constant,
            None => varying,
        };
        for (found, expected) in rows(sum).concat().into_iter().zip(rows(seen).concat()) {
            precision.assert_close(found, expected, "law 9, parts of the interaction");
        }
    }

    fn log_partition_generates_the_mean(&self) {
        let precision = self.precision();
        for beta in [1.0, 0.4, 2.0].map(InverseTemperature::from) {
            let field = self.fields(2, 0);
            let mean = self.layer.mean(field.clone(), &beta);
            let expected = rows(beta.scale(self.layer.interaction(mean)));
            for unit in 0..self.layer.units() {
                let at = |sign: f64| {
                    let moved = nudge(field.clone(), unit, sign * precision.step);
                    values(self.layer.log_partition(moved, &beta))
                };
                let (up, down) = (at(1.0), at(-1.0));
                for (row, expected) in expected.iter().enumerate() {
                    let slope = (up[row] - down[row]) / (2.0 * precision.step);
                    precision.assert_close(
                        slope,
                        expected[unit],
                        &format!("law 1, derivative of the log-partition in field {unit}"),
                    );
                }
            }
        }
    }

    fn log_partition_knows_the_temperature(&self) {
        const DRAWS: usize = 20_000;
        // A step that f32 can resolve; its own error is far below that of the sample.
        const STEP: f64 = 1e-2;
        let field = self.fields(1, 10);
        for (count, beta) in [0.5, 1.0, 1.7].into_iter().enumerate() {
            let at = |beta: f64| values(self.layer.log_partition(field.clone(), &beta.into()))[0];
            let slope = (at(beta + STEP) - at(beta - STEP)) / (2.0 * STEP);
            let fields = field.clone().repeat_dim(0, DRAWS);
            let key = self.key.split(20 + count as u64);
            let drawn = self.layer.sample(fields.clone(), &beta.into(), key);
            let exponents = values(self.exponent(self.layer, drawn, fields));
            assert_mean(
                &exponents,
                slope,
                "law 1, derivative of the log-partition in β",
            );
        }
    }

    fn samples_follow_the_conditional(&self) {
        const DRAWS: usize = 20_000;
        let domain = self.layer.domain();
        for (count, beta) in [1.0, 0.5]
            .map(InverseTemperature::from)
            .into_iter()
            .enumerate()
        {
            let one = self.fields(1, 1);
            let field = one.clone().repeat_dim(0, DRAWS);
            let drawn = self
                .layer
                .sample(field, &beta, self.key.split(count as u64));
            let states = rows(drawn.clone());
            for state in &states {
                let state: Vec<f32> = state.iter().map(|&x| x as f32).collect();
                assert_eq!(
                    domain.first_invalid(&state),
                    None,
                    "law 2, a sample {state:?} is outside the domain"
                );
            }
            let mean = &rows(self.layer.mean(one.clone(), &beta))[0];
            let spread = self.variance_of_interaction(&one, &beta);
            self.variance_is_that_of_the_interaction(&one, &beta, &spread);
            let seen = rows(self.layer.interaction(drawn));
            for unit in 0..self.layer.units() {
                let column: Vec<f64> = states.iter().map(|s| s[unit]).collect();
                assert_mean(&column, mean[unit], &format!("law 2, unit {unit}"));
                let r: Vec<f64> = seen.iter().map(|s| s[unit]).collect();
                let (average, _) = mean_and_error(&r);
                let squares: Vec<f64> = r.iter().map(|r| (r - average).powi(2)).collect();
                let (variance, error) = mean_and_error(&squares);
                // The error of the average enters squared, and is all there is for a fair coin.
                let from_average = SIGMAS.powi(2) * spread[unit] / DRAWS as f64;
                let tolerance = self.precision().tolerance * (1.0 + spread[unit]);
                let slack = SIGMAS * error + from_average + tolerance;
                assert!(
                    (variance - spread[unit]).abs() <= slack,
                    "law 2, r of unit {unit} varies by {variance}, expected {}",
                    spread[unit]
                );
            }
        }
    }

    /// β Var(r) is the derivative of the mean of r in the field.
    fn variance_of_interaction(&self, field: &Tensor<2>, beta: &InverseTemperature) -> Vec<f64> {
        let step = self.precision().step;
        let InverseTemperature::Shared(scale) = beta else {
            unreachable!("the law uses shared temperatures")
        };
        let at = |unit, by| {
            let mean = self.layer.mean(nudge(field.clone(), unit, by), beta);
            rows(self.layer.interaction(mean))[0][unit]
        };
        (0..self.layer.units())
            .map(|unit| (at(unit, step) - at(unit, -step)) / (2.0 * step) / scale)
            .collect()
    }

    /// Var(x) times the square of the factor of x in r is the variance of r.
    fn variance_is_that_of_the_interaction(
        &self,
        field: &Tensor<2>,
        beta: &InverseTemperature,
        of_interaction: &[f64],
    ) {
        let (zeros, ones) = (field.zeros_like(), field.ones_like());
        let factor = self.layer.interaction(ones) - self.layer.interaction(zeros);
        let variance = self.layer.variance(field.clone(), beta);
        let found = &rows(variance * factor.square())[0];
        for (unit, (&found, &expected)) in found.iter().zip(of_interaction).enumerate() {
            let what = format!("law 2, variance of unit {unit}");
            self.precision().assert_close(found, expected, &what);
        }
    }

    fn mode_is_most_probable(&self) {
        let field = self.fields(200, 2);
        let mode = self.layer.mode(field.clone());
        let drawn = self
            .layer
            .sample(field.clone(), &InverseTemperature::ONE, self.key.split(10));
        let best = self.log_weight(mode, field.clone());
        let others = self.log_weight(drawn, field);
        for (best, other) in best.iter().zip(others) {
            assert!(
                *best >= other - self.precision().tolerance * (1.0 + other.abs()),
                "law 3, a sample is more probable than the mode: {other} > {best}"
            );
        }
    }

    fn temperatures_may_differ_by_chain(&self) {
        let field = self.fields(3, 3);
        let betas = [0.3, 1.0, 2.5];
        let device = field.device();
        let each = InverseTemperature::PerChain(Tensor::from_data(
            TensorData::new(betas.to_vec(), [3]),
            (&device, self.dtype()),
        ));
        let key = self.key.split(11);
        let variances = rows(self.layer.variance(field.clone(), &each));
        let together = (
            rows(self.layer.mean(field.clone(), &each)),
            values(self.layer.log_partition(field.clone(), &each)),
            rows(self.layer.sample(field.clone(), &each, key)),
        );
        for (row, beta) in betas.into_iter().enumerate() {
            let beta = InverseTemperature::from(beta);
            let close = |found: f64, expected: f64| {
                self.precision()
                    .assert_close(found, expected, "law 4, a chain's own temperature");
            };
            close(
                together.1[row],
                values(self.layer.log_partition(field.clone(), &beta))[row],
            );
            let mean = rows(self.layer.mean(field.clone(), &beta));
            let drawn = rows(self.layer.sample(field.clone(), &beta, key));
            let variance = rows(self.layer.variance(field.clone(), &beta));
            for unit in 0..self.layer.units() {
                close(variances[row][unit], variance[row][unit]);
                close(together.0[row][unit], mean[row][unit]);
                close(together.2[row][unit], drawn[row][unit]);
            }
        }
    }

    fn rows_are_independent(&self) {
        let field = self.fields(5, 4);
        let key = self.key.split(12);
        let last = field.clone().slice([3..5]);
        let whole = rows(self.layer.sample(field, &InverseTemperature::ONE, key));
        let part = self
            .layer
            .sample(last, &InverseTemperature::ONE, key.starting_at(3));
        assert_eq!(
            whole[3..],
            rows(part),
            "law 5, the last rows drawn alone differ from the last rows drawn with the others"
        );
    }

    fn gradients_are_derivatives(&self) {
        let precision = self.precision();
        let field = self.fields(4, 5);
        let states = self
            .layer
            .sample(field.clone(), &InverseTemperature::ONE, self.key.split(13));
        let beta = InverseTemperature::from(0.7);
        let mean = self.layer.mean(field.clone(), &beta);
        let device = field.device();
        let weights = [0.1, 0.2, 0.3, 0.4];
        let weighted = RowAverage::Weighted(Tensor::from_data(
            TensorData::new(weights.to_vec(), [4]),
            (&device, self.dtype()),
        ));
        for (average, weights) in [(RowAverage::Uniform, [0.25; 4]), (weighted, weights)] {
            let mix =
                |rows: Vec<f64>| -> f64 { rows.iter().zip(weights).map(|(r, w)| r * w).sum() };
            let field_dot_of = |states: &Tensor<2>| {
                let seen = self.layer.interaction(states.clone()) * field.clone();
                average.columns(seen)
            };
            let with_interaction = |gradient: Derivatives, states| {
                let computed = gradient
                    .into_iter()
                    .map(|(name, mean)| (name, mean.compute()));
                let mut gradient: Vec<_> = computed.collect();
                for (name, more) in self.layer.interaction_gradient(&|| field_dot_of(states)) {
                    let entry = gradient.iter_mut().find(|(known, _)| *known == name);
                    let (_, sum) = entry.expect("law 6, r has a parameter that H has not");
                    let more = more.compute();
                    sum.inplace(|sum| sum + more);
                }
                gradient
            };
            let at_states = self.layer.energy_gradient(states.clone(), &average);
            let at_states = with_interaction(at_states, &states);
            self.check_each(&at_states, precision, |layer| {
                -mix(values(self.exponent(layer, states.clone(), field.clone())))
            });
            let expected = self.layer.expected_energy_gradient(
                mean.clone(),
                &|| field.clone(),
                &beta,
                &average,
            );
            let expected = with_interaction(expected, &mean);
            let names = |gradient: &[(&'static str, Tensor<1>)]| -> Vec<&str> {
                gradient.iter().map(|(name, _)| *name).collect()
            };
            assert!(
                !at_states.is_empty(),
                "law 6, the energy gradient has no entry"
            );
            assert_eq!(
                names(&at_states),
                names(&expected),
                "law 6, names of the gradients"
            );
            self.check_each(&expected, precision, |layer| {
                -mix(values(layer.log_partition(field.clone(), &beta))) / 0.7
            });
        }
    }

    fn check_each(
        &self,
        gradient: &[(&'static str, Tensor<1>)],
        precision: Precision,
        value: impl Fn(&L) -> f64,
    ) {
        for (name, derivatives) in gradient {
            for (unit, derivative) in values(derivatives.clone()).into_iter().enumerate() {
                let at = |by: f64| {
                    let mut moved = self.layer.clone();
                    for (parameter, tensor) in moved.parameters_mut() {
                        if parameter == *name {
                            tensor.inplace(|t| nudge(t.unsqueeze(), unit, by).squeeze_dim(0));
                        }
                    }
                    value(&moved)
                };
                let slope = (at(precision.step) - at(-precision.step)) / (2.0 * precision.step);
                precision.assert_close(derivative, slope, &format!("law 6, {name}[{unit}]"));
            }
        }
    }

    fn starts_from_moments(&self) {
        const DRAWS: usize = 5000;
        let field = self.fields(1, 6).repeat_dim(0, DRAWS);
        let drawn = self
            .layer
            .sample(field, &InverseTemperature::ONE, self.key.split(14));
        let table: Vec<Vec<f32>> = rows(drawn)
            .into_iter()
            .map(|row| row.into_iter().map(|x| x as f32).collect())
            .collect();
        let moments = Moments::of_rows(self.layer.units(), table.iter().map(Vec::as_slice));
        let mut started = self.layer.clone();
        started.start_from(&moments);
        let none = self.fields(1, 7) * 0.0;
        let mean = &rows(started.mean(none, &InverseTemperature::ONE))[0];
        for (unit, (found, expected)) in mean.iter().zip(&moments.mean).enumerate() {
            // Smoothing moves a mean by less than one observation.
            let column = table.iter().map(|row| f64::from(row[unit]));
            let (least, most) = column.fold((f64::MAX, f64::MIN), |(a, b), x| (a.min(x), b.max(x)));
            let slack = (most - least) / DRAWS as f64 + 1e-4;
            assert!(
                (found - expected).abs() <= slack,
                "law 7, unit {unit} starts with mean {found}, the data have {expected}"
            );
        }
    }

    fn clamped_units_are_completed(&self) {
        const ROWS: usize = 200;
        let domain = self.layer.domain();
        let field = self.fields(ROWS, 8);
        let beta = InverseTemperature::ONE;
        let states = self.layer.sample(field.clone(), &beta, self.key.split(15));
        // Every third unit, shifted from row to row, so that all parts of a site are clamped in turn.
        let units = self.layer.units();
        let clamped: Vec<bool> = (0..ROWS * units)
            .map(|i| (i / units + i % units).is_multiple_of(3))
            .collect();
        let data = TensorData::new(clamped, [ROWS, units]);
        let mask = Tensor::<2, Bool>::from_data(data, &field.device());
        let field = self.fields(ROWS, 9);
        let field = domain.condition(field, &states, &mask);
        let drawn = self.layer.sample(field, &beta, self.key.split(16));
        let merged = rows(drawn.mask_where(mask, states));
        for state in merged {
            let state: Vec<f32> = state.iter().map(|&x| x as f32).collect();
            assert_eq!(
                domain.first_invalid(&state),
                None,
                "law 8, clamped units were completed to {state:?}, which is no valid state"
            );
        }
    }
}

/// Adds to one column.
fn nudge(x: Tensor<2>, column: usize, by: f64) -> Tensor<2> {
    let at = [0..x.dims()[0], column..column + 1];
    let entry = x.clone().slice(at.clone());
    x.slice_assign(at, entry + by)
}

fn values(x: Tensor<1>) -> Vec<f64> {
    x.into_data().iter().collect()
}

fn rows(x: Tensor<2>) -> Vec<Vec<f64>> {
    let width = x.dims()[1];
    let flat: Vec<f64> = x.into_data().iter().collect();
    flat.chunks(width).map(<[f64]>::to_vec).collect()
}
