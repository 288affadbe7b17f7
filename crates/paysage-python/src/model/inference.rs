//! Hidden units, missing values, predictions and counterfactuals.

use paysage::{inference::ChainSettings, kernels::RandomKey};
use pyo3::{prelude::*, types::PyDict};

use super::PyModel;
use crate::{arrays::single, fault::Fault, input::Input, queries};

/// Parameters of the chains that infer unobserved units: their number, the sweeps before those that count, and the
/// sweeps that count.
type Chains = (usize, usize, usize);

/// Counterfactual units, mean effects, and their standard errors.
type Effects<'py> = (Bound<'py, PyAny>, Vec<f64>, Option<Vec<f64>>);

#[pymethods]
impl PyModel {
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
        let units = single(py, units, self.model.machine.visible_units())?;
        Ok((units, effect, error))
    }
}

fn settings((chains, burn_in, sweeps): Chains) -> ChainSettings {
    ChainSettings {
        chains,
        burn_in,
        sweeps,
    }
}
