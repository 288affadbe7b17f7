//! Arrow IPC: the stream format, and the file format (Feather V2), which is a stream between two marks and
//! has an index at its end.
//!
//! The messages are read one after another, so both formats are read alike. A message says how long it is,
//! and how long each of its compressed buffers becomes: both are checked before memory is allocated.

use std::collections::HashMap;
use std::io::{self, Read};
use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch};
use arrow_buffer::Buffer;
use arrow_ipc::convert::try_fb_to_schema;
use arrow_ipc::reader::{RecordBatchDecoder, read_dictionary};
use arrow_ipc::{Message, MessageHeader, root_as_message};
use arrow_schema::{ArrowError, DataType, Schema};

use super::batch::{Batch, ordered};
use super::budget::{Budget, Share};
use super::{Source, broken, decoded};
use crate::error::{DataError, FormatError};
use crate::read::RATIO;

const FORMAT: &str = "Arrow IPC";

/// The mark at both ends of the file format; zeros follow the one at the beginning.
const MARK: &[u8] = b"ARROW1";

/// What a message begins with, since version 0.15 of Arrow.
const CONTINUATION: u32 = u32::MAX;

/// Decompressed bytes of a message that are read whatever their ratio to the compressed ones is.
const LEAST: u64 = 1 << 24;

/// The last byte at which the messages of the file format may begin.
const MOST_PADDING: u64 = 1 << 10;

/// Bytes of the place of a value in a dictionary.
const KEY: u64 = 8;

/// Bytes that are allocated before any of them is read.
const FIRST: u64 = 1 << 16;

/// Whether a file begins as the file format or the stream format does.
pub(in crate::read) fn is_arrow(bytes: &[u8]) -> bool {
    let length = bytes.get(4..8).and_then(|length| length.try_into().ok());
    let length = length.map_or(0, i32::from_le_bytes);
    let is_stream =
        bytes.starts_with(&CONTINUATION.to_le_bytes()) && (8..1 << 28).contains(&length);
    bytes.starts_with(MARK) || is_stream
}

/// The schema of a stream, and where its messages begin.
pub(super) struct Ipc {
    schema: Arc<Schema>,
    start: u64,
}

impl Ipc {
    pub(super) fn of(file: &str, source: &Source) -> Result<Self, DataError> {
        let mark = |start: u64| source.bytes(start, MARK.len());
        let is_file = mark(0).is_ok_and(|bytes| bytes == MARK);
        if is_file {
            let end = source.length().saturating_sub(MARK.len() as u64);
            if end <= 8 || !mark(end).is_ok_and(|bytes| bytes == MARK) {
                return Err(broken(file, FORMAT, "it is truncated"));
            }
        }
        let start = match is_file {
            true => messages_start(file, source)?,
            false => 0,
        };
        let budget = Budget {
            file,
            stored: source.length(),
            memory: Share::ANY,
        };
        let mut messages = Messages::of(budget, source, start, 0);
        let Some(first) = messages.next()? else {
            return Err(broken(file, FORMAT, "it has no schema"));
        };
        let schema = decoded(file, FORMAT, || {
            let message = first.message()?;
            let schema = message.header_as_schema();
            try_fb_to_schema(schema.ok_or_else(|| invalid("it does not begin with a schema"))?)
        })?;
        Ok(Self {
            schema: Arc::new(schema),
            start: messages.place,
        })
    }

    pub(super) fn schema(&self) -> &Schema {
        &self.schema
    }

