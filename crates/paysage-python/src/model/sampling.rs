//! Samples.

use paysage::kernels::RandomKey;
use pyo3::{prelude::*, types::PyDict};

use super::PyModel;
use crate::{arrays::single, input::Input, queries, watch};

/// Samples of units, and the convergence of their chains.
type Samples<'py> = (Bound<'py, PyAny>, Option<Bound<'py, PyDict>>);

#[pymethods]
impl PyModel {
    /// Samples of the visible units, `[count, units]`, and with `diagnose` the convergence of their chains. `given` has rows
    /// of values, NaN for free units.
    #[pyo3(signature = (count, sweeps, *, given=None, tempering=None, past=None, diagnose=false, seed=0, progress=None))]
    #[expect(clippy::too_many_arguments, reason = "they are named in Python")]
    fn sample<'py>(
        &self,
        py: Python<'py>,
        count: usize,
        sweeps: usize,
        given: Option<Vec<f32>>,
        tempering: Option<usize>,
        past: Option<Vec<Py<PyModel>>>,
        diagnose: bool,
        seed: u64,
        progress: Option<Py<PyAny>>,
    ) -> PyResult<Samples<'py>> {
        let machine = &self.model.machine;
        let past = past.map(|models| {
            let machines = models.iter().map(|it| it.get().model.machine.clone());
            machines.collect()
        });
        let sampling = queries::Sampling {
            samples: count,
            sweeps,
            given,
            tempering,
            past,
            diagnose,
        };
        let found = watch::run(py, progress.as_ref(), |watch| {
            sampling.run(machine, RandomKey::new(seed), watch)
        })?;
        let units = single(py, found.units, machine.visible_units())?;
        let convergence = found.convergence.map(|it| it.into_dict(py));
        Ok((units, convergence.transpose()?))
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
        single(py, units, self.model.machine.visible_units())
    }
}
