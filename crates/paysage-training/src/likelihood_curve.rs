//! Log-likelihood during training.

use std::{collections::BTreeMap, num::NonZeroUsize, sync::Arc, time::Duration};

use paysage_data::{DataError, Rows, Table};
use paysage_kernels::RandomKey;
use paysage_layers::Annealed;
use paysage_metrics::{Annealing, How, Likelihood, LikelihoodError, LikelihoodEstimator};
use paysage_models::Silent;

use crate::{Callback, CallbackError, Control, Epoch, sample::Sample};

/// Largest number of states of an exact sum during training, as a power of 2.
const EXACT_STATES: u32 = 16;

/// Number of rows for machines with connected hidden layers, which need chains per row.
const DEEP_ROWS: usize = 100;

/// Callback that estimates the mean log-likelihood of training and validation rows, in nats, every n
/// epochs, and adds it to the values of the epoch for later callbacks.
///
/// Machines of up to 2¹⁶ states are summed exactly: `log_likelihood_exact`. Others are annealed in one
/// short run: `log_likelihood_ais`, with the bounds `log_likelihood_ais_low` and
/// `log_likelihood_ais_high` (see
/// [`LogPartition::interval`](paysage_metrics::LogPartition::interval)), and
/// `log_likelihood_ais_unreliable`, 1 where there are [doubts](How::doubts) and otherwise 0. Some of the
/// replicas that reverse chains start from begin in the persistent chains of training, or in rows where
/// there are none, as for CD. Names of validation
/// rows end in `_validation`. The random numbers are the same after every epoch, so that a curve has
/// less noise. An estimate that is not finite is left out. Where hidden layers are connected, 100 rows
/// of each data set are used.
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
/// let every = std::num::NonZeroUsize::new(2).expect("not zero");
/// let curve = LikelihoodCurve { every, ..LikelihoodCurve::standard(&table, None)? };
/// let trainer = Trainer {
///     epochs: 4,
///     ..Trainer::new(PersistentContrastiveDivergence::default())
/// };
/// let state = trainer.start(machine)?;
/// trainer.fit(state, &table, &mut [Box::new(curve), Box::new(ProgressBar::new(table.rows()))])?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct LikelihoodCurve {
    /// Number of epochs between estimates; the last epoch always has one.
    pub every: NonZeroUsize,
    /// Settings of annealing, for machines that are too large for an exact sum.
    pub annealing: Annealing,
    /// Training rows, or a sample of them.
    pub training: Arc<Table>,
    /// Validation rows.
    pub validation: Option<Arc<Table>>,
}

impl LikelihoodCurve {
    /// After every epoch, with 100 chains and 500 temperatures, on a fixed random sample of the complete
    /// training rows, and of the complete validation rows where there are any: one twentieth of them,
    /// at least 200 and at most 1,000.
    ///
    /// # Errors
    ///
    /// When rows cannot be read.
    pub fn standard(training: &dyn Rows, validation: Option<&dyn Rows>) -> Result<Self, DataError> {
        let sample = |rows: &dyn Rows| -> Result<Arc<Table>, DataError> {
            // Rows with missing values have no likelihood: an estimate of them is left out.
            let sample = match Sample::of_complete(rows)? {
                Some(complete) => complete,
                None => Sample::of(rows)?,
            };
            Ok(sample.rows)
        };
        Ok(Self {
            every: NonZeroUsize::MIN,
            annealing: Annealing {
                chains: 100,
                temperatures: 500,
                ..Annealing::default()
            },
            training: sample(training)?,
            validation: validation.map(sample).transpose()?,
        })
    }

    fn is_due<L: Annealed>(&self, epoch: &Epoch<'_, L>) -> bool {
        epoch.number == epoch.epochs || epoch.number.is_multiple_of(self.every.get())
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
            // A single run, whatever its width.
            budget: Duration::ZERO,
            ..LikelihoodEstimator::default()
        };
        let deep = epoch.machine.check_restricted().is_err();
        let used = |table: &Arc<Table>| match deep {
            true => Arc::new(table.head(DEEP_ROWS.min(table.rows()))),
            false => Arc::clone(table),
        };
        let validation = self.validation.iter().map(|table| (table, "_validation"));
        let tables = [(&self.training, "")].into_iter().chain(validation);
        let tables: Vec<_> = tables.map(|(table, end)| (used(table), end)).collect();
        let rows: Vec<&dyn Rows> = tables
            .iter()
            .map(|(table, _)| table.as_ref() as _)
            .collect();
        let key = RandomKey::new(0);
        let found = estimator.run_all(epoch.machine, &rows, epoch.chains, key, &mut Silent);
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
            put(
                "ais_unreliable",
                f64::from(!likelihood.how.doubts().is_empty()),
            );
        }
    }
}
