//! Ctrl-C: the first one asks the training to stop, the second one ends the program.

use std::{
    process,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use paysage::{
    layers::Trainable,
    training::{Callback, Control, FinishedBatch},
};

/// Ends training after the current batch once Ctrl-C was pressed.
///
/// Once this and its clones are dropped, Ctrl-C ends the program at once.
#[derive(Clone)]
pub(crate) struct StopOnInterrupt(Arc<AtomicBool>);

impl StopOnInterrupt {
    /// Listens from now on. Where no handler can be set, Ctrl-C ends the program at once, which
    /// loses no more than the epoch under way.
    pub(crate) fn listen() -> Self {
        let pressed = Arc::new(AtomicBool::new(false));
        let seen = Arc::downgrade(&pressed);
        let _ = ctrlc::set_handler(move || {
            let already = seen.upgrade().map(|it| it.swap(true, Ordering::Relaxed));
            if already != Some(false) {
                process::exit(1);
            }
        });
        Self(pressed)
    }
}

impl<L: Trainable> Callback<L> for StopOnInterrupt {
    fn after_batch(&mut self, _batch: &FinishedBatch) -> Control {
        if self.0.load(Ordering::Relaxed) {
            Control::Stop
        } else {
            Control::Continue
        }
    }
}
