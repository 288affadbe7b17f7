//! ln Z, likelihoods, moments, gradients and samples by exact summation.

use std::{collections::BTreeMap, ops::Range};

use burn::tensor::{DType, FloatDType, Tensor, TensorData};
use paysage_data::Table;
use paysage_kernels::{RandomKey, most_precise, normal, uniform};
use paysage_layers::{InverseTemperature, RowAverage, Support, Trainable};
use rayon::prelude::*;
use thiserror::Error;

use super::{gaussian::JointGaussian, plan::Plan, states::States};
use crate::{BoltzmannMachine, Gradient, State};

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

/// The largest number of states that is enumerated, as a power of 2.
const LIMIT: u32 = 20;

/// How many numbers a block of states may hold in its widest layer: small enough for the cache.
const BLOCK: usize = 1 << 18;

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
                let average = RowAverage::Weighted(weights);
                self.machine
                    .energy_gradient(&state, &self.sum.plan.summed, &average)
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

/// A sum over all states of the layers that are not given.
#[derive(Clone, Debug)]
struct Sum {
    plan: Plan,
    states: States,
    joint: Option<JointGaussian>,
    widest: usize,
}

impl Sum {
    fn new<L: Trainable>(
        machine: &BoltzmannMachine<L>,
        given: &[usize],
    ) -> Result<Self, ExactError> {
        let supports: Vec<Support> = machine.layers.iter().map(|l| l.support()).collect();
        let plan = Plan::cheapest(machine, &supports, given)?;
        if plan.log2_states > f64::from(LIMIT) {
            return Err(ExactError::TooManyStates {
                log2_states: plan.log2_states,
                limit: LIMIT,
            });
        }
        let units = |layer: usize| machine.layers[layer].units();
        let states = States::new(plan.enumerated.iter().map(|&l| (units(l), &supports[l])));
        let joint = if plan.joint.is_empty() {
            None
        } else {
            Some(JointGaussian::new(machine, &supports, &plan.joint)?)
        };
        Ok(Self {
            states,
            joint,
            widest: (0..machine.layers.len()).map(units).max().unwrap_or(1),
            plan,
        })
    }

    /// Ranges of states, each of a size to be handled at once with this many rows a state.
    fn blocks(&self, rows_each: usize) -> impl Iterator<Item = Range<usize>> + use<> {
        let count = self.states.count();
        let size = (BLOCK / (self.widest * rows_each)).max(1);
        (0..count)
            .step_by(size)
            .map(move |start| start..count.min(start + size))
    }

    /// ln of the weight of every enumerated state, everything else summed or as in the template of
    /// one row.
    fn log_weights<L: Trainable>(
        &self,
        machine: &BoltzmannMachine<L>,
        template: &State,
    ) -> Vec<f64> {
        // Blocks side by side, for the element-wise work of a CPU backend runs on one thread each.
        let blocks: Vec<Range<usize>> = self.blocks(1).collect();
        blocks
            .into_par_iter()
            .flat_map_iter(|block| {
                let states: Vec<usize> = block.collect();
                let state = self.state(machine, template, &states);
                let at_centers = -machine.partly_summed(&state, &self.plan.summed);
                read(match &self.joint {
                    Some(joint) => {
                        at_centers + joint.log_partition(self.joint_field(machine, &state))
                    }
                    None => at_centers,
                })
            })
            .collect()
    }

    /// A row for each of these states: enumerated layers as they are in it, joint layers at their
    /// centers (where they send no field), all others as in the template of one row.
    fn state<L: Trainable>(
        &self,
        machine: &BoltzmannMachine<L>,
        template: &State,
        states: &[usize],
    ) -> State {
        let options = (&machine.device(), machine.dtype());
        let mut layers: Vec<Tensor<2>> = template
            .layers
            .iter()
            .map(|row| row.clone().repeat_dim(0, states.len()))
            .collect();
        for (&layer, units) in self.plan.enumerated.iter().zip(self.states.units(states)) {
            let shape = [states.len(), machine.layers[layer].units()];
            layers[layer] = Tensor::from_data(TensorData::new(units, shape), options);
        }
        let mut state = State { layers };
        if let Some(joint) = &self.joint {
            let centers = joint.centers(states.len());
            self.set_joint(&mut state, centers);
        }
        state
    }

    /// The field on the joint layers from all others: `[batch, joint units]`.
    fn joint_field<L: Trainable>(&self, machine: &BoltzmannMachine<L>, state: &State) -> Tensor<2> {
        let fields = self
            .plan
            .joint
            .iter()
            .map(|&layer| machine.field(layer, state));
        Tensor::cat(fields.collect(), 1)
    }

    /// Writes a joint row into the layers it is made of.
    fn set_joint(&self, state: &mut State, joint_rows: Tensor<2>) {
        if let Some(joint) = &self.joint {
            let batch = joint_rows.dims()[0];
            for (layer, span) in joint.spans() {
                state.layers[layer] = joint_rows.clone().slice([0..batch, span]);
            }
        }
    }
}

fn read(tensor: Tensor<1>) -> Vec<f64> {
    tensor.into_data().iter().collect()
}

/// ln Σ exp(x), without overflow.
fn log_sum_exp(x: &[f64]) -> f64 {
    let largest = x.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    largest + x.iter().map(|x| (x - largest).exp()).sum::<f64>().ln()
}

fn cast_all<T>(tensors: BTreeMap<String, T>, cast: impl Fn(T) -> T) -> BTreeMap<String, T> {
    tensors
        .into_iter()
        .map(|(name, tensor)| (name, cast(tensor)))
        .collect()
}
