//! The best epoch of a training, by a metric.

use std::collections::BTreeMap;

use paysage_layers::Trainable;
use paysage_metrics::Direction;
use paysage_models::BoltzmannMachine;

use crate::{Callback, CallbackError, Control, Epoch};

/// An epoch, counted from 1, and its metrics by name.
pub type EpochValues = (usize, BTreeMap<String, f64>);

/// The epoch with the best value of a metric so far.
///
/// It is a function of the values alone: [`replay`](Self::replay) restores it for a resumed
/// training. The first of several equal values is the best one. Epochs
/// without a value, or with one that is not finite, are never the best.
///
/// ```
/// use paysage_metrics::Direction;
/// use paysage_training::BestEpoch;
///
/// let mut best = BestEpoch::new("reconstruction_error", Direction::Lower);
/// for (epoch, error) in [(1, 0.3), (2, 0.1), (3, 0.2)] {
///     best.observe(epoch, &[("reconstruction_error".to_owned(), error)].into());
/// }
/// assert_eq!(best.found, Some((2, 0.1)));
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct BestEpoch {
    /// The name of the metric in [`Epoch::values`].
    pub metric: String,
    /// Which values are better.
    pub direction: Direction,
    /// The best epoch, counted from 1, and its value.
    pub found: Option<(usize, f64)>,
}

impl BestEpoch {
    /// The best epoch by a metric, before the first epoch.
    #[must_use]
    pub fn new(metric: impl Into<String>, direction: Direction) -> Self {
        Self {
            metric: metric.into(),
            direction,
            found: None,
        }
    }

    /// Takes the values of the next epoch, and returns whether it is the best one so far.
    pub fn observe(&mut self, epoch: usize, values: &BTreeMap<String, f64>) -> bool {
        let Some(&value) = values.get(&self.metric) else {
            return false;
        };
        let best = self.found.map(|(_, best)| best);
        let improved = best.is_none_or(|best| self.direction.is_better(value, best));
        if !value.is_finite() || !improved {
            return false;
        }
        self.found = Some((epoch, value));
        true
    }

    /// Takes the values of the epochs of a training so far, in order, to resume it.
    #[must_use]
    pub fn replay(mut self, epochs: &[EpochValues]) -> Self {
        for (epoch, values) in epochs {
            self.observe(*epoch, values);
        }
        self
    }
}

/// Callback that keeps the machine of the best epoch in memory.
///
/// ```
/// use paysage_data::BarsAndStripes;
/// use paysage_kernels::default_device;
/// use paysage_layers::{AnyLayer, Bernoulli};
/// use paysage_metrics::Direction;
/// use paysage_models::BoltzmannMachine;
/// use paysage_samplers::ContrastiveDivergence;
/// use paysage_training::{BestEpoch, BestMachine, MonitorSchedule, Monitors, Trainer};
///
/// let device = default_device()?;
/// let table = BarsAndStripes { size: 3 }.generate();
/// let layers = [9, 4].map(|units| AnyLayer::from(Bernoulli::new(units, &device)));
/// let machine = BoltzmannMachine::chain(layers.into())?;
/// let mut monitors = Monitors::standard(&machine, &table, None)?;
/// monitors.schedule = MonitorSchedule::EVERY_EPOCH;
/// let trainer = Trainer { epochs: 3, monitors, ..Trainer::new(ContrastiveDivergence::default()) };
/// let mut best = BestMachine::new(BestEpoch::new("log_likelihood_exact", Direction::Higher));
/// trainer.fit(trainer.start(machine)?, &table, &mut [Box::new(&mut best)])?;
/// assert!(best.best.found.is_some() && best.machine.is_some());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct BestMachine<L: Trainable> {
    /// The best epoch.
    pub best: BestEpoch,
    /// The machine after it; `None` before the first epoch with a value, and for an epoch of a training
    /// that was resumed after it.
    pub machine: Option<BoltzmannMachine<L>>,
}

impl<L: Trainable> BestMachine<L> {
    /// The machine of the best epoch that is found from now on.
    #[must_use]
    pub fn new(best: BestEpoch) -> Self {
        let machine = None;
        Self { best, machine }
    }
}

impl<L: Trainable> Callback<L> for BestMachine<L> {
    fn after_epoch(&mut self, epoch: &mut Epoch<'_, L>) -> Result<Control, CallbackError> {
        if self.best.observe(epoch.number, &epoch.values) {
            self.machine = Some(epoch.machine.clone());
        }
        Ok(Control::Continue)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(direction: Direction, values: &[f64]) -> Option<(usize, f64)> {
        let mut best = BestEpoch::new("a", direction);
        for (index, &value) in values.iter().enumerate() {
            let before = best.found;
            let improved = best.observe(index + 1, &[("a".to_owned(), value)].into());
            assert_eq!(improved, best.found != before);
        }
        assert!(!best.observe(99, &[("b".to_owned(), 0.0)].into()));
        best.found
    }

    #[test]
    fn the_first_of_the_best_finite_values_is_found() {
        let values = [f64::NAN, 2.0, 1.0, 3.0, 1.0, 3.0, f64::INFINITY, f64::NAN];
        assert_eq!(found(Direction::Lower, &values), Some((3, 1.0)));
        assert_eq!(found(Direction::Higher, &values), Some((4, 3.0)));
        assert_eq!(found(Direction::Higher, &[f64::NAN]), None);
        assert_eq!(found(Direction::Lower, &[f64::NEG_INFINITY]), None);
    }
}