    /// Visits the rows of these columns, batch by batch.
    pub(super) fn each(
        &self,
        budget: Budget<'_>,
        source: &Source,
        columns: &[usize],
        visit: &mut dyn FnMut(&Batch<'_>) -> Result<(), DataError>,
    ) -> Result<(), DataError> {
        let file = budget.file;
        let (sorted, places) = ordered(columns);
        let mut dictionaries = HashMap::new();
        let is_dictionary = |&&column: &&usize| {
            let kind = self.schema.field(column).data_type();
            matches!(kind, DataType::Dictionary(..))
        };
        let keys = sorted.iter().filter(is_dictionary).count() as u64;
        let mut messages = Messages::of(budget, source, self.start, keys);
        while let Some(message) = messages.next()? {
            let batch = decoded(file, FORMAT, || {
                self.decode(&message, &sorted, &mut dictionaries)
            })?;
            if let Some(batch) = batch {
                visit(&Batch::of(file, FORMAT, &batch, &places)?)?;
            }
        }
        Ok(())
    }

    /// The rows of a message; none where it is a dictionary, which is kept.
    fn decode(
        &self,
        raw: &Raw,
        columns: &[usize],
        dictionaries: &mut HashMap<i64, ArrayRef>,
    ) -> Result<Option<RecordBatch>, ArrowError> {
        let message = raw.message()?;
        let version = message.version();
        match message.header_type() {
            MessageHeader::DictionaryBatch => {
                let Some(batch) = message.header_as_dictionary_batch() else {
                    return Err(invalid("a dictionary is not valid"));
                };
                read_dictionary(&raw.body, batch, &self.schema, dictionaries, &version)?;
                Ok(None)
            }
            MessageHeader::RecordBatch => {
                let Some(batch) = message.header_as_record_batch() else {
                    return Err(invalid("a record batch is not valid"));
                };
                let schema = Arc::clone(&self.schema);
                let decoder =
                    RecordBatchDecoder::try_new(&raw.body, batch, schema, dictionaries, &version)?;
                let decoder = decoder.with_projection(Some(columns));
                decoder.read_record_batch().map(Some)
            }
            MessageHeader::NONE => Ok(None),
            _ => Err(invalid(
                "a message is neither a record batch nor a dictionary",
            )),
        }
    }
}

/// Where the messages of the file format begin: after zeros up to a multiple of 8, or of more, bytes.
fn messages_start(file: &str, source: &Source) -> Result<u64, DataError> {
    let starts = (8..=MOST_PADDING).step_by(8);
    let mut starts = starts.filter(|start| {
        let bytes = source.bytes(*start, 8);
        bytes.is_ok_and(|bytes| bytes != [0; 8][..])
    });
    let start = starts.next();
    start.ok_or_else(|| broken(file, FORMAT, "it has no schema"))
}

fn invalid(reason: &str) -> ArrowError {
    ArrowError::IpcError(reason.into())
}

/// A message that is not decoded yet.
struct Raw {
    metadata: Vec<u8>,
    body: Buffer,
}

impl Raw {
    fn message(&self) -> Result<Message<'_>, ArrowError> {
        message(&self.metadata)
    }
}

fn message(metadata: &[u8]) -> Result<Message<'_>, ArrowError> {
    root_as_message(metadata).map_err(|error| invalid(&format!("a message is not valid: {error}")))
}

/// The messages of a stream, one after another.
struct Messages<'a> {
    budget: Budget<'a>,
    reader: io::BufReader<super::source::Cursor>,
    /// The byte that is read next.
    place: u64,
    /// Number of bytes of the file.
    length: u64,
    /// Number of columns whose values are looked up in a dictionary.
    keys: u64,
    /// Bytes of each dictionary, and of all of them.
    kept: HashMap<i64, u64>,
    all_kept: u64,
}

impl<'a> Messages<'a> {
    fn of(budget: Budget<'a>, source: &Source, place: u64, keys: u64) -> Self {
        Self {
            budget,
            reader: source.reader(place),
            place,
            length: source.length(),
            keys,
            kept: HashMap::new(),
            all_kept: 0,
        }
    }

    /// The next message; none at the end.
    fn next(&mut self) -> Result<Option<Raw>, DataError> {
        let length = match self.word()? {
            Some(CONTINUATION) => self.word()?,
            length => length,
        };
        let length = match length {
            None | Some(0) => return Ok(None),
            Some(length) => u64::from(length),
        };
        let metadata = self.take(length)?;
        let file = self.budget.file;
        let body = decoded(file, FORMAT, || {
            Ok::<_, ArrowError>(message(&metadata)?.bodyLength())
        })?;
        let Ok(body) = u64::try_from(body) else {
            return Err(broken(file, FORMAT, "the length of a message is negative"));
        };
        let body = self.take(body)?;
        self.check_buffers(&metadata, &body)?;
        let body = Buffer::from_vec(body);
        Ok(Some(Raw { metadata, body }))
    }

    /// Checks that so many bytes may be held, with the dictionaries that are kept.
    fn check(&self, bytes: u64) -> Result<(), DataError> {
        let bytes = self.all_kept.saturating_add(bytes);
        self.budget
            .check(bytes, "write it with smaller record batches")
    }

    /// The next four bytes; none at the end of the file.
    fn word(&mut self) -> Result<Option<u32>, DataError> {
        if self.place >= self.length {
            return Ok(None);
        }
        let bytes = self.take(4)?;
        Ok(bytes.try_into().ok().map(u32::from_le_bytes))
    }

