//! Predictions as a table.

use paysage::{
    data::Layout,
    inference::{Prediction, PredictionScores, RealValue, outcome_names},
};

use crate::output::{decimals, values};

/// What was predicted so far.
pub(super) struct Found<'a> {
    pub(super) layout: &'a Layout,
    pub(super) scores: PredictionScores,
    /// Whether no distribution is a mean over chains.
    pub(super) exact: bool,
    /// The names of the outcomes of discrete columns; nothing where there are none.
    pub(super) outcomes: Vec<String>,
    /// The real columns, as units.
    pub(super) real: Vec<usize>,
}

impl<'a> Found<'a> {
    pub(super) fn new(layout: &'a Layout) -> Self {
        Self {
            layout,
            scores: PredictionScores::default(),
            exact: true,
            outcomes: Vec::new(),
            real: Vec::new(),
        }
    }

    /// Adds a chunk of rows.
    pub(super) fn add(&mut self, part: &Prediction) {
        self.scores.add(part);
        if let Some(discrete) = &part.discrete {
            if self.outcomes.is_empty() {
                let outcomes = discrete.outcome_values();
                self.outcomes = outcome_names(self.layout, &discrete.columns, &outcomes);
            }
            self.exact &= discrete.exact;
        }
        if let Some(real) = &part.real {
            self.real.clone_from(&real.columns);
            self.exact &= real.exact;
        }
    }

    /// The names of the columns of the output, after a first chunk.
    pub(super) fn header(&self) -> Vec<String> {
        let mut header = Vec::new();
        if !self.outcomes.is_empty() {
            header.push("predicted".into());
            header.extend(self.outcomes.iter().cloned());
        }
        for &unit in &self.real {
            let name = self.layout.column_of(unit).name;
            let parts = ["mean", "standard_deviation", "low", "high"];
            header.extend(parts.map(|part| format!("{name}_{part}")));
        }
        header
    }

    /// The rows of the output for a chunk that was added: the most probable outcome with the probabilities of all,
    /// and the distributions of real columns in original units of measurement.
    pub(super) fn lines(&self, part: &Prediction) -> Vec<Vec<String>> {
        let mut lines = Vec::new();
        if let Some(discrete) = &part.discrete {
            let probabilities = values(discrete.probabilities.clone());
            let rows = probabilities.chunks(self.outcomes.len());
            let rows = discrete.most_probable().into_iter().zip(rows);
            lines.extend(rows.map(|(best, probabilities)| {
                let best = self.outcomes[best].clone();
                let cells = probabilities.iter().map(|p| format!("{p:.6}"));
                [best].into_iter().chain(cells).collect()
            }));
        }
        if let Some(real) = &part.real {
            lines.resize_with(real.rows.len(), Vec::new);
            for (line, row) in lines.iter_mut().zip(&real.rows) {
                for (value, &unit) in row.iter().zip(&real.columns) {
                    line.extend(cells(&value.restored(self.layout, unit)));
                }
            }
        }
        lines
    }
}

/// The cells of the distribution of a real column.
fn cells(value: &RealValue) -> [String; 4] {
    let digits = decimals(value.standard_deviation);
    let RealValue {
        mean,
        standard_deviation,
        low,
        high,
        ..
    } = *value;
    [mean, standard_deviation, low, high].map(|x| format!("{x:.digits$}"))
}
