//! Base distributions of annealing: independent units.

use burn::tensor::{Tensor, TensorData};
use paysage_data::{DataError, Order, Rows};
use paysage_kernels::{Child, RandomKey};
use paysage_layers::{InverseTemperature, Moments, Trainable};
use paysage_models::BoltzmannMachine;
use paysage_samplers::{hidden_means, uniform_machine};

/// Largest number of rows, and of values in them, whose moments the base takes.
const ROWS: usize = 10_000;
const VALUES: usize = 1 << 24;

/// Number of rows that are read at a time.
const CHUNK: usize = 1000;

/// Independent units with the moments of the data (visible units) and of the hidden units given the
/// data.
pub(super) fn base_rates<L: Trainable>(
    machine: &BoltzmannMachine<L>,
    rows: &dyn Rows,
    key: RandomKey,
) -> Result<BoltzmannMachine<L>, DataError> {
    let widest = machine.layers.iter().map(|l| l.units()).max().unwrap_or(1);
    let most = ROWS.min(VALUES / widest.max(1)).max(1);
    let step = rows.count().div_ceil(most);
    let mut values = Vec::new();
    for chunk in rows.chunks(Order::Stored, CHUNK) {
        let chunk = chunk?;
        let of_rows = chunk.values.chunks(rows.columns()).zip(&chunk.positions);
        let selected = of_rows.filter(|(_, position)| position.is_multiple_of(step));
        values.extend(selected.flat_map(|(row, _)| row).copied());
    }
    let data = TensorData::new(values, [rows.count().div_ceil(step), rows.columns()]);
    let options = (&machine.device(), machine.dtype());
    Ok(base_of_rows(machine, Tensor::from_data(data, options), key))
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
        let key = key.child(Child::Layer(layer));
        state.layers[layer] = machine.layers[layer].sample(field, &InverseTemperature::ONE, key);
    }
    let fitted = |(layer, states): (&L, Tensor<2>)| {
        let values: Vec<f32> = states.into_data().iter().collect();
        let rows = values.chunks(layer.units());
        let mut moments = Moments::of_rows(layer.units(), rows);
        if let Some(gaussian) = layer.gaussian() {
            // The variance of few rows may be smaller than that of a unit alone, and importance
            // weights towards a density wider than the base have no finite variance.
            let pairs = moments.variance.iter_mut().zip(gaussian.variance);
            pairs.for_each(|(found, own)| *found = found.max(own));
        }
        let mut layer = layer.clone();
        layer.start_from(&moments);
        layer
    };
    let layers = machine.layers.iter().zip(state.layers).map(fitted);
    machine.unconnected(layers.collect())
}

/// A machine of independent units that is the start of annealing where there are no rows: discrete
/// units have uniform distributions, continuous ones, which have none, that of their layer without
/// neighbours.
#[must_use]
pub fn uniform<L: Trainable>(machine: &BoltzmannMachine<L>) -> BoltzmannMachine<L> {
    uniform_machine(machine)
}
