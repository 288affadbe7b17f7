//! Progress of long computations.

use std::fmt::{self, Display};

/// A part of a long computation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Stage {
    /// Training, batch by batch.
    Training,
    /// Exact sum over states.
    ExactSum,
    /// Pilot run of annealing, which places the inverse temperatures.
    PilotRun,
    /// Annealing from independent units to the machine.
    ForwardAnnealing,
    /// Burn-in of the chains that reverse annealing starts from.
    BurnIn,
    /// Annealing from the machine to independent units.
    ReverseAnnealing,
    /// Annealing of the hidden units given each row, one batch of rows after another.
    RowAnnealing,
    /// Metrics over the rows of a data set, one chunk after another.
    Rows,
    /// Gibbs sampling.
    GibbsSampling,
    /// Selection of the machines of a ladder.
    LadderSelection,
    /// Drawing of figures.
    Figures,
    /// Effective couplings, one site with all later ones after another.
    Couplings,
}

impl Display for Stage {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Training => "training",
            Self::ExactSum => "exact sum over states",
            Self::PilotRun => "pilot run",
            Self::ForwardAnnealing => "forward annealing",
            Self::BurnIn => "burn-in of chains",
            Self::ReverseAnnealing => "reverse annealing",
            Self::RowAnnealing => "annealing given each row",
            Self::Rows => "rows",
            Self::GibbsSampling => "Gibbs sampling",
            Self::LadderSelection => "selection of a ladder",
            Self::Figures => "figures",
            Self::Couplings => "couplings of sites",
        })
    }
}

/// Progress callback of a long computation. A closure `|stage, done, total|` is one, and
/// [`Silent`] ignores all reports.
///
/// ```
/// use paysage_models::{Progress, Stage};
///
/// let mut last = None;
/// let mut progress = |stage: Stage, done: usize, total: usize| last = Some((stage, done, total));
/// progress.report(Stage::ExactSum, 1, 2);
/// assert_eq!(last, Some((Stage::ExactSum, 1, 2)));
/// ```
pub trait Progress: Send {
    /// Receives the current stage and the number of steps of it that are done.
    fn report(&mut self, stage: Stage, done: usize, total: usize);
}

impl<F: FnMut(Stage, usize, usize) + Send> Progress for F {
    fn report(&mut self, stage: Stage, done: usize, total: usize) {
        self(stage, done, total);
    }
}

/// Ignores all progress reports.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Progress for Silent {
    fn report(&mut self, _stage: Stage, _done: usize, _total: usize) {}
}
