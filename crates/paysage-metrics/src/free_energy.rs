//! Free energies, and what their gap says.

use std::sync::Arc;

use paysage_data::Table;
use paysage_kernels::RandomKey;
use paysage_layers::Trainable;
use paysage_models::{BoltzmannMachine, MachineError};

use crate::{Metric, MetricError};

/// The mean free energy −ln Σ_h exp(−E(v, h)) of rows, in nats: −ln p(v) up to ln Z.
#[derive(Clone, Copy, Debug, Default)]
pub struct FreeEnergy;

impl<L: Trainable> Metric<L> for FreeEnergy {
    fn name(&self) -> &str {
        "free_energy"
    }

    fn evaluate(
        &self,
        machine: &BoltzmannMachine<L>,
        table: &Table,
        _key: RandomKey,
    ) -> Result<f64, MetricError> {
        Ok(free_energy(machine, table)?)
    }
}

/// The mean free energy of rows less that of reference rows: of validation less training rows, say.
///
/// ln Z cancels, so this is the difference of two mean log-likelihoods: it grows when the machine
/// overfits.
///
/// Hinton, "A practical guide to training restricted Boltzmann machines", 2010, section 6.
#[derive(Clone, Debug)]
pub struct FreeEnergyGap {
    /// The rows to compare with.
    pub reference: Arc<Table>,
}

impl<L: Trainable> Metric<L> for FreeEnergyGap {
    fn name(&self) -> &str {
        "free_energy_gap"
    }

    fn evaluate(
        &self,
        machine: &BoltzmannMachine<L>,
        table: &Table,
        _key: RandomKey,
    ) -> Result<f64, MetricError> {
        Ok(free_energy(machine, table)? - free_energy(machine, &self.reference)?)
    }
}

/// See [`FreeEnergy`].
///
/// # Errors
///
/// When hidden layers are connected with each other.
pub fn free_energy<L: Trainable>(
    machine: &BoltzmannMachine<L>,
    table: &Table,
) -> Result<f64, MachineError> {
    let mut sum = 0.0;
    for rows in machine.batches(table) {
        sum += machine
            .free_energy(rows)?
            .into_data()
            .iter::<f64>()
            .sum::<f64>();
    }
    Ok(sum / table.rows() as f64)
}
