//! From stored bytes to numbers.

/// How the values of an array are stored.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Decoder {
    /// Number of bytes of a value.
    pub(crate) size: usize,
    /// The value of so many bytes.
    pub(crate) exact: fn(&[u8]) -> f64,
    /// The values of several, rounded to `f32`.
    pub(crate) rounded: fn(&[u8], &mut [f32]),
}

/// A decoder of values of so many bytes.
macro_rules! decoder {
    ($size:expr, $value:expr) => {
        Decoder {
            size: $size,
            exact: |bytes| {
                let value: fn([u8; $size]) -> f64 = $value;
                value(bytes.try_into().expect("as many bytes as a value has"))
            },
            rounded: |bytes, values| {
                let value = $value;
                for (value_of, bytes) in values.iter_mut().zip(bytes.as_chunks::<{ $size }>().0) {
                    *value_of = value(*bytes) as f32;
                }
            },
        }
    };
}

macro_rules! number {
    ($kind:ty, $from:ident) => {
        decoder!(size_of::<$kind>(), |bytes: [u8; size_of::<$kind>()]| {
            <$kind>::$from(bytes) as f64
        })
    };
}

impl Decoder {
    /// Little-endian `f32`.
    pub(crate) const SINGLE: Self = number!(f32, from_le_bytes);

    /// Little-endian `f64`.
    pub(super) const DOUBLE: Self = number!(f64, from_le_bytes);

    /// Bytes divided by 255.
    pub(super) const PIXEL: Self =
        decoder!(1, |byte: [u8; 1]| f64::from(f32::from(byte[0]) / 255.0));

    /// The decoder of a NumPy type.
    pub(super) fn numpy(descr: &str) -> Option<Self> {
        let (order, kind) = descr.split_at_checked(1)?;
        Some(match (order, kind) {
            ("|" | "<" | ">" | "=", "b1") => {
                decoder!(1, |byte: [u8; 1]| f64::from(u8::from(byte[0] != 0)))
            }
            ("|" | "<" | ">" | "=", "u1") => number!(u8, from_le_bytes),
            ("|" | "<" | ">" | "=", "i1") => number!(i8, from_le_bytes),
            ("<", "f2") => decoder!(2, |bytes: [u8; 2]| half(u16::from_le_bytes(bytes))),
            (">", "f2") => decoder!(2, |bytes: [u8; 2]| half(u16::from_be_bytes(bytes))),
            ("<", "f4") => Self::SINGLE,
            ("<", "f8") => Self::DOUBLE,
            ("<", "u2") => number!(u16, from_le_bytes),
            ("<", "i2") => number!(i16, from_le_bytes),
            ("<", "u4") => number!(u32, from_le_bytes),
            ("<", "i4") => number!(i32, from_le_bytes),
            ("<", "u8") => number!(u64, from_le_bytes),
            ("<", "i8") => number!(i64, from_le_bytes),
            (">", "f4") => number!(f32, from_be_bytes),
            (">", "f8") => number!(f64, from_be_bytes),
            (">", "u2") => number!(u16, from_be_bytes),
            (">", "i2") => number!(i16, from_be_bytes),
            (">", "u4") => number!(u32, from_be_bytes),
            (">", "i4") => number!(i32, from_be_bytes),
            (">", "u8") => number!(u64, from_be_bytes),
            (">", "i8") => number!(i64, from_be_bytes),
            _ => return None,
        })
    }
}

/// A float of 2 bytes (IEEE 754 binary16): 1 sign, 5 exponent and 10 fraction bits.
fn half(bits: u16) -> f64 {
    let sign = if bits >> 15 == 0 { 1.0 } else { -1.0 };
    let fraction = f64::from(bits & 0x3ff);
    sign * match (bits >> 10) & 0x1f {
        0 => fraction * 2f64.powi(-24),
        0x1f if fraction == 0.0 => f64::INFINITY,
        0x1f => f64::NAN,
        exponent => (1024.0 + fraction) * 2f64.powi(i32::from(exponent) - 25),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_that_are_no_finite_number() {
        assert!(half(0x7c00).is_infinite() && half(0x7e00).is_nan());
    }

    #[test]
    fn several_values_are_those_of_one_by_one() {
        let orders = ["<", ">", "|", "="];
        let kinds = [
            "b1", "u1", "i1", "f2", "f4", "f8", "u2", "i2", "u4", "i4", "u8", "i8",
        ];
        let types = orders
            .iter()
            .flat_map(|order| kinds.map(|kind| format!("{order}{kind}")));
        let decoders = types.filter_map(|descr| Decoder::numpy(&descr));
        let mut count = 0;
        for decoder in decoders.chain([Decoder::PIXEL]) {
            let bytes: Vec<u8> = (0..=255).rev().chain(0..=255).collect();
            let mut values = vec![0.0; bytes.len() / decoder.size];
            (decoder.rounded)(&bytes, &mut values);
            for (value, bytes) in values.iter().zip(bytes.chunks(decoder.size)) {
                let exact = (decoder.exact)(bytes) as f32;
                assert!(value.to_bits() == exact.to_bits() || (value.is_nan() && exact.is_nan()));
            }
            count += 1;
        }
        assert_eq!(count, 3 * 4 + 2 * 9 + 1);
    }
}
