//! Figures of the hidden units.

use paysage_data::Table;
use paysage_layers::Trainable;
use paysage_metrics::{DeadUnits, MetricError, SaturatedUnits, UnitActivity};

use super::{Drawing, ROWS};
use crate::correlation::cosines;
use crate::hidden_weights::{HiddenWeights, norm};
use crate::maps::{Labels, Map, Maps};
use crate::numbers::{grouped, of, short};
use crate::ranked::{Bar, Ranked, ranked};
use crate::{ReportError, histogram};

/// Largest number of hidden layers that are drawn, and of units in a matrix of cosines.
const LAYERS: usize = 4;
const COSINES: usize = 64;

impl<L: Trainable> Drawing<'_, L> {
    pub(super) fn hidden(&mut self) -> Result<(), ReportError> {
        let layers = self.run.machine.hidden().len();
        if layers > LAYERS {
            self.note(&format!(
                "Figures of hidden units show the first {LAYERS} of {layers} hidden layers."
            ));
        }
        self.weights.truncate(LAYERS);
        let finite = |weights: &HiddenWeights| weights.values().iter().all(|w| w.is_finite());
        match &self.weights[..] {
            [] => self.note("No weights: the machine has no hidden units with weights."),
            layers if layers.iter().all(finite) => {
                self.norms()?;
                self.cosines()?;
                self.histogram()?;
            }
            _ => self.note("No figures of the weights: some are not finite numbers."),
        }
        self.activity()
    }

    fn norms(&mut self) -> Result<(), ReportError> {
        let panels: Vec<Ranked> = self
            .weights
            .iter()
            .map(|weights| {
                let norms = weights.norms();
                let mean = norms.iter().sum::<f64>() / norms.len() as f64;
                let bar = |norm| Bar {
                    low: 0.0,
                    high: norm,
                    dot: None,
                };
                Ranked {
                    title: self.layer(weights.number),
                    note: format!("{}, mean norm {}", of(norms.len(), "unit"), short(mean)),
                    axis: "norm",
                    range: None,
                    units: norms.into_iter().map(bar).collect(),
                }
            })
            .collect();
        let caption = "Euclidean norm of the weights of each hidden unit to the layers below (all \
                       visible and earlier hidden layers), in descending order. Units with a norm near \
                       0 are not used; a few large ones dominate the model.";
        self.add("weight_norms", "Norms of the weights", caption, |path| {
            ranked(&panels, path)
        })
    }

    fn cosines(&mut self) -> Result<(), ReportError> {
        let mut maps = Vec::new();
        for weights in &self.weights {
            let all = weights.by_norm();
            let used: Vec<&[f32]> = all
                .iter()
                .copied()
                .filter(|unit| norm(unit) > 0.0)
                .collect();
            let shown = &used[..used.len().min(COSINES)];
            if shown.len() < 2 {
                continue;
            }
            let matrix = cosines(shown);
            let pairs = matrix.pairs();
            let largest = pairs.fold(0.0_f32, |most, pair| most.max(pair.2.abs()));
            let units = match shown.len() == all.len() {
                true => of(all.len(), "unit"),
                false => format!("{} of {}", shown.len(), of(all.len(), "unit")),
            };
            maps.push(Map {
                title: self.layer(weights.number),
                note: format!(
                    "{units}, RMS {}, largest {}",
                    short(matrix.root_mean_square()),
                    short(f64::from(largest))
                ),
                matrix,
            });
        }
        if maps.is_empty() {
            self.note(
                "No cosines of weights: fewer than two hidden units have weights other than 0.",
            );
            return Ok(());
        }
        let caption = format!(
            "Cosine of the angle between the weights of two hidden units, for at most {COSINES} units in \
             descending order of their norm. Colour off the diagonal marks units that represent the same \
             (red) or the opposite (blue) feature."
        );
        let maps = Maps {
            maps,
            labels: Labels::Ranks,
            text: Vec::new(),
        };
        let heading = "Cosines of the weights";
        self.add("weight_correlations", heading, &caption, |path| {
            maps.write(path)
        })
    }

    fn histogram(&mut self) -> Result<(), ReportError> {
        let values: Vec<f32> = self
            .weights
            .iter()
            .flat_map(|w| w.values())
            .copied()
            .collect();
        let caption = "Distribution of the weights of all hidden units: a peak at 0 with long tails is a \
                       sparse model, two separate peaks or very large weights are signs of too long \
                       steps.";
        self.add("weight_histogram", "Weights", caption, |path| {
            histogram("weights", &values, path)
        })
    }

    fn activity(&mut self) -> Result<(), ReportError> {
        let values = self.random_rows(ROWS)?;
        let rows = Table::new(self.run.rows.source(), self.run.rows.columns(), values)?;
        let units = match UnitActivity::of_rows(self.run.machine, &rows) {
            Ok(units) => units,
            Err(error @ MetricError::NoHidden) => {
                self.note(&format!("No activity of hidden units: {error}."));
                return Ok(());
            }
            Err(error) => return Err(error.into()),
        };
        if !units.iter().all(|unit| unit.mean.is_finite()) {
            self.note("No activity of hidden units: some means are not finite numbers.");
            return Ok(());
        }
        let layers = self.run.machine.hidden();
        let panels: Vec<Ranked> = layers
            .iter()
            .take(LAYERS)
            .enumerate()
            .map(|(place, &layer)| {
                let units = units.iter().filter(|unit| unit.layer == layer);
                let mut units: Vec<UnitActivity> = units.copied().collect();
                units.sort_by(|a, b| b.mean.total_cmp(&a.mean));
                let bar = |unit: &UnitActivity| Bar {
                    low: (unit.mean - unit.deviation).max(unit.range.0),
                    high: (unit.mean + unit.deviation).min(unit.range.1),
                    dot: Some(unit.mean),
                };
                Ranked {
                    title: self.layer(place + 1),
                    note: activity_note(&units),
                    axis: "mean given a row",
                    range: units.first().and_then(|unit| unit.bounds),
                    units: units.iter().map(bar).collect(),
                }
            })
            .collect();
        let caption = format!(
            "Mean of each hidden unit given a row, for {}: its mean over the rows (dot, in descending order) \
             and one standard deviation on either side (bar). A unit with a short bar hardly depends on the \
             data. A unit within 1 % of its smallest value for every row is dead, within 1 % of its largest \
             value saturated.",
            of(rows.rows(), "row")
        );
        self.add("hidden_activity", "Hidden activity", &caption, |path| {
            ranked(&panels, path)
        })
    }

    /// The title of a hidden layer, counted from 1.
    fn layer(&self, number: usize) -> String {
        match self.run.machine.hidden().len() {
            1 => "hidden units".into(),
            _ => format!("hidden layer {number}"),
        }
    }
}

