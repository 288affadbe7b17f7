//! Values of HDF5.

use hdf5_reader::error::{ByteOrder, Error, Result};
use hdf5_reader::{Dataset, Datatype, H5Type, dtype_element_size};

use super::Decoder;
use crate::error::{DataError, FormatError};

const TYPES: &str = "booleans, integers of 1 to 8 bytes or floats of 2, 4 or 8 bytes; write it with x.astype(\"float32\")";

/// A value of a data set.
#[derive(Clone, Copy)]
pub(crate) struct Number(pub(crate) f64);

impl H5Type for Number {
    fn hdf5_type() -> Datatype {
        f64::hdf5_type()
    }

    fn from_bytes(bytes: &[u8], kind: &Datatype) -> Result<Self> {
        let decoder = decoder(kind).ok_or_else(mismatch)?;
        let bytes = bytes.get(..decoder.size).ok_or_else(mismatch)?;
        Ok(Self((decoder.exact)(bytes)))
    }

    fn element_size(kind: &Datatype) -> usize {
        decoder(kind).map_or(1, |decoder| decoder.size)
    }

    fn decode_vec(raw: &[u8], kind: &Datatype, count: usize) -> Option<Result<Vec<Self>>> {
        let decoder = decoder(kind)?;
        let bytes = raw.get(..count.checked_mul(decoder.size)?)?;
        let values = bytes.chunks_exact(decoder.size);
        Some(Ok(values
            .map(|bytes| Self((decoder.exact)(bytes)))
            .collect()))
    }
}

fn mismatch() -> Error {
    Error::InvalidData("a value is no number".into())
}

/// The decoder of a type, which is that of the same type of NumPy.
fn decoder(kind: &Datatype) -> Option<Decoder> {
    let (order, letter, size) = match kind {
        Datatype::FixedPoint {
            size,
            signed,
            byte_order,
        } => (byte_order, if *signed { "i" } else { "u" }, size),
        Datatype::FloatingPoint { size, byte_order } => (byte_order, "f", size),
        Datatype::Enum { base, members } => {
            let mut names: Vec<&str> = members.iter().map(|member| &*member.name).collect();
            names.sort_unstable();
            return match **base {
                Datatype::FixedPoint { size: 1, .. } if names == ["FALSE", "TRUE"] => {
                    Decoder::numpy("|b1")
                }
                _ => None,
            };
        }
        _ => return None,
    };
    let order = match (order, size) {
        (_, 1) => "|",
        (ByteOrder::LittleEndian, _) => "<",
        (ByteOrder::BigEndian, _) => ">",
    };
    Decoder::numpy(&format!("{order}{letter}{size}"))
}

/// Whether the values of a data set are numbers.
pub(super) fn is_number(dataset: &Dataset) -> bool {
    decoder(dataset.dtype()).is_some() && is_usual(dataset).unwrap_or(false)
}

/// Number of bytes of a value.
pub(super) fn size(dataset: &Dataset) -> usize {
    dtype_element_size(dataset.dtype()).unwrap_or(1).max(1)
}

/// Checks that the values of a data set are numbers.
pub(super) fn check(name: &str, dataset: &Dataset) -> std::result::Result<(), DataError> {
    match is_number(dataset) {
        true => Ok(()),
        false => Err(DataError::Format(FormatError::UnsupportedType {
            file: name.into(),
            found: kind(dataset),
            expected: TYPES,
        })),
    }
}

/// Whether integers use all their bits, and floats have the bits of IEEE 754: HDF5 has others, too, such as
/// bfloat16.
fn is_usual(dataset: &Dataset) -> Result<bool> {
    let message = dataset.raw_datatype()?;
    let field = |at: usize| Some(u16::from_le_bytes(*message.get(at..)?.first_chunk()?));
    let bits = 8 * size(dataset) as u16;
    let usual = (Some(0), Some(bits));
    Ok(match dataset.dtype() {
        Datatype::FixedPoint { .. } => (field(8), field(10)) == usual,
        Datatype::FloatingPoint { .. } => {
            let (exponent, fraction) = match bits {
                16 => (5, 10),
                32 => (8, 23),
                _ => (11, 52),
            };
            let layout = message.get(12..16);
            let expected = [fraction, exponent, 0, fraction];
            (field(8), field(10)) == usual && layout == Some(&expected[..])
        }
        _ => true,
    })
}

/// A type in words.
fn kind(dataset: &Dataset) -> String {
    let kind = match dataset.dtype() {
        Datatype::FixedPoint { .. } => "integer",
        Datatype::FloatingPoint { .. } => "float",
        Datatype::String { .. } => "string",
        Datatype::Compound { .. } => "compound",
        Datatype::Array { .. } => "array",
        Datatype::Enum { .. } => "enumeration",
        Datatype::VarLen { .. } => "variable length",
        Datatype::Opaque { .. } => "opaque",
        Datatype::Reference { .. } => "reference",
        Datatype::Bitfield { .. } => "bit field",
    };
    format!("{kind} of {} bytes", size(dataset))
}
