//! Parquet files: row groups of columns, each in pages.

use std::collections::BTreeMap;

use arrow_schema::Schema;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder,
};
use parquet::basic::Compression;

use super::batch::{Batch, ordered};
use super::budget::Budget;
use super::needed::{Needed, rows_at_a_time};
use super::{Source, broken, check_values, decoded};
use crate::error::{DataError, FormatError};

const FORMAT: &str = "Parquet";

/// Values of a batch, and the most rows of it.
const VALUES: usize = 1 << 20;
const ROWS: usize = 8192;

/// What stands at the end of a Parquet file.
pub(super) struct Parquet {
    metadata: ArrowReaderMetadata,
}

impl Parquet {
    pub(super) fn of(file: &str, source: &Source) -> Result<Self, DataError> {
        let options = ArrowReaderOptions::new();
        let metadata = decoded(file, FORMAT, || ArrowReaderMetadata::load(source, options))?;
        Ok(Self { metadata })
    }

    pub(super) fn schema(&self) -> &Schema {
        self.metadata.schema()
    }

    /// Visits the rows of these columns, batch by batch.
    pub(super) fn each(
        &self,
        budget: Budget<'_>,
        source: &Source,
        columns: &[usize],
        visit: &mut dyn FnMut(&Batch<'_>) -> Result<(), DataError>,
    ) -> Result<(), DataError> {
        let file = budget.file;
        let (roots, places) = ordered(columns);
        let metadata = self.metadata.metadata();
        let mask = ProjectionMask::roots(self.metadata.parquet_schema(), roots.iter().copied());
        let rows = metadata.row_groups().iter().map(|group| group.num_rows());
        let rows = rows
            .map(|rows| u64::try_from(rows).ok())
            .try_fold(0u64, |total, rows| total.checked_add(rows?));
        let claimed = u64::try_from(metadata.file_metadata().num_rows()).ok();
        let Some(rows) = rows.filter(|rows| Some(*rows) == claimed) else {
            return Err(broken(
                file,
                FORMAT,
                "its numbers of rows contradict each other",
            ));
        };
        check_values(file, source.length(), rows, columns.len() as u64)?;
        let mut needed: BTreeMap<usize, Needed> = BTreeMap::new();
        for group in metadata.row_groups() {
            for (leaf, chunk) in group.columns().iter().enumerate() {
                if mask.leaf_included(leaf) {
                    check_codec(file, chunk.compression())?;
                    let needed = needed.entry(leaf).or_default();
                    needed.add(budget, source, chunk, group.num_rows())?;
                }
            }
        }
        let most = (VALUES / columns.len().max(1)).clamp(1, ROWS);
        let size = rows_at_a_time(budget, needed.values(), most)?;
        let mut reader = decoded(file, FORMAT, || {
            let metadata = self.metadata.clone();
            ParquetRecordBatchReaderBuilder::new_with_metadata(source.clone(), metadata)
                .with_projection(mask)
                .with_batch_size(size)
                .build()
        })?;
        let mut found = 0;
        while let Some(batch) = decoded(file, FORMAT, || reader.next().transpose())? {
            let batch = Batch::of(file, FORMAT, &batch, &places)?;
            found += batch.rows as u64;
            visit(&batch)?;
        }
        match found == rows {
            true => Ok(()),
            false => Err(broken(
                file,
                FORMAT,
                format_args!("has {found} of {rows} rows"),
            )),
        }
    }
}

/// Checks that the pages of a column are compressed in a usual way.
fn check_codec(file: &str, compression: Compression) -> Result<(), DataError> {
    match compression {
        Compression::BROTLI(_) | Compression::LZO => {
            Err(DataError::Format(FormatError::UnknownFormat {
                file: file.into(),
                advice: "its pages are compressed with Brotli or LZO; write it with compression=\"zstd\"",
            }))
        }
        _ => Ok(()),
    }
}
