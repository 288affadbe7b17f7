//! Labels of rows that stay on disk.

use std::sync::Arc;

/// A label that is missing.
const MISSING: u32 = u32::MAX;

/// The classes of the rows of a file: one unit each, after the units of the columns.
#[derive(Clone)]
pub(crate) struct RowLabels {
    /// The name of the column of labels.
    pub(super) name: String,
    pub(super) classes: usize,
    codes: Arc<[u32]>,
}

impl RowLabels {
    /// The [code](Self::code) of each row of the file.
    pub(crate) fn of(name: String, classes: usize, codes: Vec<u32>) -> Self {
        Self {
            name,
            classes,
            codes: codes.into(),
        }
    }

    /// How a class is stored; none where it is missing.
    pub(crate) fn code(class: Option<usize>) -> u32 {
        class.map_or(MISSING, |class| class as u32)
    }

    /// Whether the label of a row of the file is missing.
    pub(super) fn is_missing(&self, row: usize) -> bool {
        self.codes[row] == MISSING
    }

    /// Whether the label of any row is missing.
    pub(super) fn has_missing(&self) -> bool {
        self.codes.contains(&MISSING)
    }

    /// Sets the units of the label of a row of the file.
    pub(super) fn set_units(&self, row: usize, units: &mut [f32]) {
        match self.codes[row] {
            MISSING => units.fill(f32::NAN),
            code => {
                units.fill(0.0);
                units[code as usize] = 1.0;
            }
        }
    }
}
