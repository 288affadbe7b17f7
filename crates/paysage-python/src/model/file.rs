//! Files of models.

use std::path::Path;

use numpy::{PyArrayMethods, PyReadonlyArray1};
use paysage::{
    interchange::{BernoulliArrays, Export, Import},
    kernels::{DeviceChoice, select_device},
    layers::AnyLayer,
    models::Model,
};
use pyo3::{prelude::*, types::PyBytes};

use super::{PyModel, device_of};
use crate::{bytes, fault::Fault};

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
}
