//! Training data that are copied to a temporary file of rows: texts, compressed files, files of columns, and
//! several files.

use std::cell::RefCell;

use super::array_rows::ArrayRows;
use super::open::{Model, Opened, cells_of, columns_of};
use super::{Chosen, ReadOptions};
use crate::alignment::AlignmentError;
use crate::disk::{
    CellsWriter, ColumnWeights, DataFile, DiskOptions, DiskRows, Encoding, RowFormat, StoreWriter,
    Stored, Survey, Units,
};
use crate::error::{DataError, FormatError};
use crate::layout::Preparation;
use crate::position::{ColumnPlace, FileOfSet, Lines, Origin};
use crate::read::{
    ArrayHeader, ColumnRows, Columnar, Decoder, Hdf5, Kind, SameColumns, Share, Source, Stream,
    TextRows, part_sizes,
};
use crate::table::ImageShape;

/// The rows that were copied so far, of one file after another.
pub(super) struct Copy<'a> {
    options: &'a ReadOptions,
    disk: &'a DiskOptions,
    /// The layout of a model whose columns are matched.
    model: Option<Model<'a>>,
    preparation: Preparation,
    /// Bytes of a part of a text, and the most of them.
    parts: (usize, usize),
    same: SameColumns,
    chosen: Option<Chosen>,
    places: Option<Vec<ColumnPlace>>,
    names: Option<Vec<String>>,
    image: Option<ImageShape>,
    files: Vec<FileOfSet>,
    survey: Survey,
    weights: ColumnWeights,
    store: Option<StoreWriter>,
    /// The columns that can be carried through.
    carried: Vec<(String, usize)>,
    /// The cells that are carried through, where they are asked for.
    cells: Option<CellsWriter>,
    /// The lines of a text, where it is the only file.
    lines: Option<Lines>,
}

impl<'a> Copy<'a> {
    /// Of several files, whose rows are counted together.
    pub(super) fn of(
        options: &'a ReadOptions,
        disk: &'a DiskOptions,
        model: Option<Model<'a>>,
    ) -> Self {
        Self {
            options,
            disk,
            model,
            preparation: options.preparation(),
            parts: part_sizes(disk.memory),
            same: SameColumns::default(),
            chosen: None,
            places: None,
            names: None,
            image: None,
            files: Vec::new(),
            survey: Survey::default(),
            weights: ColumnWeights::default(),
            store: None,
            carried: Vec::new(),
            cells: None,
            lines: None,
        }
    }

    /// Of one file, of which a text has lines.
    pub(super) fn alone(
        options: &'a ReadOptions,
        disk: &'a DiskOptions,
        model: Option<Model<'a>>,
    ) -> Self {
        Self {
            lines: Some(Lines::default()),
            ..Self::of(options, disk, model)
        }
    }

    /// Adds the rows of a file.
    pub(super) fn add(&mut self, file: &str, stream: Stream) -> Result<(), DataError> {
        let before = self.survey.rows;
        match stream.kind() {
            Kind::Parquet | Kind::Arrow => self.add_columns(file, stream),
            Kind::Text => self.add_text(file, stream),
            Kind::Hdf5 => self.add_hdf5(file, stream),
            Kind::Npy | Kind::Idx => self.add_array(file, stream),
            Kind::Npz => Err(self.options.in_memory_only(
                "an archive in a set of files",
                "leave the memory limit (--memory) out",
            )),
            Kind::Fasta => {
                let (file, expected) = (file.into(), Some("of numbers"));
                Err(AlignmentError::NoTable { file, expected }.into())
            }
        }?;
        let path = file.into();
        self.files.push(FileOfSet { path, before });
        Ok(())
    }

    /// Which columns of a file are used; the same ones in every file.
    fn choose(
        &mut self,
        file: &str,
        names: Option<&[String]>,
        width: usize,
    ) -> Result<&Chosen, DataError> {
        self.same.check(file, names, width)?;
        let chosen = self.options.chosen_for(self.model, names, width)?;
        Ok(self.chosen.insert(chosen))
    }

    /// Checks that a column of the file that was read is used.
    fn check_any(&self, file: &str) -> Result<(), DataError> {
        self.chosen
            .as_ref()
            .map_or(Ok(()), |chosen| chosen.check_any(file))
    }

    /// Adds a row.
    fn push(&mut self, values: &mut [f32]) -> Result<(), DataError> {
        if values.is_empty() {
            return Ok(());
        }
        self.survey.row(&self.preparation, values);
        let store = match &mut self.store {
            Some(store) => store,
            none => {
                let (source, folder) = (&self.options.source, &self.disk.folder);
                none.insert(StoreWriter::new(source, values.len(), folder)?)
            }
        };
        store.push(values)
    }

