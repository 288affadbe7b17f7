//! Values of columns from the command line: `smoker=no`.

use paysage::{data::Table, models::Model};

use crate::failure::Failure;

/// The value of each unit, NaN for units without one, from assignments of values that the columns can
/// have.
pub(crate) fn values(
    model: &Model,
    option: &str,
    assignments: &[String],
) -> Result<Vec<f32>, Failure> {
    let layout = &model.layout;
    let refused = |error| Failure::input(format_args!("{option}: {error}"));
    let values = layout.parse_assignments(assignments).map_err(refused)?;
    let row = Table::with_missing(option, values.len(), values.clone())?;
    let row = match layout.has_names() {
        true => row.with_names(layout.unit_names())?,
        false => row,
    };
    model.machine.check_known(&row)?;
    Ok(values)
}
