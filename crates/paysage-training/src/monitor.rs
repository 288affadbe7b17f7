//! Metrics during training.

use std::{collections::BTreeMap, sync::Arc, time::Instant};

use paysage_data::{DataError, Rows, Table};
use paysage_kernels::{Child, RandomKey};
use paysage_layers::Trainable;
use paysage_metrics::{
    Evaluation, ExactLogLikelihood, FreeEnergy, FreeEnergyGap, Metric, MetricError, Pending,
    PseudoLogLikelihood, ReconstructionError, Sites,
};
use paysage_models::{BoltzmannMachine, Exact, Silent};
use thiserror::Error;

use crate::{
    monitor_schedule::{MonitorSchedule, Times},
    sample::Sample,
};

/// Largest number of states of a machine whose exact likelihood is a monitor, as a power of 2.
const EXACT_STATES: f64 = 12.0;

/// Number of random sites per row of the pseudo-log-likelihood, and the largest number of units for
/// which all sites are evaluated.
const SITES: usize = 5;
const ALL_SITES: usize = 10;

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

    fn of_sample(metric: impl Metric<L> + 'static, sample: &Sample, suffix: &str) -> Self {
        let mut monitor = Self::new(metric, &sample.rows);
        monitor.name.push_str(suffix);
        monitor.of = sample.of;
        monitor
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
    /// Numbers of measured rows, by the key under which they are reported.
    rows: BTreeMap<String, f64>,
}

/// A metric that could not be measured.
#[derive(Clone, Debug, PartialEq, Error)]
#[error("{monitor}: {source}")]
pub struct MonitorError {
    /// The name of the monitor.
    pub monitor: String,
    /// The error of its metric.
    pub source: MetricError,
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
            rows: BTreeMap::new(),
        }
    }
}

impl<L: Trainable> Monitors<L> {
    /// Every metric that is defined for this machine, on a fixed random sample of the training rows,
    /// and of the validation rows where there are any: one twentieth of them, at least 200 and at
    /// most 1,000. Their numbers are reported as `metrics_rows` and `metrics_rows_validation`, and
    /// standard errors of the sample as the name of the metric with `_standard_error` appended.
    ///
    /// The exact likelihood is among the metrics where at most 2¹² states must be enumerated, and
    /// none per row. Of rows with missing values, the reconstruction error and the
    /// pseudo-log-likelihood are those of the observed values; free energies and exact likelihoods
    /// are measured on complete rows, where there are any.
    ///
    /// # Errors
    ///
    /// When rows cannot be read.
    pub fn standard(
        machine: &BoltzmannMachine<L>,
        training: &dyn Rows,
        validation: Option<&dyn Rows>,
    ) -> Result<Self, DataError> {
        let sites = match machine.visible_units() <= ALL_SITES {
            true => Sites::All,
            false => Sites::Random { count: SITES },
        };
        let pseudo = PseudoLogLikelihood { sites };
        let states = Exact::log2_states(machine);
        let small = states.is_ok_and(|(all, row)| all <= EXACT_STATES && row == 0.0);
        let data = [(Some(training), ""), (validation, "_validation")];
        let (mut monitors, mut reference) = (Self::default(), None::<Sample>);
        for (rows, suffix) in data {
            let Some(rows) = rows else { continue };
            let (all, complete) = (Sample::of(rows)?, Sample::of_complete(rows)?);
            let name = format!("metrics_rows{suffix}");
            monitors.rows.insert(name, all.rows.rows() as f64);
            let metrics = &mut monitors.metrics;
            metrics.push(Monitor::of_sample(ReconstructionError, &all, suffix));
            metrics.push(Monitor::of_sample(pseudo, &all, suffix));
            let Some(complete) = complete else { continue };
            metrics.push(Monitor::of_sample(FreeEnergy, &complete, suffix));
            if let Some(reference) = &reference {
                let reference: Arc<dyn Rows> = reference.rows.clone();
                let gap = FreeEnergyGap { reference };
                metrics.push(Monitor::of_sample(gap, &complete, ""));
            }
            if small {
                metrics.push(Monitor::of_sample(ExactLogLikelihood, &complete, suffix));
            }
            reference = Some(complete);
        }
        monitors
            .metrics
            .retain(|monitor| monitor.is_defined(machine));
        Ok(monitors)
    }

    /// Measures the metrics after an epoch where the schedule says so; otherwise the result is empty.
    ///
    /// # Errors
    ///
    /// When a metric is not defined for the machine.
    pub(crate) fn after_epoch(
        &self,
        machine: &BoltzmannMachine<L>,
        epoch: EpochTime,
        key: RandomKey,
        times: &mut Times,
    ) -> Result<BTreeMap<String, f64>, MonitorError> {
        times.epochs += 1;
        times.training += epoch.seconds;
        let due = self.schedule.is_due(epoch.number, epoch.epochs, times);
        if self.metrics.is_empty() || !due {
            return Ok(BTreeMap::new());
        }
        let started = Instant::now();
        let values = self.measure(machine, key)?;
        let seconds = started.elapsed().as_secs_f64();
        times.measuring += seconds;
        times.last_measurement = Some(seconds);
        Ok(values)
    }

    /// Measures the metrics.
    ///
    /// # Errors
    ///
    /// When a metric is not defined for the machine.
    pub fn measure(
        &self,
        machine: &BoltzmannMachine<L>,
        key: RandomKey,
    ) -> Result<BTreeMap<String, f64>, MonitorError> {
        let start = |(count, monitor): (usize, &Monitor<L>)| {
            let pending = monitor.metric.start(Evaluation {
                machine,
                rows: monitor.rows.as_ref(),
                key: key.child(Child::Repeat(count)),
                progress: &mut Silent,
            });
            pending.map_err(|source| MonitorError {
                monitor: monitor.name.clone(),
                source,
            })
        };
        let pending: Result<Vec<Pending>, MonitorError> =
            self.metrics.iter().enumerate().map(start).collect();
        let mut values = self.rows.clone();
        for (monitor, found) in self.metrics.iter().zip(Pending::read_all(pending?)) {
            let error = found.sampling_error(monitor.rows.rows(), monitor.of);
            if let Some(error) = error {
                values.insert(format!("{}_standard_error", monitor.name), error);
            }
            values.insert(monitor.name.clone(), found.value);
        }
        Ok(values)
    }
}
