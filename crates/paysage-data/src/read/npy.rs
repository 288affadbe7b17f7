//! NumPy arrays.

use super::Missing;
use super::array::{Array, payload};
use super::decoder::Decoder;
use super::npy_header::{self, Header};
use crate::error::{DataError, FormatError};
use crate::position::Position;

pub(super) const TYPES: &str = "bool, an integer of 1 to 8 bytes or a float of 2, 4 or 8 bytes; convert it with x.astype(\"float32\")";

/// The array, in C order.
pub(super) fn parse(file: &str, bytes: &[u8], missing: Missing) -> Result<Array, DataError> {
    let Header {
        descr,
        fortran,
        shape,
        start,
    } = npy_header::parse(file, bytes)?;
    let decoder = decoder(file, &descr)?;
    let size = decoder.size;
    let (payload, shape) = payload(file, bytes, start, &shape, size)?;
    let count = payload.len() / size;
    let mut values = Vec::with_capacity(count);
    for index in 0..count {
        let place = if fortran {
            position(&shape, index)
        } else {
            index
        };
        let value = (decoder.exact)(&payload[place * size..][..size]);
        if let Some(error) = refused(file, value, missing, || place_of(&shape, index)) {
            return Err(error);
        }
        values.push(value as f32);
    }
    Ok(Array { shape, values })
}

/// The decoder of a NumPy type.
pub(super) fn decoder(file: &str, descr: &str) -> Result<Decoder, DataError> {
    let unsupported = || FormatError::UnsupportedType {
        file: file.into(),
        found: descr.into(),
        expected: TYPES,
    };
    Ok(Decoder::numpy(descr).ok_or_else(unsupported)?)
}

/// The error that a value may not be missing, or that no `f32` can hold it.
pub(crate) fn refused(
    file: &str,
    value: f64,
    missing: Missing,
    position: impl FnOnce() -> Position,
) -> Option<DataError> {
    if value.is_nan() {
        return (missing == Missing::Refused).then(|| DataError::MissingValue {
            file: file.into(),
            position: position(),
        });
    }
    (!(value as f32).is_finite()).then(|| DataError::NotFinite {
        file: file.into(),
        position: position(),
        value,
    })
}

/// The row and column of a value.
pub(super) fn place_of(shape: &[usize], index: usize) -> Position {
    let columns: usize = shape.iter().skip(1).product();
    Position::row(index / columns + 1, index % columns + 1)
}

