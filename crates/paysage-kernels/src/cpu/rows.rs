//! Parallel loops over the rows of a matrix.

use rayon::prelude::*;

/// Number of values per task: some ten microseconds of sampling; submitting a task takes one or two.
const SHARE: usize = 8192;

/// Number of rows per task.
pub(crate) fn rows_of_a_share(columns: usize) -> usize {
    (SHARE / columns).max(1)
}

/// Calls a function for blocks of whole rows, with the number of their first row.
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
            .with_max_len(1)
            .for_each(|(run, values)| work(run * rows, values));
    }
}
