//! Cells that stay on disk.

use std::collections::HashMap;

use super::{CellStore, Cells, check_distinct, check_kind, check_utf8, header};
use crate::disk::{CellGroupsWriter, DataFile, DiskOptions};
use crate::error::{DataError, DiskError, SchemaError};
use crate::position::{FileOfSet, Lines, Origin};
use crate::read::cell::bare;
use crate::read::choice::Choice;
use crate::read::columnar::{ColumnRows, Columnar, Share, Source, Unreadable, cells_of};
use crate::read::text_rows::{TextRows, part_sizes};
use crate::read::{Kind, Missing, SameColumns, Stream, parts};

/// The fraction of the memory limit for the cells that are written together: while their memory doubles, they take
/// three times as much.
const GROUPS: u64 = 8;

/// The least bytes of cells that are written together.
const LEAST_GROUP: u64 = 1 << 16;

/// The most bytes of a cell.
const MOST_CELL: u64 = 1 << 30;

impl Cells {
    /// Copies the cells of a file, or of several, to a temporary file: the same cells and errors as those of
    /// [`read`](Self::read).
    pub(crate) fn copy(source: &str, disk: &DiskOptions) -> Result<Self, DataError> {
        if source.starts_with("builtin:") {
            let file = source.into();
            return Err(DataError::Schema(SchemaError::NotMixed { file }));
        }
        let parts = parts(source)?;
        let is_alone = parts.is_none();
        let mut copy = Copy {
            source,
            disk,
            same: SameColumns::default(),
            names: Vec::new(),
            unreadable: HashMap::new(),
            writer: None,
            lines: Lines::default(),
            files: Vec::new(),
        };
        for part in parts.unwrap_or_else(|| vec![source.into()]) {
            copy.add(&part, Stream::open(&part)?)?;
        }
        copy.finish(is_alone)
    }
}

/// The cells that were copied so far, of one file after another.
struct Copy<'a> {
    source: &'a str,
    disk: &'a DiskOptions,
    same: SameColumns,
    names: Vec<String>,
    unreadable: HashMap<usize, Unreadable>,
    writer: Option<CellGroupsWriter>,
    lines: Lines,
    files: Vec<FileOfSet>,
}

impl Copy<'_> {
    fn add(&mut self, file: &str, stream: Stream) -> Result<(), DataError> {
        check_kind(file, stream.kind())?;
        self.files.push(FileOfSet {
            path: file.into(),
            before: self.writer.as_ref().map_or(0, CellGroupsWriter::rows),
        });
        match stream.kind() {
            Kind::Text => self.add_text(file, stream),
            _ => self.add_columns(file, stream),
        }
    }

    /// The columns of the next file.
    fn begin(&mut self, file: &str, names: &[String]) -> Result<&mut CellGroupsWriter, DataError> {
        self.same.check(file, Some(names), names.len())?;
        self.names = names.to_vec();
        Ok(match &mut self.writer {
            Some(writer) => writer,
            none => {
                let most = (self.disk.memory / GROUPS).max(LEAST_GROUP) as usize;
                let folder = &self.disk.folder;
                none.insert(CellGroupsWriter::new(
                    self.source,
                    names.len(),
                    folder,
                    most,
                )?)
            }
        })
    }

    fn add_text(&mut self, file: &str, stream: Stream) -> Result<(), DataError> {
        let (part, most) = part_sizes(self.disk.memory.min(MOST_CELL));
        let text = TextRows::of(file, stream, Missing::Allowed, part, most);
        let mut lines = std::mem::take(&mut self.lines);
        let copy = std::cell::RefCell::new(self);
        text.each_record(
            |records| {
                let (names, more) = header(file, records)?;
                if !more {
                    return Err(DataError::Empty { file: file.into() });
                }
                copy.borrow_mut().begin(file, &names).map(|_| ())
            },
            |(), records| {
                check_utf8(file, records)?;
                lines.push(records.line());
                match &mut copy.borrow_mut().writer {
                    Some(writer) => writer.push(records.record().iter().map(bare)),
                    None => Ok(()),
                }
            },
        )?;
        copy.into_inner().lines = lines;
        Ok(())
    }

    fn add_columns(&mut self, file: &str, stream: Stream) -> Result<(), DataError> {
        let kind = stream.kind();
        let Some(opened) = stream.length().and_then(|_| stream.into_file()) else {
            return Err(DiskError::InMemoryOnly {
                file: file.into(),
                what: "a compressed file of columns",
                remedy: "decompress it, or leave the memory limit (--memory) out",
            }
            .into());
        };
        let columns = Columnar::of(file, kind, Source::disk(DataFile::of(file, opened)?))?;
        let names = columns.names().to_vec();
        let (read, unreadable) = cells_of(&columns);
        self.unreadable.extend(unreadable);
        check_distinct(file, &names)?;
        // The other half is for the cells that are written together.
        let memory = Share {
            limit: self.disk.memory.min(MOST_CELL),
            parts: 2,
        };
        let writer = self.begin(file, &names)?;
        let rows = ColumnRows::of(&columns, Choice::default(), &read, Missing::Allowed)?;
        rows.each(memory, |_, cells| {
            let mut cells = cells.iter().zip(&read).peekable();
            writer.push((0..names.len()).map(|column| {
                let cell = cells.next_if(|(_, place)| **place == column);
                cell.map_or(&[][..], |(cell, _)| bare(cell.as_bytes()))
            }))
        })?;
        Ok(())
    }

    fn finish(self, is_alone: bool) -> Result<Cells, DataError> {
        let Some(writer) = self.writer else {
            let file = self.source.into();
            return Err(DataError::Empty { file });
        };
        let rows = CellStore::Disk {
            cells: writer.finish()?,
            memory: self.disk.memory,
        };
        let origin = match is_alone {
            true => self.lines.origin(),
            false => Origin::default().with_files(self.files),
        };
        let cells = Cells::of(self.source, self.names, rows, origin);
        Ok(Cells {
            unreadable: self.unreadable,
            ..cells
        })
    }
}
