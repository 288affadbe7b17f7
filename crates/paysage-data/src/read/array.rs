//! Arrays of any number of dimensions, before they become rows.

use crate::error::{DataError, FormatError};
use crate::table::{ImageShape, Table};

/// The numbers of a file, the last index fastest: at least one.
pub(super) struct Array {
    pub(super) shape: Vec<usize>,
    pub(super) values: Vec<f32>,
}

impl Array {
    /// An array `[rows, columns]`, or `[rows, height, width]` as images, which may have one channel
    /// before or after height and width.
    pub(super) fn table(self, file: &str) -> Result<Table, DataError> {
        let (columns, image) = columns(file, &self.shape)?;
        let table = Table::with_missing(file, columns, self.values)?;
        match image {
            Some(shape) => table.with_image(shape),
            None => Ok(table),
        }
    }

    /// An array with one number per row.
    pub(super) fn column(self, file: &str) -> Result<Vec<f32>, DataError> {
        match self.shape[..].iter().skip(1).product() {
            1 => Ok(self.values),
            found => Err(DataError::Width {
                file: file.into(),
                found,
                expected: 1,
            }),
        }
    }
}

/// The number of columns of an array of this shape, and the shape of the image that a row is.
pub(super) fn columns(
    file: &str,
    shape: &[usize],
) -> Result<(usize, Option<ImageShape>), DataError> {
    match *shape {
        [_, columns] => Ok((columns, None)),
        [_, height, width] | [_, 1, height, width] | [_, height, width, 1] => {
            Ok((height * width, Some(ImageShape { height, width })))
        }
        _ => Err(DataError::Format(FormatError::Dimensions {
            file: file.into(),
            found: shape.iter().map(|&extent| extent as u64).collect(),
        })),
    }
}

/// The bytes after `start`, which must be exactly an array of this shape, and not an empty one.
pub(super) fn payload<'a>(
    file: &str,
    bytes: &'a [u8],
    start: usize,
    shape: &[u64],
    size: usize,
) -> Result<(&'a [u8], Vec<usize>), DataError> {
    let shape = checked_shape(file, start, shape, size, Some(bytes.len() as u64))?;
    Ok((&bytes[start..], shape))
}

/// The shape of an array that starts at `start` in a file of so many bytes and ends with it. Where the
/// length of a stream is not known, the array must have fewer than 2^63 bytes.
///
/// The shape comes from a header and may be anything: it is compared with the number of bytes
/// before any memory is allocated.
pub(super) fn checked_shape(
    file: &str,
    start: usize,
    shape: &[u64],
    size: usize,
    length: Option<u64>,
) -> Result<Vec<usize>, DataError> {
    let expected = shape
        .iter()
        .try_fold(size as u128, |n, &extent| n.checked_mul(extent.into()))
        .unwrap_or(u128::MAX)
        .saturating_add(start as u128);
    let found = length.unwrap_or(expected.min(i64::MAX as u128) as u64);
    match u128::from(found).cmp(&expected) {
        std::cmp::Ordering::Less => Err(DataError::Format(FormatError::Truncated {
            file: file.into(),
            expected,
            found,
        })),
        std::cmp::Ordering::Greater => Err(DataError::Format(FormatError::TrailingBytes {
            file: file.into(),
            expected,
            found,
        })),
        std::cmp::Ordering::Equal if shape.first() == Some(&0) => {
            Err(DataError::Empty { file: file.into() })
        }
        std::cmp::Ordering::Equal if shape.contains(&0) => {
            Err(DataError::NoColumns { file: file.into() })
        }
        // All of them are at least one and their product is at most the length of a file.
        std::cmp::Ordering::Equal => Ok(shape.iter().map(|&extent| extent as usize).collect()),
    }
}
