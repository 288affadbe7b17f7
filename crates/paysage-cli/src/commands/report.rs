//! `paysage report`, and the last part of `paysage train`.

use paysage::{
    data::{Table, sample_rows},
    inference::{ChainSettings, Imputation},
    kernels::{Child, RandomKey},
    layers::AnyLayer,
    models::{Model, State},
    report::{EpochRecord, Page, Run, RunFigures, RunReport, read_metrics},
    training::{Method, RunFolder, Settings, SettingsError, TrainingState},
};

use crate::{arguments::Report, commands::ending, failure::Failure, model, output, output::Bar};

/// The most rows with missing values that are filled in for the figures.
const SHOWN: usize = 2000;

pub(crate) fn run(options: &Report) -> Result<(), Failure> {
    let folder = RunFolder::new(&options.folder);
    let settings = folder.settings()?;
    let model = model::load(&folder.model(), settings.device)?;
    let source = settings.data.as_deref().ok_or(SettingsError::NoData)?;
    let data = settings.read_again(source, &model.layout);
    let data = data.map_err(|error| {
        // The user of this command has not named the data.
        let named = folder.config();
        Failure::input(format!("{error} (the data of {})", named.display()))
    })?;
    model.machine.check_known(&data.table)?;
    let (training, _) = settings.split(&data.table)?;
    let checkpoint = folder.checkpoint();
    let state = match checkpoint.exists() {
        true => {
            let device = model.machine.device();
            Some(TrainingState::<AnyLayer, Method>::load(
                &checkpoint,
                &device,
            )?)
        }
        false => None,
    };
    let chains = state.as_ref().and_then(TrainingState::chains);
    write(&folder, &settings, &model, &training, chains)?;
    output::print(format_args!("{}\n", folder.report().display()))
}

/// Draws the figures of a run and writes its report.
pub(crate) fn write(
    folder: &RunFolder,
    settings: &Settings,
    model: &Model,
    training: &Table,
    chains: Option<&State>,
) -> Result<(), Failure> {
    let records = read_metrics(&folder.metrics())?;
    let drawn = match settings.no_figures {
        true => RunReport::default(),
        false => figures(folder, settings, model, training, &records, chains)?,
    };
    let page = Page {
        title: format!("Boltzmann machine trained on {}", training.source()),
        subtitle: subtitle(settings, model, training),
        facts: facts(settings, model, &records, ending::facts(folder, settings)?),
        records,
        figures: drawn.figures,
        columns: drawn.columns,
        notes: drawn.notes,
    };
    Ok(page.write(&folder.report())?)
}

fn figures(
    folder: &RunFolder,
    settings: &Settings,
    model: &Model,
    training: &Table,
    records: &[EpochRecord],
    chains: Option<&State>,
) -> Result<RunReport, Failure> {
    let key = RandomKey::new(settings.seed);
    let completed = match training.is_complete() {
        true => None,
        false => Some(completed(model, training, key.child(Child::Report))?),
    };
    let rows = completed.as_ref().unwrap_or(training);
    let run = Run {
        machine: &model.machine,
        rows,
        image: rows.image(),
        records,
        chains,
        layout: Some(&model.layout),
    };
    folder.make_figures()?;
    let mut bar = Bar::new("figures");
    let key = key.child(Child::Figures);
    let drawn = RunFigures::default().run(&run, &folder.figures(), key, &mut bar)?;
    drop(bar);
    output::say(format_args!(
        "figures: {} in {:.1} s",
        drawn.figures.len(),
        drawn.seconds
    ));
    Ok(drawn)
}

/// Some rows with one sample in place of their missing values.
fn completed(model: &Model, training: &Table, key: RandomKey) -> Result<Table, Failure> {
    let some = sample_rows(training, SHOWN, 0)?;
    let imputation = Imputation {
        chains: ChainSettings {
            chains: 1,
            sweeps: 1,
            ..ChainSettings::default()
        },
    };
    let mut bar = Bar::new("filling in missing values");
    let mut values: Vec<f32> = Vec::with_capacity(some.values().len());
    for imputed in imputation.run(&model.machine, &some, key, &mut bar)? {
        values.extend(imputed?.draws[0].to_data().iter::<f32>());
    }
    let table = Table::new(training.source(), training.columns(), values)?;
    Ok(match training.image() {
        Some(shape) => table.with_image(shape)?,
        None => table,
    })
}

fn subtitle(settings: &Settings, model: &Model, training: &Table) -> String {
    let (visible, hidden) = (model.machine.visible_units(), &settings.hidden);
    format!(
        "{visible} visible and {hidden} hidden units, trained by {} on {} rows",
        settings.method.to_string().to_uppercase(),
        training.rows()
    )
}

/// The size of the machine, the time and the end of training, and the settings.
fn facts(
    settings: &Settings,
    model: &Model,
    records: &[EpochRecord],
    ending: Vec<(&str, String)>,
) -> Vec<(String, String)> {
    let parameters = model.machine.parameter_count().to_string();
    let seconds: f64 = records.iter().map(|record| record.seconds).sum();
    let mut facts = vec![
        ("parameters".to_owned(), parameters),
        ("training time".to_owned(), format!("{seconds:.1} s")),
    ];
    facts.extend(
        ending
            .into_iter()
            .map(|(name, text)| (name.to_owned(), text)),
    );
    if let Ok(serde_json::Value::Object(settings)) = serde_json::to_value(settings) {
        facts.extend(settings.into_iter().map(|(name, value)| {
            let text = value.to_string().trim_matches('"').to_owned();
            (name.replace('-', " "), text)
        }));
    }
    facts
}
