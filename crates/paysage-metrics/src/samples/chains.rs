//! Gibbs chains for metrics.

use paysage_kernels::{Child, RandomKey};
use paysage_layers::Trainable;
use paysage_models::{BoltzmannMachine, Progress, SettingError, Stage, State};

use crate::{MetricError, sweeps::Sweeps};

/// Number of sweeps between reports of progress.
const PIECE: usize = 16;

/// Independent Gibbs chains, whose last states are samples of a machine.
///
/// A chain starts with every layer drawn from its distribution without a field, independently of the
/// data. Where chains mix slowly, their states are not yet samples of the machine.
///
/// ```
/// use paysage_kernels::{RandomKey, default_device};
/// use paysage_layers::Bernoulli;
/// use paysage_metrics::GibbsChains;
/// use paysage_models::{BoltzmannMachine, Silent};
///
/// let device = default_device()?;
/// let machine = BoltzmannMachine::chain(vec![Bernoulli::new(6, &device), Bernoulli::new(4, &device)])?;
/// let chains = GibbsChains { count: 50, sweeps: 20 };
/// let state = chains.run(&machine, RandomKey::new(1), &mut Silent)?;
/// assert_eq!(machine.visible_of(&state).dims(), [50, 6]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GibbsChains {
    /// The number of chains; at least 1.
    pub count: usize,
    /// The number of Gibbs sweeps of each chain; at least 1.
    pub sweeps: usize,
}

/// 1,000 chains of 100 sweeps.
impl Default for GibbsChains {
    fn default() -> Self {
        Self {
            count: 1000,
            sweeps: 100,
        }
    }
}

impl GibbsChains {
    /// The states of all layers after the last sweep, one chain in each row.
    ///
    /// # Errors
    ///
    /// When there are no chains or no sweeps, or when the machine cannot be normalized.
    pub fn run<L: Trainable>(
        &self,
        machine: &BoltzmannMachine<L>,
        key: RandomKey,
        progress: &mut dyn Progress,
    ) -> Result<State, MetricError> {
        SettingError::check_count("the number of chains", self.count)?;
        SettingError::check_count("the number of Gibbs sweeps", self.sweeps)?;
        machine.check_normalizable()?;
        let state = machine.random_state(self.count, key.child(Child::Start));
        let sweeps = Sweeps {
            count: self.sweeps,
            piece: PIECE,
            stage: Stage::GibbsSampling,
        };
        Ok(sweeps.run(machine, state, key, progress))
    }
}