/// The numbers of dead and saturated units.
fn activity_note(units: &[UnitActivity]) -> String {
    let count = |counts: &dyn Fn(&UnitActivity) -> Option<bool>| {
        let found: Option<Vec<bool>> = units.iter().map(counts).collect();
        found.map(|found| found.into_iter().filter(|&counts| counts).count())
    };
    let dead = count(&|unit| DeadUnits::default().counts(unit));
    let saturated = count(&|unit| SaturatedUnits::default().counts(unit));
    let all = of(units.len(), "unit");
    match (dead, saturated) {
        (Some(dead), Some(saturated)) => {
            format!(
                "{all}: {} dead, {} saturated",
                grouped(dead),
                grouped(saturated)
            )
        }
        _ => format!("{all} without bounds: none can be dead or saturated"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dead_and_saturated_units_are_counted() {
        let unit = |low: f64, high: f64, bounds| UnitActivity {
            layer: 1,
            mean: (low + high) / 2.0,
            deviation: 0.0,
            range: (low, high),
            bounds,
        };
        let bounds = Some((0.0, 1.0));
        let mut units = vec![
            unit(0.0, 0.01, bounds),
            unit(0.0, 0.011, bounds),
            unit(0.989, 1.0, bounds),
            unit(0.991, 1.0, bounds),
            unit(0.995, 1.0, bounds),
        ];
        assert_eq!(activity_note(&units), "5 units: 1 dead, 2 saturated");
        units.push(unit(-1.0, 1.0, None));
        assert!(activity_note(&units).starts_with("6 units without bounds"));
    }
}
