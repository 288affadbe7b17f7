//! The layout of a data set: how its columns become units of a model, and back.

mod agreement;
mod alignment;
mod assignment;
mod error;
mod ignored;
mod labels;
mod matching;
mod names;
mod open;
mod preparation;
mod read;
mod restore;

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

pub use error::LayoutError;
pub use ignored::{IgnoredColumn, Reason};
pub use labels::Labels;
pub use names::ColumnOfUnit;
pub use preparation::Preparation;
pub(crate) use preparation::{Range, are_binary};
pub use read::MatchOptions;
pub(crate) use read::check_rows;

use crate::alignment::Alignment;
use crate::schema::{GroupKind, Schema};
use crate::table::{ImageShape, MOST_VALUES};

/// The columns of the data that a model was trained on, and how they were prepared.
///
/// It is part of the model file. It prepares other data in the same way ([`read`](Self::read)),
/// names units ([`units_of`](Self::units_of), [`parse_assignment`](Self::parse_assignment)), and
/// turns units back into cells in the original columns and units of measurement
/// ([`restore`](Self::restore)).
///
/// The units of a row are those of the columns, then those of the labels.
///
/// ```
/// use paysage_data::ReadOptions;
///
/// let folder = tempfile::tempdir()?;
/// let path = folder.path().join("people.csv");
/// std::fs::write(&path, "age,weight\n31,70.5\n29,64.5\n")?;
/// let data = ReadOptions {
///     standardize: true,
///     ..ReadOptions::new(path.to_str().unwrap())
/// }
/// .read()?;
/// assert_eq!(data.table.row(0), [1.0, 1.0]);
///
/// let layout = data.layout;
/// assert_eq!(layout.units_of("weight")?, 1..2);
/// assert_eq!(layout.restore(&[-1.0, 0.0]), [["29", "67.5"]]);
/// assert_eq!(layout.parse_assignment("age=32")?, (0..1, vec![2.0]));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Layout {
    /// The columns that are modelled.
    pub columns: Columns,
    /// The classes of labels, one unit each, after the units of the columns.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub labels: Option<Labels>,
    /// How the values of [`Columns::Units`] were prepared.
    #[serde(default, skip_serializing_if = "Preparation::is_none")]
    pub preparation: Preparation,
    /// The shape of the image that a row is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<ImageShape>,
    /// Whether values were missing in the training data.
    #[serde(default)]
    pub missing: bool,
    /// The columns of the training file that are not modelled, in the order of the file.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ignored: Vec<IgnoredColumn>,
}

/// The columns of a data set that are modelled.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
pub enum Columns {
    /// One unit for each column of numbers.
    Units {
        /// Number of columns.
        count: usize,
        /// Names of the columns, where the file had a header.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        names: Option<Vec<String>>,
    },
    /// Categorical and numeric columns, encoded by a schema.
    Mixed(Schema),
    /// Sites of aligned sequences, one unit per letter.
    Alignment(Alignment),
}

/// Adjacent units of one kind: a visible layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnitGroup {
    /// Kind of the units; none for numbers without a schema, whose kind the user chooses.
    pub kind: Option<GroupKind>,
    /// Number of units.
    pub units: usize,
}

impl Layout {
    /// Unnamed columns of numbers that are the units themselves.
    #[must_use]
    pub fn units(count: usize) -> Self {
        Self::of(Columns::Units { count, names: None })
    }

    /// Columns without labels and preparation.
    #[must_use]
    pub fn of(columns: Columns) -> Self {
        Self {
            columns,
            labels: None,
            preparation: Preparation::default(),
            image: None,
            missing: false,
            ignored: Vec::new(),
        }
    }

    /// The schema of the columns, where they have one.
    #[must_use]
    pub fn schema(&self) -> Option<&Schema> {
        match &self.columns {
            Columns::Units { .. } | Columns::Alignment(_) => None,
            Columns::Mixed(schema) => Some(schema),
        }
    }

    /// Sites and alphabet, where the columns are those of an alignment.
    #[must_use]
    pub fn alignment(&self) -> Option<&Alignment> {
        match &self.columns {
            Columns::Alignment(alignment) => Some(alignment),
            Columns::Units { .. } | Columns::Mixed(_) => None,
        }
    }

