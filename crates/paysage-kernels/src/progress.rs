//! Progress of long computations.

/// Receives the progress of a computation.
///
/// A closure is one; [`Silent`] ignores all reports.
///
/// ```
/// use paysage_kernels::{Progress, Silent};
///
/// fn work(progress: &mut dyn Progress) {
///     for step in 1..=3 {
///         progress.advance("work", step, 3);
///     }
/// }
///
/// let mut reports = Vec::new();
/// work(&mut |stage: &str, done, total| reports.push(format!("{stage} {done}/{total}")));
/// assert_eq!(reports, ["work 1/3", "work 2/3", "work 3/3"]);
/// work(&mut Silent);
/// ```
pub trait Progress: Send {
    /// `done` of `total` steps of a stage are finished.
    fn advance(&mut self, stage: &str, done: usize, total: usize);
}

/// Ignores all reports of progress.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Progress for Silent {
    fn advance(&mut self, _stage: &str, _done: usize, _total: usize) {}
}

impl<F: FnMut(&str, usize, usize) + Send> Progress for F {
    fn advance(&mut self, stage: &str, done: usize, total: usize) {
        self(stage, done, total);
    }
}
