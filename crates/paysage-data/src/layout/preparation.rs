//! Preparation of numbers: scale, threshold, standardisation.

use serde::{Deserialize, Serialize};

use crate::error::DataError;
use crate::scale::scale;
use crate::standardize::Standardizer;
use crate::table::Table;
use crate::threshold::{binarized, threshold};

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
        let is_constant = |table: &Table| Range::is_constant(Range::of(table));
        if is_constant(table) || !is_constant(&prepared) {
            return Ok(prepared);
        }
        let is_binary = are_binary(table.values());
        match self.threshold {
            Some(_) if is_binary => Ok(table.clone()),
            _ if table.rows() == 1 => Ok(prepared),
            _ => self.check_left(table, &prepared).map(|()| prepared),
        }
    }

    /// Divides a row by the scale and compares it with the threshold. A value that is too large for `f32`
    /// after the scale is returned: its column and what it became.
    pub(crate) fn scale_row(&self, row: &mut [f32]) -> Option<(usize, f32)> {
        let mut overflow = None;
        if let Some(scale) = self.scale {
            row.iter_mut().for_each(|x| *x /= scale);
            let column = row.iter().position(|x| x.is_infinite());
            overflow = column.map(|column| (column, row[column]));
        }
        if let Some(at) = self.threshold {
            row.iter_mut().for_each(|x| *x = binarized(*x, at));
        }
        overflow
    }

    /// Prepares a row whose values are known to stay finite: bitwise the row of [`apply`](Self::apply).
    pub(crate) fn prepare_row(&self, row: &mut [f32]) {
        self.scale_row(row);
        if let Some(moments) = &self.standardize {
            for (column, x) in row.iter_mut().enumerate() {
                *x = moments.standard(column, *x);
            }
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
        self.check_ranges(before.source(), Range::of(before), Range::of(after))
    }

    /// [`check_left`](Self::check_left) for the observed values of a file, before and after scale and
    /// threshold.
    pub(crate) fn check_ranges(
        &self,
        file: &str,
        before: Option<Range>,
        after: Option<Range>,
    ) -> Result<(), DataError> {
        let (Some(Range { low, high }), Some(after)) = (before, after) else {
            return Ok(());
        };
        if !after.is_point() || (self.scale.is_none() && self.threshold.is_none()) {
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
            file: file.into(),
            value: after.low,
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
            Some(moments) => moments.standard(column, scaled),
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

/// Whether all observed values are 0 or 1.
pub(crate) fn are_binary(values: &[f32]) -> bool {
    let mut observed = values.iter().filter(|x| !x.is_nan());
    observed.all(|x| *x == 0.0 || *x == 1.0)
}

/// The smallest and the largest of some observed values.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Range {
    low: f32,
    high: f32,
}

impl Range {
    /// The range of a table; none where all values are missing.
    fn of(table: &Table) -> Option<Self> {
        Self::extended(None, table.values())
    }

    /// The range of values so far and of these.
    pub(crate) fn extended(range: Option<Self>, values: &[f32]) -> Option<Self> {
        let observed = values.iter().copied().filter(|x| !x.is_nan());
        observed.fold(range, |range, x| {
            let Self { low, high } = range.unwrap_or(Self { low: x, high: x });
            Some(Self {
                low: f32::min(low, x),
                high: f32::max(high, x),
            })
        })
    }

    /// Whether all values are equal, or none is observed.
    pub(crate) fn is_constant(range: Option<Self>) -> bool {
        range.is_none_or(Self::is_point)
    }

    fn is_point(self) -> bool {
        self.low == self.high
    }
}
