//! Checked draws of several chains.

use super::DiagnosticsError;

/// The least number of draws: halves of chains then have four.
pub(super) const LEAST_DRAWS: usize = 8;

/// Draws of one quantity: equally many finite numbers of each chain, not all equal.
pub(super) struct Series<'a> {
    pub(super) chains: Vec<&'a [f64]>,
}

impl<'a> Series<'a> {
    pub(super) fn new<C: AsRef<[f64]>>(chains: &'a [C]) -> Result<Self, DiagnosticsError> {
        let chains: Vec<&[f64]> = chains.iter().map(AsRef::as_ref).collect();
        let first = chains.first().ok_or(DiagnosticsError::NoChains)?;
        let draws = first.len();
        if let Some(other) = chains.iter().find(|chain| chain.len() != draws) {
            return Err(DiagnosticsError::Lengths {
                first: draws,
                other: other.len(),
            });
        }
        if draws < LEAST_DRAWS {
            return Err(DiagnosticsError::TooShort {
                draws,
                needed: LEAST_DRAWS,
            });
        }
        for (chain, draws) in chains.iter().enumerate() {
            if let Some(draw) = draws.iter().position(|x| !x.is_finite()) {
                return Err(DiagnosticsError::NotFinite {
                    chain: chain + 1,
                    draw: draw + 1,
                });
            }
        }
        let start = first[0];
        match chains.iter().all(|chain| chain.iter().all(|&x| x == start)) {
            true => Err(DiagnosticsError::Constant),
            false => Ok(Self { chains }),
        }
    }

    /// The first and the last half of each chain, as chains of their own; the draw in the middle of an
    /// odd number is left out.
    pub(super) fn halves(&self) -> Self {
        let half = self.draws() / 2;
        let ends = |chain: &&'a [f64]| [&chain[..half], &chain[chain.len() - half..]];
        Self {
            chains: self.chains.iter().flat_map(ends).collect(),
        }
    }

    /// The least autocorrelation time, 1/log₁₀ of the number of draws: antithetic draws are worth more than
    /// independent ones, but no estimate of how much more is certain (Vehtari et al., 2021).
    pub(super) fn least_time(&self) -> f64 {
        ((self.draws() * self.chains.len()) as f64).log10().recip()
    }

    pub(super) fn draws(&self) -> usize {
        self.chains[0].len()
    }

    /// The mean over all draws.
    pub(super) fn mean(&self) -> f64 {
        self.means().iter().sum::<f64>() / self.chains.len() as f64
    }

    /// The mean of each chain.
    pub(super) fn means(&self) -> Vec<f64> {
        let mean = |chain: &&[f64]| chain.iter().sum::<f64>() / chain.len() as f64;
        self.chains.iter().map(mean).collect()
    }

    /// The mean square distance of all draws from a number.
    pub(super) fn variance_about(&self, center: f64) -> f64 {
        let centers = vec![center; self.chains.len()];
        self.autocovariance(&centers, 0)
    }

    /// The autocovariance at a lag about one number for each chain, Σ (x_i − c)(x_{i+lag} − c)/draws,
    /// averaged over the chains.
    pub(super) fn autocovariance(&self, centers: &[f64], lag: usize) -> f64 {
        let of_chain = |(chain, center): (&&[f64], &f64)| {
            let pairs = chain.iter().zip(&chain[lag..]);
            let sum: f64 = pairs.map(|(x, y)| (x - center) * (y - center)).sum();
            sum / chain.len() as f64
        };
        let sum: f64 = self.chains.iter().zip(centers).map(of_chain).sum();
        sum / self.chains.len() as f64
    }
}

/// The mean within-chain variance W and an estimate of the variance of the whole distribution,
/// (n − 1)/n W + B/n, where B/n is the variance of the means of chains of n draws.
pub(super) struct Variances {
    pub(super) within: f64,
    pub(super) total: f64,
}

impl Variances {
    pub(super) fn of(series: &Series<'_>) -> Self {
        let (means, n) = (series.means(), series.draws() as f64);
        let biased = series.autocovariance(&means, 0);
        let m = means.len() as f64;
        let mean = means.iter().sum::<f64>() / m;
        let squares = means.iter().map(|x| (x - mean).powi(2)).sum::<f64>();
        Self {
            within: biased * n / (n - 1.0),
            total: biased + squares / (m - 1.0).max(1.0),
        }
    }

    pub(super) fn r_hat(&self) -> f64 {
        (self.total / self.within).sqrt()
    }
}
