//! Rectified linear units.

use burn::tensor::Tensor;

use crate::{
    Moments, Rectified, Rectifier, Side, Sides, gaussian::started_variance, parameters::like,
    truncated::Standard,
};

/// A layer of rectified linear units, on x ≥ 0.
///
/// H(x) = γx²/2 − θx with θ = loc and γ = exp(log_gamma), r(x) = x − center, and under a field the
/// normal distribution of mean (θ + f)/γ and variance 1/(βγ), truncated at 0.
///
/// ```
/// use burn::tensor::Tensor;
/// use paysage_kernels::default_device;
/// use paysage_layers::{Conditional, InverseTemperature, Relu};
///
/// let device = default_device()?;
/// let layer = Relu::new(1, &device);
/// let field = Tensor::from_floats([[0.0]], &device);
/// // The mean of the absolute value of a standard normal number.
/// let mean = layer.mean(field, &InverseTemperature::ONE).into_scalar::<f32>();
/// assert!((mean - std::f32::consts::FRAC_2_PI.sqrt()).abs() < 1e-6);
/// # Ok::<(), paysage_kernels::DeviceError>(())
/// ```
pub type Relu = Rectified<ReluParameters>;

/// The parameters of [`Relu`] layers: θ and ln γ.
#[derive(Clone, Copy, Debug, Default)]
pub struct ReluParameters;

impl Rectifier for ReluParameters {
    const NAME: &'static str = "relu";
    const PARAMETERS: &'static [&'static str] = &["loc", "log_gamma"];
    const HAS_NEGATIVE: bool = false;

    fn sides(parameters: &[Tensor<1>]) -> Sides {
        Sides {
            plus: Side {
                loc: parameters[0].clone(),
                gamma: parameters[1].clone().exp(),
            },
            minus: None,
        }
    }

    fn parameters(sides: &Sides) -> Vec<Tensor<1>> {
        vec![sides.plus.loc.clone(), sides.plus.gamma.clone().log()]
    }

    fn pull_back(parameters: &[Tensor<1>], derivatives: &Sides) -> Vec<Tensor<1>> {
        let gamma = parameters[1].clone().exp();
        let plus = &derivatives.plus;
        vec![plus.loc.clone(), plus.gamma.clone() * gamma]
    }

    /// The truncated normal distribution with the mean and the variance of the data. The variance is at
    /// most 0.9 times the square of the mean: that of a truncated normal distribution is less than the
    /// square. A unit that is always 0 has a mean of 1/(n + 1).
    fn start(parameters: &[Tensor<1>], moments: &Moments) -> Vec<Tensor<1>> {
        let units = moments
            .mean
            .iter()
            .zip(&moments.variance)
            .zip(&moments.count);
        let (loc, log_gamma): (Vec<f64>, Vec<f64>) = units
            .map(|((&mean, &variance), &count)| {
                let mean = if mean > 0.0 {
                    mean
                } else {
                    1.0 / (count + 1.0)
                };
                let ratio = started_variance(mean, variance) / (mean * mean);
                let a = location(ratio.min(0.9));
                let scale = mean / Standard::at(a).mean;
                (a / scale, -2.0 * scale.ln())
            })
            .unzip();
        vec![
            like(&parameters[0], loc.into_iter()),
            like(&parameters[1], log_gamma.into_iter()),
        ]
    }
}

/// The a at which the variance of a standard truncated normal distribution is this multiple of the
/// square of its mean, by bisection: the ratio decreases with a, as 1/a² for a ≫ 1.
fn location(ratio: f64) -> f64 {
    let of = |a: f64| {
        let standard = Standard::at(a);
        standard.variance / standard.mean.powi(2)
    };
    let (mut low, mut high) = (-5.0, ratio.sqrt().recip() + 5.0);
    for _ in 0..100 {
        let middle = 0.5 * (low + high);
        match of(middle) > ratio {
            true => low = middle,
            false => high = middle,
        }
    }
    0.5 * (low + high)
}
