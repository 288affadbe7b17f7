//! Free energies and their differences.

use std::sync::Arc;

use paysage_data::Rows;
use paysage_kernels::RandomKey;
use paysage_layers::Trainable;
use paysage_models::{BoltzmannMachine, Progress, Stage};

use crate::{Measurement, Metric, MetricError, Pending, metric::check_complete};

/// Mean free energy −ln Σ_h exp(−E(v, h)) of rows, in nats: −ln p(v) − ln Z.
///
/// It is defined for complete rows, and for machines without connections between hidden layers.
#[derive(Clone, Copy, Debug, Default)]
pub struct FreeEnergy;

impl<L: Trainable> Metric<L> for FreeEnergy {
    fn name(&self) -> &str {
        "free_energy"
    }

    fn start(
        &self,
        machine: &BoltzmannMachine<L>,
        rows: &dyn Rows,
        _key: RandomKey,
        progress: &mut dyn Progress,
    ) -> Result<Pending, MetricError> {
        machine.check_restricted()?;
        check_complete(rows, "the free energy")?;
        let (mut done, mut chunks) = (0, Vec::new());
        for chunk in machine.chunks(rows) {
            let free_energy = machine.free_energy(chunk?)?;
            done += free_energy.dims()[0];
            chunks.push(free_energy);
            progress.report(Stage::Rows, done, rows.count());
        }
        Ok(Pending::mean_of_rows(chunks))
    }
}

/// Mean free energy of rows minus that of reference rows, in nats: of validation minus training
/// rows, for example.
///
/// ln Z cancels, so this is a difference of two mean log-likelihoods: it grows when the machine
/// overfits. `row_deviation` contains the error of both means.
///
/// Hinton, "A practical guide to training restricted Boltzmann machines", 2010, section 6.
#[derive(Clone)]
pub struct FreeEnergyGap {
    /// The rows to compare with.
    pub reference: Arc<dyn Rows>,
}

impl<L: Trainable> Metric<L> for FreeEnergyGap {
    fn name(&self) -> &str {
        "free_energy_gap"
    }

    fn start(
        &self,
        machine: &BoltzmannMachine<L>,
        rows: &dyn Rows,
        key: RandomKey,
        progress: &mut dyn Progress,
    ) -> Result<Pending, MetricError> {
        let (count, reference_count) = (rows.count() as f64, self.reference.count() as f64);
        let of_rows = FreeEnergy.start(machine, rows, key, progress)?;
        let reference = FreeEnergy.start(machine, self.reference.as_ref(), key, progress)?;
        Ok(of_rows.join(reference, move |found, reference| {
            let deviation = found.row_deviation.zip(reference.row_deviation);
            // Such that its square over the number of rows is the variance of the difference.
            let deviation = deviation.map(|(found, reference)| {
                (found.powi(2) + reference.powi(2) * count / reference_count).sqrt()
            });
            Measurement {
                row_deviation: deviation,
                ..Measurement::exactly(found.value - reference.value)
            }
        }))
    }
}
