//! Moments of one end of a connection.

use std::{array, ops::Range};

use burn::tensor::Tensor;
use paysage_layers::{Cumulants, RowAverage, Tap};

/// Largest number of values in a tensor with one value per row and pair of units.
const VALUES: usize = 1 << 22;

/// The units of a layer at one end of a connection: `[batch, units]` each.
#[derive(Clone)]
pub(crate) struct Side {
    /// The means of r.
    pub seen: Tensor<2>,
    pub second: Tensor<2>,
    pub third: Tensor<2>,
    /// Number of units of a site.
    pub states: usize,
}

impl Side {
    pub fn new<L: Tap>(layer: &L, at: &Cumulants) -> Self {
        Self {
            seen: layer.interaction(at.mean.clone()),
            second: at.second.clone(),
            third: at.third.clone(),
            states: layer.domain().width(),
        }
    }

    /// Some of the rows.
    fn rows(&self, rows: Range<usize>) -> Self {
        let some = |x: &Tensor<2>| x.clone().slice([rows.clone()]);
        Self {
            seen: some(&self.seen),
            second: some(&self.second),
            third: some(&self.third),
            states: self.states,
        }
    }

    fn is_scalar(&self) -> bool {
        self.states == 1
    }

    /// Σ p x over the units of each site, for each of them: `[batch, units, n]`.
    fn site_means(&self, x: Tensor<3>) -> Tensor<3> {
        let [batch, units, n] = x.dims();
        let p = self.second.clone().unsqueeze_dim::<3>(2);
        let by_site = (x * p).reshape([batch, units / self.states, self.states, n]);
        let sums = by_site.sum_dim(2).repeat_dim(2, self.states);
        sums.reshape([batch, units, n])
    }

    /// x minus its mean over each site: `[batch, units, n]`.
    pub fn centered(&self, x: Tensor<3>) -> Tensor<3> {
        if self.is_scalar() {
            return x;
        }
        x.clone() - self.site_means(x)
    }

    /// The covariance of r times x: `[batch, units, n]`.
    pub fn covariance_times(&self, x: Tensor<3>) -> Tensor<3> {
        self.centered(x) * self.second.clone().unsqueeze_dim(2)
    }

    /// The transpose of [`centered`](Self::centered).
    pub fn centered_transposed(&self, x: Tensor<3>) -> Tensor<3> {
        if self.is_scalar() {
            return x;
        }
        let [batch, units, n] = x.dims();
        let by_site = x
            .clone()
            .reshape([batch, units / self.states, self.states, n]);
        let sums = by_site.sum_dim(2).repeat_dim(2, self.states);
        let p = self.second.clone().unsqueeze_dim::<3>(2);
        x - sums.reshape([batch, units, n]) * p
    }
}

/// Whether the units of both ends are all independent.
pub(crate) fn are_scalar(left: &Side, right: &Side) -> bool {
    left.is_scalar() && right.is_scalar()
}

/// Results for a few rows at a time, so that intermediate tensors stay small.
pub(crate) fn by_rows<const N: usize, T>(
    sides: [&Side; N],
    values_of_a_row: usize,
    make: impl Fn([&Side; N], Range<usize>) -> T,
) -> Vec<T> {
    let batch = sides[0].seen.dims()[0];
    let at_once = (VALUES / values_of_a_row.max(1)).max(1);
    let pieces = (0..batch).step_by(at_once).map(|start| {
        let rows = start..batch.min(start + at_once);
        let some: [Side; N] = array::from_fn(|end| sides[end].rows(rows.clone()));
        make(array::from_fn(|end| &some[end]), rows)
    });
    pieces.collect()
}

/// Contribution of some rows to the average over all: `[rows, n, m] → [n, m]`.
pub(crate) fn part(
    x: Tensor<3>,
    rows: Range<usize>,
    batch: usize,
    average: &RowAverage,
) -> Tensor<2> {
    let x = match average {
        RowAverage::Uniform => x * (1.0 / batch as f64),
        RowAverage::Weighted(weights) => {
            let weights = weights.clone().slice([rows.clone()]);
            x * weights.reshape([rows.len(), 1, 1])
        }
    };
    x.sum_dim(0).squeeze_dim(0)
}
