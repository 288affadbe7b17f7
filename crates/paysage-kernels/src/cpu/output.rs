//! A matrix that several threads fill, each its own block.

use std::{marker::PhantomData, mem::MaybeUninit};

/// A result of shape `[rows, columns]`, written in blocks of columns by several threads.
///
/// Rust splits a slice into runs, but a block of columns is a piece of every row.
#[derive(Clone, Copy)]
pub(crate) struct Output<'a> {
    start: *mut MaybeUninit<f32>,
    rows: usize,
    columns: usize,
    borrowed: PhantomData<&'a mut [f32]>,
}

// SAFETY: an `Output` is only written through `piece`, whose callers keep to pieces of their own.
#[allow(unsafe_code)]
unsafe impl Send for Output<'_> {}
// SAFETY: sharing gives no more than `Send`: what is written is written through pieces that do not overlap.
#[allow(unsafe_code)]
unsafe impl Sync for Output<'_> {}

impl Output<'_> {
    pub(crate) fn rows(&self) -> usize {
        self.rows
    }

    pub(crate) fn columns(&self) -> usize {
        self.columns
    }

    /// Part of a row.
    ///
    /// # Safety
    ///
    /// No two live pieces may overlap, on this thread or another.
    #[allow(unsafe_code, clippy::mut_from_ref)]
    #[inline(always)]
    pub(crate) unsafe fn piece(
        &self,
        row: usize,
        first: usize,
        width: usize,
    ) -> &mut [MaybeUninit<f32>] {
        // Without a sum, which could overflow.
        assert!(row < self.rows && first <= self.columns && width <= self.columns - first);
        // SAFETY: inside the borrowed values by the assertion; alone by the caller's promise.
        unsafe { std::slice::from_raw_parts_mut(self.start.add(row * self.columns + first), width) }
    }
}

/// A new matrix, written by some work. Nobody fills it with zeros first, which for a large batch
/// would take a tenth of the time of the product.
///
/// # Safety
///
/// The work must write every entry.
#[allow(unsafe_code)]
pub(crate) unsafe fn written(shape: [usize; 2], work: impl FnOnce(Output<'_>)) -> Vec<f32> {
    let length = shape[0]
        .checked_mul(shape[1])
        .expect("a result that fits memory");
    let mut values = Vec::with_capacity(length);
    work(Output {
        start: values.spare_capacity_mut()[..length].as_mut_ptr(),
        rows: shape[0],
        columns: shape[1],
        borrowed: PhantomData,
    });
    // SAFETY: so many entries have capacity, and by the caller's promise the work wrote each of them.
    unsafe { values.set_len(length) };
    values
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};

    use rayon::prelude::*;

    use super::*;

    const SHAPE: [usize; 2] = [11, 70];

    /// Writes the number of each entry of a block of columns.
    fn number(output: Output<'_>, first: usize) {
        let width = 32.min(output.columns() - first);
        for row in 0..output.rows() {
            // SAFETY: no other piece has entries of this block.
            #[allow(unsafe_code)]
            let piece = unsafe { output.piece(row, first, width) };
            for (value, number) in piece.iter_mut().zip(row * output.columns() + first..) {
                value.write(number as f32);
            }
        }
    }

    #[test]
    fn blocks_of_several_threads_make_the_whole() {
        // SAFETY: the blocks cover the columns.
        #[allow(unsafe_code)]
        let values = unsafe {
            written(SHAPE, |output| {
                let blocks = (0..SHAPE[1]).into_par_iter().step_by(32);
                blocks.for_each(|first| number(output, first));
            })
        };
        assert_eq!(values.len(), 770);
        assert!(values.iter().zip(0_u16..).all(|(x, i)| *x == f32::from(i)));
    }

    #[test]
    fn pieces_outside_are_refused() {
        for [row, first, width] in [[11, 0, 1], [0, 60, 11], [10, 71, 0], [0, usize::MAX, 2]] {
            let work = |output: Output<'_>| {
                // SAFETY: the only piece.
                #[allow(unsafe_code)]
                unsafe {
                    output.piece(row, first, width);
                }
            };
            // SAFETY: the work panics, and there is no result.
            #[allow(unsafe_code)]
            let result = catch_unwind(AssertUnwindSafe(|| unsafe { written(SHAPE, work) }));
            assert!(result.is_err(), "{row}, {first}, {width}");
        }
    }
}
