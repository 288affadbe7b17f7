//! Rows of files of columns, or of several files, that are copied to a temporary file.

use std::cell::RefCell;

use super::open::Opened;
use super::{Chosen, ReadOptions};
use crate::disk::{
    ColumnWeights, DataFile, DiskOptions, DiskRows, Encoding, RowFormat, StoreWriter, Stored,
    Survey, Units,
};
use crate::error::{DataError, FormatError};
use crate::layout::Layout;
use crate::position::{ColumnPlace, Origin, Position};
use crate::read::{
    ArrayHeader, ColumnRows, Columnar, Kind, SameColumns, Source, Stream, TextRows, refused_value,
};
use crate::table::ImageShape;

/// The rows that were copied so far, of one file after another.
pub(super) struct Copy<'a> {
    options: &'a ReadOptions,
    disk: &'a DiskOptions,
    /// The layout of a model whose columns are matched.
    model: Option<&'a Layout>,
    same: SameColumns,
    chosen: Option<Chosen>,
    places: Vec<ColumnPlace>,
    names: Option<Vec<String>>,
    image: Option<ImageShape>,
    files: usize,
    survey: Survey,
    weights: ColumnWeights,
    store: Option<StoreWriter>,
}

impl<'a> Copy<'a> {
    pub(super) fn of(
        options: &'a ReadOptions,
        disk: &'a DiskOptions,
        model: Option<&'a Layout>,
    ) -> Self {
        Self {
            options,
            disk,
            model,
            same: SameColumns::default(),
            chosen: None,
            places: Vec::new(),
            names: None,
            image: None,
            files: 0,
            survey: Survey::default(),
            weights: ColumnWeights::default(),
            store: None,
        }
    }

    /// Adds the rows of a file.
    pub(super) fn add(&mut self, file: &str, stream: Stream) -> Result<(), DataError> {
        match stream.kind() {
            Kind::Parquet | Kind::Arrow => self.add_columns(file, stream),
            Kind::Text => self.add_text(file, stream),
            Kind::Npy | Kind::Idx => self.add_array(file, stream),
            Kind::Npz | Kind::Fasta => Err(self.options.in_memory_only(
                "an archive or an alignment",
                "leave the memory limit (--memory) out",
            )),
        }?;
        self.files += 1;
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
        if chosen.choice.used.is_empty() {
            let file = self.options.source.clone();
            return Err(DataError::NoColumns { file });
        }
        Ok(self.chosen.insert(chosen))
    }

    /// Adds a row, and the text of its weight.
    fn push(&mut self, values: &mut [f32], weight: Option<&str>) -> Result<(), DataError> {
        self.survey.row(&self.options.preparation(), values);
        if let Some(weight) = weight {
            let number = weight.trim().parse().ok();
            self.weights.push(number, || weight.into());
        }
        let store = match &mut self.store {
            Some(store) => store,
            none => {
                let (source, folder) = (&self.options.source, &self.disk.folder);
                none.insert(StoreWriter::new(source, values.len(), folder)?)
            }
        };
        store.push(values)
    }

    fn add_columns(&mut self, file: &str, stream: Stream) -> Result<(), DataError> {
        let kind = stream.kind();
        let Some(opened) = stream.length().and_then(|_| stream.into_file()) else {
            return Err(self.options.in_memory_only(
                "a compressed file of columns",
                "decompress it, or leave the memory limit (--memory) out",
            ));
        };
        let source = Source::disk(DataFile::of(file, opened)?);
        let columns = Columnar::of(file, kind, source)?;
        let names = columns.names();
        let chosen = self.choose(file, Some(names), names.len())?;
        let (choice, weights) = (chosen.choice.clone(), chosen.weights);
        let missing = self.options.missing_values();
        let rows = ColumnRows::of(&columns, choice, weights.as_slice(), missing)?;
        (self.places, self.names) = (rows.places(), rows.used_names());
        rows.each(self.disk.memory, |values, cells| {
            self.push(values, cells.first().map(String::as_str))
        })?;
        Ok(())
    }

