//! Schemas: the columns of a table with categorical and numeric columns, and their units.

mod decode;
mod display;
mod encode;
mod file;
mod group;
mod notation;
mod observe;
mod partial;

use serde::{Deserialize, Serialize};

pub use group::{Group, GroupKind};
pub use notation::Notation;
pub use partial::PartialSchema;
pub(crate) use partial::inferred;

/// The columns of a table with categorical and numeric columns, and their encoding as units of a
/// model.
///
/// [`read_mixed`](crate::read_mixed) infers a schema from a file and encodes the file. The same
/// schema encodes other files in the same way, and [`decode`](Self::decode) turns units back into
/// cells. A schema is a TOML file ([`write`](Self::write), [`read`](Self::read)) or part of a
/// [`Layout`](crate::Layout) in the model file.
///
/// The units of a row are in another order than its columns, so that the units of each visible
/// layer are adjacent: see [`groups`](Self::groups).
///
/// ```
/// use paysage_data::{Column, ColumnKind, Notation, Schema};
///
/// let values = ["north", "south", "west"].map(String::from).to_vec();
/// let schema = Schema {
///     columns: vec![
///         Column {
///             name: "age".into(),
///             kind: ColumnKind::Real {
///                 mean: 40.0,
///                 deviation: 10.0,
///                 decimals: 0,
///                 notation: Notation::default(),
///             },
///         },
///         Column { name: "region".into(), kind: ColumnKind::Categorical { values } },
///     ],
/// };
/// assert_eq!(schema.units_of(0), 3..4);
/// assert_eq!(schema.decode(&[0.0, 1.0, 0.0, -0.5]), [["35", "south"]]);
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(into = "PartialSchema", try_from = "PartialSchema")]
pub struct Schema {
    /// The columns, in the order of the cells of a row.
    pub columns: Vec<Column>,
}

impl Schema {
    /// The names of the columns.
    pub fn names(&self) -> Vec<String> {
        self.columns
            .iter()
            .map(|column| column.name.clone())
            .collect()
    }
}

/// One column of a file.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    /// Its name in the header.
    pub name: String,
    /// Its kind.
    pub kind: ColumnKind,
}

/// Kind of a column.
#[derive(Clone, Debug, PartialEq)]
pub enum ColumnKind {
    /// One of two values: one unit, 0 or 1.
    Binary {
        /// The values encoded by 0 and by 1.
        values: [String; 2],
    },
    /// One of several values: one unit per value, exactly one of which is 1.
    Categorical {
        /// The value of each unit.
        values: Vec<String>,
    },
    /// A number `x`, standardised: one unit `(x − mean) / deviation`.
    Real {
        /// The mean.
        mean: f64,
        /// The standard deviation.
        deviation: f64,
        /// Number of decimals that are written.
        decimals: usize,
        /// How numbers are read and written.
        notation: Notation,
    },
}

/// The number that a cell holds, if it is finite as `f32`.
fn number(cell: &str) -> Option<f64> {
    let number: f64 = cell.parse().ok()?;
    (number as f32).is_finite().then_some(number)
}
