//! Checks of the pages of a Parquet file, before a decoder allocates memory for them.
//!
//! The header of a page states its size after decompression, up to 2 GiB: the decoder allocates as much. A
//! header is a struct of the compact protocol of Apache Thrift (`thrift-compact-protocol.md`), with the
//! fields of `PageHeader` in `parquet.thrift`.

use std::io::{self, Read};

use parquet::file::metadata::ColumnChunkMetaData;

use super::budget::Budget;
use super::{Source, broken};
use crate::error::{DataError, FormatError};
use crate::read::RATIO;

/// Bytes of a page that are read whatever their ratio to the compressed ones is. Writers make pages of about
/// 1 MiB.
const LEAST: u64 = 1 << 24;

/// What to do about a file of large pages.
pub(super) const SMALLER: &str = "write it with smaller pages";

/// What the header of a page states.
#[derive(Default)]
struct PageHeader {
    /// Number of bytes after decompression and as stored.
    unpacked: i64,
    packed: i64,
    /// Number of values of a page of a dictionary.
    entries: i64,
    /// What the page holds: [`DICTIONARY`], [`VALUES`] or [`VALUES_2`].
    kind: i64,
    /// Number of values of a page of values, and how they are encoded.
    values: i64,
    encoding: i64,
}

/// Kinds of pages.
const VALUES: i64 = 0;
const DICTIONARY: i64 = 2;
const VALUES_2: i64 = 3;

/// Encodings of values: indices of a dictionary, and texts that begin with letters of the ones before.
const INDICES: [i64; 2] = [2, 8];
const PREFIXES: i64 = 7;

/// The sizes of the largest pages of a column after decompression.
#[derive(Clone, Copy, Default)]
pub(super) struct PageSizes {
    /// Bytes of a page of values.
    pub(super) page: u64,
    /// Bytes of a dictionary.
    pub(super) dictionary: u64,
    /// Bytes of a page whose values are not indices.
    pub(super) plain: u64,
    /// Bytes of a value of such a page, on average over the page.
    pub(super) value: u64,
}

impl PageSizes {
    fn add(&mut self, header: &PageHeader, unpacked: u64) {
        match header.kind {
            DICTIONARY => self.dictionary = self.dictionary.max(unpacked),
            _ => self.page = self.page.max(unpacked),
        }
        let is_values = [VALUES, VALUES_2].contains(&header.kind);
        if is_values && !INDICES.contains(&header.encoding) {
            let value = match header.encoding {
                // Each value may repeat nearly all of the page.
                PREFIXES => unpacked,
                _ => unpacked.div_ceil(u64::try_from(header.values).unwrap_or(0).max(1)),
            };
            self.plain = self.plain.max(unpacked);
            self.value = self.value.max(value);
        }
    }
}

/// Checks the sizes of the pages of a column, and adds them to the largest ones.
pub(super) fn check_pages(
    budget: Budget<'_>,
    source: &Source,
    chunk: &ColumnChunkMetaData,
    largest: &mut PageSizes,
) -> Result<(), DataError> {
    let file = budget.file;
    let damaged = |reason: &str| broken(file, "Parquet", reason);
    let start = chunk.dictionary_page_offset();
    let start = start.unwrap_or_else(|| chunk.data_page_offset());
    let range = u64::try_from(start).ok();
    let range = range.zip(u64::try_from(chunk.compressed_size()).ok());
    let range = range.and_then(|(start, length)| Some((start, start.checked_add(length)?)));
    let range = range.filter(|&(_, end)| end <= source.length());
    let Some((mut start, end)) = range else {
        return Err(damaged("a column lies outside of it"));
    };
    let first = start;
    while start < end {
        let mut bytes = Counting {
            source: source.reader(start).take(end - start),
            read: 0,
        };
        let Ok(header) = page_header(&mut bytes) else {
            return Err(damaged("the header of a page is not valid"));
        };
        let sizes = u64::try_from(header.packed).ok();
        let sizes = sizes.zip(u64::try_from(header.unpacked).ok());
        let next = |packed| start.checked_add(bytes.read)?.checked_add(packed);
        let sizes = sizes.and_then(|(packed, unpacked)| Some((packed, unpacked, next(packed)?)));
        let Some((packed, unpacked, next)) = sizes.filter(|&(_, _, next)| next <= end) else {
            return Err(damaged("a page lies outside of its column"));
        };
        let limit = LEAST.max(packed.saturating_mul(RATIO));
        if unpacked > limit {
            return Err(DataError::Format(FormatError::Expands {
                file: file.into(),
                stored: packed,
                limit,
                remedy: SMALLER,
            }));
        }
        budget.check(unpacked, SMALLER)?;
        if header.kind == DICTIONARY && start != first {
            return Err(damaged("a dictionary is not the first page of its column"));
        }
        // A value takes at least one byte, but for those of a few bits, which have no dictionary.
        if u64::try_from(header.entries).is_ok_and(|entries| entries > unpacked.max(1)) {
            return Err(damaged("a dictionary has more values than bytes"));
        }
        largest.add(&header, unpacked);
        start = next;
    }
    Ok(())
}

