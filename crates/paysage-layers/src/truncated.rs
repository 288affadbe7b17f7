//! The normal distribution that is truncated at 0, in ordinary tensor operations.

mod scalar;

use burn::tensor::{Bool, DType, Tensor};
use paysage_kernels::truncated_series::{
    LOG_INTEGRAL, LOG_MOMENT_1, LOG_MOMENT_2, LOG_MOMENT_3, LOG_MOMENT_4, LOG_MOMENT_5,
};

pub(crate) use scalar::Standard;

/// The scale of the variable of the Chebyshev series, 6/(t + 3) − 1, which maps t ≥ 0 to (−1, 1].
const SCALE: f64 = 3.0;

/// Numbers with the density exp(a x − x²/2)/I₀ on x ≥ 0: normal with mean a and variance 1, truncated at
/// 0.
///
/// For t = −a ≥ 0 the logarithms of I₀ = √(π/2) erfcx(t/√2) and of the moments are Chebyshev series in
/// 6/(t + 3), which keep their relative precision where differences of a and of the hazard 1/I₀ would
/// cancel. For a > 0 they follow from
///
/// ```text
/// I₀(a) = √(2π) exp(a²/2) − I₀(−a),    ⟨x⟩ = a + 1/I₀,    ⟨x²⟩ − ⟨x⟩² = 1 − ⟨x⟩/I₀
/// ```
///
/// Schonfelder, "Chebyshev expansions for the error and related functions", 1978.
#[derive(Clone, Debug)]
pub(crate) struct Truncated {
    a: Tensor<2>,
    is_positive: Tensor<2, Bool>,
    /// |a| + 3.
    shifted: Tensor<2>,
    /// 12/(|a| + 3) − 2: twice the variable of the series.
    twice: Tensor<2>,
    /// ln I₀.
    log_integral: Tensor<2>,
}

impl Truncated {
    /// The distributions for these a: `[batch, units]`.
    pub fn new(a: Tensor<2>) -> Self {
        let shifted = a.clone().abs() + SCALE;
        let twice = shifted.clone().recip() * (4.0 * SCALE) - 2.0;
        let is_positive = a.clone().greater_scalar(0.0);
        // Of −|a|.
        let below = series(&twice, &LOG_INTEGRAL) - shifted.clone().log();
        let half_square = a.clone().square() * 0.5;
        let log_tau = 0.5 * std::f64::consts::TAU.ln();
        let share = (below.clone() - half_square.clone() - log_tau).exp();
        let above = half_square + log_tau + (-share).log1p();
        Self {
            log_integral: below.mask_where(is_positive.clone(), above),
            a,
            is_positive,
            shifted,
            twice,
        }
    }

    /// ln I₀: `[batch, units]`.
    pub fn log_integral(&self) -> Tensor<2> {
        self.log_integral.clone()
    }

    /// ⟨x⟩: `[batch, units]`.
    pub fn mean(&self) -> Tensor<2> {
        let above = self.a.clone() + self.hazard();
        self.moment(1).mask_where(self.is_positive.clone(), above)
    }

    /// The mean and the variance: `[batch, units]` each.
    pub fn mean_and_variance(&self) -> (Tensor<2>, Tensor<2>) {
        let mean = self.mean();
        let below = self.moment(2) - mean.clone().square();
        let above = -(mean.clone() * self.hazard()) + 1.0;
        let variance = below.mask_where(self.is_positive.clone(), above);
        (mean, variance)
    }

    /// The mean and the central moments of order 2 to 5: `[batch, units]` each.
    pub fn central_moments(&self) -> (Tensor<2>, [Tensor<2>; 4]) {
        let (mean, variance) = self.mean_and_variance();
        let [raw2, raw3, raw4, raw5] = [2, 3, 4, 5].map(|order| self.moment(order));
        let m = || mean.clone();
        let below = [
            raw3.clone() - m() * raw2.clone() * 3.0 + m().powi_scalar(3) * 2.0,
            raw4.clone() - m() * raw3.clone() * 4.0 + m().square() * raw2.clone() * 6.0
                - m().powi_scalar(4) * 3.0,
            raw5 - m() * raw4 * 5.0 + m().square() * raw3 * 10.0 - m().powi_scalar(3) * raw2 * 10.0
                + m().powi_scalar(5) * 4.0,
        ];
        // The derivatives of 1 − ⟨x⟩ λ in a, with the hazard λ = 1/I₀, of which λ′ = −⟨x⟩ λ is one.
        let (v, hazard) = (|| variance.clone(), self.hazard());
        let third = hazard.clone() * (m().square() - v());
        let inner = m() * v() * 2.0 - third.clone();
        let fourth = hazard.clone() * inner.clone() - m() * third.clone();
        let fifth = hazard.clone()
            * (v().square() * 2.0 + m() * third.clone() * 2.0 - fourth.clone() - m() * inner)
            - v() * third.clone()
            - m() * fourth.clone();
        let above = [
            third.clone(),
            fourth + v().square() * 3.0,
            fifth + third * v() * 10.0,
        ];
        let mut both = below.into_iter().zip(above);
        let mut next = || {
            let (below, above) = both.next().expect("three moments");
            below.mask_where(self.is_positive.clone(), above)
        };
        let moments = [variance.clone(), next(), next(), next()];
        (mean, moments)
    }

    /// 1/I₀.
    fn hazard(&self) -> Tensor<2> {
        (-self.log_integral.clone()).exp()
    }

    /// ⟨xᵏ⟩ of −|a|.
    fn moment(&self, order: i32) -> Tensor<2> {
        let coefficients: &[f64] = match order {
            1 => &LOG_MOMENT_1,
            2 => &LOG_MOMENT_2,
            3 => &LOG_MOMENT_3,
            4 => &LOG_MOMENT_4,
            _ => &LOG_MOMENT_5,
        };
        let scaled = series(&self.twice, coefficients);
        scaled.exp() / self.shifted.clone().powi_scalar(order)
    }
}

