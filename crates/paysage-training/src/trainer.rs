//! The settings of training.

use paysage_data::{DataError, Fingerprint, Rows, total_weight};
use paysage_kernels::{Capture, RandomKey, on_workers};
use paysage_layers::Trainable;
use paysage_models::{Batch, BoltzmannMachine, Estimator};
use paysage_optimizers::{Constraint, GradientTransform, Optimizer, OptimizerKind, schedule};

use crate::{
    Callback, Control, Monitors, TrainingError, TrainingState, batches::Batches,
    monitor_schedule::Times, training_loop::Loop,
};

/// The settings of training: estimator, gradient transforms, optimizer, constraints, and what is
/// measured.
///
/// A trainer is not changed by training. What changes is a [`TrainingState`], which
/// [`start`](Self::start) makes of a machine and [`fit`](Self::fit) returns trained.
///
/// ```
/// use paysage_data::BarsAndStripes;
/// use paysage_kernels::{RandomKey, default_device};
/// use paysage_layers::{AnyLayer, Bernoulli};
/// use paysage_models::{BoltzmannMachine, Initialization};
/// use paysage_optimizers::L2;
/// use paysage_samplers::ContrastiveDivergence;
/// use paysage_training::Trainer;
///
/// let device = default_device()?;
/// let table = BarsAndStripes { size: 3 }.generate();
/// let layers = [9, 4].map(|units| AnyLayer::from(Bernoulli::new(units, &device)));
/// let mut machine = BoltzmannMachine::chain(layers.into())?;
/// machine.initialize(Initialization::Glorot, &table, RandomKey::new(1))?;
/// let trainer = Trainer {
///     epochs: 3,
///     transforms: vec![Box::new(L2 { strength: 1e-4 })],
///     ..Trainer::new(ContrastiveDivergence::default())
/// };
/// let outcome = trainer.fit(trainer.start(machine)?, &table, &mut [])?;
/// assert_eq!(outcome.state.epochs, 3);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Trainer<L: Trainable, E: Estimator<L>, O: Optimizer<L> = OptimizerKind> {
    /// The number of epochs, those of a resumed training included.
    pub epochs: usize,
    /// The number of rows in a batch; the last batch of an epoch has the rest.
    pub batch_size: usize,
    /// The learning rate as a function of the step, counted from 0 over all epochs.
    pub learning_rate: Box<dyn Fn(usize) -> f64 + Send + Sync>,
    /// The gradient estimator.
    pub estimator: E,
    /// Changes of the gradient before the optimizer uses it, in order.
    pub transforms: Vec<Box<dyn GradientTransform<L>>>,
    /// The optimizer.
    pub optimizer: O,
    /// Projections of the parameters after each step, in order.
    pub constraints: Vec<Box<dyn Constraint<L>>>,
    /// The metrics, and the epochs after which they are measured.
    pub monitors: Monitors<L>,
    /// Random seed of the states that [`start`](Self::start) makes.
    pub seed: u64,
}

/// The result of training.
pub struct Outcome<S> {
    /// The training state after the last step.
    pub state: S,
    /// Whether a callback stopped training before its last epoch.
    pub stopped: bool,
    /// The time that metrics took, in seconds.
    pub measuring: f64,
}

impl<L: Trainable, E: Estimator<L>> Trainer<L, E> {
    /// Ten epochs of Adam with learning rate 0.001 and batches of 100 rows.
    pub fn new(estimator: E) -> Self {
        let optimizer = OptimizerKind::Adam;
        Self {
            epochs: 10,
            batch_size: 100,
            learning_rate: Box::new(schedule::constant(optimizer.default_learning_rate())),
            estimator,
            transforms: Vec::new(),
            optimizer,
            constraints: Vec::new(),
            monitors: Monitors::default(),
            seed: 0,
        }
    }
}

impl<L: Trainable, E: Estimator<L>, O: Optimizer<L>> Trainer<L, E, O> {
    /// The state of a training that starts from a machine.
    ///
    /// # Errors
    ///
    /// When a setting is out of range.
    pub fn start(
        &self,
        machine: BoltzmannMachine<L>,
    ) -> Result<TrainingState<L, E, O>, TrainingError> {
        self.check()?;
        Ok(TrainingState {
            estimator: self.estimator.init(&machine)?,
            optimizer: self.optimizer.init(),
            machine,
            epochs: 0,
            batches: 0,
            steps: 0,
            seed: self.seed,
            data: None,
        })
    }

    /// Trains a machine from the start, without callbacks, and returns it.
    ///
    /// # Errors
    ///
    /// As [`fit`](Self::fit).
    pub fn train(
        &self,
        machine: BoltzmannMachine<L>,
        rows: &(impl Rows + ?Sized),
    ) -> Result<BoltzmannMachine<L>, TrainingError> {
        let outcome = self.fit(self.start(machine)?, rows, &mut [])?;
        Ok(outcome.state.machine)
    }

