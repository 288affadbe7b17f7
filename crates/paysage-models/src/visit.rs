//! Visitors of all parameters.

use burn::tensor::Tensor;
use paysage_kernels::{Replayable, TensorMut};
use paysage_layers::Trainable;

use crate::{BoltzmannMachine, ParameterId};

/// Reads every parameter of a machine.
pub trait Visitor {
    /// A parameter of a layer: `[units]`.
    fn vector(&mut self, id: ParameterId, tensor: &Tensor<1>);
    /// The weights of a connection: `[units of target, units of domain]`.
    fn matrix(&mut self, id: ParameterId, tensor: &Tensor<2>);
}

/// Replaces every parameter of a machine by another of the same shape.
pub trait Mapper {
    /// A parameter of a layer: `[units]`.
    fn vector(&mut self, id: ParameterId, tensor: Tensor<1>) -> Tensor<1>;
    /// The weights of a connection: `[units of target, units of domain]`.
    fn matrix(&mut self, id: ParameterId, tensor: Tensor<2>) -> Tensor<2>;
}

impl<L: Trainable> BoltzmannMachine<L> {
    /// Passes every parameter to a visitor: layers first, then connections.
    pub fn visit(&self, visitor: &mut impl Visitor) {
        for (i, layer) in self.layers.iter().enumerate() {
            for (name, tensor) in layer.parameters() {
                visitor.vector(ParameterId::layer(i, name), tensor);
            }
        }
        for (c, connection) in self.connections.iter().enumerate() {
            visitor.matrix(ParameterId::weight(c), &connection.weight);
        }
    }

    /// Passes every parameter through a mapper: layers first, then connections.
    ///
    /// The tensors are moved, not copied, so that operations can work in place.
    pub fn map(&mut self, mapper: &mut impl Mapper) {
        for (i, layer) in self.layers.iter_mut().enumerate() {
            for (name, tensor) in layer.parameters_mut() {
                let id = ParameterId::layer(i, name);
                tensor.inplace(|tensor| mapper.vector(id, tensor));
            }
        }
        for (c, connection) in self.connections.iter_mut().enumerate() {
            let id = ParameterId::weight(c);
            connection
                .weight
                .inplace(|tensor| mapper.matrix(id, tensor));
        }
    }
}

/// Work that trains a machine changes its parameters.
impl<L: Trainable> Replayable for BoltzmannMachine<L> {
    fn tensors(&mut self, visit: &mut dyn FnMut(TensorMut<'_>)) -> bool {
        let layers = self.layers.iter_mut();
        for (_, parameter) in layers.flat_map(Trainable::parameters_mut) {
            visit(TensorMut::Vector(parameter));
        }
        for connection in &mut self.connections {
            visit(TensorMut::Matrix(&mut connection.weight));
        }
        true
    }
}
