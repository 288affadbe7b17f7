//! ln p*(v) of rows: ln Σ_h exp(−E(v, h)), the likelihood but for ln Z.

use paysage_data::Table;
use paysage_kernels::RandomKey;
use paysage_layers::Annealed;
use paysage_models::{BoltzmannMachine, State};
use paysage_samplers::{Clamp, Conditions, Gibbs, Sampler, hidden_means};

use super::{
    Estimate, Interval, LikelihoodError, Stage, Watch,
    annealer::add,
    interval::spanned,
    path::{Direction, Path},
    temperatures::linear,
    weights::STANDARD_ERRORS,
};
use crate::free_energy;

/// Chains for each row of a machine with connected hidden layers, and rows at once.
const CHAINS: usize = 16;
const ROWS_AT_ONCE: usize = 256;

/// The mean of ln p*(v) over rows, in nats: exact where no hidden layers are connected, and
/// otherwise by annealing the hidden layers under each row, from both sides.
///
/// Reverse chains start from Gibbs sweeps under the row, after its mean-field means.
pub(super) fn log_weights_of_rows<L: Annealed>(
    machine: &BoltzmannMachine<L>,
    base: &BoltzmannMachine<L>,
    table: &Table,
    steps: usize,
    key: RandomKey,
    watch: Watch<'_>,
) -> Result<Interval, LikelihoodError> {
    if let Ok(free_energy) = free_energy(machine, table) {
        return finite(Interval::exactly(-free_energy));
    }
    let (mut low, mut high) = (Sum::default(), Sum::default());
    for (batch, start) in (0..table.rows()).step_by(ROWS_AT_ONCE).enumerate() {
        let rows = start..table.rows().min(start + ROWS_AT_ONCE);
        let indices: Vec<usize> = rows.clone().flat_map(|r| [r; CHAINS]).collect();
        let under = Rows {
            machine,
            path: Path::new(machine, base, &machine.visible),
            shown: machine.state_from_visible(machine.rows(table, &indices)),
            key: key.split(batch as u64),
        };
        let base = under.path.log_partition_of_base(&under.shown);
        let (up, down) = (under.forward(steps), under.reverse(steps));
        for ((base, up), down) in base
            .chunks(CHAINS)
            .zip(up.chunks(CHAINS))
            .zip(down.chunks(CHAINS))
        {
            low.add(base[0], Estimate::of_log_weights(up), 1.0);
            high.add(base[0], Estimate::of_log_weights(down), -1.0);
        }
        watch(Stage::Rows, rows.end, table.rows());
    }
    let ((low, below), (high, above)) = (low.mean(table.rows()), high.mean(table.rows()));
    let (low, high) = spanned((low - below, low + below), (high - above, high + above));
    finite(Interval {
        low,
        value: 0.5 * (low + high),
        high,
    })
}

fn finite(interval: Interval) -> Result<Interval, LikelihoodError> {
    if interval.low.is_finite() && interval.high.is_finite() {
        Ok(interval)
    } else {
        Err(LikelihoodError::NotFinite)
    }
}

/// Rows, each of them shown to some chains.
struct Rows<'a, L: Annealed> {
    machine: &'a BoltzmannMachine<L>,
    path: Path<'a, L>,
    shown: State,
    key: RandomKey,
}

impl<L: Annealed> Rows<'_, L> {
    fn forward(&self, steps: usize) -> Vec<f64> {
        let base = self.path.base();
        let mut state = base.random_state(self.shown.batch(), self.key.split(0));
        for &layer in &self.machine.visible {
            state.layers[layer] = self.shown.layers[layer].clone();
        }
        self.weigh(&linear(steps), Direction::Forward, state, self.key.split(1))
    }

    fn reverse(&self, steps: usize) -> Vec<f64> {
        let visible = self.machine.visible_of(&self.shown);
        let state = hidden_means(self.machine, visible);
        let held = Conditions::clamped(Clamp::none().layers(&self.machine.visible));
        let state = Gibbs.run(self.machine, state, &held, steps, self.key.split(2));
        let betas: Vec<f64> = linear(steps).into_iter().rev().collect();
        self.weigh(&betas, Direction::Reverse, state, self.key.split(3))
    }

    fn weigh(&self, betas: &[f64], direction: Direction, state: State, key: RandomKey) -> Vec<f64> {
        let mut weights = vec![0.0; state.batch()];
        let mut each = |increments: &[f64]| add(&mut weights, increments);
        self.path.walk(betas, direction, state, key, &mut each);
        weights
    }
}

/// A sum of independent estimates.
#[derive(Default)]
struct Sum {
    value: f64,
    variance: f64,
}

impl Sum {
    fn add(&mut self, base: f64, estimate: Estimate, sign: f64) {
        self.value += base + sign * estimate.value;
        self.variance += estimate.standard_error.powi(2);
    }

    /// The mean, and how far a bound is from it.
    fn mean(&self, count: usize) -> (f64, f64) {
        let count = count as f64;
        (
            self.value / count,
            STANDARD_ERRORS * self.variance.sqrt() / count,
        )
    }
}
