//! Contrastive divergence.

use paysage_kernels::{Child, RandomKey, on_workers};
use paysage_layers::Trainable;
use paysage_models::{Batch, BoltzmannMachine, Estimator, Info, Phase, SettingError, State, Step};

use crate::{Conditions, DataPhase, Gibbs, RowChains, Sampler, phase::PhaseRows, uniform_machine};

/// Contrastive divergence (CD-k): the negative phase is k Gibbs sweeps from the rows of the batch.
///
/// Cheap and of low variance, but biased: the chains stay near the data.
///
/// Hinton, "Training products of experts by minimizing contrastive divergence", 2002.
///
/// ```
/// use paysage_samplers::ContrastiveDivergence;
///
/// let cd = ContrastiveDivergence { steps: 5, ..Default::default() };
/// assert_eq!(cd.steps, 5);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct ContrastiveDivergence {
    /// k, the number of sweeps; at least 1.
    pub steps: usize,
    /// Positive-phase inference of unobserved units.
    pub data: DataPhase,
    /// The states that the chains start from.
    pub start: ChainStart,
}

/// The states that the chains of contrastive divergence start from in every step.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ChainStart {
    /// The rows of the batch.
    #[default]
    Data,
    /// Random visible units: uniformly distributed discrete units, and continuous ones with the
    /// distribution of their layer without neighbours. A machine that is trained so (Rdm-k) generates
    /// samples in about k sweeps from random states.
    ///
    /// Decelle, Furtlehner & Seoane, "Equilibrium and non-equilibrium regimes in the learning of restricted
    /// Boltzmann machines", 2021.
    Noise,
}

impl Default for ContrastiveDivergence {
    fn default() -> Self {
        Self {
            steps: 1,
            data: DataPhase::default(),
            start: ChainStart::default(),
        }
    }
}

/// The name of k in errors.
pub(crate) const GIBBS_SWEEPS: &str = "the number of Gibbs sweeps in each step";

impl<L: Trainable> Estimator<L> for ContrastiveDivergence {
    type State = RowChains;

    /// Noise is uploaded.
    fn is_capturable(&self) -> bool {
        self.start == ChainStart::Data
    }

    fn init(&self, _machine: &BoltzmannMachine<L>) -> Result<RowChains, SettingError> {
        SettingError::check_count(GIBBS_SWEEPS, self.steps)?;
        self.data.check()?;
        Ok(RowChains::default())
    }

    fn step(
        &self,
        machine: &BoltzmannMachine<L>,
        batch: &Batch,
        mut rows: RowChains,
        key: RandomKey,
    ) -> (Step, RowChains) {
        on_workers(|| {
            let [positive, negative] =
                [Child::PositivePhase, Child::NegativePhase].map(|child| key.child(child));
            // The same distribution; its sweeps subtract no centers.
            let plain = machine.without_centers();
            let from_data = self.start == ChainStart::Data;
            let data = self
                .data
                .rows(&plain, batch, &mut rows, positive, from_data);
            let chains = match self.start {
                ChainStart::Data => data.draws(&Gibbs, &plain),
                ChainStart::Noise => noise(&plain, batch.indices.len(), negative),
            };
            let free = Conditions::default();
            let model =
                PhaseRows::after(&Gibbs, &plain, chains, &free, self.steps, negative, false);
            // The chains count as the rows that they start from.
            let model = Phase {
                rows: batch.average(),
                ..model.phase
            };
            (step_of(machine, batch, data, model), rows)
        })
    }

    fn takes_missing(&self) -> bool {
        true
    }
}

/// Random states; the layers that the first sweep does not draw first are drawn given the others.
fn noise<L: Trainable>(machine: &BoltzmannMachine<L>, rows: usize, key: RandomKey) -> State {
    let key = key.child(Child::Noise);
    let state = uniform_machine(machine).random_state(rows, key.child(Child::Start));
    let last = &machine.blocks()[0];
    Gibbs.update(
        machine,
        state,
        last,
        &Conditions::default(),
        key.child(Child::BurnIn),
    )
}

/// The step of two phases.
pub(crate) fn step_of<L: Trainable>(
    machine: &BoltzmannMachine<L>,
    batch: &Batch,
    data: PhaseRows,
    model: Phase,
) -> Step {
    let data = data.phase;
    Step {
        gradient: machine.gradient(&data, &model),
        weight: batch.total_weight(),
        data,
        model,
        info: Info::new(),
    }
}
