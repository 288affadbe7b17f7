//! Weights of rows.

use std::borrow::Cow;

use crate::error::{DataError, listed, shortened};
use crate::layout::check_rows;
use crate::position::Position;
use crate::read::{CarriedColumn, LabelCells, label_cells};
use crate::rows::Rows;
use crate::table::Table;

/// What is wrong with the weights of rows.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum WeightsError {
    /// The weights are no column and no file.
    #[error("weights: {} is no file and no column; {}", shortened(.found), known(.columns))]
    NoSource {
        /// The name as given.
        found: String,
        /// The columns of the data, where they have names.
        columns: Vec<String>,
    },
    /// A weight is negative, not finite, missing or no number.
    #[error("{file}: {position} holds {}, expected a weight: a finite number of at least 0", shortened(.value))]
    Invalid {
        /// The table or the file of the weights.
        file: String,
        /// The position of the weight.
        position: Position,
        /// The weight as it is written.
        value: String,
    },
    /// All weights are zero.
    #[error("{file}: all weights are 0; expected at least one above 0")]
    AllZero {
        /// The table or the file of the weights.
        file: String,
    },
}

fn known(columns: &[String]) -> String {
    match columns.is_empty() {
        true => "expected a file of one number per row".into(),
        false => format!("the columns are {}", listed(columns)),
    }
}

/// The effective number of rows of given weights, (Σ w)² / Σ w²: the number of equally weighted rows
/// whose mean has the same variance.
///
/// Kish, "Survey sampling", 1965.
///
/// ```
/// assert_eq!(paysage_data::effective_rows(&[2.0, 2.0, 2.0]), 3.0);
/// assert_eq!(paysage_data::effective_rows(&[1.0, 0.0]), 1.0);
/// ```
#[must_use]
pub fn effective_rows(weights: &[f32]) -> f64 {
    let squares: f64 = weights.iter().map(|&w| f64::from(w).powi(2)).sum();
    total_weight(weights).powi(2) / squares
}

/// The mean of the values of rows, Σ w x / Σ w; the plain mean without weights.
///
/// ```
/// assert_eq!(paysage_data::weighted_mean(&[1.0, 4.0], Some(&[2.0, 1.0])), 2.0);
/// assert_eq!(paysage_data::weighted_mean(&[1.0, 4.0], None), 2.5);
/// ```
///
/// # Panics
///
/// When there is not one weight for each value.
#[must_use]
pub fn weighted_mean(values: &[f64], weights: Option<&[f32]>) -> f64 {
    let Some(weights) = weights else {
        return values.iter().sum::<f64>() / values.len() as f64;
    };
    assert_eq!(values.len(), weights.len(), "a weight for each row");
    let products = values.iter().zip(weights).map(|(x, &w)| x * f64::from(w));
    products.sum::<f64>() / total_weight(weights)
}

/// Equally weighted rows that represent weighted ones: the sum of the weights over the largest one is their
/// number, each row in proportion to its weight and none twice.
///
/// A row that occurred twice would have a neighbour at distance 0. The rows are taken at even distances of
/// the cumulative weight (systematic resampling), in their order and without random numbers. Of equal
/// weights it is every row once.
///
/// ```
/// let rows = paysage_data::resampled_rows(&[4.0, 4.0, 1.0, 1.0, 1.0, 1.0]);
/// assert_eq!(rows, [0, 1, 4]);
/// assert_eq!(paysage_data::resampled_rows(&[0.5; 3]), [0, 1, 2]);
/// ```
#[must_use]
pub fn resampled_rows(weights: &[f32]) -> Vec<usize> {
    let most = weights.iter().copied().fold(f32::MIN_POSITIVE, f32::max);
    // Rounding errors of equal weights lose no row.
    let count = total_weight(weights) / f64::from(most) + 1e-9;
    let count = count.floor().max(1.0) as usize;
    rows_by_weight(weights, count)
}

