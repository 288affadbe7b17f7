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
        match self.shape[..] {
            [_, columns] => Table::with_missing(file, columns, self.values),
            [_, height, width] | [_, 1, height, width] | [_, height, width, 1] => {
                Table::with_missing(file, height * width, self.values)?
                    .with_image(ImageShape { height, width })
            }
            _ => Err(DataError::Format(FormatError::Dimensions {
                file: file.into(),
                found: self.shape.iter().map(|&extent| extent as u64).collect(),
            })),
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

/// The bytes after `start`, which must be exactly an array of this shape, and not an empty one.
///
/// The shape comes from a header and may be anything: it is compared with the number of bytes
/// before any memory is allocated.
pub(super) fn payload<'a>(
    file: &str,
    bytes: &'a [u8],
    start: usize,
    shape: &[u64],
    size: usize,
) -> Result<(&'a [u8], Vec<usize>), DataError> {
    let payload = bytes.get(start..).unwrap_or_default();
    let needed = shape
        .iter()
        .try_fold(size as u128, |n, &extent| n.checked_mul(extent.into()))
        .unwrap_or(u128::MAX);
    let (expected, found) = (needed.saturating_add(start as u128), bytes.len() as u64);
    match (payload.len() as u128).cmp(&needed) {
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
        // All of them are at least one and their product is the length of a slice.
        std::cmp::Ordering::Equal => {
            let shape = shape.iter().map(|&extent| extent as usize).collect();
            Ok((payload, shape))
        }
    }
}
