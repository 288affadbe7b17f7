//! Data for energy-based models, on the host and independent of any tensor library.
//!
//! A data set is [`Rows`], read by chunks; a [`Table`] holds it in memory: rows and columns of
//! `f32`, finite or missing. [`ReadOptions`] reads training data from a file or a built-in data set
//! ([`Digits`], [`BarsAndStripes`], [`Ising`]), prepares them, and returns them with their
//! [`Layout`]: names, kinds, categories, preparation and labels. A layout is kept in the model
//! file. It prepares other data in the same way ([`Layout::read`]), and turns units back into the
//! original columns ([`Layout::restore`]), which a [`RowsWriter`] writes.
//!
//! Data that do not fit in memory stay on disk: [`ReadOptions::open`] gives [`DiskRows`], the same chunks
//! within a memory limit. [`BitRows`] holds binary data in memory, one bit per value.
//!
//! [`read`] and [`read_mixed`] read tables of numbers and tables with categorical and numeric
//! columns (a [`Schema`]) alone; [`threshold`], [`scale`] and [`Standardizer`] are the steps of a
//! [`Preparation`]. Errors are [`DataError`]s, which name the file, the position and the value.
//!
//! ```
//! use paysage_data::{Order, ReadOptions, Rows};
//!
//! let options = ReadOptions {
//!     threshold: Some(0.5),
//!     ..ReadOptions::new("builtin:digits?rows=100")
//! };
//! let digits = options.read()?.table;
//! let (training, validation) = digits.split(0.1, 0)?;
//! for chunk in training.chunks(Order::Shuffled { seed: 0, epoch: 0 }, 32) {
//!     let chunk = chunk?;
//!     assert_eq!(chunk.values.len(), chunk.positions.len() * 784);
//! }
//! assert_eq!(validation.rows(), 10);
//! # Ok::<(), paysage_data::DataError>(())
//! ```

#![forbid(unsafe_code)]

mod advice;
mod ahead;
mod alignment;
mod any_rows;
mod bars_and_stripes;
mod beside;
mod bit_rows;
mod bits;
mod builtin;
mod carried;
mod dataset;
mod digits;
mod disk;
mod error;
mod fingerprint;
mod ising;
mod layout;
mod moments;
mod one_hot;
mod output;
mod position;
mod random;
mod read;
mod read_mixed;
mod rows;
mod sample;
mod scale;
mod schema;
mod selection;
mod shuffle;
mod standardize;
mod table;
#[cfg(test)]
mod testing;
mod threshold;
mod warning;
mod weights;

pub use advice::Advice;
pub use ahead::read_ahead;
pub use alignment::{
    Alignment, AlignmentError, AlignmentSummary, Alphabet, Gaps, Unknown, identity_weights,
};
pub use any_rows::AnyRows;
pub use bars_and_stripes::BarsAndStripes;
pub use bit_rows::BitRows;
pub use builtin::{BUILTINS, read_builtin};
pub use carried::{Carried, CarriedRows};
pub use dataset::{Dataset, DiskDataset, ReadOptions, SchemaSource};
pub use digits::Digits;
pub use disk::{DiskCells, DiskOptions, DiskRows};
pub use error::{BuiltinError, DataError, DiskError, FormatError, SchemaError, one_line};
pub use fingerprint::{ContentHash, Fingerprint};
pub use ising::Ising;
pub use layout::{
    ColumnOfUnit, Columns, IgnoredColumn, Labels, Layout, LayoutError, MatchOptions, Preparation,
    Reason, UnitGroup,
};
pub use moments::Moments;
pub use one_hot::one_hot;
pub use output::{
    CellsWriter, DeviationsInParts, MatrixWriter, OutputError, OutputFormat, RowsInParts,
    RowsWriter, Text, check_outputs, remove_stale, replace_file, write_cells, write_csv, write_npy,
};
pub use position::{FileOfSet, Numbering, Position};
pub use read::{
    ArrayFile, CarriedColumn, NamedArray, quiet_decoders, read, read_labels, read_with_missing,
};
pub use read_mixed::read_mixed;
pub use rows::{Chunk, Chunks, Order, Rows};
pub use sample::{sample_by_weight, sample_rows};
pub use scale::scale;
pub use schema::{Column, ColumnKind, Group, GroupKind, Notation, PartialSchema, Schema};
pub use shuffle::shuffled;
pub use standardize::Standardizer;
pub use table::{ImageShape, Table};
pub use threshold::threshold;
pub use warning::Warning;
pub use weights::{
    WeightsError, effective_rows, resampled_rows, rows_by_weight, systematic_rows, total_weight,
    weighted_mean,
};
