//! The epochs after which metrics are measured.

use std::num::NonZeroUsize;

/// Expected time of a first measurement, in seconds.
const FIRST: f64 = 0.01;

/// Time that measurements may always take, in seconds, so that a short run has a curve, too.
const ALWAYS: f64 = 0.1;

/// Schedule of the metrics of a training run. They are always measured after the last epoch.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MonitorSchedule {
    /// Number of epochs between measurements; `None`: as often as [`share`](Self::share) allows.
    pub every: Option<NonZeroUsize>,
    /// Largest time of all measurements, as a fraction of the training time, where `every` is `None`;
    /// a tenth of a second is always allowed. With 0, metrics are measured after the last epoch alone.
    pub share: f64,
}

impl Default for MonitorSchedule {
    fn default() -> Self {
        Self {
            every: None,
            share: 0.1,
        }
    }
}

impl MonitorSchedule {
    /// After every epoch.
    pub const EVERY_EPOCH: Self = Self {
        every: Some(NonZeroUsize::MIN),
        share: 0.1,
    };

    /// Whether metrics are measured after an epoch, counted from 1, given the times so far.
    pub(crate) fn is_due(&self, epoch: usize, epochs: usize, times: &Times) -> bool {
        if epoch >= epochs {
            return true;
        }
        if let Some(every) = self.every {
            return epoch.is_multiple_of(every.get());
        }
        let remaining = (epochs - epoch) as f64;
        let done = times.epochs.max(1) as f64;
        let in_the_end = times.training * (1.0 + remaining / done);
        let cost = times.last_measurement.unwrap_or(FIRST);
        // The measurement after the last epoch is reserved.
        let always = if self.share > 0.0 { ALWAYS } else { 0.0 };
        let allowed = |training: f64| (self.share * training).max(always);
        times.measuring + cost <= allowed(times.training)
            && times.measuring + 2.0 * cost <= allowed(in_the_end)
    }
}

/// Times of a training run so far, in seconds.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Times {
    /// Number of epochs.
    pub epochs: usize,
    /// Time of these epochs.
    pub training: f64,
    /// Time of all measurements.
    pub measuring: f64,
    /// Time of the last measurement.
    pub last_measurement: Option<f64>,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The epochs that are measured, and the time that measuring takes, where an epoch and a
    /// measurement take the same time each.
    fn simulate(
        schedule: MonitorSchedule,
        epochs: usize,
        epoch: f64,
        cost: f64,
    ) -> (Vec<usize>, f64) {
        let (mut times, mut measured) = (Times::default(), Vec::new());
        for number in 1..=epochs {
            times.epochs += 1;
            times.training += epoch;
            if schedule.is_due(number, epochs, &times) {
                measured.push(number);
                times.measuring += cost;
                times.last_measurement = Some(cost);
            }
        }
        (measured, times.measuring)
    }

    #[test]
    fn measuring_keeps_within_its_share() {
        let usual = MonitorSchedule::default();
        let (measured, _) = simulate(usual, 3, 10.0, 0.5);
        assert_eq!(measured, [1, 2, 3]);
        let (measured, time) = simulate(usual, 50, 0.1, 0.05);
        assert!(
            measured.len() > 5 && measured.ends_with(&[50]),
            "{measured:?}"
        );
        assert!(time <= 0.1 * 50.0 * 0.1 + 1e-9, "{time} s");
        // Too short for more than the first and the last.
        let (measured, _) = simulate(usual, 50, 0.001, 0.1);
        assert_eq!(measured, [1, 50]);
    }

    #[test]
    fn the_number_of_epochs_between_measurements_does_not_depend_on_the_time() {
        let every = MonitorSchedule {
            every: NonZeroUsize::new(2),
            share: 0.0,
        };
        assert_eq!(simulate(every, 5, 0.001, 9.0).0, [2, 4, 5]);
        let last = MonitorSchedule {
            every: None,
            share: 0.0,
        };
        assert_eq!(simulate(last, 5, 9.0, 0.001).0, [5]);
    }
}
