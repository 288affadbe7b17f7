//! `paysage predict`.

use std::ops::Range;

use paysage::{
    data::{Table, write_csv},
    layers::AnyLayer,
    metrics::{Prediction, Predictor},
    models::BoltzmannMachine,
    samplers::Imputation,
};
use serde_json::{Map, Value};

use crate::{
    arguments::Predict,
    columns::Columns,
    failure::Failure,
    likelihood::number,
    model::Model,
    output,
    rows::{check_writable, pieces},
    source::Reading,
};

/// Rows that are predicted side by side.
const AT_ONCE: usize = 1000;

pub(crate) fn run(words: &Predict) -> Result<(), Failure> {
    if let Some(out) = &words.out {
        check_writable(out)?;
    }
    let model = Model::load(&words.model, words.device)?;
    let reading = Reading {
        missing: true,
        ..model.reading(words.preparation, words.labels.as_ref())?
    };
    let table = model.with_labels(reading.load(&words.data)?.table)?;
    model.check_known(&table)?;
    let asked = asked(words, &model)?;
    check_rest(&table, &asked)?;

    let predictor = Predictor {
        chains: words.chains.imputation(),
        ..Predictor::default()
    };
    let found = predict(&predictor, &model.machine, &table, &asked)?;
    if let Some(out) = &words.out {
        let (header, rows) = found.cells(&model.columns());
        write_csv(out, &header, &rows)?;
    }
    let results = found.scores(&table);
    if words.json {
        let object: Map<String, Value> = results.into_iter().map(|(k, v)| (k.into(), v)).collect();
        return output::print(format_args!("{}\n", Value::from(object)));
    }
    let lines = results.iter().map(|(name, value)| {
        let words = match (*name, value.as_f64()) {
            ("accuracy" | "most_frequent", Some(x)) => format!("{} %", number(100.0 * x, 2)),
            ("conditional_log_probability", Some(x)) => format!("{} nats a row", number(x, 4)),
            _ => value.to_string(),
        };
        format!("{:<32}{words}\n", name.replace('_', " "))
    });
    output::print(lines.collect::<String>())
}

/// The units that are to be predicted.
fn asked(words: &Predict, model: &Model) -> Result<Vec<usize>, Failure> {
    if let Some(names) = &words.columns {
        let columns = model.columns();
        let units = names
            .split(',')
            .map(|name| columns.units_of("--columns", name.trim()));
        let units: Vec<Range<usize>> = units.collect::<Result<_, _>>()?;
        return Ok(units.into_iter().flatten().collect());
    }
    let labels = model.labels().ok_or_else(|| {
        Failure::input(
            "--columns is missing: the model was trained without labels, so name what to predict",
        )
    })?;
    Ok(labels.collect())
}

/// Checks that all but the units that are asked about is known.
fn check_rest(table: &Table, asked: &[usize]) -> Result<(), Failure> {
    for index in 0..table.rows() {
        let row = table.row(index).iter().enumerate();
        let mut gaps = row.filter(|(unit, x)| x.is_nan() && !asked.contains(unit));
        if let Some((unit, _)) = gaps.next() {
            return Err(Failure::input(format!(
                "{}: row {}, column {} is missing: predictions need the rest of each row; fill it in \
                 with `paysage impute`",
                table.source(),
                index + 1,
                unit + 1
            )));
        }
    }
    Ok(())
}

/// What was predicted of all rows.
struct Predicted {
    /// The units.
    asked: Vec<usize>,
    /// What may stand in them, one after the other.
    outcomes: Vec<Vec<f32>>,
    /// The probabilities of the outcomes, row by row.
    probabilities: Vec<Vec<f64>>,
    exact: bool,
}

fn predict(
    predictor: &Predictor,
    machine: &BoltzmannMachine<AnyLayer>,
    table: &Table,
    asked: &[usize],
) -> Result<Predicted, Failure> {
    let bar = output::bar("predicting", "rows", table.rows());
    let mut found: Option<Predicted> = None;
    for indices in pieces(table.rows(), AT_ONCE) {
        let at = Predictor {
            chains: Imputation {
                key: predictor.chains.key.starting_at(indices[0] as u32),
                ..predictor.chains
            },
            ..*predictor
        };
        let rows = machine.batch(table, &indices).rows;
        let part = at.predict(machine, &rows, asked);
        let part = part.map_err(|error| Failure::input(format!("--columns: {error}")))?;
        found
            .get_or_insert_with(|| Predicted::of(&part))
            .extend(&part);
        bar.inc(indices.len() as u64);
    }
    bar.finish_and_clear();
    Ok(found.expect("a table has rows"))
}

