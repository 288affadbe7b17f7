//! NumPy archives: ZIP files of arrays, stored or deflated, as `numpy.savez` writes them.
//!
//! The directory at the end of the file lists the members: APPNOTE.TXT 6.3.10 of PKWARE, sections
//! 4.3.12 and 4.3.16. Encrypted, split and other compressed members are refused.

use std::borrow::Cow;
use std::io::{self, Read};

use flate2::{Crc, read::DeflateDecoder};

use super::expansion::{expands, limit};
use crate::disk::DataFile;
use crate::error::{DataError, FORMATS, FormatError};

/// The bytes that a ZIP file starts with, an empty one included.
pub(super) fn is_magic(bytes: &[u8]) -> bool {
    bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"PK\x05\x06")
}

/// The arrays of which a sparse matrix of SciPy consists.
const SPARSE: [&str; 3] = ["format", "shape", "data"];

/// Bytes of a member that are read at a time.
const PART: usize = 1 << 16;

/// The bytes of an archive, in memory or on disk.
pub(crate) trait Archive {
    /// Number of bytes.
    fn length(&self) -> u64;

    /// So many bytes from a place on; nothing where they are not there.
    fn get(&self, at: u64, length: usize) -> Option<Cow<'_, [u8]>>;
}

impl Archive for &[u8] {
    fn length(&self) -> u64 {
        self.len() as u64
    }

    fn get(&self, at: u64, length: usize) -> Option<Cow<'_, [u8]>> {
        let rest = <[u8]>::get(self, usize::try_from(at).ok()?..)?;
        rest.get(..length).map(Cow::Borrowed)
    }
}

impl Archive for DataFile {
    fn length(&self) -> u64 {
        self.length()
    }

    fn get(&self, at: u64, length: usize) -> Option<Cow<'_, [u8]>> {
        let end = at.checked_add(length as u64)?;
        let mut bytes = vec![
            0;
            if end <= self.length() {
                length
            } else {
                return None;
            }
        ];
        self.read(at, &mut bytes).ok()?;
        Some(bytes.into())
    }
}

/// The `.npy` file of the array `asked`, or of the only one.
pub(super) fn array(file: &str, bytes: &[u8], asked: Option<&str>) -> Result<Vec<u8>, DataError> {
    let mut content = Vec::new();
    extract(file, &bytes, asked, &mut |part| {
        content.extend_from_slice(part);
        Ok(())
    })?;
    Ok(content)
}

/// The names of the arrays.
pub(super) fn names(file: &str, bytes: &[u8]) -> Result<Vec<String>, DataError> {
    let members = directory(&bytes).ok_or_else(|| broken(file))?;
    Ok(members.into_iter().map(|member| member.name).collect())
}

