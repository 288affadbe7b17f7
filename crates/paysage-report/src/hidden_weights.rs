//! The weights of each hidden unit.

use paysage_layers::Trainable;
use paysage_models::BoltzmannMachine;

/// The weights of the units of a hidden layer to the layers below it: the visible layers, and the hidden
/// layers before it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct HiddenWeights {
    /// The hidden layer, counted from 1.
    pub(crate) number: usize,
    /// Number of units below.
    width: usize,
    /// `[units, width]`, row-major.
    values: Vec<f32>,
}

impl HiddenWeights {
    /// Those of all hidden layers with weights to layers below.
    pub(crate) fn all<L: Trainable>(machine: &BoltzmannMachine<L>) -> Vec<Self> {
        let hidden = machine.hidden();
        let layers = hidden.iter().enumerate();
        let layers = layers.filter_map(|(place, &layer)| {
            let is_below =
                |other: usize| machine.visible.contains(&other) || hidden[..place].contains(&other);
            let parts: Vec<(usize, Vec<f32>)> = machine
                .connections
                .iter()
                .filter_map(|connection| {
                    let weight = connection.weight.clone();
                    let weight = match (connection.target, connection.domain) {
                        (below, this) if this == layer && is_below(below) => weight.transpose(),
                        (this, below) if this == layer && is_below(below) => weight,
                        _ => return None,
                    };
                    Some((weight.dims()[1], weight.into_data().iter().collect()))
                })
                .collect();
            let units = machine.layers[layer].units();
            let row = |unit: usize| {
                let parts = parts.iter();
                parts.flat_map(move |(width, values)| &values[unit * width..][..*width])
            };
            let width = parts.iter().map(|(width, _)| width).sum();
            (width > 0).then(|| Self {
                number: place + 1,
                width,
                values: (0..units).flat_map(row).copied().collect(),
            })
        });
        layers.collect()
    }

    /// The weights of the units, in descending order of their norm.
    pub(crate) fn by_norm(&self) -> Vec<&[f32]> {
        let mut units: Vec<(f64, &[f32])> = self
            .values
            .chunks(self.width)
            .map(|unit| (norm(unit), unit))
            .collect();
        units.sort_by(|a, b| b.0.total_cmp(&a.0));
        units.into_iter().map(|(_, unit)| unit).collect()
    }

    /// The norms of the units, in descending order.
    pub(crate) fn norms(&self) -> Vec<f64> {
        self.by_norm().into_iter().map(norm).collect()
    }

    /// All weights.
    pub(crate) fn values(&self) -> &[f32] {
        &self.values
    }

    /// The number of units, and of units below.
    pub(crate) fn dims(&self) -> [usize; 2] {
        [self.values.len() / self.width, self.width]
    }

    /// The weights with the units below as rows: `[width, units]`.
    pub(crate) fn transposed(&self) -> Vec<f32> {
        let [units, width] = self.dims();
        let row = |below: usize| (0..units).map(move |unit| unit * width + below);
        (0..width)
            .flat_map(row)
            .map(|index| self.values[index])
            .collect()
    }
}

/// The Euclidean norm.
pub(crate) fn norm(values: &[f32]) -> f64 {
    let squares = values.iter().map(|&w| f64::from(w).powi(2));
    squares.sum::<f64>().sqrt()
}

#[cfg(test)]
mod tests {
    use burn::tensor::Tensor;
    use paysage_kernels::default_device;
    use paysage_layers::{AnyLayer, Bernoulli, Gaussian};

    use super::*;

    #[test]
    fn a_unit_has_its_weights_to_all_layers_below() {
        let device = default_device().unwrap();
        let visible: Vec<AnyLayer> = vec![
            Bernoulli::new(2, &device).into(),
            Gaussian::new(1, &device).into(),
        ];
        let hidden = vec![
            Bernoulli::new(2, &device).into(),
            Bernoulli::new(1, &device).into(),
        ];
        let mut machine = BoltzmannMachine::stacked(visible, hidden).unwrap();
        let weights = [
            Tensor::from_floats([[1.0, 2.0], [2.0, -6.0]], &device),
            Tensor::from_floats([[-2.0, 3.0]], &device),
            Tensor::from_floats([[5.0], [-12.0]], &device),
        ];
        for (connection, weight) in machine.connections.iter_mut().zip(weights) {
            connection.weight = weight;
        }
        let found = HiddenWeights::all(&machine);
        assert_eq!(found.len(), 2);
        assert_eq!(found[0].by_norm(), [[2.0, -6.0, 3.0], [1.0, 2.0, -2.0]]);
        assert_eq!(found[0].norms(), [7.0, 3.0]);
        assert_eq!(found[0].dims(), [2, 3]);
        assert_eq!(found[0].transposed(), [1.0, 2.0, 2.0, -6.0, -2.0, 3.0]);
        assert_eq!((found[1].number, found[1].norms()), (2, vec![13.0]));
    }

    #[test]
    fn a_machine_without_hidden_layers_has_none() {
        let device = default_device().unwrap();
        let machine = BoltzmannMachine::chain(vec![Bernoulli::new(2, &device)]).unwrap();
        assert!(HiddenWeights::all(&machine).is_empty());
    }
}
