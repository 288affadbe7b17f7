//! The threads that the kernels run on.

/// Runs work on one of the threads that the kernels share out their own work to.
///
/// Handing work to the pool from a thread outside it takes tens of microseconds, from inside one or
/// two; a training step hands out a dozen pieces. On a GPU it makes no difference.
///
/// ```
/// let sum: u64 = paysage_kernels::on_workers(|| (1..=10).sum());
/// assert_eq!(sum, 55);
/// ```
pub fn on_workers<R: Send>(work: impl FnOnce() -> R + Send) -> R {
    rayon::scope(|_| work())
}