/// Gives the `.npy` file of the array `asked`, or of the only one, in parts.
pub(crate) fn extract(
    file: &str,
    archive: &dyn Archive,
    asked: Option<&str>,
    write: &mut dyn FnMut(&[u8]) -> Result<(), DataError>,
) -> Result<(), DataError> {
    let members = directory(archive).ok_or_else(|| broken(file))?;
    if members.is_empty() && archive.length() > END as u64 {
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
    let (stored, most) = (member.packed, limit(member.packed));
    if member.size > most {
        let remedy = "save the array with numpy.save";
        return Err(expands(file, stored, most, remedy));
    }
    member.content(file, archive, write)
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
    packed: u64,
    size: u64,
    /// Where its local header is.
    start: u64,
}

/// Length of the end of the directory.
const END: usize = 22;

/// Length of the locator of a larger end.
const LOCATOR: usize = 20;

/// The members whose names end in `.npy`; nothing where the archive is broken.
fn directory(archive: &dyn Archive) -> Option<Vec<Member>> {
    // The end of the directory may be followed by a comment of at most 65,535 bytes, and a locator stands before it.
    let last = archive.length().checked_sub(END as u64)?;
    let first = last.saturating_sub(u64::from(u16::MAX) + LOCATOR as u64);
    let tail = archive.get(first, usize::try_from(archive.length() - first).ok()?)?;
    let last = (last - first) as usize;
    let end = (last.saturating_sub(usize::from(u16::MAX))..=last)
        .rev()
        .find(|&at| tail[at..].starts_with(b"PK\x05\x06"))?;
    let mut count = u64::from(u16_at(&tail, end + 10)?);
    let mut at = u64::from(u32_at(&tail, end + 16)?);
    // ZIP64: a locator before the end gives the place of a larger end.
    if let Some(locator) = end.checked_sub(LOCATOR)
        && tail[locator..].starts_with(b"PK\x06\x07")
    {
        let large = archive.get(u64_at(&tail, locator + 8)?, 56)?;
        large.strip_prefix(b"PK\x06\x06")?;
        count = u64_at(&large, 32)?;
        at = u64_at(&large, 48)?;
    }
    let mut members = Vec::new();
    for _ in 0..count {
        let head = archive.get(at, 46)?;
        head.strip_prefix(b"PK\x01\x02")?;
        let [name, extra, comment] = [28, 30, 32].map(|field| u16_at(&head, field));
        let (name, extra) = (usize::from(name?), usize::from(extra?));
        let rest = archive.get(at + 46, name + extra)?;
        let (name, extra) = rest.split_at(name);
        let full = String::from_utf8_lossy(name).into_owned();
        let sizes = sizes(&head, extra)?;
        if let Some(name) = full.strip_suffix(".npy") {
            members.push(Member {
                name: name.into(),
                method: u16_at(&head, 10)?,
                checksum: u32_at(&head, 16)?,
                size: sizes[0],
                packed: sizes[1],
                start: sizes[2],
            });
        }
        at += 46 + rest.len() as u64 + u64::from(comment?);
    }
    Some(members)
}

/// The size, the packed size and the place of a member, in 8 bytes each where 4 are too few.
fn sizes(head: &[u8], mut extra: &[u8]) -> Option<[u64; 3]> {
    let short = [24, 20, 42].map(|field| u32_at(head, field));
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
    /// Gives the bytes of the member in parts; an error where they are not what the directory says.
    fn content(
        &self,
        file: &str,
        archive: &dyn Archive,
        write: &mut dyn FnMut(&[u8]) -> Result<(), DataError>,
    ) -> Result<(), DataError> {
        let broken = || broken(file);
        let packed = self.packed(archive).ok_or_else(broken)?;
        let mut content: Box<dyn Read> = match self.method {
            0 => Box::new(packed),
            8 => Box::new(DeflateDecoder::new(packed)),
            _ => return Err(broken()),
        };
        let (mut checksum, mut left) = (Crc::new(), self.size);
        let mut part = vec![0; PART];
        loop {
            let read = content.read(&mut part).map_err(|_| broken())?;
            if read == 0 {
                break;
            }
            left = left.checked_sub(read as u64).ok_or_else(broken)?;
            checksum.update(&part[..read]);
            write(&part[..read])?;
        }
        match left == 0 && checksum.sum() == self.checksum {
            true => Ok(()),
            false => Err(broken()),
        }
    }

    /// The bytes of the member as they are stored.
    fn packed<'a>(&self, archive: &'a dyn Archive) -> Option<Packed<'a>> {
        let header = archive.get(self.start, 30)?;
        header.strip_prefix(b"PK\x03\x04")?;
        // Encrypted members have the first bit.
        if u16_at(&header, 6)? & 1 != 0 {
            return None;
        }
        let after = u64::from(u16_at(&header, 26)?) + u64::from(u16_at(&header, 28)?);
        let at = self.start + 30 + after;
        let end = at.checked_add(self.packed)?;
        (end <= archive.length()).then_some(Packed { archive, at, end })
    }
}

/// The bytes of a member as they are stored.
struct Packed<'a> {
    archive: &'a dyn Archive,
    at: u64,
    end: u64,
}

impl Read for Packed<'_> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let length = (self.end - self.at).min(bytes.len() as u64) as usize;
        let part = self.archive.get(self.at, length);
        let part = part.ok_or(io::ErrorKind::UnexpectedEof)?;
        bytes[..length].copy_from_slice(&part);
        self.at += length as u64;
        Ok(length)
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

    use crate::testing::{Desk, check_same_rows};
    use crate::{DiskOptions, ReadOptions};

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

    #[test]
    fn arrays_on_disk_are_those_in_memory() {
        let desk = Desk::new();
        let array = std::fs::read(desk.npy("a.npy", 2, &[1.0, 2.0, 3.0, 4.0, 5.5, 6.0])).unwrap();
        let one = archive(&[("x", &array)], true);
        let mut damaged = one.clone();
        damaged[60] ^= 1;
        for bytes in [
            one.clone(),
            archive(&[("y", b"none"), ("x", &array)], false),
            archive(&[("x", b"none")], true),
            archive(&[], false),
            [&one[..], b"comment"].concat(),
            one[..one.len() - 3].to_vec(),
            damaged,
            array.clone(),
        ] {
            let path = desk.write("a.npz", bytes);
            for array in [None, Some("x"), Some("z.npy")] {
                let options = ReadOptions {
                    array: array.map(String::from),
                    standardize: true,
                    ..ReadOptions::new(&path)
                };
                let disk = DiskOptions {
                    memory: 1000,
                    ..DiskOptions::default()
                };
                match (options.open(&disk), options.read()) {
                    (Ok(found), Ok(expected)) => {
                        assert_eq!(found.layout, expected.layout);
                        check_same_rows(&found.rows, &expected.table);
                    }
                    (Err(found), Err(expected)) => {
                        assert_eq!(found.to_string(), expected.to_string());
                    }
                    (found, expected) => panic!("{array:?}: {found:?} {expected:?}"),
                }
            }
        }
    }
}
