//! Training data: a table of units and the layout of its columns.

mod array_rows;
mod copy;
mod mixed;
mod mixed_rows;
mod open;

use std::collections::HashMap;

use crate::alignment::{AlignmentSummary, Alphabet, Gaps, Unknown};
use crate::error::{DataError, SchemaError};
use crate::layout::{Columns, IgnoredColumn, Labels, Layout, LayoutError, Preparation, Reason};
use crate::read::{
    CarriedColumn, Choice, Content, Missing, Numbers, check_distinct, marked, read_content,
};
use crate::rows::Rows;
use crate::schema::PartialSchema;
use crate::standardize::Standardizer;
use crate::table::{ImageShape, Table};
use crate::warning::Warning;
use crate::weights::{Kept, read_weights, weight_column};

pub(crate) use mixed_rows::encoded;
pub use open::DiskDataset;
use open::columns_of;
pub(crate) use open::{DiskDraft, Model};

/// Data that are ready for a model.
#[derive(Clone, Debug)]
pub struct Dataset {
    /// The units: those of the columns, then those of the labels.
    pub table: Table,
    /// How columns became units.
    pub layout: Layout,
    /// The columns that are not modelled, for outputs.
    pub carried: Vec<CarriedColumn>,
    /// What the user should know.
    pub warnings: Vec<Warning>,
    /// What was read from an alignment.
    pub alignment: Option<AlignmentSummary>,
}

/// Data that are being read.
pub(crate) struct Draft {
    pub(crate) data: Dataset,
    /// The rows of the file that are in the table, where some were left out.
    pub(crate) kept: Option<Kept>,
}

impl Draft {
    /// Leaves out rows of weight 0.
    pub(crate) fn finished(self) -> Dataset {
        let mut data = self.data;
        let (table, kept) = data.table.without_zeros();
        data.table = table;
        if let Some(kept) = kept {
            for column in &mut data.carried {
                let cells = kept.iter().map(|&row| column.cells[row].clone());
                column.cells = cells.collect();
            }
        }
        data
    }
}

/// Where the kinds of columns come from.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum SchemaSource {
    /// There is no schema: all columns are numbers.
    #[default]
    None,
    /// They are inferred from the data.
    Infer,
    /// A schema gives them; what it does not give is inferred from the data.
    Given(PartialSchema),
}

/// Settings for reading training data.
///
/// ```
/// use paysage_data::{ReadOptions, SchemaSource};
///
/// let folder = tempfile::tempdir()?;
/// let path = folder.path().join("people.csv");
/// std::fs::write(&path, "age,city,plan\n31.5,Ulm,A\n28,Ulm,B\n40,Ulm,B\n")?;
/// let data = ReadOptions {
///     schema: SchemaSource::Infer,
///     ..ReadOptions::new(path.to_str().unwrap())
/// }
/// .read()?;
/// assert_eq!(data.layout.names(), ["age", "plan"]);
/// assert!(data.warnings[0].to_string().contains("one value only: \"city\""));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ReadOptions {
    /// A path of a file, a folder or a pattern of files (`part-*.parquet`), or `builtin:NAME`.
    pub source: String,
    /// The name of an array of an `.npz` archive.
    pub array: Option<String>,
    /// Values are divided by this.
    pub scale: Option<f32>,
    /// Values above this become 1, others 0.
    pub threshold: Option<f32>,
    /// Whether columns of numbers are standardised. Real columns of a schema always are.
    pub standardize: bool,
    /// Where the kinds of columns come from.
    pub schema: SchemaSource,
    /// A path of labels, or `builtin:digits`: their classes become units after the columns.
    pub labels: Option<String>,
    /// Whether numbers and labels may be missing. Cells of a schema always may.
    pub missing: bool,
    /// Columns to leave out: names, or numbers from 1 where the file has no header.
    pub drop: Vec<String>,
    /// Columns to keep, all where it is empty: names, or numbers from 1 where the file has no
    /// header.
    pub columns: Vec<String>,
    /// The alphabet of an alignment; inferred from its letters where it is not given.
    pub alphabet: Option<Alphabet>,
    /// What a gap of an alignment is; a state where it is not given.
    pub gaps: Option<Gaps>,
    /// What is done with unknown letters of an alignment. Where it is not given, they are missing
    /// values where values may be [`missing`](Self::missing); otherwise their sequences are left out.
    pub unknown: Option<Unknown>,
    /// The identity threshold of the weights of aligned sequences
    /// ([`identity_weights`](crate::identity_weights)).
    pub reweight: Option<f64>,
    /// The weights of the rows: a column, by its name or its number from 1 where the file has no
    /// header, which is then not modelled; or a file of one number per row.
    pub weights: Option<String>,
}

