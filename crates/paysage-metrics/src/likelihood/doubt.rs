//! Reasons to doubt an interval.

use std::fmt;

/// A reason why an interval of annealing may not hold the true value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Doubt {
    /// The lower bound is above the upper one.
    Contradiction,
    /// Both bases give values of ln Z that their standard errors do not explain.
    Disagreement {
        /// Their difference, in nats.
        nats: f64,
    },
    /// Rows of the data or given chains are in modes that no replica from a base has reached.
    HeavierStates,
    /// The states of the machine came from few samples of a base.
    FewArrivals {
        /// The effective number of samples.
        effective: f64,
    },
    /// Many replicas at the machine have not been at a base since the start.
    Starts {
        /// Their share.
        share: f64,
    },
    /// The weights of a few forward chains are larger than those of all others together.
    FewChains {
        /// The effective number of chains.
        effective: f64,
    },
    /// Given a row, the states of the hidden layers came from few samples of a base.
    FewSamplesOfRows {
        /// The effective number of samples, the mean over the rows.
        effective: f64,
    },
    /// Given many of the rows, the states of the hidden layers came from one sample of a base.
    RowsOfOneSample {
        /// Their share, by weight.
        share: f64,
    },
    /// The lower bound of rows is above the upper one.
    ContradictionOfRows,
}

impl fmt::Display for Doubt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Contradiction => {
                write!(
                    f,
                    "the lower bound of ln Z is above the upper one: the replicas have not mixed"
                )
            }
            Self::Disagreement { nats } => write!(
                f,
                "annealing from the two bases gives values of ln Z that differ by {nats:.2} nats"
            ),
            Self::HeavierStates => write!(
                f,
                "replicas that started from the data give a higher ln Z than those from independent units"
            ),
            Self::FewArrivals { effective } => write!(
                f,
                "the upper bound of ln Z depends on {effective:.1} independent samples"
            ),
            Self::Starts { share } => write!(
                f,
                "{:.0} % of the samples of the model depend on the states in which the replicas started",
                100.0 * share
            ),
            Self::FewChains { effective } => write!(
                f,
                "the lower bound of ln Z depends on {effective:.1} of the annealed chains"
            ),
            Self::FewSamplesOfRows { effective } => write!(
                f,
                "the bounds of rows depend on {effective:.1} independent samples given each row"
            ),
            Self::RowsOfOneSample { share } => write!(
                f,
                "the bounds of {:.0} % of the rows depend on a single sample",
                100.0 * share
            ),
            Self::ContradictionOfRows => {
                write!(
                    f,
                    "the lower bound of rows is above the upper one: the replicas have not mixed"
                )
            }
        }
    }
}
