//! The memory that the columns of a Parquet file need while they are decoded.

use std::sync::Arc;

use parquet::basic::Type;
use parquet::column::page::{Page, PageReader};
use parquet::errors::ParquetError;
use parquet::file::metadata::ColumnChunkMetaData;
use parquet::file::serialized_reader::SerializedPageReader;

use super::budget::Budget;
use super::pages::{PageSizes, SMALLER, check_pages};
use super::{Source, decoded};
use crate::error::DataError;

/// Bytes of a value in a batch, and of a text without its letters.
const NUMBER: u64 = 8;
const TEXT: u64 = 24;

/// What a column needs.
#[derive(Clone, Copy, Default)]
pub(super) struct Needed {
    pages: PageSizes,
    is_text: bool,
    /// Bytes of the longest text of a dictionary.
    longest: u64,
}

impl Needed {
    /// Adds the part of the column in a group of rows, whose pages are checked.
    pub(super) fn add(
        &mut self,
        budget: Budget<'_>,
        source: &Source,
        chunk: &ColumnChunkMetaData,
        rows: i64,
    ) -> Result<(), DataError> {
        check_pages(budget, source, chunk, &mut self.pages)?;
        if chunk.column_type() == Type::BYTE_ARRAY {
            self.is_text = true;
            if self.pages.dictionary > 0 {
                let first = decoded(budget.file, "Parquet", || first_page(source, chunk, rows))?;
                self.longest = self.longest.max(longest(first.as_ref()));
            }
        }
        Ok(())
    }

    /// Bytes of the pages that are held.
    fn held(&self) -> u64 {
        self.pages.page.saturating_add(self.pages.dictionary)
    }

    /// Bytes of a row, where the rows of whole pages are counted.
    fn row(&self) -> u64 {
        match self.is_text {
            true => TEXT.saturating_add(self.longest.max(self.pages.value)),
            false => NUMBER,
        }
    }

    /// Bytes of the texts of a batch in the pages that it begins and ends in.
    fn ends(&self) -> u64 {
        match self.is_text {
            true => self.pages.plain.saturating_mul(2),
            false => 0,
        }
    }
}

/// The number of rows of a batch: with the pages that are held, they take at most as many bytes as the budget. Texts are
/// collected in memory that doubles, so rows are counted twice.
pub(super) fn rows_at_a_time<'a>(
    budget: Budget<'_>,
    columns: impl Iterator<Item = &'a Needed> + Clone,
    most: usize,
) -> Result<usize, DataError> {
    let sum = |bytes: fn(&Needed) -> u64| columns.clone().map(bytes).fold(0, u64::saturating_add);
    let held = sum(Needed::held).saturating_add(sum(Needed::ends));
    let row = sum(Needed::row).max(1);
    budget.check(held.saturating_add(row), SMALLER)?;
    let rows = (budget.most() - held) / row / 2;
    Ok(usize::try_from(rows).unwrap_or(most).clamp(1, most))
}

/// The first page of a column, which is its dictionary where it has one.
fn first_page(
    source: &Source,
    chunk: &ColumnChunkMetaData,
    rows: i64,
) -> Result<Option<Page>, ParquetError> {
    let rows = usize::try_from(rows).unwrap_or(0);
    SerializedPageReader::new(Arc::new(source.clone()), chunk, rows, None)?.get_next_page()
}

/// Number of bytes of the longest text of a dictionary; 0 for another page.
fn longest(page: Option<&Page>) -> u64 {
    let Some(Page::DictionaryPage { buf, .. }) = page else {
        return 0;
    };
    let (mut rest, mut longest) = (&buf[..], 0);
    // Each text follows its length.
    while let Some((length, texts)) = rest.split_first_chunk() {
        let length = u32::from_le_bytes(*length) as usize;
        longest = longest.max(length.min(texts.len()));
        rest = texts.get(length..).unwrap_or_default();
    }
    longest as u64
}
