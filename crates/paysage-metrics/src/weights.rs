//! Size and sparsity of the weights.

use burn::tensor::Tensor;
use paysage_layers::Trainable;
use paysage_models::BoltzmannMachine;

use crate::{Evaluation, Measurement, Metric, MetricError, Pending};

/// Mean square of the weights of all connections.
///
/// Tubiana & Monasson, "Emergence of compositional representations in restricted Boltzmann machines",
/// 2017.
#[derive(Clone, Copy, Debug, Default)]
pub struct MeanSquareWeight;

/// Weight sparsity: the participation ratio of the weights of a hidden unit, averaged over the hidden
/// units of all connections.
///
/// ```text
/// p = 1/M Σ_μ (Σ_i w_iμ²)² / (N Σ_i w_iμ⁴)
/// ```
///
/// for the N weights of each of M units. It is 1 where all weights have the same magnitude, and 1/N where
/// a single one is not zero: about the fraction of weights that are large. Units whose weights are all
/// zero are left out. Of a connection between hidden layers, the units are those of its domain, the upper
/// layer.
///
/// Tubiana & Monasson, "Emergence of compositional representations in restricted Boltzmann machines",
/// 2017.
#[derive(Clone, Copy, Debug, Default)]
pub struct WeightSparsity;

impl<L: Trainable> Metric<L> for MeanSquareWeight {
    fn name(&self) -> &str {
        "mean_square_weight"
    }

    fn uses_rows(&self) -> bool {
        false
    }

    /// # Errors
    ///
    /// [`MetricError::NoWeights`] for a machine without connections.
    fn start(&self, on: Evaluation<'_, L>) -> Result<Pending, MetricError> {
        if on.machine.connections.is_empty() {
            return Err(MetricError::NoWeights);
        }
        let weights = on.machine.connections.iter().map(|c| c.weight.clone());
        let count: usize = weights.clone().map(|w| w.shape().num_elements()).sum();
        let sums = weights.map(|weight| weight.square().sum());
        Ok(Pending::new(sums.collect(), move |sums| {
            Measurement::exactly(sums.iter().sum::<f64>() / count as f64)
        }))
    }
}

impl<L: Trainable> Metric<L> for WeightSparsity {
    fn name(&self) -> &str {
        "weight_sparsity"
    }

    fn uses_rows(&self) -> bool {
        false
    }

    /// # Errors
    ///
    /// [`MetricError::NoWeights`] where all weights are zero.
    fn start(&self, on: Evaluation<'_, L>) -> Result<Pending, MetricError> {
        let ratios: Vec<f64> = weights_of_units(on.machine)
            .flat_map(|weights| {
                let [units, _] = weights.dims();
                let values: Vec<f64> = weights.into_data().iter().collect();
                let each = values.chunks(values.len() / units);
                each.filter_map(participation_ratio).collect::<Vec<f64>>()
            })
            .collect();
        match ratios.is_empty() {
            true => Err(MetricError::NoWeights),
            false => {
                let mean = ratios.iter().sum::<f64>() / ratios.len() as f64;
                Ok(Pending::ready(Measurement::exactly(mean)))
            }
        }
    }
}

/// The weights of each connection, one hidden unit in each row.
fn weights_of_units<L: Trainable>(
    machine: &BoltzmannMachine<L>,
) -> impl Iterator<Item = Tensor<2>> + '_ {
    let is_visible = |layer: &usize| machine.visible.contains(layer);
    machine.connections.iter().map(move |connection| {
        let weight = connection.weight.clone();
        match is_visible(&connection.domain) && !is_visible(&connection.target) {
            true => weight,
            false => weight.transpose(),
        }
    })
}

/// (Σ w²)² / (N Σ w⁴); `None` where all weights are zero.
fn participation_ratio(weights: &[f64]) -> Option<f64> {
    let largest = weights.iter().fold(0.0_f64, |m, w| m.max(w.abs()));
    // Fourth powers of small weights would be zero.
    let powers = weights.iter().map(|w| (w / largest).powi(2));
    let (squares, fourths) = powers.fold((0.0, 0.0), |(s, f), w| (s + w, f + w * w));
    (largest > 0.0).then(|| squares * squares / (weights.len() as f64 * fourths))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn participation_counts_the_large_weights() {
        assert_eq!(participation_ratio(&[0.0; 3]), None);
        assert_eq!(participation_ratio(&[1e-200, -1e-200, 0.0, 0.0]), Some(0.5));
        assert_eq!(participation_ratio(&[-3.0, 3.0, 3.0]), Some(1.0));
    }
}
