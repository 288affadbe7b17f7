//! Fréchet distance.

use faer::Mat;
use paysage_models::Progress;

use super::{metric::TwoSample, points::Points};
use crate::{Measurement, MetricError, SamplesError};

/// Squared Fréchet distance of two normal distributions with the means μ and covariances C of the
/// samples, in squared units of the rows:
///
/// ```text
/// ‖μ₁ − μ₂‖² + tr C₁ + tr C₂ − 2 tr (C₁C₂)^½
/// ```
///
/// where tr (C₁C₂)^½ = Σ √λ over the eigenvalues λ of C₁C₂. These are the eigenvalues of the symmetric
/// R₁C₂R₁ᵀ with C = RᵀR, and their roots the singular values of R₁R₂ᵀ; R is the triangle of a QR
/// decomposition of the centered rows, or the rows themselves where they are fewer than the columns.
///
/// Covariances have divisor n − 1. For equal distributions the expectation is above 0, the more so the
/// fewer rows there are: compare machines with the same number of rows and samples.
///
/// Dowson & Landau, "The Fréchet distance between multivariate normal distributions", 1982; Heusel,
/// Ramsauer, Unterthiner, Nessler & Hochreiter, "GANs trained by a two time-scale update rule converge to
/// a local Nash equilibrium", 2017.
#[derive(Clone, Copy, Debug, Default)]
pub struct FrechetDistance;

impl TwoSample for FrechetDistance {
    fn name(&self) -> &str {
        "frechet_distance"
    }

    /// # Errors
    ///
    /// When a sample has fewer than two rows, or singular values do not converge.
    fn compare(
        &self,
        data: &Points,
        samples: &Points,
        _progress: &mut dyn Progress,
    ) -> Result<Measurement, MetricError> {
        Points::check(data, samples, 2)?;
        let (first, second) = (Normal::of(data), Normal::of(samples));
        let product = &first.factor * second.factor.transpose();
        let singular = product.singular_values();
        let singular = singular.map_err(|_| SamplesError::NoConvergence {
            first: data.name().to_owned(),
            second: samples.name().to_owned(),
        })?;
        let means = first.mean.iter().zip(&second.mean);
        let between: f64 = means.map(|(x, y)| (x - y).powi(2)).sum();
        let variances = first.factor.squared_norm_l2() + second.factor.squared_norm_l2();
        let value = between + variances - 2.0 * singular.iter().sum::<f64>();
        // The distance is not negative; rounding may be.
        Ok(Measurement::estimate(value.max(0.0)))
    }
}

/// The normal distribution with the moments of a sample.
struct Normal {
    mean: Vec<f64>,
    /// R with RᵀR the covariance: `[rows or columns, columns]`, whichever is fewer.
    factor: Mat<f64>,
}

impl Normal {
    fn of(points: &Points) -> Self {
        let (count, columns) = (points.count(), points.columns());
        let mut mean = vec![0.0; columns];
        for row in 0..count {
            let row = points.row(row);
            mean.iter_mut()
                .zip(row)
                .for_each(|(m, &x)| *m += f64::from(x));
        }
        mean.iter_mut().for_each(|m| *m /= count as f64);
        let scale = 1.0 / ((count - 1) as f64).sqrt();
        let centered = Mat::from_fn(count, columns, |i, j| {
            scale * (f64::from(points.row(i)[j]) - mean[j])
        });
        let factor = match count > columns {
            true => centered.qr().thin_R().to_owned(),
            false => centered,
        };
        Self { mean, factor }
    }
}
