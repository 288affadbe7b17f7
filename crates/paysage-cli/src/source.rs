//! Data as the command line names and prepares them.

use std::path::Path;

use paysage::{
    data::{DataError, Table, read, scale, threshold},
    layers::AnyLayer,
    models::BoltzmannMachine,
};

use crate::{arguments::Preparation, config::Config, failure::Failure};

/// Reads a table and prepares it.
pub(crate) fn load(source: &str, preparation: Preparation) -> Result<Table, Failure> {
    // Words first: reading may take long.
    if let Some(by) = preparation.scale
        && (by == 0.0 || !by.is_finite())
    {
        let message = format!("--scale is {by}: it must be a finite number other than 0");
        return Err(Failure::input(message));
    }
    if let Some(at) = preparation.threshold
        && !at.is_finite()
    {
        let message = format!("--threshold is {at}: it must be a finite number");
        return Err(Failure::input(message));
    }
    let mut table = read(source)?;
    if let Some(by) = preparation.scale {
        table = scale(&table, by)?;
    }
    if let Some(at) = preparation.threshold {
        table = threshold(&table, at);
    }
    Ok(table)
}

/// Checks that the rows are ones that a model can have made.
pub(crate) fn check(
    table: &Table,
    machine: &BoltzmannMachine<AnyLayer>,
    model: &Path,
) -> Result<(), Failure> {
    machine.check(table).map_err(|error| match error {
        DataError::Width { .. } => {
            Failure::input(format!("{error} for the model {}", model.display()))
        }
        DataError::OutOfRange { .. } => Failure::input(format!(
            "{error}: prepare the data as for training (--scale, --threshold)"
        )),
        _ => error.into(),
    })
}

/// Training and validation rows.
pub(crate) fn split(table: &Table, config: &Config) -> Result<(Table, Option<Table>), Failure> {
    if config.validation == 0.0 {
        return Ok((table.clone(), None));
    }
    let (training, validation) = table.split(config.validation, config.seed)?;
    Ok((training, Some(validation)))
}
