//! Double rectified units of a fixed scale.

use burn::tensor::Tensor;

use crate::{Moments, Rectified, Rectifier, Sides, XReluParameters, parameters::like, prelu};

/// A layer of double rectified units, with the parameters of [`XRelu`](crate::XRelu), of which γ is not
/// trained.
///
/// The scale of hidden units and that of their weights are one degree of freedom; a fixed γ removes it.
pub type NsRelu = Rectified<NsReluParameters>;

/// The parameters of [`NsRelu`] layers: θ, Δ and ξ, and ln γ, which stays as it is.
#[derive(Clone, Copy, Debug, Default)]
pub struct NsReluParameters;

impl Rectifier for NsReluParameters {
    const NAME: &'static str = "nsrelu";
    const PARAMETERS: &'static [&'static str] = &["loc", "delta", "xi", "log_gamma"];
    const TRAINED: usize = 3;

    fn sides(parameters: &[Tensor<1>]) -> Sides {
        XReluParameters::sides(&with_scale(parameters))
    }

    fn parameters(sides: &Sides) -> Vec<Tensor<1>> {
        without_scale(XReluParameters::parameters(sides))
    }

    fn pull_back(parameters: &[Tensor<1>], derivatives: &Sides) -> Vec<Tensor<1>> {
        without_scale(XReluParameters::pull_back(
            &with_scale(parameters),
            derivatives,
        ))
    }

    /// The normal distribution of the scale of the units with the mean of the data.
    fn start(parameters: &[Tensor<1>], moments: &Moments) -> Vec<Tensor<1>> {
        let scale = parameters[3].clone();
        let mean = like(&scale, moments.mean.iter().copied());
        let zeros = scale.zeros_like();
        vec![mean * scale.clone().exp(), zeros.clone(), zeros, scale]
    }

    fn divided(parameters: &[Tensor<1>], factors: &Tensor<1>) -> Vec<Tensor<1>> {
        prelu::divided(Self::PARAMETERS, parameters, factors)
    }

    fn mirrored(parameters: &[Tensor<1>]) -> Option<Vec<Tensor<1>>> {
        Some(prelu::mirrored(Self::PARAMETERS, parameters))
    }
}

/// In the order of [`XRelu`](crate::XRelu).
fn with_scale(parameters: &[Tensor<1>]) -> [Tensor<1>; 4] {
    [0, 3, 1, 2].map(|i: usize| parameters[i].clone())
}

fn without_scale(parameters: Vec<Tensor<1>>) -> Vec<Tensor<1>> {
    [0, 2, 3, 1].map(|i: usize| parameters[i].clone()).to_vec()
}
