//! Training without sampling.

use burn::tensor::Tensor;
use paysage_kernels::{RandomKey, on_workers};
use paysage_layers::{RowAverage, Tap};
use paysage_models::{BoltzmannMachine, Gradient, GradientEstimator, Phase, State};
use paysage_samplers::hidden_means;

use crate::{Expansion, Solver};

/// The gradient with the model phase at stationary points of the expansion, which are followed from
/// step to step, and averaged, whether each has converged in its few iterations or not. The data phase is exact in a restricted machine; elsewhere it is the
/// expansion with the visible layers held.
///
/// Gabrié, Tramel & Krzakala, "Training restricted Boltzmann machines via the
/// Thouless-Anderson-Palmer free energy", 2015.
///
/// ```
/// use paysage_tap::{Order, Solver, TapGradient};
///
/// let second = TapGradient::default();
/// assert_eq!(second.solver.order, Order::Second);
/// assert_eq!(second.starts, 100);
/// ```
#[derive(Clone, Debug)]
pub struct TapGradient {
    /// How stationary points are found in each step; a few iterations do, for they go on in the
    /// next.
    pub solver: Solver,
    /// How many are followed.
    pub starts: usize,
    /// Their means, from the first step on.
    pub state: Option<State>,
}

impl Default for TapGradient {
    fn default() -> Self {
        Self {
            solver: Solver {
                iterations: 10,
                ..Solver::default()
            },
            starts: 100,
            state: None,
        }
    }
}

impl<L: Tap> GradientEstimator<L> for TapGradient {
    fn estimate(
        &mut self,
        machine: &BoltzmannMachine<L>,
        rows: Tensor<2>,
        _key: RandomKey,
    ) -> Gradient {
        on_workers(|| {
            let shown = hidden_means(machine, rows);
            let starts = match self.state.take() {
                Some(starts) => starts,
                None => shown.cycled(self.starts.max(1)),
            };
            let expansion = Expansion::new(machine, self.solver.order, &[]);
            let point = self.solver.walk(&expansion, &starts);
            let of_model = expansion.gradient(&point);
            let means = point.into_iter().map(|at| at.mean);
            self.state = Some(State {
                layers: means.collect(),
            });
            self.data_phase(machine, &shown) + -of_model
        })
    }

    fn chains(&self) -> Option<&State> {
        self.state.as_ref()
    }

    fn resume(&mut self, chains: State) {
        self.state = Some(chains);
    }
}

impl TapGradient {
    fn data_phase<L: Tap>(&self, machine: &BoltzmannMachine<L>, shown: &State) -> Gradient {
        if machine.check_restricted().is_ok() {
            return machine.energy_gradient(Phase {
                state: shown,
                averaged: &machine.hidden(),
                rows: &RowAverage::Uniform,
            });
        }
        let expansion = Expansion::new(machine, self.solver.order, &machine.visible);
        expansion.gradient(&self.solver.walk(&expansion, shown))
    }
}
