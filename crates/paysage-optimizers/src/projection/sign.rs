//! Parameters of one sign.

use burn::tensor::Tensor;

use super::Projection;

/// No entry is negative: negative ones become 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NonNegative;

impl Projection for NonNegative {
    fn is_on_device(&self) -> bool {
        true
    }

    fn nearest(&self, parameter: Tensor<2>) -> Tensor<2> {
        parameter.clamp_min(0.0)
    }
}

/// No entry is positive: positive ones become 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NonPositive;

impl Projection for NonPositive {
    fn is_on_device(&self) -> bool {
        true
    }

    fn nearest(&self, parameter: Tensor<2>) -> Tensor<2> {
        parameter.clamp_max(0.0)
    }
}
