//! `paysage report`, and the last part of `paysage train`.

use paysage::{
    data::{AnyRows, Rows, Table, sample_rows},
    inference::{ChainSettings, Imputation},
    kernels::{Child, RandomKey},
    models::{Model, State},
    report::{EpochRecord, Page, Run, RunFigures, RunReport, read_metrics},
    training::{RunFolder, Settings, SettingsError, TrainingState},
};

use serde_json::Value;

use crate::{arguments::Report, commands::ending, failure::Failure, model, output, output::Bar};

/// The most rows with missing values that are filled in for the figures.
const SHOWN: usize = 2000;

pub(crate) fn run(options: &Report) -> Result<(), Failure> {
    let folder = RunFolder::new(&options.folder);
    let settings = folder.settings()?;
    let model = model::load(&folder.model(), (&settings).into())?;
    let source = settings.data.as_deref().ok_or(SettingsError::NoData)?;
    let data = settings.data_again(source, &model.layout, &folder.temporary());
    let data = data.map_err(|error| {
        // The user of this command has not named the data.
        let named = folder.config();
        Failure::input(format!("{error} (the data of {})", named.display()))
    })?;
    model.machine.check_known(&data.rows)?;
    let (training, _) = settings.split(data.rows)?;
    let state = match folder.has_checkpoint() {
        true => Some(model::checkpoint(
            &folder.checkpoint(),
            &model.machine.device(),
        )?),
        false => None,
    };
    if let Some(state) = &state {
        state.check_data(&training)?;
    }
    let chains = state.as_ref().and_then(TrainingState::chains);
    write(&folder, &settings, &model, &training, chains)?;
    output::print(format_args!("{}\n", folder.report().display()))
}

/// Draws the figures of a run and writes its report.
pub(crate) fn write(
    folder: &RunFolder,
    settings: &Settings,
    model: &Model,
    training: &AnyRows,
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
        best_epoch: ending::best_epoch(folder, settings)?,
        figures: drawn.figures,
        columns: drawn.columns,
        reconstructions: drawn.reconstructions,
        notes: drawn.notes,
    };
    Ok(page.write(&folder.report())?)
}

fn figures(
    folder: &RunFolder,
    settings: &Settings,
    model: &Model,
    training: &AnyRows,
    records: &[EpochRecord],
    chains: Option<&State>,
) -> Result<RunReport, Failure> {
    let key = RandomKey::new(settings.seed);
    let weighted = training.weights().is_some();
    let training = &*training.resampled();
    let completed = match training.is_complete() {
        true => None,
        false => {
            let some = sample_rows(training, SHOWN, 0)?;
            let key = key.child(Child::Report);
            Some((completed(model, &some, key)?, some))
        }
    };
    let rows = completed
        .as_ref()
        .map_or(training as &dyn Rows, |(rows, _)| rows);
    let run = Run {
        // With labels, a row is an image followed by label units, and the table has no image.
        image: model.layout.image,
        records,
        chains,
        layout: Some(&model.layout),
        observed: completed.as_ref().map(|(_, some)| some as &dyn Rows),
        best_epoch: ending::best_epoch(folder, settings)?,
        ..Run::new(&model.machine, rows)
    };
    folder.make_figures()?;
    let mut bar = Bar::new("figures");
    let key = key.child(Child::Figures);
    let mut drawn = RunFigures::default().run(&run, &folder.figures(), key, &mut bar)?;
    drop(bar);
    if run.observed.is_some() {
        drawn.notes.push(GAPS.to_owned());
    }
    if weighted {
        drawn.notes.push(format!(
            "The rows have weights. Figures and tables show {} equally weighted rows, the effective \
             number of rows, which represent them.",
            training.count()
        ));
    }
    output::say(format_args!(
        "figures: {} in {:.1} s",
        drawn.figures.len(),
        drawn.seconds
    ));
    Ok(drawn)
}

/// The note on the figures of data with missing values.
const GAPS: &str = "Values are missing in the data. Figures and tables that compare samples or \
                    reconstructions with columns use the observed values; reconstructions and hidden \
                    activity are those of rows whose missing values are filled in with one sample.";

/// Rows with one sample in place of their missing values.
fn completed(model: &Model, some: &Table, key: RandomKey) -> Result<Table, Failure> {
    let imputation = Imputation {
        chains: ChainSettings {
            chains: 1,
            sweeps: 1,
            ..ChainSettings::default()
        },
    };
    let mut bar = Bar::new("filling in missing values");
    let mut values: Vec<f32> = Vec::with_capacity(some.values().len());
    for imputed in imputation.run(&model.machine, some, key, &mut bar)? {
        values.extend(imputed?.draws[0].to_data().iter::<f32>());
    }
    Ok(Table::new(some.source(), some.columns(), values)?)
}

fn subtitle(settings: &Settings, model: &Model, training: &AnyRows) -> String {
    let (visible, hidden) = (model.machine.visible_units(), &settings.hidden);
    format!(
        "{visible} visible and {hidden} hidden units, trained by {} on {} rows",
        settings.method.to_string().to_uppercase(),
        training.count()
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
    if let Ok(Value::Object(settings)) = serde_json::to_value(settings) {
        facts.extend(
            settings
                .into_iter()
                .map(|(name, value)| (name.replace('-', " "), setting(value))),
        );
    }
    facts
}

/// The text of a setting: elements of a list are separated by commas.
fn setting(value: Value) -> String {
    match value {
        Value::String(text) => text,
        Value::Array(values) => {
            let values: Vec<String> = values.into_iter().map(setting).collect();
            values.join(", ")
        }
        value => value.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn settings_are_text_without_quotes_and_brackets() {
        for (value, text) in [
            (json!("pcd"), "pcd"),
            (
                json!(["student-t=0.00175:1", "l1=0.1"]),
                "student-t=0.00175:1, l1=0.1",
            ),
            (json!([]), ""),
            (json!([20, 10]), "20, 10"),
            (json!(0.5), "0.5"),
            (json!(true), "true"),
        ] {
            assert_eq!(setting(value), text);
        }
    }
}
