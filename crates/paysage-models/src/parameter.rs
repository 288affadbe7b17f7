//! Identifiers of parameters.

use std::fmt;

use paysage_layers::Trainable;

use crate::{BoltzmannMachine, MachineError};

/// A parameter of a machine.
///
/// Gradients, optimizers, visitors and frozen parameters use it as a key. Its text,
/// `layers.0.loc` or `connections.0.weight`, is the name in files and on the command line;
/// [`BoltzmannMachine::parameter`] finds the identifier of a text.
///
/// ```
/// use paysage_models::ParameterId;
///
/// assert_eq!(ParameterId::layer(0, "loc").to_string(), "layers.0.loc");
/// assert_eq!(ParameterId::weight(2).to_string(), "connections.2.weight");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ParameterId {
    /// A parameter of a layer: `[units]`.
    Layer {
        /// The layer.
        layer: usize,
        /// The name within the layer.
        name: &'static str,
    },
    /// The weights of a connection: `[units of target, units of domain]`.
    Weight {
        /// The connection.
        connection: usize,
    },
}

impl ParameterId {
    /// A parameter of a layer.
    #[must_use]
    pub const fn layer(layer: usize, name: &'static str) -> Self {
        Self::Layer { layer, name }
    }

    /// The weights of a connection.
    #[must_use]
    pub const fn weight(connection: usize) -> Self {
        Self::Weight { connection }
    }
}

impl fmt::Display for ParameterId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Layer { layer, name } => write!(f, "layers.{layer}.{name}"),
            Self::Weight { connection } => write!(f, "connections.{connection}.weight"),
        }
    }
}

impl<L: Trainable> BoltzmannMachine<L> {
    /// All parameters, in the order of [`visit`](Self::visit): layers first, then connections.
    #[must_use]
    pub fn parameters(&self) -> Vec<ParameterId> {
        let layers = self.layers.iter().enumerate().flat_map(|(layer, x)| {
            let named = x.parameters().into_iter();
            named.map(move |(name, _)| ParameterId::layer(layer, name))
        });
        let weights = (0..self.connections.len()).map(ParameterId::weight);
        layers.chain(weights).collect()
    }

    /// The parameter with a text such as `layers.0.loc`.
    ///
    /// # Errors
    ///
    /// [`MachineError::NoSuchParameter`] when the machine has no such parameter.
    pub fn parameter(&self, name: &str) -> Result<ParameterId, MachineError> {
        let known = self.parameters();
        let found = known.iter().find(|id| id.to_string() == name);
        found
            .copied()
            .ok_or_else(|| no_such_parameter(name.to_owned(), &known))
    }

    /// Excludes a parameter from training.
    ///
    /// # Errors
    ///
    /// [`MachineError::NoSuchParameter`] when the machine has no such parameter.
    pub fn freeze(&mut self, parameter: ParameterId) -> Result<(), MachineError> {
        let known = self.parameters();
        if !known.contains(&parameter) {
            return Err(no_such_parameter(parameter.to_string(), &known));
        }
        self.frozen.insert(parameter);
        Ok(())
    }

    /// Includes a frozen parameter in training again.
    pub fn thaw(&mut self, parameter: ParameterId) {
        self.frozen.remove(&parameter);
    }

    /// Whether a parameter is excluded from training.
    #[must_use]
    pub fn is_frozen(&self, parameter: ParameterId) -> bool {
        self.frozen.contains(&parameter)
    }

    /// The frozen parameters, in order.
    pub fn frozen(&self) -> impl Iterator<Item = ParameterId> {
        self.frozen.iter().copied()
    }
}

fn no_such_parameter(name: String, known: &[ParameterId]) -> MachineError {
    let known: Vec<String> = known.iter().map(ParameterId::to_string).collect();
    let known = known.join(", ");
    MachineError::NoSuchParameter { name, known }
}

#[cfg(test)]
mod tests {
    use paysage_kernels::default_device;
    use paysage_layers::{AnyLayer, Bernoulli};

    use super::*;

    #[test]
    fn only_parameters_that_exist_can_be_frozen() {
        let device = default_device().expect("a backend");
        let layers = [2, 3].map(|units| AnyLayer::from(Bernoulli::new(units, &device)));
        let mut machine = BoltzmannMachine::chain(layers.into()).expect("valid");
        let weight = machine.parameter("connections.0.weight").expect("a name");
        assert_eq!(weight, ParameterId::weight(0));
        machine.freeze(weight).expect("a parameter");
        assert_eq!(machine.frozen().collect::<Vec<_>>(), [weight]);
        let error = machine
            .freeze(ParameterId::layer(2, "loc"))
            .expect_err("no such layer");
        assert_eq!(
            error.to_string(),
            "there is no parameter \"layers.2.loc\": \
             the machine has layers.0.loc, layers.1.loc, connections.0.weight"
        );
        assert_eq!(machine.parameter("layers.2.loc"), Err(error));
        machine.thaw(weight);
        assert!(!machine.is_frozen(weight));
    }
}
