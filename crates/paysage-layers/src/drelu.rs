//! Double rectified units.

use burn::tensor::Tensor;

use crate::{
    Moments, Rectified, Rectifier, Side, Sides, gaussian::started_variance, parameters::like,
};

/// A layer of double rectified units, real numbers with a potential of its own on each side of 0.
///
/// H(x) = γ₊x₊²/2 + γ₋x₋²/2 − θ₊x₊ − θ₋x₋ with x₊ = max(x, 0), x₋ = min(x, 0), θ = loc and
/// γ = exp(log_gamma); r(x) = x − center. Equal sides are a normal distribution; two maxima, or a maximum
/// at 0 with heavy sides, are possible. [`PRelu`](crate::PRelu), [`XRelu`](crate::XRelu) and
/// [`NsRelu`](crate::NsRelu) have other parameters for the same energies.
///
/// Tubiana, Cocco & Monasson, "Learning protein constitutive motifs from sequence data", 2019.
pub type DRelu = Rectified<DReluParameters>;

/// The parameters of [`DRelu`] layers: θ₊, θ₋, ln γ₊ and ln γ₋.
#[derive(Clone, Copy, Debug, Default)]
pub struct DReluParameters;

impl Rectifier for DReluParameters {
    const NAME: &'static str = "drelu";
    const PARAMETERS: &'static [&'static str] =
        &["loc_plus", "loc_minus", "log_gamma_plus", "log_gamma_minus"];
    const FIELDS: usize = 2;

    fn sides(parameters: &[Tensor<1>]) -> Sides {
        let side = |number: usize| Side {
            loc: parameters[number].clone(),
            gamma: parameters[number + 2].clone().exp(),
        };
        Sides {
            plus: side(0),
            minus: Some(side(1)),
        }
    }

    fn parameters(sides: &Sides) -> Vec<Tensor<1>> {
        let (plus, minus) = sides.both();
        vec![
            plus.loc.clone(),
            minus.loc.clone(),
            plus.gamma.clone().log(),
            minus.gamma.clone().log(),
        ]
    }

    fn pull_back(parameters: &[Tensor<1>], derivatives: &Sides) -> Vec<Tensor<1>> {
        let (plus, minus) = derivatives.both();
        let of_log =
            |side: &Side, log_gamma: &Tensor<1>| side.gamma.clone() * log_gamma.clone().exp();
        vec![
            plus.loc.clone(),
            minus.loc.clone(),
            of_log(plus, &parameters[2]),
            of_log(minus, &parameters[3]),
        ]
    }

    fn start(parameters: &[Tensor<1>], moments: &Moments) -> Vec<Tensor<1>> {
        Self::parameters(&normal_sides(&parameters[0], moments))
    }
}

/// The sides of normal distributions with these means and variances.
pub(crate) fn normal_sides(of_layer: &Tensor<1>, moments: &Moments) -> Sides {
    let units = moments.mean.iter().zip(&moments.variance);
    let precision = units.map(|(&mean, &variance)| started_variance(mean, variance).recip());
    let precision: Vec<f64> = precision.collect();
    let loc = moments.mean.iter().zip(&precision).map(|(m, p)| m * p);
    let side = Side {
        loc: like(of_layer, loc),
        gamma: like(of_layer, precision.iter().copied()),
    };
    Sides {
        plus: side.clone(),
        minus: Some(side),
    }
}
