//! States that represent a distribution.

use burn::tensor::Tensor;
use paysage_layers::{InverseTemperature, RowAverage};

use crate::State;

/// One phase of a gradient: rows that represent a distribution of states.
#[derive(Clone, Debug)]
pub struct Phase {
    /// The rows.
    pub state: State,
    /// Layers whose entry in the state is their conditional mean given the others at `beta`,
    /// instead of a state: it has the same expectation as a sample and less variance.
    pub averaged: Vec<usize>,
    /// The inverse temperature of the averaged layers.
    pub beta: InverseTemperature,
    /// The weights of the rows.
    pub rows: RowAverage,
}

impl Phase {
    /// Equally weighted states.
    #[must_use]
    pub const fn of(state: State) -> Self {
        Self {
            state,
            averaged: Vec::new(),
            beta: InverseTemperature::ONE,
            rows: RowAverage::Uniform,
        }
    }

    /// The mean of each unit of a layer over the rows: `[units]`.
    #[must_use]
    pub fn mean(&self, layer: usize) -> Tensor<1> {
        self.rows.columns(self.state.layers[layer].clone())
    }
}
