//! Alignments whose rows stay on disk.

use crate::alignment::{
    Alignment, AlignmentError, AlignmentSummary, Coder, Letters, Longest, Sequence, SequenceStream,
    Unknown, set_units, unknown_symbols,
};
use crate::dataset::{DiskDataset, DiskDraft, ReadOptions};
use crate::disk::{CellsWriter, DiskOptions, DiskRows, StoreWriter, Stored, Survey, Units};
use crate::error::DataError;
use crate::layout::{Columns, Layout, LayoutError, MatchOptions, Preparation};
use crate::position::Lines;
use crate::read::{Kind, Stream, no_archive, parts};
use crate::rows::Rows;
use crate::table::MOST_VALUES;
use crate::weights::{Kept, read_weights};

/// What to do with an alignment that is read only into memory.
const REMEDY: &str = "leave the memory limit (--memory) out";

impl ReadOptions {
    /// Copies an alignment to rows on disk: one pass counts its letters, and another one encodes them.
    pub(crate) fn open_alignment(
        &self,
        stream: Stream,
        disk: &DiskOptions,
    ) -> Result<DiskDraft, DataError> {
        let letters = self.letters(stream, disk)?;
        let sites = |sites| {
            self.check_alignment(&self.source)?;
            Ok(self.sites(sites, &letters.alphabet))
        };
        let has_others = self.weights.is_some() || self.labels.is_some();
        let copy = Copy::of(self, disk, self.unknown_letters(), has_others);
        let copied = copy.all(&letters, &sites)?;
        let layout = Layout {
            missing: !copied.rows.is_complete(),
            ..Layout::of(Columns::Alignment(copied.summary.alignment.clone()))
        };
        copied.data(layout, self.alphabet.is_none())
    }

    /// The content of the source, if it is an alignment.
    pub(in crate::layout) fn alignment_stream(&self) -> Result<Option<Stream>, DataError> {
        if self.source.starts_with("builtin:") || parts(&self.source)?.is_some() {
            return Ok(None);
        }
        let stream = Stream::open(&self.source)?;
        Ok((stream.kind() == Kind::Fasta).then_some(stream))
    }

    /// Counts the letters of an alignment.
    fn letters(&self, stream: Stream, disk: &DiskOptions) -> Result<Letters, DataError> {
        if self.reweight.is_some() {
            let what = "sequences with weights by their identity (--reweight)";
            return Err(self.in_memory_only(what, REMEDY));
        }
        if !stream.is_file() {
            return Err(self.in_memory_only("an alignment from a pipe", REMEDY));
        }
        Letters::of(&self.source, stream, Longest::of(disk.memory))
    }
}

impl Layout {
    /// Copies the sequences of an existing model to rows on disk.
    pub(in crate::layout) fn open_alignment(
        &self,
        alignment: &Alignment,
        read: &ReadOptions,
        options: &MatchOptions,
        stream: Stream,
        disk: &DiskOptions,
    ) -> Result<DiskDraft, DataError> {
        if read.array.is_some() {
            return Err(no_archive(&read.source, read.array.as_deref()));
        }
        let letters = read.letters(stream, disk)?;
        let unknown = options.unknown.unwrap_or(alignment.unknown);
        let sites = |sites| match sites == alignment.sites {
            true => Ok(alignment.clone()),
            false => Err(LayoutError::Sites {
                file: read.source.clone(),
                found: sites,
                expected: alignment.sites,
            }
            .into()),
        };
        let has_others = options.weights.is_some() || options.labels.is_some();
        let copied = Copy::of(read, disk, unknown, has_others).all(&letters, &sites)?;
        copied.data(self.clone(), false)
    }
}

/// The sequences that were copied so far.
struct Copy<'a> {
    options: &'a ReadOptions,
    disk: &'a DiskOptions,
    unknown: Unknown,
    rows: Option<SiteRows>,
    names: Option<CellsWriter>,
    survey: Survey,
    lines: Lines,
    /// The sequences that are kept.
    kept: Kept,
    /// Whether rows of another file belong to the sequences: which ones are kept is then remembered.
    has_others: bool,
    unknown_letters: usize,
    /// The first error of a letter; errors of lines come first.
    refused: Option<DataError>,
}

/// Rows of sites.
struct SiteRows {
    alignment: Alignment,
    coder: Coder,
    store: StoreWriter,
    symbols: Vec<u8>,
    units: Vec<f32>,
}

/// An alignment on disk.
struct Copied {
    rows: DiskRows,
    names: Option<CellsWriter>,
    summary: AlignmentSummary,
    weights: Result<Option<Vec<f32>>, DataError>,
    kept: Kept,
}

impl<'a> Copy<'a> {
    fn of(
        options: &'a ReadOptions,
        disk: &'a DiskOptions,
        unknown: Unknown,
        has_others: bool,
    ) -> Self {
        Self {
            options,
            disk,
            unknown,
            rows: None,
            names: None,
            survey: Survey::default(),
            lines: Lines::default(),
            kept: Kept::default(),
            has_others,
            unknown_letters: 0,
            refused: None,
        }
    }

