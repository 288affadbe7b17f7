//! Sums of numbers given by their logarithms.

/// ln Σ exp(x) without overflow, in f64 on the host: −∞ for no terms, NaN where a term is NaN.
///
/// ```
/// use paysage_kernels::log_sum_exp;
///
/// let sum = log_sum_exp([1000.0, 1000.0]);
/// assert!((sum - 1000.0 - 2.0_f64.ln()).abs() < 1e-12);
/// assert_eq!(log_sum_exp([]), f64::NEG_INFINITY);
/// ```
#[must_use]
pub fn log_sum_exp<I>(logarithms: I) -> f64
where
    I: IntoIterator<Item = f64>,
    I::IntoIter: Clone,
{
    let terms = logarithms.into_iter();
    let largest = terms.clone().fold(f64::NEG_INFINITY, f64::max);
    // All terms vanish, or one is infinite; `max` passes over NaN, the sum does not.
    if largest.is_infinite() && !terms.clone().any(f64::is_nan) {
        return largest;
    }
    largest + terms.map(|x| (x - largest).exp()).sum::<f64>().ln()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_and_the_size_of_the_terms_do_not_matter() {
        let exact = 1000.0 + (-1.0_f64).exp().ln_1p();
        for terms in [[-1000.0, 1000.0, 999.0], [1000.0, 999.0, -1000.0]] {
            assert!((log_sum_exp(terms) - exact).abs() < 1e-12);
        }
    }

    #[test]
    fn infinities_and_nan_are_kept() {
        assert_eq!(log_sum_exp([f64::NEG_INFINITY; 2]), f64::NEG_INFINITY);
        assert_eq!(log_sum_exp([0.0, f64::INFINITY]), f64::INFINITY);
        for terms in [
            [0.0, f64::NAN, 1.0],
            [f64::NAN; 3],
            [f64::NAN, f64::NEG_INFINITY, 0.0],
        ] {
            assert!(log_sum_exp(terms).is_nan());
        }
    }
}
