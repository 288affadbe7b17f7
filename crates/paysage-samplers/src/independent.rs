//! Machines of independent units.

use burn::tensor::Tensor;
use paysage_kernels::RandomKey;
use paysage_layers::{InverseTemperature, Moments, Trainable};
use paysage_models::{BoltzmannMachine, State};

use crate::{Conditions, MeanField, Sampler};

/// The number of mean-field sweeps; the weights of the first machines of a training are small.
const SWEEPS: usize = 10;

/// A machine without connections whose units have about the moments that they have in another machine.
///
/// The moments are those of mean field from some states: with small weights the means hardly depend on
/// the states, and have less noise than the states. A Gibbs sweep of this machine is an exact draw.
#[must_use]
pub fn independent_machine<L: Trainable>(
    machine: &BoltzmannMachine<L>,
    states: State,
) -> BoltzmannMachine<L> {
    let conditions = Conditions::default();
    // Mean field draws nothing: any key will do.
    let key = RandomKey::new(0);
    let means = MeanField.run(machine, states, &conditions, SWEEPS, key);
    let layers = machine.layers.iter().enumerate().map(|(index, layer)| {
        let variance = layer.variance(machine.field(index, &means), &conditions.beta);
        let rows: Vec<f32> = means.layers[index].to_data().iter().collect();
        let mut moments = Moments::of_rows(layer.units(), rows.chunks(layer.units()));
        let variance: Tensor<1> = variance.mean_dim(0).squeeze_dim(0);
        for (sum, own) in moments
            .variance
            .iter_mut()
            .zip(variance.into_data().iter::<f64>())
        {
            *sum += own;
        }
        let mut layer = layer.clone();
        layer.set_center(None);
        layer.start_from(&moments);
        layer
    });
    machine.unconnected(layers.collect())
}

/// ln Z of a machine without connections, in nats: `[1]`.
pub(crate) fn independent_log_partition<L: Trainable>(machine: &BoltzmannMachine<L>) -> Tensor<1> {
    let zeros = machine.zeros(1).layers.into_iter();
    let sums = machine.layers.iter().zip(zeros);
    let sums = sums.map(|(layer, none)| layer.log_partition(none, &InverseTemperature::ONE));
    sums.reduce(|sum, term| sum + term)
        .expect("a machine has at least one layer")
}

/// A machine without connections in which discrete units have uniform distributions, and continuous ones,
/// which have none, that of their layer without neighbours.
#[must_use]
pub fn uniform_machine<L: Trainable>(machine: &BoltzmannMachine<L>) -> BoltzmannMachine<L> {
    let layers = machine.layers.iter().map(|layer| {
        let mut layer = layer.clone();
        if layer.domain().is_finite() {
            layer.start_from(&Moments::unobserved(layer.units()));
        }
        layer
    });
    machine.unconnected(layers.collect())
}
