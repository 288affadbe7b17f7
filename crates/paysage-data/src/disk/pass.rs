//! One pass over rows on disk.

use rayon::prelude::*;

use super::budget::Budget;
use super::window::Window;
use super::{DiskRows, Stored};
use crate::error::DataError;
use crate::rows::{Chunk, Order};
use crate::selection::ROWS_A_SHARE;
use crate::shuffle::compact_shuffled;

/// One pass over rows on disk, window by window.
///
/// A window holds the rows of as many successive positions of the order as the memory limit allows. It
/// reads them in the order of the file, and chunks take them in the order of the pass.
pub(super) struct Pass<'a> {
    rows: &'a DiskRows,
    /// The positions in their order; as they are stored where there are none.
    order: Option<Vec<u32>>,
    size: usize,
    /// Number of positions that chunks have taken.
    taken: usize,
    window: Window,
    /// The first position of the window.
    start: usize,
    budget: Budget,
    /// Number of rows of the next window. They double: a caller that needs only the first rows does not
    /// wait for a large window.
    next_rows: usize,
    failed: bool,
}

impl<'a> Pass<'a> {
    pub(super) fn new(rows: &'a DiskRows, order: Order, size: usize) -> Self {
        assert!(size > 0, "a chunk needs at least one row");
        let count = rows.length();
        let order = match order {
            Order::Stored => None,
            // There are at most as many rows as numbers.
            Order::Shuffled { seed, epoch } => Some(compact_shuffled(count as u32, seed, epoch)),
        };
        let sequential = order.is_none() && rows.rows.is_none();
        let budget = Budget::of(&rows.stored.format, rows.memory, count, sequential);
        Self {
            rows,
            order,
            size,
            taken: 0,
            window: Window::default(),
            start: 0,
            budget,
            next_rows: size.min(budget.rows),
            failed: false,
        }
    }

    /// Number of bytes of its buffers.
    #[cfg(test)]
    pub(super) fn memory(&self) -> usize {
        let order = self.order.as_ref().map_or(0, Vec::capacity);
        super::budget::NUMBER * order + self.window.memory()
    }

    fn place(&self, index: usize) -> usize {
        let order = self.order.as_ref();
        order.map_or(index, |order| order[index] as usize)
    }

    /// Reads the window of the next position.
    fn load(&mut self) -> Result<(), DataError> {
        let end = self.rows.length().min(self.taken + self.next_rows);
        let Stored { file, format, .. } = &*self.rows.stored;
        let mut window = std::mem::take(&mut self.window);
        let numbers = (self.taken..end).map(|index| self.rows.number(self.place(index)) as u32);
        let loaded = window.load(file, format, self.budget, numbers);
        self.window = window;
        self.start = self.taken;
        self.next_rows = self.next_rows.saturating_mul(2).min(self.budget.rows);
        loaded
    }

    fn chunk(&mut self) -> Result<Chunk, DataError> {
        let end = self.rows.length().min(self.taken.saturating_add(self.size));
        let positions: Vec<usize> = (self.taken..end).map(|i| self.place(i)).collect();
        let (columns, first) = (self.rows.width(), self.taken);
        let mut values = vec![0.0; positions.len() * columns];
        let mut rest = &mut values[..];
        while self.taken < end {
            if self.taken >= self.start + self.window.rows() {
                self.load()?;
            }
            let rows = end.min(self.start + self.window.rows()) - self.taken;
            let (units, others) = rest.split_at_mut(rows * columns);
            let size = self.rows.stored.format.row_bytes();
            let bytes = self.window.bytes_from(self.taken - self.start, size);
            self.rows
                .decode(bytes, &positions[self.taken - first..], units);
            self.taken += rows;
            rest = others;
        }
        Ok(Chunk { values, positions })
    }
}

impl Iterator for Pass<'_> {
    type Item = Result<Chunk, DataError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.failed || self.taken >= self.rows.length() {
            return None;
        }
        let chunk = self.chunk();
        self.failed = chunk.is_err();
        Some(chunk)
    }
}

impl DiskRows {
    /// The units of rows from their bytes and positions.
    fn decode(&self, bytes: &[u8], positions: &[usize], units: &mut [f32]) {
        let format = &self.stored.format;
        let width = self.units.columns.as_ref().map_or(0, |_| format.columns);
        let own = self.column_units();
        units
            .par_chunks_mut(self.width())
            .zip(bytes.par_chunks(format.row_bytes()))
            .zip(positions)
            .with_min_len(ROWS_A_SHARE)
            .for_each_init(
                || vec![0.0; width],
                |stored, ((units, bytes), &position)| {
                    let decode = |row: &mut [f32]| format.decode(bytes, row);
                    let (units, classes) = units.split_at_mut(own);
                    self.units.units(decode, stored, units);
                    if let Some(labels) = &self.labels {
                        labels.set_units(self.number(position), classes);
                    }
                },
            );
    }
}
