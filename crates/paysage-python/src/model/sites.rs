//! Couplings and mutations of sites.

use paysage::{kernels::RandomKey, models::Model};
use pyo3::prelude::*;

use super::PyModel;
use crate::{
    input::Input,
    sites::{self, Mutation, Pair},
    watch,
};

#[pymethods]
impl PyModel {
    /// Pairs of sites by their effective couplings, the strongest first: names, norm, corrected norm, and the coupling
    /// of sites of two states.
    #[pyo3(signature = (*, separation=1, skip_state=None, seed=0, progress=None))]
    fn couplings(
        &self,
        py: Python<'_>,
        separation: usize,
        skip_state: Option<&str>,
        seed: u64,
        progress: Option<Py<PyAny>>,
    ) -> PyResult<Vec<Pair>> {
        let Model { machine, layout } = &*self.model;
        watch::run(py, progress.as_ref(), |watch| {
            let of = (separation, skip_state);
            sites::couplings(machine, layout, of, RandomKey::new(seed), watch)
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
}
