//! Exact answers: ln Z, likelihoods, moments, gradients and samples.

use std::collections::BTreeMap;

use burn::tensor::{DType, FloatDType, Tensor, TensorData};
use paysage_data::Table;
use paysage_kernels::{Child, RandomKey, log_sum_exp, most_precise, normal, uniform};
use paysage_layers::{InverseTemperature, RowAverage, Trainable};
use thiserror::Error;

use super::{
    gaussian::JointGaussian,
    sum::{Group, Sum, Watch, read},
};
use crate::{BoltzmannMachine, Gradient, ParameterId, Phase, State};

/// Why a machine cannot be summed exactly.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum ExactError {
    /// There are too many states.
    #[error(
        "an exact sum would take 2^{log2_states:.0} states, more than 2^{limit}: \
         only machines with a side of at most {limit} binary units are summed"
    )]
    TooManyStates {
        /// The number of states, as a power of 2.
        log2_states: f64,
        /// The largest power that is tried.
        limit: u32,
    },
    /// Continuous layers that are not Gaussian meet one another.
    #[error("continuous layers of this kind meet one another: there is no exact sum over them")]
    NoClosedForm,
    /// The joint precision of layers of real units is not positive definite.
    #[error(
        "the layers {layers:?} of real units are coupled so strongly that their joint precision is not \
         positive definite: the machine cannot be normalized"
    )]
    NotNormalizable {
        /// The layers.
        layers: Vec<usize>,
    },
}

/// Exact answers about a small machine.
///
/// Everything is computed in f64 where the device can, and sums over states always are. States are
/// made in blocks, and none is kept.
///
/// ```
/// use paysage_kernels::default_device;
/// use paysage_layers::{AnyLayer, Bernoulli};
/// use paysage_models::{BoltzmannMachine, Exact};
///
/// let device = default_device()?;
/// let layers: Vec<AnyLayer> = vec![
///     Bernoulli::new(3, &device).into(),
///     Bernoulli::new(2, &device).into(),
/// ];
/// let exact = Exact::new(&BoltzmannMachine::chain(layers)?)?;
/// // Five independent fair coins have 2⁵ states of weight one.
/// assert!((exact.log_partition() - 5.0 * 2.0_f64.ln()).abs() < 1e-6);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Exact<L: Trainable> {
    machine: BoltzmannMachine<L>,
    original: DType,
    parts: Vec<Part>,
}

/// Layers that no connection joins with others, and ln of the weights of their blocks of states.
#[derive(Clone, Debug)]
struct Part {
    group: Group,
    block_sums: Vec<f64>,
    log_partition: f64,
}

impl<L: Trainable> Exact<L> {
    /// Sums over all states of a machine at β = 1.
    ///
    /// # Errors
    ///
    /// When there are more than 2²⁵ states to enumerate, when the machine cannot be normalized, or
    /// when it has continuous layers without a closed form.
    pub fn new(machine: &BoltzmannMachine<L>) -> Result<Self, ExactError> {
        Self::watched(machine, &|_, _| {})
    }

    /// The same, with a function that is told again and again, from any thread, how many states are
    /// summed of how many: the largest sums take minutes.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new).
    pub fn watched(machine: &BoltzmannMachine<L>, watch: Watch<'_>) -> Result<Self, ExactError> {
        machine.check_normalizable()?;
        let original = machine.dtype();
        let precise: FloatDType = most_precise(&machine.device()).into();
        let machine = machine.clone().cast(precise);
        let template = machine.zeros(1);
        let groups = Sum::new(&machine, &[])?.groups;
        let all: usize = groups.iter().map(Group::count).sum();
        let parts = groups.into_iter().scan(0, |before, group| {
            let done = *before;
            *before += group.count();
            let watch = |states, _| watch(done + states, all);
            let block_sums = group.block_sums(&machine, &template, &watch);
            Some(Part {
                log_partition: log_sum_exp(block_sums.iter().copied()),
                block_sums,
                group,
            })
        });
        Ok(Self {
            parts: parts.collect(),
            machine,
            original,
        })
    }

    /// How many states the sum over a machine enumerates, and how many the likelihood of each row
    /// does, as powers of 2.
    ///
    /// # Errors
    ///
    /// When the machine has continuous layers without a closed form.
    pub fn log2_states(machine: &BoltzmannMachine<L>) -> Result<(f64, f64), ExactError> {
        let all = Sum::log2_states(machine, &[])?;
        let given = Sum::log2_states(machine, &machine.visible)?;
        Ok((all, given))
    }

