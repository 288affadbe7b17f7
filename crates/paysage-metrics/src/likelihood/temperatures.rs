//! Schedules of inverse temperatures.

/// Spacing of the inverse temperatures between 0 and 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Spacing {
    /// Equal steps.
    Linear,
    /// Equal ratios from 10⁻⁴ to 1, after 0.
    Geometric,
    /// Placed by a pilot run so that every step reduces the effective sample size by about the same
    /// factor.
    ///
    /// A small step multiplies it by 1/(1 + variance of the increment). So steps are equal in
    /// ∫ √(variance of d ln f/dβ) dβ, the thermodynamic length, which also minimizes the total
    /// variance. The chains of the pilot run are not used for the estimate, whose weights stay
    /// unbiased.
    ///
    /// Gelman & Meng, "Simulating normalizing constants: from importance sampling to bridge
    /// sampling to path sampling", 1998; Zhou, Johansen & Aston, "Toward automatic model comparison:
    /// an adaptive sequential Monte Carlo approach", 2016.
    #[default]
    Adaptive,
}

/// The smallest inverse temperature above 0 of geometric spacing.
const SMALLEST: f64 = 1e-4;

/// β = 0, …, 1 in equal steps.
pub(super) fn linear(steps: usize) -> Vec<f64> {
    let beta = |k| k as f64 / steps as f64;
    (0..=steps).map(beta).collect()
}

/// β = 0, then geometric from [`SMALLEST`] to 1.
pub(super) fn geometric(steps: usize) -> Vec<f64> {
    let last = (steps - 1).max(1) as f64;
    let beta = |k| SMALLEST.powf(1.0 - k as f64 / last);
    let above = (0..steps).map(|k| if k + 1 == steps { 1.0 } else { beta(k) });
    std::iter::once(0.0).chain(above).collect()
}

/// Steps of equal thermodynamic length, given the standard deviations of the increments of the steps
/// of a pilot run.
///
/// A tenth of the length is spread evenly, because a pilot run may underestimate the length.
pub(super) fn equal_lengths(pilot: &[f64], deviations: &[f64], steps: usize) -> Vec<f64> {
    let total: f64 = deviations.iter().sum();
    let length = |(k, deviation): (usize, &f64)| {
        let even = pilot[k + 1] - pilot[k];
        let share = if total > 0.0 { deviation / total } else { even };
        0.9 * share + 0.1 * even
    };
    let lengths: Vec<f64> = deviations.iter().enumerate().map(length).collect();
    let (mut step, mut passed) = (0, 0.0);
    let inner = (1..steps).map(|k| {
        let wanted = k as f64 / steps as f64;
        while step + 1 < lengths.len() && passed + lengths[step] < wanted {
            passed += lengths[step];
            step += 1;
        }
        let within = ((wanted - passed) / lengths[step]).clamp(0.0, 1.0);
        pilot[step] + within * (pilot[step + 1] - pilot[step])
    });
    let inner: Vec<f64> = inner.collect();
    let ends = (std::iter::once(0.0), std::iter::once(1.0));
    ends.0.chain(inner).chain(ends.1).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schedules_rise_from_zero_to_one() {
        let pilot = linear(4);
        let adaptive = equal_lengths(&pilot, &[3.0, 1.0, 0.0, 0.0], 50);
        for betas in [linear(50), geometric(50), adaptive] {
            assert_eq!((betas.len(), betas[0], betas[50]), (51, 0.0, 1.0));
            assert!(betas.windows(2).all(|pair| pair[0] < pair[1]), "{betas:?}");
        }
        assert_eq!(linear(1), [0.0, 1.0]);
        assert_eq!(geometric(1), [0.0, 1.0]);
        assert_eq!(equal_lengths(&pilot, &[1.0; 4], 1), [0.0, 1.0]);
    }

    #[test]
    fn steps_are_dense_where_the_increments_vary() {
        let betas = equal_lengths(&linear(4), &[9.0, 1.0, 0.0, 0.0], 1000);
        let count = |low: f64, high: f64| {
            let within = betas.iter().filter(|&&b| low < b && b <= high);
            within.count() as f64 / 1000.0
        };
        // Nine tenths by standard deviation, one tenth evenly.
        assert!((count(0.0, 0.25) - (0.81 + 0.025)).abs() < 0.002);
        assert!((count(0.25, 0.5) - (0.09 + 0.025)).abs() < 0.002);
        assert!((count(0.5, 1.0) - 0.05).abs() < 0.002);
    }

    #[test]
    fn increments_without_variance_give_even_steps() {
        let betas = equal_lengths(&linear(2), &[0.0, 0.0], 4);
        assert_eq!(betas, linear(4));
    }
}
