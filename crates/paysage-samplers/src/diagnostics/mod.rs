//! Convergence diagnostics of Markov chains.

mod autocorrelation;
mod effective_sample_size;
mod error;
mod r_hat;
mod ranks;
mod series;
mod trace;
mod unit_moments;

pub use autocorrelation::integrated_autocorrelation_time;
pub use effective_sample_size::effective_sample_size;
pub use error::DiagnosticsError;
pub use r_hat::{rank_normalized_r_hat, split_r_hat};
pub use trace::ChainTrace;

/// Convergence diagnostics of one quantity of several chains.
///
/// ```
/// use paysage_samplers::ConvergenceDiagnostics;
///
/// // Two chains that repeat a cycle of four values.
/// let chain: Vec<f64> = (0..400).map(|draw| [1.0, 3.0, 2.0, 0.0][draw % 4]).collect();
/// let diagnostics = ConvergenceDiagnostics::of(&[chain.clone(), chain])?;
/// assert_eq!(diagnostics.mean, 1.5);
/// assert!(diagnostics.r_hat < 1.01);
/// # Ok::<(), paysage_samplers::DiagnosticsError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ConvergenceDiagnostics {
    /// The mean over all chains and draws.
    pub mean: f64,
    /// The Monte Carlo standard error of the mean, the standard deviation divided by √ESS.
    pub standard_error: f64,
    /// The integrated autocorrelation time in steps: [`integrated_autocorrelation_time`].
    pub autocorrelation_time: f64,
    /// The effective sample size of all chains: [`effective_sample_size`].
    pub effective_sample_size: f64,
    /// R̂ of rank-normalized draws: [`rank_normalized_r_hat`].
    pub r_hat: f64,
}

impl ConvergenceDiagnostics {
    /// The diagnostics of chains of equally many draws, `[chains, draws]`.
    ///
    /// # Errors
    ///
    /// When there are fewer than 8 draws, chains of different lengths, values that are not finite, or no
    /// two different values.
    pub fn of<C: AsRef<[f64]>>(chains: &[C]) -> Result<Self, DiagnosticsError> {
        let series = series::Series::new(chains)?;
        let effective_sample_size = effective_sample_size(chains)?;
        let deviation = series.variance_about(series.mean()).sqrt();
        Ok(Self {
            mean: series.mean(),
            standard_error: deviation / effective_sample_size.sqrt(),
            autocorrelation_time: integrated_autocorrelation_time(chains)?,
            effective_sample_size,
            r_hat: rank_normalized_r_hat(chains)?,
        })
    }
}

/// Series with known diagnostics.
#[cfg(test)]
pub(crate) mod examples {
    use paysage_kernels::{RandomKey, normal};
    use paysage_testkit::machines::device;

    /// Stationary AR(1) chains, x_t = φ x_{t−1} + √(1 − φ²) z_t, of variance 1: ρ_t = φᵗ and
    /// τ = (1 + φ)/(1 − φ).
    pub(crate) fn autoregressive(
        phi: f64,
        [chains, draws]: [usize; 2],
        seed: u64,
    ) -> Vec<Vec<f64>> {
        let noise = normal([chains, draws], RandomKey::new(seed), &device());
        let noise: Vec<f64> = noise.into_data().iter().collect();
        let chain = |noise: &[f64]| {
            let mut x = noise[0];
            let rest = noise[1..].iter().map(|z| {
                x = phi * x + (1.0 - phi * phi).sqrt() * z;
                x
            });
            std::iter::once(noise[0]).chain(rest).collect()
        };
        noise.chunks(draws).map(chain).collect()
    }
}
