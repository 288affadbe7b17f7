//! Bounds that a right sampler exceeds about never, and a wrong one soon.

/// How many standard errors a mean may be off: a right one exceeds it once in 500,000 times.
pub const SIGMAS: f64 = 4.9;

/// The mean, and the standard error of the mean, of a sample.
///
/// ```
/// let (mean, error) = paysage_testkit::statistics::mean_and_error(&[1.0, 3.0]);
/// assert_eq!((mean, error), (2.0, 1.0));
/// ```
#[must_use]
pub fn mean_and_error(sample: &[f64]) -> (f64, f64) {
    let n = sample.len() as f64;
    let mean = sample.iter().sum::<f64>() / n;
    let variance = sample.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / (n - 1.0).max(1.0);
    (mean, (variance / n).sqrt())
}

/// Checks that the mean of a sample is within [`SIGMAS`] standard errors of what it should be.
///
/// # Panics
///
/// When it is not.
pub fn assert_mean(sample: &[f64], expected: f64, what: &str) {
    let (mean, error) = mean_and_error(sample);
    // A sample without spread has no error to measure by; one wrong entry in n would show as 1/n.
    let error = error.max(1e-6 * (1.0 + expected.abs()) + 1.0 / sample.len() as f64 / SIGMAS);
    assert!(
        (mean - expected).abs() <= SIGMAS * error,
        "{what}: mean {mean} of {} draws, expected {expected} within {SIGMAS} × {error:.2e}",
        sample.len()
    );
}

/// The distance ½ Σ |counts/n − p| of a sample from a distribution.
#[must_use]
pub fn total_variation(counts: &[usize], probabilities: &[f64]) -> f64 {
    let n: usize = counts.iter().sum();
    let pairs = counts.iter().zip(probabilities);
    0.5 * pairs
        .map(|(&c, p)| (c as f64 / n as f64 - p).abs())
        .sum::<f64>()
}

/// The total variation that n exact draws have on average: ½ Σ √(2 p (1 − p) / (π n)).
#[must_use]
pub fn total_variation_floor(probabilities: &[f64], n: usize) -> f64 {
    let deviation = |p: &f64| (2.0 * p * (1.0 - p) / (std::f64::consts::PI * n as f64)).sqrt();
    0.5 * probabilities.iter().map(deviation).sum::<f64>()
}

/// Checks that counts are as close to a distribution as four times the Monte Carlo floor.
///
/// # Panics
///
/// When they are not.
pub fn assert_distribution(counts: &[usize], probabilities: &[f64], what: &str) {
    let n = counts.iter().sum();
    let (distance, floor) = (
        total_variation(counts, probabilities),
        total_variation_floor(probabilities, n),
    );
    assert!(
        distance < 4.0 * floor,
        "{what}: total variation {distance:.4}, more than 4 × the floor {floor:.4}"
    );
}
