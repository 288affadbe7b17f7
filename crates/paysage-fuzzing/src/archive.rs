//! Valid NumPy archives.

use std::io::Write;

use flate2::write::DeflateEncoder;
use flate2::{Compression, Crc};

use crate::arrays;

/// Archives of one array and of several, stored and deflated.
pub(crate) fn npz() -> Vec<Vec<u8>> {
    let arrays = arrays::npy();
    vec![
        archive(&[("x.npy", &arrays[0])], false),
        archive(&[("x.npy", &arrays[2])], true),
        archive(&[("x.npy", &arrays[3]), ("y.npy", &arrays[4])], true),
        archive(&[("x.npy", &arrays[5]), ("notes.txt", b"text")], false),
    ]
}

/// A ZIP file of these members (APPNOTE.TXT 6.3.10 of PKWARE).
fn archive(members: &[(&str, &[u8])], deflated: bool) -> Vec<u8> {
    let (mut bytes, mut directory) = (Vec::new(), Vec::new());
    for &(name, content) in members {
        let packed = match deflated {
            false => content.to_vec(),
            true => {
                let mut encoder = DeflateEncoder::new(Vec::new(), Compression::fast());
                let written = encoder.write_all(content).and_then(|()| encoder.finish());
                written.expect("writing to memory")
            }
        };
        let mut checksum = Crc::new();
        checksum.update(content);
        let method: u16 = if deflated { 8 } else { 0 };
        let common = [
            &[20, 0, 0, 0][..],
            &method.to_le_bytes(),
            &[0; 4],
            &checksum.sum().to_le_bytes(),
            &(packed.len() as u32).to_le_bytes(),
            &(content.len() as u32).to_le_bytes(),
            &(name.len() as u16).to_le_bytes(),
        ]
        .concat();
        directory.extend(b"PK\x01\x02\x14\x03");
        directory.extend(&common);
        directory.extend([0; 12]);
        directory.extend((bytes.len() as u32).to_le_bytes());
        directory.extend(name.bytes());
        bytes.extend(b"PK\x03\x04");
        bytes.extend(&common);
        bytes.extend([0; 2]);
        bytes.extend(name.bytes());
        bytes.extend(packed);
    }
    let start = (bytes.len() as u32).to_le_bytes();
    bytes.extend(&directory);
    bytes.extend(b"PK\x05\x06\0\0\0\0");
    bytes.extend([(members.len() as u16).to_le_bytes(); 2].concat());
    bytes.extend((directory.len() as u32).to_le_bytes());
    bytes.extend(start);
    bytes.extend([0, 0]);
    bytes
}
