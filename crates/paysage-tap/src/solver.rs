//! Solver of the TAP equations.

use paysage_kernels::on_workers;
use paysage_layers::{NaturalParameters, Tap};
use paysage_models::{BoltzmannMachine, State};

use crate::{Order, PlefkaExpansion, Solution, iteration::Iteration};

/// Number of iterations between reads of the residuals from the device.
const LOOK_EVERY: usize = 10;

/// Iteration scheme.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Method {
    /// Damped fixed-point iteration of the TAP equations, layer after layer: each takes a step
    /// towards the natural parameters that its neighbours require, and they use its new moments.
    SelfConsistent {
        /// Damping: 0 (full steps) to below 1.
        damping: f64,
    },
    /// Gradient descent of −Γ in the moments of all layers, with momentum: a step that increases −Γ is
    /// undone, and the next one is shorter.
    Descent {
        /// Step size.
        rate: f64,
        /// Momentum: 0 to below 1.
        momentum: f64,
    },
}

/// Solver of the TAP equations: finds stationary points of Γ from many starts at once.
///
/// Steps are taken in the natural parameters of the layers, so that moments stay valid. The step of a
/// start is halved where its moments would not be finite, and in [`solve`](Solver::solve) where its
/// residual has grown. A [`Solution`] has the residual of each start; values that are not finite have
/// not converged and are ignored in its results.
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
    /// Order of the expansion.
    pub order: Order,
    /// Iteration scheme.
    pub method: Method,
    /// Tolerance: iterations end when no scaled mean and no relative variance changes by more.
    pub tolerance: f64,
    /// Largest number of iterations; at least one is made.
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
    /// Solves the TAP equations from starting states or means, one start per row; clamped layers keep
    /// their states.
    #[must_use]
    pub fn solve<L: Tap>(
        &self,
        machine: &BoltzmannMachine<L>,
        starts: &State,
        clamped: &[usize],
    ) -> Solution {
        on_workers(|| {
            let expansion = PlefkaExpansion::new(machine, self.order, clamped);
            let mut iteration = Iteration::new(&expansion, starts);
            let mut count = 0;
            while count < self.iterations.max(1) {
                count += 1;
                let look = count.is_multiple_of(LOOK_EVERY);
                iteration.step(self.method, look);
                if !look {
                    continue;
                }
                let Some(residual) = iteration.residuals() else {
                    break;
                };
                if residual.clone().max().into_scalar::<f64>() <= self.tolerance {
                    break;
                }
                iteration.damp_where_grown(residual);
            }
            iteration.finish(count, self.tolerance)
        })
    }

    /// Makes all iterations from starting states, without reading residuals from the device.
    pub(crate) fn iterate<'a, L: Tap>(
        &self,
        expansion: &'a PlefkaExpansion<'a, L>,
        starts: &State,
    ) -> Iteration<'a, L> {
        self.all_steps(Iteration::new(expansion, starts))
    }

    /// The same from the natural parameters of an earlier iteration.
    pub(crate) fn resume<'a, L: Tap>(
        &self,
        expansion: &'a PlefkaExpansion<'a, L>,
        natural: Vec<NaturalParameters>,
    ) -> Iteration<'a, L> {
        self.all_steps(Iteration::from_natural(expansion, natural))
    }

    fn all_steps<'a, L: Tap>(&self, mut iteration: Iteration<'a, L>) -> Iteration<'a, L> {
        let last = self.iterations.max(1);
        for count in 1..=last {
            iteration.step(self.method, count == last);
        }
        iteration
    }
}

/// A start has converged where its residual is at most so many tolerances: iterations end by the
/// residual of damped steps.
pub(crate) const CONVERGED: f64 = 10.0;

/// Whether a residual counts as converged.
pub(crate) fn is_converged(residual: f64, tolerance: f64) -> bool {
    residual <= CONVERGED * tolerance
}