impl ReadOptions {
    /// The data of a source, with no other setting.
    #[must_use]
    pub fn new(source: impl Into<String>) -> Self {
        Self {
            source: source.into(),
            ..Self::default()
        }
    }

    /// Checks the settings, without reading data.
    ///
    /// # Errors
    ///
    /// [`BadScale`](DataError::BadScale), [`BadThreshold`](DataError::BadThreshold), and
    /// [`Exclusive`](DataError::Exclusive) where one setting excludes another.
    pub fn check(&self) -> Result<(), DataError> {
        self.preparation().check()?;
        let exclusive = |first, second, reason| {
            Err(DataError::Exclusive {
                first,
                second,
                reason,
            })
        };
        let has_schema = self.schema != SchemaSource::None;
        let own_scale = "a schema has the scale of each column";
        match () {
            () if has_schema && self.scale.is_some() => exclusive("--schema", "--scale", own_scale),
            () if has_schema && self.threshold.is_some() => {
                exclusive("--schema", "--threshold", own_scale)
            }
            () if self.threshold.is_some() && self.standardize => exclusive(
                "--threshold",
                "standardisation",
                "values of 0 and 1 are not standardised",
            ),
            () if !self.drop.is_empty() && !self.columns.is_empty() => {
                exclusive("--drop", "--columns", "each of them selects the columns")
            }
            () if self.weights.is_some() && self.reweight.is_some() => {
                exclusive("--weights", "--reweight", "each of them gives the weights")
            }
            () => Ok(()),
        }
    }

    /// Reads the data and prepares them.
    ///
    /// # Errors
    ///
    /// Those of [`check`](Self::check), [`read`](crate::read()) and
    /// [`read_mixed`](crate::read_mixed); [`NothingLeft`](DataError::NothingLeft) where all values
    /// are equal after the preparation; [`LayoutError::AbsurdLabel`] for a label far above the
    /// number of rows.
    pub fn read(&self) -> Result<Dataset, DataError> {
        self.check()?;
        let Draft { mut data, kept } = match &self.schema {
            SchemaSource::None => self.rows()?,
            SchemaSource::Infer => self.mixed(None)?,
            SchemaSource::Given(schema) => self.mixed(Some(schema))?,
        };
        if let Some((labels, codes)) = self.classes(kept.as_ref(), &data.table)? {
            let name = data.layout.label_name();
            data.table = labels.append(&data.table, &name, &codes)?;
            data.layout.labels = Some(labels);
        }
        if data.layout.has_names() {
            data.table = data.table.with_names(data.layout.unit_names())?;
        }
        data.layout.missing = !data.table.is_complete();
        Ok(Draft { data, kept }.finished())
    }

    /// The classes of the labels, and the class of each row.
    fn classes(
        &self,
        kept: Option<&Kept>,
        rows: &dyn Rows,
    ) -> Result<Option<(Labels, Codes)>, DataError> {
        let Some(path) = &self.labels else {
            return Ok(None);
        };
        let cells = Kept::cells(kept, path, rows)?;
        let labels = Labels::of(&cells)?;
        let codes = labels.codes(&cells)?;
        match codes.iter().position(Option::is_none) {
            Some(row) if !self.missing => Err(cells.refused(row, true)),
            _ => Ok(Some((labels, codes))),
        }
    }