/// Bytes that are counted as they are read.
struct Counting<R> {
    source: R,
    read: u64,
}

impl<R: Read> Counting<R> {
    fn byte(&mut self) -> io::Result<u8> {
        let mut byte = [0];
        self.source.read_exact(&mut byte)?;
        self.read += 1;
        Ok(byte[0])
    }

    fn skip(&mut self, length: u64) -> io::Result<()> {
        let mut part = self.source.by_ref().take(length);
        let skipped = io::copy(&mut part, &mut io::sink())?;
        self.read += skipped;
        match skipped == length {
            true => Ok(()),
            false => Err(invalid()),
        }
    }

    /// A number of 7 bits in each byte, the lowest ones first.
    fn varint(&mut self) -> io::Result<u64> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(invalid())
    }

    /// A signed number: 0, −1, 1, −2, … are 0, 1, 2, 3, …
    fn signed(&mut self) -> io::Result<i64> {
        let value = self.varint()?;
        Ok((value >> 1) as i64 ^ -((value & 1) as i64))
    }
}

fn invalid() -> io::Error {
    io::ErrorKind::InvalidData.into()
}

fn page_header<R: Read>(bytes: &mut Counting<R>) -> io::Result<PageHeader> {
    let mut header = PageHeader::default();
    each_field(bytes, &mut |bytes, id, kind| {
        match (id, kind) {
            (1, I32) => header.kind = bytes.signed()?,
            (2, I32) => header.unpacked = bytes.signed()?,
            (3, I32) => header.packed = bytes.signed()?,
            // The headers of values, of a dictionary, and of values since version 2.
            (5, STRUCT) => {
                (header.values, header.encoding) = numbers(bytes, 1, 2)?;
            }
            (7, STRUCT) => (header.entries, _) = numbers(bytes, 1, 2)?,
            (8, STRUCT) => {
                (header.values, header.encoding) = numbers(bytes, 1, 4)?;
            }
            _ => skip_value(bytes, kind, 0)?,
        }
        Ok(())
    })?;
    Ok(header)
}

/// Two fields of a struct, which are numbers; 0 where they are not there.
fn numbers<R: Read>(bytes: &mut Counting<R>, first: i16, second: i16) -> io::Result<(i64, i64)> {
    let mut found = (0, 0);
    each_field(bytes, &mut |bytes, id, kind| {
        match kind {
            I32 if id == first => found.0 = bytes.signed()?,
            I32 if id == second => found.1 = bytes.signed()?,
            _ => skip_value(bytes, kind, 0)?,
        }
        Ok(())
    })?;
    Ok(found)
}

/// The types of values.
const I32: u8 = 5;
const STRUCT: u8 = 12;

/// The most structs in each other that are read.
const DEEPEST: usize = 16;

/// Reads the value of a field of a struct, given its number and its type.
type Visit<'a, R> = dyn FnMut(&mut Counting<R>, i16, u8) -> io::Result<()> + 'a;

/// Visits the number and the type of each field of a struct; the visit reads its value.
fn each_field<R: Read>(bytes: &mut Counting<R>, visit: &mut Visit<'_, R>) -> io::Result<()> {
    let mut id = 0;
    loop {
        let head = bytes.byte()?;
        let kind = head & 0xf;
        if kind == 0 {
            return Ok(());
        }
        id = match head >> 4 {
            0 => i16::try_from(bytes.signed()?).map_err(|_| invalid())?,
            more => i16::checked_add(id, more.into()).ok_or_else(invalid)?,
        };
        visit(bytes, id, kind)?;
    }
}

fn skip_value<R: Read>(bytes: &mut Counting<R>, kind: u8, depth: usize) -> io::Result<()> {
    if depth > DEEPEST {
        return Err(invalid());
    }
    match kind {
        // True and false, which the type tells.
        1 | 2 => Ok(()),
        3 => bytes.skip(1),
        4..=6 => bytes.signed().map(|_| ()),
        7 => bytes.skip(8),
        8 => {
            let length = bytes.varint()?;
            bytes.skip(length)
        }
        9 | 10 => {
            let head = bytes.byte()?;
            let count = match head >> 4 {
                15 => bytes.varint()?,
                count => u64::from(count),
            };
            for _ in 0..count {
                match head & 0xf {
                    // A boolean of a list has a byte.
                    1 | 2 => bytes.skip(1)?,
                    kind => skip_value(bytes, kind, depth + 1)?,
                }
            }
            Ok(())
        }
        STRUCT => each_field(bytes, &mut |bytes, _, kind| {
            skip_value(bytes, kind, depth + 1)
        }),
        // The headers of pages have no others.
        _ => Err(invalid()),
    }
}
