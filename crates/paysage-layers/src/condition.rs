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
        // In numbers: masks of other types of bool, as burn makes them where rows are repeated, do not combine on all backends.
        let clamped = mask.clone().float();
        let clamped_one = states.clone().greater_scalar(0.5).float() * clamped.clone();
        let by_site: Tensor<3> = clamped_one.clone().reshape([batch, units / width, width]);
        let decided = by_site.max_dim(2).repeat_dim(2, width);
        let decided = decided.reshape([batch, units]);
        // The site is decided and the unit is not its 1, or the unit is a clamped 0.
        let excluded = (decided + clamped - clamped_one * 2.0).greater_scalar(0.5);
        field.mask_fill(excluded, NEVER)
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::{Bool, Tensor, TensorData};
    use paysage_kernels::default_device;

    use crate::Domain;

    #[test]
    fn a_repeated_mask_is_a_mask() {
        let device = default_device().expect("a device");
        // Two sites: the second state of one is clamped to 1, the first of the other to 0.
        let states = Tensor::<2>::from_data([[0.0, 1.0, 0.0, 0.0, 0.0, 1.0]], &device);
        let mask = TensorData::new(vec![false, true, false, true, false, false], [1, 6]);
        let mask: Tensor<2, Bool> = Tensor::from_data(mask, &device);
        let states = states.repeat_dim(0, 2);
        for mask in [mask.clone().repeat_dim(0, 2), mask.expand([2, 6])] {
            let field = states.zeros_like();
            let found = Domain::OneHot { states: 3 }.condition(field, &states, &mask);
            let found: Vec<f32> = found.into_data().iter().collect();
            let excluded: Vec<bool> = found.iter().map(|&field| field < -1e20).collect();
            let expected = [true, false, true, true, false, false];
            assert_eq!(excluded, [expected, expected].concat());
        }
    }
}
