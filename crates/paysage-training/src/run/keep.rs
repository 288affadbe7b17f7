//! Keeping the results of a run in its folder.

use std::{num::NonZeroUsize, path::Path};

use paysage_data::Layout;
use paysage_layers::AnyLayer;
use paysage_models::{BoltzmannMachine, Model};
use serde_json::{Map, Value};

use super::RunFolder;
use crate::{
    BestEpoch, BestMachine, Callback, CallbackError, CheckpointEvery, Checkpoints, Control, Epoch,
    FinishedBatch, Snapshot,
};

/// Callback that writes metrics, models and checkpoints of a run to its folder.
///
/// After every epoch it adds a line to `metrics.jsonl`, then, as often as [`Checkpoints`] allow, it
/// writes the best model, the last model and the training state, in this order: a checkpoint never
/// belongs to a later epoch than the files beside it. All files are written atomically.
#[derive(Clone, Debug)]
pub struct KeepRun {
    folder: RunFolder,
    layout: Layout,
    checkpoints: Checkpoints,
    /// The best epoch, and its machine until it is written.
    best: Option<BestMachine<AnyLayer>>,
    /// Number of epochs between numbered models.
    every: Option<NonZeroUsize>,
}

impl KeepRun {
    /// Results for a folder, with the layout that the model files have.
    #[must_use]
    pub fn new(folder: &RunFolder, layout: &Layout) -> Self {
        Self {
            folder: folder.clone(),
            layout: layout.clone(),
            checkpoints: Checkpoints::new(folder.checkpoint()),
            best: None,
            every: None,
        }
    }

    /// Writes checkpoints so often, and not as often as 5 % of the time allows.
    #[must_use]
    pub fn with_checkpoints(mut self, every: CheckpointEvery) -> Self {
        self.checkpoints.every = Some(every);
        self
    }

    /// Also keeps the model of the best epoch ([`RunFolder::best_model`]), and adds `best_epoch` to the
    /// metrics. For a resumed run, `best` has observed the epochs before.
    #[must_use]
    pub fn saving_best(mut self, best: BestEpoch) -> Self {
        self.best = Some(BestMachine::new(best));
        self
    }

    /// Also keeps the model of every n-th epoch ([`RunFolder::epoch_model`]).
    #[must_use]
    pub fn saving_every(mut self, every: NonZeroUsize) -> Self {
        self.every = Some(every);
        self
    }

    fn save(&mut self, state: &Snapshot<'_, AnyLayer>) -> Result<(), CallbackError> {
        let Self { folder, layout, .. } = self;
        // A resumed run reads from them what the checkpoint does not have.
        folder.sync_metrics()?;
        let best = self.best.as_mut().and_then(|best| best.machine.take());
        let save =
            |machine: BoltzmannMachine<AnyLayer>, path: &Path| -> Result<(), CallbackError> {
                Ok(Model::new(machine, layout.clone())?.save(path)?)
            };
        self.checkpoints.write_after(state, |machine| {
            if let Some(best) = best {
                save(best, &folder.best_model())?;
            }
            save(machine.clone(), &folder.model())
        })
    }

    fn save_numbered(&self, epoch: &Epoch<'_, AnyLayer>) -> Result<(), CallbackError> {
        match self.every {
            Some(every) if epoch.number.is_multiple_of(every.get()) => {
                self.folder.make_models()?;
                let model = Model::new(epoch.machine.clone(), self.layout.clone())?;
                Ok(model.save(&self.folder.epoch_model(epoch.number))?)
            }
            _ => Ok(()),
        }
    }

    fn add_metrics(&self, epoch: &Epoch<'_, AnyLayer>) -> Result<(), CallbackError> {
        let mut values = Map::new();
        values.insert("epoch".into(), epoch.number.into());
        values.insert("seconds".into(), epoch.seconds.into());
        for (name, value) in &epoch.values {
            values.insert(name.clone(), Value::from(*value));
        }
        if let Some((best, _)) = self.best.as_ref().and_then(|best| best.best.found) {
            values.insert("best_epoch".into(), best.into());
        }
        self.folder.add_metrics(values)
    }
}

impl Callback<AnyLayer> for KeepRun {
    fn after_batch(&mut self, batch: &FinishedBatch) -> Control {
        Callback::<AnyLayer>::after_batch(&mut self.checkpoints, batch)
    }

    fn within_epoch(&mut self, state: &Snapshot<'_, AnyLayer>) -> Result<(), CallbackError> {
        match self.checkpoints.is_due(None) {
            true => self.save(state),
            false => Ok(()),
        }
    }

    fn after_epoch(&mut self, epoch: &mut Epoch<'_, AnyLayer>) -> Result<Control, CallbackError> {
        if let Some(best) = &mut self.best {
            best.after_epoch(epoch)?;
        }
        self.save_numbered(epoch)?;
        self.add_metrics(epoch)?;
        self.checkpoints.is_current = false;
        if self.checkpoints.is_due(Some(epoch.number)) {
            self.save(&epoch.snapshot())?;
        }
        Ok(Control::Continue)
    }

    fn at_end(&mut self, end: &Snapshot<'_, AnyLayer>) -> Result<(), CallbackError> {
        match self.checkpoints.is_current {
            true => Ok(()),
            false => self.save(end),
        }
    }
}
