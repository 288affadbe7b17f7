//! Division of all values by one number.

use crate::error::DataError;
use crate::table::Table;

/// A table of every value divided by `scale`: `y = x / scale`, so that 255 takes bytes to `0..1`.
/// A missing value stays missing.
///
/// # Errors
///
/// [`BadScale`](DataError::BadScale) when `scale` is 0 or not finite, and
/// [`NotFinite`](DataError::NotFinite) when a quotient is too large for `f32`.
///
/// ```
/// use paysage_data::{Table, scale};
///
/// let table = Table::new("bytes", 3, vec![0.0, 51.0, 255.0])?;
/// assert_eq!(scale(&table, 255.0)?.values(), [0.0, 0.2, 1.0]);
/// # Ok::<(), paysage_data::DataError>(())
/// ```
pub fn scale(table: &Table, scale: f32) -> Result<Table, DataError> {
    if scale == 0.0 || !scale.is_finite() {
        return Err(DataError::BadScale { scale });
    }
    table.changed(|_, x| x / scale)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::position::Position;

    #[test]
    fn refuses_zero_and_infinite_scales() {
        let table = Table::new("t", 1, vec![1.0]).unwrap();
        for bad in [0.0, -0.0, f32::NAN, f32::INFINITY] {
            assert!(matches!(
                scale(&table, bad),
                Err(DataError::BadScale { .. })
            ));
        }
    }

    #[test]
    fn refuses_quotients_that_overflow() {
        let table = Table::new("t", 2, vec![1.0, 1e30]).unwrap();
        let error = scale(&table, 1e-20).unwrap_err();
        assert!(matches!(
            error,
            DataError::NotFinite { position, .. } if position == Position::row(1, 2)
        ));
    }
}
