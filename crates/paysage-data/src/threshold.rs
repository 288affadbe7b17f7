//! Binarisation by a threshold.

use crate::table::Table;

/// A table of 0 and 1: each value above `threshold` becomes 1, every other one 0.
///
/// `y = 1` when `x > threshold`, else `y = 0`; a value equal to the threshold becomes 0, and one
/// that is missing stays missing. Shapes and names stay.
///
/// ```
/// use paysage_data::{Table, threshold};
///
/// let table = Table::new("grey", 3, vec![0.2, 0.5, 0.9])?;
/// assert_eq!(threshold(&table, 0.5).values(), [0.0, 0.0, 1.0]);
/// # Ok::<(), paysage_data::DataError>(())
/// ```
pub fn threshold(table: &Table, threshold: f32) -> Table {
    let values = table.values().iter().map(|&x| binarized(x, threshold));
    table.replaced(values.collect())
}

/// A value after a threshold; one that is missing stays missing.
pub(crate) fn binarized(x: f32, threshold: f32) -> f32 {
    if x.is_nan() {
        x
    } else {
        f32::from(x > threshold)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::ImageShape;

    #[test]
    fn keeps_the_image_and_gives_only_zero_and_one() {
        let shape = ImageShape {
            height: 2,
            width: 2,
        };
        let table = Table::new("t", 4, vec![-1.0, 0.0, 1e-9, 7.0]).unwrap();
        let binary = threshold(&table.with_image(shape).unwrap(), 0.0);
        assert_eq!(binary.values(), [0.0, 0.0, 1.0, 1.0]);
        assert_eq!(binary.image(), Some(shape));
    }

    #[test]
    fn missing_values_stay_missing() {
        let table = Table::with_missing("t", 1, vec![0.2, f32::NAN, 0.9]).unwrap();
        let binary = threshold(&table, 0.5);
        assert_eq!([binary.values()[0], binary.values()[2]], [0.0, 1.0]);
        assert!(binary.values()[1].is_nan());
    }
}
