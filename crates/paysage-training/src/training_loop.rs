//! The loop over epochs and batches.

use std::time::{Duration, Instant};

use paysage_data::{Order, Rows};
use paysage_kernels::{Capture, Child, RandomKey, Time};
use paysage_layers::Trainable;
use paysage_models::{Batch, Estimator, Record, Recorded, Step};
use paysage_optimizers::Optimizer;

use crate::{
    Callback, Control, Epoch, FinishedBatch, Snapshot, Trainer, TrainingError, TrainingState,
    batches::{self, Batches},
    divergence::{self, Divergence},
    monitor::{EpochTime, Measured},
    monitor_schedule::Times,
};

/// Within an epoch the parameters are checked after so many steps, or after the first step that ends later
/// than this: seldom enough that waiting for the device does not count.
const CHECK_STEPS: usize = 256;
const CHECK_TIME: Duration = Duration::from_secs(10);

/// A training in progress: its settings, its data and its callbacks.
pub(crate) struct Loop<'a, 'c, L, E, O, R, F>
where
    L: Trainable,
    E: Estimator<L>,
    O: Optimizer<L>,
    R: Rows + ?Sized,
{
    pub(crate) trainer: &'a Trainer<L, E, O>,
    pub(crate) batches: &'a Batches<'a, R>,
    /// Makes the batch of a step from rows on the device.
    pub(crate) make: F,
    pub(crate) callbacks: &'a mut [Box<dyn Callback<L> + 'c>],
    /// Whether the energies of data are compared with those of the model: they are alike where the visible units
    /// take the values of the data.
    pub(crate) compares_energies: bool,
    /// The mean weight of the rows, where they have weights.
    pub(crate) mean_weight: Option<f64>,
    /// The times of epochs and measurements so far.
    pub(crate) times: Times,
    /// Captures the step, where it can be replayed.
    pub(crate) capture: Capture<Step>,
}

/// The state after the steps of an epoch, the last one where it was launched, and whether to go on.
type Steps<L, E, O> = (TrainingState<L, E, O>, Option<Step>, Control);

