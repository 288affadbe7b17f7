//! A model: its file, its parameters, and what is asked of it.

use std::path::Path;

use burn::tensor::{DType, Device, Tensor};
use numpy::{PyArray1, PyArrayMethods, PyReadonlyArray1};
use paysage::{
    data::{AnyRows, MatchOptions, Rows},
    inference::ChainSettings,
    interchange::{BernoulliArrays, Export, Import},
    kernels::{DeviceChoice, RandomKey, select_device},
    layers::{AnyLayer, Layer, Stored},
    models::{BoltzmannMachine, Model, ParameterId, Visitor},
};
use pyo3::{
    prelude::*,
    types::{PyBytes, PyDict},
};

use crate::{
    bytes,
    fault::Fault,
    input::{Data, Input},
    queries,
    sites::{self, Mutation, Pair},
    watch::{self, Watch},
};

/// Parameters of the chains that infer unobserved units: their number, the sweeps before those that count, and the
/// sweeps that count.
type Chains = (usize, usize, usize);

/// Counterfactual units, mean effects, and their standard errors.
type Effects<'py> = (Bound<'py, PyAny>, Vec<f64>, Option<Vec<f64>>);

fn device_of(choice: &str) -> Result<Device, Fault> {
    Ok(select_device(choice.parse()?)?)
}

/// A machine with the layout of its data: what a model file holds.
#[pyclass(name = "Model", frozen, module = "paysage._core")]
pub(crate) struct PyModel {
    model: Box<Model>,
}

impl PyModel {
    pub(crate) fn new(model: Model) -> Self {
        Self {
            model: Box::new(model),
        }
    }

    /// A model of a file, which must have a distribution.
    fn normalizable(model: Model, path: &str) -> PyResult<Self> {
        let normalizable = model.machine.check_normalizable();
        normalizable.map_err(|error| Fault::value(format_args!("{path}: {error}")))?;
        Ok(Self::new(model))
    }

    /// Asks about rows, in 64-bit numbers where `double`.
    fn ask<T: Send>(
        &self,
        py: Python<'_>,
        rows: &Input<'_>,
        double: bool,
        progress: Option<&Py<PyAny>>,
        work: impl FnOnce(&BoltzmannMachine<AnyLayer>, &dyn Rows, Watch) -> Result<T, Fault> + Send,
    ) -> PyResult<T> {
        let (input, model) = (rows.borrow()?, &self.model);
        watch::run(py, progress, |watch| {
            let wide;
            let machine = match double {
                true => {
                    wide = model.machine.clone().cast(DType::F64);
                    &wide
                }
                false => &model.machine,
            };
            let units = input.units(&model.layout)?;
            work(machine, units.checked(machine)?, watch)
        })
    }
}

#[pymethods]
impl PyModel {
    /// Reads a model file onto a device: `auto`, `cpu`, `gpu` or `gpu:1`.
    #[staticmethod]
    #[pyo3(signature = (path, device="auto"))]
    fn load(path: &str, device: &str) -> PyResult<Self> {
        let model = Model::<AnyLayer>::load(Path::new(path), &device_of(device)?);
        Self::normalizable(model.map_err(Fault::from)?, path)
    }

    /// Reads a model of another library, and what is added to its free energies to get those of the library, in nats.
    #[staticmethod]
    #[pyo3(signature = (path, format=None, epoch=None, alphabet=None, device="auto"))]
    fn from_library(
        path: &str,
        format: Option<&str>,
        epoch: Option<u64>,
        alphabet: Option<&str>,
        device: &str,
    ) -> PyResult<(Self, f64)> {
        let import = Import {
            format: format.map(str::parse).transpose().map_err(Fault::from)?,
            epoch,
            alphabet: alphabet.map(str::parse).transpose().map_err(Fault::from)?,
        };
        let imported = import.run(Path::new(path), &device_of(device)?);
        let imported = imported.map_err(Fault::from)?;
        Ok((Self::normalizable(imported.model, path)?, imported.energy))
    }

