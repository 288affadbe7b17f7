//! Bins of histograms of data beside samples.

use super::Shape;

/// Largest number of bins.
const BINS: f64 = 30.0;

/// Fraction of the values that a histogram leaves out at each end.
pub(crate) const TAIL: f64 = 0.005;

/// Fractions of data and of samples in bins between their quantiles: bins of whole numbers where the data
/// are whole numbers.
pub(super) fn histogram(mut data: Vec<f64>, mut samples: Vec<f64>) -> (Shape, Vec<[f64; 2]>) {
    let are_whole = are_whole(&data);
    if are_whole {
        data.iter_mut().for_each(|x| *x = x.round());
    }
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

/// Whether all values are whole numbers, within the rounding of values that were standardized or scaled in
/// single precision: relative to their range and to their size.
fn are_whole(values: &[f64]) -> bool {
    let low = values.iter().copied().fold(f64::INFINITY, f64::min);
    let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let size = low.abs().max(high.abs());
    let tolerance = (1e-5 * (high - low) + 1e-7 * size).min(1e-3);
    size < 1e9 && values.iter().all(|x| (x - x.round()).abs() <= tolerance)
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
        for whole in [
            &[0.0, -3.0, 47.000_002][..],
            &[2_019.999_9, 2_024.0],
            &[5.0, 5.0],
            &[123_456.000_5, 999.0],
        ] {
            assert!(are_whole(whole), "{whole:?}");
        }
        for other in [
            &[0.0, 47.01][..],
            &[1e-6, 3e-6, -2e-6],
            &[0.000_1, 1.0],
            &[2_020.5, 2_021.0],
            &[123_456.1, 0.0],
            &[1.0, 1e12],
        ] {
            assert!(!are_whole(other), "{other:?}");
        }
    }
}