impl<L, E, O, R, F> Loop<'_, '_, L, E, O, R, F>
where
    L: Trainable,
    E: Estimator<L>,
    O: Optimizer<L>,
    R: Rows + ?Sized,
    F: Fn(Batch, RandomKey) -> Batch,
{
    /// The rest of an epoch.
    pub(crate) fn epoch(
        &mut self,
        state: TrainingState<L, E, O>,
    ) -> Result<(TrainingState<L, E, O>, Control), TrainingError> {
        let (started, batches) = (Instant::now(), self.batches);
        let order = Order::Shuffled {
            seed: state.seed,
            epoch: state.epochs as u64,
        };
        let (size, skip) = (self.trainer.batch_size, state.batches);
        let learning_rate = (self.trainer.learning_rate)(state.steps - state.batches);
        let steps = |batches: &mut batches::Epoch<'_>| self.steps(state, batches, learning_rate);
        let (mut state, last, control) = batches.epoch(order, size, skip, steps)?;
        if control == Control::Stop {
            return Ok((state, control));
        }
        let last = last.as_ref().or(self.capture.output());
        check(&state, self.compared(last), learning_rate)?;
        let info = last.map(|step| step.info.clone()).unwrap_or_default();
        state.epochs += 1;
        state.batches = 0;
        let seconds = started.elapsed().as_secs_f64();
        let mut measured = self.measure(&state, seconds)?;
        let info = info.into_iter();
        measured
            .values
            .extend(info.map(|(name, value)| (name.to_owned(), value.into_scalar())));
        let control = self.after_epoch(&state, seconds, measured)?;
        Ok((state, control))
    }

    /// The steps of an epoch, until a callback stops it.
    fn steps(
        &mut self,
        mut state: TrainingState<L, E, O>,
        batches: &mut batches::Epoch<'_>,
        learning_rate: f64,
    ) -> Result<Steps<L, E, O>, TrainingError> {
        let epoch = state.epochs;
        let count = self.batches.rows.count().div_ceil(self.trainer.batch_size);
        let key = RandomKey::new(state.seed).child(Child::Epoch(epoch));
        let (mut last, mut unchecked, mut checked) = (None, 0, Instant::now());
        for batch in batches {
            let batch = batch?;
            // The memory of its states is free for this step.
            drop(last.take());
            let rows = batch.indices.len();
            let key = key.child(Child::Batch(state.batches));
            (state, last) = self.step(state, batch, key);
            let finished = FinishedBatch {
                epoch: epoch + 1,
                epochs: self.trainer.epochs,
                batch: state.batches,
                batches: count,
                rows,
            };
            if self.after_batch(&finished) == Control::Stop {
                return Ok((state, last, Control::Stop));
            }
            unchecked += 1;
            let is_due = unchecked >= CHECK_STEPS || checked.elapsed() >= CHECK_TIME;
            if is_due && state.batches < count {
                let last = last.as_ref().or(self.capture.output());
                check(&state, self.compared(last), learning_rate)?;
                self.within_epoch(&state)?;
                (unchecked, checked) = (0, Instant::now());
            }
        }
        Ok((state, last, Control::Continue))
    }

    /// The step whose energies are compared.
    fn compared<'s>(&self, last: Option<&'s Step>) -> Option<&'s Step> {
        last.filter(|_| self.compares_energies)
    }

    /// A step, launched or replayed. It does not wait for the device.
    fn step(
        &mut self,
        state: TrainingState<L, E, O>,
        batch: Batch,
        key: RandomKey,
    ) -> (TrainingState<L, E, O>, Option<Step>) {
        let (trainer, rows) = (self.trainer, self.batches.rows);
        // Other machines, whose layers may draw on the host, make it.
        let batch = (self.make)(batch, key.child(Child::DrawnRows));
        // Weights and the places of missing values are uploaded for each batch.
        let is_capturable = batch.known.is_none()
            && rows.weights().is_none()
            && trainer.is_capturable(&state.machine);
        if !is_capturable {
            self.capture.pause();
            let (state, step) = self.launch(state, batch, key);
            return (state, Some(step));
        }
        let time = Time {
            keys: &[key],
            rate: (trainer.learning_rate)(state.steps),
            numbers: &[],
            number: state.steps,
        };
        let mut capture = std::mem::replace(&mut self.capture, Capture::off());
        let inputs = [batch.rows.clone()];
        let stepped = capture.step(state, &inputs, &time, |state, inputs| {
            let rows = inputs[0].clone();
            let batch = Batch {
                rows,
                ..batch.clone()
            };
            self.launch(state, batch, key)
        });
        self.capture = capture;
        stepped
    }

    /// Estimator, transforms, optimizer, constraints.
    fn launch(
        &self,
        mut state: TrainingState<L, E, O>,
        mut batch: Batch,
        key: RandomKey,
    ) -> (TrainingState<L, E, O>, Step) {
        let trainer = self.trainer;
        if let Some(weights) = self.batches.rows.weights() {
            batch = batch.with_weights(weights);
        }
        let estimator = &trainer.estimator;
        let (mut step, next) = estimator.step(&state.machine, &batch, state.estimator, key);
        state.estimator = next;
        if let Some(mean) = self.mean_weight {
            // The gradient of Σ w · NLL / (rows · mean weight): without bias whatever rows a batch has.
            let expected = mean * batch.indices.len() as f64;
            step.gradient = std::mem::take(&mut step.gradient) * (step.weight / expected);
        }
        for transform in &trainer.transforms {
            step = transform.apply(&state.machine, step);
        }
        let gradient = std::mem::take(&mut step.gradient);
        let rate = (trainer.learning_rate)(state.steps);
        state.optimizer =
            trainer
                .optimizer
                .step(&mut state.machine, gradient, state.optimizer, rate);
        for constraint in &trainer.constraints {
            constraint.after_step(&mut state.machine, &step);
        }
        state.steps += 1;
        state.batches += 1;
        (state, step)
    }

    /// Monitors draw the same in every epoch, so that a curve shows changes of the machine alone.
    fn measure(
        &mut self,
        state: &TrainingState<L, E, O>,
        seconds: f64,
    ) -> Result<Measured, TrainingError> {
        let key = RandomKey::new(state.seed).child(Child::Monitors);
        let epoch = EpochTime {
            number: state.epochs,
            epochs: self.trainer.epochs,
            seconds,
        };
        let monitors = &self.trainer.monitors;
        let chains = state.chains();
        let measured = monitors.after_epoch(&state.machine, chains, epoch, key, &mut self.times);
        measured.map_err(|error| TrainingError::Monitor {
            epoch: state.epochs,
            monitor: error.monitor,
            source: error.source,
        })
    }

    /// All callbacks are called, even when one of them stops training.
    fn after_batch(&mut self, finished: &FinishedBatch) -> Control {
        let mut control = Control::Continue;
        for callback in self.callbacks.iter_mut() {
            if callback.after_batch(finished) == Control::Stop {
                control = Control::Stop;
            }
        }
        control
    }

    fn within_epoch(&mut self, state: &TrainingState<L, E, O>) -> Result<(), TrainingError> {
        let record = || state.record();
        let snapshot = snapshot(state, &record);
        for callback in self.callbacks.iter_mut() {
            let done = callback.within_epoch(&snapshot);
            done.map_err(|source| TrainingError::Callback {
                epoch: state.epochs + 1,
                source,
            })?;
        }
        Ok(())
    }

    fn after_epoch(
        &mut self,
        state: &TrainingState<L, E, O>,
        seconds: f64,
        measured: Measured,
    ) -> Result<Control, TrainingError> {
        let mut epoch = Epoch {
            number: state.epochs,
            epochs: self.trainer.epochs,
            seconds,
            values: measured.values,
            undefined: measured.undefined,
            machine: &state.machine,
            chains: state.chains(),
            record: &|| state.record(),
        };
        let mut control = Control::Continue;
        for callback in self.callbacks.iter_mut() {
            let wish = callback.after_epoch(&mut epoch);
            let wish = wish.map_err(|source| TrainingError::Callback {
                epoch: epoch.number,
                source,
            })?;
            if wish == Control::Stop {
                control = wish;
            }
        }
        Ok(control)
    }

    /// After the last epoch or a stop.
    pub(crate) fn end(&mut self, state: &TrainingState<L, E, O>) -> Result<(), TrainingError> {
        let record = || state.record();
        let end = snapshot(state, &record);
        for callback in self.callbacks.iter_mut() {
            let done = callback.at_end(&end);
            done.map_err(|source| TrainingError::Callback {
                epoch: state.epochs,
                source,
            })?;
        }
        Ok(())
    }
}

