//! The values that the units of a layer can take.

use std::borrow::Cow;

/// The values that the units of a layer can take.
///
/// Units come in *sites*: a single unit, or the `states` units of a one-hot site, side by side. A
/// check of a row takes time proportional to its width.
///
/// ```
/// use paysage_layers::Domain;
///
/// let spin = Domain::finite("a spin", &[-1.0, 1.0]);
/// assert_eq!(spin.first_invalid(&[1.0, -1.0, 0.0]), Some(2));
/// assert_eq!(spin.expectation(), "a spin takes -1 or 1");
/// assert_eq!(spin.states(), Some(2));
/// ```
#[derive(Clone, Debug, PartialEq)]
pub enum Domain {
    /// Every unit takes one of these values.
    Finite {
        /// What a unit is called in messages: "a Bernoulli unit".
        unit: &'static str,
        /// The values, each once.
        values: Cow<'static, [f32]>,
    },
    /// Every site of `states` units has a single 1, the rest are 0.
    OneHot {
        /// Number of units of a site, at least 1.
        states: usize,
    },
    /// Every unit takes a whole number from 0 on.
    Counts {
        /// The largest number, if there is one.
        most: Option<u32>,
    },
    /// Every unit takes a finite number from 0 on.
    NonNegative,
    /// Every unit takes a number between two others, both included.
    Interval {
        /// The smallest number.
        low: f32,
        /// The largest number.
        high: f32,
    },
    /// Every unit takes any finite number.
    Real,
}

impl Domain {
    /// Units that take one of these values; `unit` is what messages call one of them.
    #[must_use]
    pub const fn finite(unit: &'static str, values: &'static [f32]) -> Self {
        let values = Cow::Borrowed(values);
        Self::Finite { unit, values }
    }

    /// Number of units of a site.
    #[must_use]
    pub const fn width(&self) -> usize {
        match self {
            Self::OneHot { states } => *states,
            _ => 1,
        }
    }

    /// Number of states of a site; `None` where it is infinite.
    #[must_use]
    pub fn states(&self) -> Option<usize> {
        match self {
            Self::Finite { values, .. } => Some(values.len()),
            Self::OneHot { states } => Some(*states),
            Self::Counts { most: Some(most) } => Some(*most as usize + 1),
            Self::Counts { most: None }
            | Self::NonNegative
            | Self::Interval { .. }
            | Self::Real => None,
        }
    }

    /// The two values of units that have no others and are sites of their own.
    ///
    /// ```
    /// use paysage_layers::Domain;
    ///
    /// assert_eq!(Domain::finite("a spin", &[-1.0, 1.0]).two_values(), Some([-1.0, 1.0]));
    /// assert_eq!(Domain::OneHot { states: 2 }.two_values(), None);
    /// ```
    #[must_use]
    pub fn two_values(&self) -> Option<[f32; 2]> {
        let has_two = self.width() == 1 && self.states() == Some(2);
        has_two.then(|| {
            [0, 1].map(|state| {
                let mut value = [0.0];
                self.write_state(state, &mut value);
                value[0]
            })
        })
    }

    /// Whether a site has finitely many states, so that they can be enumerated.
    #[must_use]
    pub fn is_finite(&self) -> bool {
        self.states().is_some()
    }

    /// ln of the number of states of a layer of so many units, in nats; infinite where that number
    /// is.
    ///
    /// ```
    /// use paysage_layers::Domain;
    ///
    /// let log_states = Domain::OneHot { states: 3 }.log_states(6);
    /// assert!((log_states - 9.0_f64.ln()).abs() < 1e-12);
    /// ```
    #[must_use]
    pub fn log_states(&self, units: usize) -> f64 {
        let sites = (units / self.width()) as f64;
        self.states()
            .map_or(f64::INFINITY, |states| sites * (states as f64).ln())
    }

    /// Writes state number `index` of a site into its units.
    ///
    /// ```
    /// use paysage_layers::Domain;
    ///
    /// let mut site = [0.0; 3];
    /// Domain::OneHot { states: 3 }.write_state(1, &mut site);
    /// assert_eq!(site, [0.0, 1.0, 0.0]);
    /// ```
    ///
    /// # Panics
    ///
    /// When there is no such state.
    pub fn write_state(&self, index: usize, site: &mut [f32]) {
        assert!(
            self.states().is_some_and(|states| index < states),
            "state {index} of a site with {:?} states",
            self.states()
        );
        match self {
            Self::Finite { values, .. } => site[0] = values[index],
            Self::OneHot { .. } => {
                site.fill(0.0);
                site[index] = 1.0;
            }
            _ => site[0] = index as f32,
        }
    }

