//! Thread pool of the kernels.

/// Runs work on a thread of the pool that the kernels use.
///
/// Submitting a task from outside the pool takes tens of microseconds, from inside one or two; a
/// training step submits about a dozen tasks.
///
/// A thread that waits for its tasks runs other tasks of the pool, possibly all work that another
/// thread has submitted here. So work should not hold a lock while it computes, and two trainings in
/// one process may wait for each other.
///
/// ```
/// let sum: u64 = paysage_kernels::on_workers(|| (1..=10).sum());
/// assert_eq!(sum, 55);
/// ```
pub fn on_workers<R: Send>(work: impl FnOnce() -> R + Send) -> R {
    rayon::scope(|_| work())
}
