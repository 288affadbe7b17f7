//! Selections of rows: batches, the first rows, a validation set.

use rayon::prelude::*;

use crate::error::DataError;
use crate::random::{Purpose, Stream};
use crate::shuffle::permutation;
use crate::table::Table;

/// Rows per task of a thread.
pub(crate) const ROWS_A_SHARE: usize = 16;

impl Table {
    /// Values of the rows at `indices`: `[indices, columns]`.
    ///
    /// # Panics
    ///
    /// When an index is not below [`rows`](Self::rows).
    pub fn gather(&self, indices: &[usize]) -> Vec<f32> {
        // Rows in random order are not in the cache: several threads hide the latency of memory.
        let mut gathered = vec![0.0; indices.len() * self.columns()];
        gathered
            .par_chunks_mut(self.columns())
            .zip(indices)
            .with_min_len(ROWS_A_SHARE)
            .for_each(|(gathered, &index)| gathered.copy_from_slice(self.row(index)));
        gathered
    }

    /// A table of the rows at `indices`, in that order; repetitions are allowed.
    ///
    /// Each row keeps its [`position`](Self::position) in the user's file.
    ///
    /// ```
    /// let table = paysage_data::Table::new("t", 1, vec![1.0, 2.0, 3.0])?;
    /// assert_eq!(table.select(&[2, 0]).values(), [3.0, 1.0]);
    /// # Ok::<(), paysage_data::DataError>(())
    /// ```
    ///
    /// # Panics
    ///
    /// When `indices` is empty, or an index is not below [`rows`](Self::rows).
    pub fn select(&self, indices: &[usize]) -> Table {
        assert!(
            !indices.is_empty(),
            "a table needs at least one row: select was given none"
        );
        let origin = self.origin().select(indices);
        let chosen = self.replaced(self.gather(indices)).with_origin(origin);
        match self.row_weights() {
            Some(weights) => chosen.weighted(indices.iter().map(|&row| weights[row]).collect()),
            None => chosen,
        }
    }

    /// A table of the first `rows` rows, or of all rows if there are fewer.
    ///
    /// # Panics
    ///
    /// When `rows` is zero.
    ///
    /// ```
    /// let table = paysage_data::Table::new("t", 1, vec![1.0, 2.0, 3.0])?;
    /// assert_eq!(table.head(2).values(), [1.0, 2.0]);
    /// assert_eq!(table.head(9).rows(), 3);
    /// # Ok::<(), paysage_data::DataError>(())
    /// ```
    pub fn head(&self, rows: usize) -> Table {
        assert!(
            rows > 0,
            "a table needs at least one row: head was asked for none"
        );
        let rows = rows.min(self.rows());
        let head = self.replaced(self.values()[..rows * self.columns()].to_vec());
        match self.row_weights() {
            Some(weights) => head.weighted(weights[..rows].to_vec()),
            None => head,
        }
    }

    /// Splits the rows at random into a training table and a validation table.
    ///
    /// The second has `fraction` of the rows, rounded, at least one and at most all but one. Both
    /// keep the names, the image shape and the source of the table.
    ///
    /// # Errors
    ///
    /// [`FractionOutOfRange`](DataError::FractionOutOfRange) unless 0 < `fraction` < 1, and
    /// [`TooFewRows`](DataError::TooFewRows) for a table of one row.
    ///
    /// ```
    /// let table = paysage_data::Table::new("t", 1, (0..10).map(|x| x as f32).collect())?;
    /// let (training, validation) = table.split(0.2, 0)?;
    /// assert_eq!((training.rows(), validation.rows()), (8, 2));
    /// # Ok::<(), paysage_data::DataError>(())
    /// ```
    pub fn split(&self, fraction: f64, seed: u64) -> Result<(Table, Table), DataError> {
        let [training, validation] = division(self.source(), self.rows(), fraction, seed)?;
        Ok((self.select(&training), self.select(&validation)))
    }
}

/// The training rows and the validation rows of a split.
pub(crate) fn division(
    source: &str,
    rows: usize,
    fraction: f64,
    seed: u64,
) -> Result<[Vec<usize>; 2], DataError> {
    let held_out = held_out(source, rows, fraction)?;
    let mut validation = permutation(rows, Stream::new(Purpose::Split, seed, 0));
    let training = validation.split_off(held_out);
    Ok([training, validation])
}

/// The number of rows that a split holds out.
pub(crate) fn held_out(source: &str, rows: usize, fraction: f64) -> Result<usize, DataError> {
    if !(fraction > 0.0 && fraction < 1.0) {
        return Err(DataError::FractionOutOfRange { fraction });
    }
    if rows < 2 {
        let file = source.into();
        return Err(DataError::TooFewRows { file });
    }
    Ok(((fraction * rows as f64).round() as usize).clamp(1, rows - 1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::ImageShape;
    use crate::testing::counting;

    #[test]
    fn a_selection_keeps_all_but_the_rows() {
        let shape = ImageShape {
            height: 1,
            width: 2,
        };
        let names = vec!["a".to_string(), "b".to_string()];
        let table = counting(4)
            .with_image(shape)
            .unwrap()
            .with_names(names.clone())
            .unwrap();
        let chosen = table.select(&[3, 0, 3]);
        assert_eq!(chosen.values(), [6.0, 7.0, 0.0, 1.0, 6.0, 7.0]);
        assert_eq!(
            (chosen.image(), chosen.names()),
            (Some(shape), Some(&names[..]))
        );
        assert_eq!(chosen.source(), "counting");
    }

    #[test]
    fn split_is_a_partition_and_a_function_of_its_seed() {
        for rows in [2, 3, 10, 101] {
            for fraction in [1e-9, 0.1, 0.5, 0.9, 1.0 - 1e-9] {
                let table = counting(rows);
                let (training, validation) = table.split(fraction, 3).unwrap();
                let expected = ((fraction * rows as f64).round() as usize).clamp(1, rows - 1);
                assert_eq!(validation.rows(), expected);
                let mut seen: Vec<f32> = [training.values(), validation.values()].concat();
                seen.sort_by(f32::total_cmp);
                assert_eq!(seen, table.values());
                assert_eq!(table.split(fraction, 3).unwrap(), (training, validation));
            }
        }
        let table = counting(100);
        assert_ne!(table.split(0.5, 0).unwrap(), table.split(0.5, 1).unwrap());
    }

    #[test]
    fn split_refuses_what_leaves_a_side_empty() {
        for fraction in [0.0, 1.0, -0.1, 1.5, f64::NAN, f64::INFINITY] {
            let error = counting(4).split(fraction, 0).unwrap_err();
            assert!(matches!(error, DataError::FractionOutOfRange { .. }));
        }
        let error = counting(1).split(0.5, 0).unwrap_err();
        assert!(matches!(error, DataError::TooFewRows { .. }));
    }

    #[test]
    fn split_is_pinned() {
        let table = Table::new("t", 1, (0..8).map(|x| x as f32).collect()).unwrap();
        let (_, validation) = table.split(0.5, 0).unwrap();
        assert_eq!(validation.values(), [1.0, 5.0, 6.0, 3.0]);
    }
}
