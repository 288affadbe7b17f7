//! One end of a connection, as the other end sees it.

use burn::tensor::Tensor;
use paysage_layers::{Cumulants, Tap};

/// The units of a layer at one end of a connection: `[batch, units]` each.
#[derive(Clone)]
pub(crate) struct Side {
    /// The means of r.
    pub seen: Tensor<2>,
    pub second: Tensor<2>,
    pub third: Tensor<2>,
    /// Units of a site.
    pub states: usize,
}

impl Side {
    pub fn new<L: Tap>(layer: &L, at: &Cumulants) -> Self {
        Self {
            seen: layer.interaction(at.mean.clone()),
            second: at.second.clone(),
            third: at.third.clone(),
            states: layer.states_of_a_site(),
        }
    }

    /// Some of the rows.
    pub fn rows(&self, rows: std::ops::Range<usize>) -> Self {
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

    /// What is left of x when the mean of each site is taken away: `[batch, units, n]`.
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

    /// x less the sum of p x over the site: the transpose of [`centered`](Self::centered).
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
