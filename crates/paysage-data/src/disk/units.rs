//! From the values of a stored row to units.

use crate::layout::Preparation;

/// Which columns of a file are units, and how they are prepared.
#[derive(Clone, Debug, Default)]
pub(crate) struct Units {
    /// The columns of the file, from 0, where a unit has one; all where there are none.
    pub(crate) columns: Option<Vec<Option<usize>>>,
    pub(crate) preparation: Preparation,
}

impl Units {
    /// Number of units of a row of so many values.
    pub(crate) fn count(&self, columns: usize) -> usize {
        self.columns.as_ref().map_or(columns, Vec::len)
    }

    /// The units of a row; `stored` is the space for its values, where only some columns are used.
    pub(crate) fn units(
        &self,
        decode: impl FnOnce(&mut [f32]),
        stored: &mut [f32],
        units: &mut [f32],
    ) {
        match &self.columns {
            None => decode(units),
            Some(columns) => {
                decode(stored);
                for (unit, &column) in units.iter_mut().zip(columns) {
                    *unit = column.map_or(f32::NAN, |column| stored[column]);
                }
            }
        }
        self.preparation.prepare_row(units);
    }
}
