//! Rows with missing values.

use burn::tensor::{Bool, Tensor};
use paysage_layers::{InverseTemperature, Trainable};
use paysage_models::BoltzmannMachine;

/// Number of mean-field sweeps over the missing and the hidden units.
const SWEEPS: usize = 10;

/// Rows in which missing values are replaced.
pub(crate) struct Completed {
    /// `[rows, visible units]`, without missing values.
    pub rows: Tensor<2>,
    /// Which values were missing.
    pub missing: Tensor<2, Bool>,
}

impl Completed {
    /// Replaces missing values (NaN) by their mean-field means given the observed values: the
    /// missing and the hidden units are independent under the approximation, and each takes its
    /// mean given the means of the others, for ten sweeps.
    pub fn new<L: Trainable>(machine: &BoltzmannMachine<L>, rows: Tensor<2>) -> Self {
        let missing = rows.clone().is_nan();
        let batch = rows.dims()[0];
        let mut state = machine.state_from_visible(rows.mask_fill(missing.clone(), 0.0));
        let visible: Vec<(usize, Tensor<2, Bool>)> = machine
            .visible_spans()
            .map(|(layer, span)| (layer, missing.clone().slice([0..batch, span])))
            .collect();
        let mean = |layer: usize, field: Tensor<2>| {
            machine.layers[layer].mean(field, &InverseTemperature::ONE)
        };
        for (layer, mask) in &visible {
            let observed = state.layers[*layer].clone();
            let alone = mean(*layer, observed.zeros_like());
            state.layers[*layer] = observed.mask_where(mask.clone(), alone);
        }
        let hidden = machine.hidden();
        for _ in 0..SWEEPS {
            for &layer in &hidden {
                state.layers[layer] = mean(layer, machine.field(layer, &state));
            }
            for (layer, mask) in &visible {
                let filled = mean(*layer, machine.field(*layer, &state));
                let observed = state.layers[*layer].clone();
                state.layers[*layer] = observed.mask_where(mask.clone(), filled);
            }
        }
        Self {
            rows: machine.visible_of(&state),
            missing,
        }
    }
}
