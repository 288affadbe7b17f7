//! Files that are read from beginning to end in parts.

use std::fs::File;
use std::io::{self, Read};
use std::sync::Arc;
use std::time::SystemTime;

use super::compression::Compression;
use super::expansion::{expands, limit};
use super::{Kind, kind, open, path};
use crate::error::{DataError, DiskError};

/// Bytes at the beginning from which the format is recognised.
pub(super) const HEAD: usize = 1 << 16;

/// The decompressed content of a file, from beginning to end.
pub(crate) struct Stream {
    name: String,
    kind: Kind,
    /// The file as it is stored.
    file: Arc<File>,
    content: Content,
    /// The bytes at the beginning.
    head: Vec<u8>,
    /// Number of bytes as they are stored, where it is known.
    stored: Option<u64>,
    /// When the file was changed last.
    modified: Option<SystemTime>,
    /// Number of bytes so far, without the head.
    read: u64,
    /// The most bytes of decompressed content, without the head.
    limit: u64,
}

enum Content {
    /// The file as it is stored, after the head.
    Stored,
    /// The decompressed content, after the head.
    Unpacked(Compression, Box<dyn Read>),
}

impl Stream {
    /// Opens a file and recognises its format, as [`read`](crate::read()) does.
    pub(crate) fn open(name: &str) -> Result<Self, DataError> {
        Self::of(name, open(path(name))?)
    }

    /// The content of a file from where it is; `name` tells its format where the content does not.
    pub(crate) fn of(name: &str, file: File) -> Result<Self, DataError> {
        let unreadable = |source| DataError::Unreadable {
            file: name.into(),
            source,
        };
        let file = Arc::new(file);
        let head = read_up_to(&mut &*file, HEAD).map_err(unreadable)?;
        let data = file.metadata().map_err(unreadable)?;
        let stored = data.is_file().then_some(data.len());
        let (head, content) = match Compression::of(&head) {
            None => (head, Content::Stored),
            Some(compression) => {
                let broken = |error| compression.broken(name, error);
                let stored = io::BufReader::new(io::Cursor::new(head).chain(Arc::clone(&file)));
                let mut unpacked = compression.unpack(stored).map_err(broken)?;
                let head = read_up_to(&mut unpacked, HEAD).map_err(broken)?;
                (head, Content::Unpacked(compression, unpacked))
            }
        };
        if head.is_empty() {
            return Err(DataError::Empty { file: name.into() });
        }
        Ok(Self {
            name: name.into(),
            kind: kind(name, whole_characters(&head))?,
            file,
            content,
            head,
            stored,
            modified: data.modified().ok(),
            read: 0,
            limit: stored.map_or(u64::MAX, limit),
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

    /// Whether it is a regular file, which can be read again.
    pub(crate) fn is_file(&self) -> bool {
        self.stored.is_some()
    }

    /// Its length as it is stored and the time of its last change: a file that is read twice has them twice.
    pub(crate) fn state(&self) -> (Option<u64>, Option<SystemTime>) {
        (self.stored, self.modified)
    }

    /// Its length in bytes, where it is a regular file and not compressed: it can be read in any order.
    pub(crate) fn length(&self) -> Option<u64> {
        let Content::Stored = self.content else {
            return None;
        };
        let data = self.file.metadata().ok()?;
        data.is_file().then_some(data.len())
    }

    /// The file, where it is not compressed.
    pub(crate) fn into_file(self) -> Option<File> {
        match self.content {
            Content::Stored => Arc::into_inner(self.file),
            Content::Unpacked(..) => None,
        }
    }

    /// Checks that a regular file did not change since it was opened: called after its content was read.
    pub(crate) fn check(&self) -> Result<(), DataError> {
        let state = |data: std::fs::Metadata| (Some(data.len()), data.modified().ok());
        match self.file.metadata().map(state) {
            _ if !self.is_file() => Ok(()),
            Ok(state) if state == self.state() => Ok(()),
            _ => Err(DiskError::Changed {
                file: self.name.clone(),
            }
            .into()),
        }
    }

    /// Reads until the buffer is full or the content ends; returns how many bytes.
    pub(crate) fn fill(&mut self, bytes: &mut [u8]) -> Result<usize, DataError> {
        let head = self.head.len().min(bytes.len());
        bytes[..head].copy_from_slice(&self.head[..head]);
        self.head.drain(..head);
        let rest = &mut bytes[head..];
        let read = match &mut self.content {
            Content::Stored => {
                fill(&mut &*self.file, rest).map_err(|source| DataError::Unreadable {
                    file: self.name.clone(),
                    source,
                })
            }
            Content::Unpacked(compression, content) => {
                fill(content, rest).map_err(|error| compression.broken(&self.name, error))
            }
        }?;
        self.read += read as u64;
        match self.content {
            Content::Unpacked(compression, _) if self.read > self.limit => {
                let stored = self.stored.unwrap_or_default();
                Err(expands(
                    &self.name,
                    stored,
                    self.limit,
                    compression.remedy(),
                ))
            }
            _ => Ok(head + read),
        }
    }

    /// Reads so many bytes, or as many as there are. Memory is allocated as they arrive: a header may claim
    /// any length.
    pub(crate) fn take(&mut self, length: usize) -> Result<Vec<u8>, DataError> {
        let mut bytes = Vec::new();
        while bytes.len() < length {
            let before = bytes.len();
            bytes.resize(length.min((2 * before).max(HEAD)), 0);
            let read = self.fill(&mut bytes[before..])?;
            let is_end = before + read < bytes.len();
            bytes.truncate(before + read);
            if is_end {
                break;
            }
        }
        Ok(bytes)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Desk;
    use flate2::{Compression, write::GzEncoder};

    fn stream(content: &[u8]) -> Stream {
        let desk = Desk::new();
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        io::Write::write_all(&mut encoder, content).unwrap();
        let path = desk.write("a.csv.gz", encoder.finish().unwrap());
        Stream::open(&path).unwrap()
    }

    #[test]
    fn refuses_what_expands_beyond_the_limit() {
        let content = b"0\n".repeat(HEAD);
        let rest = (content.len() - HEAD) as u64;
        for (limit, is_read) in [(rest, true), (rest - 1, false)] {
            let mut stream = stream(&content);
            stream.limit = limit;
            let read = stream.count();
            assert_eq!(read.is_ok(), is_read);
            if let Err(error) = read {
                let message = error.to_string();
                assert!(
                    message.contains("decompress it first (gunzip)"),
                    "{message}"
                );
            }
        }
    }

    #[test]
    fn a_file_that_changes_while_it_is_read_is_an_error() {
        let content = b"0\n".repeat(HEAD);
        let packed = zstd::encode_all(&content[..], 3).unwrap();
        for bytes in [content, packed] {
            let desk = Desk::new();
            let path = desk.write("a.csv", &bytes);
            let mut stream = Stream::open(&path).unwrap();
            stream.count().unwrap();
            assert!(stream.check().is_ok());
            let file = File::options().write(true).open(&path).unwrap();
            file.set_len(bytes.len() as u64 - 1).unwrap();
            assert!(matches!(
                stream.check(),
                Err(DataError::Disk(DiskError::Changed { .. }))
            ));
        }
    }

    #[test]
    fn memory_for_bytes_is_allocated_as_they_arrive() {
        let content = b"0\n".repeat(100_000);
        for length in [0, 10, HEAD, HEAD + 1, 200_000] {
            assert!(stream(&content).take(length).unwrap() == content[..length]);
        }
        let bytes = stream(&content).take(usize::MAX).unwrap();
        assert!(bytes == content && bytes.capacity() <= 4 * content.len());
    }
}
