//! Activity of hidden units.

use burn::tensor::Tensor;
use paysage_layers::Trainable;
use paysage_models::{BoltzmannMachine, Stage};
use paysage_samplers::hidden_means;

use crate::{Evaluation, Measurement, Metric, MetricError, Pending, UnitActivity};

/// Mean activity of the hidden units: the mean of the hidden units given the visible units, over rows and
/// units. In a deep machine the means are those of mean field.
///
/// Of Bernoulli units it is the fraction of units that are on.
#[derive(Clone, Copy, Debug, Default)]
pub struct HiddenActivity;

/// Number of dead hidden units: units whose mean given the visible units is near the smallest value for
/// every row.
#[derive(Clone, Copy, Debug)]
pub struct DeadUnits {
    /// Largest distance of a mean from the smallest value of the unit, as a fraction of the range of its
    /// values.
    pub tolerance: f64,
}

/// Number of saturated hidden units: units whose mean given the visible units is near the largest value
/// for every row.
#[derive(Clone, Copy, Debug)]
pub struct SaturatedUnits {
    /// Largest distance of a mean from the largest value of the unit, as a fraction of the range of its
    /// values.
    pub tolerance: f64,
}

/// One hundredth of the range.
const TOLERANCE: f64 = 0.01;

impl DeadUnits {
    /// Whether a unit is dead.
    ///
    /// ```
    /// use paysage_metrics::{DeadUnits, UnitActivity};
    ///
    /// let unit = UnitActivity {
    ///     layer: 1,
    ///     mean: 0.002,
    ///     deviation: 0.001,
    ///     range: (0.0, 0.009),
    ///     bounds: Some((0.0, 1.0)),
    /// };
    /// assert_eq!(DeadUnits::default().counts(&unit), Some(true));
    /// ```
    ///
    /// `None` where the values of the unit have no bounds.
    #[must_use]
    pub fn counts(&self, unit: &UnitActivity) -> Option<bool> {
        let (low, high) = unit.bounds?;
        Some(self.is_near(unit.range.1, [low, high]))
    }

    fn is_near(&self, largest: f64, [low, high]: [f64; 2]) -> bool {
        largest - low <= self.tolerance * (high - low)
    }
}

impl SaturatedUnits {
    /// Whether a unit is saturated; `None` where its values have no bounds.
    #[must_use]
    pub fn counts(&self, unit: &UnitActivity) -> Option<bool> {
        let (low, high) = unit.bounds?;
        Some(self.is_near(unit.range.0, [low, high]))
    }

    fn is_near(&self, smallest: f64, [low, high]: [f64; 2]) -> bool {
        high - smallest <= self.tolerance * (high - low)
    }
}

impl Default for DeadUnits {
    fn default() -> Self {
        Self {
            tolerance: TOLERANCE,
        }
    }
}

impl Default for SaturatedUnits {
    fn default() -> Self {
        Self {
            tolerance: TOLERANCE,
        }
    }
}

impl<L: Trainable> Metric<L> for HiddenActivity {
    fn name(&self) -> &str {
        "hidden_activity"
    }

    /// # Errors
    ///
    /// When the machine has no hidden units, or values are missing.
    fn start(&self, on: Evaluation<'_, L>) -> Result<Pending, MetricError> {
        on.check_complete("the activity of hidden units")?;
        let hidden = hidden(on.machine)?;
        on.mean_of_rows(|machine, rows| {
            let state = hidden_means(machine, rows);
            let layers = hidden.iter().map(|&layer| state.layers[layer].clone());
            let units = Tensor::cat(layers.collect(), 1);
            Ok(units.mean_dim(1).squeeze_dim(1))
        })
    }
}

impl<L: Trainable> Metric<L> for DeadUnits {
    fn name(&self) -> &str {
        "dead_hidden_units"
    }

    /// # Errors
    ///
    /// When the machine has no hidden units, when those of a layer have no smallest and largest value, or
    /// when values are missing.
    fn start(&self, on: Evaluation<'_, L>) -> Result<Pending, MetricError> {
        let dead = *self;
        count(on, Tensor::max_dim, move |largest, bounds| {
            dead.is_near(largest, bounds)
        })
    }
}

impl<L: Trainable> Metric<L> for SaturatedUnits {
    fn name(&self) -> &str {
        "saturated_hidden_units"
    }

    /// # Errors
    ///
    /// As for [`DeadUnits`].
    fn start(&self, on: Evaluation<'_, L>) -> Result<Pending, MetricError> {
        let saturated = *self;
        count(on, Tensor::min_dim, move |smallest, bounds| {
            saturated.is_near(smallest, bounds)
        })
    }
}

/// The number of hidden units for which `counts` is true, given the extreme of their means over the rows
/// and the bounds of their values.
fn count<L: Trainable>(
    on: Evaluation<'_, L>,
    extreme: impl Fn(Tensor<2>, usize) -> Tensor<2>,
    counts: impl Fn(f64, [f64; 2]) -> bool + Send + 'static,
) -> Result<Pending, MetricError> {
    on.check_complete("the number of dead or saturated units")?;
    let (machine, hidden) = (on.machine, hidden(on.machine)?);
    let bounds = bounds(machine, &hidden)?;
    let mut extremes: Vec<Option<Tensor<2>>> = vec![None; hidden.len()];
    let mut done = 0;
    for chunk in machine.chunks(on.rows) {
        let state = hidden_means(machine, chunk?);
        done += state.batch();
        for (found, &layer) in extremes.iter_mut().zip(&hidden) {
            let of_chunk = extreme(state.layers[layer].clone(), 0);
            let both = match found.take() {
                Some(before) => extreme(Tensor::cat(vec![before, of_chunk], 0), 0),
                None => of_chunk,
            };
            *found = Some(both);
        }
        on.progress.report(Stage::Rows, done, on.rows.count());
    }
    let extremes = extremes.into_iter().flatten();
    let extremes = extremes.map(|units| units.squeeze_dim(0)).collect();
    Ok(Pending::new(extremes, move |extremes| {
        let units = extremes.iter().zip(bounds);
        let found = units.filter(|&(&extreme, bounds)| counts(extreme, bounds));
        Measurement::exactly(found.count() as f64)
    }))
}

/// The hidden layers.
fn hidden<L: Trainable>(machine: &BoltzmannMachine<L>) -> Result<Vec<usize>, MetricError> {
    let hidden = machine.hidden();
    match hidden.is_empty() {
        true => Err(MetricError::NoHidden),
        false => Ok(hidden),
    }
}

/// The smallest and the largest value of each unit of some layers.
fn bounds<L: Trainable>(
    machine: &BoltzmannMachine<L>,
    layers: &[usize],
) -> Result<Vec<[f64; 2]>, MetricError> {
    let mut all = Vec::new();
    for &layer in layers {
        let units = &machine.layers[layer];
        let (low, high) = units
            .domain()
            .bounds()
            .ok_or(MetricError::Unbounded { layer })?;
        let bounds = [f64::from(low), f64::from(high)];
        all.extend(std::iter::repeat_n(bounds, units.units()));
    }
    Ok(all)
}
