//! Unbiased contrastive divergence.

use burn::tensor::{Tensor, TensorData};
use paysage_kernels::{Child, RandomKey, on_workers};
use paysage_layers::{Domain, RowAverage, Trainable};
use paysage_models::{Batch, BoltzmannMachine, Estimator, Info, Phase, SettingError, State, Step};

use crate::{
    Conditions, DataPhase, Gibbs, RowChains,
    contrastive_divergence::{GIBBS_SWEEPS, step_of},
    phase::PhaseRows,
};

/// Unbiased contrastive divergence (UCD): the bias of CD-k is removed by pairs of coupled chains.
///
/// For each row of the batch two chains ξ and η start at the row. ξ is one sweep ahead, and from then on
/// both are updated with the same random numbers until they meet at sweep τ: ξ_t = η_{t−1} for t ≥ τ. The
/// negative phase is the telescoping sum
///
/// f(ξ_k) + Σ_{t=k+1}^{τ} (f(ξ_t) − f(η_{t−1})),
///
/// whose expectation is that of the equilibrium, for any k. A larger k lowers its variance. Chains that have
/// not met after [`most`](Self::most) sweeps leave a bias; the quantity `unmet_chains` counts them, and
/// `meeting_sweeps` is the mean of τ, in which they count as `most`.
///
/// Common random numbers couple each unit maximally where it is binary, and bring chains together step by
/// step; Qiu et al. couple all units of a layer at once by rejection, which is more likely to succeed in one
/// sweep but makes no progress when it fails.
///
/// The layers that a sweep does not draw first (the hidden layer of a restricted machine) must be discrete:
/// others never meet. In a deep machine the positive phase is that of [`DataPhase`], which may be biased.
///
/// Qiu, Zhang & Wang, "Unbiased contrastive divergence algorithm for training energy-based latent variable
/// models", 2020; Jacob, O'Leary & Atchadé, "Unbiased Markov chain Monte Carlo methods with couplings",
/// 2020.
///
/// ```
/// use paysage_samplers::UnbiasedContrastiveDivergence;
///
/// let ucd = UnbiasedContrastiveDivergence { steps: 5, ..Default::default() };
/// assert_eq!(ucd.most, 200);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct UnbiasedContrastiveDivergence {
    /// k, the number of sweeps before the corrections begin; at least 1.
    pub steps: usize,
    /// The largest number of sweeps; at least k.
    pub most: usize,
    /// Positive-phase inference of unobserved units.
    pub data: DataPhase,
}

impl Default for UnbiasedContrastiveDivergence {
    fn default() -> Self {
        Self {
            steps: 1,
            most: 200,
            data: DataPhase::default(),
        }
    }
}

impl<L: Trainable> Estimator<L> for UnbiasedContrastiveDivergence {
    type State = RowChains;

    fn init(&self, machine: &BoltzmannMachine<L>) -> Result<RowChains, SettingError> {
        SettingError::check_count(GIBBS_SWEEPS, self.steps)?;
        SettingError::check(
            "the largest number of sweeps of coupled chains",
            self.most as f64,
            self.most >= self.steps,
            "at least the number of Gibbs sweeps in each step",
        )?;
        self.data.check()?;
        let continuous = later_layers(machine).find(|&layer| {
            let domain = machine.layers[layer].domain();
            !matches!(
                domain,
                Domain::Finite { .. } | Domain::OneHot { .. } | Domain::Counts { .. }
            )
        });
        match continuous {
            Some(layer) => Err(SettingError::Continuous {
                method: "unbiased contrastive divergence",
                layer,
            }),
            None => Ok(RowChains::default()),
        }
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
            let start = data.draws(&Gibbs, &plain);
            let (model, info) = self.negative_phase(&plain, start, negative);
            let step = Step {
                info,
                ..step_of(machine, batch, data, model)
            };
            (step, rows)
        })
    }

    fn takes_missing(&self) -> bool {
        true
    }
}

