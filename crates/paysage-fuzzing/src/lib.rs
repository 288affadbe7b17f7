//! Tests of the readers of data with hostile input.
//!
//! [`FORMATS`] lists the formats of data. Each has small valid files ([`Format::seeds`]) and a function that
//! reads any bytes as a file of the format ([`Format::read`]). The function holds the reader to its law: it
//! accepts or refuses the bytes, without a panic; an error is one line of text; what is accepted is of the
//! shape that it declares, and finite or missing. It panics where the law is broken, and returns whether the
//! bytes were accepted.
//!
//! The tests of this crate read [mutants](mutant) and truncations of the seeds, and measure how much memory a
//! reader allocates. The fuzz targets in the folder `fuzz` call the same functions.
//!
//! ```
//! let csv = paysage_fuzzing::format("csv").unwrap();
//! assert!((csv.read)(b"a,b\n1,2\n"));
//! assert!(!(csv.read)(b"a,b\n1,x\n"));
//! ```

#![forbid(unsafe_code)]

mod archive;
mod arrays;
mod columns;
mod file;
mod formats;
mod hdf5;
mod laws;
mod mutation;
mod read_arrays;
mod read_columns;
mod read_text;
mod texts;

pub use formats::{FORMATS, Format, format};
pub use laws::check_error;
pub use mutation::mutant;
pub use paysage_data::quiet_decoders;
