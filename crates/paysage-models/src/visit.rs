//! One way to all parameters: by name, vectors and matrices alike.

use burn::tensor::Tensor;
use paysage_layers::Trainable;

use crate::BoltzmannMachine;

/// Looks at every parameter of a machine.
///
/// Names are `layers.{i}.{parameter}` and `connections.{c}.weight`, as in the model file.
pub trait Visitor {
    /// A parameter of a layer: `[units]`.
    fn vector(&mut self, name: &str, tensor: &Tensor<1>);
    /// The weights of a connection: `[units of target, units of domain]`.
    fn matrix(&mut self, name: &str, tensor: &Tensor<2>);
}

/// Replaces every parameter of a machine by another of the same shape.
pub trait Mapper {
    /// A parameter of a layer: `[units]`.
    fn vector(&mut self, name: &str, tensor: Tensor<1>) -> Tensor<1>;
    /// The weights of a connection: `[units of target, units of domain]`.
    fn matrix(&mut self, name: &str, tensor: Tensor<2>) -> Tensor<2>;
}

impl<L: Trainable> BoltzmannMachine<L> {
    /// Shows every parameter to a visitor: layers first, then connections.
    pub fn visit(&self, visitor: &mut impl Visitor) {
        for (i, layer) in self.layers.iter().enumerate() {
            for (name, tensor) in layer.parameters() {
                visitor.vector(&layer_parameter(i, name), tensor);
            }
        }
        for (c, connection) in self.connections.iter().enumerate() {
            visitor.matrix(&weight_name(c), &connection.weight);
        }
    }

    /// Passes every parameter through a mapper: layers first, then connections.
    ///
    /// The tensors are moved, not copied, so that operations can work in place.
    pub fn map(&mut self, mapper: &mut impl Mapper) {
        for (i, layer) in self.layers.iter_mut().enumerate() {
            for (name, tensor) in layer.parameters_mut() {
                let name = layer_parameter(i, name);
                tensor.inplace(|tensor| mapper.vector(&name, tensor));
            }
        }
        for (c, connection) in self.connections.iter_mut().enumerate() {
            let name = weight_name(c);
            connection
                .weight
                .inplace(|tensor| mapper.matrix(&name, tensor));
        }
    }

    /// The names of all parameters, in the order of visiting.
    #[must_use]
    pub fn parameter_names(&self) -> Vec<String> {
        struct Names(Vec<String>);
        impl Visitor for Names {
            fn vector(&mut self, name: &str, _: &Tensor<1>) {
                self.0.push(name.to_owned());
            }
            fn matrix(&mut self, name: &str, _: &Tensor<2>) {
                self.0.push(name.to_owned());
            }
        }
        let mut names = Names(Vec::new());
        self.visit(&mut names);
        names.0
    }
}

/// The name of a parameter of a layer: `layers.0.loc`.
#[must_use]
pub fn layer_parameter(layer: usize, name: &str) -> String {
    format!("layers.{layer}.{name}")
}

/// The name of the weights of a connection: `connections.0.weight`.
#[must_use]
pub fn weight_name(connection: usize) -> String {
    format!("connections.{connection}.weight")
}
