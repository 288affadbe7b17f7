//! Training data that stay on disk.

use std::cell::Cell;
use std::io::{Seek, Write};

use super::array_rows::ArrayRows;
use super::copy::Copy;
use super::{Chosen, ReadOptions, SchemaSource};
use crate::alignment::{AlignmentError, AlignmentSummary};
use crate::disk::{
    CellsWriter, ColumnWeights, DataFile, DiskCells, DiskOptions, DiskRows, Encoding, RowFormat,
    RowLabels, Stored, Survey, Units, temporary, unwritable,
};
use crate::error::{DataError, DiskError};
use crate::layout::{Layout, Range, check_rows};
use crate::position::{Origin, Position};
use crate::read::{ArrayHeader, Kind, Missing, Stream, extract, no_archive, parts, path};
use crate::rows::{Order, Rows};
use crate::standardize::Standardizer;
use crate::table::ImageShape;
use crate::warning::Warning;
use crate::weights::{Kept, WeightsError, check_total, read_weights};

/// Number of bytes of rows that are checked at a time.
const BLOCK: usize = 1 << 20;

/// Data that stay on disk and are ready for a model.
#[derive(Clone, Debug)]
pub struct DiskDataset {
    /// The units of the columns.
    pub rows: DiskRows,
    /// How columns became units.
    pub layout: Layout,
    /// The columns that are not modelled, for outputs, where they are [asked for](DiskOptions::carried).
    pub carried: DiskCells,
    /// What the user should know.
    pub warnings: Vec<Warning>,
    /// What was read from an alignment.
    pub alignment: Option<AlignmentSummary>,
}

impl DiskDataset {
    /// The same data with weights of their rows, which are checked.
    pub(crate) fn weighted(self, weights: Option<Vec<f32>>) -> Self {
        match weights {
            None => self,
            Some(weights) => Self {
                rows: self.rows.weighted(weights),
                ..self
            },
        }
    }

    /// Leaves out rows of weight 0.
    pub(crate) fn finished(self) -> Self {
        let Self { rows, carried, .. } = self;
        let rows = rows.without_zeros();
        Self {
            carried: carried.of(&rows),
            rows,
            ..self
        }
    }
}

/// Data on disk that are being read.
pub(crate) struct DiskDraft {
    pub(crate) data: DiskDataset,
    /// The weights of the rows, which a model asks for after other checks.
    pub(crate) weights: Result<Option<Vec<f32>>, DataError>,
    /// The rows of the file that are rows of the data set, where some were left out.
    pub(crate) kept: Option<Kept>,
}

impl DiskDraft {
    /// Data without weights of another place, all of whose rows were kept.
    pub(crate) fn of(data: DiskDataset) -> Self {
        Self {
            data,
            weights: Ok(None),
            kept: None,
        }
    }
}

/// A model whose columns are matched.
#[derive(Clone, Copy)]
pub(crate) struct Model<'a> {
    pub(crate) layout: &'a Layout,
    /// The layout that columns of numbers are matched with.
    pub(crate) units: &'a Layout,
    /// How the values are standardised.
    pub(crate) standardize: Option<&'a Standardizer>,
    /// The column of labels that is found, from 0.
    pub(crate) label: &'a Cell<Option<usize>>,
    /// Columns of the model that the file need not have.
    pub(crate) absent: &'a [String],
    /// Whether all values must be 0 or 1: those of a file that was read before, and has no others.
    pub(crate) is_written: bool,
}

/// A file that was opened and whose values were checked.
pub(super) struct Opened {
    pub(super) stored: Stored,
    pub(super) units: Units,
    pub(super) survey: Survey,
    pub(super) chosen: Chosen,
    /// The names and the numbers, from 0, of the columns that can be carried through.
    pub(super) carried: Vec<(String, usize)>,
    pub(super) weights: ColumnWeights,
    pub(super) cells: Option<CellsWriter>,
    pub(super) image: Option<ImageShape>,
}

