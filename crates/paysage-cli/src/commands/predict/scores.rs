//! Predictions compared with the truth, as JSON and as text.

use paysage::inference::{ClassScore, DiscreteScores, RealScores};
use serde_json::{Value, json};

use super::found::Found;
use crate::output::{decimals, number};

/// Largest number of classes that are listed.
const LISTED: usize = 40;

/// Scores of predictions.
pub(super) struct Scores {
    rows: usize,
    exact: bool,
    /// The probability of the intervals of real columns.
    coverage: f64,
    /// Of discrete columns, where the truth is known in a row.
    discrete: Option<DiscreteScores>,
    /// The names of their outcomes.
    outcomes: Vec<String>,
    /// Of real columns, where the truth is known in a row, in original units of measurement.
    real: Vec<(String, RealScores)>,
}

impl Scores {
    pub(super) fn of(found: &Found<'_>, rows: usize, coverage: f64) -> Self {
        let layout = found.layout;
        let real = found.scores.real().into_iter().map(|scores| {
            let name = layout.column_of(scores.column).name;
            (name, scores.restored(layout))
        });
        Self {
            rows,
            exact: found.exact,
            coverage,
            discrete: found.scores.discrete(),
            outcomes: found.outcomes.clone(),
            real: real.collect(),
        }
    }

    /// One object.
    pub(super) fn json(&self) -> Value {
        let mut object = json!({ "rows": self.rows, "exact": self.exact });
        if let Some(scores) = &self.discrete {
            object["rows_with_truth"] = scores.rows.into();
            object["accuracy"] = scores.accuracy.into();
            object["most_frequent"] = scores.most_frequent.into();
            object["conditional_log_probability"] = scores.mean_log_probability.into();
            let classes = self.classes(scores).map(|(name, class)| {
                json!({
                    "class": name,
                    "count": class.count,
                    "precision": class.precision,
                    "recall": class.recall,
                })
            });
            object["classes"] = classes.collect();
        }
        if !self.real.is_empty() {
            let columns = self.real.iter().map(|(name, scores)| {
                json!({
                    "column": name,
                    "rows_with_truth": scores.rows,
                    "root_mean_squared_error": scores.root_mean_squared_error,
                    "mean_absolute_error": scores.mean_absolute_error,
                    "coverage": scores.coverage,
                })
            });
            object["real"] = columns.collect();
        }
        object
    }

    /// Lines of text.
    pub(super) fn text(&self) -> String {
        let method = match self.exact {
            true => "exact sums",
            false => "means over chains",
        };
        let mut text = line("rows", self.rows) + &line("method", method);
        if let Some(scores) = &self.discrete {
            let log_probability = number(scores.mean_log_probability, 4);
            text += &line("rows with known outcome", scores.rows);
            text += &line("accuracy", percent(Some(scores.accuracy)));
            text += &line("most frequent outcome", percent(Some(scores.most_frequent)));
            text += &line(
                "conditional log-probability",
                format_args!("{log_probability} nats per row"),
            );
            text += &self.classes_as_text(scores);
        }
        for (name, scores) in &self.real {
            let digits = decimals(scores.root_mean_squared_error);
            let errors = [
                ("root mean squared error", scores.root_mean_squared_error),
                ("mean absolute error", scores.mean_absolute_error),
            ];
            text += &format!("column {name}: {} rows with known value\n", scores.rows);
            for (error, value) in errors {
                text += &line(&format!("  {error}"), number(value, digits));
            }
            let interval = format!(
                "  coverage of the {} interval",
                whole_percent(self.coverage)
            );
            text += &line(&interval, percent(Some(scores.coverage)));
        }
        text
    }

    fn classes<'a>(
        &'a self,
        scores: &'a DiscreteScores,
    ) -> impl Iterator<Item = (&'a String, &'a ClassScore)> {
        self.outcomes.iter().zip(&scores.classes)
    }

    /// A line for each class that a row has or is predicted to have.
    fn classes_as_text(&self, scores: &DiscreteScores) -> String {
        let present = self.classes(scores);
        let present = present.filter(|(_, class)| class.count + class.predicted > 0);
        let present: Vec<(&String, &ClassScore)> = present.collect();
        let shown = &present[..present.len().min(LISTED)];
        let widths = shown.iter().map(|(name, _)| name.chars().count());
        let width = widths.max().unwrap_or(0).max("class".len());
        let mut text = format!("{:<width$}  {:>8}  precision  recall\n", "class", "count");
        for (name, class) in shown {
            let (precision, recall) = (percent(class.precision), percent(class.recall));
            let count = class.count;
            text += &format!("{name:<width$}  {count:>8}  {precision:>9}  {recall:>6}\n");
        }
        if present.len() > LISTED {
            let more = present.len() - LISTED;
            text += &format!("and {more} more classes (--json prints all)\n");
        }
        text
    }
}

fn line(name: &str, value: impl std::fmt::Display) -> String {
    format!("{name:<32}{value}\n")
}

/// A fraction in percent; a dash where there is none.
fn percent(fraction: Option<f64>) -> String {
    fraction.map_or("–".into(), |x| format!("{} %", number(100.0 * x, 2)))
}

fn whole_percent(fraction: f64) -> String {
    format!("{} %", number(100.0 * fraction, 0))
}
