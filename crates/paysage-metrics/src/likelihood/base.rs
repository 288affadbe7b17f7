//! Base distributions of annealing: independent units.

use burn::tensor::{Tensor, TensorData};
use paysage_data::{DataError, Order, Rows, rows_by_weight};
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
/// data, with their weights.
pub(super) fn base_rates<L: Trainable>(
    machine: &BoltzmannMachine<L>,
    rows: &dyn Rows,
    key: RandomKey,
) -> Result<BoltzmannMachine<L>, DataError> {
    let widest = machine.layers.iter().map(|l| l.units()).max().unwrap_or(1);
    let most = ROWS.min(VALUES / widest.max(1)).max(1);
    let step = rows.count().div_ceil(most);
    // In ascending order; rows of a large weight several times.
    let chosen: Vec<usize> = match rows.weights() {
        Some(weights) => rows_by_weight(weights, rows.count().div_ceil(step)),
        None => (0..rows.count()).step_by(step).collect(),
    };
    let (mut values, mut next) = (Vec::<f32>::new(), chosen.iter().peekable());
    for chunk in rows.chunks(Order::Stored, CHUNK) {
        let chunk = chunk?;
        for (row, position) in chunk.values.chunks(rows.columns()).zip(&chunk.positions) {
            while next.next_if_eq(&position).is_some() {
                values.extend(row);
            }
        }
    }
    let data = TensorData::new(values, [chosen.len(), rows.columns()]);
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

#[cfg(test)]
mod tests {
    use paysage_data::Table;
    use paysage_layers::LayerKind;
    use paysage_testkit::machines;

    use super::*;

    fn bias(rows: &Table) -> Vec<f64> {
        let kinds = [LayerKind::bernoulli(1), LayerKind::bernoulli(2)];
        let machine = machines::chain(&kinds, 0.3, false, RandomKey::new(1));
        let base = base_rates(&machine, rows, RandomKey::new(2)).expect("rows");
        let (_, loc) = base.layers[0].parameters().swap_remove(0);
        loc.to_data().iter().collect()
    }

    #[test]
    fn rows_count_in_proportion_to_their_weights() {
        let rows = |values: Vec<f32>| Table::new("rows", 1, values).expect("finite");
        let weighted = rows(vec![0.0, 1.0, 0.0, 0.0]);
        let weighted = weighted.with_weights(vec![1.0, 3.0, 2.0, 2.0]);
        // A weight of 3 in 8 is that of 1.5 of four rows, and rounded up.
        let rounded = bias(&rows(vec![1.0, 1.0, 0.0, 0.0]));
        assert_eq!(bias(&weighted.expect("four weights")), rounded);
        assert!(rounded > bias(&rows(vec![0.0, 1.0, 0.0, 0.0])));
    }
}
