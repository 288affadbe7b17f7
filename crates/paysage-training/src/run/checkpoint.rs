//! The training state from which a run continues.

use std::{fmt, path::Path};

use burn::tensor::Device;
use paysage_data::Layout;
use paysage_layers::AnyLayer;
use paysage_models::Model;

use super::{RunError, RunFolder};
use crate::{Method, TrainingState, TrainingStateError};

/// The last whole checkpoint of a run.
pub struct LastCheckpoint {
    /// The training state.
    pub state: TrainingState<AnyLayer, Method>,
    /// The layout of the data.
    pub layout: Layout,
    /// A newer checkpoint that cannot be read.
    pub damage: Option<DamagedCheckpoint>,
}

/// A checkpoint that cannot be read, in place of which another state is used.
#[derive(Debug)]
pub struct DamagedCheckpoint {
    /// The fault.
    pub error: TrainingStateError,
    /// The epochs of the checkpoint before it, which is used; none where there is no other one.
    pub epochs: Option<usize>,
}

/// `…: the file is damaged; the checkpoint before it is used, after epoch 3`
impl fmt::Display for DamagedCheckpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}; ", self.error)?;
        match self.epochs {
            Some(epochs) => write!(f, "the checkpoint before it is used, after epoch {epochs}"),
            None => write!(f, "this layer is trained again"),
        }
    }
}

/// The last whole checkpoint in a file.
pub(super) fn last_state(
    path: &Path,
    device: &Device,
) -> Result<(TrainingState<AnyLayer, Method>, Option<DamagedCheckpoint>), TrainingStateError> {
    let (state, error) = TrainingState::load_last(path, device)?;
    let damage = error.map(|error| DamagedCheckpoint {
        error,
        epochs: Some(state.epochs),
    });
    Ok((state, damage))
}

impl RunFolder {
    /// Reads the last whole checkpoint of the run onto a device.
    ///
    /// # Errors
    ///
    /// When no checkpoint can be read, or the model file cannot.
    pub fn last_checkpoint(&self, device: &Device) -> Result<LastCheckpoint, RunError> {
        let (state, damage) = last_state(&self.checkpoint(), device)?;
        let layout = Model::<AnyLayer>::load(&self.model(), device)?.layout;
        Ok(LastCheckpoint {
            state,
            layout,
            damage,
        })
    }
}