/// A training state as callbacks see it.
fn snapshot<'a, L: Trainable, E: Estimator<L>, O: Optimizer<L>>(
    state: &'a TrainingState<L, E, O>,
    record: &'a dyn Fn() -> Record,
) -> Snapshot<'a, L> {
    Snapshot {
        machine: &state.machine,
        chains: state.chains(),
        record,
    }
}

/// Checks the machine after a step.
fn check<L: Trainable, E: Estimator<L>, O: Optimizer<L>>(
    state: &TrainingState<L, E, O>,
    last: Option<&Step>,
    learning_rate: f64,
) -> Result<(), TrainingError> {
    let (machine, epoch, step) = (&state.machine, state.epochs + 1, state.steps);
    let fault = divergence::find(machine, last);
    if let Some(Divergence::NotFinite(parameter)) = fault {
        return Err(TrainingError::Diverged {
            epoch,
            step,
            parameter,
            learning_rate,
        });
    }
    machine
        .check_normalizable()
        .map_err(|source| TrainingError::NotNormalizable {
            epoch,
            step,
            source,
            learning_rate,
        })?;
    match fault {
        Some(Divergence::TooLarge(parameter, nats)) => Err(TrainingError::TooLarge {
            epoch,
            step,
            parameter,
            nats,
            learning_rate,
        }),
        _ => Ok(()),
    }
}
