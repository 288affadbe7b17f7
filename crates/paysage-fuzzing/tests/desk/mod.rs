//! Files of tests.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use paysage_data::ReadOptions;
use tempfile::TempDir;

/// A folder of files.
pub struct Desk(TempDir);

impl Desk {
    pub fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> ReadOptions {
        let path = self.0.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        ReadOptions {
            missing: true,
            ..ReadOptions::new(path.to_str().unwrap())
        }
    }
}

/// A NumPy array of bytes.
pub fn npy(shape: &str, values: &[u8]) -> Vec<u8> {
    let text = format!("{{'descr': '|u1', 'fortran_order': False, 'shape': {shape}, }}\n");
    let length = (text.len() as u16).to_le_bytes();
    [&b"\x93NUMPY\x01\x00"[..], &length, text.as_bytes(), values].concat()
}

/// The bytes compressed with gzip.
pub fn packed(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}
