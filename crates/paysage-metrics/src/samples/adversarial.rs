//! Nearest-neighbour adversarial accuracy.

use paysage_models::Progress;

use super::{metric::TwoSample, neighbours::Neighbours, points::Points};
use crate::{Measurement, MetricError};

/// The rows whose nearest neighbours are compared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Side {
    /// Both, with equal weights.
    #[default]
    Both,
    /// The data: low where samples repeat rows of the data, high where they miss some.
    Truth,
    /// The samples: low where samples lie on rows of the data, high where they are unlike all of them.
    Synthetic,
}

/// Nearest-neighbour adversarial accuracy of two samples: the fraction of rows whose nearest neighbour is
/// of their own sample,
///
/// ```text
/// AA = ½ (AA_truth + AA_synthetic),     AA_truth = 1/n Σ_i 1[d_TS(i) > d_TT(i)]
/// ```
///
/// where d_TS(i) is the distance of row i of the data from its nearest sample and d_TT(i) that from the
/// nearest other row of the data; AA_synthetic is the same with data and samples exchanged. A tie counts
/// ½, as is frequent for binary rows.
///
/// For equal distributions it is ½ up to 1/4n: (n − 1)/(2n − 1), for a nearest neighbour of a row is one
/// of n − 1 rows of its own sample and n of the other. It is 1 where samples are far from the data,
/// and 0 where each sample repeats a row of the data. Of the larger sample, as many evenly spaced rows are
/// used as the smaller one has.
///
/// Yale, Dash, Dutta, Guyon, Pavao & Bennett, "Generation and evaluation of privacy preserving synthetic
/// health data", 2020.
#[derive(Clone, Copy, Debug, Default)]
pub struct AdversarialAccuracy {
    /// The rows whose nearest neighbours are compared.
    pub side: Side,
}

impl TwoSample for AdversarialAccuracy {
    fn name(&self) -> &str {
        match self.side {
            Side::Both => "adversarial_accuracy",
            Side::Truth => "adversarial_accuracy_truth",
            Side::Synthetic => "adversarial_accuracy_synthetic",
        }
    }

    /// # Errors
    ///
    /// When a sample has fewer than two rows.
    fn compare(
        &self,
        data: &Points,
        samples: &Points,
        progress: &mut dyn Progress,
    ) -> Result<Measurement, MetricError> {
        Points::check(data, samples, 2)?;
        let [data, samples] = Points::equally(data, samples);
        let value = match self.side {
            Side::Both => {
                let [truth, synthetic] = Neighbours::of_both(&data, &samples, 1, progress);
                0.5 * (accuracy(&truth) + accuracy(&synthetic))
            }
            Side::Truth => accuracy(&Neighbours::of(&data, &samples, 1, progress)),
            Side::Synthetic => accuracy(&Neighbours::of(&samples, &data, 1, progress)),
        };
        Ok(Measurement::estimate(value))
    }
}

/// The fraction of rows that are closer to their own sample than to the other one.
fn accuracy(neighbours: &Neighbours) -> f64 {
    let pairs = neighbours.across.kth().zip(neighbours.within.kth());
    let scores: Vec<f64> = pairs
        .map(|(across, within)| match across.total_cmp(&within) {
            std::cmp::Ordering::Greater => 1.0,
            std::cmp::Ordering::Equal => 0.5,
            std::cmp::Ordering::Less => 0.0,
        })
        .collect();
    scores.iter().sum::<f64>() / scores.len() as f64
}
