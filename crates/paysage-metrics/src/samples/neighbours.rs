//! Distances from nearest neighbours.

use paysage_models::Progress;

use super::{pairs::Pairs, points::Points};
use crate::SamplesError;

/// Squared distances of the rows of a sample from their nearest neighbours: `[rows, k]`, from the
/// smallest to the largest.
pub(super) struct Nearest {
    k: usize,
    squared: Vec<f64>,
}

/// Nearest neighbours of the rows of a sample.
pub(super) struct Neighbours {
    /// Among the other rows of the same sample.
    pub within: Nearest,
    /// Among the rows of the other sample.
    pub across: Nearest,
}

impl Nearest {
    /// The squared distances of each row.
    pub fn rows(&self) -> impl Iterator<Item = &[f64]> {
        self.squared.chunks(self.k)
    }

    /// The squared distance of each row from its k-th nearest neighbour.
    pub fn kth(&self) -> impl Iterator<Item = f64> {
        self.rows().map(|row| row[self.k - 1])
    }

    /// The k nearest neighbours among two sets of rows.
    pub fn merged(&self, other: &Self) -> Self {
        let mut squared = Vec::with_capacity(self.squared.len());
        for (first, second) in self.rows().zip(other.rows()) {
            let mut both = [first, second].concat();
            both.sort_by(f64::total_cmp);
            squared.extend_from_slice(&both[..self.k]);
        }
        Self { k: self.k, squared }
    }

    /// Checks that no row of `of` has its k-th neighbour, a row of `among`, at distance 0.
    pub fn check_distinct(&self, of: &Points, among: &str) -> Result<(), SamplesError> {
        match self.kth().position(|squared| squared == 0.0) {
            Some(row) => Err(SamplesError::EqualRows {
                name: of.name().to_owned(),
                row: row + 1,
                neighbours: self.k,
                other: among.to_owned(),
            }),
            None => Ok(()),
        }
    }
}

impl Neighbours {
    /// The k nearest neighbours of the rows of one of two samples that passed
    /// [`check`](Points::check) for more than k rows.
    pub fn of(points: &Points, others: &Points, k: usize, progress: &mut dyn Progress) -> Self {
        let pairs = Pairs::new(points, others);
        let new = || Candidates::new(points.count(), k);
        let (mut across, mut within) = (new(), new());
        pairs.between(progress, |i, j, squared| across.insert(i, j, squared));
        pairs.within_data(progress, |i, j, squared| {
            within.insert(i, j, squared);
            within.insert(j, i, squared);
        });
        Self {
            within: within.nearest(points, points),
            across: across.nearest(points, others),
        }
    }

    /// The same for both samples, with the distances between them computed once.
    pub fn of_both(
        data: &Points,
        samples: &Points,
        k: usize,
        progress: &mut dyn Progress,
    ) -> [Self; 2] {
        let pairs = Pairs::new(data, samples);
        let new = |points: &Points| Candidates::new(points.count(), k);
        let (mut data_across, mut samples_across) = (new(data), new(samples));
        pairs.between(progress, |i, j, squared| {
            data_across.insert(i, j, squared);
            samples_across.insert(j, i, squared);
        });
        let (mut data_within, mut samples_within) = (new(data), new(samples));
        pairs.within_data(progress, |i, j, squared| {
            data_within.insert(i, j, squared);
            data_within.insert(j, i, squared);
        });
        pairs.within_samples(progress, |i, j, squared| {
            samples_within.insert(i, j, squared);
            samples_within.insert(j, i, squared);
        });
        [
            Self {
                within: data_within.nearest(data, data),
                across: data_across.nearest(data, samples),
            },
            Self {
                within: samples_within.nearest(samples, samples),
                across: samples_across.nearest(samples, data),
            },
        ]
    }
}

/// The k nearest rows found so far, for each row: squared distance and index.
struct Candidates {
    k: usize,
    found: Vec<(f64, usize)>,
}

impl Candidates {
    fn new(rows: usize, k: usize) -> Self {
        Self {
            k,
            found: vec![(f64::INFINITY, usize::MAX); rows * k],
        }
    }

    fn insert(&mut self, row: usize, other: usize, squared: f64) {
        let found = &mut self.found[row * self.k..][..self.k];
        if squared >= found[self.k - 1].0 {
            return;
        }
        let place = found.partition_point(|&(before, _)| before <= squared);
        found[place..].rotate_right(1);
        found[place] = (squared, other);
    }

    /// The distances summed over the columns in f64, without the rounding of products.
    fn nearest(self, of: &Points, among: &Points) -> Nearest {
        let mut squared = Vec::with_capacity(self.found.len());
        for (row, found) in self.found.chunks(self.k).enumerate() {
            let distances = found
                .iter()
                .map(|&(_, other)| distance(of.row(row), among.row(other)));
            let mut distances: Vec<f64> = distances.collect();
            distances.sort_by(f64::total_cmp);
            squared.extend(distances);
        }
        Nearest { k: self.k, squared }
    }
}

fn distance(x: &[f32], y: &[f32]) -> f64 {
    let pairs = x.iter().zip(y);
    pairs
        .map(|(&x, &y)| (f64::from(x) - f64::from(y)).powi(2))
        .sum()
}

#[cfg(test)]
mod tests {
    use paysage_kernels::{RandomKey, default_device, normal};
    use paysage_models::Silent;

    use super::*;

    #[test]
    fn neighbours_are_those_of_sorted_distances() {
        let device = default_device().expect("a backend");
        let points = |rows, key| {
            let values = normal([rows, 3], RandomKey::new(key), &device);
            Points::of_tensor("points", values).expect("finite")
        };
        let sides = [points(40, 1), points(25, 2)];
        let found = Neighbours::of_both(&sides[0], &sides[1], 4, &mut Silent);
        for (side, found) in found.iter().enumerate() {
            let (of, other) = (&sides[side], &sides[1 - side]);
            let alone = Neighbours::of(of, other, 4, &mut Silent);
            assert_eq!(alone.within.squared, found.within.squared);
            assert_eq!(alone.across.squared, found.across.squared);
            let both = found.within.merged(&found.across);
            for row in 0..of.count() {
                let to = |among: &Points, own: bool| -> Vec<f64> {
                    let others = (0..among.count()).filter(|&j| !own || j != row);
                    let all = others.map(|j| distance(of.row(row), among.row(j)));
                    all.collect()
                };
                let sorted = |mut all: Vec<f64>| {
                    all.sort_by(f64::total_cmp);
                    all.truncate(4);
                    all
                };
                let (within, across) = (to(of, true), to(other, false));
                let together = sorted([&within[..], &across].concat());
                let row = |nearest: &Nearest| nearest.rows().nth(row).map(<[f64]>::to_vec);
                assert_eq!(row(&found.within), Some(sorted(within)));
                assert_eq!(row(&found.across), Some(sorted(across)));
                assert_eq!(row(&both), Some(together));
            }
        }
    }
}
