//! Preparation of numbers: scale, threshold, standardisation.

use serde::{Deserialize, Serialize};

use crate::error::DataError;
use crate::scale::scale;
use crate::standardize::Standardizer;
use crate::table::Table;
use crate::threshold::threshold;

/// How numbers become units, in this order.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Preparation {
    /// Values are divided by this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scale: Option<f32>,
    /// Values above this become 1, others 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub threshold: Option<f32>,
    /// The mean of each column is subtracted, and the result divided by its standard deviation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub standardize: Option<Standardizer>,
}

impl Preparation {
    /// Whether nothing is done.
    #[must_use]
    pub fn is_none(&self) -> bool {
        *self == Self::default()
    }

    /// Prepares a table of numbers.
    ///
    /// # Errors
    ///
    /// Those of [`scale`](crate::scale) and [`Standardizer::apply`], and
    /// [`BadThreshold`](DataError::BadThreshold).
    pub fn apply(&self, table: &Table) -> Result<Table, DataError> {
        self.check()?;
        let mut prepared = table.clone();
        if let Some(by) = self.scale {
            prepared = scale(&prepared, by)?;
        }
        if let Some(at) = self.threshold {
            prepared = threshold(&prepared, at);
        }
        match &self.standardize {
            Some(moments) => moments.apply(&prepared),
            None => Ok(prepared),
        }
    }

    /// Prepares data of an existing model.
    ///
    /// Where the model was trained with a threshold, a table of 0 and 1 alone that the threshold
    /// would make constant was written by a model: it is taken as it is.
    ///
    /// # Errors
    ///
    /// As for [`apply`](Self::apply), and [`NothingLeft`](DataError::NothingLeft) where different
    /// values of several rows become equal.
    pub(super) fn apply_again(&self, table: &Table) -> Result<Table, DataError> {
        let prepared = self.apply(table)?;
        let is_constant = |table: &Table| range(table).is_none_or(|(low, high)| low == high);
        if is_constant(table) || !is_constant(&prepared) {
            return Ok(prepared);
        }
        let is_binary = table
            .values()
            .iter()
            .all(|x| x.is_nan() || *x == 0.0 || *x == 1.0);
        match self.threshold {
            Some(_) if is_binary => Ok(table.clone()),
            _ if table.rows() == 1 => Ok(prepared),
            _ => self.check_left(table, &prepared).map(|()| prepared),
        }
    }

    /// Checks that the settings are numbers that do something.
    pub(crate) fn check(&self) -> Result<(), DataError> {
        match (self.scale, self.threshold) {
            (Some(scale), _) if scale == 0.0 || !scale.is_finite() => {
                Err(DataError::BadScale { scale })
            }
            (_, Some(threshold)) if !threshold.is_finite() => {
                Err(DataError::BadThreshold { threshold })
            }
            _ => Ok(()),
        }
    }

    /// Checks that scale and threshold leave more than one value.
    pub(crate) fn check_left(&self, before: &Table, after: &Table) -> Result<(), DataError> {
        let (Some((low, high)), Some((value, largest))) = (range(before), range(after)) else {
            return Ok(());
        };
        if value != largest || (self.scale.is_none() && self.threshold.is_none()) {
            return Ok(());
        }
        let step = |name, value: Option<f32>| value.map(|value| format!("{name} {value}"));
        let steps = [
            step("--scale", self.scale),
            step("--threshold", self.threshold),
        ];
        let steps: Vec<String> = steps.into_iter().flatten().collect();
        let advice = match self.threshold {
            _ if low == high => "the values of the data are all equal".into(),
            None => "use a smaller --scale".into(),
            Some(_) if low >= 0.0 && high <= 1.0 => "use --threshold 0.5 without --scale".into(),
            Some(_) if low >= 0.0 && high <= 255.0 && high > 1.0 => {
                "for images of 0 to 255 use --scale 255 --threshold 0.5, or --threshold 127".into()
            }
            Some(_) => format!("use a threshold between {low} and {high}, without --scale"),
        };
        Err(DataError::NothingLeft {
            file: before.source().into(),
            value,
            steps: steps.join(" "),
            low,
            high,
            advice,
        })
    }

    /// The unit of a value of a column; none where it is not finite.
    pub(super) fn unit_of(&self, column: usize, value: f32) -> Option<f32> {
        if let Some(threshold) = self.threshold {
            let is_unit = value == 0.0 || value == 1.0;
            let scaled = value / self.scale.unwrap_or(1.0);
            return Some(if is_unit {
                value
            } else {
                f32::from(scaled > threshold)
            });
        }
        let scaled = value / self.scale.unwrap_or(1.0);
        let unit = match &self.standardize {
            Some(moments) => {
                ((f64::from(scaled) - moments.mean[column]) / moments.std[column]) as f32
            }
            None => scaled,
        };
        unit.is_finite().then_some(unit)
    }

    /// The value of a unit of a column: a threshold cannot be undone, and leaves 0 and 1.
    pub(super) fn value_of(&self, column: usize, unit: impl Into<f64>) -> f64 {
        let unit = unit.into();
        if self.threshold.is_some() {
            return unit;
        }
        let scaled = match &self.standardize {
            Some(moments) => moments.mean[column] + moments.std[column] * unit,
            None => unit,
        };
        scaled * f64::from(self.scale.unwrap_or(1.0))
    }

    /// How much a value changes when its unit changes by 1.
    pub(super) fn scale_of(&self, column: usize) -> f64 {
        if self.threshold.is_some() {
            return 1.0;
        }
        let std = self
            .standardize
            .as_ref()
            .map_or(1.0, |moments| moments.std[column]);
        std * f64::from(self.scale.unwrap_or(1.0))
    }
}

/// The smallest and the largest observed value.
fn range(table: &Table) -> Option<(f32, f32)> {
    let observed = table.values().iter().copied().filter(|x| !x.is_nan());
    observed.fold(None, |range, x| {
        let (low, high) = range.unwrap_or((x, x));
        Some((f32::min(low, x), f32::max(high, x)))
    })
}
