//! What a run needs before its first step, and the callbacks of its folder.

use std::num::NonZeroUsize;

use burn::tensor::Device;
use paysage_data::{Advice, AnyRows, DataError, Layout, Rows};
use paysage_layers::AnyLayer;
use paysage_models::BoltzmannMachine;

use super::{KeepRun, MethodName, RunError, RunFolder, Settings, SettingsError};
use crate::{Callback, EarlyStopping, LikelihoodCurve, Method, Trainer};

/// A run before its first step.
pub struct PreparedRun {
    /// The settings, with those that depend on the data.
    pub settings: Settings,
    /// The machine without initial parameters: [`Settings::initialize`] comes next.
    pub machine: BoltzmannMachine<AnyLayer>,
    /// The trainer with its monitors.
    pub trainer: Trainer<AnyLayer, Method>,
    /// The training rows.
    pub training: AnyRows,
    /// The validation rows, where there are any.
    pub validation: Option<AnyRows>,
}

impl Settings {
    /// The machine and the trainer of a run on the data of a layout.
    ///
    /// # Errors
    ///
    /// When settings and data do not fit each other.
    pub fn prepare(
        self,
        rows: AnyRows,
        layout: &Layout,
        device: &Device,
    ) -> Result<PreparedRun, RunError> {
        let machine = self.machine(layout, device)?;
        self.check_values(&machine, &rows)?;
        let (training, validation) = self.split(rows)?;
        let settings = self.for_rows(&training);
        let mut trainer = settings.trainer(&training, &machine)?;
        let held_out = validation.as_ref().map(|rows| rows as &dyn Rows);
        trainer.monitors = settings.monitors(&machine, &training, held_out)?;
        let settings = settings.resolved(&trainer.monitors)?;
        Ok(PreparedRun {
            settings,
            machine,
            trainer,
            training,
            validation,
        })
    }

    /// Checks that every value is one that the visible units can take, with advice on the preparation.
    fn check_values(
        &self,
        machine: &BoltzmannMachine<AnyLayer>,
        rows: &AnyRows,
    ) -> Result<(), RunError> {
        if !rows.is_complete() && self.method == MethodName::Tap {
            return Err(SettingsError::MissingValues {
                data: rows.source().to_owned(),
            }
            .into());
        }
        machine.check_known(rows).map_err(|source| {
            let bernoulli = self.visible.as_deref().unwrap_or("bernoulli") == "bernoulli";
            match (&source, Advice::of(rows)) {
                (DataError::OutOfRange { .. }, Ok(advice))
                    if bernoulli && self.schema.is_none() =>
                {
                    RunError::Unprepared { source, advice }
                }
                _ => source.into(),
            }
        })
    }

    /// The callback that estimates the log-likelihood, where the settings ask for it.
    ///
    /// # Errors
    ///
    /// When rows cannot be read.
    pub fn likelihood_curve(
        &self,
        training: &dyn Rows,
        validation: Option<&dyn Rows>,
    ) -> Result<Option<LikelihoodCurve>, DataError> {
        let Some(every) = self.likelihood_every.and_then(NonZeroUsize::new) else {
            return Ok(None);
        };
        let curve = LikelihoodCurve::standard(training, validation)?;
        Ok(Some(LikelihoodCurve { every, ..curve }))
    }
}

impl RunFolder {
    /// The callbacks of every run: what estimates the log-likelihood, stops early and keeps the results. Callbacks that
    /// show values come after them.
    ///
    /// # Errors
    ///
    /// When rows or metrics cannot be read.
    pub fn callbacks(
        &self,
        settings: &Settings,
        layout: &Layout,
        (training, validation): (&dyn Rows, Option<&dyn Rows>),
    ) -> Result<Vec<Box<dyn Callback<AnyLayer>>>, RunError> {
        let mut callbacks: Vec<Box<dyn Callback<AnyLayer>>> = Vec::new();
        if let Some(curve) = settings.likelihood_curve(training, validation)? {
            callbacks.push(Box::new(curve));
        }
        if let Some(early) = self.early_stopping(settings)? {
            callbacks.push(Box::new(early));
        }
        callbacks.push(Box::new(self.keep_run(settings, layout)?));
        Ok(callbacks)
    }

    /// Early stopping that has seen the epochs so far, where the settings ask for it.
    ///
    /// # Errors
    ///
    /// When the metrics cannot be read.
    pub fn early_stopping(&self, settings: &Settings) -> Result<Option<EarlyStopping>, RunError> {
        let Some(stopping) = settings.early_stopping() else {
            return Ok(None);
        };
        Ok(Some(stopping.replay(&self.history()?)))
    }

    /// The callback that keeps the results, and knows the best of the epochs so far.
    ///
    /// # Errors
    ///
    /// When the metrics cannot be read.
    pub fn keep_run(&self, settings: &Settings, layout: &Layout) -> Result<KeepRun, RunError> {
        let mut keep = KeepRun::new(self, layout);
        if let Some(best) = settings.best_epoch() {
            keep = keep.saving_best(best.replay(&self.history()?));
        }
        if let Some(every) = settings.save_every.and_then(NonZeroUsize::new) {
            keep = keep.saving_every(every);
        }
        if let Some(every) = settings.checkpoint_every {
            keep = keep.with_checkpoints(every);
        }
        Ok(keep)
    }
}
