//! Data for energy-based models, on the host and independent of any tensor library.
//!
//! Everything is a [`Table`]: rows and columns of `f32`, finite or missing, which remembers where it
//! came from. [`read`] makes one from a file or from the name of a built-in data set ([`Digits`],
//! [`BarsAndStripes`], [`Ising`]); [`threshold`], [`scale`] and [`Standardizer`] prepare it;
//! [`Table::split`] and [`shuffled`] deal its rows out; [`write_npy`] writes what a model makes
//! of it. Files of words and numbers become tables by a [`Schema`] ([`read_mixed`]), which turns
//! what a model makes back into them ([`Schema::decode`], [`write_csv`]); labels ([`read_labels`],
//! [`one_hot`]) stand beside what they label ([`Table::beside`]). Whatever is wrong with data is a [`DataError`] that says where.
//!
//! ```
//! use paysage_data::{read, shuffled, threshold};
//!
//! let digits = threshold(&read("builtin:digits?rows=100")?, 0.5);
//! let (training, validation) = digits.split(0.1, 0)?;
//! for batch in shuffled(training.rows(), 0, 0).chunks(32) {
//!     let rows: Vec<f32> = training.gather(batch);
//!     assert_eq!(rows.len(), batch.len() * 784);
//! }
//! assert_eq!(validation.rows(), 10);
//! # Ok::<(), paysage_data::DataError>(())
//! ```

mod bars_and_stripes;
mod beside;
mod builtin;
mod digits;
mod error;
mod fingerprint;
mod ising;
mod layout;
mod one_hot;
mod random;
mod read;
mod read_mixed;
mod replace;
mod rows;
mod scale;
mod schema;
mod selection;
mod shuffle;
mod standardize;
mod table;
mod threshold;
mod write;
mod write_csv;

pub use bars_and_stripes::BarsAndStripes;
pub use builtin::{BUILTINS, read_builtin};
pub use digits::Digits;
pub use error::DataError;
pub use fingerprint::{ContentHash, Fingerprint};
pub use ising::Ising;
pub use layout::{Columns, Labels, Layout, Preparation};
pub use one_hot::one_hot;
pub use read::{read, read_labels, read_with_missing};
pub use read_mixed::read_mixed;
pub use replace::replace_file;
pub use rows::{Chunk, Chunks, Order, Rows};
pub use scale::scale;
pub use schema::{Column, ColumnKind, Group, GroupKind, PartialSchema, Schema};
pub use shuffle::shuffled;
pub use standardize::Standardizer;
pub use table::{ImageShape, Table};
pub use threshold::threshold;
pub use write::write_npy;
pub use write_csv::write_csv;
