//! Early stopping.

use std::{collections::BTreeMap, num::NonZeroUsize};

use paysage_layers::Trainable;

use crate::{BestEpoch, Callback, CallbackError, Control, Epoch, EpochValues};

/// Callback that stops training when a metric has not improved for a number of epochs.
///
/// Training stops after an epoch with a value of the metric if the best epoch is at least
/// [`patience`](Self::patience) epochs ago. It does not stop before the metric has had a finite value.
/// As [`BestEpoch`], the callback is a function of the values: [`replay`](Self::replay) restores it for
/// a resumed training.
///
/// ```
/// use paysage_metrics::Direction;
/// use paysage_training::{BestEpoch, Control, EarlyStopping};
///
/// let metric = BestEpoch::new("pseudo_log_likelihood_validation", Direction::Higher);
/// let patience = std::num::NonZeroUsize::new(2).expect("not zero");
/// let mut stopping = EarlyStopping::new(metric, patience);
/// for (epoch, value) in [(1, -9.0), (2, -7.0), (3, -8.0)] {
///     let values = [("pseudo_log_likelihood_validation".to_owned(), value)].into();
///     assert_eq!(stopping.observe(epoch, &values), Control::Continue);
/// }
/// let values = [("pseudo_log_likelihood_validation".to_owned(), -7.5)].into();
/// assert_eq!(stopping.observe(4, &values), Control::Stop);
/// assert_eq!(stopping.stopped, Some(4));
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct EarlyStopping {
    /// The metric, and its best epoch.
    pub best: BestEpoch,
    /// Number of epochs without improvement after which training stops.
    pub patience: NonZeroUsize,
    /// The epoch after which training stopped, unless the metric improved later.
    pub stopped: Option<usize>,
}

impl EarlyStopping {
    /// Early stopping by a metric, before the first epoch.
    #[must_use]
    pub fn new(best: BestEpoch, patience: NonZeroUsize) -> Self {
        Self {
            best,
            patience,
            stopped: None,
        }
    }

    /// Takes the values of the next epoch, and returns whether training continues.
    pub fn observe(&mut self, epoch: usize, values: &BTreeMap<String, f64>) -> Control {
        if self.best.observe(epoch, values) {
            self.stopped = None;
        }
        let measured = values.contains_key(&self.best.metric);
        match self.best.found {
            Some((best, _)) if measured && epoch - best >= self.patience.get() => {
                self.stopped = Some(epoch);
                Control::Stop
            }
            _ => Control::Continue,
        }
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

impl<L: Trainable> Callback<L> for EarlyStopping {
    fn after_epoch(&mut self, epoch: &mut Epoch<'_, L>) -> Result<Control, CallbackError> {
        Ok(self.observe(epoch.number, &epoch.values))
    }
}

#[cfg(test)]
mod tests {
    use paysage_metrics::Direction;

    use super::*;

    /// The epoch after which training stops with these values, where `None` is no measurement.
    fn stops(patience: usize, values: &[Option<f64>]) -> Option<usize> {
        let patience = NonZeroUsize::new(patience).expect("not zero");
        let mut stopping = EarlyStopping::new(BestEpoch::new("a", Direction::Lower), patience);
        for (index, value) in values.iter().enumerate() {
            let values = value.map(|value| ("a".to_owned(), value));
            let control = stopping.observe(index + 1, &values.into_iter().collect());
            assert_eq!(control == Control::Stop, stopping.stopped.is_some());
            if control == Control::Stop {
                break;
            }
        }
        stopping.stopped
    }

    #[test]
    fn training_stops_after_as_many_epochs_as_the_patience() {
        let falling = [5.0, 4.0, 4.0, 6.0, 3.0, 3.0, 3.0, 3.0].map(Some);
        assert_eq!(stops(1, &falling), Some(3));
        assert_eq!(stops(2, &falling), Some(4));
        assert_eq!(stops(3, &falling), Some(8));
        assert_eq!(stops(4, &falling), None);
    }

    #[test]
    fn a_later_improvement_continues_training() {
        let patience = NonZeroUsize::new(1).expect("not zero");
        let mut stopping = EarlyStopping::new(BestEpoch::new("a", Direction::Higher), patience);
        for (epoch, value, stopped) in [(1, 1.0, None), (2, 0.0, Some(2)), (3, 2.0, None)] {
            stopping.observe(epoch, &[("a".to_owned(), value)].into());
            assert_eq!(stopping.stopped, stopped);
        }
    }

    #[test]
    fn epochs_without_a_value_do_not_stop_training() {
        let rare = [Some(1.0), None, None, Some(2.0), None];
        assert_eq!(stops(2, &rare), Some(4));
        assert_eq!(stops(4, &rare), None);
        assert_eq!(stops(1, &[Some(f64::NAN), Some(f64::NAN), None]), None);
        assert_eq!(stops(1, &[Some(1.0), Some(f64::NAN)]), Some(2));
    }
}
