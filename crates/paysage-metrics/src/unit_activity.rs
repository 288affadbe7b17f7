//! Activity of each hidden unit.

use burn::tensor::{Tensor, TensorData};
use paysage_data::{Rows, total_weight};
use paysage_layers::Trainable;
use paysage_models::BoltzmannMachine;
use paysage_samplers::hidden_means;

use crate::{MetricError, RowsError};

/// Activity of a hidden unit on a data set: its mean given the visible units, over the rows. In a deep
/// machine the means are those of mean field.
///
/// [`DeadUnits::counts`](crate::DeadUnits::counts) and
/// [`SaturatedUnits::counts`](crate::SaturatedUnits::counts) say whether it is dead or saturated.
///
/// ```
/// use paysage_data::BarsAndStripes;
/// use paysage_kernels::default_device;
/// use paysage_layers::Bernoulli;
/// use paysage_metrics::UnitActivity;
/// use paysage_models::BoltzmannMachine;
///
/// let device = default_device()?;
/// let layers = vec![Bernoulli::new(9, &device), Bernoulli::new(4, &device)];
/// let machine = BoltzmannMachine::chain(layers)?;
/// let units = UnitActivity::of_rows(&machine, &BarsAndStripes { size: 3 }.generate())?;
/// assert_eq!(units.len(), 4);
/// // Without weights and biases, the mean is 1/2 for every row.
/// assert_eq!((units[0].mean, units[0].range), (0.5, (0.5, 0.5)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct UnitActivity {
    /// The layer of the unit.
    pub layer: usize,
    /// The mean over the rows.
    pub mean: f64,
    /// The standard deviation over the rows.
    pub deviation: f64,
    /// The smallest and the largest mean of a row.
    pub range: (f64, f64),
    /// The smallest and the largest value that the unit can take, where there are both.
    pub bounds: Option<(f64, f64)>,
}

impl UnitActivity {
    /// The activity of all hidden units, layer by layer.
    ///
    /// # Errors
    ///
    /// When the machine has no hidden units, when values are missing, or when rows cannot be read.
    pub fn of_rows<L: Trainable>(
        machine: &BoltzmannMachine<L>,
        rows: &dyn Rows,
    ) -> Result<Vec<Self>, MetricError> {
        let hidden = machine.hidden();
        if hidden.is_empty() {
            return Err(MetricError::NoHidden);
        }
        if !rows.is_complete() {
            return Err(MetricError::MissingValues {
                file: rows.source().to_owned(),
                metric: "the activity of hidden units",
            });
        }
        let mut units: Vec<Self> = Vec::new();
        for &layer in &hidden {
            let kind = &machine.layers[layer];
            let bounds = kind.domain().bounds();
            let unit = Self {
                layer,
                mean: 0.0,
                deviation: 0.0,
                range: (f64::INFINITY, f64::NEG_INFINITY),
                bounds: bounds.map(|(low, high)| (f64::from(low), f64::from(high))),
            };
            units.extend(std::iter::repeat_n(unit, kind.units()));
        }
        let (mut count, mut done) = (0.0, 0);
        for chunk in machine.chunks(rows) {
            let state = hidden_means(machine, chunk.map_err(RowsError::from)?);
            let first = done;
            done += state.batch();
            let weights = rows.weights().map(|weights| &weights[first..done]);
            let batch = weights.map_or((done - first) as f64, total_weight);
            let layers = hidden.iter().map(|&layer| state.layers[layer].clone());
            let means = Tensor::cat(layers.collect(), 1);
            let column = |values: Tensor<2>| -> Vec<f64> { values.into_data().iter().collect() };
            let average = |x: Tensor<2>| match weights {
                None => x.mean_dim(0),
                Some(weights) => {
                    let fractions: Vec<f64> =
                        weights.iter().map(|&w| f64::from(w) / batch).collect();
                    let data = TensorData::new(fractions, [done - first, 1]);
                    let fractions = Tensor::<2>::from_data(data, (&x.device(), x.dtype()));
                    (x * fractions).sum_dim(0)
                }
            };
            let mean = average(means.clone());
            let squared = (means.clone() - mean.clone()).square();
            let squares = match weights {
                None => column(squared.sum_dim(0)),
                Some(_) => column(average(squared) * batch),
            };
            let mean = column(mean);
            let low = column(means.clone().min_dim(0));
            let high = column(means.max_dim(0));
            // Until the end, `deviation` is the sum of squared deviations.
            let part = batch / (count + batch);
            for (place, unit) in units.iter_mut().enumerate() {
                let moved = mean[place] - unit.mean;
                unit.mean += part * moved;
                unit.deviation += squares[place] + part * count * moved * moved;
                unit.range = (unit.range.0.min(low[place]), unit.range.1.max(high[place]));
            }
            count += batch;
        }
        for unit in &mut units {
            unit.deviation = (unit.deviation / count).sqrt();
        }
        Ok(units)
    }
}

#[cfg(test)]
mod tests {
    use paysage_data::Table;
    use paysage_kernels::default_device;
    use paysage_layers::{AnyLayer, Bernoulli, Gaussian};

    use super::*;
    use crate::{DeadUnits, SaturatedUnits};

    #[test]
    fn activity_is_that_of_the_conditional_means() {
        let device = default_device().expect("a device");
        let layers: Vec<AnyLayer> = vec![
            Bernoulli::new(1, &device).into(),
            Bernoulli::new(3, &device).into(),
            Gaussian::new(1, &device).into(),
        ];
        let mut machine = BoltzmannMachine::chain(layers).expect("a machine");
        // Fields of the three units for a row x: 2x, −20, 20.
        machine.connections[0].weight = Tensor::from_floats([[2.0, 0.0, 0.0]], &device);
        let AnyLayer::Bernoulli(hidden) = &mut machine.layers[1] else {
            panic!("a Bernoulli layer")
        };
        hidden.loc = Tensor::from_floats([0.0, -20.0, 20.0], &device);
        let table = Table::new("t", 1, vec![0.0, 1.0, 1.0, 1.0]).expect("a table");
        let units = UnitActivity::of_rows(&machine, &table).expect("activity");
        let on = 1.0 / (1.0 + (-2.0_f64).exp());
        let first = units[0];
        assert!((first.mean - (0.5 + 3.0 * on) / 4.0).abs() < 1e-6);
        let deviation = 3.0_f64.sqrt() / 4.0 * (on - 0.5);
        assert!((first.deviation - deviation).abs() < 1e-5);
        assert!((first.range.0 - 0.5).abs() < 1e-6 && (first.range.1 - on).abs() < 1e-6);
        let layers: Vec<usize> = units.iter().map(|unit| unit.layer).collect();
        assert_eq!(layers, [1, 1, 1, 2]);
        let dead: Vec<_> = units
            .iter()
            .map(|u| DeadUnits::default().counts(u))
            .collect();
        assert_eq!(dead, [Some(false), Some(true), Some(false), None]);
        let saturated = units.iter().map(|u| SaturatedUnits::default().counts(u));
        let saturated: Vec<_> = saturated.collect();
        assert_eq!(saturated, [Some(false), Some(false), Some(true), None]);
    }
}
