//! Training data that are copied to a temporary file of rows.

use super::ReadOptions;
use super::array_rows::ArrayRows;
use super::open::Opened;
use crate::disk::{
    ColumnWeights, DiskOptions, DiskRows, Encoding, RowFormat, StoreWriter, Stored, Survey, Units,
};
use crate::error::{DataError, FormatError};
use crate::layout::Layout;
use crate::position::Origin;
use crate::read::{ArrayHeader, Decoder, Stream, TextRows};

/// Bytes of a text that are read at a time.
const LEAST_PART: u64 = 1 << 16;
const MOST_PART: u64 = 1 << 22;

/// The fraction of the memory limit for a part of a text.
const PARTS: u64 = 4;

impl ReadOptions {
    /// Copies a compressed array.
    pub(super) fn convert_array(
        &self,
        mut stream: Stream,
        disk: &DiskOptions,
        model: Option<&Layout>,
    ) -> Result<Opened, DataError> {
        let name = &self.source;
        let header = ArrayHeader::of(name, stream.kind(), stream.head(), None)?;
        let format = |decoder| RowFormat {
            encoding: Encoding::Numbers(decoder),
            start: 0,
            rows: header.rows,
            columns: header.columns,
        };
        // Before memory is allocated: the header may claim anything.
        DiskRows::check(name, &format(header.decoder), disk.memory)?;
        DiskRows::check(name, &format(Decoder::SINGLE), disk.memory)?;
        stream.fill(&mut vec![0; header.start])?;
        let size = format(header.decoder).row_bytes();
        let total = header.start as u128 + size as u128 * header.rows as u128;
        let truncated = |row: usize, read: usize| {
            DataError::Format(FormatError::Truncated {
                file: name.clone(),
                expected: total,
                found: (header.start + row * size + read) as u64,
            })
        };
        // Columns take memory only where a first row has as many values.
        let mut bytes = stream.take(size)?;
        if bytes.len() < size {
            return Err(truncated(0, bytes.len()));
        }
        let mut rows = ArrayRows::of(self, header, model)?;
        let mut store = StoreWriter::new(name, rows.width(), &disk.folder)?;
        store.push(rows.next(&bytes)?)?;
        for row in 1..header.rows {
            let read = stream.fill(&mut bytes)?;
            if read < size {
                return Err(truncated(row, read));
            }
            store.push(rows.next(&bytes)?)?;
        }
        let more = stream.count()?;
        if more > 0 {
            return Err(DataError::Format(FormatError::TrailingBytes {
                file: name.clone(),
                expected: total,
                found: total as u64 + more,
            }));
        }
        let image = header.image.filter(|_| rows.columns.is_none());
        let origin = rows.origin();
        Ok(Opened {
            stored: self.stored(store, origin, None, disk)?,
            units: Units::default(),
            survey: rows.survey,
            chosen: rows.chosen,
            weights: rows.weights,
            image,
        })
    }

    /// Copies a text.
    pub(super) fn convert_text(
        &self,
        stream: Stream,
        disk: &DiskOptions,
        model: Option<&Layout>,
    ) -> Result<Opened, DataError> {
        self.convert_parts(stream, disk, model, parts(disk))
    }

    pub(super) fn convert_parts(
        &self,
        stream: Stream,
        disk: &DiskOptions,
        model: Option<&Layout>,
        (part, most): (usize, usize),
    ) -> Result<Opened, DataError> {
        let name = &self.source;
        let preparation = self.preparation();
        let mut survey = Survey::default();
        let mut weights = ColumnWeights::default();
        let mut lines = Lines::default();
        let mut store = None;
        let mut chosen = None;
        let text = TextRows::of(name, stream, self.missing_values(), part, most);
        let choose = |names: Option<&[String]>, width: usize| {
            let columns = self.chosen_for(model, names, width)?;
            let choice = (columns.choice.clone(), columns.weights);
            chosen = Some(columns);
            Ok(choice)
        };
        let header = text.each(choose, |row| {
            survey.row(&preparation, row.values);
            if let Some(cell) = row.cell {
                weights.push(cell.trim().parse().ok(), || cell.clone());
            }
            lines.push(row.line);
            let store = match &mut store {
                Some(store) => store,
                none => none.insert(self.store(row.values.len(), disk)?),
            };
            store.push(row.values)
        })?;
        let (Some(store), Some(chosen)) = (store, chosen) else {
            return Err(DataError::Empty { file: name.clone() });
        };
        let origin = lines.origin().with_columns(header.places);
        Ok(Opened {
            stored: self.stored(store, origin, header.names, disk)?,
            units: Units::default(),
            survey,
            chosen,
            weights,
            image: None,
        })
    }

    /// A store of rows of so many values, if they can be read within the limit.
    fn store(&self, columns: usize, disk: &DiskOptions) -> Result<StoreWriter, DataError> {
        if columns == 0 {
            let file = self.source.clone();
            return Err(DataError::NoColumns { file });
        }
        StoreWriter::new(&self.source, columns, &disk.folder)
    }

    fn stored(
        &self,
        store: StoreWriter,
        origin: Origin,
        names: Option<Vec<String>>,
        disk: &DiskOptions,
    ) -> Result<Stored, DataError> {
        let (file, format) = store.finish()?;
        DiskRows::check(&self.source, &format, disk.memory)?;
        Ok(Stored {
            file,
            format,
            gaps: Default::default(),
            origin,
            names,
        })
    }
}

/// The bytes of a part of a text, and the most of them.
pub(super) fn parts(disk: &DiskOptions) -> (usize, usize) {
    let most = (disk.memory / PARTS).max(LEAST_PART) as usize;
    (most.min(MOST_PART as usize), most)
}

/// The lines of rows: only the first one is kept while they are consecutive.
#[derive(Default)]
struct Lines {
    first: usize,
    count: usize,
    listed: Vec<u32>,
}

impl Lines {
    fn push(&mut self, line: usize) {
        if self.count == 0 {
            self.first = line;
        }
        let number = |line| u32::try_from(line).unwrap_or(u32::MAX);
        if self.listed.is_empty() && line != self.first + self.count {
            let before = self.first..self.first + self.count;
            self.listed = before.map(number).collect();
        }
        if !self.listed.is_empty() {
            self.listed.push(number(line));
        }
        self.count += 1;
    }

    fn origin(self) -> Origin {
        match self.listed.is_empty() {
            true => Origin::lines_after(self.first.saturating_sub(1)),
            false => Origin::lines(self.listed),
        }
    }
}

#[cfg(test)]
mod tests;
