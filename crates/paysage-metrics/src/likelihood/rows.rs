//! Unnormalized log-likelihood of rows: ln p*(v) = ln Σ_h exp(−E(v, h)).

use burn::tensor::{Int, Tensor};
use paysage_data::{Order, Rows};
use paysage_kernels::{Child, RandomKey};
use paysage_layers::Annealed;
use paysage_models::{BoltzmannMachine, Progress, Stage, State};
use paysage_samplers::{Clamp, Conditions, Gibbs, Sampler, hidden_means};

use super::{
    Estimate, Interval, LikelihoodError,
    annealer::add,
    path::{Direction, Path},
    sides::TwoSided,
    temperatures::linear,
};
use crate::{FreeEnergy, Metric, MetricError};

/// Number of chains per row of a machine with connected hidden layers, and of rows at a time.
const CHAINS: usize = 16;
const ROWS_AT_ONCE: usize = 256;

/// The mean of ln p*(v) over rows, in nats: exact where no hidden layers are connected, otherwise by
/// annealing of the hidden layers given each row, in both directions.
///
/// Reverse chains start from Gibbs sweeps given the row, which start from its mean-field means.
pub(super) fn log_weights_of_rows<L: Annealed>(
    machine: &BoltzmannMachine<L>,
    base: &BoltzmannMachine<L>,
    rows: &dyn Rows,
    steps: usize,
    key: RandomKey,
    progress: &mut dyn Progress,
) -> Result<Interval, LikelihoodError> {
    if machine.check_restricted().is_ok() {
        return match FreeEnergy.run(machine, rows, key, progress) {
            Ok(free_energy) => finite(Interval::exactly(-free_energy.value)),
            Err(MetricError::Rows(error)) => Err(error.into()),
            // Rows with missing values have no likelihood.
            Err(_) => Err(LikelihoodError::NotFinite),
        };
    }
    let under = AnnealedSums {
        machine,
        base,
        clamped: &machine.visible,
        steps,
    };
    let mut sides = Vec::with_capacity(rows.count());
    let chunks = rows.chunks(Order::Stored, ROWS_AT_ONCE);
    for (batch, chunk) in chunks.enumerate() {
        let shown = machine.tensor_of(&chunk?);
        sides.extend(under.batch(&shown, key.child(Child::Chunk(batch))));
        progress.report(Stage::RowAnnealing, sides.len(), rows.count());
    }
    finite(TwoSided::weighted_mean(&sides, rows.weights()))
}

fn finite(interval: Interval) -> Result<Interval, LikelihoodError> {
    if interval.low.is_finite() && interval.high.is_finite() {
        Ok(interval)
    } else {
        Err(LikelihoodError::NotFinite)
    }
}

/// Bounds of ln Σ exp(−E) over the layers that are not clamped, for each row, by annealing these
/// layers in both directions.
pub struct AnnealedSums<'a, L: Annealed> {
    /// The machine.
    pub machine: &'a BoltzmannMachine<L>,
    /// The machine of independent units from which annealing starts: [`base_of_rows`](crate::base_of_rows) or
    /// [`uniform_base`](crate::uniform_base).
    pub base: &'a BoltzmannMachine<L>,
    /// The layers that are clamped at the values of the rows: all visible ones, or none. At least one
    /// layer must be free.
    pub clamped: &'a [usize],
    /// Number of annealing steps, at least 1.
    pub steps: usize,
}

impl<L: Annealed> AnnealedSums<'_, L> {
    /// The bounds for rows `[rows, visible units]`.
    ///
    /// # Panics
    ///
    /// When the rows are not as wide as the visible layers, or when every layer is clamped.
    #[must_use]
    pub fn rows(&self, rows: &Tensor<2>, key: RandomKey) -> Vec<TwoSided> {
        let batches = rows.clone().split(ROWS_AT_ONCE, 0).into_iter().enumerate();
        let sides =
            batches.flat_map(|(batch, rows)| self.batch(&rows, key.child(Child::Chunk(batch))));
        sides.collect()
    }

    fn batch(&self, rows: &Tensor<2>, key: RandomKey) -> Vec<TwoSided> {
        let each = (0..rows.dims()[0] as i32).flat_map(|row| [row; CHAINS]);
        let each: Vec<i32> = each.collect();
        let each = Tensor::<1, Int>::from_data(each.as_slice(), &rows.device());
        let path = Path::new(self.machine, self.base, self.clamped);
        let shown = self
            .machine
            .state_from_visible(rows.clone().select(0, each));
        let base = path.log_partition_of_base(&shown);
        let up = self.forward(&path, &shown, key);
        let down = self.reverse(&path, &shown, key);
        let chains = base
            .chunks(CHAINS)
            .zip(up.chunks(CHAINS))
            .zip(down.chunks(CHAINS));
        let sides = chains.map(|((base, up), down)| {
            let (below, above) = (Estimate::of_log_weights(up), Estimate::of_log_weights(down));
            TwoSided {
                below: Estimate {
                    value: base[0] + below.value,
                    ..below
                },
                above: Estimate {
                    value: base[0] - above.value,
                    ..above
                },
            }
        });
        sides.collect()
    }

    fn forward(&self, path: &Path<L>, shown: &State, key: RandomKey) -> Vec<f64> {
        let mut state = self
            .base
            .random_state(shown.batch(), key.child(Child::ForwardStart));
        for &layer in self.clamped {
            state.layers[layer] = shown.layers[layer].clone();
        }
        weigh(
            path,
            &linear(self.steps),
            Direction::Forward,
            state,
            key.child(Child::ForwardChains),
        )
    }

    fn reverse(&self, path: &Path<L>, shown: &State, key: RandomKey) -> Vec<f64> {
        let state = hidden_means(self.machine, self.machine.visible_of(shown));
        let held = Conditions::clamped(Clamp::none().layers(self.clamped));
        let state = Gibbs.run(
            self.machine,
            state,
            &held,
            self.steps,
            key.child(Child::ReverseStart),
        );
        let betas: Vec<f64> = linear(self.steps).into_iter().rev().collect();
        weigh(
            path,
            &betas,
            Direction::Reverse,
            state,
            key.child(Child::ReverseChains),
        )
    }
}

/// Log weights of chains annealed along a schedule.
fn weigh<L: Annealed>(
    path: &Path<L>,
    betas: &[f64],
    direction: Direction,
    state: State,
    key: RandomKey,
) -> Vec<f64> {
    let mut weights = vec![0.0; state.batch()];
    let mut each = |increments: &[f64]| add(&mut weights, increments);
    path.anneal(betas, direction, state, key, &mut each);
    weights
}
