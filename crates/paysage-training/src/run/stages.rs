//! The training states of the stages of layerwise training in a run's folder.

use std::{
    fs,
    io::ErrorKind,
    path::{Path, PathBuf},
};

use super::{
    RunError, RunFolder,
    folder::{unreadable, unwritable},
};
use crate::{Checkpoints, PretrainingStage};

impl RunFolder {
    /// The training state of a stage of layerwise training, as of its last checkpoint. It is there until all
    /// layers have been trained together.
    #[must_use]
    pub fn stage_checkpoint(&self, stage: PretrainingStage) -> PathBuf {
        self.stage(stage.number)
    }

    /// Whether layerwise training has begun and has a checkpoint.
    #[must_use]
    pub fn has_stage_checkpoint(&self) -> bool {
        Checkpoints::new(self.stage(1)).exist()
    }

    pub(super) fn stage(&self, number: usize) -> PathBuf {
        self.checkpoints()
            .join(format!("layer-{number}.safetensors"))
    }

    /// Removes the training states of all stages.
    ///
    /// # Errors
    ///
    /// When a file cannot be removed.
    pub fn remove_stage_checkpoints(&self) -> Result<(), RunError> {
        let folder = self.checkpoints();
        let entries = match fs::read_dir(&folder) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
            entries => entries.map_err(|source| unreadable(&folder, source))?,
        };
        let mut states = Vec::new();
        for entry in entries {
            let path = entry.map_err(|source| unreadable(&folder, source))?.path();
            if is_of_stage(&path) {
                states.push(path);
            }
        }
        // The first stage last: without it there is no checkpoint, whatever others a crash may leave.
        states.sort_unstable();
        for path in states.iter().rev() {
            fs::remove_file(path).map_err(|source| unwritable(path, source))?;
        }
        Ok(())
    }
}

/// Whether a file is `layer-N.safetensors` or `layer-N.previous.safetensors`.
fn is_of_stage(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str());
    let number = name.and_then(|name| {
        let name = name.strip_prefix("layer-")?.strip_suffix(".safetensors")?;
        Some(name.strip_suffix(".previous").unwrap_or(name))
    });
    number.is_some_and(|number| number.parse::<usize>().is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::previous_checkpoint;

    #[test]
    fn states_of_all_stages_are_removed_and_nothing_else() {
        let parent = tempfile::tempdir().expect("a temporary folder");
        let folder = RunFolder::new(parent.path());
        folder.remove_stage_checkpoints().expect("no folder");
        let _lock = folder.lock().expect("free");
        assert!(!folder.has_stage_checkpoint());
        let [first, second] =
            [1, 2].map(|number| folder.stage_checkpoint(PretrainingStage { number, of: 2 }));
        let others = [
            folder.checkpoint(),
            folder.checkpoints().join("layer-x.safetensors"),
        ];
        let stages = [previous_checkpoint(&first), first, second];
        for path in stages.iter().chain(&others) {
            fs::write(path, "state").expect("written");
        }
        assert!(folder.has_stage_checkpoint());
        folder.remove_stage_checkpoints().expect("removed");
        assert!(!folder.has_stage_checkpoint());
        assert!(stages.iter().all(|path| !path.exists()));
        assert!(others.iter().all(|path| path.exists()));
    }
}
