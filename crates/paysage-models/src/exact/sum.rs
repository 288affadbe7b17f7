//! Sums over all states of the layers of a machine, in blocks.

use std::{
    ops::Range,
    sync::atomic::{AtomicUsize, Ordering},
};

use burn::tensor::{Tensor, TensorData};
use paysage_kernels::log_sum_exp;
use paysage_layers::Trainable;
use rayon::prelude::*;

use super::{ExactError, gaussian::JointGaussian, plan::Plan, states::States};
use crate::{BoltzmannMachine, State};

/// The largest number of states that is enumerated, as a power of 2.
pub(super) const LIMIT: u32 = 25;

/// How many numbers a block of states may hold in its widest layer: 64 KiB, small enough for the
/// cache, and for an allocator to hand the memory out again without returning it to the system.
const BLOCK: usize = 1 << 13;

/// The fewest states of a block, however wide the layers: a number is kept for each block.
const LEAST_BLOCK: usize = 8;

/// Told of the states that are summed, of how many in all; from any thread.
pub(super) type Watch<'a> = &'a (dyn Fn(usize, usize) + Sync);

/// A sum over all states of the layers that are not given: a product of sums over groups of them
/// that no connection joins.
#[derive(Clone, Debug)]
pub(super) struct Sum {
    pub groups: Vec<Group>,
    given: Vec<usize>,
}

/// Layers that are summed together, and how.
#[derive(Clone, Debug)]
pub(super) struct Group {
    pub layers: Vec<usize>,
    pub plan: Plan,
    states: States,
    pub joint: Option<JointGaussian>,
    widest: usize,
}

impl Sum {
    pub fn new<L: Trainable>(
        machine: &BoltzmannMachine<L>,
        given: &[usize],
    ) -> Result<Self, ExactError> {
        let plans = Self::plans(machine, given)?;
        let log2_states = log2_total(&plans);
        if log2_states > f64::from(LIMIT) {
            return Err(ExactError::TooManyStates {
                log2_states,
                limit: LIMIT,
            });
        }
        let groups = plans.into_iter().map(|(layers, plan)| {
            let units = |layer: usize| machine.layers[layer].units();
            let enumerated = plan.enumerated.iter().map(|&l| &machine.layers[l]);
            let joint = match plan.joint.as_slice() {
                [] => None,
                layers => Some(JointGaussian::new(machine, layers)?),
            };
            Ok(Group {
                states: States::of_layers(enumerated),
                joint,
                widest: layers.iter().map(|&l| units(l)).max().unwrap_or(1),
                plan,
                layers,
            })
        });
        Ok(Self {
            groups: groups.collect::<Result<_, ExactError>>()?,
            given: given.to_vec(),
        })
    }

    /// How many states are enumerated, as a power of 2.
    pub fn log2_states<L: Trainable>(
        machine: &BoltzmannMachine<L>,
        given: &[usize],
    ) -> Result<f64, ExactError> {
        Ok(log2_total(&Self::plans(machine, given)?))
    }

    /// The groups of layers, and the cheapest plan for each.
    fn plans<L: Trainable>(
        machine: &BoltzmannMachine<L>,
        given: &[usize],
    ) -> Result<Vec<(Vec<usize>, Plan)>, ExactError> {
        let open: Vec<usize> = (0..machine.layers.len())
            .filter(|l| !given.contains(l))
            .collect();
        let groups = machine.components(&open).into_iter();
        groups
            .map(|layers| {
                let plan = Plan::cheapest(machine, &layers)?;
                Ok((layers, plan))
            })
            .collect()
    }

    /// ln Σ exp(−E) over all states, with the given layers as in a template of one row.
    pub fn log_sum<L: Trainable>(&self, machine: &BoltzmannMachine<L>, template: &State) -> f64 {
        let within = |layer: &usize| self.given.contains(layer);
        let given = machine.terms(template, &self.given, &[], |c| {
            within(&c.target) && within(&c.domain)
        });
        let given: f64 = given.map_or(0.0, |energy| energy.into_scalar());
        let sums = self.groups.iter().map(|group| {
            let blocks = group.block_sums(machine, template, &|_, _| {});
            log_sum_exp(blocks)
        });
        sums.sum::<f64>() - given
    }
}

