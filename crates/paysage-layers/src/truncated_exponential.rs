//! Units in an interval.

use burn::tensor::{FloatDType, Tensor};
use paysage_kernels::{RandomKey, uniform};

use crate::{
    CavityFields, Cumulants, Domain, Eta, Family, Field, StoredFamily, TapFamily, UnitEnergy,
    Units,
    inverse::{on_host, solve_increasing},
    parameters::total,
};

/// A layer of units in [0, 1], such as gray levels.
///
/// H(x) = −loc·x, r(x) = x − center, and under a field the density ∝ exp(β(loc + f)x) on [0, 1].
///
/// ```
/// use burn::tensor::Tensor;
/// use paysage_kernels::default_device;
/// use paysage_layers::{Conditional, InverseTemperature, TruncatedExponential};
///
/// let device = default_device()?;
/// let layer = TruncatedExponential::new(2, &device);
/// let field = Tensor::from_floats([[0.0, 1e4]], &device);
/// let mean = layer.mean(field, &InverseTemperature::ONE);
/// mean.into_data().assert_approx_eq::<f32>(&[[0.5, 0.9999]].into(), Default::default());
/// # Ok::<(), paysage_kernels::DeviceError>(())
/// ```
pub type TruncatedExponential = Field<TruncatedExponentialFamily>;

/// The family of [`TruncatedExponential`] layers.
#[derive(Clone, Copy, Debug, Default)]
pub struct TruncatedExponentialFamily;

/// The |η| below which power series replace differences that cancel.
const SMALL: f64 = 1.0;

/// The series of ln((exp η − 1)/η) is η/2 and the even powers η²ᵏ with these coefficients B₂ₖ/(2k (2k)!), k
/// = 1, 2, …; it converges for |η| < 2π.
const SERIES: [f64; 9] = [
    1.0 / 24.0,
    -1.0 / 2880.0,
    1.0 / 181_440.0,
    -1.0 / 9_676_800.0,
    1.0 / 479_001_600.0,
    -4.403491782239578e-11,
    9.55895466477477e-13,
    -2.1185501852016142e-14,
    4.770034475709914e-16,
];

impl Family for TruncatedExponentialFamily {
    fn domain(&self) -> Domain {
        Domain::Interval {
            low: 0.0,
            high: 1.0,
        }
    }

    fn unit_energy(&self, loc: f64) -> Option<UnitEnergy> {
        let (low, high) = (0.0, 1.0);
        Some(UnitEnergy::Interval { loc, low, high })
    }

    /// ln((exp η − 1)/η) = max(η, 0) + ln((1 − exp(−|η|))/|η|).
    fn log_partition(&self, eta: Eta<'_>) -> Tensor<1> {
        let eta = eta.natural();
        let distance = far_from_zero(&eta);
        let ratio = (-(-distance.clone()).exp()).log1p() - distance.log();
        let far = eta.clone().clamp_min(0.0) + ratio;
        total(near_or_far(&eta, 0, far))
    }

    fn mean(&self, eta: Eta<'_>) -> Tensor<2> {
        mean(&eta.natural())
    }

    fn variance(&self, eta: Eta<'_>) -> Tensor<2> {
        variance(&eta.natural())
    }

    fn mode(&self, natural: Tensor<2>) -> Tensor<2> {
        let dtype: FloatDType = natural.dtype().into();
        natural.greater_scalar(0.0).float().cast(dtype)
    }

    /// By inversion: −ln(1 − u(1 − exp(−|η|)))/|η| has the density ∝ exp(−|η|x).
    fn sample(&self, eta: Eta<'_>, key: RandomKey) -> Tensor<2> {
        const LEAST: f64 = 1e-6;
        let eta = eta.natural();
        let dtype: FloatDType = eta.dtype().into();
        // The midpoints of the intervals of uniform numbers: never 0 or 1.
        let u = uniform(eta.dims(), key, &eta.device()).cast(dtype);
        let u = u * (1.0 - 2.0_f64.powi(-23)) + 2.0_f64.powi(-24);
        // Increasing in u for both signs.
        let is_positive = eta.clone().greater_scalar(0.0);
        let u = u.clone().mask_where(is_positive.clone(), -u + 1.0);
        let distance = eta.abs().clamp_min(LEAST);
        let x = -(-(u * within(&distance))).log1p() / distance;
        let x = x.clamp(0.0, 1.0);
        x.clone().mask_where(is_positive, -x + 1.0)
    }

    /// The natural parameter of the mean, smoothed by one observation of ½.
    fn start(&self, mean: f64, count: f64) -> f64 {
        natural_parameter((count * mean + 0.5) / (count + 1.0))
    }
}

impl StoredFamily for TruncatedExponentialFamily {
    const NAME: &'static str = "truncexp";

    type Shape = Units;

    fn of_shape(_: &Units) -> Self {
        Self
    }

    fn shape(&self, units: usize) -> Units {
        Units { units }
    }
}

impl TapFamily for TruncatedExponentialFamily {
    fn natural_parameter(&self, mean: Tensor<2>) -> Tensor<2> {
        on_host(mean, |mean, _| natural_parameter(mean))
    }

    fn cumulants(&self, mean: Tensor<2>) -> Cumulants {
        let eta = self.natural_parameter(mean.clone());
        Cumulants {
            second: variance(&eta),
            third: third_cumulant(&eta),
            mean,
        }
    }

