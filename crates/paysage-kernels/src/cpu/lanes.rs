//! Blocks of 32 columns of a matrix.

use super::instructions::Vectors;

/// Number of columns of a block: four AVX registers, and the group of columns of eight Philox blocks.
pub(crate) const WIDTH: usize = 32;

/// One row of a block of columns, aligned to cache lines: otherwise every 64-byte load touches two
/// lines, which halves the speed of the table product.
#[derive(Clone, Copy)]
#[repr(align(64))]
pub(crate) struct Lanes(pub [f32; WIDTH]);

impl Lanes {
    pub(crate) const ZERO: Self = Self([0.0; WIDTH]);

    #[inline(always)]
    pub(crate) fn add(&mut self, other: &Self) {
        for (sum, x) in self.0.iter_mut().zip(&other.0) {
            *sum += x;
        }
    }
}

/// A matrix in memory, or its transpose.
#[derive(Clone, Copy)]
pub(crate) struct Matrix<'a> {
    values: &'a [f32],
    rows: usize,
    columns: usize,
    transposed: bool,
}

impl<'a> Matrix<'a> {
    /// `values` row by row.
    pub(crate) fn new(values: &'a [f32], [rows, columns]: [usize; 2]) -> Self {
        assert_eq!(values.len(), rows * columns, "a {rows} × {columns} matrix");
        Self {
            values,
            rows,
            columns,
            transposed: false,
        }
    }

    /// The transpose, without moving data.
    pub(crate) fn transposed(self) -> Self {
        Self {
            rows: self.columns,
            columns: self.rows,
            transposed: !self.transposed,
            ..self
        }
    }

    pub(crate) fn rows(&self) -> usize {
        self.rows
    }

    pub(crate) fn columns(&self) -> usize {
        self.columns
    }

    /// The values in memory and the length of their lines: the columns, or the rows of a transpose.
    pub(crate) fn lines(&self) -> (&'a [f32], usize) {
        let width = if self.transposed {
            self.rows
        } else {
            self.columns
        };
        (self.values, width)
    }

    pub(crate) fn is_transposed(&self) -> bool {
        self.transposed
    }

    /// Copies a block of 32 columns from a given column and row, padded with zeros.
    #[inline(always)]
    pub(crate) fn load<V: Vectors>(
        &self,
        vectors: V,
        first_row: usize,
        first_column: usize,
        block: &mut [Lanes],
    ) {
        let width = WIDTH.min(self.columns - first_column);
        let height = block.len().min(self.rows.saturating_sub(first_row));
        if width < WIDTH || height < block.len() {
            block.fill(Lanes::ZERO);
        }
        let block = &mut block[..height];
        if self.transposed {
            self.load_turned(vectors, first_row, first_column, width, block);
        } else {
            self.load_straight(first_row, first_column, width, block);
        }
    }

    #[inline(always)]
    fn load_straight(&self, first_row: usize, first: usize, width: usize, block: &mut [Lanes]) {
        let rows = self.values.chunks_exact(self.columns).skip(first_row);
        for (lanes, row) in block.iter_mut().zip(rows) {
            let row = &row[first..first + width];
            match row.first_chunk::<WIDTH>() {
                Some(whole) => lanes.0 = *whole,
                None => lanes.0[..width].copy_from_slice(row),
            }
        }
    }

    /// The rows in memory are the columns of this matrix; tiles of 8 × 8 are transposed in registers.
    #[inline(always)]
    fn load_turned<V: Vectors>(
        &self,
        vectors: V,
        first_row: usize,
        first: usize,
        width: usize,
        block: &mut [Lanes],
    ) {
        let height = block.len();
        let at = |column: usize, row: usize| (first + column) * self.rows + first_row + row;
        let (whole_rows, whole_columns) = (height / 8 * 8, width / 8 * 8);
        for row in (0..whole_rows).step_by(8) {
            for column in (0..whole_columns).step_by(8) {
                let mut tile = [[0.0; 8]; 8];
                for (i, line) in tile.iter_mut().enumerate() {
                    let line_in_memory = self.values[at(column + i, row)..].first_chunk();
                    *line = *line_in_memory.expect("inside the matrix");
                }
                let tile = vectors.transpose(tile);
                for (lanes, line) in block[row..row + 8].iter_mut().zip(&tile) {
                    lanes.0[column..column + 8].copy_from_slice(line);
                }
            }
        }
        for (row, lanes) in block.iter_mut().enumerate() {
            let start = if row < whole_rows { whole_columns } else { 0 };
            for column in start..width {
                lanes.0[column] = self.values[at(column, row)];
            }
        }
    }
}
