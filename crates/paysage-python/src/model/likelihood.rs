//! Likelihoods and metrics.

use numpy::PyArray1;
use paysage::kernels::RandomKey;
use pyo3::{prelude::*, types::PyDict};

use super::PyModel;
use crate::{input::Input, queries, watch};

#[pymethods]
impl PyModel {
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

    /// ln Z as (low, value, high), and reasons why the bounds may not hold.
    #[pyo3(signature = (*, seed=0, progress=None))]
    fn log_partition(
        &self,
        py: Python<'_>,
        seed: u64,
        progress: Option<Py<PyAny>>,
    ) -> PyResult<queries::Partition> {
        let machine = &self.model.machine;
        watch::run(py, progress.as_ref(), |watch| {
            queries::log_partition(machine, RandomKey::new(seed), watch)
        })
    }

    /// Variational lower bound of the log-likelihood of each complete row, given an upper bound of ln Z.
    #[pyo3(signature = (rows, upper, *, double=false))]
    fn elbo<'py>(
        &self,
        py: Python<'py>,
        rows: Input<'py>,
        upper: f64,
        double: bool,
    ) -> PyResult<Bound<'py, PyArray1<f64>>> {
        let found = self.ask(py, &rows, double, None, |machine, rows, watch| {
            queries::elbo(machine, rows, upper, watch)
        })?;
        Ok(PyArray1::from_vec(py, found))
    }

    /// TAP estimates of ln Z and the mean log-likelihood of complete rows.
    #[pyo3(signature = (rows, order=2, *, progress=None))]
    fn tap<'py>(
        &self,
        py: Python<'py>,
        rows: Input<'py>,
        order: usize,
        progress: Option<Py<PyAny>>,
    ) -> PyResult<Bound<'py, PyDict>> {
        let progress = progress.as_ref();
        let found = self.ask(py, &rows, false, progress, |machine, rows, watch| {
            queries::Tap::of(machine, rows, order, watch)
        })?;
        found.into_dict(py)
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
