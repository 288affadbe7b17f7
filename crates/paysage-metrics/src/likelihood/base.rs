//! Where annealing starts.

use burn::tensor::Tensor;
use paysage_data::Table;
use paysage_kernels::RandomKey;
use paysage_layers::{InverseTemperature, Layer, Moments, Trainable};
use paysage_models::BoltzmannMachine;
use paysage_samplers::hidden_means;

/// The most rows, and the most values in them, whose moments the base takes.
const ROWS: usize = 10_000;
const VALUES: usize = 1 << 24;

/// Independent units with the moments that the units of a machine have while rows of a table are
/// shown to it: the marginals of the data, and of the hidden units given them.
pub(super) fn base_rates<L: Trainable>(
    machine: &BoltzmannMachine<L>,
    table: &Table,
    key: RandomKey,
) -> BoltzmannMachine<L> {
    let widest = machine.layers.iter().map(|l| l.units()).max().unwrap_or(1);
    let most = ROWS.min(VALUES / widest.max(1)).max(1);
    let step = table.rows().div_ceil(most);
    let indices: Vec<usize> = (0..table.rows()).step_by(step).collect();
    base_of_rows(machine, machine.rows(table, &indices), key)
}

/// A machine of independent units that is the start of annealing: visible units have the moments of
/// these rows `[rows, visible units]`, hidden units those that they have given the rows.
///
/// # Panics
///
/// When the rows are not as wide as the visible layers.
#[must_use]
pub fn base_of_rows<L: Trainable>(
    machine: &BoltzmannMachine<L>,
    rows: Tensor<2>,
    key: RandomKey,
) -> BoltzmannMachine<L> {
    let mut state = hidden_means(machine, rows);
    let means = state.clone();
    for layer in machine.hidden() {
        let field = machine.field(layer, &means);
        let key = key.split(layer as u64);
        state.layers[layer] = machine.layers[layer].sample(field, &InverseTemperature::ONE, key);
    }
    let fitted = |(layer, states): (&L, Tensor<2>)| {
        let values: Vec<f32> = states.into_data().iter().collect();
        let rows = values.chunks(layer.units());
        let mut moments = Moments::of_rows(layer.units(), rows);
        if let Some(gaussian) = layer.gaussian() {
            // Few rows may vary less than one unit does alone, and weights to a wider density than
            // the base have no variance.
            let pairs = moments.variance.iter_mut().zip(gaussian.variance);
            pairs.for_each(|(found, own)| *found = found.max(own));
        }
        let mut layer = layer.clone();
        layer.start_from(&moments);
        layer
    };
    apart(machine, machine.layers.iter().zip(state.layers).map(fitted))
}

/// A machine of independent units that is the start of annealing where there are no rows: discrete
/// units have the uniform distribution, real ones, which have none, that of their layer without
/// neighbours.
#[must_use]
pub fn uniform<L: Trainable>(machine: &BoltzmannMachine<L>) -> BoltzmannMachine<L> {
    let layers = machine.layers.iter().map(|layer| {
        let mut layer = layer.clone();
        if layer.domain().is_finite() {
            layer.start_from(&Moments::unobserved(layer.units()));
        }
        layer
    });
    apart(machine, layers)
}

fn apart<L: Layer>(
    machine: &BoltzmannMachine<L>,
    layers: impl Iterator<Item = L>,
) -> BoltzmannMachine<L> {
    BoltzmannMachine::new(layers.collect(), Vec::new(), machine.visible.clone())
        .expect("the layers of a machine")
}
