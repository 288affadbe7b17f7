//! `paysage score`.

use std::path::Path;

use paysage::{
    data::{CarriedColumn, Dataset, OutputError, OutputFormat, Reason, write_cells},
    inference::{PartitionFunction, RowScores, Scores},
    kernels::RandomKey,
    layers::AnyLayer,
    metrics::{How, RowAnnealing},
    models::{BoltzmannMachine, Progress},
};

use crate::{
    arguments::{LikelihoodChoice, Score},
    commands::intervals::intervals,
    failure::Failure,
    likelihood,
    model::{check_out, load_for, read},
    output::{self, Bar},
};

pub(crate) fn run(options: &Score) -> Result<(), Failure> {
    let out = |error: OutputError| Failure::input(format!("--out: {error}"));
    let format = OutputFormat::of(&options.out).map_err(out)?;
    let inputs = options.data.inputs(&options.model);
    check_out(&[("--out", Some(&*options.out))], &inputs)?;
    let model = load_for(&options.model, &options.data)?;
    let machine = &model.machine;
    let data = read(&model, &options.data.options())?;
    let ids = identifiers(&data);
    if format.text.is_none() {
        check_numeric(&options.out, &ids).map_err(out)?;
    }

    let key = RandomKey::new(options.model.seed);
    let mut bar = Bar::new("scoring");
    let Settings { scores, how } = settings(options, machine, &data, key, &mut bar)
        .map_err(|failure| failure.at(&options.model.path))?;
    let failure = |error| likelihood::row_failure(error).at(&options.model.path);
    let parts = scores.run(machine, &data.table, likelihood::row_key(key), &mut bar);
    let mut parts = parts
        .map_err(failure)?
        .collect::<Result<Vec<Scores>, _>>()
        .map_err(failure)?;
    drop(bar);
    if options.likelihood == Some(LikelihoodChoice::None) {
        parts.iter_mut().for_each(|part| part.log_likelihood = None);
    }

    let annealing = parts.iter().filter_map(|part| part.annealing);
    let annealing = annealing.reduce(RowAnnealing::and);
    let mut columns = match ids.is_empty() {
        true => vec![row_numbers(data.table.rows())],
        false => ids
            .into_iter()
            .map(|column| (column.name.clone(), column.cells.clone()))
            .collect(),
    };
    let free_energies = parts.iter().flat_map(|part| &part.free_energy);
    columns.extend(intervals("free_energy", free_energies, annealing.is_some()));
    if parts.iter().all(|part| part.log_likelihood.is_some()) {
        let logs = parts.iter().filter_map(|part| part.log_likelihood.as_ref());
        let has_bounds = how != How::Exact || annealing.is_some();
        columns.extend(intervals("log_likelihood", logs.flatten(), has_bounds));
    }
    let (header, columns): (Vec<String>, Vec<Vec<String>>) = columns.into_iter().unzip();
    let row = |row: usize| columns.iter().map(|cells| cells[row].clone()).collect();
    let rows: Vec<Vec<String>> = (0..data.table.rows()).map(row).collect();
    write_cells(&options.out, Some(&header), &rows)?;
    for note in likelihood::notes(&how.doubts()) {
        output::say(format_args!("paysage: note: log-likelihoods: {note}"));
    }
    likelihood::note_rows(annealing);
    output::print(format_args!("{}\n", options.out.display()))
}

/// The settings of the scores, and how ln Z was found.
struct Settings {
    scores: RowScores,
    how: How,
}

/// Finds ln Z where it is asked for.
fn settings(
    options: &Score,
    machine: &BoltzmannMachine<AnyLayer>,
    data: &Dataset,
    key: RandomKey,
    progress: &mut dyn Progress,
) -> Result<Settings, Failure> {
    let of_rows = |log_partition| RowScores {
        log_partition,
        ..RowScores::default()
    };
    let Some(choice) = options.likelihood else {
        let why = "without --likelihood auto or --likelihood ais: add one of them, or leave it out";
        likelihood::refuse_any(&options.options, why)?;
        return Ok(Settings {
            scores: RowScores::default(),
            how: How::Exact,
        });
    };
    let Some(estimator) = likelihood::estimator(choice, &options.options, machine)? else {
        return Ok(Settings {
            scores: of_rows(PartitionFunction::IfExact { states: 0 }),
            how: How::Exact,
        });
    };
    let is_exact = estimator.is_exact(machine, &[]);
    if is_exact.map_err(likelihood::failure)? {
        likelihood::refuse_without_effect(&options.options)?;
    }
    let (interval, how) = likelihood::partition(&estimator, machine, &data.table, key, progress)?;
    Ok(Settings {
        scores: likelihood::row_scores(&estimator, PartitionFunction::Known(interval)),
        how,
    })
}

/// The columns that identify rows, and those that the user left out in training.
fn identifiers(data: &Dataset) -> Vec<&CarriedColumn> {
    let names_rows = |column: &&CarriedColumn| {
        let mut ignored = data.layout.ignored.iter();
        let constant = ignored.any(|ignored| {
            let is_empty = matches!(ignored.reason, Reason::Constant | Reason::Empty);
            is_empty && ignored.name == column.name
        });
        !constant
    };
    data.carried.iter().filter(names_rows).collect()
}

/// Checks that identifiers are numbers, as a NumPy file needs.
fn check_numeric(out: &Path, columns: &[&CarriedColumn]) -> Result<(), OutputError> {
    for column in columns {
        let is_text = |cell: &&String| !cell.is_empty() && cell.parse::<f64>().is_err();
        if let Some(cell) = column.cells.iter().find(is_text) {
            return Err(OutputError::NotNumeric {
                path: out.display().to_string(),
                column: column.name.clone(),
                value: cell.clone(),
            });
        }
    }
    Ok(())
}

fn row_numbers(rows: usize) -> (String, Vec<String>) {
    (
        "row".to_owned(),
        (1..=rows).map(|row| row.to_string()).collect(),
    )
}
