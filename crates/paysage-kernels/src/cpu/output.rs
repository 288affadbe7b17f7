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
        assert!(row < self.rows && first + width <= self.columns);
        // SAFETY: inside the borrowed values by the line above; alone by the caller's promise.
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
