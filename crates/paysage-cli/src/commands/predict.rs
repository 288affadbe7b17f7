//! `paysage predict`.

mod found;
mod scores;

use paysage::{
    data::{CellsWriter, MatchOptions, OutputFormat, Rows},
    inference::Predictor,
    kernels::RandomKey,
    models::Model,
};

use self::{found::Found, scores::Scores};
use crate::{
    arguments::Predict,
    failure::Failure,
    model::{self, ModelRows, check_out},
    output::{self, Bar},
};

pub(crate) fn run(options: &Predict) -> Result<(), Failure> {
    let inputs = options.data.inputs(&options.model);
    check_out(&[("--out", options.out.as_deref())], &inputs)?;
    if let Some(out) = &options.out
        && OutputFormat::of(out).is_ok_and(|format| format.text.is_none())
    {
        return Err(Failure::input(format_args!(
            "--out: {}: predictions have text in their cells; use .csv or .tsv",
            out.display()
        )));
    }
    let model = model::load_for(&options.model, &options.data)?;
    let (names, targets) = targets(options, &model)?;
    let matching = MatchOptions {
        absent: names,
        ..options.data.options()
    };
    let ModelRows { rows, carried } = model::rows(&model, &matching, options.data.disk())?;

    let predictor = Predictor {
        chains: options.chains.settings(),
        ..Predictor::default()
    };
    let mut found = Found::new(&model.layout);
    let (key, mut bar) = (RandomKey::new(options.model.seed), Bar::new("predicting"));
    let mut out = None;
    for part in predictor.run(&model.machine, &rows, &targets, key, &mut bar)? {
        let part = part?;
        found.add(&part);
        let Some(path) = &options.out else { continue };
        let out = match &mut out {
            Some(out) => out,
            none => none.insert(CellsWriter::new(
                path,
                &found.header(),
                &*carried,
                rows.count(),
            )?),
        };
        found
            .lines(&part)
            .into_iter()
            .try_for_each(|cells| out.push(cells))?;
    }
    drop(bar);
    out.map_or(Ok(()), CellsWriter::finish)?;
    let scores = Scores::of(&found, rows.count(), predictor.coverage);
    match options.json {
        true => output::print(format_args!("{}\n", scores.json())),
        false => output::print(scores.text()),
    }
}

/// The names and the units of the columns to predict.
fn targets(options: &Predict, model: &Model) -> Result<(Vec<String>, Vec<usize>), Failure> {
    let layout = &model.layout;
    let names: Vec<String> = match (&options.columns[..], &layout.labels) {
        ([], Some(_)) => vec![layout.label_name()],
        ([], None) => {
            return Err(Failure::input(
                "--columns is missing: the model was trained without labels, so name the columns to \
                 predict",
            ));
        }
        (columns, _) => columns.iter().map(|name| name.trim().to_owned()).collect(),
    };
    let mut units = Vec::new();
    for name in &names {
        let found = layout.units_of(name);
        units.extend(found.map_err(|error| Failure::input(format_args!("--columns: {error}")))?);
    }
    Ok((names, units))
}
