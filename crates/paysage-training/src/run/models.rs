//! The model files of a run's folder.

use std::{
    fs,
    io::ErrorKind,
    path::{Path, PathBuf},
};

use super::{
    RunError, RunFolder,
    folder::{make, unreadable, unwritable},
};

impl RunFolder {
    /// The model, as of the last epoch that was kept.
    #[must_use]
    pub fn model(&self) -> PathBuf {
        self.path().join("model.safetensors")
    }

    /// The model of the best epoch, where it is [saved](crate::Settings::save_best).
    #[must_use]
    pub fn best_model(&self) -> PathBuf {
        self.path().join("best.safetensors")
    }

    /// The model after an epoch, where models are [saved regularly](crate::Settings::save_every).
    #[must_use]
    pub fn epoch_model(&self, epoch: usize) -> PathBuf {
        self.models().join(format!("epoch-{epoch:06}.safetensors"))
    }

    /// The model files of epochs in the order of the training; none where none was
    /// [saved](crate::Settings::save_every). The folder may also be that of the models itself.
    ///
    /// # Errors
    ///
    /// When the folder cannot be read.
    pub fn epoch_models(&self) -> Result<Vec<PathBuf>, RunError> {
        let inner = self.models();
        let folder = match inner.is_dir() {
            true => &inner,
            false => self.path(),
        };
        let entries = fs::read_dir(folder).map_err(|source| unreadable(folder, source))?;
        let mut models = Vec::new();
        for entry in entries {
            let path = entry.map_err(|source| unreadable(folder, source))?.path();
            models.extend(epoch_of(&path).map(|epoch| (epoch, path)));
        }
        models.sort_unstable();
        Ok(models.into_iter().map(|(_, path)| path).collect())
    }

    /// The folder of the models of epochs.
    fn models(&self) -> PathBuf {
        self.path().join("models")
    }

    /// Creates the folder of the models of epochs.
    ///
    /// # Errors
    ///
    /// When it cannot be created.
    pub fn make_models(&self) -> Result<(), RunError> {
        make(&self.models())
    }

    /// Removes the models of epochs after a checkpoint.
    ///
    /// # Errors
    ///
    /// When a file cannot be removed.
    pub fn keep_models(&self, epochs: usize) -> Result<(), RunError> {
        let models = self.models();
        let entries = match fs::read_dir(&models) {
            Err(source) if source.kind() == ErrorKind::NotFound => return Ok(()),
            entries => entries.map_err(|source| unreadable(&models, source))?,
        };
        for entry in entries {
            let path = entry.map_err(|source| unreadable(&models, source))?.path();
            if epoch_of(&path).is_some_and(|epoch| epoch > epochs) {
                fs::remove_file(&path).map_err(|source| unwritable(&path, source))?;
            }
        }
        Ok(())
    }
}

/// The epoch in the name of a [model file of an epoch](RunFolder::epoch_model).
#[must_use]
pub fn epoch_of(path: &Path) -> Option<usize> {
    let name = path.file_name()?.to_str()?;
    let epoch = name.strip_prefix("epoch-")?.strip_suffix(".safetensors")?;
    epoch.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn models_after_a_checkpoint_are_removed() {
        let parent = tempfile::tempdir().expect("a temporary folder");
        let folder = RunFolder::new(parent.path());
        folder.keep_models(0).expect("no models yet");
        folder.make_models().expect("a folder");
        for epoch in [5, 10, 1_000_015] {
            fs::write(folder.epoch_model(epoch), "").expect("written");
        }
        let other = folder.models().join("epoch-of-mine.txt");
        fs::write(&other, "").expect("written");
        folder.keep_models(10).expect("removed");
        let is_there = |epoch| folder.epoch_model(epoch).exists();
        assert!(is_there(5) && is_there(10) && !is_there(1_000_015) && other.exists());
        let models = [5, 10].map(|epoch| folder.epoch_model(epoch));
        assert_eq!(folder.epoch_models().expect("a folder"), models);
        let inner = RunFolder::new(&folder.models());
        assert_eq!(inner.epoch_models().expect("a folder"), models);
        let empty = tempfile::tempdir().expect("a temporary folder");
        let none = RunFolder::new(empty.path()).epoch_models();
        assert_eq!(none.expect("a folder"), Vec::<PathBuf>::new());
    }
}