impl ReadOptions {
    /// Opens data that stay on disk, within a memory limit, and prepares them as they are read:
    /// bitwise the rows and the layout of [`read`](Self::read).
    ///
    /// Uncompressed NumPy arrays in C order and IDX images are read where they are. Text, files of columns
    /// (Parquet, Arrow IPC), HDF5 files, several files and files that are compressed are copied to a temporary file in [`folder`](DiskOptions::folder), as bits where
    /// all values are 0 or 1 after scale and threshold, otherwise as `f32`. One pass checks all values, so
    /// that errors are those of [`read`](Self::read); standardisation needs three more.
    ///
    /// The cells of columns with a schema are copied first, and their schema is inferred from the copy.
    ///
    /// An alignment is copied in two passes, of which the first one counts its letters.
    ///
    /// An array of an archive is copied, too.
    ///
    /// Built-in data sets, and alignments with weights by identity are read only into memory.
    ///
    /// # Errors
    ///
    /// Those of [`read`](Self::read); [`DiskError::InMemoryOnly`] for data that are read only into memory;
    /// [`DiskError::MemoryLimit`] for a limit that leaves no room for a pass.
    ///
    /// ```
    /// use paysage_data::{DiskOptions, ReadOptions, Rows, write_npy};
    ///
    /// let folder = tempfile::tempdir()?;
    /// let path = folder.path().join("gray.npy");
    /// write_npy(&path, 3, 2, &[0.0, 51.0, 102.0, 153.0, 204.0, 255.0])?;
    /// let options = ReadOptions {
    ///     scale: Some(255.0),
    ///     threshold: Some(0.5),
    ///     ..ReadOptions::new(path.to_str().unwrap())
    /// };
    /// let data = options.open(&DiskOptions::default())?;
    /// let (training, validation) = data.rows.split(0.3, 0)?;
    /// assert_eq!((training.count(), validation.count()), (2, 1));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn open(&self, disk: &DiskOptions) -> Result<DiskDataset, DataError> {
        let DiskDraft {
            data,
            weights,
            kept,
        } = self.open_for(disk, None)?;
        let mut data = data.weighted(weights?);
        if let Some((labels, codes)) = self.classes(kept.as_ref(), &data.rows)? {
            let name = data.layout.label_name();
            let codes = codes.into_iter().map(RowLabels::code).collect();
            let classes = RowLabels::of(name, labels.classes.len(), codes);
            data.rows = data.rows.labelled(classes);
            data.layout.labels = Some(labels);
            data.layout.missing = !data.rows.is_complete();
        }
        Ok(data.finished())
    }

    /// Opens the data of a new model, or those of this one, with rows of weight 0.
    pub(crate) fn open_for(
        &self,
        disk: &DiskOptions,
        model: Option<Model<'_>>,
    ) -> Result<DiskDraft, DataError> {
        self.check()?;
        if self.source.starts_with("builtin:") {
            let remedy = "leave the memory limit (--memory) out";
            return Err(self.in_memory_only("a built-in data set", remedy));
        }
        match &self.schema {
            SchemaSource::None => self.open_rows(disk, model),
            SchemaSource::Infer => self.open_mixed(disk, None).map(DiskDraft::of),
            SchemaSource::Given(schema) => self.open_mixed(disk, Some(schema)).map(DiskDraft::of),
        }
    }

    /// Opens rows without a schema: numbers, or an alignment.
    fn open_rows(
        &self,
        disk: &DiskOptions,
        model: Option<Model<'_>>,
    ) -> Result<DiskDraft, DataError> {
        let opened = match parts(&self.source)? {
            Some(_) if self.array.is_some() => {
                return Err(no_archive(&self.source, self.array.as_deref()));
            }
            Some(parts) => {
                let mut copy = Copy::of(self, disk, model);
                for part in &parts {
                    copy.add(part, Stream::open(part)?)?;
                }
                copy.finish()
            }
            None => {
                let stream = Stream::open(&self.source)?;
                if self.array.is_some() && stream.kind() != Kind::Npz {
                    return Err(no_archive(&self.source, self.array.as_deref()));
                }
                if stream.kind() == Kind::Fasta {
                    return match model {
                        None => self.open_alignment(stream, disk),
                        Some(_) => Err(no_sequences(&self.source)),
                    };
                }
                self.open_file(stream, disk, model)
            }
        }?;
        self.check_no_alignment()?;
        self.opened(opened, disk, model)
    }

    /// Opens values of 0 and 1 that a model with a threshold has written: they are taken as they are.
    fn open_written(&self, disk: &DiskOptions, model: Model<'_>) -> Result<DiskDraft, DataError> {
        if !path(&self.source).is_file() && parts(&self.source)?.is_none() {
            return Err(self.in_memory_only(
                "values of 0 and 1 from a pipe for a model with a threshold",
                "leave the memory limit (--memory) out",
            ));
        }
        let plain = Self {
            scale: None,
            threshold: None,
            ..self.clone()
        };
        let standardize = None;
        plain.open_rows(
            disk,
            Some(Model {
                standardize,
                is_written: true,
                ..model
            }),
        )
    }

    /// Opens a file of numbers, and checks all values.
    fn open_file(
        &self,
        stream: Stream,
        disk: &DiskOptions,
        model: Option<Model<'_>>,
    ) -> Result<Opened, DataError> {
        match (stream.kind(), stream.length()) {
            (Kind::Npz, _) => self.open_archive(stream, disk, model),
            (Kind::Npy | Kind::Idx, Some(length)) => self.open_array(stream, length, disk, model),
            _ => {
                let mut copy = Copy::alone(self, disk, model);
                copy.add(&self.source, stream)?;
                copy.finish()
            }
        }
    }

    pub(crate) fn in_memory_only(&self, what: &'static str, remedy: &'static str) -> DataError {
        let file = self.source.clone();
        DiskError::InMemoryOnly { file, what, remedy }.into()
    }

    /// Opens an array of an archive, which is copied to a temporary file.
    fn open_archive(
        &self,
        stream: Stream,
        disk: &DiskOptions,
        model: Option<Model<'_>>,
    ) -> Result<Opened, DataError> {
        let name = &self.source;
        let Some(archive) = stream.length().and_then(|_| stream.into_file()) else {
            return Err(self.in_memory_only(
                "a compressed archive",
                "decompress it, or leave the memory limit (--memory) out",
            ));
        };
        let archive = DataFile::of(name, archive)?;
        let folder = &disk.folder;
        let mut copy = temporary(folder).map_err(|source| unwritable(folder, source))?;
        let extracted = extract(name, &archive, self.array.as_deref(), &mut |part| {
            let written = copy.write_all(part);
            written.map_err(|source| unwritable(folder, source))
        });
        archive.check()?;
        extracted?;
        let mut copy = copy
            .into_inner()
            .map_err(|error| unwritable(folder, error.into_error()))?;
        copy.rewind().map_err(|source| unwritable(folder, source))?;
        let stream = Stream::of(name, copy)?;
        let length = stream.length().unwrap_or_default();
        // It is an array, whatever its beginning looks like.
        ArrayHeader::of(name, Kind::Npy, stream.head(), Some(length))?;
        self.open_array(stream, length, disk, model)
    }

    pub(super) fn missing_values(&self) -> Missing {
        match self.missing {
            true => Missing::Allowed,
            false => Missing::Refused,
        }
    }

    /// Opens an array whose rows can be read in any order, and checks all values in one pass.
    fn open_array(
        &self,
        stream: Stream,
        length: u64,
        disk: &DiskOptions,
        model: Option<Model<'_>>,
    ) -> Result<Opened, DataError> {
        let name = &self.source;
        let header = ArrayHeader::of(name, stream.kind(), stream.head(), Some(length))?;
        let format = RowFormat {
            encoding: Encoding::Numbers(header.decoder),
            start: header.start as u64,
            rows: header.rows,
            columns: header.columns,
        };
        DiskRows::check(name, &format, disk.memory)?;
        let Some(file) = stream.into_file() else {
            return Err(self.in_memory_only("a compressed file", "decompress it"));
        };
        let file = DataFile::of(name, file)?;
        if file.length() != length {
            return Err(file.changed());
        }
        let chosen = self.chosen_for(model, None, header.columns)?;
        let mut rows = ArrayRows::of(name, &header, &chosen, self.missing_values());
        let carried = columns_of(chosen.choice.carried.iter().copied(), None);
        let mut cells = cells_of(name, &carried, disk)?;
        let preparation = self.preparation();
        let (mut survey, mut weights) = (Survey::default(), ColumnWeights::default());
        let size = format.row_bytes();
        let at_once = (BLOCK / size).clamp(1, format.rows);
        let mut block = vec![0; at_once * size];
        for first in (0..format.rows).step_by(at_once) {
            let count = at_once.min(format.rows - first);
            let block = &mut block[..count * size];
            file.read(format.offset(first), block)?;
            file.check()?;
            for bytes in block.chunks_exact(size) {
                let (values, weight) = rows.next(bytes)?;
                weights.push_number(weight);
                survey.row(&preparation, values);
                if let Some(cells) = &mut cells {
                    cells.push(&rows.carried())?;
                }
            }
        }
        chosen.check_any(name)?;
        let origin = match rows.places() {
            Some(places) => Origin::default().with_columns(places),
            None => Origin::default(),
        };
        Ok(Opened {
            stored: Stored {
                file,
                format,
                gaps: Default::default(),
                origin,
                names: None,
            },
            image: header.image.filter(|_| rows.columns.is_none()),
            units: Units {
                columns: rows.columns,
                preparation,
            },
            survey,
            chosen,
            carried,
            weights,
            cells,
        })
    }

    /// Weights, checks of the preparation, standardisation and layout of what was opened, for a new model or
    /// this one.
    pub(super) fn opened(
        &self,
        opened: Opened,
        disk: &DiskOptions,
        model: Option<Model<'_>>,
    ) -> Result<DiskDraft, DataError> {
        let Opened {
            mut stored,
            units,
            survey,
            chosen,
            carried,
            weights,
            cells,
            image,
        } = opened;
        if model.is_some_and(|model| model.is_written) && survey.has_other_values {
            let file = self.source.clone();
            return Err(DiskError::Changed { file }.into());
        }
        let names = stored.names.clone();
        let names = names.as_deref();
        stored.gaps = survey.gaps;
        let missing = !stored.gaps.is_empty();
        let mut rows = DiskRows::of(stored, units, disk.memory);
        let known = match model {
            Some(model) if model.layout.has_names() => {
                let is_other = |(_, place): &&(String, usize)| Some(*place) != model.label.get();
                carried.iter().filter(is_other).map(name_of).collect()
            }
            Some(_) => Vec::new(),
            None => names.map(<[String]>::to_vec).unwrap_or_default(),
        };
        let column = chosen.weights;
        let column = carried.iter().find(|(_, place)| Some(*place) == column);
        let mut weights = self.disk_weights(&rows, column, weights, known);
        if model.is_none() {
            if let Some(weights) = weights? {
                rows = rows.weighted(weights);
            }
            weights = Ok(None);
        }
        if let Some((row, column, value)) = survey.overflow {
            return Err(not_finite(&rows, row, column, value));
        }
        let mut preparation = self.preparation();
        if model.is_none() {
            preparation.check_ranges(&self.source, survey.before, survey.after)?;
        }
        let moments = match model {
            Some(model) => model.standardize.cloned(),
            None if self.standardize => Some(Standardizer::fit_rows(&rows)?),
            None => None,
        };
        let mut after = survey.after;
        if let Some(moments) = moments {
            preparation.standardize = Some(moments.clone());
            rows = rows.standardized(moments);
            after = checked_range(&rows)?;
        }
        // As Preparation::apply_again does in memory.
        let is_lost = !Range::is_constant(survey.before) && Range::is_constant(after);
        match model.filter(|_| is_lost) {
            Some(model) if self.threshold.is_some() && !survey.has_other_values => {
                // The temporary copies of the values and of the cells are made again.
                drop((rows, cells, weights));
                return self.open_written(disk, model);
            }
            Some(_) if survey.rows > 1 => {
                preparation.check_ranges(&self.source, survey.before, after)?;
            }
            _ => {}
        }
        let layout = match model {
            Some(model) => model.layout.clone(),
            None => {
                let columns = (rows.columns(), names);
                let layout = Self::layout_of(preparation, columns, image, chosen.ignored);
                Layout { missing, ..layout }
            }
        };
        let carried = cells.map(CellsWriter::finish).transpose()?;
        let data = DiskDataset {
            carried: carried.unwrap_or_default(),
            rows,
            layout,
            warnings: Vec::new(),
            alignment: None,
        };
        Ok(DiskDraft {
            weights,
            ..DiskDraft::of(data)
        })
    }

    /// The weights of all rows, of a column or of a file; `known` are the columns that may have them.
    fn disk_weights(
        &self,
        rows: &DiskRows,
        column: Option<&(String, usize)>,
        weights: ColumnWeights,
        known: Vec<String>,
    ) -> Result<Option<Vec<f32>>, DataError> {
        let Some(text) = &self.weights else {
            return Ok(None);
        };
        let Some((name, place)) = column else {
            return Ok(Some(read_weights(text, None, rows, None, known)?));
        };
        check_rows(name, weights.values.len(), rows)?;
        if let Some((row, value)) = weights.invalid {
            let number = place + 1;
            let position = Position {
                column: number,
                name: (*name != number.to_string()).then(|| name.clone()),
                ..rows.position(row, 0)
            };
            return Err(WeightsError::Invalid {
                file: self.source.clone(),
                position,
                value,
            }
            .into());
        }
        check_total(&weights.values, &self.source)?;
        Ok(Some(weights.values))
    }
}

