//! Packing of zeros and ones, eight to a byte.

/// Number of bytes that hold the bits of a row.
pub(crate) const fn row_bytes(columns: usize) -> usize {
    columns.div_ceil(8)
}

/// Appends the bits of a row in the order of `numpy.packbits`: the first value is the highest bit of the
/// first byte. Returns false, and appends nothing, where a value is neither 0 nor 1.
///
/// −0 is refused too, because it would be read back as 0.
pub(crate) fn pack(row: &[f32], bits: &mut Vec<u8>) -> bool {
    const ONE: u32 = 1.0f32.to_bits();
    let before = bits.len();
    let mut others = false;
    for eight in row.chunks(8) {
        let mut byte = 0;
        for (place, value) in eight.iter().enumerate() {
            let value = value.to_bits();
            others |= value != 0 && value != ONE;
            byte |= u8::from(value == ONE) << (7 - place);
        }
        bits.push(byte);
    }
    if others {
        bits.truncate(before);
    }
    !others
}

/// The values of a row from its bits.
pub(crate) fn unpack(bits: &[u8], row: &mut [f32]) {
    let (eights, rest) = row.as_chunks_mut::<8>();
    for (eight, &byte) in eights.iter_mut().zip(bits) {
        *eight = VALUES[usize::from(byte)];
    }
    if let Some(&byte) = bits.get(eights.len()) {
        rest.copy_from_slice(&VALUES[usize::from(byte)][..rest.len()]);
    }
}

/// The values of the bits of each byte.
static VALUES: [[f32; 8]; 256] = {
    let mut values = [[0.0; 8]; 256];
    let mut index = 0;
    while index < 8 * 256 {
        if (index / 8) >> (7 - index % 8) & 1 == 1 {
            values[index / 8][index % 8] = 1.0;
        }
        index += 1;
    }
    values
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_of_every_width_come_back() {
        for columns in 1..40 {
            let row: Vec<f32> = (0..columns)
                .map(|column| f32::from(column * column % 7 > 2))
                .collect();
            let mut bits = vec![9];
            assert!(pack(&row, &mut bits));
            assert_eq!(bits.len(), 1 + row_bytes(row.len()));
            let mut back = vec![f32::NAN; row.len()];
            unpack(&bits[1..], &mut back);
            assert_eq!(back, row);
        }
    }

    #[test]
    fn the_order_is_that_of_numpy() {
        let mut bits = Vec::new();
        assert!(pack(
            &[1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 1.0, 1.0],
            &mut bits
        ));
        assert_eq!(bits, [0b1000_0011, 0b1000_0000]);
    }

    #[test]
    fn other_values_are_refused() {
        for other in [-0.0, 0.5, 2.0, -1.0, f32::NAN, f32::INFINITY] {
            let mut bits = Vec::new();
            assert!(!pack(&[1.0, 0.0, other], &mut bits) && bits.is_empty());
        }
    }
}
