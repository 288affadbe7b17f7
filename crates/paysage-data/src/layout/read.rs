//! Data of an existing model.

use std::cell::Cell;

use super::alignment::check_no_reweighting;
use super::matching::{Allowed, Matched};
use super::{Columns, Labels, Layout, LayoutError};
use crate::alignment::{AlignmentSummary, Unknown};
use crate::dataset::{Dataset, Draft, SchemaSource};
use crate::error::{DataError, SchemaError};
use crate::read::{CarriedColumn, Cells, Content, LabelCells, Missing, read_content};
use crate::rows::{CHUNK, Chunk, Order, Rows};
use crate::table::Table;
use crate::weights::{Kept, read_weights, weight_column};

/// Settings for reading data of an existing model, with [`Layout::read`].
///
/// Only the source is needed: the layout prepares the data as in training. What is given besides
/// must agree with the layout.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MatchOptions {
    /// A path, or `builtin:NAME`.
    pub source: String,
    /// The name of an array of an `.npz` archive.
    pub array: Option<String>,
    /// A path of labels, or `builtin:digits`.
    pub labels: Option<String>,
    /// A divisor of the values: an error unless the model was trained with it.
    pub scale: Option<f32>,
    /// A threshold of the values: an error unless the model was trained with it.
    pub threshold: Option<f32>,
    /// Whether columns are standardised: an error unless the model was trained so.
    pub standardize: Option<bool>,
    /// A schema: an error unless the model was trained with it.
    pub schema: SchemaSource,
    /// Whether values and labels may be missing, also where none was missing in training.
    pub missing: bool,
    /// Columns that may be absent from the file, such as those to predict: their units are NaN.
    /// The name of the labels ([`Layout::label_name`]) may be among them.
    pub absent: Vec<String>,
    /// Columns of the file that the model does not have: they are carried through.
    pub drop: Vec<String>,
    /// What is done with unknown letters of an alignment; as in training where it is not given.
    pub unknown: Option<Unknown>,
    /// The weights of the rows: a column, or a file of one number per row. A column of weights of the
    /// training data alone is carried through.
    pub weights: Option<String>,
    /// The identity threshold of the weights of aligned sequences.
    pub reweight: Option<f64>,
}

impl MatchOptions {
    /// The data of a source, with no other setting.
    #[must_use]
    pub fn new(source: impl Into<String>) -> Self {
        Self {
            source: source.into(),
            ..Self::default()
        }
    }
}

