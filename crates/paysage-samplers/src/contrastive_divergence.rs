//! Contrastive divergence.

use paysage_kernels::{Child, RandomKey, on_workers};
use paysage_layers::Trainable;
use paysage_models::{Batch, BoltzmannMachine, Estimator, Info, Phase, SettingError, Step};

use crate::{Conditions, DataPhase, Gibbs, RowChains, phase::PhaseRows};

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
}

impl Default for ContrastiveDivergence {
    fn default() -> Self {
        Self {
            steps: 1,
            data: DataPhase::default(),
        }
    }
}

/// The name of k in errors.
pub(crate) const GIBBS_SWEEPS: &str = "the number of Gibbs sweeps in each step";

impl<L: Trainable> Estimator<L> for ContrastiveDivergence {
    type State = RowChains;

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
            let data = self.data.rows(&plain, batch, &mut rows, positive, true);
            let chains = data.draws(&Gibbs, &plain);
            let free = Conditions::default();
            let model = PhaseRows::after(&Gibbs, &plain, chains, &free, self.steps, negative);
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
