//! Rows that a model is asked about.

use numpy::PyReadonlyArray2;
use paysage::{
    data::{AnyRows, Layout, Rows, Table},
    layers::AnyLayer,
    models::BoltzmannMachine,
};
use pyo3::prelude::*;

use crate::{arrays::ArrayRows, fault::Fault};

/// Data that were read for a model.
#[pyclass(frozen, module = "paysage._core")]
pub(crate) struct Data {
    pub(crate) rows: AnyRows,
}

#[pymethods]
impl Data {
    /// Number of rows.
    fn __len__(&self) -> usize {
        self.rows.count()
    }

    /// The values of all units, NaN where missing: `[rows, units]`.
    fn units<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let mut values = Vec::with_capacity(self.rows.count() * self.rows.columns());
        for chunk in self.rows.chunks(paysage::data::Order::Stored, 1000) {
            values.extend(chunk.map_err(Fault::from)?.values);
        }
        crate::arrays::single(py, values, self.rows.columns())
    }
}

/// An array `[rows, columns]` of `float32`, or data that were read.
#[derive(FromPyObject)]
pub(crate) enum Input<'py> {
    /// An array.
    Array(PyReadonlyArray2<'py, f32>),
    /// Data.
    Data(Bound<'py, Data>),
}

impl Input<'_> {
    /// The rows without the GIL.
    pub(crate) fn borrow(&self) -> Result<Borrowed<'_>, Fault> {
        Ok(match self {
            Self::Array(array) => Borrowed::Array(ArrayRows::new(array)?),
            Self::Data(data) => Borrowed::Data(&data.get().rows),
        })
    }
}

/// The rows of an [`Input`].
#[derive(Clone, Copy)]
pub(crate) enum Borrowed<'a> {
    /// Columns of an array, which are prepared for the model.
    Array(ArrayRows<'a>),
    /// Units of a model.
    Data(&'a AnyRows),
}

/// Rows whose columns are the units of a machine.
pub(crate) enum Units<'a> {
    /// As they were given.
    Array(ArrayRows<'a>),
    /// Prepared.
    Table(Table),
    /// As they were read.
    Data(&'a AnyRows),
}

impl<'a> Borrowed<'a> {
    /// The units of the rows by a layout: arrays are prepared as the training data were, and are not copied where
    /// there is nothing to prepare.
    pub(crate) fn units(self, layout: &Layout) -> Result<Units<'a>, Fault> {
        match self {
            Self::Data(rows) => Ok(Units::Data(rows)),
            Self::Array(rows) if layout.preparation.is_none() => Ok(Units::Array(rows)),
            Self::Array(rows) => {
                let values = rows.values().to_vec();
                let table = Table::with_missing(rows.source(), rows.columns(), values)?;
                Ok(Units::Table(layout.preparation.apply(&table)?))
            }
        }
    }
}

impl Units<'_> {
    /// The rows.
    pub(crate) fn rows(&self) -> &dyn Rows {
        match self {
            Self::Array(rows) => rows,
            Self::Table(rows) => rows,
            Self::Data(rows) => *rows,
        }
    }

    /// The rows, after a check that the visible units take their values.
    pub(crate) fn checked(&self, machine: &BoltzmannMachine<AnyLayer>) -> Result<&dyn Rows, Fault> {
        machine.check_known(self.rows())?;
        Ok(self.rows())
    }
}
