//! Free energies and their differences.

use std::sync::Arc;

use paysage_data::Rows;
use paysage_layers::Trainable;

use crate::{Evaluation, Measurement, Metric, MetricError, Pending};

/// Mean free energy −ln Σ_h exp(−E(v, h)) of rows, in nats: −ln p(v) − ln Z.
///
/// It is defined for complete rows, and for machines without connections between hidden layers.
#[derive(Clone, Copy, Debug, Default)]
pub struct FreeEnergy;

impl<L: Trainable> Metric<L> for FreeEnergy {
    fn name(&self) -> &str {
        "free_energy"
    }

    fn start(&self, on: Evaluation<'_, L>) -> Result<Pending, MetricError> {
        on.machine.check_restricted()?;
        on.check_complete("the free energy")?;
        on.mean_of_rows(|machine, rows| Ok(machine.free_energy(rows)?))
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

    fn start(&self, on: Evaluation<'_, L>) -> Result<Pending, MetricError> {
        let (count, reference_count) = (on.rows.count() as f64, self.reference.count() as f64);
        let mut free_energy = |rows| {
            FreeEnergy.start(Evaluation {
                machine: on.machine,
                rows,
                chains: on.chains,
                key: on.key,
                progress: &mut *on.progress,
            })
        };
        let (of_rows, reference) = (free_energy(on.rows)?, free_energy(&*self.reference)?);
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
