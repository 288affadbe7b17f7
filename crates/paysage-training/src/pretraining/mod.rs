//! Layerwise training of deep machines, before all layers are trained together.

mod compose;
mod propagated;
mod stage;
mod tied;

use paysage_data::{Fingerprint, Rows};
use paysage_kernels::{Child, RandomKey};
use paysage_layers::{Annealed, Trainable};
use paysage_models::{BoltzmannMachine, Estimator, Initialization};
use paysage_optimizers::{Optimizer, OptimizerKind};

use crate::{Callback, Trainer, TrainingError, TrainingState, batches::Batches};
use compose::compose;
use propagated::{first_rows, propagated};
use stage::{Pair, repeated};
use tied::Tied;

pub use stage::PretrainingStage;

/// Layerwise training: trains the layers of a chain pair by pair from below, each pair as a
/// restricted machine on draws of its lower layer given the rows. Training of all layers together
/// then starts from the result.
///
/// In the whole machine a hidden layer has neighbours on both sides, in its pair only one of them.
/// So the first pair has two tied copies of the visible layer with the same row, the last one two
/// tied copies of the top layer, and the weights of pairs between count half in the machine (as
/// they would with both layers copied):
///
/// ```text
/// E₁(v, v′, h₁) = H_v(v) + H_v(v′) + H₁(h₁) − r(v)ᵀ W₁ r(h₁) − r(v′)ᵀ W₁ r(h₁)
/// E₂(h₁, h₂)    = H₁′(h₁) + H₂(h₂) − r(h₁)ᵀ 2W₂ r(h₂)
/// E₃(h₂, h₃, h₃′) = …
/// ```
///
/// The energy of the machine is half their sum, all copies of a layer alike. Its visible and its
/// top layer are those of their pairs, and other layers have the mean energy ½ H₁ + ½ H₁′: their
/// biases are means, the precisions 1/σ² of Gaussian units too (their loc weighted by them, and W
/// scaled so that W r stays in the units of x). The center of a layer is that of the pair below it.
/// The conditional distribution of a hidden layer, given its neighbours, is the geometric mean of those
/// in its two pairs.
///
/// Every pair starts from [`initialize`](BoltzmannMachine::initialize) on the rows or on about a
/// thousand draws of its lower layer, whether parameters are frozen or not.
///
/// Salakhutdinov & Hinton, "Deep Boltzmann machines", 2009.
///
/// ```
/// use paysage_data::BarsAndStripes;
/// use paysage_kernels::default_device;
/// use paysage_layers::Bernoulli;
/// use paysage_models::BoltzmannMachine;
/// use paysage_samplers::PersistentContrastiveDivergence;
/// use paysage_training::{Pretraining, StageTraining, Trainer};
///
/// let device = default_device()?;
/// let table = BarsAndStripes { size: 3 }.generate();
/// let layers = [9, 6, 4].map(|units| Bernoulli::new(units, &device));
/// let mut machine = BoltzmannMachine::chain(layers.into())?;
/// let trainer = || Trainer {
///     epochs: 3,
///     ..Trainer::new(PersistentContrastiveDivergence::default())
/// };
/// let pretraining = Pretraining::default();
/// let outcome = pretraining.run(&mut machine, &table, |_stage| StageTraining::new(trainer()))?;
/// assert_eq!(outcome.epochs, 6);
/// let machine = trainer().train(machine, &table)?;
/// # let _ = machine;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Pretraining {
    /// The initialization of each pair.
    pub initialization: Initialization,
    /// Random key of the initializations.
    pub key: RandomKey,
}

impl Default for Pretraining {
    fn default() -> Self {
        Self {
            initialization: Initialization::default(),
            key: RandomKey::new(0),
        }
    }
}

/// The training of a stage.
pub struct StageTraining<'c, L: Trainable, E: Estimator<L>, O: Optimizer<L> = OptimizerKind> {
    /// The settings.
    pub trainer: Trainer<L, E, O>,
    /// What is called during the stage.
    pub callbacks: Vec<Box<dyn Callback<L> + 'c>>,
    /// The state that it continues from, such as one that [`Checkpoints`](crate::Checkpoints) among the callbacks
    /// wrote; without one it starts from the beginning.
    pub state: Option<TrainingState<L, E, O>>,
}

