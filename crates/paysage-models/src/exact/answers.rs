//! Exact answers: ln Z, likelihoods, moments, gradients and samples.

use std::collections::BTreeMap;

use burn::tensor::{DType, FloatDType, Tensor, TensorData};
use paysage_data::Table;
use paysage_kernels::{RandomKey, most_precise, normal, uniform};
use paysage_layers::{InverseTemperature, RowAverage, Support, Trainable};
use thiserror::Error;

use super::{
    gaussian::JointGaussian,
    plan::Plan,
    sum::{Sum, log_sum_exp, read},
};
use crate::{BoltzmannMachine, Gradient, Phase, State};

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
    /// The joint precision of Gaussian layers is not positive definite.
    #[error(
        "the Gaussian layers {layers:?} are coupled so strongly that their joint precision is not \
         positive definite: the machine cannot be normalized"
    )]
    NotNormalizable {
        /// The layers.
        layers: Vec<usize>,
    },
}

/// Exact answers about a small machine.
///
/// Everything is computed in f64 where the device can, and sums over states always are.
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
    sum: Sum,
    log_weights: Vec<f64>,
    log_partition: f64,
}

impl<L: Trainable> Exact<L> {
    /// Sums over all states of a machine at β = 1.
    ///
    /// # Errors
    ///
    /// When there are more than 2²⁰ states to enumerate, when the machine cannot be normalized, or
    /// when it has continuous layers without a closed form.
    pub fn new(machine: &BoltzmannMachine<L>) -> Result<Self, ExactError> {
        let original = machine.dtype();
        let precise: FloatDType = most_precise(&machine.device()).into();
        let machine = machine.clone().cast(precise);
        let sum = Sum::new(&machine, &[])?;
        let template = machine.zeros(1);
        let log_weights = sum.log_weights(&machine, &template);
        let log_partition = log_sum_exp(&log_weights);
        Ok(Self {
            machine,
            original,
            sum,
            log_weights,
            log_partition,
        })
    }

    /// How many states the sum over a machine enumerates, and how many the likelihood of each row
    /// does, as powers of 2.
    ///
    /// # Errors
    ///
    /// When the machine has continuous layers without a closed form.
    pub fn log2_states(machine: &BoltzmannMachine<L>) -> Result<(f64, f64), ExactError> {
        let supports: Vec<Support> = machine.layers.iter().map(|l| l.support()).collect();
        let all = Plan::cheapest(machine, &supports, &[])?;
        let given = Plan::cheapest(machine, &supports, &machine.visible)?;
        Ok((all.log2_states, given.log2_states))
    }

    /// ln Z = ln Σ_x exp(−E(x)), in nats.
    #[must_use]
    pub fn log_partition(&self) -> f64 {
        self.log_partition
    }

