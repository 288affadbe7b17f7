//! Which layers to enumerate, which to sum in closed form, which to integrate together.

use paysage_layers::{Layer, Support};

use super::ExactError;
use crate::BoltzmannMachine;

/// A division of the layers of a machine.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Plan {
    /// Discrete layers to be enumerated.
    pub enumerated: Vec<usize>,
    /// Layers whose neighbours are all given or enumerated.
    pub summed: Vec<usize>,
    /// Gaussian layers connected with one another.
    pub joint: Vec<usize>,
    /// ln of the number of states to enumerate, base 2.
    pub log2_states: f64,
}

impl Plan {
    /// The plan with the fewest states for the layers in `open`, where all others are known.
    pub fn cheapest<L: Layer>(
        machine: &BoltzmannMachine<L>,
        supports: &[Support],
        open: &[usize],
    ) -> Result<Self, ExactError> {
        let discrete: Vec<usize> = open
            .iter()
            .copied()
            .filter(|&l| matches!(supports[l], Support::Discrete { .. }))
            .collect();
        // One bit for each discrete layer: all subsets, for machines have few layers.
        let most = 1_u64 << discrete.len().min(16);
        (0..most)
            .filter_map(|subset| {
                let chosen = |k: &usize| subset >> k & 1 == 1;
                let enumerated: Vec<usize> = (0..discrete.len())
                    .filter(chosen)
                    .map(|k| discrete[k])
                    .collect();
                Self::with(machine, supports, open, enumerated)
            })
            .min_by(|a, b| a.log2_states.total_cmp(&b.log2_states))
            .ok_or(ExactError::NoClosedForm)
    }

    /// The plan that enumerates these layers, if the rest can then be summed.
    fn with<L: Layer>(
        machine: &BoltzmannMachine<L>,
        supports: &[Support],
        open: &[usize],
        enumerated: Vec<usize>,
    ) -> Option<Self> {
        let rest: Vec<usize> = open
            .iter()
            .copied()
            .filter(|l| !enumerated.contains(l))
            .collect();
        let (mut summed, mut joint) = (Vec::new(), Vec::new());
        for &layer in &rest {
            let meets: Vec<usize> = rest
                .iter()
                .copied()
                .filter(|&other| machine.connected(layer, other))
                .collect();
            let gaussian = |l: &usize| matches!(supports[*l], Support::Gaussian { .. });
            if meets.is_empty() {
                summed.push(layer);
            } else if gaussian(&layer) && meets.iter().all(gaussian) {
                joint.push(layer);
            } else {
                return None;
            }
        }
        let log2_states = enumerated
            .iter()
            .map(|&layer| match &supports[layer] {
                Support::Discrete { options, .. } => {
                    let sites = machine.layers[layer].units() / options[0].len();
                    sites as f64 * (options.len() as f64).log2()
                }
                _ => f64::INFINITY,
            })
            .sum();
        Some(Self {
            enumerated,
            summed,
            joint,
            log2_states,
        })
    }
}
