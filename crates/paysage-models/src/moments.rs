//! Moments of data sets.

use paysage_data::{DataError, Order, Rows};
use paysage_layers::Moments;

use crate::chunks::CHUNK;

/// The moments of all columns, in one pass.
pub(crate) fn moments_of(rows: &(impl Rows + ?Sized)) -> Result<Moments, DataError> {
    let (columns, mut failure) = (rows.columns(), None);
    let chunks = rows.chunks(Order::Stored, CHUNK);
    let chunks = chunks.map_while(|chunk| chunk.map_err(|error| failure = Some(error)).ok());
    let each = chunks.flat_map(|chunk| {
        let rows = chunk.values.chunks(columns).map(<[f32]>::to_vec);
        rows.collect::<Vec<_>>()
    });
    let moments = Moments::of_rows(columns, each);
    failure.map_or(Ok(moments), Err)
}
