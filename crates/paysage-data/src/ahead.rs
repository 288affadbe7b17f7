//! Chunks that are read while the ones before are in use.

use std::sync::mpsc;

use rayon::ThreadPoolBuilder;

use crate::rows::Chunks;

/// Threads that read: one that waits for a place, and one that parses beside it.
const READERS: usize = 2;

/// Runs work on chunks of rows that another thread reads ahead: while a chunk is in use, the next one is ready
/// or being read. At most two chunks wait.
///
/// Reading uses threads of its own, so the work may wait for a chunk on a thread of the pool that readers
/// otherwise share. It ends when the work returns, whether or not all chunks were taken.
///
/// ```
/// use paysage_data::{Order, Rows, Table, read_ahead};
///
/// let table = Table::new("t", 1, vec![1.0, 2.0, 3.0])?;
/// let sum: f32 = read_ahead(table.chunks(Order::Stored, 2), |chunks| {
///     chunks.flat_map(|chunk| chunk.expect("in memory").values).sum()
/// });
/// assert_eq!(sum, 6.0);
/// # Ok::<(), paysage_data::DataError>(())
/// ```
pub fn read_ahead<R>(chunks: Chunks<'_>, work: impl FnOnce(Chunks<'_>) -> R) -> R {
    // Where no thread can be started, chunks are read when they are needed.
    let Ok(pool) = ThreadPoolBuilder::new().num_threads(READERS).build() else {
        return work(chunks);
    };
    let (sender, receiver) = mpsc::sync_channel(1);
    pool.in_place_scope(|scope| {
        scope.spawn(move |_| {
            for chunk in chunks {
                // The work has ended.
                if sender.send(chunk).is_err() {
                    break;
                }
            }
        });
        work(Box::new(receiver.into_iter()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::DataError;
    use crate::rows::{Chunk, Order, Rows};
    use crate::testing::counting;

    #[test]
    fn chunks_come_in_their_order() {
        let table = counting(7);
        let order = Order::Shuffled { seed: 3, epoch: 0 };
        let found = read_ahead(table.chunks(order, 2), |chunks| {
            chunks.collect::<Result<Vec<_>, _>>()
        });
        let expected: Result<Vec<_>, _> = table.chunks(order, 2).collect();
        assert_eq!(found.unwrap(), expected.unwrap());
    }

    /// A pool of one thread, which waits for a chunk, does not keep the reader from decoding it.
    #[test]
    fn work_may_wait_on_the_only_thread_of_a_pool() {
        let table = counting(5000);
        let pool = ThreadPoolBuilder::new().num_threads(1).build().unwrap();
        let chunks = || table.chunks(Order::Stored, 2500);
        let rows: usize = pool.install(|| {
            read_ahead(chunks(), |chunks| {
                chunks.map(|chunk| chunk.unwrap().positions.len()).sum()
            })
        });
        assert_eq!(rows, 5000);
    }

    #[test]
    fn reading_ends_with_the_work_and_passes_errors_on() {
        let endless = (0..).map(|position| match position {
            2 => Err(DataError::NoColumns { file: "t".into() }),
            _ => Ok(Chunk {
                values: vec![0.0],
                positions: vec![position],
            }),
        });
        let taken: Vec<bool> = read_ahead(Box::new(endless), |chunks| {
            chunks.take(4).map(|chunk| chunk.is_ok()).collect()
        });
        assert_eq!(taken, [true, true, false, true]);
    }
}
