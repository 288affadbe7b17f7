//! Marginal distributions of columns, of data beside samples.

mod bins;
mod figure;

pub(crate) use bins::TAIL;
pub(crate) use figure::marginals;

use bins::histogram;

use crate::columns::{Column, Kind};
use crate::numbers::of;

/// Largest number of categories; further ones are pooled.
const CATEGORIES: usize = 12;

/// The marginal distribution of a column: fractions of the rows.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Marginal {
    pub(crate) name: String,
    /// Fraction of the rows of data with a missing value.
    pub(crate) missing: f64,
    pub(crate) shape: Shape,
    /// Fractions of data and of samples, of each bin or category.
    pub(crate) shares: Vec<[f64; 2]>,
}

/// What the fractions are of.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Shape {
    /// Bins of equal width.
    Bins { low: f64, width: f64 },
    /// Categories by name.
    Categories(Vec<String>),
}

impl Marginal {
    /// The marginal of a column of rows of units, `[rows, units]` each; `None` where data or samples have
    /// no finite value.
    pub(crate) fn new(
        column: &Column,
        units: usize,
        data: &[f32],
        samples: &[f32],
    ) -> Option<Self> {
        let values = |rows: &[f32], place: usize| -> Vec<f64> {
            let values = rows.iter().skip(column.first + place).step_by(units);
            let finite = values.filter(|x| x.is_finite());
            finite.map(|&x| f64::from(x)).collect()
        };
        let (observed, drawn) = (values(data, 0), values(samples, 0));
        if observed.is_empty() || drawn.is_empty() {
            return None;
        }
        let rows = data.len() / units;
        let missing = 1.0 - observed.len() as f64 / rows as f64;
        let (shape, shares) = match &column.kind {
            Kind::Categories(names) => {
                let share = |rows: &[f32], place: usize| mean(&values(rows, place));
                let shares =
                    (0..names.len()).map(|place| [share(data, place), share(samples, place)]);
                pooled(names, shares.collect())
            }
            Kind::Values(known) if are_known(known, &observed) => {
                let share = |rows: &[f64], value: f64| {
                    rows.iter().filter(|&&x| x == value).count() as f64 / rows.len() as f64
                };
                let shares = known.iter().map(|(_, value)| {
                    let value = f64::from(*value);
                    [share(&observed, value), share(&drawn, value)]
                });
                let shares = shares.collect();
                let names: Vec<String> = known.iter().map(|(name, _)| name.clone()).collect();
                pooled(&names, shares)
            }
            Kind::Values(_) => histogram(observed, drawn),
            Kind::Number { offset, factor } => {
                let restored = |rows: Vec<f64>| rows.iter().map(|x| offset + factor * x).collect();
                histogram(restored(observed), restored(drawn))
            }
        };
        Some(Self {
            name: column.name.clone(),
            missing,
            shape,
            shares,
        })
    }

    /// Whether a histogram leaves out values at its ends.
    pub(crate) fn is_cut(&self) -> bool {
        let sum = |side: usize| self.shares.iter().map(|shares| shares[side]).sum::<f64>();
        matches!(self.shape, Shape::Bins { .. })
            && [0, 1].into_iter().any(|side| sum(side) < 1.0 - 1e-9)
    }

    /// Total variation distance of data and samples, by bins or categories: 0 for equal fractions, at most 1.
    pub(crate) fn distance(&self) -> f64 {
        // Samples beyond the last bin are a difference, too.
        let sum = |side: usize| self.shares.iter().map(|shares| shares[side]).sum::<f64>();
        let beyond = (sum(0) - sum(1)).abs();
        let differences = self
            .shares
            .iter()
            .map(|[data, samples]| (data - samples).abs());
        (differences.sum::<f64>() + beyond) / 2.0
    }