    /// ln Z = ln Σ_x exp(−E(x)), in nats.
    #[must_use]
    pub fn log_partition(&self) -> f64 {
        self.parts.iter().map(|part| part.log_partition).sum()
    }

    /// ln p(v) of each row of a table, in nats.
    ///
    /// # Errors
    ///
    /// When hidden layers are connected and have too many states to enumerate for each row.
    pub fn log_likelihood(&self, table: &Table) -> Result<Vec<f64>, ExactError> {
        let log_partition = self.log_partition();
        if self.machine.check_restricted().is_ok() {
            let hidden = self.machine.hidden();
            let batches = self.machine.batches(table).flat_map(|rows| {
                let state = self.machine.state_from_visible(rows);
                read(self.machine.partly_summed(&state, &hidden))
            });
            return Ok(batches.map(|free| -free - log_partition).collect());
        }
        let inner = Sum::new(&self.machine, &self.machine.visible)?;
        let row = |index| {
            let row = self.machine.rows(table, &[index]);
            let template = self.machine.state_from_visible(row);
            inner.log_sum(&self.machine, &template) - log_partition
        };
        Ok((0..table.rows()).map(row).collect())
    }

    /// The mean of ln p(v) over the rows of a table, in nats.
    ///
    /// # Errors
    ///
    /// As [`log_likelihood`](Self::log_likelihood).
    pub fn mean_log_likelihood(&self, table: &Table) -> Result<f64, ExactError> {
        let rows = self.log_likelihood(table)?;
        Ok(rows.iter().sum::<f64>() / rows.len() as f64)
    }

    /// The mean of every unit, layer by layer: `[units]` each.
    #[must_use]
    pub fn means(&self) -> Vec<Tensor<1>> {
        let dtype: FloatDType = self.original.into();
        let mut means: Vec<Option<Tensor<1>>> = vec![None; self.machine.layers.len()];
        for part in &self.parts {
            for (state, weights) in self.weighted_blocks(part) {
                let average = RowAverage::Weighted(weights);
                for &layer in &part.group.layers {
                    let block = average.columns(state.layers[layer].clone());
                    means[layer] = Some(match means[layer].take() {
                        Some(sum) => sum + block,
                        None => block,
                    });
                }
            }
        }
        let means = means.into_iter().flatten();
        means.map(|mean| mean.cast(dtype)).collect()
    }

    /// ⟨∂E⟩ under the machine's own distribution: what the model phase of training estimates.
    #[must_use]
    pub fn model_gradient(&self) -> Gradient {
        let dtype: FloatDType = self.original.into();
        let mut whole = Gradient::default();
        for part in &self.parts {
            let layers = &part.group.layers;
            let sum = self
                .weighted_blocks(part)
                .map(|(state, weights)| {
                    self.machine.energy_gradient(&Phase {
                        averaged: part.group.plan.summed.clone(),
                        rows: RowAverage::Weighted(weights),
                        ..Phase::of(state)
                    })
                })
                .reduce(|sum, block| sum + block)
                .expect("a machine has at least one state");
            // Of layers apart, the others' states are no more than a place to fill.
            let own = |id: &ParameterId| match *id {
                ParameterId::Layer { layer, .. } => layers.contains(&layer),
                ParameterId::Weight { connection } => {
                    layers.contains(&self.machine.connections[connection].target)
                }
            };
            let vectors = sum.vectors.into_iter().filter(|(id, _)| own(id));
            let vectors = vectors.map(|(id, t)| (id, t.cast(dtype)));
            whole.vectors.extend(vectors);
            let matrices = sum.matrices.into_iter().filter(|(id, _)| own(id));
            let matrices = matrices.map(|(id, t)| (id, t.cast(dtype)));
            whole.matrices.extend(matrices);
        }
        whole
    }

    /// Independent draws from the machine's distribution.
    #[must_use]
    pub fn sample(&self, count: usize, key: RandomKey) -> State {
        let mut whole = self.machine.zeros(count);
        for (number, part) in self.parts.iter().enumerate() {
            let state = self.sample_part(part, count, key.child(Child::Part(number)));
            for &layer in &part.group.layers {
                whole.layers[layer] = state.layers[layer].clone();
            }
        }
        let dtype: FloatDType = self.original.into();
        let layers = whole.layers.into_iter();
        State {
            layers: layers.map(|x| x.cast(dtype)).collect(),
        }
    }

