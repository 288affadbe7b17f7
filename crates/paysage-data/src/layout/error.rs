//! Errors of data that do not match the layout of a model.

use crate::error::{counted, listed, shortened};
use crate::position::Position;

/// How data, or the name of a column, do not match the layout of a model.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum LayoutError {
    /// The columns of a file are not those of the model.
    #[error("{file}: the columns are not those of the model: {}", difference(.missing, .unknown))]
    Columns {
        /// The file.
        file: String,
        /// Columns of the model that the file does not have.
        missing: Vec<String>,
        /// Columns of the file that the model does not have.
        unknown: Vec<String>,
    },
    /// The number of columns is not that of the model.
    #[error("{file}: has {}, expected {expected} as the model has", counted(.found, "column"))]
    Width {
        /// The file.
        file: String,
        /// Its number of columns.
        found: usize,
        /// The number of columns of the model.
        expected: usize,
    },
    /// The number of sites of an alignment is not that of the model.
    #[error("{file}: has {}, expected {expected} as the model has", counted(.found, "aligned site"))]
    Sites {
        /// The file.
        file: String,
        /// Its number of sites.
        found: usize,
        /// The number of sites of the model.
        expected: usize,
    },
    /// The model was trained with labels, and the data have none.
    #[error(
        "{file}: has no labels, but the model was trained with labels of {classes} classes; give \
         --labels"
    )]
    LabelsNeeded {
        /// The file.
        file: String,
        /// The number of classes.
        classes: usize,
    },
    /// Labels were given, but the model was trained without.
    #[error("{labels}: the model was trained without labels; leave --labels out")]
    NoLabels {
        /// The source of the labels.
        labels: String,
    },
    /// A label is no class of the model.
    #[error(
        "{file}: {position}: the label {} is not a class of the model; the classes are {}",
        shortened(.value), listed(.known)
    )]
    UnknownClass {
        /// The source of the labels.
        file: String,
        /// The position of the label.
        position: Position,
        /// The label.
        value: String,
        /// The classes of the model.
        known: Vec<String>,
    },
    /// A label is so large that it must be a mistake.
    #[error(
        "{file}: {position}: the label {value} asks for {value} classes, more than {limit}; give \
         the labels as class names or as codes from 0"
    )]
    AbsurdLabel {
        /// The source of the labels.
        file: String,
        /// The position of the label.
        position: Position,
        /// The label.
        value: usize,
        /// The largest label for this number of rows.
        limit: usize,
    },
    /// A value is missing, but the model was trained on complete data.
    #[error(
        "{file}: {position}: the value is missing, but the model was trained on complete rows; \
         fill in missing values first (paysage impute)"
    )]
    MissingValue {
        /// The file.
        file: String,
        /// The position of the value.
        position: Position,
    },
    /// An option contradicts the model.
    #[error(
        "{setting} is {given}, but the model was trained with {model}; leave the option out to \
         prepare the data as in training"
    )]
    Contradiction {
        /// The option.
        setting: &'static str,
        /// Its value as given.
        given: String,
        /// Its value in the model.
        model: String,
    },
    /// The model has no column of this name.
    #[error("no column {}; the columns are {}", shortened(.name), listed(.known))]
    NoSuchColumn {
        /// The name as given.
        name: String,
        /// The columns of the model.
        known: Vec<String>,
    },
    /// The model has no column of this number.
    #[error("no column {}; the columns have no names: give a number from 1 to {count}", shortened(.name))]
    NoSuchNumber {
        /// The number as given.
        name: String,
        /// The number of columns.
        count: usize,
    },
    /// An assignment is not `COLUMN=VALUE`.
    #[error("{}: expected COLUMN=VALUE, such as smoker=no", shortened(.text))]
    NotAnAssignment {
        /// The assignment as given.
        text: String,
    },
    /// A column is assigned two values.
    #[error("column {}: has two values; give one", shortened(.name))]
    AssignedTwice {
        /// The name of the column.
        name: String,
    },
    /// A column cannot have this value.
    #[error("column {}: expected {expected}, got {}", shortened(.name), shortened(.value))]
    BadValue {
        /// The name of the column.
        name: String,
        /// The value as given.
        value: String,
        /// What is expected.
        expected: String,
    },
    /// The parts of a layout do not fit one another.
    #[error("the layout in the model file is not valid: expected {expected}")]
    Invalid {
        /// What is expected.
        expected: &'static str,
    },
}

fn difference(missing: &[String], unknown: &[String]) -> String {
    let mut parts = Vec::new();
    if !missing.is_empty() {
        parts.push(format!("missing {}", listed(missing)));
    }
    if !unknown.is_empty() {
        parts.push(format!(
            "unknown {} (leave them out with --drop)",
            listed(unknown)
        ));
    }
    parts.join("; ")
}
