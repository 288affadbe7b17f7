//! Work on the rows of a matrix, on one thread or several.

use rayon::prelude::*;

/// So many values are one thread's share: some ten microseconds of drawing, where handing the
/// share to another thread of the pool costs one or two.
const SHARE: usize = 8192;

/// How many rows are one thread's share.
pub(crate) fn rows_of_a_share(columns: usize) -> usize {
    (SHARE / columns).max(1)
}

/// Gives runs of whole rows, with the number of their first row, to a function.
pub(crate) fn for_each_run(
    values: &mut [f32],
    columns: usize,
    work: impl Fn(usize, &mut [f32]) + Sync,
) {
    if values.is_empty() {
        return;
    }
    let rows = rows_of_a_share(columns);
    if values.len() <= rows * columns {
        work(0, values);
    } else {
        values
            .par_chunks_mut(rows * columns)
            .enumerate()
            .for_each(|(run, values)| work(run * rows, values));
    }
}
