//! A model and what lies beside it.

use std::{
    ops::Range,
    path::{Path, PathBuf},
};

use paysage::{
    data::{DataError, Schema, Table},
    kernels::{DeviceChoice, select_device},
    layers::AnyLayer,
    models::BoltzmannMachine,
};

use crate::{
    arguments::Preparation,
    columns::Columns,
    failure::Failure,
    run_folder,
    source::{Layout, Reading},
};

/// A machine from a file.
pub(crate) struct Model {
    pub(crate) path: PathBuf,
    pub(crate) machine: BoltzmannMachine<AnyLayer>,
    /// The schema that training left beside it.
    pub(crate) schema: Option<Schema>,
}

impl Model {
    /// Reads a model onto a device.
    pub(crate) fn load(path: &Path, device: DeviceChoice) -> Result<Self, Failure> {
        let device = select_device(device)?;
        let machine = BoltzmannMachine::<AnyLayer>::load(path, &device)?;
        let beside = path.with_file_name(run_folder::SCHEMA);
        let schema = match beside.exists() {
            true => Some(Schema::read(&beside)?),
            false => None,
        };
        let units = machine.visible_units();
        if let Some(schema) = &schema
            && schema.units() != units
        {
            return Err(Failure::input(format!(
                "{}: is a schema of {} units, but {} has {units}: it is of another model",
                beside.display(),
                schema.units(),
                path.display()
            )));
        }
        Ok(Self {
            path: path.to_owned(),
            machine,
            schema,
        })
    }

    /// How its columns are named.
    pub(crate) fn columns(&self) -> Columns<'_> {
        Columns {
            schema: self.schema.as_ref(),
            units: self.machine.visible_units(),
        }
    }

    /// The units of the last visible layer, which are labels in a machine that was trained with them.
    pub(crate) fn labels(&self) -> Option<Range<usize>> {
        let (_, span) = self.machine.visible_spans().last()?;
        (self.machine.visible.len() > 1 && self.schema.is_none()).then_some(span)
    }

    /// How rows for it are read.
    pub(crate) fn reading(
        &self,
        preparation: Preparation,
        labels: Option<&String>,
    ) -> Result<Reading, Failure> {
        if labels.is_some() && self.labels().is_none() {
            return Err(Failure::input(format!(
                "--labels: {} was trained without labels",
                self.path.display()
            )));
        }
        let layout = match &self.schema {
            Some(schema) => Layout::Mixed(Some(schema.clone().into())),
            None => Layout::Units,
        };
        Ok(Reading {
            preparation,
            missing: false,
            layout,
            labels: labels.cloned(),
            classes: self.labels().map(|span| span.len()),
        })
    }

    /// A table with room for the labels, where it has none.
    pub(crate) fn with_labels(&self, table: Table) -> Result<Table, Failure> {
        let last = self.labels().map_or(0, |span| span.len());
        if last == 0 || table.columns() + last != self.machine.visible_units() {
            return Ok(table);
        }
        let gaps = vec![f32::NAN; table.rows() * last];
        let labels = Table::with_missing(table.source(), last, gaps)?;
        Ok(table.beside(&labels)?)
    }

    /// Checks that the rows are whole and ones that it can have made.
    pub(crate) fn check(&self, table: &Table) -> Result<(), Failure> {
        if !table.is_complete() {
            self.check_known(table)?;
        }
        self.machine.check(table).map_err(|error| match error {
            DataError::OutOfRange { value, .. } if value.is_nan() => Failure::input(format!(
                "{error}: fill in what is missing with `paysage impute`"
            )),
            _ => self.unfit(error),
        })
    }

    /// Checks that what the rows hold it can have made.
    pub(crate) fn check_known(&self, table: &Table) -> Result<(), Failure> {
        let checked = self.machine.check_known(table);
        checked.map_err(|error| self.unfit(error))
    }

    fn unfit(&self, error: DataError) -> Failure {
        match error {
            DataError::Width { .. } => {
                Failure::input(format!("{error} for the model {}", self.path.display()))
            }
            DataError::OutOfRange { .. } => Failure::input(format!(
                "{error}: prepare the data as for training (--scale, --threshold)"
            )),
            _ => error.into(),
        }
    }
}