    /// ln p(v) of each row of a table, in nats.
    ///
    /// # Errors
    ///
    /// When hidden layers are connected and have too many states to enumerate for each row.
    pub fn log_likelihood(&self, table: &Table) -> Result<Vec<f64>, ExactError> {
        if self.machine.connected_hidden().is_none() {
            let hidden = self.machine.hidden();
            let batches = self.machine.batches(table).flat_map(|rows| {
                let state = self.machine.state_from_visible(rows);
                read(self.machine.partly_summed(&state, &hidden))
            });
            return Ok(batches.map(|free| -free - self.log_partition).collect());
        }
        let inner = Sum::new(&self.machine, &self.machine.visible)?;
        let row = |index| {
            let row = self.machine.rows(table, &[index]);
            let template = self.machine.state_from_visible(row);
            let weights = inner.log_weights(&self.machine, &template);
            log_sum_exp(&weights) - self.log_partition
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
        let blocks = self.weighted_blocks().map(|(state, weights)| {
            let average = RowAverage::Weighted(weights);
            let columns = state.layers.into_iter().map(|x| average.columns(x));
            columns.collect::<Vec<_>>()
        });
        let total = blocks.reduce(|sum, block| {
            let pairs = sum.into_iter().zip(block);
            pairs.map(|(a, b)| a + b).collect()
        });
        let means = total.expect("a machine has at least one state");
        means.into_iter().map(|mean| mean.cast(dtype)).collect()
    }

    /// ⟨∂E⟩ under the machine's own distribution: what the model phase of training estimates.
    #[must_use]
    pub fn model_gradient(&self) -> Gradient {
        let dtype: FloatDType = self.original.into();
        let gradient = self
            .weighted_blocks()
            .map(|(state, weights)| {
                self.machine.energy_gradient(Phase {
                    state: &state,
                    averaged: &self.sum.plan.summed,
                    rows: &RowAverage::Weighted(weights),
                })
            })
            .reduce(|sum, block| sum + block)
            .expect("a machine has at least one state");
        Gradient {
            vectors: cast_all(gradient.vectors, |t: Tensor<1>| t.cast(dtype)),
            matrices: cast_all(gradient.matrices, |t: Tensor<2>| t.cast(dtype)),
        }
    }

    /// Independent draws from the machine's distribution.
    #[must_use]
    pub fn sample(&self, count: usize, key: RandomKey) -> State {
        let device = self.machine.device();
        let mut cumulated: Vec<f64> = self
            .log_weights
            .iter()
            .scan(0.0, |sum, w| {
                *sum += (w - self.log_partition).exp();
                Some(*sum)
            })
            .collect();
        if let Some(last) = cumulated.last_mut() {
            *last = f64::INFINITY;
        }
        let uniforms: Vec<f64> = uniform([count, 2], key.split(0), &device)
            .to_data()
            .iter()
            .collect();
        // Two uniforms of 24 bits make one fine enough for 2²⁰ states.
        let states: Vec<usize> = uniforms
            .chunks(2)
            .map(|pair| pair[0] + pair[1] / 16_777_216.0)
            .map(|u| cumulated.partition_point(|&c| c <= u))
            .collect();
        let template = self.machine.zeros(1);
        let mut state = self.sum.state(&self.machine, &template, &states);
        if let Some(joint) = &self.sum.joint {
            let mean = joint.mean(self.sum.joint_field(&self.machine, &state));
            let noise =
                normal(mean.dims(), key.split(1), &device).cast(FloatDType::from(mean.dtype()));
            self.sum.set_joint(&mut state, mean + joint.color(noise));
        }
        for &layer in &self.sum.plan.summed {
            let field = self.machine.field(layer, &state);
            let key = key.split(2 + layer as u64);
            state.layers[layer] =
                self.machine.layers[layer].sample(field, &InverseTemperature::ONE, key);
        }
        let dtype: FloatDType = self.original.into();
        State {
            layers: state.layers.into_iter().map(|x| x.cast(dtype)).collect(),
        }
    }

    /// All states in blocks with their probabilities: the layers summed in closed form hold their
    /// conditional means, and each state stands once for every sigma point of the Gaussian block.
    fn weighted_blocks(&self) -> impl Iterator<Item = (State, Tensor<1>)> + '_ {
        let template = self.machine.zeros(1);
        let points = self.sum.joint.as_ref().map(JointGaussian::sigma_points);
        let copies = points.as_ref().map_or(1, |points| points.dims()[0]);
        self.sum.blocks(copies).map(move |block| {
            let repeated: Vec<usize> = block
                .clone()
                .flat_map(|s| std::iter::repeat_n(s, copies))
                .collect();
            let mut state = self.sum.state(&self.machine, &template, &repeated);
            if let (Some(joint), Some(points)) = (&self.sum.joint, &points) {
                let mean = joint.mean(self.sum.joint_field(&self.machine, &state));
                let deviations = points.clone().repeat_dim(0, block.len());
                self.sum.set_joint(&mut state, mean + deviations);
            }
            for &layer in &self.sum.plan.summed {
                let field = self.machine.field(layer, &state);
                state.layers[layer] =
                    self.machine.layers[layer].mean(field, &InverseTemperature::ONE);
            }
            let weights: Vec<f64> = repeated
                .iter()
                .map(|&s| (self.log_weights[s] - self.log_partition).exp() / copies as f64)
                .collect();
            let data = TensorData::new(weights, [repeated.len()]);
            let options = (&self.machine.device(), self.machine.dtype());
            (state, Tensor::from_data(data, options))
        })
    }
}

fn cast_all<T>(tensors: BTreeMap<String, T>, cast: impl Fn(T) -> T) -> BTreeMap<String, T> {
    tensors
        .into_iter()
        .map(|(name, tensor)| (name, cast(tensor)))
        .collect()
}