/// As many rows as asked for in proportion to their weights, in their order: of n rows, a row occurs
/// n w/Σ w times, rounded up or down.
///
/// They are the rows at even distances of the cumulative weight: systematic resampling, without random
/// numbers.
///
/// ```
/// assert_eq!(paysage_data::rows_by_weight(&[1.0, 0.25, 2.0], 6), [0, 0, 2, 2, 2, 2]);
/// assert_eq!(paysage_data::rows_by_weight(&[1.0, 1.0, 2.0], 4), [0, 1, 2, 2]);
/// ```
#[must_use]
pub fn rows_by_weight(weights: &[f32], count: usize) -> Vec<usize> {
    let weights: Vec<f64> = weights.iter().map(|&weight| f64::from(weight)).collect();
    systematic_rows(&weights, count, 0.5)
}

/// Systematic resampling: the numbers of so many rows, in ascending order, at even distances of the
/// cumulative weight from an offset in [0, 1) of a distance; none where there are no rows.
///
/// Kitagawa, "Monte Carlo filter and smoother for non-Gaussian nonlinear state space models", 1996.
///
/// ```
/// assert_eq!(paysage_data::systematic_rows(&[1.0, 3.0], 4, 0.5), [0, 1, 1, 1]);
/// ```
#[must_use]
pub fn systematic_rows(weights: &[f64], count: usize, offset: f64) -> Vec<usize> {
    let Some(&first) = weights.first() else {
        return Vec::new();
    };
    let step = weights.iter().sum::<f64>() / count as f64;
    let (mut row, mut passed) = (0, first);
    let place = |number: usize| (number as f64 + offset) * step;
    let rows = (0..count).map(|number| {
        while passed <= place(number) && row + 1 < weights.len() {
            row += 1;
            passed += weights[row];
        }
        row
    });
    rows.collect()
}

/// The sum of weights, in `f64`.
#[must_use]
pub fn total_weight(weights: &[f32]) -> f64 {
    weights.iter().map(|&weight| f64::from(weight)).sum()
}

/// The column of weights, from 0, if the text names one: by its name, or by its number from 1 where
/// there is no header.
pub(crate) fn weight_column(
    text: Option<&str>,
    names: Option<&[String]>,
    width: usize,
) -> Option<usize> {
    let text = text?;
    match names {
        Some(names) => names.iter().position(|name| name == text),
        None => {
            let number = text.parse::<usize>().ok();
            Some(number.filter(|number| (1..=width).contains(number))? - 1)
        }
    }
}

/// The sequences of a file that are rows of a table, where some were left out.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Kept {
    /// Number of rows of the file.
    pub(crate) of: usize,
    /// The rows that were kept, counted from 0.
    pub(crate) rows: Vec<usize>,
}

impl Kept {
    /// The cells of one column in another file, of the rows that were kept.
    pub(crate) fn cells(
        kept: Option<&Self>,
        path: &str,
        table: &dyn Rows,
    ) -> Result<LabelCells, DataError> {
        let all = Self::all_cells(kept, path, table)?;
        Ok(match kept {
            Some(kept) => all.selected(&kept.rows),
            None => all,
        })
    }

    /// The cells of one column in another file, of all rows.
    fn all_cells(
        kept: Option<&Self>,
        path: &str,
        table: &dyn Rows,
    ) -> Result<LabelCells, DataError> {
        let expected = kept.map_or(table.count(), |kept| kept.of);
        let cells = label_cells(path, Some(expected))?;
        match kept {
            Some(kept) if cells.cells.len() == kept.of => Ok(cells),
            Some(kept) => Err(DataError::RowCount {
                file: path.into(),
                found: cells.cells.len(),
                other: table.source().into(),
                expected: kept.of,
            }),
            None => check_rows(path, cells.cells.len(), table).map(|()| cells),
        }
    }
}

