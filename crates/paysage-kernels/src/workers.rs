//! The threads that the kernels run on.

/// Runs work on one of the threads that the kernels share out their own work to.
///
/// Handing work to the pool from a thread outside it takes tens of microseconds, from inside one or
/// two; a training step hands out a dozen pieces.
///
/// A thread that waits for its pieces takes up other work of the pool in the meantime, which may be
/// all of what another thread of the program has put here: work should not hold a lock while it
/// computes, and of two trainings in one program one may wait for the other.
///
/// ```
/// let sum: u64 = paysage_kernels::on_workers(|| (1..=10).sum());
/// assert_eq!(sum, 55);
/// ```
pub fn on_workers<R: Send>(work: impl FnOnce() -> R + Send) -> R {
    rayon::scope(|_| work())
}
