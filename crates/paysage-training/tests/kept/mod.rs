//! What a training measured.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use paysage_layers::Trainable;
use paysage_training::{Callback, CallbackError, Control, Epoch};

/// Keeps the values of every epoch.
#[derive(Clone, Default)]
pub struct Kept(Arc<Mutex<Vec<BTreeMap<String, f64>>>>);

impl<L: Trainable> Callback<L> for Kept {
    fn after_epoch(&mut self, epoch: &mut Epoch<'_, L>) -> Result<Control, CallbackError> {
        let mut kept = self.0.lock().expect("no panic elsewhere");
        kept.push(epoch.values.clone());
        Ok(Control::Continue)
    }
}

impl Kept {
    /// The values of every epoch so far.
    pub fn values(&self) -> Vec<BTreeMap<String, f64>> {
        self.0.lock().expect("no panic elsewhere").clone()
    }
}