/// The error that a model of numbers is given an alignment.
fn no_sequences(file: &str) -> DataError {
    let (file, expected) = (file.into(), Some("as the model was trained on"));
    AlignmentError::NoTable { file, expected }.into()
}

/// The names and the numbers, from 0, of these columns.
pub(super) fn columns_of(
    places: impl Iterator<Item = usize>,
    names: Option<&[String]>,
) -> Vec<(String, usize)> {
    let name = |place: usize| match names {
        Some(names) => names[place].clone(),
        None => (place + 1).to_string(),
    };
    places.map(|place| (name(place), place)).collect()
}

fn name_of((name, _): &(String, usize)) -> String {
    name.clone()
}

/// A file for the cells of columns that are carried through; nothing where there are none, or they are not asked for.
pub(super) fn cells_of(
    source: &str,
    columns: &[(String, usize)],
    disk: &DiskOptions,
) -> Result<Option<CellsWriter>, DataError> {
    match disk.carried && !columns.is_empty() {
        true => CellsWriter::new(source, columns.to_vec(), &disk.folder).map(Some),
        false => Ok(None),
    }
}

/// The range of the values, none of which became too large.
fn checked_range(rows: &DiskRows) -> Result<Option<Range>, DataError> {
    let columns = rows.columns();
    let size = (BLOCK / (size_of::<f32>() * columns)).max(1);
    let mut range = None;
    for chunk in rows.chunks(Order::Stored, size) {
        let chunk = chunk?;
        if let Some(place) = chunk.values.iter().position(|x| x.is_infinite()) {
            let row = chunk.positions[place / columns];
            return Err(not_finite(rows, row, place % columns, chunk.values[place]));
        }
        range = Range::extended(range, &chunk.values);
    }
    Ok(range)
}

fn not_finite(rows: &DiskRows, row: usize, column: usize, value: f32) -> DataError {
    DataError::NotFinite {
        file: rows.source().into(),
        position: rows.position(row, column),
        value: f64::from(value),
    }
}
