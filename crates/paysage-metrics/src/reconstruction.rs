//! How well rows are rebuilt from their hidden means.

use paysage_data::Table;
use paysage_kernels::RandomKey;
use paysage_layers::Trainable;
use paysage_models::BoltzmannMachine;
use paysage_samplers::{Clamp, Conditions, MeanField, Sampler, hidden_means};

use crate::{Metric, MetricError};

/// The mean squared difference per unit between a row and the mean of the visible units given the
/// row's hidden means.
///
/// A sign that training does something, not a measure of likelihood: it keeps falling while a
/// machine overfits.
#[derive(Clone, Copy, Debug, Default)]
pub struct ReconstructionError;

impl<L: Trainable> Metric<L> for ReconstructionError {
    fn name(&self) -> &str {
        "reconstruction_error"
    }

    fn evaluate(
        &self,
        machine: &BoltzmannMachine<L>,
        table: &Table,
        _key: RandomKey,
    ) -> Result<f64, MetricError> {
        Ok(reconstruction_error(machine, table))
    }
}

/// See [`ReconstructionError`].
#[must_use]
pub fn reconstruction_error<L: Trainable>(machine: &BoltzmannMachine<L>, table: &Table) -> f64 {
    let hidden = machine.hidden();
    let down = Conditions::clamped(Clamp::none().layers(&hidden));
    // Means draw nothing: any key will do.
    let key = RandomKey::new(0);
    let batches = machine.batches(table).map(|rows| {
        let state = hidden_means(machine, rows.clone());
        let state = MeanField.sweep(machine, state, &down, key);
        let differences = (machine.visible_of(&state) - rows).square().sum();
        differences.into_scalar::<f64>()
    });
    batches.sum::<f64>() / table.values().len() as f64
}