    /// The number of the state that the units of a site are in; `None` where they are in none, or
    /// the states are not numbered.
    #[must_use]
    pub fn state_of(&self, site: &[f32]) -> Option<usize> {
        if self.invalid_unit(site).is_some() {
            return None;
        }
        match self {
            Self::Finite { values, .. } => values.iter().position(|value| *value == site[0]),
            Self::OneHot { .. } => site.iter().position(|x| *x == 1.0),
            Self::Counts { .. } => Some(site[0] as usize),
            Self::NonNegative | Self::Interval { .. } | Self::Real => None,
        }
    }

    /// The smallest and the largest value of a unit, where there are both.
    #[must_use]
    pub fn bounds(&self) -> Option<(f32, f32)> {
        match self {
            Self::Finite { values, .. } => {
                let least = values.iter().copied().reduce(f32::min)?;
                let most = values.iter().copied().reduce(f32::max)?;
                Some((least, most))
            }
            Self::OneHot { .. } => Some((0.0, 1.0)),
            Self::Counts { most } => most.map(|most| (0.0, most as f32)),
            Self::Interval { low, high } => Some((*low, *high)),
            Self::NonNegative | Self::Real => None,
        }
    }

    /// The first unit of a row whose value is not in the domain.
    #[must_use]
    pub fn first_invalid(&self, row: &[f32]) -> Option<usize> {
        self.first_invalid_site(row, |_| false)
    }

    /// The first unit of a row whose value is not in the domain, where whole sites may be missing
    /// (NaN).
    ///
    /// ```
    /// use paysage_layers::Domain;
    ///
    /// let onehot = Domain::OneHot { states: 2 };
    /// assert_eq!(onehot.first_invalid_known(&[f32::NAN, f32::NAN, 0.0, 1.0]), None);
    /// assert_eq!(onehot.first_invalid_known(&[f32::NAN, 0.0, 0.0, 1.0]), Some(0));
    /// ```
    #[must_use]
    pub fn first_invalid_known(&self, row: &[f32]) -> Option<usize> {
        self.first_invalid_site(row, |site| site.iter().all(|x| x.is_nan()))
    }

    fn first_invalid_site(
        &self,
        row: &[f32],
        is_missing: impl Fn(&[f32]) -> bool,
    ) -> Option<usize> {
        // Nearly every row of nearly every table, without the walk over sites.
        if let Self::Finite { values, .. } = self
            && let [first, second] = **values
            && row.iter().all(|&x| x == first || x == second)
        {
            return None;
        }
        let width = self.width();
        row.chunks(width).enumerate().find_map(|(site, values)| {
            if is_missing(values) {
                return None;
            }
            Some(site * width + self.invalid_unit(values)?)
        })
    }

    /// The unit of a site at which its values stop to be those of a state.
    fn invalid_unit(&self, site: &[f32]) -> Option<usize> {
        if let Self::OneHot { states } = self {
            let on = site.iter().position(|&x| x != 0.0);
            return match on {
                None => Some(states - 1),
                Some(on) if site[on] != 1.0 => Some(on),
                Some(on) => {
                    let second = site[on + 1..].iter().position(|&x| x != 0.0);
                    second.map(|after| on + 1 + after)
                }
            };
        }
        let x = site[0];
        let is_valid = match self {
            Self::Finite { values, .. } => values.contains(&x),
            Self::Counts { most } => {
                let limit = most.map_or(f64::INFINITY, f64::from);
                x.is_finite() && x >= 0.0 && x.fract() == 0.0 && f64::from(x) <= limit
            }
            Self::NonNegative => x.is_finite() && x >= 0.0,
            Self::Interval { low, high } => (*low..=*high).contains(&x),
            Self::OneHot { .. } | Self::Real => x.is_finite(),
        };
        (!is_valid).then_some(0)
    }