    /// Copies all sequences; `sites` gives the alignment of so many sites.
    fn all(
        mut self,
        letters: &Letters,
        sites: &dyn Fn(usize) -> Result<Alignment, DataError>,
    ) -> Result<Copied, DataError> {
        let file = &self.options.source;
        let stream = SequenceStream::of(file, letters, Longest::of(self.disk.memory));
        stream.each(Stream::open(file)?, |stream, sequence| {
            if self.refused.is_none() && !sequence.letters.is_empty() {
                self.refused = self.add(stream, &sequence, sites).err();
            }
            Ok(())
        })?;
        if let Some(error) = self.refused {
            return Err(error);
        }
        let (file, count) = (file.clone(), self.kept.of);
        let Some(rows) = self.rows.filter(|_| self.survey.rows > 0) else {
            return Err(AlignmentError::AllDropped { file, count }.into());
        };
        let (alignment, width) = (rows.alignment, rows.units.len());
        let states = alignment.state_count();
        let summary = AlignmentSummary {
            sequences: self.survey.rows,
            inferred: false,
            dropped: count - self.survey.rows,
            unknown: self.unknown_letters,
            effective: None,
            alignment,
            file,
        };
        let (file, format) = rows.store.finish()?;
        DiskRows::check(&summary.file, &format, self.disk.memory)?;
        let site = |unit: usize| (unit / states + 1, None);
        let stored = Stored {
            file,
            format,
            gaps: self.survey.gaps,
            origin: self
                .lines
                .origin()
                .with_columns((0..width).map(site).collect()),
            names: None,
        };
        let rows = DiskRows::of(stored, Units::default(), self.disk.memory);
        let weights = self.options.weights.as_ref();
        let weights = weights
            .map(|text| read_weights(text, None, &rows, Some(&self.kept), Vec::new()))
            .transpose();
        Ok(Copied {
            rows,
            summary,
            names: self.names,
            weights,
            kept: self.kept,
        })
    }

    fn add(
        &mut self,
        stream: &SequenceStream<'_>,
        sequence: &Sequence,
        sites: &dyn Fn(usize) -> Result<Alignment, DataError>,
    ) -> Result<(), DataError> {
        let file = &self.options.source;
        let rows = match &mut self.rows {
            Some(rows) => rows,
            none => {
                let rows = SiteRows::of(
                    file,
                    sites(sequence.letters.len())?,
                    self.unknown,
                    self.disk,
                );
                if self.disk.carried {
                    let column = vec![("name".into(), 0)];
                    self.names = Some(CellsWriter::new(file, column, &self.disk.folder)?);
                }
                none.insert(rows?)
            }
        };
        let number = self.kept.of;
        self.kept.of += 1;
        rows.symbols.clear();
        match rows.coder.add(&sequence.letters, &mut rows.symbols) {
            Ok(true) => {}
            Ok(false) => return Ok(()),
            Err(fault) => {
                let place = stream.place(sequence, fault.site());
                return Err(fault.at(file, &rows.alignment, place).into());
            }
        }
        if self.has_others {
            self.kept.rows.push(number);
        }
        self.unknown_letters += unknown_symbols(&rows.symbols);
        self.lines.push(sequence.line as usize);
        rows.units.fill(0.0);
        set_units(&rows.symbols, rows.alignment.state_count(), &mut rows.units);
        self.survey.row(&Preparation::default(), &mut rows.units);
        rows.store.push(&rows.units)?;
        match &mut self.names {
            Some(names) => names.push(&[&sequence.name]),
            None => Ok(()),
        }
    }
}

impl SiteRows {
    fn of(
        file: &str,
        alignment: Alignment,
        unknown: Unknown,
        disk: &DiskOptions,
    ) -> Result<Self, DataError> {
        let units = alignment.units();
        if units > MOST_VALUES {
            let (file, rows) = (file.into(), 1);
            return Err(DataError::TooLarge { file, rows, units });
        }
        Ok(Self {
            coder: Coder::of(&alignment, unknown),
            store: StoreWriter::new(file, units, &disk.folder)?,
            symbols: Vec::with_capacity(alignment.sites),
            units: vec![0.0; units],
            alignment,
        })
    }
}

impl Copied {
    fn data(self, layout: Layout, inferred: bool) -> Result<DiskDraft, DataError> {
        let carried = self.names.map(CellsWriter::finish).transpose()?;
        let data = DiskDataset {
            rows: self.rows,
            layout,
            carried: carried.unwrap_or_default(),
            warnings: Vec::new(),
            alignment: Some(AlignmentSummary {
                inferred,
                ..self.summary
            }),
        };
        Ok(DiskDraft {
            data,
            weights: self.weights,
            kept: Some(self.kept),
        })
    }
}

#[cfg(test)]
mod tests;
