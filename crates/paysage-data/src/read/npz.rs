//! NumPy archives: ZIP files of arrays, stored or deflated, as `numpy.savez` writes them.
//!
//! The directory at the end of the file lists the members: APPNOTE.TXT 6.3.10 of PKWARE, sections
//! 4.3.12 and 4.3.16. Encrypted, split and other compressed members are refused.

use std::io::Read;

use flate2::{Crc, read::DeflateDecoder};

use super::expansion::{expands, limit};
use crate::error::{DataError, FORMATS, FormatError};

/// The bytes that a ZIP file starts with, an empty one included.
pub(super) fn is_magic(bytes: &[u8]) -> bool {
    bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"PK\x05\x06")
}

/// The arrays of which a sparse matrix of SciPy consists.
const SPARSE: [&str; 3] = ["format", "shape", "data"];

/// The `.npy` file of the array `asked`, or of the only one.
pub(super) fn array(file: &str, bytes: &[u8], asked: Option<&str>) -> Result<Vec<u8>, DataError> {
    let members = directory(bytes).ok_or_else(|| broken(file))?;
    if members.is_empty() && bytes.len() > END {
        // A spreadsheet or another archive.
        return Err(DataError::Format(FormatError::UnknownFormat {
            file: file.into(),
            advice: FORMATS,
        }));
    }
    let names: Vec<String> = members.iter().map(|member| member.name.clone()).collect();
    if asked.is_none()
        && SPARSE
            .iter()
            .all(|part| names.iter().any(|name| name == part))
    {
        return Err(DataError::Format(FormatError::Sparse { file: file.into() }));
    }
    let member = match (asked, &members[..]) {
        (None, [only]) => Some(only),
        (None, _) => None,
        (Some(asked), members) => {
            let asked = asked.strip_suffix(".npy").unwrap_or(asked);
            members.iter().find(|member| member.name == asked)
        }
    };
    let Some(member) = member else {
        return Err(DataError::Format(FormatError::NoSuchArray {
            file: file.into(),
            found: names,
            asked: asked.map(String::from),
        }));
    };
    let (stored, most) = (member.packed as u64, limit(member.packed as u64));
    if member.size as u64 > most {
        let remedy = "save the array with numpy.save";
        return Err(expands(file, stored, most, remedy));
    }
    member.content(bytes).ok_or_else(|| broken(file))
}

fn broken(file: &str) -> DataError {
    DataError::Format(FormatError::BadHeader {
        file: file.into(),
        format: "ZIP",
        expected: "truncated, corrupt, or compressed in an unusual way; write it with numpy.savez",
    })
}

/// An array of the archive.
struct Member {
    name: String,
    /// 0 where it is stored, 8 where it is deflated.
    method: u16,
    checksum: u32,
    packed: usize,
    size: usize,
    /// Where its local header is.
    start: usize,
}

/// Length of the end of the directory.
const END: usize = 22;

/// The members whose names end in `.npy`; nothing where the archive is broken.
fn directory(bytes: &[u8]) -> Option<Vec<Member>> {
    // The end of the directory may be followed by a comment of at most 65,535 bytes.
    let last = bytes.len().checked_sub(END)?;
    let end = (last.saturating_sub(usize::from(u16::MAX))..=last)
        .rev()
        .find(|&at| bytes[at..].starts_with(b"PK\x05\x06"))?;
    let mut count = u64::from(u16_at(bytes, end + 10)?);
    let mut at = u64::from(u32_at(bytes, end + 16)?);
    // ZIP64: a locator before the end gives the place of a larger end.
    if let Some(locator) = end.checked_sub(20)
        && bytes[locator..].starts_with(b"PK\x06\x07")
    {
        let large = usize::try_from(u64_at(bytes, locator + 8)?).ok()?;
        bytes.get(large..)?.strip_prefix(b"PK\x06\x06")?;
        count = u64_at(bytes, large + 32)?;
        at = u64_at(bytes, large + 48)?;
    }
    let mut at = usize::try_from(at).ok()?;
    let mut members = Vec::new();
    for _ in 0..count {
        bytes.get(at..)?.strip_prefix(b"PK\x01\x02")?;
        let [name, extra, comment] = [28, 30, 32].map(|field| u16_at(bytes, at + field));
        let (name, extra, comment) = (name?, extra?, comment?);
        let name_end = at + 46 + usize::from(name);
        let extra_end = name_end + usize::from(extra);
        let full = String::from_utf8_lossy(bytes.get(at + 46..name_end)?).into_owned();
        let sizes = sizes(bytes, at, bytes.get(name_end..extra_end)?)?;
        if let Some(name) = full.strip_suffix(".npy") {
            members.push(Member {
                name: name.into(),
                method: u16_at(bytes, at + 10)?,
                checksum: u32_at(bytes, at + 16)?,
                size: usize::try_from(sizes[0]).ok()?,
                packed: usize::try_from(sizes[1]).ok()?,
                start: usize::try_from(sizes[2]).ok()?,
            });
        }
        at = extra_end + usize::from(comment);
    }
    Some(members)
}

