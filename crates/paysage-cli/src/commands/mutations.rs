//! `paysage mutations`.

use std::path::Path;

use paysage::{
    data::{MatchOptions, OutputFormat, Unknown, write_cells},
    inference::{InferenceError, MutationEffects, SingleMutations, SiteMutations},
    kernels::RandomKey,
    layers::{Domain, Layer},
    models::{Model, VisibleSite, parse_incomplete_sequence},
    report::{MutatedSite, mutation_map},
};

use crate::{
    arguments::Mutations,
    commands::intervals::Estimate,
    failure::Failure,
    likelihood, model,
    output::{self, Bar},
};

pub(crate) fn run(options: &Mutations) -> Result<(), Failure> {
    let inputs = [&*options.model.path, Path::new(&options.sequence)];
    let figure = options.figure.checked(&options.out, &inputs)?;
    let format = OutputFormat::of(&options.out);
    if format.is_ok_and(|format| format.text.is_none()) {
        return Err(Failure::input(format_args!(
            "--out: {}: states have names, which a NumPy file cannot hold: use .csv or .tsv",
            options.out.display()
        )));
    }
    let model = model::load(&options.model.path, options.model.compute)?;
    let sites = model.machine.visible_sites(Some(&model.layout));
    let row = row(&model, &sites, &options.sequence)?;
    let key = RandomKey::new(options.model.seed);
    let mut bar = Bar::new("mutations");
    let effects = SingleMutations::default()
        .run(&model.machine, &row, key, &mut bar)
        .map_err(|error| match error {
            InferenceError::NoObservedSite => Failure::from(error).at(Path::new(&options.sequence)),
            error => Failure::from(error).at(&options.model.path),
        })?;
    drop(bar);
    note_missing(&sites, &row);
    let found = mutated(&sites, &effects);
    write(options, &found, effects.annealing.is_some())?;
    likelihood::note_rows(effects.annealing);
    if let Some(figure) = &figure {
        let columns = found.into_iter().map(|(site, effects)| MutatedSite {
            states: site.states.clone(),
            wild_type: effects.map_or(site.states.len(), |effects| effects.wild_type),
            changes: match effects {
                Some(effects) => {
                    let changes = effects.changes.iter();
                    changes.map(|change| change.value as f32).collect()
                }
                None => vec![f32::NAN; site.states.len()],
            },
        });
        mutation_map(&columns.collect::<Vec<_>>(), figure)?;
    }
    output::written(&options.out)?;
    figure.map_or(Ok(()), |figure| output::written(&figure))
}

/// The sites and their effects; nothing for missing ones.
fn mutated<'a>(
    sites: &'a [VisibleSite],
    effects: &'a MutationEffects,
) -> Vec<(&'a VisibleSite, Option<&'a SiteMutations>)> {
    let mut effects = effects.sites.iter().peekable();
    let of_site = |site: &'a VisibleSite| {
        let found = effects.next_if(|effects| effects.units == site.units);
        (site, found)
    };
    sites.iter().map(of_site).collect()
}

/// Names the sites that are missing in the sequence.
fn note_missing(sites: &[VisibleSite], row: &[f32]) {
    let is_missing = |site: &&VisibleSite| row[site.units.start].is_nan();
    let missing = sites.iter().filter(is_missing).map(|site| &*site.name);
    let missing: Vec<&str> = missing.collect();
    if !missing.is_empty() {
        output::say(format_args!(
            "paysage: note: the sequence has no state at {}, which {} summed over and not mutated",
            missing.join(", "),
            if missing.len() == 1 { "is" } else { "are" }
        ));
    }
}

/// Writes the table of all mutations.
fn write(
    options: &Mutations,
    sites: &[(&VisibleSite, Option<&SiteMutations>)],
    has_bounds: bool,
) -> Result<(), Failure> {
    let change = Estimate {
        name: "free_energy_change",
        has_bounds,
    };
    let mut rows: Vec<Vec<String>> = Vec::new();
    let observed = sites
        .iter()
        .filter_map(|(site, effects)| Some((site, (*effects)?)));
    for (site, effects) in observed {
        for (state, name) in site.states.iter().enumerate() {
            if state != effects.wild_type {
                let wild_type = &site.states[effects.wild_type];
                let mut row = [&site.name, wild_type, name].map(String::clone).to_vec();
                row.extend(change.cells(&effects.changes[state]));
                rows.push(row);
            }
        }
    }
    let mut header = ["site", "wild_type", "mutant"].map(String::from).to_vec();
    header.extend(change.names());
    Ok(write_cells(&options.out, Some(&header), &rows)?)
}

/// The visible units of a sequence: letters or names of states, or the only row of a data set; NaN where
/// missing.
fn row(model: &Model, sites: &[VisibleSite], sequence: &str) -> Result<Vec<f32>, Failure> {
    if sequence.starts_with("builtin:") || Path::new(sequence).exists() {
        let options = MatchOptions {
            missing: true,
            unknown: Some(Unknown::Missing),
            ..MatchOptions::new(sequence)
        };
        let data = model::read(model, &options)?;
        return match data.table.rows() {
            1 => Ok(data.table.values().to_vec()),
            rows => Err(Failure::input(format_args!(
                "{sequence}: expected one row, got {rows}"
            ))),
        };
    }
    let domains = |site: &VisibleSite| -> Domain { model.machine.layers[site.layer].domain() };
    let invalid = |error: &dyn std::fmt::Display| {
        Failure::input(format_args!(
            "SEQUENCE: {error}; {sequence:?} is no file either"
        ))
    };
    let alignment = model.layout.alignment();
    let is_missing = |name: &str| alignment.is_some_and(|alignment| alignment.is_missing(name));
    let states = parse_incomplete_sequence(sites, sequence, is_missing);
    let states = states.map_err(|error| invalid(&error))?;
    let units: usize = sites.iter().map(|site| site.units.len()).sum();
    if units != model.machine.visible_units() {
        return Err(invalid(
            &"the model has real columns: give a file with one row",
        ));
    }
    let mut row = vec![0.0; units];
    for (site, state) in sites.iter().zip(states) {
        let units = &mut row[site.units.clone()];
        match state {
            Some(state) => domains(site).write_state(state, units),
            None => units.fill(f32::NAN),
        }
    }
    Ok(row)
}