    fn preparation(&self) -> Preparation {
        Preparation {
            scale: self.scale,
            threshold: self.threshold,
            standardize: None,
        }
    }

    /// Rows without a schema: numbers, or an alignment.
    fn rows(&self) -> Result<Draft, DataError> {
        let missing = match self.missing {
            true => Missing::Allowed,
            false => Missing::Refused,
        };
        let array = self.array.as_deref();
        let chosen = std::cell::RefCell::new(None);
        let read = read_content(&self.source, array, missing, &|names, width| {
            let columns = self.chosen(names, width)?;
            let choice = columns.choice.clone();
            *chosen.borrow_mut() = Some(columns);
            Ok(choice)
        })?;
        let numbers = match read {
            Content::Sequences(sequences) => return self.alignment(&sequences),
            Content::Numbers(numbers) => numbers,
        };
        self.check_no_alignment()?;
        // The choice was made where the table was read.
        let Some(Chosen {
            ignored, weights, ..
        }) = chosen.into_inner()
        else {
            return Err(DataError::NoColumns {
                file: self.source.clone(),
            });
        };
        self.numbers(numbers, ignored, weights)
    }

    /// Which columns of a file of numbers are used.
    fn chosen(&self, names: Option<&[String]>, width: usize) -> Result<Chosen, DataError> {
        if let Some(names) = names {
            check_distinct(&self.source, names)?;
        }
        let weights = weight_column(self.weights.as_deref(), names, width);
        let mut kept = self.selected(names, width)?;
        kept.retain(|column| Some(*column) != weights);
        let is_kept = marked(width, kept.iter().copied());
        let dropped = (0..width).filter(|&column| !is_kept[column]);
        let reason = |column| match Some(column) == weights {
            true => Reason::Weights,
            false => Reason::Dropped,
        };
        let ignored = dropped.clone();
        let ignored = ignored.map(|column| dropped_column(names, column, reason(column)));
        Ok(Chosen {
            ignored: ignored.collect(),
            weights,
            choice: Choice {
                carried: dropped.collect(),
                used: kept.iter().copied().map(Some).collect(),
                ..Choice::default()
            },
        })
    }

    /// Which columns of a file of numbers are used: for a model, its columns.
    fn chosen_for(
        &self,
        model: Option<Model<'_>>,
        names: Option<&[String]>,
        width: usize,
    ) -> Result<Chosen, DataError> {
        let Some(model) = model else {
            return self.chosen(names, width);
        };
        let others = (model.absent, &self.drop[..]);
        let (choice, label) = model.units.choice(&self.source, names, width, others)?;
        model.label.set(label);
        // As in memory, by the name of a column that is carried through, which may be its number.
        let weights = self.weights.as_ref().and_then(|text| {
            let others = choice.carried.iter().copied();
            let others = columns_of(others.filter(|&column| Some(column) != label), names);
            let found = others.into_iter().find(|(name, _)| name == text);
            found.map(|(_, place)| place)
        });
        Ok(Chosen {
            weights,
            choice,
            // Those of the model are known.
            ignored: Vec::new(),
        })
    }

    /// The layout of numbers.
    fn layout_of(
        preparation: Preparation,
        (count, names): (usize, Option<&[String]>),
        image: Option<ImageShape>,
        ignored: Vec<IgnoredColumn>,
    ) -> Layout {
        let names = names.map(<[String]>::to_vec);
        Layout {
            preparation,
            image,
            ignored,
            ..Layout::of(Columns::Units { count, names })
        }
    }

