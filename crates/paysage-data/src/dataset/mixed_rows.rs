//! Categorical and numeric columns that stay on disk.

use super::mixed::Mixed;
use super::open::{cells_of, columns_of};
use super::{DiskDataset, ReadOptions};
use crate::disk::{
    CellsWriter, DiskCells, DiskOptions, DiskRows, StoreWriter, Stored, Survey, Units,
};
use crate::error::DataError;
use crate::layout::{Layout, Preparation};
use crate::read::Cells;
use crate::rows::Rows;
use crate::schema::{PartialSchema, Schema};

impl ReadOptions {
    /// Copies the cells of a file to disk, completes or infers the schema of them, and encodes them as rows on
    /// disk, with rows of weight 0.
    pub(super) fn open_mixed(
        &self,
        disk: &DiskOptions,
        schema: Option<&PartialSchema>,
    ) -> Result<DiskDataset, DataError> {
        self.check_mixed()?;
        let cells = Cells::copy(&self.source, disk)?;
        let (schema, mixed) = self.modelled(cells, schema)?;
        let Mixed {
            mut cells,
            layout,
            dropped,
            warnings,
        } = mixed;
        let weights = cells.take_weights();
        let (rows, carried) = encoded(&cells, &schema, (&[], &dropped), disk)?;
        let missing = !rows.is_complete();
        Ok(DiskDataset {
            rows: match weights {
                Some(weights) => rows.weighted(weights),
                None => rows,
            },
            layout: Layout { missing, ..layout },
            carried,
            warnings,
            alignment: None,
        })
    }
}

/// The units of cells, copied to disk, with the cells of some columns where they are asked for. Columns that are
/// `absent` from the file are missing.
pub(crate) fn encoded(
    cells: &Cells,
    schema: &Schema,
    (absent, carried): (&[String], &[usize]),
    disk: &DiskOptions,
) -> Result<(DiskRows, DiskCells), DataError> {
    let file = &cells.file;
    let places = schema.column_places(cells, absent)?;
    let carried = match disk.carried {
        true => cells.readable(carried),
        false => Vec::new(),
    };
    let columns = columns_of(carried.iter().copied(), Some(&cells.names));
    let mut writer = cells_of(file, &columns, disk)?;
    let mut store = StoreWriter::new(file, schema.units(), &disk.folder)?;
    let mut survey = Survey::default();
    schema.each(cells, absent, &carried, &mut |units, more| {
        survey.row(&Preparation::default(), units);
        if let Some(writer) = &mut writer {
            writer.push(more)?;
        }
        store.push(units)
    })?;
    let (file, format) = store.finish()?;
    DiskRows::check(&cells.file, &format, disk.memory)?;
    let stored = Stored {
        file,
        format,
        gaps: survey.gaps,
        origin: cells.origin().with_columns(places),
        names: Some(schema.unit_names()),
    };
    let rows = DiskRows::of(stored, Units::default(), disk.memory);
    let carried = writer.map(CellsWriter::finish).transpose()?;
    Ok((rows, carried.unwrap_or_default()))
}

#[cfg(test)]
mod tests;
