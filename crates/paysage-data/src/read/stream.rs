//! Files that are read from beginning to end in parts.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use super::gzip::is_gzip;
use super::{Kind, kind, open};
use crate::error::{DataError, FormatError};

/// Bytes at the beginning from which the format is recognised.
pub(super) const HEAD: usize = 1 << 16;

/// The decompressed content of a file, from beginning to end.
pub(crate) struct Stream {
    name: String,
    kind: Kind,
    content: Content,
    /// The bytes at the beginning.
    head: Vec<u8>,
}

enum Content {
    /// The file as it is stored, after the head.
    Stored(File),
    /// The decompressed content, after the head.
    Unpacked(Box<dyn Read>),
}

impl Stream {
    /// Opens a file and recognises its format, as [`read`](crate::read()) does.
    pub(crate) fn open(name: &str) -> Result<Self, DataError> {
        let mut file = open(Path::new(name))?;
        let unreadable = |source| DataError::Unreadable {
            file: name.into(),
            source,
        };
        let head = read_up_to(&mut file, HEAD).map_err(unreadable)?;
        let (head, content) = match is_gzip(&head) {
            false => (head, Content::Stored(file)),
            true => {
                let stored = io::BufReader::new(io::Cursor::new(head).chain(file));
                let mut unpacked = flate2::bufread::MultiGzDecoder::new(stored);
                let head = read_up_to(&mut unpacked, HEAD).map_err(|e| broken(name, e))?;
                (head, Content::Unpacked(Box::new(unpacked)))
            }
        };
        if head.is_empty() {
            return Err(DataError::Empty { file: name.into() });
        }
        Ok(Self {
            name: name.into(),
            kind: kind(name, whole_characters(&head))?,
            content,
            head,
        })
    }

    /// The format of the content.
    pub(crate) fn kind(&self) -> Kind {
        self.kind
    }

    /// The bytes at the beginning.
    pub(crate) fn head(&self) -> &[u8] {
        &self.head
    }

    /// Its length in bytes, where it is a regular file and not compressed: it can be read in any order.
    pub(crate) fn length(&self) -> Option<u64> {
        let Content::Stored(file) = &self.content else {
            return None;
        };
        let data = file.metadata().ok()?;
        data.is_file().then_some(data.len())
    }

    /// The file, where it is not compressed.
    pub(crate) fn into_file(self) -> Option<File> {
        match self.content {
            Content::Stored(file) => Some(file),
            Content::Unpacked(_) => None,
        }
    }

    /// Reads until the buffer is full or the content ends; returns how many bytes.
    pub(crate) fn fill(&mut self, bytes: &mut [u8]) -> Result<usize, DataError> {
        let head = self.head.len().min(bytes.len());
        bytes[..head].copy_from_slice(&self.head[..head]);
        self.head.drain(..head);
        let rest = &mut bytes[head..];
        let read = match &mut self.content {
            Content::Stored(file) => fill(file, rest).map_err(|source| DataError::Unreadable {
                file: self.name.clone(),
                source,
            }),
            Content::Unpacked(content) => fill(content, rest).map_err(|e| broken(&self.name, e)),
        };
        Ok(head + read?)
    }

    /// Reads to the end; returns how many bytes there were.
    pub(crate) fn count(&mut self) -> Result<u64, DataError> {
        let mut bytes = vec![0; HEAD];
        let mut total = 0;
        loop {
            match self.fill(&mut bytes)? {
                0 => return Ok(total),
                read => total += read as u64,
            }
        }
    }
}

fn broken(name: &str, source: io::Error) -> DataError {
    DataError::Format(FormatError::BrokenGzip {
        file: name.into(),
        source,
    })
}

fn read_up_to(from: &mut impl Read, most: usize) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; most];
    let read = fill(from, &mut bytes)?;
    bytes.truncate(read);
    Ok(bytes)
}

fn fill(from: &mut impl Read, bytes: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < bytes.len() {
        match from.read(&mut bytes[filled..]) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

/// The bytes without a character that the end of the head cut.
fn whole_characters(head: &[u8]) -> &[u8] {
    match std::str::from_utf8(head) {
        Err(error) if error.error_len().is_none() => &head[..error.valid_up_to()],
        _ => head,
    }
}
