//! Why chains have no diagnostics.

use thiserror::Error;

/// Why a series of draws has no diagnostics.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum DiagnosticsError {
    /// There are no chains.
    #[error("there are no chains")]
    NoChains,
    /// Chains have different numbers of draws.
    #[error("the first chain has {first} draws and another {other}: expected equally many")]
    Lengths {
        /// The number of draws of the first chain.
        first: usize,
        /// That of another chain.
        other: usize,
    },
    /// There are too few draws.
    #[error("chains of {draws} draws are too short: expected at least {needed}")]
    TooShort {
        /// The number of draws of each chain.
        draws: usize,
        /// The smallest number.
        needed: usize,
    },
    /// A draw is not finite.
    #[error("draw {draw} of chain {chain} is not finite")]
    NotFinite {
        /// The chain, counted from 1.
        chain: usize,
        /// The draw, counted from 1.
        draw: usize,
    },
    /// All draws are equal.
    #[error("all draws are equal: autocorrelations and R-hat are not defined")]
    Constant,
}
