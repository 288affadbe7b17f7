//! Centers that follow the means of units.

use paysage_layers::Trainable;
use paysage_models::{BoltzmannMachine, ParameterId, SettingError, Step};

use crate::Constraint;

/// Moves the centers of layers towards the means of their units in the positive phase, without changing
/// the distribution.
///
/// After each step, with the mean m of the units over the rows of the batch,
///
/// ```text
/// c ← (1 − rate) c + rate · m
/// ```
///
/// by [`move_center`](BoltzmannMachine::move_center), which puts the difference into the biases of the
/// neighbours. The centers are themselves the moving averages and are saved with the machine, so that a
/// resumed training continues exactly. Only layers that have a center move it; none is added. Layers
/// with a frozen center, or with neighbours of which a parameter is frozen, keep theirs.
///
/// With centers at the means the gradient does not depend on which of two values of a unit is called 1:
/// training on data with all bits flipped gives the flipped machine. Usually visible centers are the
/// means of the data ([`center_visible`](BoltzmannMachine::center_visible)) and do not move.
///
/// Melchior, Fischer & Wiskott, "How to center deep Boltzmann machines", JMLR 17, 2016 (offsets of the
/// data with a moving average).
///
/// ```
/// use paysage_data::BarsAndStripes;
/// use paysage_kernels::default_device;
/// use paysage_layers::Bernoulli;
/// use paysage_models::BoltzmannMachine;
/// use paysage_optimizers::{Centering, Constraint};
///
/// let layers = [9, 4].map(|units| Bernoulli::new(units, &default_device().expect("a backend")));
/// let mut machine = BoltzmannMachine::chain(layers.into())?;
/// machine.center_visible(&BarsAndStripes { size: 3 }.generate())?;
/// machine.center_hidden();
/// let constraint: Box<dyn Constraint<Bernoulli>> = Box::new(Centering::default());
/// assert!(constraint.check().is_ok());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Centering {
    /// The rate of the moving average: greater than 0 and at most 1, which takes the mean of each batch.
    pub rate: f64,
    /// Whether centers of visible layers move too, for data whose means are not known beforehand.
    pub visible: bool,
}

impl Default for Centering {
    /// A rate of 0.01 for hidden layers.
    fn default() -> Self {
        Self {
            rate: 0.01,
            visible: false,
        }
    }
}

impl<L: Trainable> Constraint<L> for Centering {
    fn check(&self) -> Result<(), SettingError> {
        SettingError::check(
            "the rate of moving centers",
            self.rate,
            self.rate > 0.0 && self.rate <= 1.0,
            "a number greater than 0 and at most 1",
        )
    }

    fn is_capturable(&self, _machine: &BoltzmannMachine<L>) -> bool {
        true
    }

    /// Nothing: any center gives the same distribution.
    fn project(&self, _machine: &mut BoltzmannMachine<L>) {}

    fn after_step(&self, machine: &mut BoltzmannMachine<L>, step: &Step) {
        for layer in 0..machine.layers.len() {
            let moves = self.visible || !machine.visible.contains(&layer);
            if !moves || is_fixed(machine, layer) {
                continue;
            }
            if let Some(center) = machine.layers[layer].center() {
                let states = step.data.state.layers[layer].clone();
                let mean = step.data.rows.scaled_columns(states, 1.0);
                let moved = mean.attract(center.clone(), self.rate);
                machine.move_center(layer, moved);
            }
        }
    }
}

/// Whether the center of a layer is frozen, or a parameter that its move would change may be.
fn is_fixed<L: Trainable>(machine: &BoltzmannMachine<L>, layer: usize) -> bool {
    machine.frozen().any(|id| match id {
        ParameterId::Layer { layer: other, name } => match name {
            "center" => other == layer,
            _ => machine.connected(layer, other),
        },
        ParameterId::Weight { .. } => false,
    })
}
