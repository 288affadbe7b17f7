//! The energies of single units, on the host.

/// The energy H(x) − ln h(x) of a unit of infinitely many values as a function of its value, but for a
/// constant.
///
/// ```
/// use paysage_layers::{Potential, UnitEnergy};
///
/// let unit = UnitEnergy::Sides {
///     plus: Potential { loc: 2.0, gamma: 1.0 },
///     minus: None,
/// };
/// assert_eq!(unit.log_weight(3.0), 1.5);
/// // The largest 2x − x²/2 − x lies at 1.
/// assert_eq!(unit.most(-1.0, [0.0, 5.0]), 0.5);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum UnitEnergy {
    /// −loc·x on an interval.
    Interval {
        /// The bias.
        loc: f64,
        /// The smallest value.
        low: f64,
        /// The largest value.
        high: f64,
    },
    /// ln x! − loc·x at x = 0, 1, ….
    Counts {
        /// The bias.
        loc: f64,
    },
    /// γx²/2 − θx on each side of 0, with its own θ and γ.
    Sides {
        /// The energy of x ≥ 0.
        plus: Potential,
        /// The energy of x < 0; `None` where a unit is never negative.
        minus: Option<Potential>,
    },
}

/// The energy γx²/2 − θx of a unit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Potential {
    /// θ.
    pub loc: f64,
    /// γ, greater than 0.
    pub gamma: f64,
}

impl UnitEnergy {
    /// ln h(x) − H(x), for a value of the unit.
    #[must_use]
    pub fn log_weight(&self, x: f64) -> f64 {
        match self {
            Self::Interval { loc, .. } => loc * x,
            Self::Counts { loc } => loc * x - pxfm::f_lgamma(x + 1.0),
            Self::Sides { plus, minus } => side(x, plus, minus.as_ref()).log_weight(x),
        }
    }

    /// The maximum of ln h(x) − H(x) + slope·x between two values, neither below 0 or neither above 0; of
    /// counts within 0.1, with numbers between them.
    #[must_use]
    pub fn most(&self, slope: f64, between: [f64; 2]) -> f64 {
        let [low, high] = between;
        let at = |x: f64| self.log_weight(x) + slope * x;
        let top = match self {
            Self::Interval { .. } => return at(low).max(at(high)),
            // The derivative of ln Γ(x + 1) is near ln(x + ½).
            Self::Counts { loc } => (loc + slope).exp() - 0.5,
            Self::Sides { plus, minus } => {
                let side = side(low + high, plus, minus.as_ref());
                (side.loc + slope) / side.gamma
            }
        };
        at(top.clamp(low, high))
    }

    /// The energy under one more field: H(x) − field·x.
    #[must_use]
    pub const fn with_field(self, field: f64) -> Self {
        const fn shifted(side: Potential, field: f64) -> Potential {
            Potential {
                loc: side.loc + field,
                ..side
            }
        }
        match self {
            Self::Interval { loc, low, high } => {
                let loc = loc + field;
                Self::Interval { loc, low, high }
            }
            Self::Counts { loc } => Self::Counts { loc: loc + field },
            Self::Sides { plus, minus } => Self::Sides {
                plus: shifted(plus, field),
                minus: match minus {
                    Some(minus) => Some(shifted(minus, field)),
                    None => None,
                },
            },
        }
    }
}

impl Potential {
    fn log_weight(&self, x: f64) -> f64 {
        x * (self.loc - 0.5 * self.gamma * x)
    }

    /// The energy of −x.
    pub(crate) fn mirrored(self) -> Self {
        Self {
            loc: -self.loc,
            ..self
        }
    }
}

/// The side of 0 on which a value lies.
fn side<'a>(x: f64, plus: &'a Potential, minus: Option<&'a Potential>) -> &'a Potential {
    match minus {
        Some(minus) if x < 0.0 => minus,
        _ => plus,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The maximum is that of a fine grid.
    #[test]
    fn the_maximum_bounds_all_values_between() {
        let potential = |loc, gamma| Potential { loc, gamma };
        let units = [
            UnitEnergy::Interval {
                loc: 0.7,
                low: 0.0,
                high: 1.0,
            },
            UnitEnergy::Counts { loc: 1.2 },
            UnitEnergy::Sides {
                plus: potential(0.5, 2.0),
                minus: Some(potential(-3.0, 0.5)),
            },
        ];
        let ranges = [[0.0, 1.0], [0.0, 40.0], [-9.0, 0.0], [0.0, 9.0]];
        for (unit, slopes) in units.iter().zip([[-2.0, 1.0], [0.4, 1.9], [-1.5, 2.5]]) {
            for (slope, range) in slopes.iter().flat_map(|&s| ranges.map(|r| (s, r))) {
                if range[0] < 0.0 && !matches!(unit, UnitEnergy::Sides { .. }) {
                    continue;
                }
                let found = unit.most(slope, range);
                let step = (range[1] - range[0]) / 1000.0;
                let grid = (0..=1000).map(|k| range[0] + step * f64::from(k));
                let values = grid.map(|x| unit.log_weight(x) + slope * x);
                let highest = values.fold(f64::NEG_INFINITY, f64::max);
                assert!(
                    found > highest - 0.1 && found < highest + 0.01,
                    "{unit:?}, {slope} on {range:?}: {found}, not {highest}"
                );
            }
        }
    }

    #[test]
    fn a_field_adds_a_linear_term() {
        let plus = Potential {
            loc: 1.0,
            gamma: 2.0,
        };
        let units = [
            UnitEnergy::Counts { loc: 0.3 },
            UnitEnergy::Sides {
                plus,
                minus: Some(plus),
            },
        ];
        for unit in units {
            let rise = unit.with_field(0.5).log_weight(4.0) - unit.log_weight(4.0);
            assert!((rise - 2.0).abs() < 1e-12, "{unit:?}");
        }
    }
}