    /// The model of the arrays of a Bernoulli RBM of scikit-learn, the components row by row.
    #[staticmethod]
    #[pyo3(signature = (components, intercept_hidden, intercept_visible, device="auto"))]
    fn from_arrays(
        components: PyReadonlyArray1<'_, f32>,
        intercept_hidden: PyReadonlyArray1<'_, f32>,
        intercept_visible: PyReadonlyArray1<'_, f32>,
        device: &str,
    ) -> PyResult<Self> {
        let values = |array: PyReadonlyArray1<'_, f32>| array.to_vec().map_err(Fault::from);
        let arrays = BernoulliArrays {
            components: values(components)?,
            intercept_hidden: values(intercept_hidden)?,
            intercept_visible: values(intercept_visible)?,
        };
        let model = arrays.model(&device_of(device)?).map_err(Fault::from)?;
        Ok(Self::new(model))
    }

    /// Writes the model in the format of another library: `npz` or `rbms`.
    fn export(&self, path: &str, format: &str) -> PyResult<()> {
        let format = format.parse().map_err(Fault::from)?;
        let written = Export { format }.run(&self.model, Path::new(path));
        Ok(written.map_err(Fault::from)?)
    }

    /// Writes the model file.
    fn save(&self, path: &str) -> PyResult<()> {
        Ok(self.model.save(Path::new(path)).map_err(Fault::from)?)
    }

