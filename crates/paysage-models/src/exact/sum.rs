//! Sums over all states of the layers of a machine, in blocks.

use std::ops::Range;

use burn::tensor::{Tensor, TensorData};
use paysage_layers::{Support, Trainable};
use rayon::prelude::*;

use super::{ExactError, gaussian::JointGaussian, plan::Plan, states::States};
use crate::{BoltzmannMachine, State};

/// The largest number of states that is enumerated, as a power of 2.
const LIMIT: u32 = 20;

/// How many numbers a block of states may hold in its widest layer: small enough for the cache.
const BLOCK: usize = 1 << 18;

/// A sum over all states of the layers that are not given.
#[derive(Clone, Debug)]
pub(super) struct Sum {
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
    pub fn blocks(&self, rows_each: usize) -> impl Iterator<Item = Range<usize>> + use<> {
        let count = self.states.count();
        let size = (BLOCK / (self.widest * rows_each)).max(1);
        (0..count)
            .step_by(size)
            .map(move |start| start..count.min(start + size))
    }

    /// ln of the weight of every enumerated state, everything else summed or as in the template of
    /// one row.
    pub fn log_weights<L: Trainable>(
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

pub(super) fn read(tensor: Tensor<1>) -> Vec<f64> {
    tensor.into_data().iter().collect()
}

/// ln Σ exp(x), without overflow.
pub(super) fn log_sum_exp(x: &[f64]) -> f64 {
    let largest = x.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    largest + x.iter().map(|x| (x - largest).exp()).sum::<f64>().ln()
}