/// A Chebyshev series, as many of its terms as the float type resolves, by the recurrence of Clenshaw.
fn series(twice: &Tensor<2>, coefficients: &[f64]) -> Tensor<2> {
    let smallest = match twice.dtype() {
        DType::F64 => 0.0,
        _ => 1e-8,
    };
    let used = coefficients.iter().rposition(|c| c.abs() > smallest);
    let used = &coefficients[..=used.unwrap_or(0)];
    let (mut current, mut last) = (twice.zeros_like(), twice.zeros_like());
    for &coefficient in used[1..].iter().rev() {
        let next = twice.clone() * current.clone() - last + coefficient;
        last = std::mem::replace(&mut current, next);
    }
    twice.clone() * current * 0.5 - last + used[0]
}

#[cfg(test)]
mod tests {
    use burn::tensor::TensorData;
    use paysage_kernels::{default_device, most_precise};

    use super::*;

    const POINTS: [f64; 15] = [
        -1e4, -1e3, -50.0, -8.0, -3.0, -1.0, -0.1, 0.0, 0.1, 1.0, 3.0, 8.0, 50.0, 1e3, 1e4,
    ];

    fn at(points: &[f64], dtype: DType) -> Truncated {
        let device = default_device().expect("a backend");
        let data = TensorData::new(points.to_vec(), [1, points.len()]);
        Truncated::new(Tensor::from_data(data, (&device, dtype)))
    }

    /// The float types of the device.
    fn dtypes() -> Vec<DType> {
        let device = default_device().expect("a backend");
        match most_precise(&device) {
            DType::F64 => vec![DType::F64, DType::F32],
            only => vec![only],
        }
    }

    fn values(x: Tensor<2>) -> Vec<f64> {
        x.into_data().iter().collect()
    }

    #[test]
    fn integrals_and_moments_are_those_of_the_scaled_error_function() {
        for dtype in dtypes() {
            let tolerance = if dtype == DType::F64 { 1e-13 } else { 2e-6 };
            let all = at(&POINTS, dtype);
            let (mean, variance) = all.mean_and_variance();
            let found = [all.log_integral(), mean, variance].map(values);
            for (i, &a) in POINTS.iter().enumerate() {
                let exact = Standard::at(a);
                let expected = [exact.log_integral, exact.mean, exact.variance];
                for (found, expected) in found.iter().map(|column| column[i]).zip(expected) {
                    // f64 itself has 13 digits of the variance at −5.
                    let slack = 40.0 * tolerance * expected.abs();
                    assert!(
                        (found - expected).abs() <= slack,
                        "{a}: {found}, not {expected}"
                    );
                }
            }
        }
    }

    /// Means are 1/t − 2/t³ and variances 1/t² − 6/t⁴ far in the tail; on the other side the truncation
    /// has no effect.
    #[test]
    fn moments_keep_their_precision_in_both_tails() {
        for dtype in dtypes() {
            let tolerance = if dtype == DType::F64 { 1e-11 } else { 4e-6 };
            let (mean, variance) = at(&POINTS, dtype).mean_and_variance();
            for ((&a, mean), variance) in POINTS.iter().zip(values(mean)).zip(values(variance)) {
                let (expected_mean, expected_variance) = match a {
                    a if a <= -1e3 => {
                        let t = -a;
                        (1.0 / t - 2.0 / t.powi(3), t.powi(-2) - 6.0 * t.powi(-4))
                    }
                    a if a >= 8.0 => (a, 1.0),
                    _ => continue,
                };
                let close = |found: f64, expected: f64, slack: f64| {
                    assert!(
                        (found / expected - 1.0).abs() <= slack,
                        "{a}: {found}, not {expected}"
                    );
                };
                close(mean, expected_mean, tolerance + 30.0 * a.abs().powi(-4));
                close(
                    variance,
                    expected_variance,
                    tolerance + 100.0 * a.abs().powi(-4),
                );
            }
        }
    }

    /// Cumulants are the derivatives of those before them, which f32 cannot resolve.
    #[test]
    fn central_moments_are_derivatives_of_the_integral() {
        const STEP: f64 = 1e-4;
        if !dtypes().contains(&DType::F64) {
            return;
        }
        let cumulants = |points: &[f64]| -> Vec<Vec<f64>> {
            let (mean, [second, third, fourth, fifth]) = at(points, DType::F64).central_moments();
            let fourth = fourth - second.clone().square() * 3.0;
            let fifth = fifth - second.clone() * third.clone() * 10.0;
            [mean, second, third, fourth, fifth].map(values).to_vec()
        };
        let moved = |by: f64| POINTS.map(|a| a + by);
        let (up, down) = (cumulants(&moved(STEP)), cumulants(&moved(-STEP)));
        let here = cumulants(&POINTS);
        let [above, below] =
            [STEP, -STEP].map(|by| values(at(&moved(by), DType::F64).log_integral()));
        for (i, a) in POINTS.iter().enumerate() {
            if a.abs() > 60.0 {
                continue;
            }
            let slope = (above[i] - below[i]) / (2.0 * STEP);
            assert!((here[0][i] - slope).abs() < 1e-6, "mean at {a}");
            for order in 0..4 {
                let slope = (up[order][i] - down[order][i]) / (2.0 * STEP);
                let found = here[order + 1][i];
                assert!(
                    (found - slope).abs() < 1e-6,
                    "cumulant {} at {a}: {found}, not {slope}",
                    order + 2
                );
            }
        }
    }
}