    fn add_text(&mut self, file: &str, stream: Stream) -> Result<(), DataError> {
        let (part, most) = super::convert::parts(self.disk);
        let missing = self.options.missing_values();
        let text = TextRows::of(file, stream, missing, part, most);
        let copy = RefCell::new(self);
        let choose = |names: Option<&[String]>, width: usize| {
            let mut copy = copy.borrow_mut();
            let chosen = copy.choose(file, names, width)?;
            Ok((chosen.choice.clone(), chosen.weights))
        };
        let header = text.each(choose, |row| {
            copy.borrow_mut().push(row.values, row.cell.as_deref())
        })?;
        let copy = copy.into_inner();
        (copy.places, copy.names) = (header.places, header.names);
        Ok(())
    }

    fn add_array(&mut self, file: &str, mut stream: Stream) -> Result<(), DataError> {
        let header = ArrayHeader::of(file, stream.kind(), stream.head(), stream.length())?;
        let format = RowFormat {
            encoding: Encoding::Numbers(header.decoder),
            start: 0,
            rows: header.rows,
            columns: header.columns,
        };
        // Before memory is allocated: the header may claim anything.
        DiskRows::check(file, &format, self.disk.memory)?;
        let chosen = self.choose(file, None, header.columns)?;
        let used: Vec<usize> = chosen.choice.used.iter().copied().flatten().collect();
        let (is_all, weights) = (chosen.choice.is_all(header.columns), chosen.weights);
        let image = header.image.filter(|_| is_all);
        self.image = match self.files {
            0 => image,
            _ => self.image.filter(|shape| image == Some(*shape)),
        };
        self.places = used.iter().map(|column| (column + 1, None)).collect();
        stream.fill(&mut vec![0; header.start])?;
        let (size, missing) = (header.decoder.size, self.options.missing_values());
        let row_bytes = format.row_bytes();
        let expected = header.start as u128 + row_bytes as u128 * header.rows as u128;
        let mut values = Vec::with_capacity(used.len());
        for row in 0..header.rows {
            // Memory for columns is allocated as they arrive.
            let bytes = stream.take(row_bytes)?;
            if bytes.len() < row_bytes {
                return Err(DataError::Format(FormatError::Truncated {
                    file: file.into(),
                    expected,
                    found: (header.start + row * row_bytes + bytes.len()) as u64,
                }));
            }
            let exact = |column: usize| (header.decoder.exact)(&bytes[column * size..][..size]);
            for column in 0..header.columns {
                let position = || Position::row(row + 1, column + 1);
                if let Some(error) = refused_value(file, exact(column), missing, position) {
                    return Err(error);
                }
            }
            values.clear();
            values.extend(used.iter().map(|&column| exact(column) as f32));
            let weight = weights.map(|column| (exact(column) as f32).to_string());
            self.push(&mut values, weight.as_deref())?;
        }
        match stream.count()? {
            0 => Ok(()),
            more => Err(DataError::Format(FormatError::TrailingBytes {
                file: file.into(),
                expected,
                found: expected as u64 + more,
            })),
        }
    }

    /// The copy.
    pub(super) fn finish(self) -> Result<Opened, DataError> {
        let file = &self.options.source;
        let (Some(store), Some(chosen)) = (self.store, self.chosen) else {
            return Err(DataError::Empty { file: file.clone() });
        };
        let (stored, format) = store.finish()?;
        DiskRows::check(file, &format, self.disk.memory)?;
        Ok(Opened {
            stored: Stored {
                file: stored,
                format,
                gaps: Default::default(),
                origin: Origin::default().with_columns(self.places),
                names: self.names,
            },
            units: Units::default(),
            survey: self.survey,
            chosen,
            weights: self.weights,
            image: self.image,
        })
    }
}
