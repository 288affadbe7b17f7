//! Between NumPy arrays and rows.

use burn::tensor::{DType, Tensor};
use numpy::{PyArray1, PyArrayMethods, PyReadonlyArray2, PyUntypedArrayMethods};
use paysage::data::{Chunk, Chunks, Order, Position, Rows};
use pyo3::prelude::*;

use crate::fault::{Fault, not_contiguous};

/// Rows of an array of NumPy, which are not copied: a C-contiguous array of `float32`, `[rows, columns]`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ArrayRows<'a> {
    values: &'a [f32],
    columns: usize,
    is_complete: bool,
}

impl<'a> ArrayRows<'a> {
    /// The rows of an array.
    pub(crate) fn new(array: &'a PyReadonlyArray2<'_, f32>) -> Result<Self, Fault> {
        let values = array.as_slice().map_err(not_contiguous)?;
        let [rows, columns] = [0, 1].map(|axis| array.shape()[axis]);
        if rows == 0 || columns == 0 {
            return Err(Fault::value(format_args!(
                "expected at least one row and one column, got an array of shape ({rows}, {columns})"
            )));
        }
        if let Some(place) = values.iter().position(|value| value.is_infinite()) {
            return Err(Fault::value(format_args!(
                "row {}, column {}: expected a finite number, got {} (values are computed as float32)",
                place / columns,
                place % columns,
                values[place]
            )));
        }
        Ok(Self {
            values,
            columns,
            is_complete: !values.iter().any(|value| value.is_nan()),
        })
    }

    /// All values, row after row.
    pub(crate) fn values(&self) -> &'a [f32] {
        self.values
    }
}

impl Rows for ArrayRows<'_> {
    fn source(&self) -> &str {
        "X"
    }

    fn columns(&self) -> usize {
        self.columns
    }

    fn count(&self) -> usize {
        self.values.len() / self.columns
    }

    fn is_complete(&self) -> bool {
        self.is_complete
    }

    fn in_memory(&self) -> bool {
        true
    }

    fn position(&self, row: usize, column: usize) -> Position {
        Position::row(row + 1, column + 1)
    }

    fn chunks(&self, order: Order, size: usize) -> Chunks<'_> {
        let (width, values) = (self.columns, self.values);
        let groups = order.groups(self.count(), size);
        Box::new(groups.map(move |positions| {
            let mut chunk = Vec::with_capacity(positions.len() * width);
            for row in &positions {
                chunk.extend_from_slice(&values[row * width..][..width]);
            }
            Ok(Chunk {
                values: chunk,
                positions,
            })
        }))
    }
}

/// Numbers in the precision in which they were computed.
#[derive(Clone, Debug)]
pub(crate) enum Numbers {
    /// 32 bits.
    Single(Vec<f32>),
    /// 64 bits.
    Double(Vec<f64>),
}

impl Numbers {
    /// None yet, of a type.
    pub(crate) fn of(dtype: DType) -> Self {
        match dtype {
            DType::F64 => Self::Double(Vec::new()),
            _ => Self::Single(Vec::new()),
        }
    }

    /// Adds the values of a tensor.
    pub(crate) fn extend<const D: usize>(&mut self, tensor: Tensor<D>) {
        match self {
            Self::Single(all) => all.extend(tensor.into_data().iter::<f32>()),
            Self::Double(all) => all.extend(tensor.into_data().iter::<f64>()),
        }
    }

    /// An array of one axis, which takes the memory of the numbers.
    pub(crate) fn into_vector(self, py: Python<'_>) -> Bound<'_, PyAny> {
        match self {
            Self::Single(values) => PyArray1::from_vec(py, values).into_any(),
            Self::Double(values) => PyArray1::from_vec(py, values).into_any(),
        }
    }

    /// The same of two axes.
    pub(crate) fn into_matrix(self, py: Python<'_>, columns: usize) -> PyResult<Bound<'_, PyAny>> {
        Ok(match self {
            Self::Single(values) => single(py, values, columns)?,
            Self::Double(values) => {
                let rows = values.len() / columns.max(1);
                PyArray1::from_vec(py, values)
                    .reshape([rows, columns])?
                    .into_any()
            }
        })
    }
}

/// An array `[rows, columns]` of `float32`, which takes the memory of the values.
pub(crate) fn single(
    py: Python<'_>,
    values: Vec<f32>,
    columns: usize,
) -> PyResult<Bound<'_, PyAny>> {
    let rows = values.len() / columns.max(1);
    Ok(PyArray1::from_vec(py, values)
        .reshape([rows, columns])?
        .into_any())
}
