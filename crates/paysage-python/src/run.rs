//! Training runs with the results in a folder, as those of `paysage train`.

use std::path::Path;

use paysage::{
    data::{AlignmentSummary, Rows},
    kernels::select_device,
    layers::AnyLayer,
    models::{BoltzmannMachine, Model},
    report::{RunPage, ending},
    training::{
        Continuation, DamagedCheckpoint, PreparedRun, ResumedRun, RunData, RunFolder, RunLock,
        Settings, SettingsError,
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
    watch::run(py, progress.as_ref(), |watch| {
        start(&folder, settings, None, watch)
    })
}

/// Continues the run in a folder after its last checkpoint. The settings are those that replace the ones of the run, as
/// JSON; those of files that were written for the call (`given`) only say where its data are.
#[pyfunction]
#[pyo3(signature = (settings, given, folder, progress=None))]
pub(crate) fn resume(
    py: Python<'_>,
    settings: &str,
    given: &str,
    folder: &str,
    progress: Option<Py<PyAny>>,
) -> PyResult<Run> {
    let folder = RunFolder::new(Path::new(folder));
    let first = folder.settings().map_err(Fault::from)?;
    let settings = settings::replaced(&first, settings)?;
    let files = settings::replaced(&settings, given)?;
    watch::run(py, progress.as_ref(), |watch| {
        continued(&folder, settings, files, watch)
    })
}

/// Writes the figures and the report of the run in a folder again.
#[pyfunction]
#[pyo3(signature = (folder, progress=None))]
pub(crate) fn report(py: Python<'_>, folder: &str, progress: Option<Py<PyAny>>) -> PyResult<()> {
    let folder = &RunFolder::new(Path::new(folder));
    watch::run(py, progress.as_ref(), |mut watch| {
        let settings = &folder.settings()?;
        settings.precision.set();
        let device = select_device(settings.device)?;
        let model = &Model::<AnyLayer>::load(&folder.model(), &device)?;
        let source = settings.data.as_deref().ok_or(SettingsError::NoData)?;
        let data = settings.data_again(source, &model.layout, &folder.temporary())?;
        model.machine.check_known(&data.rows)?;
        let (training, _) = settings.split(data.rows)?;
        let checkpoint = match folder.has_checkpoint() {
            true => Some(folder.last_checkpoint(&device)?),
            false => None,
        };
        if let Some(checkpoint) = &checkpoint {
            checkpoint.state.check_data(&training)?;
        }
        let page = RunPage {
            folder,
            settings,
            model,
            training: &training,
            chains: checkpoint.as_ref().and_then(|it| it.state.chains()),
        };
        page.write(&mut watch)?;
        Ok(())
    })
}

/// A run from the beginning: a new one, or one that goes on before its first checkpoint.
fn start(
    folder: &RunFolder,
    settings: Settings,
    continuation: Option<Continuation>,
    watch: Watch,
) -> Result<Run, Fault> {
    let settings = Settings {
        earlier: Vec::new(),
        ..settings
    };
    let lock = folder.lock_existing()?;
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
    let lock = folder.begin(&settings, continuation, lock)?;
    if let Some(schema) = layout.schema() {
        schema.write(folder.schema())?;
    }
    let mut notes: Vec<String> = warnings.iter().map(ToString::to_string).collect();
    notes.extend(alignment.as_ref().and_then(AlignmentSummary::warning));
    let damaged = initialize(&settings, &mut machine, &training, Some(folder), &watch)?;
    notes.extend(damaged);
    let run = ResumedRun {
        state: trainer.start(machine)?,
        settings,
        layout,
        trainer,
        training,
        validation,
    };
    fit(folder, run, notes, lock, watch)
}

/// A run after its last checkpoint; `files` are its settings with the files of the data of this call.
fn continued(
    folder: &RunFolder,
    settings: Settings,
    files: Settings,
    watch: Watch,
) -> Result<Run, Fault> {
    let lock = folder.lock()?;
    let continuation = folder.continuation(&settings)?;
    if continuation != Continuation::Checkpoint {
        drop(lock);
        return start(folder, files, Some(continuation), watch);
    }
    settings.precision.set();
    let device = select_device(settings.device)?;
    let checkpoint = folder.last_checkpoint(&device)?;
    let notes = checkpoint.damage.iter().map(ToString::to_string).collect();
    let source = files.data.as_deref().ok_or(SettingsError::NoData)?;
    let data = files.data_again(source, &checkpoint.layout, &folder.temporary())?;
    let run = folder.resume(settings, checkpoint, data.rows)?;
    fit(folder, run, notes, lock, watch)
}

/// Trains for the epochs that are left, and writes the report.
fn fit(
    folder: &RunFolder,
    run: ResumedRun,
    mut notes: Vec<String>,
    _lock: RunLock,
    mut watch: Watch,
) -> Result<Run, Fault> {
    let ResumedRun {
        settings,
        layout,
        state,
        trainer,
        training,
        validation,
    } = run;
    let held_out = validation.as_ref().map(|rows| rows as &dyn Rows);
    let mut callbacks = folder.callbacks(&settings, &layout, (&training, held_out))?;
    callbacks.push(Box::new(watch.clone()));
    let state = trainer.fit(state, &training, &mut callbacks)?.state;
    drop(callbacks);
    folder.remove_stage_checkpoints()?;
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
    let facts = ending(folder, &settings)?.into_iter();
    notes.extend(facts.map(|(name, text)| format!("{name}: {text}")));
    let notes = notes.iter().map(|note| line(note)).collect();
    Ok((PyModel::new(model), notes))
}

/// Sets centers and initial parameters, and returns notes on checkpoints of layerwise pretraining that cannot be read.
pub(crate) fn initialize(
    settings: &Settings,
    machine: &mut BoltzmannMachine<AnyLayer>,
    rows: &(impl Rows + ?Sized),
    folder: Option<&RunFolder>,
    watch: &Watch,
) -> Result<Vec<String>, Fault> {
    let mut notes = Vec::new();
    let callbacks = |_, damage: Option<&DamagedCheckpoint>| {
        notes.extend(damage.map(ToString::to_string));
        vec![Box::new(watch.clone()) as _]
    };
    match settings
        .initialize(machine, rows, folder, callbacks)?
        .stopped
    {
        true => Err(Fault::work("stopped during layerwise pretraining")),
        false => Ok(notes),
    }
}
