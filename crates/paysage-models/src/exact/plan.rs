//! Which layers to enumerate, which to sum in closed form, which to integrate together.

use paysage_layers::Layer;

use super::{ExactError, states::States};
use crate::BoltzmannMachine;

/// How the states of some layers are summed over: a division of these layers.
///
/// ```
/// use paysage_kernels::default_device;
/// use paysage_layers::Bernoulli;
/// use paysage_models::{BoltzmannMachine, Plan};
///
/// let device = default_device()?;
/// let layers = [9, 6, 2].map(|units| Bernoulli::new(units, &device));
/// let machine = BoltzmannMachine::chain(layers.into())?;
/// // Without the one in the middle the other two do not meet.
/// let plan = Plan::cheapest(&machine, &[0, 1, 2])?;
/// assert_eq!((plan.enumerated, plan.log2_states), (vec![1], 6.0));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// Discrete layers to be enumerated.
    pub enumerated: Vec<usize>,
    /// Layers whose neighbours are all given or enumerated.
    pub summed: Vec<usize>,
    /// Gaussian layers connected with one another.
    pub joint: Vec<usize>,
    /// How many states are enumerated, as a power of 2.
    pub log2_states: f64,
}

impl Plan {
    /// The plan with the fewest states for the layers in `open`, where all others are given.
    ///
    /// # Errors
    ///
    /// [`ExactError::NoClosedForm`] when continuous layers meet others of another kind.
    pub fn cheapest<L: Layer>(
        machine: &BoltzmannMachine<L>,
        open: &[usize],
    ) -> Result<Self, ExactError> {
        let layers = machine.layers.iter();
        let gaussian: Vec<bool> = layers.map(|layer| layer.gaussian().is_some()).collect();
        let discrete: Vec<usize> = open
            .iter()
            .copied()
            .filter(|&l| machine.layers[l].domain().is_finite())
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
                Self::with(machine, &gaussian, open, enumerated)
            })
            .min_by(|a, b| a.log2_states.total_cmp(&b.log2_states))
            .ok_or(ExactError::NoClosedForm)
    }

    /// The plan that enumerates these layers, if the rest can then be summed.
    fn with<L: Layer>(
        machine: &BoltzmannMachine<L>,
        gaussian: &[bool],
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
            if meets.is_empty() {
                summed.push(layer);
            } else if gaussian[layer] && meets.iter().all(|&l| gaussian[l]) {
                joint.push(layer);
            } else {
                return None;
            }
        }
        let layers = enumerated.iter();
        let layers = layers.map(|&layer| &machine.layers[layer]);
        let log2_states = States::of_layers(layers).log2_count();
        Some(Self {
            enumerated,
            summed,
            joint,
            log2_states,
        })
    }
}
