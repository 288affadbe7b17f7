//! Double rectified units with an unbounded parameter of their asymmetry.

use burn::tensor::Tensor;

use crate::{
    Moments, Rectified, Rectifier, Sides,
    drelu::normal_sides,
    prelu::{self, Skewed},
};

/// A layer of double rectified units, with the parameters of [`PRelu`](crate::PRelu) but for
/// η = ξ/(1 + |ξ|), where ξ = xi is any number.
pub type XRelu = Rectified<XReluParameters>;

/// The parameters of [`XRelu`] layers: θ, ln γ, Δ and ξ.
#[derive(Clone, Copy, Debug, Default)]
pub struct XReluParameters;

impl Rectifier for XReluParameters {
    const NAME: &'static str = "xrelu";
    const PARAMETERS: &'static [&'static str] = &["loc", "log_gamma", "delta", "xi"];

    fn sides(parameters: &[Tensor<1>]) -> Sides {
        skewed(parameters).sides()
    }

    /// ξ = η/(1 − |η|).
    fn parameters(sides: &Sides) -> Vec<Tensor<1>> {
        let skewed = Skewed::of_sides(sides);
        let room = -skewed.eta.clone().abs() + 1.0;
        vec![
            skewed.loc,
            skewed.gamma.log(),
            skewed.delta,
            skewed.eta / room,
        ]
    }

    /// ∂η/∂ξ = 1/(1 + |ξ|)².
    fn pull_back(parameters: &[Tensor<1>], derivatives: &Sides) -> Vec<Tensor<1>> {
        let [loc, gamma, delta, eta] = skewed(parameters).pull_back(derivatives);
        let slope = (parameters[3].clone().abs() + 1.0).powi_scalar(-2);
        vec![loc, gamma, delta, eta * slope]
    }

    fn start(parameters: &[Tensor<1>], moments: &Moments) -> Vec<Tensor<1>> {
        Self::parameters(&normal_sides(&parameters[0], moments))
    }

    fn divided(parameters: &[Tensor<1>], factors: &Tensor<1>) -> Vec<Tensor<1>> {
        prelu::divided(Self::PARAMETERS, parameters, factors)
    }

    fn mirrored(parameters: &[Tensor<1>]) -> Option<Vec<Tensor<1>>> {
        Some(prelu::mirrored(Self::PARAMETERS, parameters))
    }
}

fn skewed(parameters: &[Tensor<1>]) -> Skewed {
    let xi = parameters[3].clone();
    Skewed {
        loc: parameters[0].clone(),
        gamma: parameters[1].clone().exp(),
        delta: parameters[2].clone(),
        eta: xi.clone() / (xi.abs() + 1.0),
    }
}
