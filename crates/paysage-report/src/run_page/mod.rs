//! The report of a run from its folder.

mod ending;
mod error;

use paysage_data::{AnyRows, Rows, Table, sample_rows};
use paysage_inference::{ChainSettings, Imputation};
use paysage_kernels::{Child, RandomKey};
use paysage_models::{Model, Progress, State};
use paysage_training::{RunFolder, Settings};
use serde_json::Value;

pub use ending::ending;
pub use error::RunPageError;

use crate::{EpochRecord, Page, Run, RunFigures, RunReport, read_metrics};

/// The most rows with missing values that are filled in for the figures.
const SHOWN: usize = 2000;

/// The report of a run, from its folder, its model and its training rows.
#[derive(Clone, Copy)]
pub struct RunPage<'a> {
    /// The folder of the run, to which figures and report are written.
    pub folder: &'a RunFolder,
    /// The settings of the run.
    pub settings: &'a Settings,
    /// The trained model.
    pub model: &'a Model,
    /// The rows that it was trained on.
    pub training: &'a AnyRows,
    /// Samples of the model, where the estimator has some.
    pub chains: Option<&'a State>,
}

/// The figures of a report that was written.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DrawnFigures {
    /// Their number.
    pub figures: usize,
    /// The time that they took, in seconds.
    pub seconds: f64,
}

impl RunPage<'_> {
    /// Draws the figures, unless the settings want none, and writes the report.
    ///
    /// # Errors
    ///
    /// When metrics or rows cannot be read, or figures or report cannot be written.
    pub fn write(&self, progress: &mut dyn Progress) -> Result<DrawnFigures, RunPageError> {
        let Self {
            folder,
            settings,
            model,
            training,
            ..
        } = *self;
        let records = read_metrics(&folder.metrics())?;
        let drawn = match settings.no_figures {
            true => RunReport::default(),
            false => self.figures(&records, progress)?,
        };
        let found = DrawnFigures {
            figures: drawn.figures.len(),
            seconds: drawn.seconds,
        };
        let page = Page {
            title: format!("Boltzmann machine trained on {}", training.source()),
            subtitle: subtitle(settings, model, training),
            facts: facts(settings, model, &records, ending(folder, settings)?),
            records,
            best_epoch: ending::best_epoch(folder, settings)?,
            figures: drawn.figures,
            columns: drawn.columns,
            reconstructions: drawn.reconstructions,
            notes: drawn.notes,
        };
        page.write(&folder.report())?;
        Ok(found)
    }

    fn figures(
        &self,
        records: &[EpochRecord],
        progress: &mut dyn Progress,
    ) -> Result<RunReport, RunPageError> {
        let Self {
            folder,
            settings,
            model,
            training,
            ..
        } = *self;
        let key = RandomKey::new(settings.seed);
        let weighted = training.weights().is_some();
        let training = &*training.resampled();
        let completed = match training.is_complete() {
            true => None,
            false => {
                let some = sample_rows(training, SHOWN, 0)?;
                let key = key.child(Child::Report);
                Some((completed(model, &some, key, progress)?, some))
            }
        };
        let rows = completed
            .as_ref()
            .map_or(training as &dyn Rows, |(rows, _)| rows);
        let run = Run {
            // With labels, a row is an image followed by label units, and the table has no image.
            image: model.layout.image,
            records,
            chains: self.chains,
            layout: Some(&model.layout),
            observed: completed.as_ref().map(|(_, some)| some as &dyn Rows),
            best_epoch: ending::best_epoch(folder, settings)?,
            ..Run::new(&model.machine, rows)
        };
        folder.make_figures()?;
        let key = key.child(Child::Figures);
        let mut drawn = RunFigures::default().run(&run, &folder.figures(), key, progress)?;
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
        Ok(drawn)
    }
}

/// The note on the figures of data with missing values.
const GAPS: &str = "Values are missing in the data. Figures and tables that compare samples or \
                    reconstructions with columns use the observed values; reconstructions and hidden \
                    activity are those of rows whose missing values are filled in with one sample.";

/// Rows with one sample in place of their missing values.
fn completed(
    model: &Model,
    some: &Table,
    key: RandomKey,
    progress: &mut dyn Progress,
) -> Result<Table, RunPageError> {
    let imputation = Imputation {
        chains: ChainSettings {
            chains: 1,
            sweeps: 1,
            ..ChainSettings::default()
        },
    };
    let mut values: Vec<f32> = Vec::with_capacity(some.values().len());
    for imputed in imputation.run(&model.machine, some, key, progress)? {
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