    /// At most `most` marginals, those with the largest distance, in their order.
    pub(crate) fn most_different(mut all: Vec<Self>, most: usize) -> Vec<Self> {
        if all.len() > most {
            let mut distances: Vec<f64> = all.iter().map(Self::distance).collect();
            distances.sort_by(|a, b| b.total_cmp(a));
            let least = distances[most - 1];
            let mut equal = most - distances.iter().filter(|&&x| x > least).count();
            all.retain(|marginal| {
                let distance = marginal.distance();
                let kept = distance > least || (distance == least && equal > 0);
                equal -= usize::from(kept && distance == least);
                kept
            });
        }
        all
    }
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// Whether all values are known ones.
fn are_known(known: &[(String, f32)], values: &[f64]) -> bool {
    let is_known = |value: &f64| known.iter().any(|(_, known)| f64::from(*known) == *value);
    known.len() <= 20 && values.iter().all(is_known)
}

/// Fractions of categories, the rarest in the data as one.
fn pooled(names: &[String], shares: Vec<[f64; 2]>) -> (Shape, Vec<[f64; 2]>) {
    if names.len() <= CATEGORIES {
        return (Shape::Categories(names.to_vec()), shares);
    }
    let mut order: Vec<usize> = (0..names.len()).collect();
    order.sort_by(|&a, &b| shares[b][0].total_cmp(&shares[a][0]));
    let (shown, rest) = order.split_at(CATEGORIES - 1);
    let mut shown = shown.to_vec();
    shown.sort_unstable();
    let sum = |side: usize| rest.iter().map(|&place| shares[place][side]).sum::<f64>();
    let others = (of(rest.len(), "other"), [sum(0), sum(1)]);
    let shown = shown
        .iter()
        .map(|&place| (names[place].clone(), shares[place]));
    let (names, shares) = shown.chain([others]).unzip();
    (Shape::Categories(names), shares)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(first: usize, kind: Kind) -> Column {
        Column {
            name: "c".into(),
            first,
            kind,
        }
    }

    #[test]
    fn categories_have_the_frequencies_of_observed_rows() {
        let gap = f32::NAN;
        let data = [1.0, 0.0, 0.0, 1.0, 0.0, 1.0, gap, gap];
        let kind = Kind::Categories(vec!["a".into(), "b".into()]);
        let found = Marginal::new(&column(0, kind), 2, &data, &[1.0, 0.0]).unwrap();
        assert_eq!(found.shares, [[1.0 / 3.0, 1.0], [2.0 / 3.0, 0.0]]);
        assert_eq!(found.missing, 0.25);
        assert!((found.distance() - 2.0 / 3.0).abs() < 1e-12);
    }

    #[test]
    fn rare_categories_are_pooled() {
        let names: Vec<String> = (0..20).map(|name| name.to_string()).collect();
        let mut shares = vec![[0.01, 0.02]; 20];
        shares[19] = [0.81, 0.62];
        let (shape, shares) = pooled(&names, shares);
        let Shape::Categories(names) = shape else {
            panic!("categories")
        };
        assert_eq!(names.len(), 12);
        assert_eq!((names[10].as_str(), names[11].as_str()), ("19", "9 others"));
        assert!((shares[11][0] - 0.09).abs() < 1e-12);
        // Ten digits are all shown.
        let digits: Vec<String> = (0..10).map(|digit| digit.to_string()).collect();
        let (shape, _) = pooled(&digits, vec![[0.1, 0.1]; 10]);
        assert_eq!(shape, Shape::Categories(digits));
    }

    #[test]
    fn values_are_counted_and_other_values_are_a_histogram() {
        let known = || Kind::Values(vec![("no".into(), 0.0), ("yes".into(), 1.0)]);
        let found = Marginal::new(&column(0, known()), 1, &[0.0, 1.0, 1.0, 1.0], &[0.0]).unwrap();
        assert_eq!(found.shares, [[0.25, 1.0], [0.75, 0.0]]);
        let gray = Marginal::new(&column(0, known()), 1, &[0.0, 0.3], &[1.0]).unwrap();
        assert!(matches!(gray.shape, Shape::Bins { .. }));
        assert!(Marginal::new(&column(0, known()), 1, &[f32::NAN], &[1.0]).is_none());
    }

    #[test]
    fn numbers_are_in_their_units_and_whole_numbers_in_whole_bins() {
        let kind = Kind::Number {
            offset: 10.0,
            factor: 1.0,
        };
        let data: Vec<f32> = (0..100).map(|row| (row % 5) as f32).collect();
        let found = Marginal::new(&column(0, kind), 1, &data, &data).unwrap();
        assert_eq!(
            found.shape,
            Shape::Bins {
                low: 9.5,
                width: 1.0
            }
        );
        assert_eq!(found.shares.len(), 5);
        assert!(
            found
                .shares
                .iter()
                .flatten()
                .all(|share| (share - 0.2).abs() < 1e-9)
        );
        assert!(found.distance() < 1e-12);
    }

    #[test]
    fn standardized_whole_numbers_have_whole_bins() {
        let (mean, deviation) = (41.37, 13.2943);
        let kind = Kind::Number {
            offset: mean,
            factor: deviation,
        };
        let standardized = |age: i32| ((f64::from(age) - mean) / deviation) as f32;
        let data: Vec<f32> = (0..600).map(|row| standardized(20 + row % 8)).collect();
        let found = Marginal::new(&column(0, kind), 1, &data, &data).unwrap();
        let shape = Shape::Bins {
            low: 19.5,
            width: 1.0,
        };
        assert_eq!((found.shape, found.shares.len()), (shape, 8));
    }

    #[test]
    fn only_histograms_without_their_ends_are_cut() {
        let number = Kind::Number {
            offset: 0.0,
            factor: 1.0,
        };
        let few: Vec<f32> = (0..100).map(|row| (row % 4) as f32).collect();
        let tailed: Vec<f32> = few
            .iter()
            .copied()
            .cycle()
            .take(1000)
            .chain([1e4])
            .collect();
        let cut = |data: &[f32]| {
            let marginal = Marginal::new(&column(0, number.clone()), 1, data, &few).unwrap();
            marginal.is_cut()
        };
        assert_eq!((cut(&few), cut(&tailed)), (false, true));
        let categories = Kind::Categories(vec!["a".into()]);
        let found = Marginal::new(&column(0, categories), 1, &[0.5], &[0.25]).unwrap();
        assert!(!found.is_cut());
    }

    #[test]
    fn the_most_different_stay_in_their_order() {
        let marginal = |name: &str, share: f64| Marginal {
            name: name.into(),
            missing: 0.0,
            shape: Shape::Categories(vec!["a".into()]),
            shares: vec![[share, 0.0]],
        };
        let all = [("a", 0.1), ("b", 0.5), ("c", 0.5), ("d", 0.9), ("e", 0.5)];
        let all = all.map(|(name, share)| marginal(name, share));
        let chosen = Marginal::most_different(all.into(), 3);
        let names: Vec<&str> = chosen.iter().map(|m| m.name.as_str()).collect();
        assert_eq!(names, ["b", "c", "d"]);
    }
}
