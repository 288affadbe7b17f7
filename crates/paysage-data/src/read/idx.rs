//! IDX, the format of MNIST.
//!
//! Two zero bytes, the type of the values, the number of dimensions, then each extent as a
//! big-endian `u32`, then the values: <http://yann.lecun.com/exdb/mnist/>.

use super::array::{Array, payload};
use crate::error::{DataError, FormatError};
use crate::table::Table;

const BYTES: u8 = 0x08;

/// Whether the file starts as IDX files do, with any type and dimensions.
pub(super) fn is_magic(bytes: &[u8]) -> bool {
    matches!(bytes, [0, 0, 0x08 | 0x09 | 0x0b..=0x0e, 1..=8, ..])
}

/// Images `[rows, height, width]` or a table `[rows, columns]` of bytes, divided by 255.
pub(super) fn images(file: &str, bytes: &[u8]) -> Result<Table, DataError> {
    check_images(file, &header(file, bytes)?.1)?;
    let mut array = parse(file, bytes)?;
    array.values.iter_mut().for_each(|pixel| *pixel /= 255.0);
    array.table(file)
}

/// Checks that the extents are not those of labels.
pub(super) fn check_images(file: &str, extents: &[u64]) -> Result<(), FormatError> {
    match extents.len() {
        1 => Err(FormatError::Labels { file: file.into() }),
        _ => Ok(()),
    }
}

/// The array of bytes.
pub(super) fn parse(file: &str, bytes: &[u8]) -> Result<Array, DataError> {
    let (start, extents) = header(file, bytes)?;
    let (pixels, shape) = payload(file, bytes, start, &extents, 1)?;
    let values = pixels.iter().map(|&pixel| f32::from(pixel)).collect();
    Ok(Array { shape, values })
}

/// Where the values start, and the extents of the array.
pub(super) fn header(file: &str, bytes: &[u8]) -> Result<(usize, Vec<u64>), DataError> {
    if !is_magic(bytes) {
        return Err(DataError::Format(FormatError::BadHeader {
            file: file.into(),
            format: "IDX",
            expected: "it should start with the bytes 00 00 08 03",
        }));
    }
    let (kind, dimensions) = (bytes[2], usize::from(bytes[3]));
    if kind != BYTES {
        return Err(DataError::Format(FormatError::UnsupportedType {
            file: file.into(),
            found: format!("0x{kind:02x}"),
            expected: "0x08 (unsigned bytes)",
        }));
    }
    let start = 4 + 4 * dimensions;
    let Some(extents) = bytes.get(4..start) else {
        let (expected, found) = (start as u128, bytes.len() as u64);
        return Err(DataError::Format(FormatError::Truncated {
            file: file.into(),
            expected,
            found,
        }));
    };
    let extents = extents.as_chunks::<4>().0.iter();
    let extents = extents.map(|&extent| u64::from(u32::from_be_bytes(extent)));
    Ok((start, extents.collect()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::ImageShape;

    fn parse(file: &str, bytes: &[u8]) -> Result<Table, DataError> {
        images(file, bytes)
    }

    fn file(kind: u8, extents: &[u32], payload: &[u8]) -> Vec<u8> {
        let mut bytes = vec![0, 0, kind, extents.len() as u8];
        extents
            .iter()
            .for_each(|extent| bytes.extend(extent.to_be_bytes()));
        bytes.extend(payload);
        bytes
    }

    #[test]
    fn images_are_read_as_fractions() {
        let pixels: Vec<u8> = (0..12).map(|x| x * 20).collect();
        let table = parse("t", &file(8, &[2, 2, 3], &pixels)).unwrap();
        assert_eq!((table.rows(), table.columns()), (2, 6));
        let (height, width) = (2, 3);
        assert_eq!(table.image(), Some(ImageShape { height, width }));
        assert_eq!(table.row(1)[5], 220.0 / 255.0);
    }

    #[test]
    fn two_dimensions_are_a_plain_table() {
        let table = parse("t", &file(8, &[2, 1], &[0, 255])).unwrap();
        assert_eq!((table.values(), table.image()), (&[0.0, 1.0][..], None));
    }

    #[test]
    fn refuses_labels_other_types_and_other_dimensions() {
        let error = parse("t10k-labels-idx1-ubyte", &file(8, &[3], &[1, 2, 3])).unwrap_err();
        assert!(matches!(
            error,
            DataError::Format(FormatError::Labels { .. })
        ));
        assert!(error.to_string().contains("images"));
        let error = parse("t", &file(0x0d, &[1, 1, 1], &[0; 4])).unwrap_err();
        assert!(error.to_string().contains("0x0d"));
        let error = parse("t", &file(8, &[1, 1, 1, 1, 1], &[0])).unwrap_err();
        assert!(matches!(
            error,
            DataError::Format(FormatError::Dimensions { .. })
        ));
        let error = parse("t", b"\x00\x01\x08\x03").unwrap_err();
        assert!(matches!(
            error,
            DataError::Format(FormatError::BadHeader { .. })
        ));
    }

    #[test]
    fn refuses_too_few_and_too_many_bytes() {
        let whole = file(8, &[2, 2, 2], &[9; 8]);
        for length in 4..whole.len() {
            let error = parse("t", &whole[..length]).unwrap_err();
            assert!(
                matches!(error, DataError::Format(FormatError::Truncated { .. })),
                "{length}: {error}"
            );
        }
        let error = parse("t", &[whole, vec![0]].concat()).unwrap_err();
        assert!(matches!(
            error,
            DataError::Format(FormatError::TrailingBytes {
                expected: 24,
                found: 25,
                ..
            })
        ));
    }

    #[test]
    fn refuses_headers_that_claim_more_than_is_there() {
        let error = parse("t", &file(8, &[u32::MAX; 3], &[0; 8])).unwrap_err();
        assert!(matches!(
            error,
            DataError::Format(FormatError::Truncated { .. })
        ));
        assert!(matches!(
            parse("t", &file(8, &[0, 2, 2], &[])),
            Err(DataError::Empty { .. })
        ));
        let none = parse("t", &file(8, &[u32::MAX, 0, u32::MAX], &[]));
        assert!(matches!(none, Err(DataError::NoColumns { .. })));
    }
}