    /// The next bytes, which must be there.
    fn take(&mut self, length: u64) -> Result<Vec<u8>, DataError> {
        let file = self.budget.file;
        if length > self.length.saturating_sub(self.place) {
            return Err(broken(file, FORMAT, "it is truncated"));
        }
        self.check(length)?;
        let mut bytes = Vec::with_capacity(length.min(FIRST) as usize);
        let mut part = self.reader.by_ref().take(length);
        let read = part.read_to_end(&mut bytes);
        self.place += length;
        match read {
            Ok(read) if read as u64 == length => Ok(bytes),
            Ok(_) => Err(broken(file, FORMAT, "it is truncated")),
            Err(source) => Err(broken(file, FORMAT, source)),
        }
    }

    /// Checks how long the compressed buffers of a message become, and the message with the dictionaries that
    /// are kept.
    fn check_buffers(&mut self, metadata: &[u8], body: &[u8]) -> Result<(), DataError> {
        let file = self.budget.file;
        let message = decoded(file, FORMAT, || message(metadata))?;
        let (unpacked, role) = (unpacked(&message, body), role(&message));
        let limit = LEAST.max((body.len() as u64).saturating_mul(RATIO));
        match unpacked {
            None => Err(broken(file, FORMAT, "a buffer lies outside of its message")),
            Some(unpacked) if unpacked > limit => Err(DataError::Format(FormatError::Expands {
                file: file.into(),
                stored: body.len() as u64,
                limit,
                remedy: "write it without compression",
            })),
            Some(unpacked) => {
                let body = body.len() as u64;
                let held = (metadata.len() as u64).saturating_add(body);
                self.keep(held.saturating_add(unpacked), role)
            }
        }
    }

    /// Checks that a message of so many bytes may be held, and counts it where it is a dictionary.
    fn keep(&mut self, bytes: u64, role: Role) -> Result<(), DataError> {
        let (id, is_more) = match role {
            Role::Rows(rows) => {
                let keys = rows.saturating_mul(self.keys).saturating_mul(KEY);
                return self.check(bytes.saturating_add(keys));
            }
            Role::Dictionary { id, is_more } => (id, is_more),
        };
        let before = self.kept.get(&id).copied().unwrap_or(0);
        let after = match is_more {
            true => before.saturating_add(bytes),
            false => bytes,
        };
        // The dictionary before is dropped when the one after it is there.
        self.check(match is_more {
            true => bytes.saturating_add(after),
            false => after,
        })?;
        self.all_kept = (self.all_kept - before).saturating_add(after);
        self.kept.insert(id, after);
        Ok(())
    }
}

/// What a message is, for the memory that it takes.
enum Role {
    /// So many rows, or none.
    Rows(u64),
    /// A dictionary, or more values of it.
    Dictionary { id: i64, is_more: bool },
}

fn role(message: &Message<'_>) -> Role {
    if let Some(batch) = message.header_as_dictionary_batch() {
        let (id, is_more) = (batch.id(), batch.isDelta());
        return Role::Dictionary { id, is_more };
    }
    let rows = message.header_as_record_batch().map(|batch| batch.length());
    Role::Rows(rows.and_then(|rows| u64::try_from(rows).ok()).unwrap_or(0))
}

/// The number of bytes of the buffers of a message after decompression, 0 where they are not compressed; none
/// where one of them lies outside of the message.
fn unpacked(message: &Message<'_>, body: &[u8]) -> Option<u64> {
    let batch = match message.header_type() {
        MessageHeader::RecordBatch => message.header_as_record_batch(),
        MessageHeader::DictionaryBatch => message.header_as_dictionary_batch()?.data(),
        _ => None,
    };
    let Some(batch) = batch.filter(|batch| batch.compression().is_some()) else {
        return Some(0);
    };
    let mut total = 0u64;
    for buffer in batch.buffers()?.iter() {
        let (start, length) = (
            usize::try_from(buffer.offset()),
            usize::try_from(buffer.length()),
        );
        let (start, length) = (start.ok()?, length.ok()?);
        let bytes = body.get(start..start.checked_add(length)?)?;
        // A buffer of no bytes has no length in front.
        let Some(prefix) = bytes.first_chunk() else {
            continue;
        };
        // −1 is a buffer that is not compressed.
        let claimed = u64::try_from(i64::from_le_bytes(*prefix)).unwrap_or(0);
        total = total.checked_add(claimed)?;
    }
    Some(total)
}
