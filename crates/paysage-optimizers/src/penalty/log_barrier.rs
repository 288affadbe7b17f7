//! The logarithmic barrier.

use burn::tensor::Tensor;
use paysage_models::SettingError;

use super::{Penalty, check_strength};

/// Logarithmic barrier: −s Σ ln w, with gradient −s/w. It keeps parameters positive.
///
/// Below ε = 0.001 the logarithm continues as its tangent, ln ε + w/ε − 1, so that value and
/// gradient are finite everywhere and a parameter that is not positive becomes so. (The plain
/// formula has no value there, and its gradient would make a negative parameter more negative.)
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LogBarrier {
    /// s: finite and at least 0.
    pub strength: f64,
}

/// ε.
const FLOOR: f64 = 1e-3;

impl Penalty for LogBarrier {
    fn check_settings(&self) -> Result<(), SettingError> {
        check_strength(self.strength)
    }

    fn is_on_device(&self) -> bool {
        true
    }

    fn value(&self, parameter: &Tensor<2>) -> Tensor<1> {
        let above = parameter.clone().clamp_min(FLOOR);
        let below = parameter.clone() - above.clone();
        (above.log() + below * FLOOR.recip()).sum() * -self.strength
    }

    fn gradient(&self, parameter: &Tensor<2>) -> Tensor<2> {
        parameter.clone().clamp_min(FLOOR).recip() * -self.strength
    }
}