    /// The columns whose cells are read besides the values: that of the weights first, and those that are
    /// carried through.
    fn cell_columns(
        &mut self,
        names: Option<&[String]>,
        has_cells: impl Fn(usize) -> bool,
    ) -> Result<Vec<usize>, DataError> {
        let Some(chosen) = &mut self.chosen else {
            return Ok(Vec::new());
        };
        if self.files.is_empty() {
            let carried = chosen.choice.carried.iter().copied();
            self.carried = columns_of(carried.filter(|&column| has_cells(column)), names);
            self.cells = cells_of(&self.options.source, &self.carried, self.disk)?;
        }
        // What the first file has, the others need.
        let has_weights = |column: &usize| self.carried.iter().any(|(_, place)| place == column);
        let weights = chosen.weights.filter(has_weights);
        chosen.weights = weights;
        let carried = self.cells.iter().flat_map(CellsWriter::places);
        Ok(weights.into_iter().chain(carried).collect())
    }

    /// Adds these cells of a row.
    fn push_cells(&mut self, cells: &[String]) -> Result<(), DataError> {
        let weights = self.chosen.as_ref().and_then(|chosen| chosen.weights);
        let (weight, carried) = cells.split_at(usize::from(weights.is_some()));
        self.weights.push_cell(weight.first().map(String::as_str));
        match &mut self.cells {
            Some(cells) => cells.push(carried),
            None => Ok(()),
        }
    }

    /// A file whose parts are read where they are; `what` it is where that cannot be.
    fn in_place(
        &self,
        file: &str,
        stream: Stream,
        what: &'static str,
    ) -> Result<Source, DataError> {
        match stream.length().and_then(|_| stream.into_file()) {
            Some(opened) => Ok(Source::disk(DataFile::of(file, opened)?)),
            None => Err(self.options.in_memory_only(
                what,
                "decompress it, or leave the memory limit (--memory) out",
            )),
        }
    }

    fn add_columns(&mut self, file: &str, stream: Stream) -> Result<(), DataError> {
        let kind = stream.kind();
        let source = self.in_place(file, stream, "a compressed file of columns")?;
        let columns = Columnar::of(file, kind, source)?;
        let names = columns.names();
        let choice = self.choose(file, Some(names), names.len())?.choice.clone();
        let cells = self.cell_columns(Some(names), |column| columns.has_cells(column))?;
        columns.check_chosen(&choice, self.carried.iter().map(|(_, place)| *place))?;
        let missing = self.options.missing_values();
        let rows = ColumnRows::of(&columns, choice, &cells, missing)?;
        (self.places, self.names) = (Some(rows.places()), rows.used_names());
        rows.each(Share::whole(self.disk.memory), |values, cells| {
            self.push_cells(cells)?;
            self.push(values)
        })?;
        self.check_any(file)
    }

    fn add_text(&mut self, file: &str, stream: Stream) -> Result<(), DataError> {
        let (part, most) = self.parts;
        let missing = self.options.missing_values();
        let text = TextRows::of(file, stream, missing, part, most);
        let copy = RefCell::new(self);
        let choose = |names: Option<&[String]>, width: usize| {
            let mut copy = copy.borrow_mut();
            let choice = copy.choose(file, names, width)?.choice.clone();
            Ok((choice, copy.cell_columns(names, |_| true)?))
        };
        let header = text.each(choose, |row| {
            let mut copy = copy.borrow_mut();
            copy.push_cells(&row.cells)?;
            if let Some(lines) = &mut copy.lines {
                lines.push(row.line);
            }
            copy.push(row.values)
        })?;
        let copy = copy.into_inner();
        (copy.places, copy.names) = (Some(header.places), header.names);
        copy.check_any(file)
    }

    fn add_array(&mut self, file: &str, mut stream: Stream) -> Result<(), DataError> {
        let added = self.add_array_rows(file, &mut stream);
        // Whatever is wrong with the rows of a file that changed.
        stream.check()?;
        added
    }

