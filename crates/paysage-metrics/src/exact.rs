//! Exact log-likelihood of small machines.

use paysage_data::{Order, Rows, Table};
use paysage_layers::Trainable;
use paysage_models::{Exact, Progress, Stage};

use crate::{Evaluation, Measurement, Metric, MetricError, Pending};

/// Number of rows that are read at a time.
const CHUNK: usize = 1000;

/// Mean of ln p(v) over rows, in nats, by an exact sum over all states.
#[derive(Clone, Copy, Debug, Default)]
pub struct ExactLogLikelihood;

impl<L: Trainable> Metric<L> for ExactLogLikelihood {
    fn name(&self) -> &str {
        "log_likelihood_exact"
    }

    fn start(&self, on: Evaluation<'_, L>) -> Result<Pending, MetricError> {
        on.check_complete("the log-likelihood")?;
        let values = log_likelihoods(&Exact::new(on.machine)?, on.rows, on.progress)?;
        let weights = on.rows.weights();
        Ok(Pending::ready(Measurement::weighted_mean_of(
            &values, weights,
        )))
    }
}

/// ln p(v) of each row, in nats.
pub(crate) fn log_likelihoods<L: Trainable>(
    exact: &Exact<L>,
    rows: &dyn Rows,
    progress: &mut dyn Progress,
) -> Result<Vec<f64>, MetricError> {
    let mut values = Vec::with_capacity(rows.count());
    for chunk in rows.chunks(Order::Stored, CHUNK) {
        // Missing values give NaN, which the result shows.
        let table = Table::with_missing(rows.source(), rows.columns(), chunk?.values)?;
        values.extend(exact.log_likelihood(&table)?);
        progress.report(Stage::Rows, values.len(), rows.count());
    }
    Ok(values)
}
