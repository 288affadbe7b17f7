//! Data of an existing model that stay on disk.

use super::{Columns, Layout, MatchOptions};
use crate::dataset::{DiskDataset, Model, ReadOptions};
use crate::disk::DiskOptions;
use crate::error::DataError;

impl Layout {
    /// Opens data that stay on disk, within a memory limit, and prepares them as those that the model was
    /// trained on: bitwise the rows of [`read`](Self::read).
    ///
    /// Columns that the model does not have are carried through where they are
    /// [asked for](DiskOptions::carried).
    ///
    /// # Errors
    ///
    /// Those of [`read`](Self::read) and of [`ReadOptions::open`].
    ///
    /// ```
    /// use paysage_data::{DiskOptions, MatchOptions, Order, ReadOptions, Rows};
    ///
    /// let folder = tempfile::tempdir()?;
    /// let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    /// std::fs::write(path("train.csv"), "a,b\n0,255\n255,0\n")?;
    /// std::fs::write(path("test.csv"), "b,a\n255,0\n0,255\n")?;
    /// let options = ReadOptions { scale: Some(255.0), ..ReadOptions::new(path("train.csv")) };
    /// let layout = options.read()?.layout;
    ///
    /// let test = MatchOptions::new(path("test.csv"));
    /// let test = layout.open(&test, &DiskOptions::default())?;
    /// let chunk = test.rows.chunks(Order::Stored, 2).next().unwrap()?;
    /// assert_eq!(chunk.values, [0.0, 1.0, 1.0, 0.0]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn open(
        &self,
        options: &MatchOptions,
        disk: &DiskOptions,
    ) -> Result<DiskDataset, DataError> {
        self.check_options(options)?;
        let refused = [
            (
                matches!(self.columns, Columns::Mixed(_)),
                "a table with a schema",
            ),
            (
                matches!(self.columns, Columns::Alignment(_)),
                "an alignment",
            ),
            (self.labels.is_some(), "a data set with labels"),
        ];
        let read = ReadOptions {
            array: options.array.clone(),
            scale: self.preparation.scale,
            threshold: self.preparation.threshold,
            // Where none may be missing, it is refused as in memory, below.
            missing: true,
            drop: options.drop.clone(),
            reweight: options.reweight,
            weights: options.weights.clone(),
            ..ReadOptions::new(&options.source)
        };
        if let Some((_, what)) = refused.into_iter().find(|(is_refused, _)| *is_refused) {
            return Err(read.in_memory_only(what, "leave the memory limit (--memory) out"));
        }
        let (layout, absent) = (self, &options.absent[..]);
        let data = read.open_for(disk, Some(Model { layout, absent }))?;
        self.check_complete(&data.rows, options)?;
        Ok(data)
    }
}
