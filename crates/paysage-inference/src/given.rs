//! Values that some visible units are set to.

use burn::tensor::{Bool, Tensor, TensorData};
use paysage_data::Table;
use paysage_layers::Trainable;
use paysage_models::BoltzmannMachine;

use crate::InferenceError;

/// One row of values for some visible units, checked and on the device.
pub(crate) struct Given {
    /// True for the units that have a value: `[1, visible units]`.
    pub mask: Tensor<2, Bool>,
    /// The values, zero elsewhere: `[1, visible units]`.
    pub values: Tensor<2>,
}

impl Given {
    /// One value per visible unit, NaN for units without one.
    ///
    /// # Errors
    ///
    /// When there is not one value per visible unit, when a unit does not take its value, or when a
    /// site of several units has values in part.
    pub fn new<L: Trainable>(
        machine: &BoltzmannMachine<L>,
        values: &[f32],
    ) -> Result<Self, InferenceError> {
        let (found, expected) = (values.len(), machine.visible_units());
        if found != expected {
            return Err(InferenceError::GivenWidth { found, expected });
        }
        let row = Table::with_missing("given values", expected, values.to_vec())?;
        machine.check_known(&row)?;
        let mask: Vec<bool> = values.iter().map(|x| !x.is_nan()).collect();
        let mask = TensorData::new(mask, [1, expected]);
        Ok(Self {
            mask: Tensor::from_data(mask, &machine.device()),
            values: machine.batch(&row, &[0]).rows,
        })
    }
}