/// The weights of a table: those of a carried column of this name, or of a file. Weights of rows that were
/// left out are checked too.
pub(crate) fn read_weights(
    text: &str,
    column: Option<&CarriedColumn>,
    table: &dyn Rows,
    kept: Option<&Kept>,
    columns: Vec<String>,
) -> Result<Vec<f32>, DataError> {
    let cells = match column {
        Some(column) => LabelCells::of_column(table, column.clone()),
        None if !(text.starts_with("builtin:") || crate::read::path(text).exists()) => {
            let found = text.into();
            return Err(WeightsError::NoSource { found, columns }.into());
        }
        None => Kept::all_cells(kept, text, table)?,
    };
    let weight = |(row, cell): (usize, &String)| {
        let weight = cell.trim().parse::<f32>().ok().filter(|w| is_weight(*w));
        weight.ok_or_else(|| WeightsError::Invalid {
            file: cells.file.clone(),
            position: cells.position(row),
            value: cell.clone(),
        })
    };
    let weights = cells.cells.iter().enumerate().map(weight);
    let weights: Vec<f32> = weights.collect::<Result<_, _>>()?;
    let weights = match (column, kept) {
        (None, Some(kept)) => kept.rows.iter().map(|&row| weights[row]).collect(),
        _ => weights,
    };
    check_total(&weights, &cells.file)?;
    Ok(weights)
}

pub(crate) fn is_weight(weight: f32) -> bool {
    weight.is_finite() && weight >= 0.0
}

pub(crate) fn check_total(weights: &[f32], file: &str) -> Result<(), WeightsError> {
    match total_weight(weights) > 0.0 {
        true => Ok(()),
        false => Err(WeightsError::AllZero { file: file.into() }),
    }
}

impl Table {
    /// The same rows with weights: a row of weight 2 counts as two equal rows, and rows of weight 0 are
    /// left out.
    ///
    /// # Errors
    ///
    /// [`RowCount`](DataError::RowCount) unless there is one weight for each row,
    /// [`WeightsError::Invalid`] for a weight that is negative, infinite or NaN, and
    /// [`WeightsError::AllZero`].
    ///
    /// ```
    /// use paysage_data::{Rows, Table};
    ///
    /// let table = Table::new("t", 1, vec![1.0, 2.0, 3.0])?.with_weights(vec![0.5, 0.0, 2.0])?;
    /// assert_eq!(table.values(), [1.0, 3.0]);
    /// assert_eq!(table.weights(), Some(&[0.5, 2.0][..]));
    /// # Ok::<(), paysage_data::DataError>(())
    /// ```
    pub fn with_weights(self, weights: Vec<f32>) -> Result<Self, DataError> {
        check_rows("weights", weights.len(), &self)?;
        if let Some(row) = weights.iter().position(|weight| !is_weight(*weight)) {
            return Err(WeightsError::Invalid {
                file: self.source().into(),
                position: self.position(row, 0),
                value: weights[row].to_string(),
            }
            .into());
        }
        check_total(&weights, self.source())?;
        Ok(self.weighted(weights).without_zeros().0)
    }

