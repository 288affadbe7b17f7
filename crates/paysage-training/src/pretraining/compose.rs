//! From trained pairs to the whole machine.

use burn::tensor::Tensor;
use paysage_layers::Annealed;
use paysage_models::BoltzmannMachine;

use super::stage::Pair;

/// Sets the parameters of a chain so that its energy is half the sum of those of its pairs, up to a
/// constant, all copies of a layer alike; of a single pair, the energy itself.
pub(super) fn compose<L: Annealed>(machine: &mut BoltzmannMachine<L>, pairs: &[Pair<L>]) {
    let (Some(first), Some(last)) = (pairs.first(), pairs.last()) else {
        return;
    };
    let weights = pairs.iter().map(|pair| pair.weight() * pair.stage.share());
    let mut weights: Vec<Tensor<2>> = weights.collect();
    machine.layers[0] = first.lower().clone();
    machine.layers[pairs.len()] = last.upper().clone();
    for (below, above) in (0..).zip(1..pairs.len()) {
        let mean = Mean::of(pairs[below].upper(), pairs[above].lower());
        machine.layers[above] = mean.layer;
        // The layer is the columns of the weights below it, and the rows of those above.
        if let Some(factor) = mean.of_first {
            weights[below].inplace(|weight| weight * factor.unsqueeze());
        }
        if let Some(factor) = mean.of_second {
            weights[above].inplace(|weight| weight * factor.unsqueeze_dim(1));
        }
    }
    for (connection, weight) in machine.connections.iter_mut().zip(weights) {
        connection.weight = weight;
    }
}

/// The layer whose energy is the mean of those of two, up to a constant.
struct Mean<L> {
    layer: L,
    /// What fields on the first one are multiplied by to act on this one alike.
    of_first: Option<Tensor<1>>,
    of_second: Option<Tensor<1>>,
}

impl<L: Annealed> Mean<L> {
    fn of(first: &L, second: &L) -> Self {
        let (sum, of_first) = first.between(second, 0.5);
        let (_, of_second) = second.between(first, 0.5);
        // Beyond itself, at β = 2, a layer has half of its own energy: H − ½ H.
        let (layer, halved) = sum.between(&sum, 2.0);
        let through = |factor: Option<Tensor<1>>| match (factor, halved.clone()) {
            (Some(factor), Some(halved)) => Some(factor * halved),
            (factor, halved) => factor.or(halved),
        };
        Self {
            layer,
            of_first: through(of_first),
            of_second: through(of_second),
        }
    }
}