impl UnbiasedContrastiveDivergence {
    fn negative_phase<L: Trainable>(
        &self,
        machine: &BoltzmannMachine<L>,
        start: State,
        key: RandomKey,
    ) -> (Phase, Info) {
        let free = Conditions::default();
        let sweep = |chains: State, sweep: usize| {
            let key = key.child(Child::Sweep(sweep));
            PhaseRows::after(&Gibbs, machine, chains, &free, 1, key, true)
        };
        let count = start.batch();
        let first = sweep(start.clone(), 0);
        let mut sum = Telescope::new(count);
        let mut apart: Vec<usize> = (0..count).collect();
        let mut pair = [first.draws(&Gibbs, machine), start];
        let (mut time, mut times) = (1, 0);
        if self.steps == 1 {
            sum.add(&first.phase, 1.0);
        }
        while time < self.steps || (!apart.is_empty() && time < self.most) {
            if time >= self.steps {
                // The rows of chains that have not met.
                pair = pair.map(|state| selected(&state, &apart));
                apart = (0..apart.len()).collect();
            }
            time += 1;
            // With the same key: the same random numbers.
            let [ahead, behind] = pair.map(|state| sweep(state, time - 1));
            match time.cmp(&self.steps) {
                std::cmp::Ordering::Less => {}
                std::cmp::Ordering::Equal => sum.add(&ahead.phase, 1.0),
                std::cmp::Ordering::Greater => {
                    sum.add(&ahead.phase, 1.0);
                    sum.add(&behind.phase, -1.0);
                }
            }
            pair = [ahead, behind].map(|rows| rows.draws(&Gibbs, machine));
            let distances = distances(machine, &pair);
            let before = apart.len();
            apart.retain(|&row| distances[row] != 0.0);
            times += (before - apart.len()) * time;
        }
        let (device, dtype) = (machine.device(), machine.dtype());
        let number = |x: f64| Tensor::full([1], x, (&device, dtype));
        let times = (times + apart.len() * time) as f64;
        let info = Info::from([
            ("meeting_sweeps", number(times / count as f64)),
            ("unmet_chains", number(apart.len() as f64)),
        ]);
        (sum.phase(machine), info)
    }
}

/// The layers that a sweep of the negative phase does not draw first: the state of its chains.
fn later_layers<L: Trainable>(machine: &BoltzmannMachine<L>) -> impl Iterator<Item = usize> {
    let mut blocks = machine.blocks();
    blocks.pop();
    blocks.into_iter().flatten()
}

/// The sum of absolute differences of two states in the layers that the next sweep depends on, by row.
fn distances<L: Trainable>(machine: &BoltzmannMachine<L>, pair: &[State; 2]) -> Vec<f64> {
    let of_layer = |layer: usize| {
        let [a, b] = pair.each_ref().map(|state| state.layers[layer].clone());
        (a - b).abs().sum_dim(1).squeeze_dim::<1>(1)
    };
    match later_layers(machine).map(of_layer).reduce(|sum, x| sum + x) {
        Some(sum) => sum.into_data().iter().collect(),
        None => vec![0.0; pair[0].batch()],
    }
}

fn selected(state: &State, rows: &[usize]) -> State {
    if rows.len() == state.batch() {
        return state.clone();
    }
    state.selected(rows)
}

/// The terms of the telescoping sum, as rows with the weights 1/n and −1/n.
struct Telescope {
    count: usize,
    terms: Vec<Phase>,
    weights: Vec<f64>,
}

impl Telescope {
    fn new(count: usize) -> Self {
        Self {
            count,
            terms: Vec::new(),
            weights: Vec::new(),
        }
    }

    fn add(&mut self, phase: &Phase, sign: f64) {
        let weight = sign / self.count as f64;
        let rows = phase.state.batch();
        self.weights.extend(std::iter::repeat_n(weight, rows));
        self.terms.push(phase.clone());
    }

    fn phase<L: Trainable>(self, machine: &BoltzmannMachine<L>) -> Phase {
        let layers = (0..machine.layers.len()).map(|layer| {
            let of_layer = |term: &Phase| term.state.layers[layer].clone();
            Tensor::cat(self.terms.iter().map(of_layer).collect(), 0)
        });
        let state = State {
            layers: layers.collect(),
        };
        let rows = self.weights.len();
        let weights = TensorData::new(self.weights, [rows]);
        let options = (&machine.device(), machine.dtype());
        Phase {
            averaged: self.terms[0].averaged.clone(),
            rows: RowAverage::Weighted(Tensor::from_data(weights, options)),
            ..Phase::of(state)
        }
    }
}