impl Predicted {
    fn of(part: &Prediction) -> Self {
        let outcomes: Vec<f32> = part.outcomes.to_data().iter().collect();
        let outcomes = outcomes.chunks(part.columns.len()).map(<[f32]>::to_vec);
        Self {
            asked: part.columns.clone(),
            outcomes: outcomes.collect(),
            probabilities: Vec::new(),
            exact: part.standard_error.is_none(),
        }
    }

    fn extend(&mut self, part: &Prediction) {
        let values: Vec<f64> = part.probabilities.to_data().iter().collect();
        let rows = values.chunks(self.outcomes.len()).map(<[f64]>::to_vec);
        self.probabilities.extend(rows);
    }

    /// How right it is, where the rows say what is true.
    fn scores(&self, table: &Table) -> Vec<(&'static str, Value)> {
        let mut results = vec![("rows", table.rows().into()), ("exact", self.exact.into())];
        let truth = |row: usize| {
            let units = self.asked.iter().map(|&unit| table.row(row)[unit]);
            let units: Vec<f32> = units.collect();
            self.outcomes.iter().position(|outcome| *outcome == units)
        };
        let known = (0..table.rows()).filter_map(|row| Some((row, truth(row)?)));
        let known: Vec<(usize, usize)> = known.collect();
        if known.is_empty() {
            return results;
        }
        let count = known.len() as f64;
        let right = known
            .iter()
            .filter(|(row, truth)| likeliest(&self.probabilities[*row]) == *truth);
        let logs = known
            .iter()
            .map(|(row, truth)| self.probabilities[*row][*truth].ln());
        let mut often = vec![0_usize; self.outcomes.len()];
        known.iter().for_each(|(_, truth)| often[*truth] += 1);
        let most = often.into_iter().max().unwrap_or(0) as f64;
        results.extend([
            ("rows_with_truth", known.len().into()),
            ("accuracy", (right.count() as f64 / count).into()),
            ("most_frequent", (most / count).into()),
            (
                "conditional_log_probability",
                (logs.sum::<f64>() / count).into(),
            ),
        ]);
        results
    }

    /// The likeliest outcome of each row, and the probability of every one.
    fn cells(&self, columns: &Columns<'_>) -> (Vec<String>, Vec<Vec<String>>) {
        let named = |outcome: &Vec<f32>| self.name(outcome, columns);
        let names: Vec<String> = self.outcomes.iter().map(named).collect();
        let header = ["predicted".to_owned()]
            .into_iter()
            .chain(names.iter().cloned());
        let row = |p: &Vec<f64>| {
            let cells = p.iter().map(|p| format!("{p:.6}"));
            [names[likeliest(p)].clone()]
                .into_iter()
                .chain(cells)
                .collect()
        };
        (
            header.collect(),
            self.probabilities.iter().map(row).collect(),
        )
    }

    /// An outcome in the words of the schema, or of a site the place of its 1, or else its values.
    fn name(&self, outcome: &[f32], columns: &Columns<'_>) -> String {
        let Some(schema) = columns.schema else {
            let is_site = outcome.len() > 1 && self.outcomes.len() == outcome.len();
            let ones: Vec<usize> = (0..outcome.len()).filter(|&i| outcome[i] == 1.0).collect();
            return match ones[..] {
                [place] if is_site => place.to_string(),
                _ => outcome
                    .iter()
                    .map(f32::to_string)
                    .collect::<Vec<_>>()
                    .join(" "),
            };
        };
        let mut row = vec![f32::NAN; columns.units];
        for (&unit, &value) in self.asked.iter().zip(outcome) {
            row[unit] = value;
        }
        let cells = schema.decode(&row).swap_remove(0);
        let pairs = schema
            .columns
            .iter()
            .zip(cells)
            .filter(|(_, cell)| !cell.is_empty());
        let words = pairs.map(|(column, cell)| format!("{}={cell}", column.name));
        words.collect::<Vec<_>>().join(" & ")
    }
}

fn likeliest(probabilities: &[f64]) -> usize {
    let places = 0..probabilities.len();
    let best = places.max_by(|&a, &b| probabilities[a].total_cmp(&probabilities[b]));
    best.unwrap_or(0)
}
