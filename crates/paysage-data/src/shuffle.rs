//! Random orders of rows.

use crate::random::{Purpose, Stream};

/// Random permutation of `0..rows` for one epoch: a pure function of its arguments.
///
/// Fisher-Yates over ChaCha8; every permutation is equally likely. A change of the
/// values is a breaking change.
///
/// ```
/// use paysage_data::shuffled;
///
/// let order = shuffled(5, 1, 0);
/// assert_eq!(order, shuffled(5, 1, 0));
/// let mut sorted = order.clone();
/// sorted.sort();
/// assert_eq!(sorted, [0, 1, 2, 3, 4]);
/// ```
pub fn shuffled(rows: usize, seed: u64, epoch: u64) -> Vec<usize> {
    permutation(rows, Stream::new(Purpose::Shuffle, seed, epoch))
}

pub(crate) fn permutation(rows: usize, stream: Stream) -> Vec<usize> {
    let mut order: Vec<usize> = (0..rows).collect();
    permute(&mut order, stream);
    order
}

/// The permutation of [`shuffled`] in half the memory.
pub(crate) fn compact_shuffled(rows: u32, seed: u64, epoch: u64) -> Vec<u32> {
    let mut order: Vec<u32> = (0..rows).collect();
    permute(&mut order, Stream::new(Purpose::Shuffle, seed, epoch));
    order
}

pub(crate) fn permute<T>(order: &mut [T], mut stream: Stream) {
    for last in (1..order.len()).rev() {
        let chosen = stream.below(last as u64 + 1) as usize;
        order.swap(last, chosen);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn every_order_is_a_permutation() {
        for rows in [0, 1, 2, 3, 10, 1000] {
            for seed in 0..5 {
                let mut order = shuffled(rows, seed, seed * 3);
                order.sort();
                assert_eq!(order, (0..rows).collect::<Vec<_>>());
            }
        }
    }

    #[test]
    fn seeds_and_epochs_give_different_orders() {
        let orders: HashSet<_> = (0..10)
            .flat_map(|seed| (0..10).map(move |epoch| shuffled(50, seed, epoch)))
            .collect();
        assert_eq!(orders.len(), 100);
    }

    #[test]
    fn all_orders_are_equally_likely() {
        let mut counts = std::collections::HashMap::new();
        let draws = 24_000;
        for epoch in 0..draws {
            *counts.entry(shuffled(4, 7, epoch)).or_insert(0u32) += 1;
        }
        let expected = draws as f64 / 24.0;
        let chi2: f64 = counts
            .values()
            .map(|&count| (f64::from(count) - expected).powi(2) / expected)
            .sum();
        assert_eq!(counts.len(), 24);
        // The 0.9999 quantile of chi-squared with 23 degrees of freedom.
        assert!(chi2 < 57.1, "{chi2}");
    }

    #[test]
    fn values_are_pinned() {
        assert_eq!(shuffled(10, 0, 0), [1, 4, 9, 8, 0, 5, 7, 6, 2, 3]);
        assert_eq!(shuffled(10, 42, 7), [6, 1, 8, 0, 3, 9, 4, 5, 7, 2]);
    }
}
