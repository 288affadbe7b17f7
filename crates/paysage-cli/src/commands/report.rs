//! `paysage report`, and the last part of `paysage train`.

use std::borrow::Cow;

use paysage::{
    data::Table,
    inference::{ChainSettings, Imputation},
    kernels::{Child, RandomKey},
    layers::AnyLayer,
    models::BoltzmannMachine,
    report::{Page, read_metrics},
    training::{Method, TrainingState},
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

type Checkpoint = TrainingState<AnyLayer, Method>;

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
        path if path.exists() => Some(Checkpoint::load(&path, &machine.device())?),
        _ => None,
    };
    let filled = filled(machine, training, config.seed)?;
    let chains = checkpoint.as_ref().and_then(Checkpoint::chains);
    let figures = figures::draw(folder, config, machine, &filled, &records, chains)?;
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
    let chains = ChainSettings {
        chains: 1,
        sweeps: 1,
        ..ChainSettings::default()
    };
    let key = RandomKey::new(seed).child(Child::Report);
    let rows = fill(machine, table, &Imputation { chains }, Filling::Draw, key)?
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
