//! Metrics during training.

mod choice;
mod error;

use std::{collections::BTreeMap, sync::Arc, time::Instant};

use paysage_data::Table;
use paysage_kernels::{Child, RandomKey};
use paysage_layers::Trainable;
use paysage_metrics::{Evaluation, GibbsChains, Metric, MetricError, MetricName, Pending};
use paysage_models::{BoltzmannMachine, Silent, State};

pub use error::{MonitorError, MonitorsError};

use crate::{
    monitor_schedule::{MonitorSchedule, Times},
    sample::Sample,
};

/// A metric, its rows, and the name under which it is reported.
pub struct Monitor<L: Trainable> {
    /// The key in `metrics.jsonl` and reports.
    pub name: String,
    /// The metric.
    pub metric: Box<dyn Metric<L>>,
    /// The rows.
    pub rows: Arc<Table>,
    /// The number of rows that they are a random sample of.
    pub of: usize,
}

impl<L: Trainable> Monitor<L> {
    /// A metric of all rows of a table, under its own name.
    pub fn new(metric: impl Metric<L> + 'static, rows: &Arc<Table>) -> Self {
        Self {
            name: metric.name().to_owned(),
            metric: Box::new(metric),
            rows: Arc::clone(rows),
            of: rows.rows(),
        }
    }

    fn of_sample(
        name: MetricName,
        metric: Box<dyn Metric<L>>,
        sample: &Sample,
        suffix: &str,
    ) -> Self {
        Self {
            name: format!("{name}{suffix}"),
            rows: Arc::clone(&sample.rows),
            of: match metric.uses_rows() {
                true => sample.of,
                false => sample.rows.rows(),
            },
            metric,
        }
    }

    fn error(&self, source: MetricError) -> MonitorError {
        MonitorError {
            monitor: self.name.clone(),
            source,
        }
    }

    /// Whether the metric has a value for this machine, tried on one row: one with missing values,
    /// where there is one.
    fn is_defined(&self, machine: &BoltzmannMachine<L>) -> bool {
        let incomplete = |&row: &usize| self.rows.row(row).iter().any(|x| x.is_nan());
        let row = (0..self.rows.rows()).find(incomplete).unwrap_or(0);
        let one = self.rows.select(&[row]);
        let value = self
            .metric
            .run(machine, &one, RandomKey::new(0), &mut Silent);
        // A row without observed values has no reconstruction error.
        value.is_ok_and(|found| !found.value.is_nan() || one.row(0).iter().all(|x| x.is_nan()))
    }
}

/// The metrics of a training run and their schedule.
///
/// All numbers of a measurement are read from the device at once.
pub struct Monitors<L: Trainable> {
    /// The metrics.
    pub metrics: Vec<Monitor<L>>,
    /// The epochs after which they are measured.
    pub schedule: MonitorSchedule,
    /// Gibbs chains for metrics that compare samples with rows, where the estimator has no chains: with
    /// contrastive divergence and TAP.
    pub chains: GibbsChains,
    /// Numbers of measured rows, by the key under which they are reported.
    rows: BTreeMap<String, f64>,
}

/// The values of a measurement.
#[derive(Clone, Debug, Default)]
pub(crate) struct Measured {
    /// The values by name.
    pub values: BTreeMap<String, f64>,
    /// The metrics that are not defined for the samples or weights of this epoch.
    pub undefined: Vec<MonitorError>,
}

/// A finished epoch.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct EpochTime {
    /// Its number, counted from 1.
    pub number: usize,
    /// The number of the last epoch.
    pub epochs: usize,
    /// Time of its training, in seconds.
    pub seconds: f64,
}

impl<L: Trainable> Default for Monitors<L> {
    fn default() -> Self {
        Vec::new().into()
    }
}

impl<L: Trainable> From<Vec<Monitor<L>>> for Monitors<L> {
    fn from(metrics: Vec<Monitor<L>>) -> Self {
        Self {
            metrics,
            schedule: MonitorSchedule::default(),
            chains: GibbsChains::default(),
            rows: BTreeMap::new(),
        }
    }
}

impl<L: Trainable> Monitors<L> {
    /// Measures the metrics after an epoch where the schedule says so; otherwise the result is empty.
    ///
    /// # Errors
    ///
    /// When a metric is not defined for the machine.
    pub(crate) fn after_epoch(
        &self,
        machine: &BoltzmannMachine<L>,
        chains: Option<&State>,
        epoch: EpochTime,
        key: RandomKey,
        times: &mut Times,
    ) -> Result<Measured, MonitorError> {
        times.epochs += 1;
        times.training += epoch.seconds;
        let due = self.schedule.is_due(epoch.number, epoch.epochs, times);
        if self.metrics.is_empty() || !due {
            return Ok(Measured::default());
        }
        let started = Instant::now();
        let measured = self.measure_with(machine, chains, key)?;
        let seconds = started.elapsed().as_secs_f64();
        times.measuring += seconds;
        times.last_measurement = Some(seconds);
        Ok(measured)
    }

    /// Measures the metrics; those that need samples draw them.
    ///
    /// # Errors
    ///
    /// When a metric is not defined for the machine or its samples.
    pub fn measure(
        &self,
        machine: &BoltzmannMachine<L>,
        key: RandomKey,
    ) -> Result<BTreeMap<String, f64>, MonitorError> {
        let measured = self.measure_with(machine, None, key)?;
        match measured.undefined.into_iter().next() {
            Some(error) => Err(error),
            None => Ok(measured.values),
        }
    }

    /// Measures the metrics, with samples of the machine where there are some.
    fn measure_with(
        &self,
        machine: &BoltzmannMachine<L>,
        chains: Option<&State>,
        key: RandomKey,
    ) -> Result<Measured, MonitorError> {
        let drawn = match chains {
            Some(_) => None,
            None => self.draw(machine, key.child(Child::MetricChains))?,
        };
        let chains = chains.or(drawn.as_ref());
        let mut measured = Measured {
            values: self.rows.clone(),
            undefined: Vec::new(),
        };
        let (mut monitors, mut pending) = (Vec::new(), Vec::new());
        for (count, monitor) in self.metrics.iter().enumerate() {
            let started = monitor.metric.start(Evaluation {
                machine,
                rows: monitor.rows.as_ref(),
                chains,
                key: key.child(Child::Repeat(count)),
                progress: &mut Silent,
            });
            match started.map_err(|source| monitor.error(source)) {
                Ok(found) => {
                    monitors.push(monitor);
                    pending.push(found);
                }
                Err(error) if error.is_of_epoch() => measured.undefined.push(error),
                Err(error) => return Err(error),
            }
        }
        let values = &mut measured.values;
        for (monitor, found) in monitors.into_iter().zip(Pending::read_all(pending)) {
            let error = found.sampling_error(monitor.rows.rows(), monitor.of);
            if let Some(error) = error {
                values.insert(format!("{}_standard_error", monitor.name), error);
            }
            values.insert(monitor.name.clone(), found.value);
        }
        Ok(measured)
    }

    /// Gibbs chains that the metrics share; `None` where no metric uses any.
    fn draw(
        &self,
        machine: &BoltzmannMachine<L>,
        key: RandomKey,
    ) -> Result<Option<State>, MonitorError> {
        let Some(monitor) = self.metrics.iter().find(|m| m.metric.uses_chains()) else {
            return Ok(None);
        };
        let drawn = self.chains.run(machine, key, &mut Silent);
        drawn.map(Some).map_err(|source| monitor.error(source))
    }
}
