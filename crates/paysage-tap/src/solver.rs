//! Stationary points of Γ.

use paysage_kernels::on_workers;
use paysage_layers::{NaturalParameters, Tap};
use paysage_models::{BoltzmannMachine, State};

use crate::{Expansion, Order, Solution, walk::Walk};

/// After so many iterations residuals are read from the device.
const LOOK_EVERY: usize = 10;

/// How to go.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Method {
    /// Each layer in turn takes a share of the way to the solution of its self-consistency equation, which
    /// then see its new moments.
    SelfConsistent {
        /// The share of the way that is not gone: 0 to below 1.
        damping: f64,
    },
    /// All layers follow the gradient of Γ in their moments, with momentum and a ratchet: a step
    /// after which −Γ is higher is taken back, and the next one is shorter.
    Descent {
        /// The share of the gradient that a step adds to the velocity.
        rate: f64,
        /// The share of its velocity that a step keeps: 0 to below 1.
        momentum: f64,
    },
}

/// Finds moments at which Γ is stationary, from many starts at once.
///
/// Steps are taken in the natural parameters of the layers, in which moments stay valid. A
/// start whose moments would not be finite stays where it is and goes on with half the step, as one
/// does in [`solve`](Solver::solve) that is farther from stationary than before. A [`Solution`] says how
/// far each start has come; what is not finite has not converged, and has no part in its answers.
///
/// ```
/// use paysage_kernels::{RandomKey, default_device};
/// use paysage_layers::{AnyLayer, Bernoulli};
/// use paysage_models::BoltzmannMachine;
/// use paysage_tap::Solver;
///
/// let device = default_device()?;
/// let layers: Vec<AnyLayer> = vec![
///     Bernoulli::new(9, &device).into(),
///     Bernoulli::new(4, &device).into(),
/// ];
/// let machine = BoltzmannMachine::chain(layers)?;
/// let starts = machine.random_state(10, RandomKey::new(1));
/// let solution = Solver::default().solve(&machine, &starts, &[]);
/// assert_eq!(solution.converged(), 10);
/// // Thirteen fair coins.
/// assert!((solution.log_partition() - 13.0 * 2.0_f64.ln()).abs() < 1e-4);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Solver {
    /// The order of the expansion.
    pub order: Order,
    /// How to go.
    pub method: Method,
    /// Iterations end when no mean, and no variance relative to itself, would change by more than
    /// this.
    pub tolerance: f64,
    /// The most iterations; one is made in any case.
    pub iterations: usize,
}

impl Default for Solver {
    fn default() -> Self {
        Self {
            order: Order::default(),
            method: Method::SelfConsistent { damping: 0.5 },
            tolerance: 1e-5,
            iterations: 1000,
        }
    }
}

impl Solver {
    /// Goes from the states (or means) of starts, one in each row; the layers that are clamped stay
    /// in them.
    #[must_use]
    pub fn solve<L: Tap>(
        &self,
        machine: &BoltzmannMachine<L>,
        starts: &State,
        clamped: &[usize],
    ) -> Solution {
        on_workers(|| {
            let expansion = Expansion::new(machine, self.order, clamped);
            let mut walk = Walk::new(&expansion, starts);
            let mut iterations = 0;
            while iterations < self.iterations.max(1) {
                iterations += 1;
                let look = iterations.is_multiple_of(LOOK_EVERY);
                walk.step(self.method, look);
                if !look {
                    continue;
                }
                let Some(residual) = walk.residuals() else {
                    break;
                };
                if residual.clone().max().into_scalar::<f64>() <= self.tolerance {
                    break;
                }
                walk.damp_where_grown(residual);
            }
            walk.finish(iterations, self.tolerance)
        })
    }

    /// Makes all iterations from states without a wait for the device to tell how far they have
    /// come.
    pub(crate) fn walk<'a, L: Tap>(
        &self,
        expansion: &'a Expansion<'a, L>,
        starts: &State,
    ) -> Walk<'a, L> {
        self.all_steps(Walk::new(expansion, starts))
    }

    /// The same from the natural parameters of an earlier walk.
    pub(crate) fn go_on<'a, L: Tap>(
        &self,
        expansion: &'a Expansion<'a, L>,
        natural: Vec<NaturalParameters>,
    ) -> Walk<'a, L> {
        self.all_steps(Walk::from_natural(expansion, natural))
    }

    fn all_steps<'a, L: Tap>(&self, mut walk: Walk<'a, L>) -> Walk<'a, L> {
        let last = self.iterations.max(1);
        for iteration in 1..=last {
            walk.step(self.method, iteration == last);
        }
        walk
    }
}

/// A start has converged where its residual is at most so many tolerances: the last steps are damped.
pub(crate) const CONVERGED: f64 = 10.0;

/// Whether a residual counts as converged.
pub(crate) fn is_converged(residual: f64, tolerance: f64) -> bool {
    residual <= CONVERGED * tolerance
}
