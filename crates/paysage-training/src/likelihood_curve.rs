//! The likelihood as training goes on.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use paysage_data::Table;
use paysage_layers::Annealed;
use paysage_metrics::{Annealing, How, Likelihood, LikelihoodError, LikelihoodEstimator};

use crate::{Callback, CallbackError, Control, Epoch, monitor::first_rows};

/// The largest sum that is made during training, as a power of 2 of its states.
const EXACT_STATES: u32 = 16;

/// So many rows of machines whose hidden layers are connected, under each of which chains run.
const DEEP_ROWS: usize = 100;

/// Estimates the mean log-likelihood of training and validation rows, in nats, after every so many
/// epochs, and adds it to the values of the epoch for the callbacks behind it.
///
/// Machines of up to 2¹⁶ states are summed: `log_likelihood_exact`. Others are annealed, in one run
/// that is short because reverse chains start from those that training carries on (and from rows
/// where it carries on none, as CD does): `log_likelihood_ais`, with the bounds `log_likelihood_ais_low` and `log_likelihood_ais_high`
/// (see [`LogPartition::interval`](paysage_metrics::LogPartition::interval)). Names of validation
/// rows end in `_validation`. All draws are the same in every epoch, so that a curve shows the
/// machine and not the draw. An estimate that is not finite is left out. Where hidden layers are
/// connected, the first hundred rows of each table are looked at.
///
/// ```
/// use paysage_data::BarsAndStripes;
/// use paysage_kernels::default_device;
/// use paysage_layers::{AnyLayer, Bernoulli};
/// use paysage_models::BoltzmannMachine;
/// use paysage_samplers::PersistentContrastiveDivergence;
/// use paysage_training::{LikelihoodCurve, ProgressBar, Trainer};
///
/// let device = default_device()?;
/// let table = BarsAndStripes { size: 3 }.generate();
/// let layers: Vec<AnyLayer> = vec![
///     Bernoulli::new(9, &device).into(),
///     Bernoulli::new(4, &device).into(),
/// ];
/// let machine = BoltzmannMachine::chain(layers)?;
/// let curve = LikelihoodCurve { every: 2, ..LikelihoodCurve::standard(&table, None) };
/// let trainer = Trainer {
///     epochs: 4,
///     ..Trainer::new(PersistentContrastiveDivergence::default())
/// };
/// let state = trainer.start(machine)?;
/// trainer.fit(state, &table, &mut [Box::new(curve), Box::new(ProgressBar::new(table.rows()))])?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct LikelihoodCurve {
    /// After which epochs: those whose number is a multiple of this, and the last.
    pub every: usize,
    /// How machines that are too large to be summed are annealed.
    pub annealing: Annealing,
    /// The rows that are trained on, or some of them.
    pub training: Arc<Table>,
    /// Rows that are not.
    pub validation: Option<Arc<Table>>,
}

impl LikelihoodCurve {
    /// After every epoch, with 100 chains and 500 temperatures, and on the first thousand rows of
    /// the training table, and of the validation table where there is one.
    #[must_use]
    pub fn standard(training: &Table, validation: Option<&Table>) -> Self {
        Self {
            every: 1,
            annealing: Annealing {
                chains: 100,
                temperatures: 500,
                ..Annealing::default()
            },
            training: first_rows(training),
            validation: validation.map(first_rows),
        }
    }

    fn is_due<L: Annealed>(&self, epoch: &Epoch<'_, L>) -> bool {
        epoch.number == epoch.epochs || epoch.number.is_multiple_of(self.every.max(1))
    }
}

impl<L: Annealed> Callback<L> for LikelihoodCurve {
    fn after_epoch(&mut self, epoch: &mut Epoch<'_, L>) -> Result<Control, CallbackError> {
        if !self.is_due(epoch) {
            return Ok(Control::Continue);
        }
        let estimator = LikelihoodEstimator {
            exact_states: EXACT_STATES,
            annealing: self.annealing,
            // One run, however wide.
            budget: Duration::ZERO,
            ..LikelihoodEstimator::default()
        };
        let deep = epoch.machine.check_restricted().is_err();
        let looked_at = |table: &Arc<Table>| match deep {
            true => Arc::new(table.head(DEEP_ROWS.min(table.rows()))),
            false => Arc::clone(table),
        };
        let validation = self.validation.iter().map(|table| (table, "_validation"));
        let tables = [(&self.training, "")].into_iter().chain(validation);
        let tables: Vec<_> = tables.map(|(table, end)| (looked_at(table), end)).collect();
        let rows: Vec<&Table> = tables.iter().map(|(table, _)| table.as_ref()).collect();
        let found = estimator.estimate_all(epoch.machine, &rows, epoch.chains, &mut |_, _, _| {});
        match found {
            Ok(found) => {
                for (likelihood, (_, suffix)) in found.iter().zip(&tables) {
                    put(&mut epoch.values, likelihood, suffix);
                }
                Ok(Control::Continue)
            }
            Err(LikelihoodError::NotFinite) => Ok(Control::Continue),
            Err(error) => Err(error.into()),
        }
    }
}

fn put(values: &mut BTreeMap<String, f64>, likelihood: &Likelihood, suffix: &str) {
    let rows = likelihood.log_likelihood;
    let mut put =
        |name: &str, value| values.insert(format!("log_likelihood_{name}{suffix}"), value);
    match likelihood.how {
        How::Exact => {
            put("exact", rows.value);
        }
        How::Annealing { .. } => {
            put("ais", rows.value);
            put("ais_low", rows.low);
            put("ais_high", rows.high);
        }
    }
}
