//! The initial parameters of a run.

use paysage_data::Rows;
use paysage_layers::AnyLayer;
use paysage_models::BoltzmannMachine;

use super::{
    RunError, RunFolder, Settings,
    checkpoint::{DamagedCheckpoint, last_state},
};
use crate::{Callback, Checkpoints, Pretrained, PretrainingStage, StageTraining};

/// The callbacks of one stage of layerwise pretraining.
type StageCallbacks<'c> = Vec<Box<dyn Callback<AnyLayer> + 'c>>;

impl Settings {
    /// Sets centers and initial parameters of an untrained machine: random ones, or those of layers that are
    /// trained one by one.
    ///
    /// Layerwise pretraining keeps its checkpoints in the folder, where one is given, and continues after those that
    /// it finds there. `callbacks` gives the callbacks of each stage, before the first one starts, and learns of
    /// a checkpoint that cannot be read.
    ///
    /// # Errors
    ///
    /// When rows cannot be read, or the training of a stage fails.
    pub fn initialize<'c>(
        &self,
        machine: &mut BoltzmannMachine<AnyLayer>,
        rows: &(impl Rows + ?Sized),
        folder: Option<&RunFolder>,
        mut callbacks: impl FnMut(PretrainingStage, Option<&DamagedCheckpoint>) -> StageCallbacks<'c>,
    ) -> Result<Pretrained, RunError> {
        self.set_centers(machine, rows)?;
        let Some((pretraining, trainers)) = self.pretraining(rows, machine)? else {
            let key = self.initialization_key();
            machine.initialize(self.initialization(), rows, key)?;
            return Ok(Pretrained {
                epochs: 0,
                stopped: false,
            });
        };
        let (device, of) = (machine.device(), machine.connections.len());
        let (mut stages, mut are_kept) = (Vec::new(), true);
        for (number, trainer) in (1..).zip(trainers) {
            let stage = PretrainingStage { number, of };
            let checkpoints = folder.map(|folder| Checkpoints {
                every: self.checkpoint_every,
                ..Checkpoints::new(folder.stage_checkpoint(stage))
            });
            let path = checkpoints.as_ref().filter(|_| are_kept);
            let path = path.filter(|kept| kept.exist()).map(|kept| &kept.path);
            let (state, damage) = match path.map(|path| last_state(path, &device)) {
                None => (None, None),
                Some(Ok((state, damage))) => (Some(state), damage),
                Some(Err(error)) => {
                    // The layers above it are trained again as well.
                    are_kept = false;
                    let epochs = None;
                    (None, Some(DamagedCheckpoint { error, epochs }))
                }
            };
            let mut all: StageCallbacks<'c> = Vec::new();
            if let Some(checkpoints) = checkpoints {
                all.push(Box::new(checkpoints));
            }
            all.extend(callbacks(stage, damage.as_ref()));
            stages.push(StageTraining {
                trainer,
                callbacks: all,
                state,
            });
        }
        let mut stages = stages.into_iter();
        Ok(pretraining.run(machine, rows, |_| {
            stages.next().expect("a training of each stage")
        })?)
    }
}
