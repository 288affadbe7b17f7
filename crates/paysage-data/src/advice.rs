//! Advice on how to prepare data for Bernoulli units.

use std::fmt;

use crate::error::DataError;
use crate::rows::{Order, Rows};

/// How data that are not all 0 or 1 can be modelled, by the values that they have: for a message
/// after the error that a Bernoulli unit cannot take a value.
///
/// ```
/// use paysage_data::{Advice, Table};
///
/// let ratings = Table::new("ratings", 2, vec![1.0, 5.0, 3.0, 2.0])?;
/// assert_eq!(Advice::of(&ratings)?, Advice::Categories { largest: 5 });
/// assert!(Advice::of(&ratings)?.to_string().contains("--schema infer"));
/// # Ok::<(), paysage_data::DataError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Advice {
    /// All values are 0 or 1: nothing to do.
    Binary,
    /// All values are −1 or 1.
    Spins,
    /// Values between 0 and 1, such as gray values.
    Fractions,
    /// Whole numbers from 0 to at most 255, as in images.
    Bytes,
    /// Few whole numbers from 0 or 1, such as ratings.
    Categories {
        /// The largest of them.
        largest: u8,
    },
    /// Other numbers.
    Numbers,
}

/// Whole numbers up to here are rather categories than pixels.
const MOST_CATEGORIES: f32 = 20.0;

impl Advice {
    /// The advice for a data set.
    ///
    /// # Errors
    ///
    /// Where rows cannot be read.
    pub fn of(rows: &dyn Rows) -> Result<Self, DataError> {
        let (mut low, mut high) = (f32::INFINITY, f32::NEG_INFINITY);
        let (mut whole, mut zero) = (true, false);
        for chunk in rows.chunks(Order::Stored, 1000) {
            for x in chunk?.values.into_iter().filter(|x| !x.is_nan()) {
                (low, high) = (low.min(x), high.max(x));
                whole &= x.fract() == 0.0;
                zero |= x == 0.0;
            }
        }
        Ok(match () {
            () if whole && low >= 0.0 && high <= 1.0 => Self::Binary,
            () if whole && !zero && low == -1.0 && high == 1.0 => Self::Spins,
            () if low >= 0.0 && high <= 1.0 => Self::Fractions,
            () if whole && low >= 0.0 && high <= MOST_CATEGORIES => Self::Categories {
                largest: high as u8,
            },
            () if whole && low >= 0.0 && high <= 255.0 => Self::Bytes,
            () => Self::Numbers,
        })
    }
}

impl fmt::Display for Advice {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self {
            Self::Binary => "use --visible bernoulli",
            Self::Spins => "for values of -1 and 1 use --visible spin, or --threshold 0",
            Self::Fractions => {
                "for gray values use --threshold 0.5, for real ones --visible gaussian"
            }
            Self::Bytes => {
                "for images of 0 to 255 use --scale 255 --threshold 0.5, or --threshold 127"
            }
            Self::Categories { largest } => {
                return write!(
                    formatter,
                    "for categories such as ratings up to {largest} use --schema infer, for numbers \
                     --visible gaussian"
                );
            }
            Self::Numbers => "for real numbers use --visible gaussian, for binary ones --threshold",
        };
        formatter.write_str(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::Table;

    #[test]
    fn the_values_say_what_may_help() {
        let of = |values: &[f32]| {
            let table = Table::with_missing("t", 1, values.to_vec()).unwrap();
            Advice::of(&table).unwrap()
        };
        assert_eq!(of(&[0.0, 1.0, f32::NAN]), Advice::Binary);
        assert_eq!(of(&[-1.0, 1.0]), Advice::Spins);
        assert_eq!(of(&[-1.0, 0.0, 1.0]), Advice::Numbers);
        assert_eq!(of(&[0.0, 0.5, 1.0]), Advice::Fractions);
        assert_eq!(of(&[1.0, 5.0]), Advice::Categories { largest: 5 });
        assert_eq!(of(&[0.0, 255.0]), Advice::Bytes);
        assert_eq!(of(&[0.0, 256.0]), Advice::Numbers);
        assert_eq!(of(&[1000.0, 0.001]), Advice::Numbers);
        assert!(
            of(&[0.0, 128.0])
                .to_string()
                .contains("--scale 255 --threshold 0.5")
        );
    }
}
