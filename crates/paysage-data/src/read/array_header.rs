//! Arrays that are read row by row.

use super::array::{checked_shape, columns};
use super::decoder::Decoder;
use super::npy::decoder;
use super::npy_header::{self, Header};
use super::stream::HEAD;
use super::{Kind, idx};
use crate::error::{DataError, DiskError, FormatError};
use crate::table::ImageShape;

/// Rows of numbers in a NumPy or IDX file.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ArrayHeader {
    pub(crate) decoder: Decoder,
    /// Where the first row starts, in bytes.
    pub(crate) start: usize,
    /// Number of rows; at least one.
    pub(crate) rows: usize,
    /// Number of columns; at least one.
    pub(crate) columns: usize,
    /// The shape of the image that a row is.
    pub(crate) image: Option<ImageShape>,
}

impl ArrayHeader {
    /// The header at the beginning of a file, whose length must be the one that it asks for where it is
    /// known.
    pub(crate) fn of(
        file: &str,
        kind: Kind,
        head: &[u8],
        length: Option<u64>,
    ) -> Result<Self, DataError> {
        if kind == Kind::Idx {
            let (start, extents) = idx::header(file, head)?;
            idx::check_images(file, &extents)?;
            return Self::shaped(file, Decoder::PIXEL, start, &extents, length);
        }
        let is_whole = head.len() < HEAD || length == Some(HEAD as u64);
        let header = npy_header::parse(file, head).map_err(|error| match error {
            DataError::Format(FormatError::Truncated { .. }) if !is_whole => {
                DataError::Format(FormatError::BadHeader {
                    file: file.into(),
                    format: "NumPy",
                    expected: "its header should have at most 64 KiB",
                })
            }
            error => error,
        });
        let Header {
            descr,
            fortran,
            shape,
            start,
        } = header?;
        let decoder = decoder(file, &descr)?;
        if fortran {
            return Err(DiskError::InMemoryOnly {
                file: file.into(),
                what: "an array in Fortran order",
                remedy: "convert it with numpy.save(\"rows.npy\", numpy.ascontiguousarray(x))",
            }
            .into());
        }
        Self::shaped(file, decoder, start, &shape, length)
    }

    fn shaped(
        file: &str,
        decoder: Decoder,
        start: usize,
        extents: &[u64],
        length: Option<u64>,
    ) -> Result<Self, DataError> {
        let shape = checked_shape(file, start, extents, decoder.size, length)?;
        let (columns, image) = columns(file, &shape)?;
        Ok(Self {
            decoder,
            start,
            rows: shape[0],
            columns,
            image,
        })
    }
}
