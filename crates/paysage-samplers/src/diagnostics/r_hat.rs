//! R̂, the potential scale reduction.

use super::{
    DiagnosticsError, ranks,
    series::{Series, Variances},
};

/// Split R̂ of chains, `[chains, draws]`: √(V/W) for the variance W within halves of chains and the
/// variance V of all of them together, (n − 1)/n W + B/n.
///
/// It is 1 for chains in equilibrium, infinite for different constants, and above 1.01 where chains or
/// their halves differ in the mean.
///
/// Gelman & Rubin, "Inference from iterative simulation using multiple sequences", 1992; Gelman et al.,
/// "Bayesian Data Analysis", 3rd edition, 2013.
///
/// # Errors
///
/// When there are fewer than 8 draws, chains of different lengths, values that are not finite, or no two
/// different values.
pub fn split_r_hat<C: AsRef<[f64]>>(chains: &[C]) -> Result<f64, DiagnosticsError> {
    let r_hat = Variances::of(&Series::new(chains)?.halves()).r_hat();
    match r_hat.is_nan() {
        // Only draws in the middle differ.
        true => Err(DiagnosticsError::Constant),
        false => Ok(r_hat),
    }
}

/// Rank-normalized R̂: the larger of [`split_r_hat`] of the normal scores of all draws and of the normal
/// scores of their distances from the median.
///
/// The first detects different means, also of heavy-tailed distributions, the second different scales.
/// Vehtari et al. recommend to use chains only if it is below 1.01.
///
/// Vehtari, Gelman, Simpson, Carpenter & Bürkner, "Rank-normalization, folding, and localization: an
/// improved R̂ for assessing convergence of MCMC", 2021.
///
/// # Errors
///
/// When there are fewer than 8 draws, chains of different lengths, values that are not finite, or no two
/// different values.
pub fn rank_normalized_r_hat<C: AsRef<[f64]>>(chains: &[C]) -> Result<f64, DiagnosticsError> {
    let series = Series::new(chains)?;
    let bulk = split_r_hat(&ranks::normal_scores(&series))?;
    let folded = ranks::folded(&series);
    match Series::new(&folded) {
        Ok(folded) => Ok(bulk.max(split_r_hat(&ranks::normal_scores(&folded))?)),
        // Two equally frequent values: all draws are equally far from the median.
        Err(DiagnosticsError::Constant) => Ok(bulk),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostics::examples::autoregressive;

    /// Halves of n draws −1, +1, −1, … about μ have W = n/(n − 1), and B/n is the variance of the μ.
    #[test]
    fn split_r_hat_is_that_of_its_formula() {
        let n = 50;
        let chain = |first: f64, last: f64| -> Vec<f64> {
            let draw = |i: usize| if i < n { first } else { last };
            let draw = |i: usize| draw(i) + if i.is_multiple_of(2) { -1.0 } else { 1.0 };
            (0..2 * n).map(draw).collect()
        };
        let chains = [chain(0.0, 1.0), chain(2.0, 3.0)];
        let found = split_r_hat(&chains).expect("a series");
        let (within, between) = (n as f64 / (n as f64 - 1.0), 5.0 / 3.0);
        let exact = ((1.0 + between) / within).sqrt();
        assert!((found - exact).abs() < 1e-12, "{found}, {exact}");
    }

    #[test]
    fn chains_in_equilibrium_have_an_r_hat_of_one() {
        let chains = autoregressive(0.5, [4, 10_000], 110);
        for r_hat in [split_r_hat(&chains), rank_normalized_r_hat(&chains)] {
            let r_hat = r_hat.expect("a series");
            assert!((0.999..1.003).contains(&r_hat), "{r_hat}");
        }
    }

    #[test]
    fn different_scales_are_seen_by_the_folded_ranks_alone() {
        let mut chains = autoregressive(0.0, [4, 10_000], 111);
        for x in &mut chains[0] {
            *x *= 3.0;
        }
        assert!(split_r_hat(&chains).expect("a series") < 1.003);
        assert!(rank_normalized_r_hat(&chains).expect("a series") > 1.05);
    }

    #[test]
    fn constants_that_differ_have_an_infinite_r_hat() {
        let chains = [[0.0; 8], [1.0; 8]];
        assert_eq!(split_r_hat(&chains), Ok(f64::INFINITY));
        let equal = [[1.0; 8], [1.0; 8]];
        assert_eq!(split_r_hat(&equal), Err(DiagnosticsError::Constant));
    }
}
