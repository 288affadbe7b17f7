//! What the columns of a file hold, and the units that stand for them.

mod decode;
mod display;
mod encode;
mod file;
mod group;
mod observe;
mod partial;

use serde::{Deserialize, Serialize};

pub use group::{Group, GroupKind};
pub use partial::PartialSchema;

/// The columns of a file of mixed kinds, and all that it takes to turn their cells into units of a
/// model and back.
///
/// [`read_mixed`](crate::read_mixed) makes one from a file, and with it the table of units. Kept
/// beside a trained model as TOML ([`write`](Self::write), [`read`](Self::read)), it encodes other
/// files as the first one was, and [`decode`](Self::decode)s what the model makes up.
///
/// The units of a row stand in another order than its columns, so that each layer of a model has
/// its units side by side: see [`groups`](Self::groups).
///
/// ```
/// use paysage_data::{Column, ColumnKind, Schema};
///
/// let values = ["north", "south", "west"].map(String::from).to_vec();
/// let schema = Schema {
///     columns: vec![
///         Column {
///             name: "age".into(),
///             kind: ColumnKind::Real { mean: 40.0, deviation: 10.0, decimals: 0 },
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
    /// The columns, in the order in which their cells are written.
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
    /// What it holds.
    pub kind: ColumnKind,
}

/// What a column holds.
#[derive(Clone, Debug, PartialEq)]
pub enum ColumnKind {
    /// One of two values: a unit that is 0 or 1.
    Binary {
        /// What 0 and 1 stand for.
        values: [String; 2],
    },
    /// One of several values: as many units, of which one is 1.
    Categorical {
        /// What each unit stands for.
        values: Vec<String>,
    },
    /// A number `x`: a unit that is `(x − mean) / deviation`.
    Real {
        /// What becomes 0.
        mean: f64,
        /// What becomes 1, above the mean.
        deviation: f64,
        /// How many digits after the point are written.
        decimals: usize,
    },
}

/// The number that a cell holds, if it holds one that fits in `f32`.
fn number(cell: &str) -> Option<f64> {
    let number: f64 = cell.parse().ok()?;
    (number as f32).is_finite().then_some(number)
}