    /// Number of visible units, those of labels included.
    #[must_use]
    pub fn unit_count(&self) -> usize {
        self.column_units() + self.classes()
    }

    /// Number of units of the columns, without those of labels.
    #[must_use]
    pub fn column_units(&self) -> usize {
        match &self.columns {
            Columns::Units { count, .. } => *count,
            Columns::Mixed(schema) => schema.units(),
            Columns::Alignment(alignment) => alignment.units(),
        }
    }

    /// Number of classes of the labels; 0 without labels.
    #[must_use]
    pub fn classes(&self) -> usize {
        self.labels
            .as_ref()
            .map_or(0, |labels| labels.classes.len())
    }

    /// The visible layers in the order of their units: those of the columns, then the labels.
    #[must_use]
    pub fn groups(&self) -> Vec<UnitGroup> {
        let mut groups = match &self.columns {
            Columns::Units { count, .. } => vec![UnitGroup {
                kind: None,
                units: *count,
            }],
            Columns::Mixed(schema) => {
                let group = |group: &crate::Group| UnitGroup {
                    kind: Some(group.kind),
                    units: group.units(),
                };
                schema.groups().iter().map(group).collect()
            }
            Columns::Alignment(alignment) => vec![UnitGroup {
                kind: Some(GroupKind::OneHot {
                    states: alignment.state_count(),
                }),
                units: alignment.units(),
            }],
        };
        if let Some(labels) = &self.labels {
            let states = labels.classes.len();
            groups.push(UnitGroup {
                kind: Some(GroupKind::OneHot { states }),
                units: states,
            });
        }
        groups
    }

    /// Checks that the parts of the layout fit one another, as after reading it from a file.
    ///
    /// # Errors
    ///
    /// [`LayoutError::Invalid`] with what is expected.
    pub fn check(&self) -> Result<(), LayoutError> {
        let invalid = |expected| Err(LayoutError::Invalid { expected });
        let is_prepared = matches!(self.columns, Columns::Units { .. });
        let distinct = |names: &[String]| {
            let set: HashSet<&String> = names.iter().collect();
            set.len() == names.len()
        };
        if let Columns::Units { count, names } = &self.columns {
            if !(1..=MOST_VALUES).contains(count) {
                return invalid("at least one column and at most 2147483648");
            }
            if let Some(names) = names
                && !(names.len() == *count && distinct(names))
            {
                return invalid("one distinct name for each column");
            }
        }
        let numbers: HashSet<usize> = self.ignored.iter().map(|column| column.number).collect();
        if numbers.contains(&0) || numbers.len() < self.ignored.len() {
            return invalid("distinct numbers from 1 of the columns that are not modelled");
        }
        if let Some(labels) = &self.labels
            && (labels.classes.is_empty() || !distinct(&labels.classes))
        {
            return invalid("at least one class, each with a distinct name");
        }
        let Preparation {
            scale,
            threshold,
            standardize,
        } = &self.preparation;
        if scale.is_some_and(|scale| scale == 0.0 || !scale.is_finite()) {
            return invalid("a finite scale other than 0");
        }
        if threshold.is_some_and(|threshold| !threshold.is_finite()) {
            return invalid("a finite threshold");
        }
        if !is_prepared && !self.preparation.is_none() {
            return invalid("no preparation beside a schema or an alignment");
        }
        if self
            .alignment()
            .is_some_and(|alignment| !alignment.is_valid())
        {
            return invalid(
                "at least one site and two distinct states of an alignment, and at most 2147483648 units",
            );
        }
        if let Some(moments) = standardize {
            let lengths = [moments.mean.len(), moments.std.len()];
            let sound = |std: &f64| std.is_finite() && *std > 0.0;
            let means = moments.mean.iter().all(|mean| mean.is_finite());
            if lengths != [self.column_units(); 2] || !means || !moments.std.iter().all(sound) {
                return invalid("a finite mean and a standard deviation above 0 for each column");
            }
        }
        match self.image {
            Some(image) if image.height.checked_mul(image.width) != Some(self.column_units()) => {
                invalid("an image of as many pixels as there are columns")
            }
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests;
