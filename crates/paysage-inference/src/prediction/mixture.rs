//! Mixtures of normal distributions with one variance.

use super::RealValue;

/// The share of the weight that components may be left out with.
const NEGLIGIBLE: f64 = 1e-12;

/// Σ_k w_k N(m_k, σ²), or a weighted sample where σ is 0.
pub(super) struct Mixture {
    /// Weights and means, in the order of the means; the weights have the sum 1.
    components: Vec<(f64, f64)>,
    deviation: f64,
}

impl Mixture {
    /// From weights, not all of them 0, and means.
    pub fn new(weighted_means: impl IntoIterator<Item = (f64, f64)>, deviation: f64) -> Self {
        let mut components: Vec<(f64, f64)> = weighted_means.into_iter().collect();
        let largest = components.iter().map(|c| c.0).fold(0.0, f64::max);
        let least = largest * NEGLIGIBLE / components.len() as f64;
        components.retain(|c| c.0 > least);
        components.sort_by(|a, b| a.1.total_cmp(&b.1));
        let sum: f64 = components.iter().map(|c| c.0).sum();
        components.iter_mut().for_each(|c| c.0 /= sum);
        Self {
            components,
            deviation,
        }
    }

    /// Mean, standard deviation and central interval of this coverage.
    pub fn summary(&self, coverage: f64) -> RealValue {
        let mean = self.mean();
        let squares = self.components.iter().map(|(w, m)| w * (m - mean).powi(2));
        let variance = self.deviation.powi(2) + squares.sum::<f64>();
        RealValue {
            mean,
            standard_deviation: variance.sqrt(),
            low: self.quantile(0.5 - 0.5 * coverage),
            high: self.quantile(0.5 + 0.5 * coverage),
            standard_error: None,
        }
    }

    fn mean(&self) -> f64 {
        self.components.iter().map(|(w, m)| w * m).sum()
    }

    /// The value below which a share p of the distribution lies, by Newton's method within a bracket
    /// that bisection narrows.
    fn quantile(&self, p: f64) -> f64 {
        let (first, last) = match self.components.as_slice() {
            [first, .., last] => (first.1, last.1),
            [only] => (only.1, only.1),
            [] => return f64::NAN,
        };
        if self.deviation == 0.0 {
            let mut below = 0.0;
            let passed = |c: &&(f64, f64)| {
                below += c.0;
                below >= p
            };
            return self.components.iter().find(passed).map_or(last, |c| c.1);
        }
        let reach = 10.0 * self.deviation;
        let (mut low, mut high) = (first - reach, last + reach);
        let mut x = self.mean();
        for _ in 0..200 {
            let (below, density) = self.below(x);
            match below < p {
                true => low = x,
                false => high = x,
            }
            let next = x - (below - p) / density;
            let next = match low < next && next < high {
                true => next,
                false => 0.5 * (low + high),
            };
            let step = (next - x).abs();
            x = next;
            if step < 1e-10 * self.deviation {
                break;
            }
        }
        x
    }

    /// The distribution function and the density at a value.
    fn below(&self, x: f64) -> (f64, f64) {
        let terms = self.components.iter().map(|(weight, mean)| {
            let z = (x - mean) / self.deviation;
            let (below, density) = standard_normal(z);
            (weight * below, weight * density / self.deviation)
        });
        terms.fold((0.0, 0.0), |sum, term| (sum.0 + term.0, sum.1 + term.1))
    }
}

/// Distribution function and density of the standard normal distribution.
///
/// Marsaglia, "Evaluating the normal distribution", 2004: Φ(z) = ½ + φ(z) (z + z³/3 + z⁵/15 + …).
fn standard_normal(z: f64) -> (f64, f64) {
    let density = (-0.5 * z * z).exp() / std::f64::consts::TAU.sqrt();
    if z.abs() > 8.0 {
        return (f64::from(z > 0.0), density);
    }
    let (mut sum, mut term, mut odd) = (z, z, 1.0);
    loop {
        odd += 2.0;
        term *= z * z / odd;
        let next = sum + term;
        if next == sum {
            return (0.5 + sum * density, density);
        }
        sum = next;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_normal_distribution_has_its_tabulated_quantiles() {
        for (p, z) in [
            (0.5, 0.0),
            (0.841_344_746_068_542_9, 1.0),
            (0.05, -1.644_853_626_951_472_7),
            (0.995, 2.575_829_303_548_900_4),
        ] {
            let found = Mixture::new([(2.0, 3.0)], 0.5).quantile(p);
            assert!((found - (3.0 + 0.5 * z)).abs() < 1e-9, "{p}: {found}");
        }
    }

    #[test]
    fn a_mixture_of_two_has_their_moments_and_quantiles() {
        let mixture = Mixture::new([(1.0, -5.0), (3.0, 5.0)], 1.0);
        let found = mixture.summary(0.5);
        assert!((found.mean - 2.5).abs() < 1e-12);
        assert!((found.standard_deviation - (1.0_f64 + 18.75).sqrt()).abs() < 1e-12);
        // The lower quarter is the first component, up to what the second has there.
        for (x, p) in [(found.low, 0.25), (found.high, 0.75)] {
            assert!((mixture.below(x).0 - p).abs() < 1e-10, "{p}: {x}");
        }
    }

    #[test]
    fn a_sample_has_its_own_quantiles() {
        let sample = Mixture::new([(1.0, 4.0), (1.0, 1.0), (1.0, 2.0), (1.0, 3.0)], 0.0);
        let found = sample.summary(0.5);
        assert_eq!((found.mean, found.low, found.high), (2.5, 1.0, 3.0));
        assert!((found.standard_deviation - 1.25_f64.sqrt()).abs() < 1e-12);
    }
}
