//! The likelihood itself, of machines small enough.

use paysage_data::Table;
use paysage_kernels::RandomKey;
use paysage_layers::Trainable;
use paysage_models::{BoltzmannMachine, Exact};

use crate::{Metric, MetricError};

/// The mean of ln p(v) over rows, in nats, by an exact sum over all states.
#[derive(Clone, Copy, Debug, Default)]
pub struct ExactLogLikelihood;

impl<L: Trainable> Metric<L> for ExactLogLikelihood {
    fn name(&self) -> &str {
        "log_likelihood_exact"
    }

    fn evaluate(
        &self,
        machine: &BoltzmannMachine<L>,
        table: &Table,
        _key: RandomKey,
    ) -> Result<f64, MetricError> {
        Ok(Exact::new(machine)?.mean_log_likelihood(table)?)
    }
}
