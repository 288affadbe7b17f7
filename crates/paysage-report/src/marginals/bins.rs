//! Bins of histograms of data beside samples.

use super::Shape;

/// Largest number of bins.
const BINS: f64 = 30.0;

/// Fraction of the values that a histogram leaves out at each end.
pub(crate) const TAIL: f64 = 0.005;

/// Fractions of data and of samples in bins between their quantiles: bins of whole numbers where the data
/// are whole numbers.
pub(super) fn histogram(mut data: Vec<f64>, mut samples: Vec<f64>) -> (Shape, Vec<[f64; 2]>) {
    data.sort_by(f64::total_cmp);
    samples.sort_by(f64::total_cmp);
    let quantile =
        |sorted: &[f64], share: f64| sorted[(share * (sorted.len() - 1) as f64).round() as usize];
    let low = quantile(&data, TAIL).min(quantile(&samples, TAIL));
    let high = quantile(&data, 1.0 - TAIL).max(quantile(&samples, 1.0 - TAIL));
    let spread = quantile(&data, 0.75) - quantile(&data, 0.25);
    // The rule of Freedman and Diaconis, where the quartiles differ.
    let ideal = match 2.0 * spread / (data.len() as f64).cbrt() {
        0.0 => (high - low) / BINS,
        width => width.max((high - low) / BINS),
    };
    let are_whole = data.iter().all(|&x| is_whole(x));
    let (low, width, count) = match are_whole {
        // A bin of width 1 has its whole number in its middle.
        true => {
            let (low, width) = (low.round() - 0.5, ideal.ceil().max(1.0));
            (low, width, ((high.round() + 0.5 - low) / width).ceil())
        }
        false if high > low => {
            let count = ((high - low) / ideal).ceil().clamp(1.0, BINS);
            (low, (high - low) / count, count)
        }
        false => {
            let width = 0.1 * low.abs().max(1.0);
            (low - width / 2.0, width, 1.0)
        }
    };
    let mut shares = vec![[0.0; 2]; count.max(1.0) as usize];
    let most = shares.len() as f64;
    for (side, values) in [&data, &samples].into_iter().enumerate() {
        for value in values {
            let place = (value - low) / width;
            // The largest value belongs to the last bin.
            let place = if place == most { most - 1.0 } else { place };
            if (0.0..most).contains(&place) {
                shares[place as usize][side] += 1.0 / values.len() as f64;
            }
        }
    }
    (Shape::Bins { low, width }, shares)
}

/// Whether a value is a whole number within the rounding of a value that was standardized in single
/// precision.
fn is_whole(value: f64) -> bool {
    let tolerance = (1e-5 * value.abs()).clamp(1e-5, 1e-3);
    value.abs() < 1e9 && (value - value.round()).abs() <= tolerance
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_histogram_has_few_bins_and_all_values_between_its_ends() {
        let data: Vec<f64> = (0..1000)
            .map(|i| f64::from(i) * 0.37)
            .map(f64::sin)
            .collect();
        let (_, shares) = histogram(data.clone(), data.clone());
        assert!(shares.len() <= 30);
        for side in [0, 1] {
            assert!(shares.iter().map(|shares| shares[side]).sum::<f64>() > 0.98);
        }
        let (_, shares) = histogram(vec![2.5; 3], vec![2.5; 2]);
        assert_eq!(shares, [[1.0, 1.0]]);
        let (_, shares) = histogram(vec![0.25, 1e30], vec![0.5]);
        assert!(shares.len() <= 30);
        let (_, shares) = histogram((0..1000).map(f64::from).collect(), vec![-1e6, 1e6]);
        assert!(shares.len() <= 32, "{}", shares.len());
    }

    #[test]
    fn whole_numbers_have_a_tolerance() {
        for whole in [0.0, -3.0, 47.000_002, 2_019.999_9, 123_456.0] {
            assert!(is_whole(whole), "{whole}");
        }
        for other in [0.001, 47.01, 2_020.5, 123_456.1, 1e12, f64::NAN] {
            assert!(!is_whole(other), "{other}");
        }
    }
}
