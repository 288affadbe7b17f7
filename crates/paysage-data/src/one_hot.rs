//! One-hot encoding of labels.

use crate::error::DataError;
use crate::position::Position;
use crate::table::Table;

/// A table of one column for each class: 1 in the column of the row's label, 0 elsewhere.
///
/// # Errors
///
/// [`OutOfRange`](DataError::OutOfRange) for a label that is not below `classes`, and
/// [`Empty`](DataError::Empty) or [`NoColumns`](DataError::NoColumns) where there are none.
///
/// ```
/// let table = paysage_data::one_hot("labels", &[2, 0], 3)?;
/// assert_eq!(table.values(), [0.0, 0.0, 1.0, 1.0, 0.0, 0.0]);
/// # Ok::<(), paysage_data::DataError>(())
/// ```
pub fn one_hot(
    source: impl Into<String>,
    labels: &[usize],
    classes: usize,
) -> Result<Table, DataError> {
    if let Some(row) = labels.iter().position(|&label| label >= classes) {
        return Err(DataError::OutOfRange {
            file: source.into(),
            position: Position::row(row + 1, 1),
            value: labels[row] as f32,
            expected: format!("a label of {classes} classes is below {classes}"),
        });
    }
    let mut values = vec![0.0; labels.len() * classes];
    for (row, &label) in labels.iter().enumerate() {
        values[row * classes + label] = 1.0;
    }
    Table::new(source, classes, values)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_labels_beyond_the_classes() {
        let error = one_hot("labels", &[0, 9, 10], 10).unwrap_err();
        assert_eq!(
            error.to_string(),
            "labels: row 3, column 1 holds 10, but a label of 10 classes is below 10"
        );
        assert!(matches!(
            one_hot("labels", &[], 10),
            Err(DataError::Empty { .. })
        ));
    }
}
