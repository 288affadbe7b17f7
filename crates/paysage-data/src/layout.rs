//! How the columns of a data set become units of a model, and back.

use serde::{Deserialize, Serialize};

use crate::schema::Schema;
use crate::standardize::Standardizer;
use crate::table::ImageShape;

/// The columns of the data that a model was trained on, and how they were prepared: all that is
/// needed to prepare other data in the same way and to write samples in the original columns and
/// units.
///
/// It is kept in the model file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Layout {
    /// The columns.
    pub columns: Columns,
    /// The classes of labels, one-hot units after those of the columns.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub labels: Option<Labels>,
    /// What was done to the values of [`Columns::Units`].
    #[serde(default)]
    pub preparation: Preparation,
    /// The shape of the image that a row holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<ImageShape>,
    /// Whether values may be missing.
    #[serde(default)]
    pub missing: bool,
}

/// The columns of a data set.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Columns {
    /// One unit for each column of numbers.
    Units {
        /// Number of columns.
        count: usize,
        /// The names of the columns, where the file had a header.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        names: Option<Vec<String>>,
    },
    /// Categorical and numeric columns, encoded by a schema.
    Mixed(Schema),
}

/// The classes of labels.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Labels {
    /// The names of the classes, in the order of their units.
    pub classes: Vec<String>,
}

/// What is done to numbers before they become units, in this order.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Preparation {
    /// Values are divided by this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scale: Option<f32>,
    /// Values above this become 1, others 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub threshold: Option<f32>,
    /// Columns are brought to mean 0 and standard deviation 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub standardize: Option<Standardizer>,
}

impl Layout {
    /// Unnamed columns of numbers that are the units themselves.
    #[must_use]
    pub fn units(count: usize) -> Self {
        Self {
            columns: Columns::Units { count, names: None },
            labels: None,
            preparation: Preparation::default(),
            image: None,
            missing: false,
        }
    }

    /// Number of visible units, those of labels included.
    #[must_use]
    pub fn unit_count(&self) -> usize {
        let columns = match &self.columns {
            Columns::Units { count, .. } => *count,
            Columns::Mixed(schema) => schema.units(),
        };
        columns
            + self
                .labels
                .as_ref()
                .map_or(0, |labels| labels.classes.len())
    }
}
