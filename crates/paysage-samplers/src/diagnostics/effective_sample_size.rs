//! The effective sample size.

use super::{
    DiagnosticsError,
    series::{Series, Variances},
};

/// The effective sample size (ESS): the number of independent draws that estimate the mean as precisely.
///
/// Chains, `[chains, draws]`, are split in halves. With the within-chain variance W and the estimate V of
/// the whole variance, ρ_t = 1 − (W − C_t)/V for the mean autocovariance C_t, and ESS = draws/τ with
/// τ = −1 + 2 Σ_k P_k over Geyer's initial monotone positive sequence, P_k = ρ_{2k} + ρ_{2k+1}. Chains that
/// disagree thus have a small ESS, however independent their draws are.
///
/// Geyer, "Practical Markov chain Monte Carlo", 1992; Vehtari, Gelman, Simpson, Carpenter & Bürkner,
/// "Rank-normalization, folding, and localization: an improved R̂ for assessing convergence of MCMC", 2021.
///
/// # Errors
///
/// When there are fewer than 8 draws, chains of different lengths, values that are not finite, or no two
/// different values.
pub fn effective_sample_size<C: AsRef<[f64]>>(chains: &[C]) -> Result<f64, DiagnosticsError> {
    let series = Series::new(chains)?.halves();
    let (means, variances) = (series.means(), Variances::of(&series));
    let (draws, total) = (series.draws(), (series.draws() * means.len()) as f64);
    if variances.total == 0.0 {
        // Only the draw in the middle differs.
        return Err(DiagnosticsError::Constant);
    }
    let correlation = |lag: usize| {
        1.0 - (variances.within - series.autocovariance(&means, lag)) / variances.total
    };
    let mut pair = 1.0 + correlation(1);
    let mut sum = 0.0;
    let mut lag = 2;
    // The last estimates are of few pairs of draws.
    while pair > 0.0 && lag + 3 < draws {
        sum += pair;
        pair = pair.min(correlation(lag) + correlation(lag + 1));
        lag += 2;
    }
    let time = 2.0 * sum + pair.max(0.0) - 1.0;
    Ok(total / time.max(series.least_time()))
}

#[cfg(test)]
mod tests {
    use paysage_testkit::statistics::SIGMAS;

    use super::*;
    use crate::diagnostics::examples::autoregressive;

    const CHAINS: usize = 4;
    const DRAWS: usize = 20_000;

    #[test]
    fn an_autoregressive_process_has_its_effective_sample_size() {
        for (seed, phi) in [0.0, 0.5, 0.9, -0.4_f64].into_iter().enumerate() {
            let chains = autoregressive(phi, [CHAINS, DRAWS], 100 + seed as u64);
            let found = effective_sample_size(&chains).expect("a series");
            let time = (1.0 + phi) / (1.0 - phi);
            let exact = (CHAINS * DRAWS) as f64 / time;
            // The sequence of positive pairs ends at random, after some ten autocorrelation times.
            let window = 10.0 * time.max(1.0);
            let relative = (2.0 * (2.0 * window + 1.0) / (CHAINS * DRAWS) as f64).sqrt();
            let difference = (found / exact - 1.0).abs();
            assert!(
                difference < SIGMAS * relative,
                "φ = {phi}: {found}, {exact}"
            );
        }
    }

    #[test]
    fn chains_in_different_modes_have_few_effective_draws() {
        let mut chains = autoregressive(0.0, [4, 1000], 105);
        for x in chains[..2].iter_mut().flatten() {
            *x += 100.0;
        }
        let size = effective_sample_size(&chains).expect("a series");
        assert!(size < 2.0 * chains.len() as f64, "{size}");
    }
}
