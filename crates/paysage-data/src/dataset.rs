//! Training data: a table of units and the layout of its columns.

use crate::error::{DataError, FormatError, SchemaError};
use crate::layout::{
    Columns, IgnoredColumn, Labels, Layout, LayoutError, Preparation, Reason, check_rows,
};
use crate::read::{
    CarriedColumn, Cells, Choice, Missing, check_distinct, label_cells, read_numbers,
};
use crate::schema::{PartialSchema, inferred};
use crate::standardize::Standardizer;
use crate::table::Table;
use crate::warning::Warning;

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
    /// A path, or `builtin:NAME`.
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
        let mut data = match &self.schema {
            SchemaSource::None => self.numbers()?,
            SchemaSource::Infer => self.mixed(None)?,
            SchemaSource::Given(schema) => self.mixed(Some(schema))?,
        };
        if let Some(path) = &self.labels {
            let cells = label_cells(path, Some(data.table.rows()))?;
            check_rows(path, cells.cells.len(), &data.table)?;
            let labels = Labels::of(&cells)?;
            let codes = labels.codes(&cells)?;
            if let Some(row) = codes.iter().position(Option::is_none)
                && !self.missing
            {
                return Err(cells.refused(row, true));
            }
            let name = data.layout.label_name();
            data.table = labels.append(&data.table, &name, &codes)?;
            data.layout.labels = Some(labels);
        }
        if data.layout.has_names() {
            data.table = data.table.with_names(data.layout.unit_names())?;
        }
        data.layout.missing = !data.table.is_complete();
        Ok(data)
    }

    fn preparation(&self) -> Preparation {
        Preparation {
            scale: self.scale,
            threshold: self.threshold,
            standardize: None,
        }
    }

    fn numbers(&self) -> Result<Dataset, DataError> {
        let missing = match self.missing {
            true => Missing::Allowed,
            false => Missing::Refused,
        };
        let ignored = std::cell::RefCell::new(Vec::new());
        let array = self.array.as_deref();
        let read = read_numbers(&self.source, array, missing, &|names, width| {
            if let Some(names) = names {
                check_distinct(&self.source, names)?;
            }
            let kept = self.selected(names, width)?;
            let dropped = (0..width).filter(|column| !kept.contains(column));
            *ignored.borrow_mut() = dropped
                .clone()
                .map(|column| dropped_column(names, column, Reason::Dropped))
                .collect();
            Ok(Choice {
                carried: dropped.collect(),
                used: kept.iter().copied().map(Some).collect(),
            })
        })?;
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
        let columns = Columns::Units {
            count: table.columns(),
            names: read.table.names().map(<[String]>::to_vec),
        };
        let layout = Layout {
            preparation,
            image: table.image(),
            ignored: ignored.into_inner(),
            ..Layout::of(columns)
        };
        Ok(Dataset {
            table,
            layout,
            carried: read.carried,
            warnings: Vec::new(),
        })
    }

    fn mixed(&self, schema: Option<&PartialSchema>) -> Result<Dataset, DataError> {
        if let Some(array) = &self.array {
            return Err(DataError::Format(FormatError::NotAnArchive {
                file: self.source.clone(),
                array: array.clone(),
            }));
        }
        let cells = Cells::read(&self.source)?;
        let names = Some(&cells.names[..]);
        let mut kept = self.selected(names, cells.names.len())?;
        let mut warnings = Vec::new();
        let mut reasons = vec![Reason::Dropped; cells.names.len()];
        let schema = match schema {
            Some(schema) => {
                let columns = schema.names().map(|name| cells.column(name));
                let columns: Vec<usize> = columns.collect::<Result<_, _>>()?;
                if let Some(column) = columns.iter().find(|column| !kept.contains(column)) {
                    return Err(DataError::Schema(SchemaError::NoSuchColumn {
                        file: self.source.clone(),
                        name: cells.names[*column].clone(),
                        known: kept
                            .iter()
                            .map(|&column| cells.names[column].clone())
                            .collect(),
                    }));
                }
                kept = columns;
                schema.completed(&cells)?
            }
            None => {
                let (schema, left_out) = inferred(&cells, &kept)?;
                kept.retain(|column| left_out.iter().all(|(other, _)| other != column));
                for &(column, reason) in &left_out {
                    reasons[column] = reason;
                }
                warnings = Warning::of(&self.source, &cells.names, &left_out);
                schema
            }
        };
        let table = schema.encode(&cells, &[])?;
        let dropped: Vec<usize> = (0..reasons.len()).filter(|c| !kept.contains(c)).collect();
        let ignored = dropped
            .iter()
            .map(|&c| dropped_column(names, c, reasons[c]));
        let layout = Layout {
            ignored: ignored.collect(),
            ..Layout::of(Columns::Mixed(schema))
        };
        Ok(Dataset {
            table,
            layout,
            carried: cells.carried(&dropped),
            warnings,
        })
    }

    /// The columns of the file that are kept.
    fn selected(&self, names: Option<&[String]>, width: usize) -> Result<Vec<usize>, DataError> {
        let place = |name: &String| match names {
            Some(names) => names.iter().position(|other| other == name).ok_or_else(|| {
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
        let places = |names: &[String]| names.iter().map(place).collect::<Result<Vec<_>, _>>();
        let (dropped, wanted) = (places(&self.drop)?, places(&self.columns)?);
        let is_kept = |column: &usize| {
            !dropped.contains(column) && (wanted.is_empty() || wanted.contains(column))
        };
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

#[cfg(test)]
mod tests;
