//! Exact distributions of target columns.

use burn::tensor::{Tensor, TensorData};
use paysage_layers::{InverseTemperature, Layer, Trainable};
use paysage_models::BoltzmannMachine;

use super::{
    RealValue,
    mixture::Mixture,
    targets::{Outcomes, Targets, is_discrete},
};
use crate::{
    InferenceError,
    conditional::{
        log_sums::LogSums,
        split::{Split, selected},
    },
};

/// Values of rows that are processed at once, one row for each outcome.
const VALUES: usize = 1 << 20;

/// The largest number of components of a mixture, as a power of 2.
const COMPONENTS: f64 = 10.0;

/// Probabilities of outcomes by a sum over hidden units and real-valued targets for each outcome.
pub(super) struct ExactOutcomes<L: Layer> {
    split: Split<L>,
    sums: LogSums<L>,
}

impl<L: Trainable> ExactOutcomes<L> {
    /// Nothing where there is no sum of at most 2^`exact_states` states.
    pub fn new(
        machine: &BoltzmannMachine<L>,
        targets: &Targets,
        exact_states: u32,
    ) -> Result<Option<Self>, InferenceError> {
        let split = Split::new(machine, &targets.all_but_real())?;
        let sums = LogSums::cheapest(&split.machine, &split.clamped);
        let small = sums.filter(|sums| sums.log2_states() <= f64::from(exact_states));
        Ok(small.map(|sums| Self { split, sums }))
    }

    /// The probabilities `[batch, outcomes]` for rows `[batch, visible units]`.
    pub fn probabilities(&self, outcomes: &Outcomes, rows: &Tensor<2>) -> Tensor<2> {
        let ([batch, units], count) = (rows.dims(), outcomes.count());
        let at_once = (VALUES / (units * count)).max(1);
        let mut probabilities: Vec<f64> = Vec::with_capacity(batch * count);
        for rows in rows.clone().split(at_once, 0) {
            let pairs = rows.dims()[0] * count;
            let each: Vec<usize> = (0..pairs).map(|pair| pair / count).collect();
            let filled = selected(&rows, 0, &each).mask_where(
                outcomes.mask.clone().expand([pairs, units]),
                outcomes.rows.clone().repeat_dim(0, rows.dims()[0]),
            );
            let clamped = self.split.clamped_columns(&filled);
            let logs = self.sums.of_rows(pairs, Some(&clamped));
            probabilities.extend(logs.chunks(count).flat_map(normalized));
        }
        let data = TensorData::new(probabilities, [batch, count]);
        Tensor::from_data(data, (&rows.device(), rows.dtype()))
    }
}

/// Distributions of real-valued targets as mixtures over the states of all other free units.
pub(super) struct ExactMixtures<L: Layer> {
    split: Split<L>,
    sums: LogSums<L>,
    /// The layers of real-valued targets, and the variances of their units.
    layers: Vec<(usize, Vec<f64>)>,
}

impl<L: Trainable> ExactMixtures<L> {
    /// Nothing where the mixture has too many components, or a target is not Gaussian.
    pub fn new(
        machine: &BoltzmannMachine<L>,
        targets: &Targets,
        exact_states: u32,
    ) -> Result<Option<Self>, InferenceError> {
        let split = Split::new(machine, &targets.others())?;
        let most = f64::from(exact_states).min(COMPONENTS);
        let Some(sums) = LogSums::cheapest(&split.machine, &split.clamped) else {
            return Ok(None);
        };
        if sums.log2_states() > most {
            return Ok(None);
        }
        let mut layers = Vec::new();
        for &layer in &split.free {
            match split.machine.layers[layer].gaussian() {
                Some(gaussian) => layers.push((layer, gaussian.variance)),
                None if is_discrete(&split.machine.layers[layer]) => {}
                None => return Ok(None),
            }
        }
        Ok(Some(Self {
            split,
            sums,
            layers,
        }))
    }

    /// The distributions for rows `[batch, visible units]`, target by target for each row.
    pub fn summaries(&self, rows: &Tensor<2>, coverage: f64) -> Vec<Vec<RealValue>> {
        let (batch, states) = (rows.dims()[0], self.sums.state_count());
        let clamped = self.split.clamped_columns(rows);
        let clamped = (!self.split.clamped.is_empty()).then_some(&clamped);
        let deviations: Vec<f64> = self
            .layers
            .iter()
            .flat_map(|(_, variance)| variance.iter().map(|v| v.sqrt()))
            .collect();
        let (mut logs, mut means) = (Vec::new(), Vec::new());
        self.sums.each_block(batch, clamped, |_, state, block| {
            logs.extend(block);
            let of_layers = self.layers.iter().map(|&(layer, _)| {
                let field = self.sums.machine.field(layer, state);
                self.sums.machine.layers[layer].mean(field, &InverseTemperature::ONE)
            });
            let block = Tensor::cat(of_layers.collect(), 1);
            means.extend(block.into_data().iter::<f64>());
        });
        let width = deviations.len();
        let each_row = logs.chunks(states).zip(means.chunks(states * width));
        each_row
            .map(|(logs, means)| {
                let weights: Vec<f64> = normalized(logs).collect();
                let targets = deviations.iter().enumerate().map(|(target, &deviation)| {
                    let means = means.iter().skip(target).step_by(width).copied();
                    let components = weights.iter().copied().zip(means);
                    Mixture::new(components, deviation).summary(coverage)
                });
                targets.collect()
            })
            .collect()
    }
}

/// exp(x) with the sum 1.
fn normalized(logs: &[f64]) -> impl Iterator<Item = f64> + use<'_> {
    let largest = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let sum: f64 = logs.iter().map(|log| (log - largest).exp()).sum();
    logs.iter().map(move |log| (log - largest).exp() / sum)
}

/// The free layers of a divided machine that are discrete, or those that are not.
pub(super) fn free_layers<L: Trainable>(split: &Split<L>, discrete: bool) -> Vec<usize> {
    let layers = split.free.iter().copied();
    layers
        .filter(|&layer| is_discrete(&split.machine.layers[layer]) == discrete)
        .collect()
}