/// The size, the packed size and the place of a member, in 8 bytes each where 4 are too few.
fn sizes(bytes: &[u8], at: usize, mut extra: &[u8]) -> Option<[u64; 3]> {
    let short = [24, 20, 42].map(|field| u32_at(bytes, at + field));
    let mut sizes = [0; 3];
    let mut large: &[u8] = &[];
    while let Some((head, rest)) = extra.split_at_checked(4) {
        let (field, rest) = rest.split_at_checked(usize::from(u16_at(head, 2)?))?;
        if u16_at(head, 0)? == 1 {
            large = field;
        }
        extra = rest;
    }
    for (size, short) in sizes.iter_mut().zip(short) {
        *size = match short? {
            u32::MAX => {
                let (field, rest) = large.split_at_checked(8)?;
                large = rest;
                u64_at(field, 0)?
            }
            short => u64::from(short),
        };
    }
    Some(sizes)
}

impl Member {
    /// The bytes of the member; nothing where they are not what the directory says.
    fn content(&self, bytes: &[u8]) -> Option<Vec<u8>> {
        let header = bytes.get(self.start..)?;
        header.strip_prefix(b"PK\x03\x04")?;
        // Encrypted members have the first bit.
        if u16_at(header, 6)? & 1 != 0 {
            return None;
        }
        let begin = 30 + usize::from(u16_at(header, 26)?) + usize::from(u16_at(header, 28)?);
        let packed = header.get(begin..)?.get(..self.packed)?;
        let content = match self.method {
            0 => packed.to_vec(),
            8 => {
                let mut content = Vec::new();
                // One byte more than it should be is enough to see that it is too long.
                let limit = (self.size as u64).saturating_add(1);
                let mut decoder = DeflateDecoder::new(packed).take(limit);
                decoder.read_to_end(&mut content).ok()?;
                content
            }
            _ => return None,
        };
        let mut checksum = Crc::new();
        checksum.update(&content);
        (content.len() == self.size && checksum.sum() == self.checksum).then_some(content)
    }
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(bytes.get(at..)?.first_chunk().copied()?))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..)?.first_chunk().copied()?))
}

fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_le_bytes(bytes.get(at..)?.first_chunk().copied()?))
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use std::io::Write;

    use flate2::{Compression, write::DeflateEncoder};

    /// An archive as `numpy.savez` and `numpy.savez_compressed` write it.
    pub(crate) fn archive(arrays: &[(&str, &[u8])], deflated: bool) -> Vec<u8> {
        let (mut bytes, mut directory) = (Vec::new(), Vec::new());
        for (name, content) in arrays {
            let packed = match deflated {
                false => content.to_vec(),
                true => {
                    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
                    encoder.write_all(content).unwrap();
                    encoder.finish().unwrap()
                }
            };
            let mut checksum = Crc::new();
            checksum.update(content);
            let name = format!("{name}.npy");
            let method: u16 = if deflated { 8 } else { 0 };
            let mut common = Vec::new();
            common.extend([45, 0, 0, 0]);
            common.extend(method.to_le_bytes());
            common.extend([0; 4]);
            common.extend(checksum.sum().to_le_bytes());
            let sizes = [packed.len() as u32, content.len() as u32].map(u32::to_le_bytes);
            let name_length = (name.len() as u16).to_le_bytes();
            let start = (bytes.len() as u32).to_le_bytes();

            directory.extend(b"PK\x01\x02\x2d\x03");
            directory.extend(&common);
            directory.extend(sizes.concat());
            directory.extend(name_length);
            directory.extend([0; 12]);
            directory.extend(start);
            directory.extend(name.bytes());

            // numpy.savez announces sizes of 8 bytes in the local header alone.
            bytes.extend(b"PK\x03\x04");
            bytes.extend(&common);
            bytes.extend([0xff; 8]);
            bytes.extend(name_length);
            bytes.extend(20u16.to_le_bytes());
            bytes.extend(name.bytes());
            bytes.extend([1, 0, 16, 0]);
            bytes.extend((content.len() as u64).to_le_bytes());
            bytes.extend((packed.len() as u64).to_le_bytes());
            bytes.extend(packed);
        }
        let start = bytes.len() as u32;
        bytes.extend(&directory);
        bytes.extend(b"PK\x05\x06\0\0\0\0");
        bytes.extend([(arrays.len() as u16).to_le_bytes(); 2].concat());
        bytes.extend((directory.len() as u32).to_le_bytes());
        bytes.extend(start.to_le_bytes());
        bytes.extend([0, 0]);
        bytes
    }

    #[test]
    fn stored_and_deflated_arrays_by_name() {
        for deflated in [false, true] {
            let bytes = archive(&[("x", b"first"), ("y", &[7; 1000])], deflated);
            assert_eq!(array("a.npz", &bytes, Some("x")).unwrap(), b"first");
            assert_eq!(array("a.npz", &bytes, Some("y.npy")).unwrap(), [7; 1000]);
            let message = array("a.npz", &bytes, None).unwrap_err().to_string();
            assert_eq!(
                message,
                "a.npz: holds 2 arrays: \"x\", \"y\"; choose one (--array NAME)"
            );
            let message = array("a.npz", &bytes, Some("z")).unwrap_err().to_string();
            assert_eq!(
                message,
                "a.npz: no array \"z\"; the arrays are \"x\", \"y\""
            );
            let only = archive(&[("x", b"only")], deflated);
            assert_eq!(array("a.npz", &only, None).unwrap(), b"only");
        }
    }

    #[test]
    fn sparse_matrices_say_how_to_convert_them() {
        let parts = ["indices", "indptr", "format", "shape", "data"].map(|name| (name, &b"x"[..]));
        let message = array("s.npz", &archive(&parts, true), None)
            .unwrap_err()
            .to_string();
        for part in ["sparse matrix of SciPy", "load_npz(\"s.npz\").toarray()"] {
            assert!(message.contains(part), "{message}");
        }
    }

    #[test]
    fn an_array_that_expands_beyond_the_limit_is_refused_before_it_is_decompressed() {
        let mut bytes = archive(&[("x", &[7; 1000])], true);
        let size = bytes
            .windows(6)
            .position(|at| at == b"PK\x01\x02\x2d\x03")
            .unwrap()
            + 24;
        bytes[size..size + 4].copy_from_slice(&0xc000_0000u32.to_le_bytes());
        let message = array("a.npz", &bytes, None).unwrap_err().to_string();
        assert!(message.starts_with("a.npz: expands from"), "{message}");
        assert!(
            message.ends_with("save the array with numpy.save"),
            "{message}"
        );
    }

    #[test]
    fn empty_cut_and_spoilt_archives() {
        let message = array("a.npz", &archive(&[], false), None)
            .unwrap_err()
            .to_string();
        assert!(message.contains("holds no array"), "{message}");
        let whole = archive(&[("x", &[7; 100])], true);
        for length in 0..whole.len() {
            let error = array("a.npz", &whole[..length], None).unwrap_err();
            assert!(
                matches!(error, DataError::Format(FormatError::BadHeader { .. })),
                "{length}: {error}"
            );
        }
        for at in 0..whole.len() {
            for value in [0, 1, 0x7f, 0xff] {
                let mut spoilt = whole.clone();
                spoilt[at] = value;
                if let Ok(content) = array("a.npz", &spoilt, None) {
                    assert_eq!(content, [7; 100], "{at}");
                }
            }
        }
    }
}
