//! Between the columns of a table and the units of a model.

use paysage::data::{AnyRows, MatchOptions};
use pyo3::prelude::*;

use super::PyModel;
use crate::{
    arrays::single,
    fault::Fault,
    input::{Data, Input},
    queries, watch,
};

#[pymethods]
impl PyModel {
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

    /// Reads data for the model from a file.
    #[pyo3(signature = (source, *, missing=false, absent=Vec::new(), drop=Vec::new(), labels=None, weights=None, reweight=None))]
    #[expect(clippy::too_many_arguments, reason = "they are named in Python")]
    fn read(
        &self,
        py: Python<'_>,
        source: String,
        missing: bool,
        absent: Vec<String>,
        drop: Vec<String>,
        labels: Option<String>,
        weights: Option<String>,
        reweight: Option<f64>,
    ) -> PyResult<Data> {
        let model = &self.model;
        watch::run(py, None, |_| {
            let data = model.layout.read(&MatchOptions {
                missing,
                absent,
                drop,
                labels,
                weights,
                reweight,
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
        single(py, layout.restore_values(&units), layout.unit_count())
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
    pub(super) fn units_of(&self, columns: Vec<String>) -> PyResult<Vec<usize>> {
        let mut units = Vec::new();
        for name in &columns {
            units.extend(self.model.layout.units_of(name).map_err(Fault::from)?);
        }
        Ok(units)
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
