//! The training loop.

use std::{collections::BTreeMap, time::Instant};

use burn::tensor::Tensor;
use paysage_data::shuffled;
use paysage_kernels::{RandomKey, on_workers};
use paysage_layers::Trainable;
use paysage_models::{BoltzmannMachine, GradientEstimator, Visitor};
use paysage_optimizers::{Optimizer, OptimizerKind, schedule};

use crate::{
    Callback, Checkpoint, Control, Epoch, EpochTime, Monitors, Progress, Rows, TrainingError,
};

/// Trains a machine on a table, or on other [`Rows`].
///
/// ```
/// use paysage_data::BarsAndStripes;
/// use paysage_kernels::{RandomKey, default_device};
/// use paysage_layers::{AnyLayer, Bernoulli};
/// use paysage_models::{BoltzmannMachine, Initialization};
/// use paysage_samplers::ContrastiveDivergence;
/// use paysage_training::Trainer;
///
/// let device = default_device()?;
/// let table = BarsAndStripes { size: 3 }.generate();
/// let layers: Vec<AnyLayer> = vec![
///     Bernoulli::new(9, &device).into(),
///     Bernoulli::new(4, &device).into(),
/// ];
/// let mut machine = BoltzmannMachine::chain(layers)?;
/// machine.initialize(Initialization::Glorot, &table, RandomKey::new(1));
/// let mut trainer = Trainer {
///     epochs: 3,
///     ..Trainer::new(ContrastiveDivergence::default())
/// };
/// let outcome = trainer.fit(&mut machine, &table)?;
/// assert_eq!(outcome.epochs, 3);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Trainer<L: Trainable> {
    /// The epochs to have been trained in the end, those before a resumed checkpoint included.
    pub epochs: usize,
    /// The rows of a batch; the last batch of an epoch has what is left.
    pub batch_size: usize,
    /// The learning rate as a function of the step, counted from 0 over all epochs.
    pub learning_rate: Box<dyn Fn(usize) -> f64 + Send>,
    /// How the gradient is estimated.
    pub estimator: Box<dyn GradientEstimator<L>>,
    /// How the gradient moves the parameters.
    pub optimizer: Box<dyn Optimizer<L>>,
    /// Metrics, and the epochs after which they are measured.
    pub monitors: Monitors<L>,
    /// What is told of each batch and epoch.
    pub callbacks: Vec<Box<dyn Callback<L>>>,
    /// What all random choices depend on.
    pub seed: u64,
    /// The epochs that are done already.
    pub done: usize,
}

/// How training ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The epochs that were finished, those before a resumed checkpoint included.
    pub epochs: usize,
    /// Whether a callback ended it.
    pub stopped: bool,
}

impl<L: Trainable> Trainer<L> {
    /// Ten epochs of Adam at 0.001 in batches of 100, with the gradients of an estimator.
    pub fn new(estimator: impl GradientEstimator<L> + 'static) -> Self {
        let kind = OptimizerKind::Adam;
        Self {
            epochs: 10,
            batch_size: 100,
            learning_rate: Box::new(schedule::constant(kind.default_learning_rate())),
            estimator: Box::new(estimator),
            optimizer: kind.build(),
            monitors: Monitors::default(),
            callbacks: Vec::new(),
            seed: 0,
            done: 0,
        }
    }

    /// Goes on after a checkpoint, with the machine that it holds.
    #[must_use]
    pub fn resume(mut self, checkpoint: Checkpoint<L>) -> (Self, BoltzmannMachine<L>) {
        self.done = checkpoint.epochs;
        let device = checkpoint.machine.device();
        self.optimizer.restore(checkpoint.optimizer, &device);
        self.estimator.resume(checkpoint.memory);
        (self, checkpoint.machine)
    }

    /// Trains for the epochs that are left, each over all rows in a new order. All of it, callbacks
    /// too, runs on one of the threads that the kernels share.
    ///
    /// # Errors
    ///
    /// When a setting is zero, when the rows do not fit the visible layers or miss values that the
    /// estimator does not fill in, when a parameter is no longer finite or the machine no longer
    /// normalizable, or when a monitor or callback fails. The machine is then as the last step left it.
    pub fn fit(
        &mut self,
        machine: &mut BoltzmannMachine<L>,
        rows: &(impl Rows<L> + ?Sized),
    ) -> Result<Outcome, TrainingError> {
        if self.epochs == 0 {
            return Err(TrainingError::NoEpochs);
        }
        if self.batch_size == 0 {
            return Err(TrainingError::NoRows);
        }
        rows.check(machine, self.estimator.takes_missing())?;
        on_workers(|| {
            while self.done < self.epochs {
                let stopped = self.train_epoch(machine, rows)? == Control::Stop;
                if stopped {
                    return Ok(self.outcome(stopped));
                }
            }
            Ok(self.outcome(false))
        })
    }

