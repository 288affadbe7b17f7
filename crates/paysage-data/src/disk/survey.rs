//! What one pass over all values finds.

use crate::layout::{Preparation, Range, are_binary};
use crate::weights::is_weight;

/// Rows that have missing values, one bit each.
#[derive(Clone, Debug, Default)]
pub(crate) struct Gaps(Vec<u64>);

impl Gaps {
    fn insert(&mut self, row: usize) {
        let word = row / 64;
        if self.0.len() <= word {
            self.0.resize(word + 1, 0);
        }
        self.0[word] |= 1 << (row % 64);
    }

    /// Whether no row has missing values.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether a row has missing values.
    pub(crate) fn contains(&self, row: usize) -> bool {
        let word = self.0.get(row / 64);
        word.is_some_and(|word| word >> (row % 64) & 1 == 1)
    }
}

/// Weights from a column.
#[derive(Clone, Debug, Default)]
pub(crate) struct ColumnWeights {
    pub(crate) values: Vec<f32>,
    /// The first row whose weight is not valid, and its text.
    pub(crate) invalid: Option<(usize, String)>,
}

impl ColumnWeights {
    /// Adds the weight of the next row, where there is one.
    pub(crate) fn push_number(&mut self, weight: Option<f32>) {
        if let Some(weight) = weight {
            self.push(Some(weight), || weight.to_string());
        }
    }

    /// Adds the weight of the next row as it is written, where there is one.
    pub(crate) fn push_cell(&mut self, cell: Option<&str>) {
        if let Some(cell) = cell {
            self.push(cell.trim().parse().ok(), || cell.into());
        }
    }

    /// Adds the weight of the next row, given its text where it is not valid.
    fn push(&mut self, weight: Option<f32>, text: impl FnOnce() -> String) {
        let weight = weight.filter(|weight| is_weight(*weight));
        if weight.is_none() && self.invalid.is_none() {
            self.invalid = Some((self.values.len(), text()));
        }
        self.values.push(weight.unwrap_or_default());
    }
}

/// What one pass over all values finds.
#[derive(Clone, Debug, Default)]
pub(crate) struct Survey {
    /// Number of rows so far.
    pub(crate) rows: usize,
    pub(crate) gaps: Gaps,
    /// The range of the values before scale and threshold.
    pub(crate) before: Option<Range>,
    /// The range of the values after them.
    pub(crate) after: Option<Range>,
    /// Whether a value before them is neither 0 nor 1.
    pub(crate) has_other_values: bool,
    /// The first value that the scale makes too large: row, column, and what it becomes.
    pub(crate) overflow: Option<(usize, usize, f32)>,
}

impl Survey {
    /// Scales the next row, compares it with the threshold, and takes note of its values.
    pub(crate) fn row(&mut self, preparation: &Preparation, row: &mut [f32]) {
        if row.iter().any(|x| x.is_nan()) {
            self.gaps.insert(self.rows);
        }
        self.has_other_values = self.has_other_values || !are_binary(row);
        // Only settings that can make all values equal need the ranges.
        let has_range = preparation.scale.is_some() || preparation.threshold.is_some();
        if has_range {
            self.before = Range::extended(self.before, row);
        }
        if let (None, Some((column, value))) = (self.overflow, preparation.scale_row(row)) {
            self.overflow = Some((self.rows, column, value));
        }
        if has_range {
            self.after = Range::extended(self.after, row);
        }
        self.rows += 1;
    }
}
