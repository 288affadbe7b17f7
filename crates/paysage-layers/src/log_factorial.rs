//! Logarithms of factorials.

use burn::tensor::Tensor;

/// Number of factors by which the argument of Stirling's series is raised.
const RAISED: usize = 8;

/// The series Σ B₂ₖ/(2k(2k − 1) z²ᵏ⁻¹) of the error of Stirling's formula, below 10⁻¹⁵ from z = 9 on.
const STIRLING: [f64; 7] = [
    1.0 / 12.0,
    -1.0 / 360.0,
    1.0 / 1260.0,
    -1.0 / 1680.0,
    1.0 / 1188.0,
    -691.0 / 360_360.0,
    1.0 / 156.0,
];

/// ln x! for x ≥ 0: Stirling's series at x + 1 + 8, less the logarithm of the factors x + 1 to x + 8.
pub(crate) fn log_factorial(x: Tensor<2>) -> Tensor<2> {
    let z = x.clone() + (RAISED + 1) as f64;
    // Two factors at a time stay within the range of f32.
    let logs = (1..=RAISED / 2).map(|i| {
        let pair = (x.clone() + i as f64).log() + (x.clone() + (RAISED + 1 - i) as f64).log();
        -pair
    });
    let inverse = z.clone().recip();
    let square = inverse.clone().square();
    let mut series = inverse.full_like(STIRLING[STIRLING.len() - 1]);
    for &term in STIRLING[..STIRLING.len() - 1].iter().rev() {
        series = series * square.clone() + term;
    }
    let main = (z.clone() - 0.5) * z.clone().log() - z + 0.5 * std::f64::consts::TAU.ln();
    logs.fold(main + series * inverse, |sum, log| sum + log)
}

#[cfg(test)]
mod tests {
    use burn::tensor::{DType, TensorData};
    use paysage_kernels::{default_device, most_precise};

    use super::*;

    #[test]
    fn they_are_those_of_a_library() {
        let counts = [0.0, 1.0, 2.0, 3.0, 5.0, 10.0, 20.0, 170.0, 1e4, 1e6];
        let device = default_device().expect("a backend");
        for (dtype, tolerance) in [(DType::F64, 1e-13), (DType::F32, 2e-6)] {
            if dtype == DType::F64 && most_precise(&device) != dtype {
                continue;
            }
            let data = TensorData::new(counts.to_vec(), [1, counts.len()]);
            let found = log_factorial(Tensor::from_data(data, (&device, dtype)));
            for (found, count) in found.into_data().iter::<f64>().zip(counts) {
                let expected = pxfm::f_lgamma(count + 1.0);
                let slack = tolerance * expected.max(5.0);
                assert!(
                    (found - expected).abs() <= slack,
                    "{count}: {found}, not {expected}"
                );
            }
        }
    }
}
