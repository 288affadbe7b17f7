//! Numbers that belong to the rows of a batch.

/// One number for all rows, or one for each.
#[derive(Clone, Copy)]
pub(crate) enum PerRow<'a, F = f32> {
    /// The same for all rows.
    Shared(F),
    /// `[batch]`.
    Each(&'a [F]),
}

impl<F: Copy> PerRow<'_, F> {
    /// The number of a row.
    #[inline(always)]
    pub(crate) fn of(self, row: usize) -> F {
        match self {
            Self::Shared(number) => number,
            Self::Each(numbers) => numbers[row],
        }
    }
}
