//! The integrated autocorrelation time.

use super::{DiagnosticsError, series::Series};

/// The number of autocorrelation times in a window. Sokal recommends 4 to 10: the bias is about e⁻ᶜ of
/// the autocorrelation time for an exponential decay.
const WINDOW: f64 = 5.0;

/// The integrated autocorrelation time τ = 1 + 2 Σ_t ρ_t in steps, with Sokal's automatic window: the sum
/// ends at the first lag M ≥ 5 max(τ(M), 1).
///
/// The autocorrelations ρ_t are those of all chains, `[chains, draws]`, about their common mean. n draws
/// are worth n/τ independent ones. The estimate is precise where chains have many more than 50 τ draws;
/// chains that stay in different modes give a τ of about the number of draws. Antithetic chains have a τ below
/// 1, of which the least is 1/log₁₀ of the number of all draws, as for [`effective_sample_size`](super::effective_sample_size).
///
/// Sokal, "Monte Carlo methods in statistical mechanics: foundations and new algorithms", 1997.
///
/// # Errors
///
/// When there are fewer than 8 draws, chains of different lengths, values that are not finite, or no two
/// different values.
///
/// ```
/// use paysage_samplers::integrated_autocorrelation_time;
///
/// // Every value is repeated four times.
/// let value = |n: u64| (n * n * 2_654_435_761 % 4_294_967_296) as f64;
/// let chain: Vec<f64> = (0..4000).map(|draw| value(draw / 4)).collect();
/// assert!((integrated_autocorrelation_time(&[chain])? - 4.0).abs() < 1.0);
/// # Ok::<(), paysage_samplers::DiagnosticsError>(())
/// ```
pub fn integrated_autocorrelation_time<C: AsRef<[f64]>>(
    chains: &[C],
) -> Result<f64, DiagnosticsError> {
    let series = Series::new(chains)?;
    let centers = vec![series.mean(); series.chains.len()];
    let variance = series.autocovariance(&centers, 0);
    let mut time = 1.0;
    for lag in 1..series.draws() {
        time += 2.0 * series.autocovariance(&centers, lag) / variance;
        if lag as f64 >= WINDOW * time.max(1.0) {
            break;
        }
    }
    Ok(time.max(series.least_time()))
}

#[cfg(test)]
mod tests {
    use paysage_testkit::statistics::SIGMAS;

    use super::*;
    use crate::diagnostics::examples::autoregressive;

    const CHAINS: usize = 4;
    const DRAWS: usize = 20_000;

    #[test]
    fn an_autoregressive_process_has_its_time() {
        for (seed, phi) in [0.0, 0.5, 0.9, -0.4_f64].into_iter().enumerate() {
            let chains = autoregressive(phi, [CHAINS, DRAWS], 90 + seed as u64);
            let found = integrated_autocorrelation_time(&chains).expect("a series");
            let exact = (1.0 + phi) / (1.0 - phi);
            // Sokal: the variance is 2(2M + 1)/n · τ²; the lags beyond the window M are left out.
            let window = WINDOW * exact.max(1.0);
            let error = (2.0 * (2.0 * window + 1.0) / (CHAINS * DRAWS) as f64).sqrt() * exact;
            let bias = 2.0 * phi.abs().powf(window.floor() + 1.0) / (1.0 - phi.abs());
            let tolerance = SIGMAS * error + bias;
            assert!(
                (found - exact).abs() < tolerance,
                "φ = {phi}: {found}, {exact}"
            );
        }
    }

    #[test]
    fn chains_in_different_modes_have_a_time_of_all_draws() {
        let mut chains = autoregressive(0.0, [2, 1000], 95);
        for x in &mut chains[1] {
            *x += 100.0;
        }
        let time = integrated_autocorrelation_time(&chains).expect("a series");
        assert!(time > 500.0, "{time}");
    }

    #[test]
    fn a_series_without_diagnostics_is_refused() {
        let refused = |chains: &[Vec<f64>]| integrated_autocorrelation_time(chains).err();
        assert_eq!(refused(&[]), Some(DiagnosticsError::NoChains));
        assert_eq!(refused(&[vec![1.0; 9]]), Some(DiagnosticsError::Constant));
        assert_eq!(
            refused(&[vec![1.0; 9], vec![1.0; 10]]),
            Some(DiagnosticsError::Lengths {
                first: 9,
                other: 10
            })
        );
        assert_eq!(
            refused(&[vec![1.0; 7]]),
            Some(DiagnosticsError::TooShort {
                draws: 7,
                needed: 8
            })
        );
        let mut gap = vec![1.0; 9];
        gap[3] = f64::NAN;
        assert_eq!(
            refused(&[vec![1.0; 9], gap]),
            Some(DiagnosticsError::NotFinite { chain: 2, draw: 4 })
        );
    }
}
