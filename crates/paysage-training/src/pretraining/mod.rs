//! Layerwise training of deep machines, before all layers are trained together.

mod compose;
mod lifted;
mod stage;
mod tied;

use paysage_data::Table;
use paysage_kernels::RandomKey;
use paysage_layers::Annealed;
use paysage_models::{BoltzmannMachine, Initialization};

use crate::{Outcome, Rows, Trainer, TrainingError};
use compose::compose;
use lifted::Lifted;
use stage::Pair;
use tied::Tied;

pub use stage::Stage;

/// Trains the layers of a chain pair by pair from below, each as a restricted machine on draws of
/// its lower layer given the rows: where training all layers together then starts.
///
/// In the whole machine a hidden layer hears its neighbours on both sides, in its pair only one of
/// them. So the first pair has two copies of the visible layer, tied to one another and shown the
/// same row, the last one two tied copies of the top layer, and the weights of pairs between count
/// half in the machine (as they would with both layers copied):
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
/// scaled so that W r stays in the units of x), and centers stay. What a hidden layer then is given
/// its neighbours is the geometric mean of what its two pairs say.
///
/// Every pair starts as [`initialize`](BoltzmannMachine::initialize) has it, from the table or from
/// about a thousand draws of its lower layer, and whether parameters are frozen or not.
///
/// Salakhutdinov & Hinton, "Deep Boltzmann machines", 2009.
///
/// ```
/// use paysage_data::BarsAndStripes;
/// use paysage_kernels::default_device;
/// use paysage_layers::Bernoulli;
/// use paysage_models::BoltzmannMachine;
/// use paysage_samplers::PersistentContrastiveDivergence;
/// use paysage_training::{Pretraining, Trainer};
///
/// let device = default_device()?;
/// let table = BarsAndStripes { size: 3 }.generate();
/// let layers = [9, 6, 4].map(|units| Bernoulli::new(units, &device));
/// let mut machine = BoltzmannMachine::chain(layers.into())?;
/// let trainer = || Trainer {
///     epochs: 3,
///     ..Trainer::new(PersistentContrastiveDivergence::default())
/// };
/// let outcome = Pretraining::default().run(&mut machine, &table, |_stage| trainer())?;
/// assert_eq!(outcome.epochs, 6);
/// trainer().fit(&mut machine, &table)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Pretraining {
    /// How the weights of each pair start.
    pub initialization: Initialization,
    /// What these starts depend on.
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

/// How many draws of a hidden layer the pair above it starts from.
const FIRST_ROWS: usize = 1000;

impl Pretraining {
    /// Runs all stages, each with the trainer that is made for it, and sets the parameters of the
    /// machine. When a callback of one of the trainers stops it, the other stages are left out and
    /// the machine stays as it was.
    ///
    /// Estimators and monitors see the machine of a stage: the copies of its lower layer, which are
    /// visible, and then those of its upper one.
    ///
    /// # Errors
    ///
    /// When the machine is not a chain, when the table does not fit it, or when a trainer fails.
    /// The machine is then as it was.
    pub fn run<L: Annealed + 'static>(
        &self,
        machine: &mut BoltzmannMachine<L>,
        table: &Table,
        mut trainer: impl FnMut(Stage) -> Trainer<L>,
    ) -> Result<Outcome, TrainingError> {
        check_chain(machine)?;
        machine.check_known(table)?;
        let is_complete = table.is_complete();
        let (of, mut epochs, mut pairs) = (machine.connections.len(), 0, Vec::new());
        for number in 1..=of {
            let stage = Stage { number, of };
            let key = self.key.split(number as u64);
            let start = match number {
                1 => None,
                _ => Some(first_rows(machine, table, &pairs, key.split(0))?),
            };
            let layers = [number - 1, number].map(|layer| machine.layers[layer].clone());
            let rows = start.as_ref().unwrap_or(table);
            let mut pair = Pair::new(stage, layers, self.initialization, rows, key.split(1));
            let mut trainer = trainer(stage);
            if !is_complete && !trainer.estimator.takes_missing() {
                machine.check(table)?;
            }
            trainer.estimator = Box::new(Tied {
                estimator: trainer.estimator,
                layers: pair.tied_layers(),
            });
            let rows = Lifted {
                table,
                below: &pairs,
                copies: stage.copies()[0],
            };
            let outcome = trainer.fit(&mut pair.machine, &rows)?;
            epochs += outcome.epochs;
            if outcome.stopped {
                return Ok(Outcome { epochs, ..outcome });
            }
            pairs.push(pair);
        }
        compose(machine, &pairs);
        let stopped = false;
        Ok(Outcome { epochs, stopped })
    }
}

/// Draws of the upper layer of the last pair, given rows from everywhere in a table.
fn first_rows<L: Annealed>(
    machine: &BoltzmannMachine<L>,
    table: &Table,
    pairs: &[Pair<L>],
    key: RandomKey,
) -> Result<Table, TrainingError> {
    let count = table.rows().min(FIRST_ROWS);
    let indices: Vec<usize> = (0..count).map(|row| row * table.rows() / count).collect();
    let lifted = Lifted {
        table,
        below: pairs,
        copies: 1,
    };
    let rows = lifted.batch(machine, &indices, key).rows;
    let (units, values) = (rows.dims()[1], rows.into_data().iter().collect());
    Ok(Table::new("draws of a hidden layer", units, values)?)
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
