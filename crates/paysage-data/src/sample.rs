//! Random subsets of data sets.

use crate::error::DataError;
use crate::position::Origin;
use crate::random::{Purpose, Stream};
use crate::rows::{CHUNK, Order, Rows};
use crate::shuffle::permutation;
use crate::table::Table;

/// A fixed random subset of `count` rows, in their stored order; all rows where there are no more.
/// Each row keeps its position in the user's file and its weight.
///
/// It is a pure function of its arguments. Every subset is equally likely.
///
/// # Errors
///
/// Where rows cannot be read.
///
/// # Panics
///
/// When `count` is zero.
///
/// ```
/// use paysage_data::{Table, sample_rows};
///
/// let table = Table::new("t", 1, (0..100).map(|x| x as f32).collect())?;
/// let sample = sample_rows(&table, 10, 0)?;
/// assert_eq!(sample.rows(), 10);
/// assert_eq!(sample, sample_rows(&table, 10, 0)?);
/// # Ok::<(), paysage_data::DataError>(())
/// ```
pub fn sample_rows(rows: &dyn Rows, count: usize, seed: u64) -> Result<Table, DataError> {
    assert!(count > 0, "a sample needs at least one row");
    let total = rows.count();
    let mut chosen = permutation(total, Stream::new(Purpose::Sample, seed, 0));
    chosen.truncate(count);
    taken(rows, chosen)
}

/// A fixed random subset of `count` rows in proportion to their weights, in their stored order; all rows
/// where there are no more. Each row keeps its position in the user's file and its weight.
///
/// Rows are drawn one after another, each with a probability in proportion to its weight among those that
/// are left. The distribution is that of different rows among draws from a data set in which a row of
/// weight n is repeated n times. Without weights, it is that of [`sample_rows`].
///
/// Efraimidis & Spirakis, "Weighted random sampling with a reservoir", Information Processing Letters 97,
/// 2006.
///
/// # Errors
///
/// Where rows cannot be read.
///
/// # Panics
///
/// When `count` is zero.
///
/// ```
/// use paysage_data::{Table, sample_by_weight};
///
/// let table = Table::new("t", 1, vec![1.0, 2.0, 3.0])?.with_weights(vec![1e-9, 1.0, 2.0])?;
/// assert_eq!(sample_by_weight(&table, 2, 0)?.values(), [2.0, 3.0]);
/// # Ok::<(), paysage_data::DataError>(())
/// ```
pub fn sample_by_weight(rows: &dyn Rows, count: usize, seed: u64) -> Result<Table, DataError> {
    let Some(weights) = rows.weights() else {
        return sample_rows(rows, count, seed);
    };
    assert!(count > 0, "a sample needs at least one row");
    let mut stream = Stream::new(Purpose::Sample, seed, 1);
    // Times of the first events of Poisson processes with these rates.
    let times = weights.iter().map(|&weight| {
        let uniform = 1.0 - (stream.bits() >> 11) as f64 / (1u64 << 53) as f64;
        -uniform.ln() / f64::from(weight)
    });
    let times: Vec<f64> = times.collect();
    let mut chosen: Vec<usize> = (0..times.len()).collect();
    chosen.sort_by(|&a, &b| times[a].total_cmp(&times[b]));
    chosen.truncate(count);
    taken(rows, chosen)
}

/// A table of the chosen rows, in their stored order.
fn taken(rows: &dyn Rows, mut chosen: Vec<usize>) -> Result<Table, DataError> {
    chosen.sort_unstable();
    let columns = rows.columns();
    let mut values = Vec::with_capacity(chosen.len() * columns);
    let mut next = chosen.iter().peekable();
    for chunk in rows.chunks(Order::Stored, CHUNK) {
        let chunk = chunk?;
        for (row, position) in chunk.values.chunks_exact(columns).zip(&chunk.positions) {
            if next.next_if_eq(&position).is_some() {
                values.extend(row);
            }
        }
        if next.peek().is_none() {
            break;
        }
    }
    let origin = Origin::of_rows(rows, &chosen);
    let sample = Table::with_missing(rows.source(), columns, values)?.with_origin(origin);
    Ok(match rows.weights() {
        Some(weights) => sample.weighted(chosen.iter().map(|&row| weights[row]).collect()),
        None => sample,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::counting;

    #[test]
    fn samples_are_whole_rows_in_order_without_repetition() {
        let table = counting(10_000);
        let sample = sample_rows(&table, 1000, 3).unwrap();
        let firsts: Vec<f32> = (0..1000).map(|row| sample.row(row)[0]).collect();
        assert!(firsts.windows(2).all(|pair| pair[0] < pair[1]));
        assert!((0..1000).all(|row| sample.row(row)[1] == firsts[row] + 1.0));
        // The mean of a uniform sample: within 4 standard errors of that of all rows.
        let mean = firsts.iter().map(|&x| f64::from(x)).sum::<f64>() / 1000.0;
        let error = 20_000.0 / 12f64.sqrt() / 1000f64.sqrt();
        assert!((mean - 9999.0).abs() < 4.0 * error, "{mean}");
        assert_ne!(sample, sample_rows(&table, 1000, 4).unwrap());
        for count in [10_000, 20_000] {
            assert_eq!(
                sample_rows(&table, count, 0).unwrap().values(),
                table.values()
            );
        }
    }

    /// The inclusion probabilities of two draws from repeated rows.
    #[test]
    fn weighted_samples_have_the_rows_of_draws_from_repeated_ones() {
        let weights = [1.0_f32, 2.0, 5.0];
        let table = counting(3).with_weights(weights.to_vec()).unwrap();
        let draws = 20_000;
        let mut counts = [0u32; 3];
        for seed in 0..draws {
            let sample = sample_by_weight(&table, 2, seed).unwrap();
            for row in 0..2 {
                let place = (sample.row(row)[0] / 2.0) as usize;
                counts[place] += 1;
                assert_eq!(sample.weights().unwrap()[row], weights[place]);
            }
        }
        let total: f32 = weights.iter().sum();
        for (row, &count) in counts.iter().enumerate() {
            let own = weights[row];
            let others = (0..3).filter(|&other| other != row);
            let second =
                others.map(|other| weights[other] / total * own / (total - weights[other]));
            let expected = f64::from(own / total + second.sum::<f32>());
            let error = (expected * (1.0 - expected) / draws as f64).sqrt();
            let found = f64::from(count) / draws as f64;
            assert!(
                (found - expected).abs() < 4.0 * error,
                "{row}: {found} {expected}"
            );
        }
        let all = sample_by_weight(&table, 5, 0).unwrap();
        assert_eq!(
            (all.values(), all.weights()),
            (table.values(), table.weights())
        );
        let plain = counting(50);
        let (by_weight, sample) = (sample_by_weight(&plain, 7, 3), sample_rows(&plain, 7, 3));
        assert_eq!(by_weight.unwrap(), sample.unwrap());
    }

    #[test]
    fn the_sample_is_pinned() {
        let sample = sample_rows(&counting(20), 5, 0).unwrap();
        let rows: Vec<f32> = (0..5).map(|row| sample.row(row)[0] / 2.0).collect();
        assert_eq!(rows, [0.0, 2.0, 13.0, 15.0, 17.0]);
        assert_eq!(sample.position(2, 1).to_string(), "row 14, column 2");
    }
}
