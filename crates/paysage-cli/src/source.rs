//! Data as the command line names and prepares them.

use paysage::data::{DataError, Table, read, scale, threshold};

use crate::arguments::Preparation;

/// Reads a table and prepares it.
pub(crate) fn load(source: &str, preparation: Preparation) -> Result<Table, DataError> {
    let mut table = read(source)?;
    if let Some(by) = preparation.scale {
        table = scale(&table, by)?;
    }
    if let Some(at) = preparation.threshold {
        table = threshold(&table, at);
    }
    Ok(table)
}
