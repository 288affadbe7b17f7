//! Distributions given some of the units of a site.

use burn::tensor::{Bool, Tensor};

use crate::Domain;

impl Domain {
    /// The field under which the free units of a partly clamped state follow their conditional
    /// distribution: `[batch, units]`.
    ///
    /// `mask` is true where a unit of `states` is clamped. Independent units keep their field; in a
    /// one-hot site a clamped 1 excludes all other states, and a clamped 0 its own.
    #[must_use]
    pub fn condition(
        &self,
        field: Tensor<2>,
        states: &Tensor<2>,
        mask: &Tensor<2, Bool>,
    ) -> Tensor<2> {
        // Far beyond any field, yet finite after scaling with an inverse temperature.
        const NEVER: f64 = -1e30;
        let Self::OneHot { states: width } = *self else {
            return field;
        };
        let [batch, units] = field.dims();
        let one = states.clone().greater_scalar(0.5);
        let clamped_one = mask.clone().bool_and(one.clone());
        let clamped_zero = mask.clone().bool_and(one.bool_not());
        let by_site = clamped_one.clone().float();
        let by_site: Tensor<3> = by_site.reshape([batch, units / width, width]);
        let decided = by_site.max_dim(2).repeat_dim(2, width);
        let excluded = decided
            .reshape([batch, units])
            .greater_scalar(0.5)
            .bool_and(clamped_one.bool_not())
            .bool_or(clamped_zero);
        field.mask_fill(excluded, NEVER)
    }
}
