//! Data as the command line names and prepares them.

use std::{ops::Range, path::Path};

use paysage::{
    data::{
        DataError, GroupKind, PartialSchema, Schema, Table, one_hot, read, read_labels, read_mixed,
        read_with_missing, scale, threshold,
    },
    layers::{AnyLayer, LayerKind},
    models::BoltzmannMachine,
};

use crate::{arguments::Preparation, config::Config, failure::Failure, run_folder};

/// How data are read.
#[derive(Clone, Debug, Default)]
pub(crate) struct Reading {
    pub(crate) preparation: Preparation,
    /// Whether values may be missing in tables of numbers; in columns by a schema they always may.
    pub(crate) missing: bool,
    pub(crate) columns: Columns,
    /// Labels that stand beside the columns, and how many classes they are of where that is known.
    pub(crate) labels: Option<String>,
    pub(crate) classes: Option<usize>,
}

/// What the columns of a file are.
#[derive(Clone, Debug, Default)]
pub(crate) enum Columns {
    /// Units of a model.
    #[default]
    Units,
    /// Words and numbers, by a schema that the data tell.
    Inferred,
    /// Words and numbers by this schema.
    Of(PartialSchema),
}

/// Data that are ready for a model.
#[derive(Clone, Debug)]
pub(crate) struct Source {
    pub(crate) table: Table,
    /// What the columns of a file of words and numbers are.
    pub(crate) schema: Option<Schema>,
    /// How many of the last columns are labels.
    pub(crate) classes: usize,
}

impl Reading {
    /// For a model: by the schema that was left beside it in the folder of its run.
    pub(crate) fn for_model(
        model: &Path,
        machine: &BoltzmannMachine<AnyLayer>,
        preparation: Preparation,
        labels: Option<String>,
    ) -> Result<Self, Failure> {
        let columns = match schema_of(model)? {
            Some(schema) => Columns::Of(schema.into()),
            None => Columns::Units,
        };
        let has_labels = machine.visible.len() > 1 && matches!(columns, Columns::Units);
        if labels.is_some() && !has_labels {
            return Err(Failure::input(format!(
                "--labels: {} was trained without labels",
                model.display()
            )));
        }
        Ok(Self {
            preparation,
            columns,
            labels,
            // Training has put them behind the other columns.
            classes: Some(labels_of(machine).len()),
            ..Self::default()
        })
    }

    /// Reads a table and prepares it.
    pub(crate) fn load(&self, source: &str) -> Result<Source, Failure> {
        self.check()?;
        let (mut table, schema) = match &self.columns {
            Columns::Units => (self.numbers(source)?, None),
            Columns::Inferred => mixed(read_mixed(source, None)?),
            Columns::Of(schema) => match read_mixed(source, Some(schema)) {
                // Units that a program has made for the model.
                Err(DataError::NotMixed { .. }) => (self.numbers(source)?, None),
                found => mixed(found?),
            },
        };
        if let Some(by) = self.preparation.scale {
            table = scale(&table, by)?;
        }
        if let Some(at) = self.preparation.threshold {
            table = threshold(&table, at);
        }
        let mut classes = 0;
        if let Some(path) = &self.labels {
            let labels = read_labels(path)?;
            let known = labels.iter().max().map_or(1, |largest| largest + 1);
            classes = self.classes.unwrap_or(known);
            table = table.beside(&one_hot(path, &labels, classes)?)?;
        }
        Ok(Source {
            table,
            schema,
            classes,
        })
    }

    fn numbers(&self, source: &str) -> Result<Table, DataError> {
        match self.missing {
            true => read_with_missing(source),
            false => read(source),
        }
    }

    /// Words first: reading may take long.
    fn check(&self) -> Result<(), Failure> {
        let Preparation { scale, threshold } = self.preparation;
        if let Some(by) = scale
            && (by == 0.0 || !by.is_finite())
        {
            let message = format!("--scale is {by}: it must be a finite number other than 0");
            return Err(Failure::input(message));
        }
        if let Some(at) = threshold
            && !at.is_finite()
        {
            let message = format!("--threshold is {at}: it must be a finite number");
            return Err(Failure::input(message));
        }
        if !matches!(self.columns, Columns::Units) && (scale.or(threshold)).is_some() {
            return Err(Failure::input(
                "--scale and --threshold change units: columns by a schema have a scale of their own",
            ));
        }
        Ok(())
    }
}

