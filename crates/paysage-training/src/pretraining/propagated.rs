//! Rows of a hidden layer, drawn from the rows of a data set.

use paysage_data::{Chunk, DataError, Order, Rows, Table};
use paysage_kernels::{Child, RandomKey};
use paysage_layers::Trainable;
use paysage_models::{Batch, BoltzmannMachine};

use super::stage::Pair;

/// The number of draws of a hidden layer that the pair above it is initialized from.
const FIRST_ROWS: usize = 1000;

/// A batch of rows, propagated up through trained pairs: draws of the upper layer of the last pair, and the rows
/// themselves without a pair.
pub(super) fn propagated<L: Trainable>(rows: Batch, below: &[Pair<L>], key: RandomKey) -> Batch {
    let pairs = below.iter().enumerate();
    pairs.fold(rows, |rows, (level, pair)| {
        pair.propagated(rows, key.child(Child::Level(level)))
    })
}

/// Draws of the upper layer of the last pair, given rows taken evenly from a data set.
pub(super) fn first_rows<L: Trainable>(
    machine: &BoltzmannMachine<L>,
    rows: &(impl Rows + ?Sized),
    below: &[Pair<L>],
    key: RandomKey,
) -> Result<Table, DataError> {
    let count = rows.count().min(FIRST_ROWS);
    let chunk = evenly(rows, count)?;
    let weights = rows.weights().map(|weights| {
        let positions = chunk.positions.iter();
        positions.map(|&row| weights[row]).collect::<Vec<f32>>()
    });
    let rows = machine.batch_of(chunk, rows.count());
    let rows = propagated(rows, below, key).rows;
    let (units, values) = (rows.dims()[1], rows.into_data().iter().collect());
    let table = Table::new("draws of a hidden layer", units, values)?;
    match weights {
        Some(weights) => table.with_weights(weights),
        None => Ok(table),
    }
}

/// So many rows taken evenly from a data set, in one pass.
fn evenly(rows: &(impl Rows + ?Sized), count: usize) -> Result<Chunk, DataError> {
    let mut taken = Chunk {
        values: Vec::with_capacity(count * rows.columns()),
        positions: Vec::with_capacity(count),
    };
    for chunk in rows.chunks(Order::Stored, FIRST_ROWS) {
        let chunk = chunk?;
        for (row, &position) in chunk.values.chunks(rows.columns()).zip(&chunk.positions) {
            let next = taken.positions.len();
            if next < count && position == next * rows.count() / count {
                taken.values.extend_from_slice(row);
                taken.positions.push(position);
            }
        }
    }
    Ok(taken)
}
