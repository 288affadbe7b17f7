//! `paysage report`, and the last part of `paysage train`.

use std::borrow::Cow;

use paysage::{
    data::Table,
    kernels::RandomKey,
    layers::AnyLayer,
    models::{BoltzmannMachine, Memory},
    report::{Page, read_metrics},
    samplers::Imputation,
    training::Checkpoint,
};

use crate::{
    arguments::{Filling, Report},
    commands::impute::fill,
    config::Config,
    failure::Failure,
    figures,
    model::Model,
    output,
    run_folder::RunFolder,
    source,
};

pub(crate) fn run(words: &Report) -> Result<(), Failure> {
    let folder = RunFolder::new(&words.folder);
    let config = folder.settings()?;
    let model = Model::load(&folder.model(), config.device)?;
    let name = config
        .data
        .as_deref()
        .ok_or_else(|| Failure::input(format!("{}: names no data", folder.config().display())))?;
    let source = config
        .reading(Some(&folder))?
        .load(name)
        .map_err(|failure| {
            // Nobody who asks for a report has named the data.
            let settings = folder.config();
            Failure::input(format!("{failure} ({} names it)", settings.display()))
        })?;
    model.check_known(&source.table)?;
    let (training, _) = source::split(&source.table, &config)?;
    write(&folder, &config, &model.machine, &training)?;
    output::print(format_args!("{}\n", folder.report().display()))
}

/// Draws all figures of a run and writes its report.
pub(crate) fn write(
    folder: &RunFolder,
    config: &Config,
    machine: &BoltzmannMachine<AnyLayer>,
    training: &Table,
) -> Result<(), Failure> {
    let records = read_metrics(&folder.metrics())?;
    // A run whose checkpoint was thrown away still has its model to show.
    let checkpoint = match folder.checkpoint() {
        path if path.exists() => Some(Checkpoint::<AnyLayer>::load(&path, &machine.device())?),
        _ => None,
    };
    let filled = filled(machine, training, config.seed)?;
    let chains = checkpoint.and_then(|mut it| it.memory.take(Memory::CHAINS));
    let drawn = figures::draw(folder, config, machine, &filled, &records, chains.as_ref())?;
    let page = Page {
        title: format!("Boltzmann machine trained on {}", training.source()),
        subtitle: subtitle(config, training),
        facts: facts(config, machine, &records),
        records,
        figures: drawn.figures,
        columns: drawn.columns,
        notes: drawn.notes,
    };
    page.write(&folder.report())?;
    Ok(())
}

/// The most rows that a figure is made of.
const SHOWN: usize = 2000;

/// Rows to show, a draw in the place of what is missing.
fn filled<'a>(
    machine: &BoltzmannMachine<AnyLayer>,
    table: &'a Table,
    seed: u64,
) -> Result<Cow<'a, Table>, Failure> {
    if table.is_complete() {
        return Ok(Cow::Borrowed(table));
    }
    let table = &table.head(SHOWN);
    let imputation = Imputation {
        count: 1,
        sweeps: 1,
        key: RandomKey::new(seed).split(u64::MAX - 3),
        ..Imputation::default()
    };
    let rows = fill(machine, table, &imputation, Filling::Draw)?
        .rows
        .concat();
    let filled = Table::new(table.source(), table.columns(), rows)?;
    Ok(Cow::Owned(match table.image() {
        Some(shape) => filled.with_image(shape)?,
        None => filled,
    }))
}

fn subtitle(config: &Config, training: &Table) -> String {
    let method = serde_json::to_string(&config.method).unwrap_or_default();
    format!(
        "{} visible and {} hidden units, trained by {} on {} rows",
        config.visible,
        config.hidden,
        method.trim_matches('"').to_uppercase(),
        training.rows()
    )
}

/// What made the run, setting by setting, and what it took.
fn facts(
    config: &Config,
    machine: &BoltzmannMachine<AnyLayer>,
    records: &[paysage::report::EpochRecord],
) -> Vec<(String, String)> {
    let mut facts = vec![(
        "parameters".to_owned(),
        machine.parameter_count().to_string(),
    )];
    let seconds: f64 = records.iter().map(|record| record.seconds).sum();
    facts.push(("training time".into(), format!("{seconds:.1} s")));
    if let Ok(serde_json::Value::Object(settings)) = serde_json::to_value(config) {
        facts.extend(settings.into_iter().map(|(name, value)| {
            let text = value.to_string().trim_matches('"').to_owned();
            (name.replace('-', " "), text)
        }));
    }
    facts
}
