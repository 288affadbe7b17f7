//! Predictions of all rows as a table.

use paysage::{
    data::{CarriedColumn, Layout},
    inference::{Prediction, PredictionScores, RealValue, outcome_names},
};

use crate::output::decimals;

/// Predictions of rows.
pub(super) struct Found<'a> {
    pub(super) layout: &'a Layout,
    pub(super) scores: PredictionScores,
    /// Whether no distribution is a mean over chains.
    pub(super) exact: bool,
    /// The names of the outcomes of discrete columns; nothing where there are none.
    pub(super) outcomes: Vec<String>,
    /// The real columns, as units.
    pub(super) real: Vec<usize>,
    /// The most probable outcome of each row.
    best: Vec<usize>,
    /// The probabilities of the outcomes, row after row.
    probabilities: Vec<f32>,
    /// The distributions of real columns, in original units of measurement, row by row.
    values: Vec<Vec<RealValue>>,
}

impl<'a> Found<'a> {
    pub(super) fn new(layout: &'a Layout) -> Self {
        Self {
            layout,
            scores: PredictionScores::default(),
            exact: true,
            outcomes: Vec::new(),
            real: Vec::new(),
            best: Vec::new(),
            probabilities: Vec::new(),
            values: Vec::new(),
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
            self.best.extend(discrete.most_probable());
            let probabilities = discrete.probabilities.to_data();
            self.probabilities.extend(probabilities.iter::<f32>());
        }
        if let Some(real) = &part.real {
            self.real.clone_from(&real.columns);
            self.exact &= real.exact;
            let restored = real.rows.iter().map(|row| {
                let values = row.iter().zip(&real.columns);
                values
                    .map(|(value, &unit)| value.restored(self.layout, unit))
                    .collect()
            });
            self.values.extend(restored);
        }
    }

    /// The header and the rows of the output, after the columns that are carried through.
    pub(super) fn cells(&self, carried: &[CarriedColumn]) -> (Vec<String>, Vec<Vec<String>>) {
        let mut header: Vec<String> = carried.iter().map(|column| column.name.clone()).collect();
        if !self.outcomes.is_empty() {
            header.push("predicted".into());
            header.extend(self.outcomes.iter().cloned());
        }
        for &unit in &self.real {
            let name = self.layout.column_of(unit).name;
            let parts = ["mean", "standard_deviation", "low", "high"];
            header.extend(parts.map(|part| format!("{name}_{part}")));
        }
        let count = self.best.len().max(self.values.len());
        let mut rows: Vec<Vec<String>> = (0..count)
            .map(|row| carried.iter().map(|c| c.cells[row].clone()).collect())
            .collect();
        let discrete = self.probabilities.chunks(self.outcomes.len().max(1));
        for ((row, &best), probabilities) in rows.iter_mut().zip(&self.best).zip(discrete) {
            row.push(self.outcomes[best].clone());
            row.extend(probabilities.iter().map(|p| format!("{p:.6}")));
        }
        for (row, values) in rows.iter_mut().zip(&self.values) {
            for value in values {
                let digits = decimals(value.standard_deviation);
                let RealValue {
                    mean, low, high, ..
                } = *value;
                let cells = [mean, value.standard_deviation, low, high];
                row.extend(cells.map(|x| format!("{x:.digits$}")));
            }
        }
        (header, rows)
    }
}