/// Where Fortran order, the first index fastest, keeps the value which C order has at `index`.
fn position(shape: &[usize], mut index: usize) -> usize {
    let mut stride: usize = shape.iter().product();
    let mut position = 0;
    for &extent in shape.iter().rev() {
        stride /= extent;
        position += index % extent * stride;
        index /= extent;
    }
    position
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::{ImageShape, Table};
    use npyz::WriterBuilder;

    fn parse(file: &str, bytes: &[u8]) -> Result<Table, DataError> {
        super::parse(file, bytes, Missing::Refused)?.table(file)
    }

    /// An array as another implementation writes it.
    fn array<T: npyz::Serialize + Copy>(
        descr: &str,
        order: npyz::Order,
        shape: &[u64],
        values: &[T],
    ) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut writer = npyz::WriteOptions::new()
            .dtype(npyz::DType::Plain(descr.parse().unwrap()))
            .shape(shape)
            .order(order)
            .writer(&mut bytes)
            .begin_nd()
            .unwrap();
        writer.extend(values.iter().copied()).unwrap();
        writer.finish().unwrap();
        bytes
    }

    fn plain(shape: &[u64], values: &[f32]) -> Vec<u8> {
        array("<f4", npyz::Order::C, shape, values)
    }

    #[test]
    fn every_type_in_either_byte_order() {
        macro_rules! reads {
            ($($kind:ty: $($descr:literal)+ = $values:expr;)+) => {$($({
                let values: [$kind; 4] = $values;
                let bytes = array($descr, npyz::Order::C, &[2, 2], &values);
                let expected = values.map(|x| x as f32);
                assert_eq!(parse("t", &bytes).unwrap().values(), expected, $descr);
            })+)+};
        }
        reads! {
            f32: "<f4" ">f4" = [-1.5, 0.0, 1e-40, 3e38];
            f64: "<f8" ">f8" = [-1.5, 0.1, 1e-300, 3e38];
            u8: "|u1" = [0, 1, 128, 255];
            i8: "|i1" = [0, 1, -128, 127];
            u16: "<u2" ">u2" = [0, 1, 256, 65_535];
            i16: "<i2" ">i2" = [0, 1, -256, 32_767];
            u32: "<u4" ">u4" = [0, 1, 1 << 20, u32::MAX];
            i32: "<i4" ">i4" = [0, 1, -(1 << 20), i32::MIN];
            u64: "<u8" ">u8" = [0, 1, 1 << 40, u64::MAX];
            i64: "<i8" ">i8" = [0, 1, -(1 << 40), i64::MIN];
        }
        let bytes = array("|b1", npyz::Order::C, &[1, 3], &[true, false, true]);
        assert_eq!(parse("t", &bytes).unwrap().values(), [1.0, 0.0, 1.0]);
    }

    #[test]
    fn fortran_order_gives_the_same_rows() {
        // [[0, 1, 2], [3, 4, 5]] column after column.
        let values = [0.0f32, 3.0, 1.0, 4.0, 2.0, 5.0];
        let table = parse("t", &array("<f4", npyz::Order::Fortran, &[2, 3], &values)).unwrap();
        assert_eq!(table.values(), [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]);

        // x[i, j, k] = 100 i + 10 j + k, the first index fastest.
        let mut values = Vec::new();
        for (k, j, i) in
            (0..4).flat_map(|k| (0..3).flat_map(move |j| (0..2).map(move |i| (k, j, i))))
        {
            values.push((100 * i + 10 * j + k) as f32);
        }
        let table = parse(
            "t",
            &array("<f4", npyz::Order::Fortran, &[2, 3, 4], &values),
        )
        .unwrap();
        assert_eq!(
            table.row(1)[..6],
            [100.0, 101.0, 102.0, 103.0, 110.0, 111.0]
        );
    }

    #[test]
    fn three_dimensions_are_images() {
        let table = parse("t", &plain(&[2, 2, 3], &[0.5; 12])).unwrap();
        assert_eq!((table.rows(), table.columns()), (2, 6));
        let (height, width) = (2, 3);
        assert_eq!(table.image(), Some(ImageShape { height, width }));
    }

    #[test]
    fn a_fourth_dimension_of_one_channel_is_an_image() {
        for shape in [&[2, 1, 2, 3][..], &[2, 2, 3, 1]] {
            let table = parse("t", &plain(shape, &[0.5; 12])).unwrap();
            let shape = ImageShape {
                height: 2,
                width: 3,
            };
            assert_eq!((table.rows(), table.image()), (2, Some(shape)));
        }
    }

    #[test]
    fn floats_of_two_bytes() {
        for (bits, expected) in [
            (0x0000u16, 0.0f32),
            (0x3c00, 1.0),
            (0xc000, -2.0),
            (0x3555, 0.333_251_95),
            (0x7bff, 65_504.0),
            (0x0001, 5.960_464_5e-8),
            (0x0400, 6.103_515_6e-5),
        ] {
            for (order, bytes) in [("<", bits.to_le_bytes()), (">", bits.to_be_bytes())] {
                let text =
                    format!("{{'descr': '{order}f2', 'fortran_order': False, 'shape': (1, 1)}}");
                let length = (text.len() as u16).to_le_bytes();
                let whole = [npy_header::MAGIC, &[1, 0], &length, text.as_bytes(), &bytes];
                assert_eq!(parse("t", &whole.concat()).unwrap().values(), [expected]);
            }
        }
    }

    #[test]
    fn refuses_other_dimensions_with_a_remedy() {
        for shape in [&[4][..], &[], &[1, 2, 2, 3], &[1, 1, 2, 2, 1]] {
            let values = vec![0.0; shape.iter().product::<u64>() as usize];
            let error = parse("a.npy", &plain(shape, &values)).unwrap_err();
            assert!(matches!(
                error,
                DataError::Format(FormatError::Dimensions { .. })
            ));
            assert!(error.to_string().contains("reshape"));
        }
    }

    #[test]
    fn refuses_types_that_are_no_numbers() {
        for descr in [
            "<c8", "<U4", "|O", "|S4", "<M8[ns]", "<f16", "", "é4", "f4", "|f4",
        ] {
            let text = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': (1, 1)}}");
            let length = (text.len() as u16).to_le_bytes();
            let bytes = [
                npy_header::MAGIC,
                &[1, 0],
                &length,
                text.as_bytes(),
                &[0; 8],
            ]
            .concat();
            let error = parse("t", &bytes).unwrap_err();
            assert!(
                matches!(
                    error,
                    DataError::Format(FormatError::UnsupportedType { .. })
                ),
                "{descr}: {error}"
            );
        }
    }

    #[test]
    fn refuses_too_few_and_too_many_bytes() {
        let whole = plain(&[2, 2], &[1.0; 4]);
        for length in [10, 100, whole.len() - 1] {
            let error = parse("t", &whole[..length]).unwrap_err();
            assert!(
                matches!(error, DataError::Format(FormatError::Truncated { .. })),
                "{length}: {error}"
            );
        }
        let error = parse("t", &[&whole[..], &[0]].concat()).unwrap_err();
        assert!(matches!(
            error,
            DataError::Format(FormatError::TrailingBytes { .. })
        ));
    }

    #[test]
    fn refuses_headers_that_claim_more_than_is_there() {
        for shape in [
            "1152921504606846976, 16",
            "18446744073709551615, 18446744073709551615, 4",
        ] {
            let text = format!("{{'descr': '<f4', 'fortran_order': False, 'shape': ({shape})}}");
            let length = (text.len() as u16).to_le_bytes();
            let bytes = [npy_header::MAGIC, &[1, 0], &length, text.as_bytes()].concat();
            assert!(matches!(
                parse("t", &bytes),
                Err(DataError::Format(FormatError::Truncated { .. }))
            ));
        }
    }

    #[test]
    fn refuses_arrays_without_rows_or_columns() {
        assert!(matches!(
            parse("t", &plain(&[0, 3], &[])),
            Err(DataError::Empty { .. })
        ));
        assert!(matches!(
            parse("t", &plain(&[3, 0], &[])),
            Err(DataError::NoColumns { .. })
        ));
    }

    #[test]
    fn many_dimensions_are_counted_and_not_listed() {
        let message = parse("a.npy", &plain(&[1; 40], &[0.5]))
            .unwrap_err()
            .to_string();
        assert!(
            message.starts_with("a.npy: has 40 dimensions, expected"),
            "{message}"
        );
    }

    #[test]
    fn refuses_what_no_f32_can_hold() {
        for (bad, shown) in [
            (f64::NAN, "the value is missing"),
            (f64::INFINITY, "holds inf"),
            (1e300, "holds 1e300"),
        ] {
            let bytes = array("<f8", npyz::Order::C, &[2, 2], &[0.0, 0.0, bad, 0.0]);
            let message = parse("a.npy", &bytes).unwrap_err().to_string();
            assert!(message.starts_with("a.npy: row 2, column 1"), "{message}");
            assert!(message.contains(shown), "{message}");
        }
        let bytes = plain(&[2, 1], &[f32::NAN, 1.0]);
        let read = super::parse("a.npy", &bytes, Missing::Allowed).unwrap();
        assert!(read.values[0].is_nan() && read.values[1] == 1.0);
        let bytes = plain(&[2, 1], &[f32::NAN, f32::INFINITY]);
        let refused = super::parse("a.npy", &bytes, Missing::Allowed);
        let position = Position::row(2, 1);
        assert!(
            matches!(refused, Err(DataError::NotFinite { position: at, .. }) if at == position)
        );
    }
}
