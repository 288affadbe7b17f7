//! Statistics of one-hot sites of data beside those of samples.

use std::ops::Range;
use std::path::Path;

use crate::ReportError;
use crate::correlation::correlation;
use crate::moments::{Cloud, MOST_PAIRS, Table, draw_clouds};

/// Frequencies of the states of sites, and covariances of pairs of states of different sites, of data and of
/// samples.
pub(crate) struct SiteStatistics {
    frequencies: Vec<(f64, f64)>,
    covariances: Vec<(f64, f64)>,
    /// Number of pairs of states of different sites.
    pairs: usize,
}

impl SiteStatistics {
    /// Those of rows of units, `[rows, units]` each. Of many pairs, an even selection is used.
    pub(crate) fn new(units: usize, sites: &[Range<usize>], data: &[f32], samples: &[f32]) -> Self {
        let (data, samples) = (Table::new(units, data), Table::new(units, samples));
        let states = sites.iter().flat_map(Clone::clone);
        let pairs = || {
            let pairs = sites.iter().enumerate();
            let pairs =
                pairs.flat_map(|(i, site)| sites[..i].iter().map(move |other| (site, other)));
            pairs.flat_map(|(site, other)| {
                let other = other.clone();
                site.clone()
                    .flat_map(move |a| other.clone().map(move |b| (a, b)))
            })
        };
        let count = pairs().count();
        // Without a common divisor with the number of states, so that all states have their turn.
        let mut stride = count.div_ceil(MOST_PAIRS).max(1);
        while sites.iter().any(|site| gcd(stride, site.len()) > 1) {
            stride += 1;
        }
        let covariance = |(a, b)| (data.covariance(a, b), samples.covariance(a, b));
        Self {
            frequencies: states.map(|a| (data.mean(a), samples.mean(a))).collect(),
            covariances: pairs().step_by(stride).map(covariance).collect(),
            pairs: count,
        }
    }

    /// The Pearson correlations between data and samples of frequencies and of covariances; NaN where one is
    /// constant.
    pub(crate) fn pearson(&self) -> [f64; 2] {
        [&self.frequencies, &self.covariances].map(|points| pearson(points))
    }

    /// Draws both, data on the horizontal axis.
    pub(crate) fn draw(&self, path: &Path) -> Result<(), ReportError> {
        let frequencies = Cloud::new(
            "frequency of each state",
            (self.frequencies.len(), "state"),
            self.frequencies.clone(),
        );
        let covariances = Cloud::new(
            "covariance of states of two sites",
            (self.pairs, "pair"),
            self.covariances.clone(),
        );
        let clouds = [frequencies, covariances].into_iter().zip(self.pearson());
        let clouds = clouds.filter_map(|(cloud, r)| Some(cloud?.with_pearson(r)));
        draw_clouds(&clouds.collect::<Vec<_>>(), path)
    }
}

/// The Pearson correlation of the finite points.
fn pearson(points: &[(f64, f64)]) -> f64 {
    let finite = points
        .iter()
        .filter(|(x, y)| x.is_finite() && y.is_finite());
    let (x, y): (Vec<f64>, Vec<f64>) = finite.copied().unzip();
    let centred = |values: Vec<f64>| -> Vec<f64> {
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        values.iter().map(|value| value - mean).collect()
    };
    correlation(&centred(x), &centred(y))
}

/// The states of the sites of rows: sequences.
pub(crate) struct Sequences {
    sites: usize,
    states: Vec<u16>,
}

/// The state of a site whose value is missing.
const MISSING: u16 = u16::MAX;

impl Sequences {
    /// Those of rows of units, `[rows, units]`.
    pub(crate) fn new(units: usize, sites: &[Range<usize>], rows: &[f32]) -> Self {
        let state = |row: &[f32], site: &Range<usize>| {
            let place = row[site.clone()].iter().position(|&x| x == 1.0);
            place.map_or(MISSING, |place| place as u16)
        };
        let states = rows.chunks(units);
        let states = states.flat_map(|row| sites.iter().map(move |site| state(row, site)));
        Self {
            sites: sites.len(),
            states: states.collect(),
        }
    }

