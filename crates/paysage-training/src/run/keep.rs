//! Keeping the results of a run in its folder.

use std::{fs::OpenOptions, io::Write};

use paysage_data::Layout;
use paysage_layers::AnyLayer;
use paysage_models::{BoltzmannMachine, Model};
use serde_json::{Map, Value};

use super::RunFolder;
use crate::{Callback, CallbackError, Checkpoints, Control, Epoch, FinishedBatch, Snapshot};

/// Writes metrics, model and checkpoints of a run to its folder.
///
/// After every epoch it adds a line to `metrics.jsonl`, then, as often as [`Checkpoints`] allow, it
/// writes the model and the training state, in this order: a checkpoint never belongs to a later epoch
/// than the files beside it.
#[derive(Clone, Debug)]
pub struct KeepRun {
    folder: RunFolder,
    layout: Layout,
    checkpoints: Checkpoints,
}

impl KeepRun {
    /// Results for a folder, with the layout that the model file has.
    #[must_use]
    pub fn new(folder: &RunFolder, layout: &Layout) -> Self {
        Self {
            folder: folder.clone(),
            layout: layout.clone(),
            checkpoints: Checkpoints::new(folder.checkpoint()),
        }
    }

    fn save(&mut self, state: &Snapshot<'_, AnyLayer>) -> Result<(), CallbackError> {
        let (path, layout) = (self.folder.model(), self.layout.clone());
        self.checkpoints.write_after(state, |machine| {
            let machine: BoltzmannMachine<AnyLayer> = machine.clone();
            Ok(Model::new(machine, layout)?.save(&path)?)
        })
    }

    fn add_metrics(&self, epoch: &Epoch<'_, AnyLayer>) -> Result<(), CallbackError> {
        let mut record = Map::new();
        record.insert("epoch".into(), epoch.number.into());
        record.insert("seconds".into(), epoch.seconds.into());
        for (name, value) in &epoch.values {
            record.insert(name.clone(), Value::from(*value));
        }
        // In one piece, as far as the system allows.
        let line = format!("{}\n", Value::from(record));
        let path = self.folder.metrics();
        let file = OpenOptions::new().create(true).append(true).open(&path);
        let written = file.and_then(|mut file| {
            file.write_all(line.as_bytes())?;
            file.sync_data()
        });
        Ok(written.map_err(|error| format!("{}: {error}", path.display()))?)
    }
}

impl Callback<AnyLayer> for KeepRun {
    fn after_batch(&mut self, batch: &FinishedBatch) -> Control {
        Callback::<AnyLayer>::after_batch(&mut self.checkpoints, batch)
    }

    fn after_epoch(&mut self, epoch: &mut Epoch<'_, AnyLayer>) -> Result<Control, CallbackError> {
        self.add_metrics(epoch)?;
        self.checkpoints.is_current = false;
        if self.checkpoints.is_due() {
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