    fn add_array_rows(&mut self, file: &str, stream: &mut Stream) -> Result<(), DataError> {
        let header = ArrayHeader::of(file, stream.kind(), stream.head(), stream.length())?;
        let format = |decoder| RowFormat {
            encoding: Encoding::Numbers(decoder),
            start: 0,
            rows: header.rows,
            columns: header.columns,
        };
        // Before memory is allocated: the header may claim anything.
        DiskRows::check(file, &format(header.decoder), self.disk.memory)?;
        DiskRows::check(file, &format(Decoder::SINGLE), self.disk.memory)?;
        stream.fill(&mut vec![0; header.start])?;
        let size = format(header.decoder).row_bytes();
        let expected = header.start as u128 + size as u128 * header.rows as u128;
        let truncated = |row: usize, read: usize| {
            DataError::Format(FormatError::Truncated {
                file: file.into(),
                expected,
                found: (header.start + row * size + read) as u64,
            })
        };
        // Columns take memory only where a first row has as many values.
        let mut bytes = stream.take(size)?;
        if bytes.len() < size {
            return Err(truncated(0, bytes.len()));
        }
        let missing = self.options.missing_values();
        let chosen = self.choose(file, None, header.columns)?;
        let mut rows = ArrayRows::of(file, &header, chosen, missing);
        self.begin_array(&header, &rows)?;
        for row in 0..header.rows {
            if row > 0 {
                let read = stream.fill(&mut bytes)?;
                if read < size {
                    return Err(truncated(row, read));
                }
            }
            self.push_array(&mut rows, &bytes)?;
        }
        match stream.count()? {
            0 => self.check_any(file),
            more => Err(DataError::Format(FormatError::TrailingBytes {
                file: file.into(),
                expected,
                found: expected as u64 + more,
            })),
        }
    }

    fn add_hdf5(&mut self, file: &str, stream: Stream) -> Result<(), DataError> {
        let source = self.in_place(file, stream, "a compressed HDF5 file")?;
        let hdf5 = Hdf5::of(file, source, self.disk.memory)?;
        let header = hdf5.header()?;
        let format = RowFormat {
            encoding: Encoding::Numbers(Decoder::SINGLE),
            start: 0,
            rows: header.rows,
            columns: header.columns,
        };
        DiskRows::check(hdf5.name(), &format, self.disk.memory)?;
        let missing = self.options.missing_values();
        let chosen = self.choose(file, None, header.columns)?;
        let mut rows = ArrayRows::of(hdf5.name(), &header, chosen, missing);
        self.begin_array(&header, &rows)?;
        let mut bytes = Vec::with_capacity(header.columns * header.decoder.size);
        hdf5.each(&mut |part| {
            for row in part.chunks_exact(header.columns) {
                bytes.clear();
                bytes.extend(row.iter().flat_map(|number| number.0.to_le_bytes()));
                self.push_array(&mut rows, &bytes)?;
            }
            Ok(())
        })?;
        self.check_any(hdf5.name())
    }

    /// Sets the image that a row is, where it is one in every file, the places of the columns, and those that are
    /// carried through.
    fn begin_array(&mut self, header: &ArrayHeader, rows: &ArrayRows<'_>) -> Result<(), DataError> {
        self.cell_columns(None, |_| true)?;
        let image = header.image.filter(|_| rows.columns.is_none());
        self.image = match self.files.is_empty() {
            true => image,
            false => self.image.filter(|shape| image == Some(*shape)),
        };
        self.places = rows.places();
        Ok(())
    }

    /// Adds the next row of an array from its bytes.
    fn push_array(&mut self, rows: &mut ArrayRows<'_>, bytes: &[u8]) -> Result<(), DataError> {
        let (values, weight) = rows.next(bytes)?;
        self.weights.push_number(weight);
        self.push(values)?;
        match &mut self.cells {
            Some(cells) => cells.push(&rows.carried()),
            None => Ok(()),
        }
    }

    /// The copy.
    pub(super) fn finish(self) -> Result<Opened, DataError> {
        let source = &self.options.source;
        let (Some(store), Some(chosen)) = (self.store, self.chosen) else {
            let file = source.clone();
            return Err(DataError::Empty { file });
        };
        let (file, format) = store.finish()?;
        DiskRows::check(source, &format, self.disk.memory)?;
        let origin = match self.lines {
            Some(lines) => lines.origin(),
            None => Origin::default().with_files(self.files),
        };
        let origin = match self.places {
            Some(places) => origin.with_columns(places),
            None => origin,
        };
        Ok(Opened {
            stored: Stored {
                file,
                format,
                gaps: Default::default(),
                origin,
                names: self.names,
            },
            units: Units::default(),
            survey: self.survey,
            chosen,
            carried: self.carried,
            weights: self.weights,
            cells: self.cells,
            image: self.image,
        })
    }
}

#[cfg(test)]
mod tests;
