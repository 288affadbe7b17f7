//! Outputs: files that appear whole or not at all, in the format that the name's ending says.

mod cells;
mod check;
mod error;
mod fasta;
mod format;
mod matrix;
mod npy;
mod parts;
mod replace;
mod rows;
mod stale;
mod target;

pub use cells::{CellsWriter, write_cells, write_csv};
pub use check::check_outputs;
pub use error::OutputError;
pub use format::{OutputFormat, Text};
pub use matrix::MatrixWriter;
pub use npy::write_npy;
pub use replace::replace_file;
pub use rows::{DeviationsInParts, RowsInParts, RowsWriter};
pub use stale::remove_stale;