    /// Prepares a table of numbers, with weights of this column or of a file.
    fn numbers(
        &self,
        read: Numbers,
        ignored: Vec<IgnoredColumn>,
        of_weights: Option<usize>,
    ) -> Result<Draft, DataError> {
        let columns = read.table.names().map(<[String]>::to_vec);
        let columns = columns.unwrap_or_default();
        let read = Numbers {
            table: self.weighted(read.table, &read.carried, of_weights, None, columns)?,
            ..read
        };
        let mut preparation = self.preparation();
        let prepared = preparation.apply(&read.table)?;
        preparation.check_left(&read.table, &prepared)?;
        let table = match self.standardize {
            false => prepared,
            true => {
                let moments = Standardizer::fit(&prepared);
                let table = moments.apply(&prepared)?;
                preparation.standardize = Some(moments);
                table
            }
        };
        let columns = (table.columns(), read.table.names());
        let layout = Self::layout_of(preparation, columns, table.image(), ignored);
        let data = Dataset {
            table,
            layout,
            carried: read.carried,
            warnings: Vec::new(),
            alignment: None,
        };
        Ok(Draft { data, kept: None })
    }

    /// The table with its weights: of a carried column, of a file, or none.
    pub(crate) fn weighted(
        &self,
        table: Table,
        carried: &[CarriedColumn],
        column: Option<usize>,
        kept: Option<&Kept>,
        columns: Vec<String>,
    ) -> Result<Table, DataError> {
        let Some(text) = &self.weights else {
            return Ok(table);
        };
        let column = carried.iter().find(|carried| Some(carried.place) == column);
        let weights = read_weights(text, column, &table, kept, columns)?;
        Ok(table.weighted(weights))
    }

    /// The columns of the file that are kept.
    fn selected(&self, names: Option<&[String]>, width: usize) -> Result<Vec<usize>, DataError> {
        let places: HashMap<&String, usize> = match self.drop.is_empty() && self.columns.is_empty()
        {
            true => return Ok((0..width).collect()),
            false => names.into_iter().flatten().zip(0..).collect(),
        };
        let place = |name: &String| match names {
            Some(names) => places.get(name).copied().ok_or_else(|| {
                DataError::Schema(SchemaError::NoSuchColumn {
                    file: self.source.clone(),
                    name: name.clone(),
                    known: names.to_vec(),
                })
            }),
            None => {
                let number = name.parse::<usize>().ok();
                let place = number.filter(|number| (1..=width).contains(number));
                let missing = || LayoutError::NoSuchNumber {
                    name: name.clone(),
                    count: width,
                };
                Ok(place.ok_or_else(missing)? - 1)
            }
        };
        let found = |names: &[String]| names.iter().map(place).collect::<Result<Vec<_>, _>>();
        let (dropped, wanted) = (found(&self.drop)?, found(&self.columns)?);
        let is_dropped = marked(width, dropped);
        let is_wanted = marked(width, wanted.iter().copied());
        let is_kept =
            |&column: &usize| !is_dropped[column] && (wanted.is_empty() || is_wanted[column]);
        Ok((0..width).filter(is_kept).collect())
    }
}

fn dropped_column(names: Option<&[String]>, column: usize, reason: Reason) -> IgnoredColumn {
    let number = column + 1;
    IgnoredColumn {
        name: names.map_or_else(|| number.to_string(), |names| names[column].clone()),
        number,
        reason,
    }
}

/// The class of each row; none where its label is missing.
type Codes = Vec<Option<usize>>;

/// Which columns of a file of numbers are used, and which are not.
struct Chosen {
    choice: Choice,
    ignored: Vec<IgnoredColumn>,
    /// The column of weights, from 0.
    weights: Option<usize>,
}

impl Chosen {
    /// Checks that a column of a file is used, after the file was read.
    fn check_any(&self, file: &str) -> Result<(), DataError> {
        match self.choice.used.is_empty() {
            true => Err(DataError::NoColumns { file: file.into() }),
            false => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests;