    /// Trains for the epochs that are left, each over all rows in a new order. All of it, callbacks
    /// too, runs on one of the threads that the kernels share.
    ///
    /// Rows with [weights](Rows::weights) count by them: the gradient of a batch is that of its weighted
    /// mean, times its weight per row over the mean weight of all rows. Over an epoch this is the
    /// gradient of the weighted mean of all rows, without bias; dividing by the weight of the batch alone
    /// would give rows of light batches too much influence.
    ///
    /// A GPU keeps rows that are in memory and have no gaps, up to [`data_limit`](paysage_kernels::data_limit),
    /// and gathers batches there. Of other rows the next batch is read while it computes. A CPU reads each
    /// batch when it needs it. The batches are bit for bit the same.
    ///
    /// A GPU [captures](paysage_kernels::Capture) a step and replays it, for contrastive divergence, persistent or not, by
    /// gradient descent or Adam, where nothing in the step needs the host.
    ///
    /// # Errors
    ///
    /// When a setting is out of range, when the rows cannot be read, do not fit the visible layers,
    /// miss values that the estimator does not infer, or are not those that the state was trained
    /// on, when parameters diverge or the machine can no longer be normalized, or when a monitor
    /// or callback fails.
    pub fn fit(
        &self,
        state: TrainingState<L, E, O>,
        rows: &(impl Rows + ?Sized),
        callbacks: &mut [Box<dyn Callback<L> + '_>],
    ) -> Result<Outcome<TrainingState<L, E, O>>, TrainingError> {
        match self.estimator.takes_missing() {
            true => state.machine.check_known(rows)?,
            false => state.machine.check(rows)?,
        }
        self.fit_rows(state, rows, callbacks, true)
    }

    /// Trains as [`fit`](Self::fit) does, on numbers that enter the gradient as they are even where the visible
    /// units do not take them: scikit-learn, for example, trains binary units on probabilities. Of such numbers the
    /// energies say nothing about divergence, which is found when a parameter is no longer finite.
    ///
    /// # Errors
    ///
    /// As [`fit`](Self::fit), but for values that the visible units do not take.
    pub fn fit_unchecked(
        &self,
        state: TrainingState<L, E, O>,
        rows: &(impl Rows + ?Sized),
        callbacks: &mut [Box<dyn Callback<L> + '_>],
    ) -> Result<Outcome<TrainingState<L, E, O>>, TrainingError> {
        self.fit_rows(state, rows, callbacks, false)
    }

    fn fit_rows(
        &self,
        mut state: TrainingState<L, E, O>,
        rows: &(impl Rows + ?Sized),
        callbacks: &mut [Box<dyn Callback<L> + '_>],
        compares_energies: bool,
    ) -> Result<Outcome<TrainingState<L, E, O>>, TrainingError> {
        let (found, expected) = (rows.columns(), state.machine.visible_units());
        if found != expected {
            return Err(TrainingError::Data(DataError::Width {
                file: rows.source().to_owned(),
                found,
                expected,
            }));
        }
        state.check_data(rows)?;
        if state.data.is_none() {
            state.data = Some(Fingerprint::of(rows)?);
        }
        let batches = Batches::new(rows, &state.machine)?;
        self.fit_batches(
            state,
            &batches,
            callbacks,
            |batch, _| batch,
            compares_energies,
        )
    }

    /// Trains on batches that are made of rows on the device, with a key for each batch.
    pub(crate) fn fit_made(
        &self,
        state: TrainingState<L, E, O>,
        batches: &Batches<'_, impl Rows + ?Sized>,
        callbacks: &mut [Box<dyn Callback<L> + '_>],
        make: impl Fn(Batch, RandomKey) -> Batch + Send + Sync,
    ) -> Result<Outcome<TrainingState<L, E, O>>, TrainingError> {
        self.fit_batches(state, batches, callbacks, make, true)
    }

    fn fit_batches(
        &self,
        mut state: TrainingState<L, E, O>,
        batches: &Batches<'_, impl Rows + ?Sized>,
        callbacks: &mut [Box<dyn Callback<L> + '_>],
        make: impl Fn(Batch, RandomKey) -> Batch + Send + Sync,
        compares_energies: bool,
    ) -> Result<Outcome<TrainingState<L, E, O>>, TrainingError> {
        self.check()?;
        // Settings of a resumed training may differ from those that its state was made with.
        self.estimator.init(&state.machine)?;
        on_workers(|| {
            let mut training = Loop {
                trainer: self,
                batches,
                make,
                callbacks,
                compares_energies,
                mean_weight: mean_weight(batches.rows),
                times: Times::default(),
                capture: Capture::new(&state.machine.device()),
            };
            let mut stopped = false;
            while state.epochs < self.epochs && !stopped {
                let control;
                (state, control) = training.epoch(state)?;
                stopped = control == Control::Stop;
            }
            training.end(&state)?;
            Ok(Outcome {
                state: training.capture.finish(state),
                stopped,
                measuring: training.times.measuring,
            })
        })
    }

    /// Whether what changes gradients and parameters may be part of a captured step.
    pub(crate) fn is_capturable(&self, machine: &BoltzmannMachine<L>) -> bool {
        let mut transforms = self.transforms.iter();
        let mut constraints = self.constraints.iter();
        machine.is_on_device()
            && self.estimator.is_capturable()
            && self.optimizer.is_capturable()
            && transforms.all(|transform| transform.is_capturable())
            && constraints.all(|constraint| constraint.is_capturable(machine))
    }

    fn check(&self) -> Result<(), TrainingError> {
        if self.epochs == 0 {
            return Err(TrainingError::NoEpochs);
        }
        if self.batch_size == 0 {
            return Err(TrainingError::NoRows);
        }
        for transform in &self.transforms {
            transform.check()?;
        }
        for constraint in &self.constraints {
            constraint.check()?;
        }
        Ok(())
    }

    /// The same settings with another estimator.
    pub(crate) fn map_estimator<F: Estimator<L>>(
        self,
        map: impl FnOnce(E) -> F,
    ) -> Trainer<L, F, O> {
        Trainer {
            epochs: self.epochs,
            batch_size: self.batch_size,
            learning_rate: self.learning_rate,
            estimator: map(self.estimator),
            transforms: self.transforms,
            optimizer: self.optimizer,
            constraints: self.constraints,
            monitors: self.monitors,
            seed: self.seed,
        }
    }
}

/// The mean weight of rows, where they have weights.
fn mean_weight(rows: &(impl Rows + ?Sized)) -> Option<f64> {
    let weights = rows.weights()?;
    Some(total_weight(weights) / weights.len() as f64)
}