/// ln of the states of all plans together, base 2; 0 where all are closed forms.
fn log2_total(plans: &[(Vec<usize>, Plan)]) -> f64 {
    let logs = plans.iter().map(|(_, plan)| plan.log2_states);
    let logs: Vec<f64> = logs.filter(|&log| log > 0.0).collect();
    let most = logs.iter().copied().fold(0.0, f64::max);
    let sum: f64 = logs.iter().map(|log| (log - most).exp2()).sum();
    most + sum.max(1.0).log2()
}

impl Group {
    /// How many states are enumerated.
    pub fn count(&self) -> usize {
        self.states.count()
    }

    /// Ranges of states, each of a size to be handled at once with this many rows a state.
    pub fn blocks(&self, rows_each: usize) -> Blocks {
        let size = (BLOCK / (self.widest * rows_each)).max(LEAST_BLOCK.div_ceil(rows_each));
        let states = self.states.count();
        Blocks { states, size }
    }

    /// ln of the weights of each of the [`blocks`](Self::blocks) of one row a state, block by block
    /// and none of them kept.
    pub fn block_sums<L: Trainable>(
        &self,
        machine: &BoltzmannMachine<L>,
        template: &State,
        watch: Watch<'_>,
    ) -> Vec<f64> {
        // Blocks side by side, for the element-wise work of a CPU backend runs on one thread each.
        let blocks = self.blocks(1);
        let done = AtomicUsize::new(0);
        (0..blocks.len())
            .into_par_iter()
            .map(|block| {
                let block = blocks.get(block);
                let states = block.len();
                let weights = self.log_weights(machine, template, block);
                let sum = log_sum_exp(weights);
                watch(
                    done.fetch_add(states, Ordering::Relaxed) + states,
                    self.count(),
                );
                sum
            })
            .collect()
    }

    /// ln of the weights of some enumerated states: of everything that has to do with the layers of
    /// the group, the rest summed or as in the template of one row.
    pub fn log_weights<L: Trainable>(
        &self,
        machine: &BoltzmannMachine<L>,
        template: &State,
        states: impl IntoIterator<Item = usize>,
    ) -> Vec<f64> {
        let states: Vec<usize> = states.into_iter().collect();
        let state = self.state(machine, template, &states);
        let within = |layer: &usize| self.layers.contains(layer);
        let energy = machine
            .terms(&state, &self.layers, &self.plan.summed, |c| {
                within(&c.target) || within(&c.domain)
            })
            .expect("a group has at least one layer");
        read(match &self.joint {
            Some(joint) => joint.log_partition(self.joint_field(machine, &state)) - energy,
            None => -energy,
        })
    }

    /// A row for each of these states: enumerated layers as they are in it, joint layers at their
    /// centers (where they send no field), all others as in the template of one row.
    pub fn state<L: Trainable>(
        &self,
        machine: &BoltzmannMachine<L>,
        template: &State,
        states: &[usize],
    ) -> State {
        let options = (&machine.device(), machine.dtype());
        let mut layers: Vec<Tensor<2>> = template
            .layers
            .iter()
            .map(|row| row.clone().expand([states.len() as i64, -1]))
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
    pub fn joint_field<L: Trainable>(
        &self,
        machine: &BoltzmannMachine<L>,
        state: &State,
    ) -> Tensor<2> {
        let fields = self
            .plan
            .joint
            .iter()
            .map(|&layer| machine.field(layer, state));
        Tensor::cat(fields.collect(), 1)
    }

    /// Writes a joint row into the layers it is made of.
    pub fn set_joint(&self, state: &mut State, joint_rows: Tensor<2>) {
        if let Some(joint) = &self.joint {
            let batch = joint_rows.dims()[0];
            for (layer, span) in joint.spans() {
                state.layers[layer] = joint_rows.clone().slice([0..batch, span]);
            }
        }
    }
}

/// All states in runs of one size.
#[derive(Clone, Copy)]
pub(super) struct Blocks {
    states: usize,
    size: usize,
}

impl Blocks {
    fn len(self) -> usize {
        self.states.div_ceil(self.size)
    }

    fn get(self, block: usize) -> Range<usize> {
        let start = block * self.size;
        start..self.states.min(start + self.size)
    }

    pub fn iter(self) -> impl Iterator<Item = Range<usize>> {
        (0..self.len()).map(move |block| self.get(block))
    }
}

pub(super) fn read(tensor: Tensor<1>) -> Vec<f64> {
    tensor.into_data().iter().collect()
}
