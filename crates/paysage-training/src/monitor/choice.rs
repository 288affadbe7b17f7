//! The metrics that are measured during training.

use std::sync::Arc;

use paysage_data::{DataError, Rows};
use paysage_kernels::RandomKey;
use paysage_layers::Trainable;
use paysage_metrics::{FreeEnergyGap, Metric, MetricError, MetricName, PseudoLogLikelihood, Sites};
use paysage_models::{BoltzmannMachine, Exact};

use super::{Monitor, Monitors, MonitorsError};
use crate::sample::Sample;

/// Largest number of states of a machine whose exact likelihood is a monitor, as a power of 2.
const EXACT_STATES: f64 = 12.0;

/// Number of random sites per row of the pseudo-log-likelihood, and the largest number of units for
/// which all sites are evaluated.
const SITES: usize = 5;
const ALL_SITES: usize = 10;

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
        let states = Exact::log2_states(machine);
        let small = states.is_ok_and(|(all, row)| all <= EXACT_STATES && row == 0.0);
        let usual = [
            MetricName::ReconstructionError,
            MetricName::PseudoLogLikelihood,
            MetricName::FreeEnergy,
            MetricName::FreeEnergyGap,
            MetricName::LogLikelihoodExact,
        ];
        let names = match small {
            true => &usual[..],
            false => &usual[..4],
        };
        let mut monitors = Self::of_names(names, machine, training, validation)?;
        monitors
            .metrics
            .retain(|monitor| monitor.is_defined(machine));
        Ok(monitors)
    }

    /// The metrics of these names on the same samples of the rows as [`standard`](Self::standard). The
    /// reconstruction error and the pseudo-log-likelihood are measured on all rows, other metrics on
    /// complete ones. Metrics of the machine alone have no value for validation rows, and the free-energy
    /// gap has one where there are any.
    ///
    /// Metrics that compare samples with rows use the chains of the estimator, or
    /// [`chains`](Self::chains). Where they are not defined for the samples of an epoch, they have no
    /// value for that epoch; the reason is in [`Epoch::undefined`](crate::Epoch::undefined).
    ///
    /// # Errors
    ///
    /// When rows cannot be read, or when a metric is not defined for the rows and samples of this machine.
    pub fn named(
        names: &[MetricName],
        machine: &BoltzmannMachine<L>,
        training: &dyn Rows,
        validation: Option<&dyn Rows>,
    ) -> Result<Self, MonitorsError> {
        let monitors = Self::of_names(names, machine, training, validation)?;
        // Without sweeps, as this is a trial.
        let chains = machine.random_state(monitors.chains.count, RandomKey::new(0));
        let trial = monitors.measure_with(machine, Some(&chains), RandomKey::new(0))?;
        let mut undefined = trial.undefined.into_iter();
        match undefined.find(|error| error.source != MetricError::NoWeights) {
            Some(error) => Err(error.into()),
            None => Ok(monitors),
        }
    }

    /// The metrics of these names, defined or not, each once.
    fn of_names(
        names: &[MetricName],
        machine: &BoltzmannMachine<L>,
        training: &dyn Rows,
        validation: Option<&dyn Rows>,
    ) -> Result<Self, DataError> {
        let sites = match machine.visible_units() <= ALL_SITES {
            true => Sites::All,
            false => Sites::Random { count: SITES },
        };
        let data = [(Some(training), ""), (validation, "_validation")];
        let (mut monitors, mut reference) = (Self::default(), None::<Sample>);
        for (rows, suffix) in data {
            let Some(rows) = rows else { continue };
            let (all, complete) = (Sample::of(rows)?, Sample::of_complete(rows)?);
            let complete = complete.unwrap_or_else(|| all.clone());
            let count = all.rows.rows() as f64;
            monitors.rows.insert(format!("metrics_rows{suffix}"), count);
            for (place, &name) in names.iter().enumerate() {
                if names[..place].contains(&name) {
                    continue;
                }
                let (metric, sample, suffix): (Box<dyn Metric<L>>, &Sample, &str) = match name {
                    MetricName::PseudoLogLikelihood => {
                        (Box::new(PseudoLogLikelihood { sites }), &all, suffix)
                    }
                    MetricName::FreeEnergyGap => {
                        let Some(reference) = &reference else {
                            continue;
                        };
                        let reference: Arc<dyn Rows> = reference.rows.clone();
                        (Box::new(FreeEnergyGap { reference }), &complete, "")
                    }
                    _ => {
                        let Some(metric) = name.metric(monitors.chains) else {
                            continue;
                        };
                        if !metric.uses_rows() && reference.is_some() {
                            continue;
                        }
                        let sample = match name {
                            MetricName::ReconstructionError => &all,
                            _ => &complete,
                        };
                        (metric, sample, suffix)
                    }
                };
                let monitor = Monitor::of_sample(name, metric, sample, suffix);
                monitors.metrics.push(monitor);
            }
            reference = Some(complete);
        }
        Ok(monitors)
    }
}