fn mixed((table, schema): (Table, Schema)) -> (Table, Option<Schema>) {
    (table, Some(schema))
}

/// The units of the last visible layer, which labels are in a machine that was trained with them.
pub(crate) fn labels_of(machine: &BoltzmannMachine<AnyLayer>) -> Range<usize> {
    let last = machine.visible_spans().last();
    last.map_or(0..0, |(_, span)| span)
}

/// A table with room for the labels of a model that was trained with them, where it has none.
pub(crate) fn with_labels(
    table: Table,
    machine: &BoltzmannMachine<AnyLayer>,
) -> Result<Table, Failure> {
    let last = labels_of(machine).len();
    if machine.visible.len() < 2 || table.columns() + last != machine.visible_units() {
        return Ok(table);
    }
    let gaps = vec![f32::NAN; table.rows() * last];
    let labels = Table::with_missing(table.source(), last, gaps)?;
    Ok(table.beside(&labels)?)
}

/// The schema that training left beside a model.
pub(crate) fn schema_of(model: &Path) -> Result<Option<Schema>, Failure> {
    let path = model.with_file_name(run_folder::SCHEMA);
    match path.exists() {
        true => Ok(Some(Schema::read(path)?)),
        false => Ok(None),
    }
}

impl Source {
    /// The layers that take the columns.
    pub(crate) fn layers(&self, config: &Config) -> Result<Vec<LayerKind>, Failure> {
        let mut layers = match &self.schema {
            Some(schema) => schema.groups().iter().map(layer_of).collect(),
            None => vec![config.visible_layer(&self.table, self.table.columns() - self.classes)?],
        };
        if self.classes > 0 {
            layers.push(LayerKind::onehot(1, self.classes));
        }
        Ok(layers)
    }
}

fn layer_of(group: &paysage::data::Group) -> LayerKind {
    let columns = group.columns.len();
    match group.kind {
        GroupKind::Binary => LayerKind::Bernoulli { units: columns },
        GroupKind::OneHot { states } => LayerKind::onehot(columns, states),
        GroupKind::Real => LayerKind::Gaussian { units: columns },
    }
}

/// Checks that the rows are whole and ones that a model can have made.
pub(crate) fn check(
    table: &Table,
    machine: &BoltzmannMachine<AnyLayer>,
    model: &Path,
) -> Result<(), Failure> {
    if !table.is_complete() {
        check_known(table, machine, model)?;
    }
    machine.check(table).map_err(|error| match error {
        DataError::OutOfRange { value, .. } if value.is_nan() => Failure::input(format!(
            "{error}: fill in what is missing with `paysage impute`"
        )),
        _ => unfit(error, model),
    })
}

/// Checks that what the rows hold a model can have made.
pub(crate) fn check_known(
    table: &Table,
    machine: &BoltzmannMachine<AnyLayer>,
    model: &Path,
) -> Result<(), Failure> {
    machine
        .check_known(table)
        .map_err(|error| unfit(error, model))
}

fn unfit(error: DataError, model: &Path) -> Failure {
    match error {
        DataError::Width { .. } => {
            Failure::input(format!("{error} for the model {}", model.display()))
        }
        DataError::OutOfRange { .. } => Failure::input(format!(
            "{error}: prepare the data as for training (--scale, --threshold)"
        )),
        _ => error.into(),
    }
}

/// Training and validation rows.
pub(crate) fn split(table: &Table, config: &Config) -> Result<(Table, Option<Table>), Failure> {
    if config.validation == 0.0 {
        return Ok((table.clone(), None));
    }
    let (training, validation) = table.split(config.validation, config.seed)?;
    Ok((training, Some(validation)))
}
