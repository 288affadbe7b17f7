//! Training runs with the results in a folder, as those of `paysage train`.

use std::path::Path;

use paysage::{
    data::{AlignmentSummary, Rows},
    kernels::select_device,
    layers::AnyLayer,
    models::Model,
    report::{RunPage, ending},
    training::{
        Callback, PreparedRun, RunData, RunFolder, Settings, SettingsError, StageTraining, Trainer,
    },
};
use pyo3::prelude::*;

use crate::{
    fault::{Fault, line},
    model::PyModel,
    settings,
    watch::{self, Watch},
};

/// The model of a run, and what the user should know: warnings, and sentences about the end of the training.
type Run = (PyModel, Vec<String>);

/// Trains by settings as JSON, whose `data` is a path, and writes model, metrics, checkpoint, figures and report to a
/// folder.
#[pyfunction]
#[pyo3(signature = (settings, folder, progress=None))]
pub(crate) fn train(
    py: Python<'_>,
    settings: &str,
    folder: &str,
    progress: Option<Py<PyAny>>,
) -> PyResult<Run> {
    let settings = settings::parse(settings)?.settled();
    let folder = RunFolder::new(Path::new(folder));
    watch::run(py, progress.as_ref(), |watch| run(settings, &folder, watch))
}

fn run(settings: Settings, folder: &RunFolder, mut watch: Watch) -> Result<Run, Fault> {
    let source = settings.data.as_deref().ok_or(SettingsError::NoData)?;
    let RunData {
        rows,
        layout,
        warnings,
        alignment,
    } = settings.data(source, &folder.temporary())?;
    settings.precision.set();
    let device = select_device(settings.device)?;
    let PreparedRun {
        settings,
        mut machine,
        trainer,
        training,
        validation,
    } = settings.prepare(rows, &layout, &device)?;
    folder.check_free(&settings)?;
    let _lock = folder.lock()?;
    folder.start(&settings)?;
    if let Some(schema) = layout.schema() {
        schema.write(folder.schema())?;
    }
    initialize(&settings, &mut machine, &training, &watch)?;
    let held_out = validation.as_ref().map(|rows| rows as &dyn Rows);
    let mut early = folder.early_stopping(&settings)?;
    let mut callbacks: Vec<Box<dyn Callback<AnyLayer> + '_>> = Vec::new();
    if let Some(curve) = settings.likelihood_curve(&training, held_out)? {
        callbacks.push(Box::new(curve));
    }
    if let Some(early) = &mut early {
        callbacks.push(Box::new(early));
    }
    callbacks.push(Box::new(folder.keep_run(&settings, &layout)?));
    callbacks.push(Box::new(watch.clone()));
    let state = trainer.start(machine)?;
    let state = trainer.fit(state, &training, &mut callbacks)?.state;
    drop(callbacks);
    let chains = state.chains().cloned();
    let model = Model::new(state.machine, layout)?;
    let page = RunPage {
        folder,
        settings: &settings,
        model: &model,
        training: &training,
        chains: chains.as_ref(),
    };
    if !watch.stops() {
        page.write(&mut watch)?;
    }
    let mut notes: Vec<String> = warnings.iter().map(ToString::to_string).collect();
    notes.extend(alignment.as_ref().and_then(AlignmentSummary::warning));
    let facts = ending(folder, &settings)?.into_iter();
    notes.extend(facts.map(|(name, text)| format!("{name}: {text}")));
    let notes = notes.iter().map(|note| line(note)).collect();
    Ok((PyModel::new(model), notes))
}

/// Sets centers and initial parameters: random ones, or those of layerwise pretraining.
pub(crate) fn initialize(
    settings: &Settings,
    machine: &mut paysage::models::BoltzmannMachine<AnyLayer>,
    rows: &(impl Rows + ?Sized),
    watch: &Watch,
) -> Result<(), Fault> {
    settings.set_centers(machine, rows)?;
    let Some((pretraining, trainers)) = settings.pretraining(rows, machine)? else {
        let key = settings.initialization_key();
        return Ok(machine.initialize(settings.initialization(), rows, key)?);
    };
    let mut trainers = trainers.into_iter();
    let stage = |trainer: Trainer<AnyLayer, _>| StageTraining {
        trainer,
        callbacks: vec![Box::new(watch.clone())],
        state: None,
    };
    pretraining.run(machine, rows, |_| {
        stage(trainers.next().expect("a trainer of each stage"))
    })?;
    Ok(())
}
