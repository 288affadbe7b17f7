//! `paysage score`.

use std::path::Path;

use paysage::{
    data::{AnyRows, Carried, CellsWriter, Layout, OutputError, OutputFormat, Reason, Rows},
    inference::{PartitionFunction, RowScores, Scores},
    kernels::RandomKey,
    layers::AnyLayer,
    metrics::{How, RowAnnealing},
    models::{BoltzmannMachine, Progress},
};

use crate::{
    arguments::{LikelihoodChoice, Score},
    commands::intervals::Estimate,
    failure::Failure,
    likelihood,
    model::{self, ModelRows, check_out, load_for},
    output::{self, Bar},
};

pub(crate) fn run(options: &Score) -> Result<(), Failure> {
    let out = |error: OutputError| Failure::input(format!("--out: {error}"));
    let format = OutputFormat::of(&options.out).map_err(out)?;
    let inputs = options.data.inputs(&options.model);
    check_out(&[("--out", Some(&*options.out))], &inputs)?;
    let model = load_for(&options.model, &options.data)?;
    let machine = &model.machine;
    let ModelRows { rows, mut carried } =
        model::rows(&model, &options.data.options(), options.data.disk())?;
    carried.retain(&|name| identifies(&model.layout, name));
    if format.text.is_none() {
        check_numeric(&options.out, &*carried)?;
    }

    let key = RandomKey::new(options.model.seed);
    let mut bar = Bar::new("scoring");
    let Settings { scores, how } = settings(options, machine, &rows, key, &mut bar)
        .map_err(|failure| failure.at(&options.model.path))?;
    let failure = |error| likelihood::row_failure(error).at(&options.model.path);
    // Whether there are bounds is known before the first row is written.
    let are_exact = scores.are_exact(machine, &rows).map_err(failure)?;
    let columns = Columns {
        has_numbers: carried.columns().is_empty(),
        free_energy: Estimate {
            name: "free_energy",
            has_bounds: !are_exact,
        },
        log_likelihood: Estimate {
            name: "log_likelihood",
            has_bounds: !are_exact || how != How::Exact,
        },
    };
    let parts = scores.run(machine, &rows, likelihood::row_key(key), &mut bar);
    let (mut out, mut annealing) = (None, None);
    for part in parts.map_err(failure)? {
        let mut part = part.map_err(failure)?;
        if options.likelihood == Some(LikelihoodChoice::None) {
            part.log_likelihood = None;
        }
        let before = annealing.into_iter();
        annealing = before.chain(part.annealing).reduce(RowAnnealing::and);
        let out = match &mut out {
            Some(out) => out,
            none => {
                let names = columns.names(&part);
                none.insert(CellsWriter::new(
                    &options.out,
                    &names,
                    &*carried,
                    rows.count(),
                )?)
            }
        };
        (0..part.free_energy.len()).try_for_each(|row| out.push(columns.cells(&part, row)))?;
    }
    drop(bar);
    out.map_or(Ok(()), CellsWriter::finish)?;
    for note in likelihood::notes(&how.doubts()) {
        output::say(format_args!("paysage: note: log-likelihoods: {note}"));
    }
    likelihood::note_rows(annealing);
    output::print(format_args!("{}\n", options.out.display()))
}

/// The columns of the output, after those that identify rows.
struct Columns {
    /// Whether rows have their numbers in place of columns that identify them.
    has_numbers: bool,
    free_energy: Estimate,
    log_likelihood: Estimate,
}

impl Columns {
    fn names(&self, part: &Scores) -> Vec<String> {
        let mut names = match self.has_numbers {
            true => vec!["row".to_owned()],
            false => Vec::new(),
        };
        names.extend(self.free_energy.names());
        if part.log_likelihood.is_some() {
            names.extend(self.log_likelihood.names());
        }
        names
    }

    fn cells(&self, part: &Scores, row: usize) -> Vec<String> {
        let mut cells = match self.has_numbers {
            true => vec![(part.first_row + row + 1).to_string()],
            false => Vec::new(),
        };
        cells.extend(self.free_energy.cells(&part.free_energy[row]));
        if let Some(log_likelihood) = &part.log_likelihood {
            cells.extend(self.log_likelihood.cells(&log_likelihood[row]));
        }
        cells
    }
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
    rows: &AnyRows,
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
    let (interval, how) = likelihood::partition(&estimator, machine, rows, key, progress)?;
    Ok(Settings {
        scores: likelihood::row_scores(&estimator, PartitionFunction::Known(interval)),
        how,
    })
}

/// Whether a column that is carried through identifies rows, or was left out by the user in training.
fn identifies(layout: &Layout, name: &str) -> bool {
    let mut ignored = layout.ignored.iter();
    !ignored.any(|ignored| {
        let is_empty = matches!(ignored.reason, Reason::Constant | Reason::Empty);
        is_empty && ignored.name == name
    })
}

/// Checks that identifiers are numbers, as a NumPy file needs.
fn check_numeric(out: &Path, carried: &dyn Carried) -> Result<(), Failure> {
    let columns = carried.columns();
    for cells in carried.rows() {
        let cells = cells?;
        let is_text = |cell: &String| !cell.is_empty() && cell.parse::<f64>().is_err();
        if let Some(column) = cells.iter().position(is_text) {
            let error = OutputError::NotNumeric {
                path: out.display().to_string(),
                column: columns[column].0.to_owned(),
                value: cells[column].clone(),
            };
            return Err(Failure::input(format_args!("--out: {error}")));
        }
    }
    Ok(())
}
