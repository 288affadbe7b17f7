//! Machines between two others.

use burn::tensor::Tensor;
use paysage_layers::Trainable;
use paysage_models::{BoltzmannMachine, Mapper, ParameterId};

/// A machine whose parameters are on the line from one machine to another; a machine without connections
/// has zero weights.
pub(super) fn interpolated<L: Trainable>(
    from: &BoltzmannMachine<L>,
    to: &BoltzmannMachine<L>,
    share: f64,
) -> BoltzmannMachine<L> {
    struct Interpolate<'a, L: Trainable> {
        from: &'a BoltzmannMachine<L>,
        share: f64,
    }
    impl<L: Trainable> Mapper for Interpolate<'_, L> {
        fn vector(&mut self, id: ParameterId, tensor: Tensor<1>) -> Tensor<1> {
            let ParameterId::Layer { layer, name } = id else {
                return tensor;
            };
            let own = self.from.layers[layer].parameters().into_iter();
            match own.into_iter().find(|(other, _)| *other == name) {
                Some((_, own)) => tensor * self.share + own.clone() * (1.0 - self.share),
                None => tensor,
            }
        }
        fn matrix(&mut self, id: ParameterId, tensor: Tensor<2>) -> Tensor<2> {
            let ParameterId::Weight { connection } = id else {
                return tensor;
            };
            let weight = tensor * self.share;
            match self.from.connections.get(connection) {
                Some(own) => weight + own.weight.clone() * (1.0 - self.share),
                None => weight,
            }
        }
    }
    let mut machine = to.clone();
    machine.map(&mut Interpolate { from, share });
    machine
}
