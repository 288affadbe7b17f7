//! `paysage predict`.

use std::ops::Range;

use paysage::{
    data::{Columns, Layout, Table, write_csv},
    inference::{DiscretePrediction, DiscreteScores, PredictionScores, Predictor, outcome_names},
    kernels::RandomKey,
    layers::Layer,
};
use serde_json::{Map, Value};

use crate::{
    arguments::Predict, failure::Failure, likelihood::number, model::Model, output,
    rows::check_writable, source::Reading,
};

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
    check_discrete(&model, &asked)?;

    let predictor = Predictor {
        chains: words.chains.settings(),
        ..Predictor::default()
    };
    let found = predict(&predictor, &model, &table, &asked, words.chains.key())?;
    if let Some(out) = &words.out {
        let (header, rows) = found.cells(&model);
        write_csv(out, &header, &rows)?;
    }
    let results = found.results(table.rows());
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

/// Checks that the units have a finite number of outcomes.
fn check_discrete(model: &Model, asked: &[usize]) -> Result<(), Failure> {
    for (layer, span) in model.machine.visible_spans() {
        let discrete = model.machine.layers[layer].domain().is_finite();
        if let Some(unit) = asked.iter().find(|&unit| !discrete && span.contains(unit)) {
            return Err(Failure::input(format!(
                "--columns: unit {} takes any real number, and has no list of probabilities",
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
    /// The values of each outcome in them.
    outcomes: Vec<Vec<f32>>,
    /// The most probable outcome of each row.
    best: Vec<usize>,
    /// The probabilities of the outcomes, row by row.
    probabilities: Vec<Vec<f64>>,
    exact: bool,
    scores: Option<DiscreteScores>,
}

fn predict(
    predictor: &Predictor,
    model: &Model,
    table: &Table,
    asked: &[usize],
    key: RandomKey,
) -> Result<Predicted, Failure> {
    let bar = output::bar("predicting", "rows", table.rows());
    let mut found: Option<Predicted> = None;
    let mut scores = PredictionScores::default();
    let mut progress = |done| bar.set_position(done as u64);
    let refused = |error| Failure::input(format!("--columns: {error}"));
    let answers = predictor.run(&model.machine, table, asked, key, &mut progress);
    for part in answers.map_err(refused)? {
        let part = part.map_err(Failure::input)?;
        scores.add(&part);
        let part = part.discrete.expect("discrete columns");
        found
            .get_or_insert_with(|| Predicted::of(&part))
            .extend(&part);
    }
    bar.finish_and_clear();
    let mut found = found.expect("a table has rows");
    found.scores = scores.discrete();
    Ok(found)
}

impl Predicted {
    fn of(part: &DiscretePrediction) -> Self {
        Self {
            asked: part.columns.clone(),
            outcomes: part.outcome_values(),
            best: Vec::new(),
            probabilities: Vec::new(),
            exact: part.exact,
            scores: None,
        }
    }

    fn extend(&mut self, part: &DiscretePrediction) {
        let values: Vec<f64> = part.probabilities.to_data().iter().collect();
        let rows = values.chunks(self.outcomes.len()).map(<[f64]>::to_vec);
        self.probabilities.extend(rows);
        self.best.extend(part.most_probable());
    }

    fn results(&self, rows: usize) -> Vec<(&'static str, Value)> {
        let mut results = vec![("rows", rows.into()), ("exact", self.exact.into())];
        if let Some(scores) = &self.scores {
            results.extend([
                ("rows_with_truth", scores.rows.into()),
                ("accuracy", scores.accuracy.into()),
                ("most_frequent", scores.most_frequent.into()),
                (
                    "conditional_log_probability",
                    scores.mean_log_probability.into(),
                ),
            ]);
        }
        results
    }

    /// The most probable outcome of each row, and the probability of every one.
    fn cells(&self, model: &Model) -> (Vec<String>, Vec<Vec<String>>) {
        let layout = match &model.schema {
            Some(schema) => Layout {
                columns: Columns::Mixed(schema.clone()),
                ..Layout::units(0)
            },
            None => Layout::units(model.machine.visible_units()),
        };
        let names = outcome_names(&layout, &self.asked, &self.outcomes);
        let header = std::iter::once("predicted".to_owned()).chain(names.iter().cloned());
        let rows = self.best.iter().zip(&self.probabilities).map(|(&best, p)| {
            let cells = p.iter().map(|p| format!("{p:.6}"));
            std::iter::once(names[best].clone()).chain(cells).collect()
        });
        (header.collect(), rows.collect())
    }
}