    fn outcome(&self, stopped: bool) -> Outcome {
        Outcome {
            epochs: self.done,
            stopped,
        }
    }

    fn train_epoch(
        &mut self,
        machine: &mut BoltzmannMachine<L>,
        rows: &(impl Rows<L> + ?Sized),
    ) -> Result<Control, TrainingError> {
        let (epoch, started) = (self.done, Instant::now());
        let order = shuffled(rows.count(), self.seed, epoch as u64);
        let batches = rows.count().div_ceil(self.batch_size);
        let key = RandomKey::new(self.seed).split(epoch as u64);
        for (batch, indices) in order.chunks(self.batch_size).enumerate() {
            let key = key.split(batch as u64);
            // Estimators take the first children of the key.
            let shown = rows.batch(machine, indices, key.split(u64::MAX));
            let gradient = self.estimator.estimate(machine, &shown, key);
            let rate = (self.learning_rate)(epoch * batches + batch);
            self.optimizer.step(machine, gradient, rate);
            let progress = Progress {
                epoch: epoch + 1,
                epochs: self.epochs,
                batch: batch + 1,
                batches,
                rows: indices.len(),
            };
            if self.tell_batch(&progress) == Control::Stop {
                return Ok(Control::Stop);
            }
        }
        if let Some(parameter) = first_not_finite(machine) {
            return Err(TrainingError::Diverged {
                epoch: epoch + 1,
                parameter,
                learning_rate: (self.learning_rate)(epoch * batches),
            });
        }
        machine
            .check_normalizable()
            .map_err(|source| TrainingError::NotNormalizable {
                epoch: epoch + 1,
                source,
                learning_rate: (self.learning_rate)(epoch * batches),
            })?;
        let seconds = started.elapsed().as_secs_f64();
        self.done += 1;
        let mut values = self.measure(machine, seconds)?;
        let measures = self.estimator.measures().into_iter();
        values.extend(measures.map(|(name, value)| (name.to_owned(), value)));
        self.tell_epoch(machine, seconds, values)
    }

    /// Monitors draw the same in every epoch, so that a curve shows the machine and not the draw.
    fn measure(
        &mut self,
        machine: &BoltzmannMachine<L>,
        seconds: f64,
    ) -> Result<BTreeMap<String, f64>, TrainingError> {
        let key = RandomKey::new(self.seed).split(u64::MAX);
        let epoch = EpochTime {
            number: self.done,
            epochs: self.epochs,
            seconds,
        };
        let values = self.monitors.after_epoch(machine, epoch, key);
        values.map_err(|error| TrainingError::Monitor {
            epoch: self.done,
            monitor: error.monitor,
            source: error.source,
        })
    }

    /// All callbacks hear of everything, even when one of them stops the training.
    fn tell_batch(&mut self, progress: &Progress) -> Control {
        let callbacks = self.callbacks.iter_mut();
        callbacks.fold(Control::Continue, |control, callback| {
            let wish = callback.after_batch(progress);
            if control == Control::Stop {
                control
            } else {
                wish
            }
        })
    }

    fn tell_epoch(
        &mut self,
        machine: &BoltzmannMachine<L>,
        seconds: f64,
        values: BTreeMap<String, f64>,
    ) -> Result<Control, TrainingError> {
        let (optimizer, estimator) = (&self.optimizer, &self.estimator);
        let mut epoch = Epoch {
            number: self.done,
            epochs: self.epochs,
            seconds,
            values,
            machine,
            optimizer: &|| optimizer.state(),
            chains: self.estimator.chains(),
            memory: &|| estimator.memory(),
        };
        let mut control = Control::Continue;
        for callback in &mut self.callbacks {
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
}

/// The name of a parameter that holds NaN or an infinity.
fn first_not_finite<L: Trainable>(machine: &BoltzmannMachine<L>) -> Option<String> {
    #[derive(Default)]
    struct Search(Option<String>);
    impl Search {
        fn look<const D: usize>(&mut self, name: &str, tensor: &Tensor<D>) {
            // A sum is finite only if all its terms are; one read for each parameter.
            let sum: f64 = tensor.clone().abs().sum().into_scalar();
            if !sum.is_finite() && self.0.is_none() {
                self.0 = Some(name.to_owned());
            }
        }
    }
    impl Visitor for Search {
        fn vector(&mut self, name: &str, tensor: &Tensor<1>) {
            self.look(name, tensor);
        }
        fn matrix(&mut self, name: &str, tensor: &Tensor<2>) {
            self.look(name, tensor);
        }
    }
    let mut search = Search::default();
    machine.visit(&mut search);
    search.0
}