    /// What a value must be, as the end of a sentence: "a Bernoulli unit takes 0 or 1".
    #[must_use]
    pub fn expectation(&self) -> String {
        match self {
            Self::Finite { unit, values } => {
                let listed: Vec<String> = values.iter().map(f32::to_string).collect();
                match listed.split_last() {
                    Some((last, [])) => format!("{unit} takes {last}"),
                    Some((last, others)) => {
                        format!("{unit} takes {} or {last}", others.join(", "))
                    }
                    None => format!("{unit} takes no value"),
                }
            }
            Self::OneHot { states } => {
                format!("a one-hot site of {states} units takes a single 1, the rest 0")
            }
            Self::Counts { most: Some(most) } => {
                format!("a unit takes a whole number from 0 to {most}")
            }
            Self::Counts { most: None } => "a unit takes a whole number from 0 on".into(),
            Self::NonNegative => "a unit takes any finite number from 0 on".into(),
            Self::Interval { low, high } => {
                format!("a unit takes a number from {low} to {high}")
            }
            Self::Real => "a unit takes any finite number".into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COINS: Domain = Domain::finite("a coin", &[0.0, 1.0]);

    #[test]
    fn names_the_first_unit_that_breaks_a_site() {
        let onehot = Domain::OneHot { states: 2 };
        assert_eq!(onehot.first_invalid(&[1.0, 0.0, 0.0, 1.0]), None);
        assert_eq!(onehot.first_invalid(&[1.0, 0.0, 1.0, 1.0]), Some(3));
        assert_eq!(onehot.first_invalid(&[0.0, 0.0, 1.0, 0.0]), Some(1));
        assert_eq!(onehot.first_invalid(&[0.5, 0.0, 1.0, 0.0]), Some(0));
        assert_eq!(onehot.first_invalid(&[1.0, 0.0, f32::NAN, 0.0]), Some(2));
        assert_eq!(COINS.first_invalid(&[1.0, 0.0, 1.0]), None);
        assert_eq!(COINS.first_invalid(&[1.0, 0.0, 0.5]), Some(2));
        assert_eq!(COINS.first_invalid(&[1.0, f32::NAN, 0.0]), Some(1));
        assert_eq!(COINS.first_invalid_known(&[1.0, f32::NAN, 2.0]), Some(2));
    }

    #[test]
    fn every_domain_knows_its_values() {
        let ternary = Domain::finite("a unit", &[-1.0, 0.0, 1.0]);
        let interval = Domain::Interval {
            low: -0.5,
            high: 2.0,
        };
        let (bounded, unbounded) = (
            Domain::Counts { most: Some(2) },
            Domain::Counts { most: None },
        );
        let cases = [
            (&ternary, vec![-1.0, 0.0], vec![2.0, 0.5]),
            (&bounded, vec![0.0, 2.0], vec![3.0, -1.0, 0.5]),
            (&unbounded, vec![0.0, 1e6], vec![-1.0, 0.5, f32::INFINITY]),
            (
                &Domain::NonNegative,
                vec![0.0, 0.3],
                vec![-0.1, f32::INFINITY],
            ),
            (&interval, vec![-0.5, 2.0], vec![-0.6, 2.1]),
            (&Domain::Real, vec![-1e30, 0.0], vec![f32::INFINITY]),
        ];
        for (domain, valid, invalid) in cases {
            assert_eq!(domain.first_invalid(&valid), None, "{domain:?}");
            for x in invalid {
                assert_eq!(domain.first_invalid(&[valid[0], x]), Some(1), "{domain:?}");
            }
            assert_eq!(domain.first_invalid(&[f32::NAN]), Some(0), "{domain:?}");
            assert_eq!(domain.first_invalid_known(&[f32::NAN]), None, "{domain:?}");
        }
    }

    #[test]
    fn finite_domains_number_their_states() {
        let finite = [
            (Domain::finite("a spin", &[-1.0, 1.0]), 2),
            (Domain::OneHot { states: 4 }, 4),
            (Domain::Counts { most: Some(3) }, 4),
        ];
        for (domain, states) in finite {
            assert_eq!(domain.states(), Some(states));
            for index in 0..states {
                let mut site = vec![0.0; domain.width()];
                domain.write_state(index, &mut site);
                assert_eq!(domain.first_invalid(&site), None);
                assert_eq!(domain.state_of(&site), Some(index));
            }
            let units = 2 * domain.width();
            let expected = 2.0 * (states as f64).ln();
            assert!((domain.log_states(units) - expected).abs() < 1e-12);
        }
        let interval = Domain::Interval {
            low: 0.0,
            high: 1.0,
        };
        let unbounded = Domain::Counts { most: None };
        for domain in [
            unbounded,
            Domain::NonNegative,
            interval.clone(),
            Domain::Real,
        ] {
            assert!(!domain.is_finite() && domain.log_states(1).is_infinite());
        }
        assert_eq!(interval.bounds(), Some((0.0, 1.0)));
        assert_eq!(Domain::Real.bounds(), None);
    }

    #[test]
    fn messages_say_what_is_expected() {
        assert_eq!(COINS.expectation(), "a coin takes 0 or 1");
        let ternary = Domain::finite("a unit", &[-1.0, 0.0, 1.0]);
        assert_eq!(ternary.expectation(), "a unit takes -1, 0 or 1");
        let counts = Domain::Counts { most: Some(2) };
        assert_eq!(
            counts.expectation(),
            "a unit takes a whole number from 0 to 2"
        );
    }

    /// A site of very many states takes no more memory than its units.
    #[test]
    fn wide_sites_are_checked_by_their_width() {
        let wide = Domain::OneHot { states: 1_000_000 };
        let mut site = vec![0.0; 1_000_000];
        wide.write_state(999_999, &mut site);
        assert_eq!(wide.first_invalid(&site), None);
        site[7] = 1.0;
        assert_eq!(wide.first_invalid(&site), Some(999_999));
    }
}
