//! The best epoch and early stopping of a run.

use std::num::NonZeroUsize;

use paysage_layers::AnyLayer;

use super::{MonitoredMetric, Settings, SettingsError};
use crate::{BestEpoch, EarlyStopping, Monitors};

impl Settings {
    /// The best epoch by [`save_best`](Self::save_best), before the first epoch; `None` where the best
    /// model is not saved.
    #[must_use]
    pub fn best_epoch(&self) -> Option<BestEpoch> {
        self.save_best.as_ref().map(best_epoch)
    }

    /// Early stopping by [`stop_on`](Self::stop_on), before the first epoch; `None` without
    /// [`patience`](Self::patience), or where the metric is not [resolved](Self::resolved).
    #[must_use]
    pub fn early_stopping(&self) -> Option<EarlyStopping> {
        let patience = self.patience.and_then(NonZeroUsize::new)?;
        let metric = self.stop_on.as_ref()?;
        Some(EarlyStopping::new(best_epoch(metric), patience))
    }

    /// Number of epochs between measurements of the metrics. With [`save_best`](Self::save_best) or
    /// [`patience`](Self::patience) it is 1 where none is given, so that the result does not depend on
    /// the time that metrics take.
    #[must_use]
    pub fn measured_every(&self) -> Option<usize> {
        let selects = self.save_best.is_some() || self.patience.is_some();
        self.metrics_every.or(selects.then_some(1))
    }

    /// The settings with the metric of early stopping for the metrics that the run measures.
    ///
    /// # Errors
    ///
    /// [`SettingsError::NotMeasured`] where [`save_best`](Self::save_best) or
    /// [`stop_on`](Self::stop_on) is not measured, or no metric is for early stopping.
    pub fn resolved(mut self, monitors: &Monitors<AnyLayer>) -> Result<Self, SettingsError> {
        let measured: Vec<&str> = monitors.metrics.iter().map(|it| it.name.as_str()).collect();
        let error = |setting, metric: &str, remedy| SettingsError::NotMeasured {
            setting,
            metric: metric.to_owned(),
            measured: measured.join(", "),
            remedy,
        };
        if self.patience.is_some() && self.stop_on.is_none() {
            let metric = MonitoredMetric::of_validation(&measured);
            let none = || {
                error(
                    "patience",
                    "a metric of validation rows",
                    "name one with stop-on",
                )
            };
            self.stop_on = Some(metric.ok_or_else(none)?);
        }
        let selected = [("save-best", &self.save_best), ("stop-on", &self.stop_on)];
        for (setting, metric) in selected {
            let Some(metric) = metric else { continue };
            let estimated = metric.is_likelihood() && self.likelihood_every.is_some();
            if measured.contains(&metric.name()) || estimated {
                continue;
            }
            let remedy = match metric.is_likelihood() {
                true => "estimate it with likelihood-every",
                false => "add it to metrics",
            };
            return Err(error(setting, metric.name(), remedy));
        }
        Ok(self)
    }

    /// Checks the settings of the best epoch and of early stopping.
    pub(super) fn check_stopping(&self) -> Result<(), SettingsError> {
        if self.stop_on.is_some() && self.patience.is_none() {
            return Err(SettingsError::NoEffect {
                setting: "stop-on",
                reason: "without patience",
            });
        }
        if self.validation > 0.0 {
            return Ok(());
        }
        let conflict = |setting, remedy| {
            Err(SettingsError::Conflict {
                setting,
                other: "validation 0",
                remedy,
            })
        };
        if self.patience.is_some() && self.stop_on.is_none() {
            return conflict(
                "patience",
                "hold out a fraction of the rows, or name a metric of training rows with stop-on",
            );
        }
        let selected = [
            (
                "save-best with a metric of validation rows",
                &self.save_best,
            ),
            ("stop-on with a metric of validation rows", &self.stop_on),
        ];
        let of_validation = |metric: &MonitoredMetric| metric.is_of_validation();
        match selected
            .into_iter()
            .find(|(_, metric)| metric.as_ref().is_some_and(of_validation))
        {
            Some((setting, _)) => conflict(setting, "hold out a fraction of the rows"),
            None => Ok(()),
        }
    }
}

fn best_epoch(metric: &MonitoredMetric) -> BestEpoch {
    BestEpoch::new(metric.name(), metric.direction())
}