    fn sample_part(&self, part: &Part, count: usize, key: RandomKey) -> State {
        let (device, group) = (self.machine.device(), &part.group);
        let template = self.machine.zeros(1);
        let states = self.draw_states(part, count, key.child(Child::SummedStates));
        let mut state = group.state(&self.machine, &template, &states);
        if let Some(joint) = &group.joint {
            let mean = joint.mean(group.joint_field(&self.machine, &state));
            let noise = normal(mean.dims(), key.child(Child::JointNoise), &device)
                .cast(FloatDType::from(mean.dtype()));
            group.set_joint(&mut state, mean + joint.color(noise));
        }
        for &layer in &group.plan.summed {
            let field = self.machine.field(layer, &state);
            let key = key.child(Child::SummedLayer(layer));
            state.layers[layer] =
                self.machine.layers[layer].sample(field, &InverseTemperature::ONE, key);
        }
        state
    }

    /// Enumerated states, drawn by their weights: first the block, then the state within it.
    fn draw_states(&self, part: &Part, count: usize, key: RandomKey) -> Vec<usize> {
        let uniforms: Vec<f64> = uniform([count, 2], key, &self.machine.device())
            .to_data()
            .iter()
            .collect();
        let share = |log_weight: &f64| (log_weight - part.log_partition).exp();
        let blocks: Vec<f64> = part.block_sums.iter().map(share).collect();
        let mut of_block: BTreeMap<usize, Vec<(usize, f64)>> = BTreeMap::new();
        // Two uniforms of 24 bits make one fine enough for 2²⁵ states.
        for (draw, pair) in uniforms.chunks(2).enumerate() {
            let (block, rest) = pick(&blocks, pair[0] + pair[1] / 16_777_216.0);
            of_block.entry(block).or_default().push((draw, rest));
        }
        let template = self.machine.zeros(1);
        let mut states = vec![0; count];
        for (block, draws) in of_block {
            let range = part
                .group
                .blocks(1)
                .iter()
                .nth(block)
                .expect("a block of the sum");
            let weights = part
                .group
                .log_weights(&self.machine, &template, range.clone());
            let weights: Vec<f64> = weights.iter().map(share).collect();
            for (draw, rest) in draws {
                states[draw] = range.start + pick(&weights, rest).0;
            }
        }
        states
    }

    /// All states of a part in blocks with their probabilities: the layers summed in closed form
    /// hold their conditional means, and each state stands once for every sigma point of the
    /// Gaussian block.
    fn weighted_blocks<'a>(
        &'a self,
        part: &'a Part,
    ) -> impl Iterator<Item = (State, Tensor<1>)> + 'a {
        let (template, group) = (self.machine.zeros(1), &part.group);
        let points = group.joint.as_ref().map(JointGaussian::sigma_points);
        let copies = points.as_ref().map_or(1, |points| points.dims()[0]);
        group.blocks(copies).iter().map(move |block| {
            let log_weights = group.log_weights(&self.machine, &template, block.clone());
            let repeated: Vec<usize> = block
                .clone()
                .flat_map(|s| std::iter::repeat_n(s, copies))
                .collect();
            let mut state = group.state(&self.machine, &template, &repeated);
            if let (Some(joint), Some(points)) = (&group.joint, &points) {
                let mean = joint.mean(group.joint_field(&self.machine, &state));
                let deviations = points.clone().repeat_dim(0, block.len());
                group.set_joint(&mut state, mean + deviations);
            }
            for &layer in &group.plan.summed {
                let field = self.machine.field(layer, &state);
                state.layers[layer] =
                    self.machine.layers[layer].mean(field, &InverseTemperature::ONE);
            }
            let weights: Vec<f64> = log_weights
                .iter()
                .map(|w| (w - part.log_partition).exp() / copies as f64)
                .flat_map(|w| std::iter::repeat_n(w, copies))
                .collect();
            let data = TensorData::new(weights, [repeated.len()]);
            let options = (&self.machine.device(), self.machine.dtype());
            (state, Tensor::from_data(data, options))
        })
    }
}

/// The first entry at which the running sum of weights passes a number (the last one where rounding
/// keeps it from being passed), and what is left of the number at that entry.
fn pick(weights: &[f64], number: f64) -> (usize, f64) {
    let mut rest = number;
    for (index, weight) in weights.iter().enumerate() {
        if rest < *weight {
            return (index, rest);
        }
        rest -= weight;
    }
    (weights.len() - 1, rest)
}