impl Layout {
    /// Reads data and prepares them as those that the model was trained on.
    ///
    /// Columns are matched by name where both the file and the model have names: another order is
    /// put in order, and missing or unknown names are an error. Columns that training left out are
    /// recognised and carried through. Files without names are matched by their order.
    ///
    /// The labels come from [`labels`](MatchOptions::labels), from a column named `label` or a
    /// last column, or from trailing units of an array; they are missing otherwise.
    ///
    /// # Errors
    ///
    /// Those of [`read`](crate::read); [`LayoutError::Columns`] and [`LayoutError::Width`] where
    /// columns do not match; [`LayoutError::Contradiction`] for a setting that is not that of the
    /// model; [`LayoutError::MissingValue`] and [`LayoutError::LabelsNeeded`].
    ///
    /// ```
    /// use paysage_data::{MatchOptions, ReadOptions};
    ///
    /// let folder = tempfile::tempdir()?;
    /// let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    /// std::fs::write(path("train.csv"), "a,b\n0,255\n255,0\n")?;
    /// std::fs::write(path("test.csv"), "b,a\n255,0\n")?;
    /// let options = ReadOptions { scale: Some(255.0), ..ReadOptions::new(path("train.csv")) };
    /// let layout = options.read()?.layout;
    ///
    /// let test = layout.read(&MatchOptions::new(path("test.csv")))?;
    /// assert_eq!(test.table.values(), [0.0, 1.0]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn read(&self, options: &MatchOptions) -> Result<Dataset, DataError> {
        self.check_options(options)?;
        let Found {
            table,
            mut carried,
            matched,
            alignment,
            kept,
        } = self.read_columns(options)?;
        let kept = kept.as_ref();
        let table = self.with_label_units(table, &mut carried, &matched, options, kept)?;
        self.check_complete(&table, options)?;
        let table = match self.has_names() {
            true => table.with_names(self.unit_names())?,
            false => table,
        };
        let table = match self.image {
            Some(image) if self.labels.is_none() => table.with_image(image)?,
            _ => table,
        };
        let table = match &options.weights {
            None => table,
            Some(text) => {
                let column = carried.iter().find(|column| is_of_weights(column, text));
                let columns = match self.has_names() {
                    true => carried.iter().map(|column| column.name.clone()).collect(),
                    false => Vec::new(),
                };
                let weights = read_weights(text, column, &table, kept, columns)?;
                table.weighted(weights)
            }
        };
        let data = Dataset {
            table,
            layout: self.clone(),
            carried,
            warnings: Vec::new(),
            alignment,
        };
        let kept = None;
        Ok(Draft { data, kept }.finished())
    }

    /// The prepared units of the columns, followed by those of labels where the file has them.
    fn read_columns(&self, options: &MatchOptions) -> Result<Found, DataError> {
        let source = &options.source;
        let drop = options.drop.iter().chain(&options.weights);
        let drop: Vec<String> = drop.cloned().collect();
        let allowed = Allowed {
            absent: &options.absent,
            drop: &drop,
        };
        if let Columns::Mixed(schema) = &self.columns {
            check_no_reweighting(source, options.reweight)?;
            match Cells::read(source) {
                // Units that a program has made for the model.
                Err(DataError::Schema(SchemaError::NotMixed { .. })) => {}
                cells => {
                    let cells = cells?;
                    let names = Some(&cells.names[..]);
                    let matched = self.matched(source, names, cells.names.len(), allowed)?;
                    let carried = cells.carried(&matched.choice.carried);
                    let table = schema.encode(&cells, &options.absent)?;
                    return Ok(Found::of(table, carried, matched));
                }
            }
        }
        let matched = Cell::new(None);
        let array = options.array.as_deref();
        let read = read_content(source, array, Missing::Allowed, &|names, width| {
            let found = self.as_units().matched(source, names, width, allowed)?;
            let choice = found.choice.clone();
            matched.set(Some(found));
            Ok(choice)
        })?;
        let read = match read {
            Content::Sequences(sequences) => return self.read_sequences(&sequences, options),
            Content::Numbers(numbers) => numbers,
        };
        check_no_reweighting(source, options.reweight)?;
        // The choice was made where the table was read.
        let Some(matched) = matched.into_inner() else {
            return Err(DataError::NoColumns {
                file: source.clone(),
            });
        };
        let table = match (&self.columns, matched.has_label_units) {
            (Columns::Mixed(_) | Columns::Alignment(_), _) => read.table,
            (Columns::Units { .. }, false) => self.preparation.apply_again(&read.table)?,
            (Columns::Units { .. }, true) => {
                let (columns, labels) = read.table.divided(self.column_units())?;
                self.preparation.apply_again(&columns)?.beside(&labels)?
            }
        };
        Ok(Found::of(table, read.carried, matched))
    }

    /// The layout of an array of units.
    pub(super) fn as_units(&self) -> Self {
        match &self.columns {
            Columns::Units { .. } => self.clone(),
            Columns::Mixed(_) | Columns::Alignment(_) => Self {
                labels: self.labels.clone(),
                ..Self::units(self.column_units())
            },
        }
    }

    fn with_label_units(
        &self,
        table: Table,
        carried: &mut Vec<CarriedColumn>,
        matched: &Matched,
        options: &MatchOptions,
        kept: Option<&Kept>,
    ) -> Result<Table, DataError> {
        let Some(labels) = &self.labels else {
            return Ok(table);
        };
        let rows = table.rows();
        let column = matched.label.and_then(|label| {
            let index = carried.iter().position(|column| column.place == label)?;
            Some(carried.remove(index))
        });
        let codes = match (&options.labels, column) {
            (Some(path), _) => {
                let cells = Kept::cells(kept, path, &table)?;
                self.codes(labels, &cells, options)?
            }
            (None, Some(column)) => {
                self.codes(labels, &LabelCells::of_column(&table, column), options)?
            }
            (None, None) if matched.has_label_units => return Ok(table),
            (None, None) => {
                self.check_unlabelled(labels, options)?;
                vec![None; rows]
            }
        };
        let table = match matched.has_label_units {
            true => table.divided(self.column_units())?.0,
            false => table,
        };
        let table = match self.has_names() && table.names().is_none() {
            true => table.with_names(self.unit_names()[..self.column_units()].to_vec())?,
            false => table,
        };
        labels.append(&table, &self.label_name(), &codes)
    }

    /// Checks that labels may be absent.
    pub(super) fn check_unlabelled(
        &self,
        labels: &Labels,
        options: &MatchOptions,
    ) -> Result<(), LayoutError> {
        match options.missing || options.absent.contains(&self.label_name()) {
            true => Ok(()),
            false => Err(LayoutError::LabelsNeeded {
                file: options.source.clone(),
                classes: labels.classes.len(),
            }),
        }
    }

    /// The class of each row; none where a label may be missing, and is.
    pub(super) fn codes(
        &self,
        labels: &Labels,
        cells: &LabelCells,
        options: &MatchOptions,
    ) -> Result<Vec<Option<usize>>, DataError> {
        let codes = labels.codes(cells)?;
        match codes.iter().position(Option::is_none) {
            Some(row) if !self.may_miss_labels(options) => Err(cells.refused(row, true)),
            _ => Ok(codes),
        }
    }

    /// Whether the label of a row may be missing.
    pub(super) fn may_miss_labels(&self, options: &MatchOptions) -> bool {
        let is_absent = options.absent.contains(&self.label_name());
        options.missing || self.missing || is_absent
    }

    /// Checks that no value is missing, except in columns that may be absent.
    pub(super) fn check_complete(
        &self,
        rows: &dyn Rows,
        options: &MatchOptions,
    ) -> Result<(), DataError> {
        let is_allowed = options.missing || self.missing || self.misses_sites(options.unknown);
        if is_allowed || rows.is_complete() {
            return Ok(());
        }
        let mut may_miss = vec![false; self.unit_count()];
        for name in &options.absent {
            may_miss[self.units_of(name)?].fill(true);
        }
        for chunk in rows.chunks(Order::Stored, CHUNK) {
            let Chunk { values, positions } = chunk?;
            let mut values = values.iter().zip(may_miss.iter().cycle());
            if let Some(place) = values.position(|(x, may)| x.is_nan() && !may) {
                let (row, unit) = (positions[place / may_miss.len()], place % may_miss.len());
                return Err(LayoutError::MissingValue {
                    file: rows.source().into(),
                    position: rows.position(row, unit),
                }
                .into());
            }
        }
        Ok(())
    }
}

/// The units of the columns, and what else was found in a file.
pub(super) struct Found {
    pub(super) table: Table,
    pub(super) carried: Vec<CarriedColumn>,
    pub(super) matched: Matched,
    pub(super) alignment: Option<AlignmentSummary>,
    /// The rows of the file that are in the table, where some were left out.
    pub(super) kept: Option<Kept>,
}

impl Found {
    fn of(table: Table, carried: Vec<CarriedColumn>, matched: Matched) -> Self {
        Self {
            table,
            carried,
            matched,
            alignment: None,
            kept: None,
        }
    }
}

/// Whether a column is that of the weights.
fn is_of_weights(column: &CarriedColumn, text: &str) -> bool {
    let names = [column.name.clone()];
    weight_column(Some(text), Some(&names), 1).is_some()
}

/// Checks that there are as many labels as rows.
pub(crate) fn check_rows(labels: &str, found: usize, table: &dyn Rows) -> Result<(), DataError> {
    match found == table.count() {
        true => Ok(()),
        false => Err(DataError::RowCount {
            file: labels.into(),
            found,
            other: table.source().into(),
            expected: table.count(),
        }),
    }
}
