//! Valid arrays.

use crate::file::all_packed;

/// A NumPy file of this type and shape.
pub(crate) fn npy_of(descr: &str, shape: &str, first: &[u8], rest: &[u8]) -> Vec<u8> {
    ordered(descr, "False", shape, &[first, rest].concat())
}

fn ordered(descr: &str, fortran: &str, shape: &str, values: &[u8]) -> Vec<u8> {
    let text = format!("{{'descr': '{descr}', 'fortran_order': {fortran}, 'shape': {shape}, }}\n");
    let length = (text.len() as u16).to_le_bytes();
    [&b"\x93NUMPY\x01\x00"[..], &length, text.as_bytes(), values].concat()
}

pub(crate) fn npy() -> Vec<Vec<u8>> {
    let floats: Vec<u8> = [0.0f32, 1.0, -2.5, 3e4, 1e-30, 7.0]
        .iter()
        .flat_map(|x| x.to_le_bytes())
        .collect();
    let doubles: Vec<u8> = [0.5f64, 1.0, -2.5, 3e4]
        .iter()
        .flat_map(|x| x.to_be_bytes())
        .collect();
    let halves = [0x3c00u16, 0, 0xc000, 0x3555]
        .map(u16::to_le_bytes)
        .concat();
    vec![
        ordered("<f4", "False", "(3, 2)", &floats),
        ordered("<f4", "True", "(3, 2)", &floats),
        ordered(">f8", "False", "(2, 1, 1, 2)", &doubles),
        ordered("<f2", "False", "(2, 2)", &halves),
        ordered(
            "|u1",
            "False",
            "(2, 2, 3)",
            &[0, 1, 1, 0, 255, 9, 1, 1, 0, 0, 2, 3],
        ),
        ordered(
            "|b1",
            "False",
            "(4, 3)",
            &[0, 1, 1, 0, 1, 0, 1, 1, 0, 0, 0, 0],
        ),
        ordered("<i8", "False", "(1, 1)", &(-5i64).to_le_bytes()),
    ]
}

pub(crate) fn npy_gz() -> Vec<Vec<u8>> {
    all_packed(npy())
}

pub(crate) fn idx() -> Vec<Vec<u8>> {
    let file = |extents: &[u32], values: &[u8]| {
        let extents: Vec<u8> = extents.iter().flat_map(|x| x.to_be_bytes()).collect();
        [&[0, 0, 8, (extents.len() / 4) as u8][..], &extents, values].concat()
    };
    vec![
        file(
            &[2, 2, 3],
            &[0, 20, 40, 60, 80, 100, 120, 140, 160, 180, 200, 255],
        ),
        file(&[3, 2], &[0, 255, 255, 0, 0, 0]),
        file(&[2, 1, 2, 2], &[0, 1, 2, 3, 4, 5, 6, 7]),
        file(&[3], &[1, 2, 3]),
    ]
}

pub(crate) fn idx_gz() -> Vec<Vec<u8>> {
    all_packed(idx())
}