impl<L: Trainable, E: Estimator<L>, O: Optimizer<L>> StageTraining<'_, L, E, O> {
    /// A stage from the beginning, without callbacks.
    #[must_use]
    pub fn new(trainer: Trainer<L, E, O>) -> Self {
        Self {
            trainer,
            callbacks: Vec::new(),
            state: None,
        }
    }
}

/// The result of layerwise training.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pretrained {
    /// The number of epochs of all stages together.
    pub epochs: usize,
    /// Whether a callback stopped a stage.
    pub stopped: bool,
}

impl Pretraining {
    /// Trains all stages, each with its own trainer and callbacks, and sets the parameters of the
    /// machine. When a callback stops a stage, the other stages are skipped and the machine is not
    /// changed.
    ///
    /// A stage that continues from a saved state, after stages with their states of the end, gives bit for bit
    /// what training without a stop gives, for the same machine, settings and rows.
    ///
    /// Estimators and monitors see the machine of a stage: the copies of its lower layer, which are
    /// visible, and then those of its upper one.
    ///
    /// # Errors
    ///
    /// When the machine is not a chain, when the rows do not fit it or cannot be read, when a state belongs to
    /// other rows or another machine, or when a trainer fails. The machine is not changed then.
    pub fn run<'c, L: Annealed, E: Estimator<L>, O: Optimizer<L>>(
        &self,
        machine: &mut BoltzmannMachine<L>,
        rows: &(impl Rows + ?Sized),
        mut stage: impl FnMut(PretrainingStage) -> StageTraining<'c, L, E, O>,
    ) -> Result<Pretrained, TrainingError> {
        check_chain(machine)?;
        machine.check_known(rows)?;
        let data = Fingerprint::of(rows)?;
        let (of, mut epochs, mut pairs) = (machine.connections.len(), 0, Vec::new());
        for number in 1..=of {
            let this = PretrainingStage { number, of };
            let key = self.key.child(Child::Stage(number));
            let mut layers = [number - 1, number].map(|layer| machine.layers[layer].clone());
            let center = pairs.last().and_then(Pair::upper_center);
            if center.is_some() {
                layers[0].set_center(center.clone());
            }
            let [rows_key, start] =
                [Child::StageRows, Child::StageParameters].map(|child| key.child(child));
            let StageTraining {
                trainer,
                mut callbacks,
                state,
            } = stage(this);
            if !rows.is_complete() && !trainer.estimator.takes_missing() {
                machine.check(rows)?;
            }
            let pair = match (&state, number) {
                (Some(state), _) => {
                    state.check_fingerprint(rows.source(), data)?;
                    Pair::continued(this, layers, &state.machine)?
                }
                (None, 1) => Pair::new(this, layers, self.initialization, rows, start)?,
                (None, _) => {
                    let drawn = first_rows(machine, rows, &pairs, rows_key)?;
                    Pair::new(this, layers, self.initialization, &drawn, start)?
                }
            };
            let layers = pair.tied_layers();
            let trainer = trainer.map_estimator(|estimator| Tied { estimator, layers });
            let copies = this.copies()[0];
            let mut state = match state {
                Some(state) => tied::state(state),
                None => trainer.start(pair.machine)?,
            };
            state.data = Some(data);
            let make = |rows, key| repeated(propagated(rows, &pairs, key), copies);
            let batches = Batches::new(rows, &state.machine)?;
            let outcome = trainer.fit_made(state, &batches, &mut callbacks, make)?;
            epochs += outcome.state.epochs;
            if outcome.stopped {
                let stopped = true;
                return Ok(Pretrained { epochs, stopped });
            }
            let mut trained = outcome.state.machine;
            if let Some(center) = center {
                // Both pairs of a layer have the same center, also where visible centers move.
                for copy in trained.visible.clone() {
                    trained.move_center(copy, center.clone());
                }
            }
            pairs.push(Pair {
                stage: this,
                machine: trained,
            });
        }
        compose(machine, &pairs);
        let stopped = false;
        Ok(Pretrained { epochs, stopped })
    }
}

/// Checks that layers are stacked on one another, the first one visible, as
/// [`BoltzmannMachine::chain`] does.
fn check_chain<L: Annealed>(machine: &BoltzmannMachine<L>) -> Result<(), TrainingError> {
    let ends = machine.connections.iter().map(|c| (c.target, c.domain));
    let stacked = (1..machine.layers.len()).map(|layer| (layer - 1, layer));
    if machine.visible == [0] && ends.eq(stacked) {
        Ok(())
    } else {
        Err(TrainingError::NotAChain)
    }
}
