//! The values that the units of a layer can take.

/// The set of states of a layer.
///
/// A discrete layer is a row of *sites*, each a few units side by side that together take one of
/// a list of options: one unit with the options 0 and 1 for a Bernoulli layer, `states` units with
/// the rows of the identity for a one-hot layer. Exact sums, pseudo-likelihoods and the check of
/// data all need no more than that.
///
/// ```
/// use paysage_layers::Support;
///
/// let spin = Support::discrete(vec![vec![-1.0], vec![1.0]]);
/// assert_eq!(spin.first_invalid(&[1.0, -1.0, 0.0]), Some(2));
/// assert_eq!(spin.expectation(), "a site takes one of [-1], [1]");
/// ```
#[derive(Clone, Debug, PartialEq)]
pub enum Support {
    /// Every site takes one of these options; all options have the width of a site.
    Discrete {
        /// The values of the units of one site, option by option.
        options: Vec<Vec<f32>>,
        /// What a value must be, for messages: "a Bernoulli unit takes 0 or 1".
        expectation: String,
    },
    /// Any real number, with H(x) = Σ (x − loc)²/(2 variance) and r(x) = (x − center)/variance:
    /// layers of this kind can be integrated jointly.
    Gaussian {
        /// The mean of each unit without a field.
        loc: Vec<f64>,
        /// The variance of each unit.
        variance: Vec<f64>,
        /// What is subtracted from each unit in r.
        center: Vec<f64>,
    },
    /// Any real number, with energies of another form.
    Real,
}

impl Support {
    /// A discrete support with a message made from its options.
    #[must_use]
    pub fn discrete(options: Vec<Vec<f32>>) -> Self {
        let listed: Vec<String> = options.iter().map(|o| format!("{o:?}")).collect();
        let expectation = format!("a site takes one of {}", listed.join(", ")).replace(".0", "");
        Self::Discrete {
            options,
            expectation,
        }
    }

    /// The first unit of a row whose value is outside the support.
    #[must_use]
    pub fn first_invalid(&self, row: &[f32]) -> Option<usize> {
        if self.takes_each(row) {
            return None;
        }
        if let Some(unit) = row.iter().position(|x| !x.is_finite()) {
            return Some(unit);
        }
        let Self::Discrete { options, .. } = self else {
            return None;
        };
        let width = options.first().map_or(1, Vec::len);
        row.chunks(width).enumerate().find_map(|(site, values)| {
            // The unit to name: the one where the option that fits longest stops to fit.
            let fits = options
                .iter()
                .map(|option| {
                    option
                        .iter()
                        .zip(values)
                        .take_while(|(a, b)| a == b)
                        .count()
                })
                .max()
                .unwrap_or(0);
            (fits < width).then_some(site * width + fits)
        })
    }

    /// The first unit of a row whose value is outside the support, where whole sites may be missing
    /// (NaN).
    ///
    /// ```
    /// use paysage_layers::Support;
    ///
    /// let onehot = Support::discrete(vec![vec![1.0, 0.0], vec![0.0, 1.0]]);
    /// assert_eq!(onehot.first_invalid_known(&[f32::NAN, f32::NAN, 0.0, 1.0]), None);
    /// assert_eq!(onehot.first_invalid_known(&[f32::NAN, 0.0, 0.0, 1.0]), Some(0));
    /// ```
    #[must_use]
    pub fn first_invalid_known(&self, row: &[f32]) -> Option<usize> {
        let zero = [0.0];
        let filling = match self {
            Self::Discrete { options, .. } => options.first().map_or(&zero[..], Vec::as_slice),
            Self::Gaussian { .. } | Self::Real => &zero,
        };
        let mut filled = row.to_vec();
        for site in filled.chunks_mut(filling.len()) {
            if site.iter().all(|x| x.is_nan()) {
                site.copy_from_slice(&filling[..site.len()]);
            }
        }
        self.first_invalid(&filled)
    }

    /// Whether units take one of two values and all of these are one of them: the answer for nearly
    /// every row of nearly every table, found in a fraction of the time.
    fn takes_each(&self, row: &[f32]) -> bool {
        let Self::Discrete { options, .. } = self else {
            return false;
        };
        match options.as_slice() {
            [first, second] => match (first.as_slice(), second.as_slice()) {
                ([first], [second]) => row.iter().all(|x| x == first || x == second),
                _ => false,
            },
            _ => false,
        }
    }

    /// What a value must be, as the end of a sentence.
    #[must_use]
    pub fn expectation(&self) -> &str {
        match self {
            Self::Discrete { expectation, .. } => expectation,
            Self::Gaussian { .. } | Self::Real => "a unit takes any finite number",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_the_first_unit_that_breaks_a_site() {
        let onehot = Support::discrete(vec![vec![1.0, 0.0], vec![0.0, 1.0]]);
        assert_eq!(onehot.first_invalid(&[1.0, 0.0, 0.0, 1.0]), None);
        assert_eq!(onehot.first_invalid(&[1.0, 0.0, 1.0, 1.0]), Some(3));
        assert_eq!(onehot.first_invalid(&[0.0, 0.0, 1.0, 0.0]), Some(1));
        assert_eq!(onehot.first_invalid(&[0.5, 0.0, 1.0, 0.0]), Some(0));
        assert_eq!(onehot.first_invalid(&[1.0, 0.0, f32::NAN, 0.0]), Some(2));
        assert_eq!(Support::Real.first_invalid(&[1.0, f32::INFINITY]), Some(1));
        let coins = Support::discrete(vec![vec![0.0], vec![1.0]]);
        assert_eq!(coins.first_invalid(&[1.0, 0.0, 1.0]), None);
        assert_eq!(coins.first_invalid(&[1.0, 0.0, 0.5]), Some(2));
        assert_eq!(coins.first_invalid(&[1.0, f32::NAN, 0.0]), Some(1));
    }
}
