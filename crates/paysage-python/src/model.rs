//! A model: its file, its parameters, and what is asked of it.

mod columns;
mod file;
mod inference;
mod likelihood;
mod parameters;
mod sampling;
mod sites;

use burn::tensor::{DType, Device};
use paysage::{
    data::Rows,
    kernels::select_device,
    layers::AnyLayer,
    models::{BoltzmannMachine, Model},
};
use pyo3::prelude::*;

use crate::{
    fault::Fault,
    input::Input,
    watch::{self, Watch},
};

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
