//! Moments of data sets.

use paysage_data::{DataError, Order, Rows};
use paysage_layers::Moments;

use crate::chunks::CHUNK;

/// The moments of all columns, in one pass. Rows count by their weights.
pub(crate) fn moments_of(rows: &(impl Rows + ?Sized)) -> Result<Moments, DataError> {
    if let Some(weights) = rows.weights() {
        return weighted(rows, weights);
    }
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

/// The moments of weighted rows. The count of a column is the sum of the weights of its values.
///
/// West, "Updating mean and variance estimates: an improved method", 1979.
fn weighted(rows: &(impl Rows + ?Sized), weights: &[f32]) -> Result<Moments, DataError> {
    let columns = rows.columns();
    let mut moments = Moments::unobserved(columns);
    for chunk in rows.chunks(Order::Stored, CHUNK) {
        let chunk = chunk?;
        for (row, &position) in chunk.values.chunks(columns).zip(&chunk.positions) {
            let weight = f64::from(weights[position]);
            let observed = row.iter().enumerate().filter(|(_, x)| !x.is_nan());
            for (unit, &x) in observed {
                let before = f64::from(x) - moments.mean[unit];
                moments.count[unit] += weight;
                moments.mean[unit] += before * weight / moments.count[unit];
                moments.variance[unit] += weight * before * (f64::from(x) - moments.mean[unit]);
            }
        }
    }
    let counts = moments.variance.iter_mut().zip(&moments.count);
    counts
        .filter(|(_, count)| **count > 0.0)
        .for_each(|(squares, count)| *squares /= count);
    Ok(moments)
}

#[cfg(test)]
mod tests {
    use paysage_data::Table;

    use super::*;

    #[test]
    fn a_weight_of_two_is_a_repeated_row() {
        let gap = f32::NAN;
        let table = |values: &[f32]| Table::with_missing("t", 2, values.to_vec()).expect("rows");
        let weighted = table(&[1.0, gap, 4.0, 5.0, 2.0, 8.0]).with_weights(vec![2.0, 1.0, 3.0]);
        let found = moments_of(&weighted.expect("weights")).expect("moments");
        let repeated = table(&[1.0, gap, 1.0, gap, 4.0, 5.0, 2.0, 8.0, 2.0, 8.0, 2.0, 8.0]);
        let expected = moments_of(&repeated).expect("moments");
        assert_eq!(found.count, expected.count);
        let pairs = found.mean.iter().zip(&expected.mean);
        let pairs = pairs.chain(found.variance.iter().zip(&expected.variance));
        for (found, expected) in pairs {
            assert!((found - expected).abs() < 1e-12, "{found} {expected}");
        }
    }
}