    fn rows(&self) -> impl Iterator<Item = &[u16]> {
        self.states.chunks(self.sites)
    }

    /// The Hamming distance of each sequence from the nearest one of others.
    pub(crate) fn nearest(&self, others: &Self) -> Vec<f32> {
        let least = |row: &[u16]| others.rows().map(|other| hamming(row, other)).min();
        self.rows().filter_map(least).map(|d| d as f32).collect()
    }

    /// The Hamming distance of each sequence from the nearest other one; none where there is only one.
    pub(crate) fn nearest_other(&self) -> Vec<f32> {
        let distances = self.rows().enumerate().filter_map(|(place, row)| {
            let others = self.rows().enumerate().filter(|(other, _)| *other != place);
            others.map(|(_, other)| hamming(row, other)).min()
        });
        distances.map(|d| d as f32).collect()
    }
}

/// The number of sites with different states; sites that are missing in one count as equal.
fn hamming(first: &[u16], second: &[u16]) -> u32 {
    let pairs = first.iter().zip(second);
    let differ = |(a, b): (&u16, &u16)| u32::from((a != b) & (*a != MISSING) & (*b != MISSING));
    pairs.map(differ).sum()
}

/// The greatest common divisor.
fn gcd(a: usize, b: usize) -> usize {
    match b {
        0 => a,
        b => gcd(b, a % b),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SITES: [Range<usize>; 2] = [0..2, 2..5];

    /// Rows of two sites with two and three states.
    fn rows(states: &[(usize, usize)]) -> Vec<f32> {
        let row = |&(a, b): &(usize, usize)| {
            (0..5).map(move |unit| f32::from(u8::from(unit == a || unit == 2 + b)))
        };
        states.iter().flat_map(row).collect()
    }

    #[test]
    fn frequencies_and_covariances_are_those_of_the_states() {
        let data = rows(&[(0, 0), (0, 1), (1, 2), (1, 2)]);
        let found = SiteStatistics::new(5, &SITES, &data, &data);
        let first: Vec<f64> = found.frequencies.iter().map(|(x, _)| *x).collect();
        assert_eq!(first, [0.5, 0.5, 0.25, 0.25, 0.5]);
        assert_eq!(found.pairs, 6);
        // States of the second site with those of the first one: ⟨x y⟩ − ⟨x⟩⟨y⟩.
        let pairs: Vec<f64> = found.covariances.iter().map(|(x, _)| *x).collect();
        assert_eq!(pairs, [0.125, -0.125, 0.125, -0.125, -0.25, 0.25]);
        assert_eq!(found.pearson(), [1.0, 1.0]);
        let reversed = rows(&[(0, 2), (0, 2), (1, 0), (1, 1)]);
        let found = SiteStatistics::new(5, &SITES, &data, &reversed);
        assert!(found.pearson()[1] < 0.0);
    }

    #[test]
    fn distances_leave_the_sequence_itself_out() {
        let data = Sequences::new(5, &SITES, &rows(&[(0, 0), (0, 1), (1, 2), (1, 2)]));
        assert_eq!(data.nearest_other(), [1.0, 1.0, 0.0, 0.0]);
        let samples = Sequences::new(5, &SITES, &rows(&[(1, 0), (0, 0)]));
        assert_eq!(samples.nearest(&data), [1.0, 0.0]);
        let single = Sequences::new(5, &SITES, &rows(&[(0, 0)]));
        assert!(single.nearest_other().is_empty());
        let mut gap = rows(&[(1, 2)]);
        gap[..2].fill(f32::NAN);
        let gap = Sequences::new(5, &SITES, &gap);
        assert_eq!(gap.nearest(&single), [1.0]);
    }
}