    /// ∂κ₂/∂m = κ₃/κ₂ and ∂κ₃/∂m = κ₄/κ₂.
    fn effective_field(&self, at: &Cumulants, cavity: &CavityFields) -> Tensor<2> {
        let second = || at.third.clone() / at.second.clone();
        let third = || {
            let eta = self.natural_parameter(at.mean.clone());
            fourth_cumulant(&eta) / at.second.clone()
        };
        cavity.through_mean(second, third)
    }
}

/// The η of a mean, within 10⁻⁶ of the ends of the interval.
fn natural_parameter(mean: f64) -> f64 {
    const LEAST: f64 = 1e-6;
    let mean = mean.clamp(LEAST, 1.0 - LEAST);
    // The mean lies between 1/|η| of the ends.
    let bracket = [-1.0 / mean, 1.0 / (1.0 - mean)];
    solve_increasing(mean, bracket, |eta| {
        let distance = eta.abs();
        if distance < 1e-2 {
            let square = eta * eta;
            let mean = 0.5 + eta * (1.0 / 12.0 - square / 720.0);
            return (mean, 1.0 / 12.0 - square / 240.0);
        }
        let w = 1.0 / distance.exp_m1();
        let below = 1.0 / distance - w;
        let mean = if eta > 0.0 { 1.0 - below } else { below };
        (mean, distance.powi(-2) - w * (1.0 + w))
    })
}

/// 1/|η| − 1/(exp|η| − 1) for η < 0, and 1 less this for η > 0.
fn mean(eta: &Tensor<2>) -> Tensor<2> {
    let distance = far_from_zero(eta);
    let below = distance.clone().recip() - occupation(&distance);
    let is_positive = eta.clone().greater_scalar(0.0);
    near_or_far(eta, 1, below.clone().mask_where(is_positive, -below + 1.0))
}

/// The derivative of the mean, 1/η² − w(1 + w) with w = 1/(exp|η| − 1).
fn variance(eta: &Tensor<2>) -> Tensor<2> {
    let distance = far_from_zero(eta);
    let w = occupation(&distance);
    near_or_far(eta, 2, distance.powi_scalar(-2) - w.clone() * (w + 1.0))
}

/// The derivative of the variance, −2/|η|³ + w(1 + w)(1 + 2w) for η > 0, which is odd.
fn third_cumulant(eta: &Tensor<2>) -> Tensor<2> {
    let distance = far_from_zero(eta);
    let w = occupation(&distance);
    let product = w.clone() * (w.clone() + 1.0) * (w * 2.0 + 1.0);
    let above = product - distance.powi_scalar(-3) * 2.0;
    near_or_far(eta, 3, above * eta.clone().sign())
}

/// The derivative of the third cumulant, 6/η⁴ − w(1 + w)(1 + 6w(1 + w)).
fn fourth_cumulant(eta: &Tensor<2>) -> Tensor<2> {
    let distance = far_from_zero(eta);
    let w = occupation(&distance);
    let product = w.clone() * (w + 1.0);
    let far = distance.powi_scalar(-4) * 6.0 - product.clone() * (product * 6.0 + 1.0);
    near_or_far(eta, 4, far)
}

/// |η|, not below the bound of the power series.
fn far_from_zero(eta: &Tensor<2>) -> Tensor<2> {
    eta.clone().abs().clamp_min(SMALL)
}

/// 1/(exp d − 1) for d > 0, by an exponential that does not overflow.
fn occupation(distance: &Tensor<2>) -> Tensor<2> {
    let small = (-distance.clone()).exp();
    small.clone() / (-small + 1.0)
}

/// 1 − exp(−d) for d > 0, by its power series where d is small.
fn within(distance: &Tensor<2>) -> Tensor<2> {
    const NEAR: f64 = 0.1;
    let d = distance.clone().clamp_max(NEAR);
    let terms = [-1.0 / 24.0, 1.0 / 6.0, -0.5, 1.0].into_iter();
    let series = terms.fold(d.full_like(1.0 / 120.0), |sum, term| sum * d.clone() + term);
    let far = -(-distance.clone()).exp() + 1.0;
    let is_near = distance.clone().lower_scalar(NEAR);
    far.mask_where(is_near, series * d)
}

/// The derivative of an order of ln((exp η − 1)/η): that given, or where η is small, by the power series.
fn near_or_far(eta: &Tensor<2>, order: i32, far: Tensor<2>) -> Tensor<2> {
    let near = eta.clone().clamp(-SMALL, SMALL);
    let square = near.clone().square();
    // The derivative of η²ᵏ is 2k (2k − 1) … η²ᵏ⁻ⁿ.
    let terms = (1..).zip(SERIES).filter_map(|(k, coefficient)| {
        let factors = (0..order).map(|i| f64::from(2 * k - i));
        (2 * k >= order).then(|| coefficient * factors.product::<f64>())
    });
    let terms: Vec<f64> = terms.collect();
    let zero = square.zeros_like();
    let sum = terms
        .iter()
        .rev()
        .fold(zero, |sum, &c| sum * square.clone() + c);
    let series = match order {
        0 => near * 0.5 + sum * square,
        1 => near * sum + 0.5,
        order if order % 2 == 1 => near * sum,
        _ => sum,
    };
    let is_near = eta.clone().abs().lower_scalar(SMALL);
    far.mask_where(is_near, series)
}