    /// Equally weighted rows that represent the weighted ones ([`resampled_rows`]); the table itself
    /// where its rows have no weights.
    #[must_use]
    pub fn resampled(&self) -> Cow<'_, Self> {
        match self.row_weights() {
            None => Cow::Borrowed(self),
            Some(weights) => {
                let mut table = self.select(&resampled_rows(weights));
                table.clear_weights();
                Cow::Owned(table)
            }
        }
    }

    /// The table without rows of weight 0, and the rows that are left where some are not.
    pub(crate) fn without_zeros(self) -> (Self, Option<Vec<usize>>) {
        let has_zeros = |weights: &[f32]| weights.contains(&0.0);
        match self.row_weights() {
            Some(weights) if has_zeros(weights) => {
                let rows = (0..weights.len()).filter(|&row| weights[row] > 0.0);
                let rows: Vec<usize> = rows.collect();
                (self.select(&rows), Some(rows))
            }
            _ => (self, None),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Desk, counting};

    #[test]
    fn weights_stay_with_their_rows() {
        let table = counting(4).with_weights(vec![1.0, 2.0, 3.0, 4.0]).unwrap();
        assert_eq!(table.select(&[3, 0]).weights(), Some(&[4.0, 1.0][..]));
        assert_eq!(table.head(2).weights(), Some(&[1.0, 2.0][..]));
        let doubled = table.changed(|_, x| 2.0 * x).unwrap();
        assert_eq!(doubled.weights(), table.weights());
        let (training, validation) = table.split(0.5, 0).unwrap();
        for part in [training, validation] {
            let expected: Vec<f32> = (0..2).map(|row| part.row(row)[0] / 2.0 + 1.0).collect();
            assert_eq!(part.weights(), Some(&expected[..]));
        }
        let beside = table.beside(&counting(4)).unwrap();
        assert_eq!(beside.weights(), table.weights());
        assert_eq!(counting(4).weights(), None);
    }

    #[test]
    fn resampled_rows_represent_the_weights() {
        let table = counting(4).with_weights(vec![1.0, 1.0, 1.0, 2.0]).unwrap();
        let resampled = table.resampled();
        assert_eq!((resampled.rows(), resampled.weights()), (2, None));
        for count in [1, 7, 100] {
            let weights: Vec<f32> = (0..count).map(|row| 1.0 + (row % 5) as f32).collect();
            let rows = resampled_rows(&weights);
            let most = weights.iter().copied().fold(0.0, f32::max);
            assert_eq!(
                rows.len(),
                (total_weight(&weights) / f64::from(most)) as usize
            );
            assert!(rows.windows(2).all(|pair| pair[0] < pair[1]));
            let step = total_weight(&weights) / rows.len() as f64;
            for (row, &weight) in weights.iter().enumerate() {
                let found = rows.iter().filter(|&&other| other == row).count() as f64;
                assert!((found - f64::from(weight) / step).abs() < 1.0);
            }
        }
    }

    #[test]
    fn what_is_no_weight_is_refused() {
        let error = |weights: Vec<f32>| counting(2).with_weights(weights).unwrap_err().to_string();
        assert!(error(vec![1.0]).starts_with("weights: has 1 row, but counting has 2"));
        for bad in [-1.0, f32::NAN, f32::INFINITY] {
            assert!(
                error(vec![1.0, bad]).starts_with("counting: row 2"),
                "{bad}"
            );
        }
        assert!(error(vec![0.0, 0.0]).contains("all weights are 0"));
    }

    #[test]
    fn weights_are_read_from_files_with_their_positions() {
        let desk = Desk::new();
        let read = |name: &str, text: &str| {
            let path = desk.write(name, text);
            read_weights(&path, None, &counting(2), None, Vec::new())
        };
        assert_eq!(read("a.txt", "1\n0.5\n").unwrap(), [1.0, 0.5]);
        assert_eq!(read("b.csv", "weight\n1\n2e0\n").unwrap(), [1.0, 2.0]);
        for (text, place) in [
            ("1\n-2\n", "line 2"),
            ("1\nnan\n", "line 2"),
            ("x\n1\ny\n", "line 3"),
        ] {
            let error = read("c.txt", text).unwrap_err().to_string();
            assert!(
                error.contains(place) && error.contains("expected a weight"),
                "{error}"
            );
        }
        assert!(
            read("d.txt", "1\n")
                .unwrap_err()
                .to_string()
                .contains("has 1 row")
        );
        let zero = read("e.txt", "0\n0\n").unwrap_err();
        assert!(matches!(
            zero,
            DataError::Weights(WeightsError::AllZero { .. })
        ));
        let none = read_weights("w", None, &counting(2), None, vec!["a".into()]).unwrap_err();
        assert_eq!(
            none.to_string(),
            "weights: \"w\" is no file and no column; the columns are \"a\""
        );
    }
}
