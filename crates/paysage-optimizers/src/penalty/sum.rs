//! Sums of penalties.

use burn::tensor::Tensor;
use paysage_models::SettingError;

use super::Penalty;

/// The sum of penalties of the same parameter.
///
/// ```
/// use paysage_optimizers::{L1, L2, Penalty, PenaltySum};
///
/// let elastic_net = PenaltySum {
///     terms: vec![Box::new(L1 { strength: 0.01 }), Box::new(L2 { strength: 0.001 })],
/// };
/// assert!(elastic_net.check_settings().is_ok());
/// ```
#[derive(Default)]
pub struct PenaltySum {
    /// The penalties.
    pub terms: Vec<Box<dyn Penalty>>,
}

impl Penalty for PenaltySum {
    fn check_settings(&self) -> Result<(), SettingError> {
        self.terms.iter().try_for_each(Penalty::check_settings)
    }

    fn is_on_device(&self) -> bool {
        self.terms.iter().all(Penalty::is_on_device)
    }

    fn value(&self, parameter: &Tensor<2>) -> Tensor<1> {
        let zero = Tensor::zeros([1], (&parameter.device(), parameter.dtype()));
        let values = self.terms.iter().map(|term| term.value(parameter));
        values.fold(zero, |sum, value| sum + value)
    }

    fn gradient(&self, parameter: &Tensor<2>) -> Tensor<2> {
        self.add_gradient(parameter, parameter.zeros_like())
    }

    fn add_gradient(&self, parameter: &Tensor<2>, derivative: Tensor<2>) -> Tensor<2> {
        let terms = self.terms.iter();
        terms.fold(derivative, |sum, term| term.add_gradient(parameter, sum))
    }
}
