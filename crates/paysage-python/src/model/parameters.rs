//! Layers and parameters.

use burn::tensor::Tensor;
use numpy::{PyArray1, PyArrayMethods};
use paysage::{
    layers::{Layer, Stored},
    models::{HiddenScale, ParameterId, Visitor},
};
use pyo3::{prelude::*, types::PyDict};

use super::PyModel;
use crate::fault::Fault;

#[pymethods]
impl PyModel {
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

    /// The same distribution in the zero-sum gauge, with another scale of the hidden units where one is given.
    #[pyo3(signature = (hidden=None))]
    fn zero_sum_gauge(&self, hidden: Option<&str>) -> PyResult<Self> {
        let scale = match hidden {
            None => None,
            Some("unit-variance") => Some(HiddenScale::UnitVariance),
            Some("unit-weights") => Some(HiddenScale::UnitWeights),
            Some(other) => {
                return Err(Fault::value(format_args!(
                    "hidden: expected unit-variance or unit-weights, got {other}"
                ))
                .into());
            }
        };
        let mut model = (*self.model).clone();
        if let Some(scale) = scale {
            model.machine.normalize_hidden(scale);
        }
        model.machine.zero_sum();
        Ok(Self::new(model))
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
