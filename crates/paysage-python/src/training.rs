//! Training on arrays.

use std::sync::{Mutex, PoisonError};

use paysage::{
    data::{Layout, Rows, Standardizer},
    kernels::select_device,
    layers::AnyLayer,
    models::Model,
    optimizers::schedule,
    training::{Callback, Method, RunError, Settings, Trainer, TrainingState},
};
use pyo3::{prelude::*, types::PyBytes};

use crate::{
    bytes,
    fault::Fault,
    input::Input,
    model::PyModel,
    run, settings,
    watch::{self, Watch},
};

type State = TrainingState<AnyLayer, Method>;

/// Settings and layout as JSON, and the state.
type Content<'py> = (String, String, Bound<'py, PyBytes>);

/// A training: its settings, the layout of its data, and its state.
#[pyclass(frozen, module = "paysage._core")]
pub(crate) struct Training {
    settings: Settings,
    layout: Layout,
    /// Nothing after a training that failed.
    state: Mutex<Option<Box<State>>>,
}

#[pymethods]
impl Training {
    /// An untrained machine for the columns of rows, by settings as JSON. The names are those of the columns.
    #[staticmethod]
    #[pyo3(signature = (rows, settings, names=None, progress=None))]
    fn begin(
        py: Python<'_>,
        rows: Input<'_>,
        settings: &str,
        names: Option<Vec<String>>,
        progress: Option<Py<PyAny>>,
    ) -> PyResult<Self> {
        let settings = settings::parse(settings)?.settled();
        let input = rows.borrow()?;
        watch::run(py, progress.as_ref(), |watch| {
            let mut layout = Layout::units(input.units(&Layout::units(1))?.rows().columns());
            if let paysage::data::Columns::Units { names: own, .. } = &mut layout.columns {
                *own = names;
            }
            layout.missing = settings.missing;
            if settings.is_real() && !settings.no_standardize {
                let plain = input.units(&layout)?;
                layout.preparation.standardize = Some(Standardizer::fit_rows(plain.rows())?);
            }
            layout.check()?;
            let units = input.units(&layout)?;
            settings.precision.set();
            let device = select_device(settings.device)?;
            let mut machine = settings.machine(&layout, &device)?;
            check_complete(&settings, units.rows())?;
            let rows = units.checked(&machine)?;
            run::initialize(&settings, &mut machine, rows, None, &watch)?;
            let state = settings.trainer(rows, &machine)?.start(machine)?;
            Ok(Self {
                settings,
                layout,
                state: Mutex::new(Some(Box::new(state))),
            })
        })
    }

    /// Trains for the epochs of the settings that are left.
    #[pyo3(signature = (rows, progress=None))]
    fn fit(&self, py: Python<'_>, rows: Input<'_>, progress: Option<Py<PyAny>>) -> PyResult<()> {
        self.train(py, &rows, progress, |settings, rows, state| {
            settings.trainer(rows, &state.machine)
        })
    }

    /// Trains for one step on all rows, at the initial learning rate.
    fn step(&self, py: Python<'_>, rows: Input<'_>) -> PyResult<()> {
        self.train(py, &rows, None, |settings, rows, state| {
            state.data = None;
            let settings = Settings {
                batch_size: rows.count(),
                chains: Some(settings.chain_count()),
                ..settings.clone()
            };
            let trainer = settings.trainer(rows, &state.machine)?;
            Ok(Trainer {
                epochs: state.epochs + 1,
                learning_rate: Box::new(schedule::constant(settings.initial_rate())),
                ..trainer
            })
        })
    }

    /// The number of epochs so far.
    #[getter]
    fn epochs(&self) -> PyResult<usize> {
        self.with(|state| Ok(state.epochs))
    }

    /// The model so far.
    fn model(&self) -> PyResult<PyModel> {
        self.with(|state| {
            let model = Model::new(state.machine.clone(), self.layout.clone())?;
            Ok(PyModel::new(model))
        })
    }

    /// Settings and layout as JSON, and the state as bytes.
    fn to_bytes<'py>(&self, py: Python<'py>) -> PyResult<Content<'py>> {
        let bytes = self.with(|state| bytes::written(|path| Ok(state.save(path)?)))?;
        let settings = serde_json::to_string(&self.settings).map_err(Fault::from)?;
        let layout = serde_json::to_string(&self.layout).map_err(Fault::from)?;
        Ok((settings, layout, PyBytes::new(py, &bytes)))
    }

    /// The training of [`to_bytes`](Self::to_bytes).
    #[staticmethod]
    fn from_bytes(settings: &str, layout: &str, state: &[u8]) -> PyResult<Self> {
        let settings = settings::parse(settings)?;
        let layout: Layout = serde_json::from_str(layout).map_err(Fault::from)?;
        let device = select_device(settings.device).map_err(Fault::from)?;
        let state = bytes::read(state, |path| Ok(TrainingState::load(path, &device)?))?;
        Ok(Self {
            settings,
            layout,
            state: Mutex::new(Some(Box::new(state))),
        })
    }

    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<(Bound<'py, PyAny>, Content<'py>)> {
        let parts = slf.get().to_bytes(slf.py())?;
        Ok((slf.get_type().getattr("from_bytes")?, parts))
    }
}

impl Training {
    fn with<T>(&self, of: impl FnOnce(&State) -> Result<T, Fault>) -> PyResult<T> {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(of(state.as_ref().ok_or_else(ended)?)?)
    }

    fn train(
        &self,
        py: Python<'_>,
        rows: &Input<'_>,
        progress: Option<Py<PyAny>>,
        trainer: impl FnOnce(
            &Settings,
            &dyn Rows,
            &mut State,
        ) -> Result<Trainer<AnyLayer, Method>, RunError>
        + Send,
    ) -> PyResult<()> {
        let input = rows.borrow()?;
        let taken = self
            .state
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        let mut state = taken.ok_or_else(ended)?;
        watch::run(py, progress.as_ref(), |watch: Watch| {
            let units = input.units(&self.layout)?;
            let rows = units.rows();
            check_complete(&self.settings, rows)?;
            let trainer = trainer(&self.settings, rows, &mut state)?;
            let mut callbacks: Vec<Box<dyn Callback<AnyLayer>>> = vec![Box::new(watch)];
            let outcome = trainer.fit(*state, rows, &mut callbacks)?;
            *self.state.lock().unwrap_or_else(PoisonError::into_inner) =
                Some(Box::new(outcome.state));
            Ok(())
        })
    }
}

/// Missing values are inferred where the settings allow them.
fn check_complete(settings: &Settings, rows: &dyn Rows) -> Result<(), Fault> {
    match settings.missing || rows.is_complete() {
        true => Ok(()),
        false => Err(Fault::value(
            "X has missing values (NaN), which the settings do not allow: use missing=True",
        )),
    }
}

fn ended() -> Fault {
    Fault::work("this training failed before: begin again with fit")
}
