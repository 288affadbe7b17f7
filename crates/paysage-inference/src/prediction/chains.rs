//! Distributions of target columns by Gibbs chains.

use burn::tensor::Tensor;
use paysage_kernels::{Child, RandomKey};
use paysage_layers::{InverseTemperature, Layer, Trainable};
use paysage_models::{BoltzmannMachine, State};
use paysage_samplers::{Clamp, Conditions, Gibbs, Sampler};

use super::{
    RealValue,
    exact::free_layers,
    given_all::GivenAll,
    mixture::Mixture,
    targets::{Outcomes, Targets},
};
use crate::{ChainSettings, InferenceError, conditional::split::Split, running::Running};

/// Chains with all units clamped but the targets and the hidden units.
///
/// After each sweep they contribute the distribution of the targets given all other units and not a
/// draw of them, which reduces the Monte Carlo error.
pub(super) struct TargetChains<L: Layer> {
    split: Split<L>,
    /// The layers of real-valued targets, and the standard deviation of each unit given all others;
    /// nothing where that distribution is not normal.
    real: Vec<(usize, Option<Vec<f64>>)>,
}

/// The means over the sweeps of chains.
pub(super) struct ChainAverages {
    /// Probabilities of outcomes and their standard errors: `[batch, outcomes]`.
    pub outcomes: Option<(Tensor<2>, Option<Tensor<2>>)>,
    /// Distributions of real-valued targets, target by target for each row.
    pub real: Option<Vec<Vec<RealValue>>>,
}

impl<L: Trainable> TargetChains<L> {
    pub fn new(machine: &BoltzmannMachine<L>, targets: &Targets) -> Result<Self, InferenceError> {
        let split = Split::new(machine, &targets.others())?;
        let real = free_layers(&split, false).into_iter().map(|layer| {
            let gaussian = split.machine.layers[layer].gaussian();
            let deviations = gaussian.map(|it| it.variance.iter().map(|v| v.sqrt()).collect());
            (layer, deviations)
        });
        Ok(Self {
            real: real.collect(),
            split,
        })
    }

    /// Runs chains for rows `[batch, visible units]`: for the outcomes of discrete targets, where they
    /// are given, and for real-valued targets with central intervals of a coverage, where it is given.
    pub fn run(
        &self,
        rows: &Tensor<2>,
        outcomes: Option<&Outcomes>,
        coverage: Option<f64>,
        settings: &ChainSettings,
        key: RandomKey,
    ) -> ChainAverages {
        let (machine, batch) = (&self.split.machine, rows.dims()[0]);
        let conditions = Conditions::clamped(Clamp::none().layers(&self.split.clamped));
        let clamped = machine.state_from_visible(self.split.clamped_columns(rows));
        let options = (&machine.device(), machine.dtype());
        let discrete = outcomes.map(|outcomes| {
            let layers = free_layers(&self.split, true);
            let given_all = GivenAll::new(machine, &layers, &outcomes.values);
            (given_all, Tensor::zeros([batch, outcomes.count()], options))
        });
        let mut probabilities = discrete.as_ref().map(|(_, zeros)| Running::like(zeros));
        let mut components = Components::default();
        for chain in 0..settings.chains {
            let key = key.child(Child::Repeat(chain));
            let mut state = machine.random_state(batch, key.child(Child::Start));
            for &layer in &self.split.clamped {
                state.layers[layer] = clamped.layers[layer].clone();
            }
            let burn_in = key.child(Child::BurnIn);
            state = Gibbs.run(machine, state, &conditions, settings.burn_in, burn_in);
            let mut sum = discrete.as_ref().map(|(_, zeros)| zeros.clone());
            for sweep in 0..settings.sweeps as u64 {
                let key = key.child(Child::Sweeps).child(Child::Sweep(sweep as usize));
                state = Gibbs.sweep(machine, state, &conditions, key);
                if let (Some(sum), Some((given_all, _))) = (&mut sum, &discrete) {
                    sum.inplace(|sum| sum + given_all.probabilities(&state));
                }
                if coverage.is_some() {
                    components.push(self.real_means(&state));
                }
            }
            if let (Some(probabilities), Some(sum)) = (&mut probabilities, sum) {
                probabilities.push(sum / settings.sweeps as f64);
            }
        }
        ChainAverages {
            outcomes: probabilities.map(|p| (p.mean(), p.standard_error())),
            real: coverage.map(|coverage| {
                let deviations = self.deviations();
                components.summaries(batch, &deviations, settings.sweeps, coverage)
            }),
        }
    }

    /// Of each real-valued target the mean given all others, or its state where no density is known:
    /// `[batch, targets]`.
    fn real_means(&self, state: &State) -> Tensor<2> {
        let machine = &self.split.machine;
        let layers = self.real.iter().map(|(layer, deviations)| {
            if deviations.is_none() {
                return state.layers[*layer].clone();
            }
            let field = machine.field(*layer, state);
            machine.layers[*layer].mean(field, &InverseTemperature::ONE)
        });
        Tensor::cat(layers.collect(), 1)
    }

    /// The standard deviation of each real-valued target given all others, or 0.
    fn deviations(&self) -> Vec<f64> {
        let layers = self.real.iter().flat_map(|(layer, deviations)| {
            let units = self.split.machine.layers[*layer].units();
            deviations.clone().unwrap_or_else(|| vec![0.0; units])
        });
        layers.collect()
    }
}

/// Means of mixture components, sweep by sweep.
#[derive(Default)]
struct Components {
    /// `[batch, targets]` for each sweep of each chain.
    sweeps: Vec<Vec<f32>>,
}

impl Components {
    fn push(&mut self, means: Tensor<2>) {
        self.sweeps.push(means.into_data().iter().collect());
    }

    fn summaries(
        &self,
        batch: usize,
        deviations: &[f64],
        sweeps_per_chain: usize,
        coverage: f64,
    ) -> Vec<Vec<RealValue>> {
        let width = deviations.len();
        let summary = |row: usize, target: usize| {
            let at = |sweep: &Vec<f32>| f64::from(sweep[row * width + target]);
            let components = self.sweeps.iter().map(|sweep| (1.0, at(sweep)));
            let chains = self.sweeps.chunks(sweeps_per_chain).map(|chain| {
                let sum: f64 = chain.iter().map(at).sum();
                sum / chain.len() as f64
            });
            RealValue {
                standard_error: standard_error(&chains.collect::<Vec<f64>>()),
                ..Mixture::new(components, deviations[target]).summary(coverage)
            }
        };
        let row = |row| (0..width).map(|target| summary(row, target)).collect();
        (0..batch).map(row).collect()
    }
}

/// The standard error of the mean of independent values; nothing for a single one.
fn standard_error(values: &[f64]) -> Option<f64> {
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    let squares: f64 = values.iter().map(|x| (x - mean).powi(2)).sum();
    (values.len() > 1).then(|| (squares / (count * (count - 1.0))).sqrt())
}