    /// The content of the model file.
    fn to_bytes<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        let bytes = bytes::written(|path| Ok(self.model.save(path)?))?;
        Ok(PyBytes::new(py, &bytes))
    }

    /// The model of the content of a file.
    #[staticmethod]
    fn from_bytes(content: &[u8]) -> PyResult<Self> {
        let device = select_device(DeviceChoice::Auto).map_err(Fault::from)?;
        let model = bytes::read(content, |path| Ok(Model::<AnyLayer>::load(path, &device)?))?;
        Ok(Self::new(model))
    }

    fn __reduce__<'py>(
        slf: &Bound<'py, Self>,
    ) -> PyResult<(Bound<'py, PyAny>, (Bound<'py, PyBytes>,))> {
        let content = slf.get().to_bytes(slf.py())?;
        Ok((slf.get_type().getattr("from_bytes")?, (content,)))
    }

    /// Number of visible units.
    #[getter]
    fn visible_units(&self) -> usize {
        self.model.machine.visible_units()
    }

    /// The kinds of the visible layers and of the hidden ones, such as `bernoulli:784`.
    #[getter]
    fn kinds(&self) -> (Vec<String>, Vec<String>) {
        let machine = &self.model.machine;
        let kind = |&layer: &usize| machine.layers[layer].kind().to_string();
        (
            machine.visible.iter().map(kind).collect(),
            machine.hidden().iter().map(kind).collect(),
        )
    }

    /// The numbers of units of the hidden layers.
    #[getter]
    fn hidden_units(&self) -> Vec<usize> {
        let machine = &self.model.machine;
        let units = |layer: usize| machine.layers[layer].units();
        machine.hidden().into_iter().map(units).collect()
    }

    /// Number of parameters.
    #[getter]
    fn parameter_count(&self) -> usize {
        self.model.machine.parameter_count()
    }

    /// The layout of the data as JSON.
    #[getter]
    fn layout(&self) -> PyResult<String> {
        Ok(serde_json::to_string(&self.model.layout).map_err(Fault::from)?)
    }

    /// The names of the columns, and of the labels.
    #[getter]
    fn columns(&self) -> Vec<String> {
        self.model.layout.names()
    }

    /// Whether the columns have names.
    #[getter]
    fn has_names(&self) -> bool {
        self.model.layout.has_names()
    }

    /// The names of the visible units.
    #[getter]
    fn unit_names(&self) -> Vec<String> {
        self.model.layout.unit_names()
    }

    /// All parameters by name; with `plain`, those of the same distribution without centers.
    #[pyo3(signature = (plain=false))]
    fn parameters<'py>(&self, py: Python<'py>, plain: bool) -> PyResult<Bound<'py, PyDict>> {
        let mut all = Collected::default();
        match plain {
            true => self.model.machine.without_centers().visit(&mut all),
            false => self.model.machine.visit(&mut all),
        }
        let parameters = PyDict::new(py);
        for (name, values, shape) in all.0 {
            let array = PyArray1::from_vec(py, values);
            parameters.set_item(name, array.reshape(shape)?)?;
        }
        Ok(parameters)
    }

    /// Reads data for the model from a file.
    #[pyo3(signature = (source, *, missing=false, absent=Vec::new(), drop=Vec::new(), labels=None))]
    fn read(
        &self,
        py: Python<'_>,
        source: String,
        missing: bool,
        absent: Vec<String>,
        drop: Vec<String>,
        labels: Option<String>,
    ) -> PyResult<Data> {
        let model = &self.model;
        watch::run(py, None, |_| {
            let data = model.layout.read(&MatchOptions {
                missing,
                absent,
                drop,
                labels,
                ..MatchOptions::new(source)
            })?;
            model.machine.check_known(&data.table)?;
            Ok(Data {
                rows: AnyRows::packed(data.table),
            })
        })
    }

    /// The cells of rows of units in the original columns: text, column by column.
    fn restore(&self, py: Python<'_>, units: Input<'_>) -> PyResult<Vec<Vec<String>>> {
        let units = queries::all_values(&units.borrow()?)?;
        let layout = &self.model.layout;
        check_width(units.len(), layout.unit_count())?;
        let rows = py.detach(|| layout.restore(&units));
        let columns = 0..layout.names().len();
        Ok(columns
            .map(|column| rows.iter().map(|row| row[column].clone()).collect())
            .collect())
    }

    /// The values of rows of units in the original units of measurement: `[rows, units]`.
    fn restore_values<'py>(
        &self,
        py: Python<'py>,
        units: Input<'py>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let units = queries::all_values(&units.borrow()?)?;
        let layout = &self.model.layout;
        check_width(units.len(), layout.unit_count())?;
        crate::arrays::single(py, layout.restore_values(&units), layout.unit_count())
    }

    /// How much the value of each unit changes when the unit changes by 1.
    fn scales(&self) -> Vec<f64> {
        let layout = &self.model.layout;
        (0..layout.unit_count())
            .map(|unit| layout.scale(unit))
            .collect()
    }

    /// The values of units by assignments such as `smoker=no`, NaN for units without one.
    fn assign(&self, assignments: Vec<String>) -> PyResult<Vec<f32>> {
        let values = self.model.layout.parse_assignments(&assignments);
        Ok(values.map_err(Fault::from)?)
    }

    /// The units of columns.
    fn units_of(&self, columns: Vec<String>) -> PyResult<Vec<usize>> {
        let mut units = Vec::new();
        for name in &columns {
            units.extend(self.model.layout.units_of(name).map_err(Fault::from)?);
        }
        Ok(units)
    }

    /// Units of a hidden layer given rows: `[rows, units]`.
    #[pyo3(signature = (rows, *, layer=None, sample=false, by_chains=false, chains=(10, 100, 100), seed=0, double=false, progress=None))]
    #[expect(clippy::too_many_arguments, reason = "they are named in Python")]
    fn transform<'py>(
        &self,
        py: Python<'py>,
        rows: Input<'py>,
        layer: Option<usize>,
        sample: bool,
        by_chains: bool,
        chains: Chains,
        seed: u64,
        double: bool,
        progress: Option<Py<PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let question = queries::representation(layer, sample, by_chains, settings(chains));
        let names = question.names(&self.model.machine).map_err(Fault::from)?;
        let key = RandomKey::new(seed);
        let found = self.ask(
            py,
            &rows,
            double,
            progress.as_ref(),
            |machine, rows, watch| queries::transform(&question, machine, rows, key, watch),
        )?;
        found.into_matrix(py, names.len())
    }

    /// Names of the units of a hidden layer.
    #[pyo3(signature = (layer=None))]
    fn hidden_names(&self, layer: Option<usize>) -> PyResult<Vec<String>> {
        let question = queries::representation(layer, false, false, ChainSettings::default());
        Ok(question.names(&self.model.machine).map_err(Fault::from)?)
    }

    /// Free energies and, where ln Z is known, log-likelihoods of rows, each as (low, value, high).
    #[pyo3(signature = (rows, *, log_partition=None, seed=0, double=false, progress=None))]
    fn scores<'py>(
        &self,
        py: Python<'py>,
        rows: Input<'py>,
        log_partition: Option<(f64, f64, f64)>,
        seed: u64,
        double: bool,
        progress: Option<Py<PyAny>>,
    ) -> PyResult<Bound<'py, PyDict>> {
        let found = self.ask(
            py,
            &rows,
            double,
            progress.as_ref(),
            |machine, rows, watch| {
                queries::scores(machine, rows, log_partition, RandomKey::new(seed), watch)
            },
        )?;
        found.into_dict(py)
    }

    /// Pseudo-log-likelihood of each row in nats. With `sites`, from so many random sites of each row.
    #[pyo3(signature = (rows, *, sites=None, seed=0, double=false))]
    fn pseudo_log_likelihood<'py>(
        &self,
        py: Python<'py>,
        rows: Input<'py>,
        sites: Option<usize>,
        seed: u64,
        double: bool,
    ) -> PyResult<Bound<'py, PyArray1<f64>>> {
        let found = self.ask(py, &rows, double, None, |machine, rows, watch| {
            queries::pseudo_log_likelihood(machine, rows, sites, RandomKey::new(seed), watch)
        })?;
        Ok(PyArray1::from_vec(py, found))
    }

    /// Mean squared reconstruction error of each row.
    #[pyo3(signature = (rows, *, double=false))]
    fn reconstruction_error<'py>(
        &self,
        py: Python<'py>,
        rows: Input<'py>,
        double: bool,
    ) -> PyResult<Bound<'py, PyArray1<f64>>> {
        let found = self.ask(py, &rows, double, None, queries::reconstruction_error)?;
        Ok(PyArray1::from_vec(py, found))
    }

    /// Metrics of the model and rows by name, with standard errors where they have one.
    #[pyo3(signature = (rows, names, *, samples=None, sweeps=1000, seed=0, progress=None))]
    #[expect(clippy::too_many_arguments, reason = "they are named in Python")]
    fn metrics(
        &self,
        py: Python<'_>,
        rows: Input<'_>,
        names: Vec<String>,
        samples: Option<usize>,
        sweeps: usize,
        seed: u64,
        progress: Option<Py<PyAny>>,
    ) -> PyResult<Vec<(String, f64, Option<f64>)>> {
        self.ask(
            py,
            &rows,
            false,
            progress.as_ref(),
            |machine, rows, watch| {
                queries::metrics(machine, rows, &names, (samples, sweeps), seed, watch)
            },
        )
    }

    /// ln Z and the mean log-likelihood of complete rows with bounds.
    #[pyo3(signature = (rows, *, method="auto", chains=1000, temperatures=1000, gap=0.5, budget=60.0, seed=0, progress=None))]
    #[expect(clippy::too_many_arguments, reason = "they are named in Python")]
    fn log_likelihood<'py>(
        &self,
        py: Python<'py>,
        rows: Input<'py>,
        method: &str,
        chains: usize,
        temperatures: usize,
        gap: f64,
        budget: f64,
        seed: u64,
        progress: Option<Py<PyAny>>,
    ) -> PyResult<Bound<'py, PyDict>> {
        let estimator = queries::estimator(method, (chains, temperatures), gap, budget)?;
        let volume = self.ask(py, &rows, false, None, |_, rows, _| {
            Ok(self.model.log_volume(rows)?)
        })?;
        let found = self.ask(
            py,
            &rows,
            false,
            progress.as_ref(),
            |machine, rows, mut watch| {
                let key = RandomKey::new(seed);
                Ok(estimator.run(machine, rows, key, &mut watch)?)
            },
        )?;
        queries::likelihood_dict(py, &found, volume)
    }

    /// Samples of the visible units: `[count, units]`. `given` has rows of values, NaN for free units.
    #[pyo3(signature = (count, sweeps, *, given=None, tempering=None, seed=0, progress=None))]
    #[expect(clippy::too_many_arguments, reason = "they are named in Python")]
    fn sample<'py>(
        &self,
        py: Python<'py>,
        count: usize,
        sweeps: usize,
        given: Option<Vec<f32>>,
        tempering: Option<usize>,
        seed: u64,
        progress: Option<Py<PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let machine = &self.model.machine;
        let given = given.unwrap_or_else(|| vec![f32::NAN; machine.visible_units()]);
        let units = watch::run(py, progress.as_ref(), |watch| {
            let settings = (count, sweeps, tempering);
            queries::sample(machine, settings, &given, RandomKey::new(seed), watch)
        })?;
        crate::arrays::single(py, units, machine.visible_units())
    }

    /// Rows after Gibbs sweeps from given rows: `[rows, units]`.
    #[pyo3(signature = (rows, sweeps, *, seed=0, progress=None))]
    fn gibbs<'py>(
        &self,
        py: Python<'py>,
        rows: Input<'py>,
        sweeps: usize,
        seed: u64,
        progress: Option<Py<PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let units = self.ask(
            py,
            &rows,
            false,
            progress.as_ref(),
            |machine, rows, watch| {
                queries::gibbs(machine, rows, sweeps, RandomKey::new(seed), watch)
            },
        )?;
        crate::arrays::single(py, units, self.model.machine.visible_units())
    }

    /// Rows with their missing values imputed, as units: mode, mean, standard deviation and draws.
    #[pyo3(signature = (rows, *, chains=(10, 100, 100), draws=false, seed=0, progress=None))]
    fn impute<'py>(
        &self,
        py: Python<'py>,
        rows: Input<'py>,
        chains: Chains,
        draws: bool,
        seed: u64,
        progress: Option<Py<PyAny>>,
    ) -> PyResult<Bound<'py, PyDict>> {
        let found = self.ask(
            py,
            &rows,
            false,
            progress.as_ref(),
            |machine, rows, watch| {
                let key = RandomKey::new(seed);
                queries::impute(machine, rows, (settings(chains), draws), key, watch)
            },
        )?;
        found.into_dict(py, self.model.machine.visible_units())
    }

    /// Predictive distributions of columns given the others.
    #[pyo3(signature = (rows, columns, *, coverage=0.9, chains=(10, 100, 100), seed=0, progress=None))]
    #[expect(clippy::too_many_arguments, reason = "they are named in Python")]
    fn predict<'py>(
        &self,
        py: Python<'py>,
        rows: Input<'py>,
        columns: Vec<String>,
        coverage: f64,
        chains: Chains,
        seed: u64,
        progress: Option<Py<PyAny>>,
    ) -> PyResult<Bound<'py, PyDict>> {
        let targets = self.units_of(columns)?;
        let layout = &self.model.layout;
        let found = self.ask(
            py,
            &rows,
            false,
            progress.as_ref(),
            |machine, rows, watch| {
                let settings = (settings(chains), coverage);
                let key = RandomKey::new(seed);
                queries::predict(layout, (machine, rows), &targets, settings, key, watch)
            },
        )?;
        found.into_dict(py)
    }

    /// One counterfactual sample of each row, and the mean effect on each unit with its standard error.
    #[pyo3(signature = (rows, change, *, sweeps=10, repeats=100, seed=0, progress=None))]
    #[expect(clippy::too_many_arguments, reason = "they are named in Python")]
    fn counterfactual<'py>(
        &self,
        py: Python<'py>,
        rows: Input<'py>,
        change: Vec<f32>,
        sweeps: usize,
        repeats: usize,
        seed: u64,
        progress: Option<Py<PyAny>>,
    ) -> PyResult<Effects<'py>> {
        let found = self.ask(
            py,
            &rows,
            false,
            progress.as_ref(),
            |machine, rows, watch| {
                let key = RandomKey::new(seed);
                queries::counterfactual(machine, rows, &change, (sweeps, repeats), key, watch)
            },
        )?;
        let (units, effect, error) = found;
        let units = crate::arrays::single(py, units, self.model.machine.visible_units())?;
        Ok((units, effect, error))
    }

    /// Pairs of sites by their effective couplings, the strongest first: names, norm and corrected norm.
    #[pyo3(signature = (*, separation=1, seed=0, progress=None))]
    fn couplings(
        &self,
        py: Python<'_>,
        separation: usize,
        seed: u64,
        progress: Option<Py<PyAny>>,
    ) -> PyResult<Vec<Pair>> {
        let Model { machine, layout } = &*self.model;
        watch::run(py, progress.as_ref(), |watch| {
            sites::couplings(machine, layout, separation, RandomKey::new(seed), watch)
        })
    }

    /// Free-energy changes of all single mutations of one row: site, its state, another state, and the change.
    #[pyo3(signature = (rows, *, seed=0, progress=None))]
    fn mutations(
        &self,
        py: Python<'_>,
        rows: Input<'_>,
        seed: u64,
        progress: Option<Py<PyAny>>,
    ) -> PyResult<Vec<Mutation>> {
        let layout = &self.model.layout;
        self.ask(
            py,
            &rows,
            false,
            progress.as_ref(),
            |machine, rows, watch| {
                sites::mutations(machine, layout, rows, RandomKey::new(seed), watch)
            },
        )
    }

    /// The same distribution in the zero-sum gauge.
    fn zero_sum_gauge(&self) -> Self {
        let mut model = (*self.model).clone();
        model.machine.zero_sum();
        Self::new(model)
    }

    /// ln p(target | given) of each row as (low, value, high), in nats.
    #[pyo3(signature = (rows, target, given, *, seed=0, progress=None))]
    fn conditional_log_likelihood(
        &self,
        py: Python<'_>,
        rows: Input<'_>,
        target: Vec<String>,
        given: Vec<String>,
        seed: u64,
        progress: Option<Py<PyAny>>,
    ) -> PyResult<Vec<(f64, f64, f64)>> {
        let units = self.model.machine.visible_units();
        let mask = |columns| -> PyResult<Vec<bool>> {
            let chosen = self.units_of(columns)?;
            Ok((0..units).map(|unit| chosen.contains(&unit)).collect())
        };
        let (target, given) = (mask(target)?, mask(given)?);
        self.ask(
            py,
            &rows,
            false,
            progress.as_ref(),
            |machine, rows, watch| {
                let key = RandomKey::new(seed);
                queries::conditional(machine, rows, (&target, &given), key, watch)
            },
        )
    }
}

fn settings((chains, burn_in, sweeps): Chains) -> ChainSettings {
    ChainSettings {
        chains,
        burn_in,
        sweeps,
    }
}

fn check_width(values: usize, units: usize) -> Result<(), Fault> {
    match values.is_multiple_of(units) {
        true => Ok(()),
        false => Err(Fault::value(format_args!(
            "expected rows of {units} units, got {values} values"
        ))),
    }
}

/// Parameters on the host: name, values and shape.
#[derive(Default)]
struct Collected(Vec<(String, Vec<f32>, Vec<usize>)>);

impl Collected {
    fn add<const D: usize>(&mut self, id: ParameterId, tensor: &Tensor<D>) {
        let values = tensor.to_data().iter().collect();
        self.0
            .push((id.to_string(), values, tensor.dims().to_vec()));
    }
}

impl Visitor for Collected {
    fn vector(&mut self, id: ParameterId, tensor: &Tensor<1>) {
        self.add(id, tensor);
    }

    fn matrix(&mut self, id: ParameterId, tensor: &Tensor<2>) {
        self.add(id, tensor);
    }
}
