//! Rows of a file in memory, read in the order of the file.

use super::budget::Budget;
use super::file::DataFile;
use super::format::RowFormat;
use crate::error::DataError;

/// Bytes between two rows that are read in vain rather than skipped: a disk reads as much in the time of
/// one more request.
const MOST_GAP: u64 = 1 << 16;

/// The bytes of some rows.
#[derive(Default)]
pub(super) struct Window {
    /// Rows of the file and their places in the window, in the order of the file.
    entries: Vec<(u32, u32)>,
    bytes: Vec<u8>,
    scratch: Vec<u8>,
}

impl Window {
    /// Number of rows.
    pub(super) fn rows(&self) -> usize {
        self.entries.len()
    }

    /// The bytes of the rows from a place on.
    pub(super) fn bytes_from(&self, place: usize, row_bytes: usize) -> &[u8] {
        &self.bytes[place * row_bytes..]
    }

    /// Number of bytes that it holds in memory.
    #[cfg(test)]
    pub(super) fn memory(&self) -> usize {
        super::budget::ENTRY * self.entries.capacity()
            + self.bytes.capacity()
            + self.scratch.capacity()
    }

    /// Reads these rows of a file, at most as many as the budget has.
    pub(super) fn load(
        &mut self,
        file: &DataFile,
        format: &RowFormat,
        budget: Budget,
        rows: impl ExactSizeIterator<Item = u32>,
    ) -> Result<(), DataError> {
        debug_assert!(rows.len() <= budget.rows);
        let length = rows.len() * format.row_bytes();
        if self.bytes.len() < length {
            // The old ones are freed first: a reallocation may hold both.
            self.entries = Vec::new();
            self.bytes = Vec::new();
            self.entries.reserve_exact(rows.len());
            self.bytes = vec![0; length];
        }
        if self.scratch.is_empty() {
            self.scratch = vec![0; budget.scratch];
        }
        self.entries.clear();
        self.entries.extend(rows.zip(0..));
        self.entries.sort_unstable();
        let read = self.read(file, format).and_then(|()| file.check());
        if read.is_err() {
            self.entries.clear();
        }
        read
    }

    fn read(&mut self, file: &DataFile, format: &RowFormat) -> Result<(), DataError> {
        let size = format.row_bytes();
        let mut rest = &self.entries[..];
        while let Some(&(first, place)) = rest.first() {
            let place = place as usize * size;
            let alike = alike(rest);
            let (merged, end) = merged(rest, format, self.scratch.len());
            let offset = format.offset(first as usize);
            if alike >= merged {
                file.read(offset, &mut self.bytes[place..][..alike * size])?;
                rest = &rest[alike..];
                continue;
            }
            let length = (end - offset) as usize;
            file.read(offset, &mut self.scratch[..length])?;
            let (together, others) = rest.split_at(merged);
            for &(row, place) in together {
                let from = (format.offset(row as usize) - offset) as usize;
                let row = &self.scratch[from..][..size];
                self.bytes[place as usize * size..][..size].copy_from_slice(row);
            }
            rest = others;
        }
        Ok(())
    }
}

/// The number of rows that follow each other in the file and in the window.
fn alike(entries: &[(u32, u32)]) -> usize {
    let (row, place) = entries[0];
    let next = |index: u32| (row.checked_add(index), place.checked_add(index));
    let pairs = entries.iter().zip(0..);
    let pairs = pairs.take_while(|&(&(row, place), index)| (Some(row), Some(place)) == next(index));
    pairs.count()
}

/// The number of rows that lie close to each other and fit the scratch buffer together, and where the last
/// of them ends.
fn merged(entries: &[(u32, u32)], format: &RowFormat, scratch: usize) -> (usize, u64) {
    let size = format.row_bytes() as u64;
    let start = format.offset(entries[0].0 as usize);
    let mut end = start + size;
    let mut count = 1;
    for &(row, _) in &entries[1..] {
        let offset = format.offset(row as usize);
        let is_near = offset <= end + MOST_GAP && offset + size - start <= scratch as u64;
        if !is_near {
            break;
        }
        end = offset + size;
        count += 1;
    }
    (count, end)
}
