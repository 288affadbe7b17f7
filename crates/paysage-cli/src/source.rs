//! Data as the command line names and prepares them.

use paysage::{
    data::{
        DataError, Group, GroupKind, PartialSchema, Schema, SchemaError, Table, one_hot, read,
        read_labels, read_mixed, read_with_missing, scale, threshold,
    },
    layers::LayerKind,
};

use crate::{arguments::Preparation, config::Config, failure::Failure};

/// How data are read.
#[derive(Clone, Debug)]
pub(crate) struct Reading {
    pub(crate) preparation: Preparation,
    /// Whether values may be missing in tables of numbers; in columns by a schema they always may.
    pub(crate) missing: bool,
    pub(crate) layout: Layout,
    /// Labels that stand beside the columns, and how many classes they are of where that is known.
    pub(crate) labels: Option<String>,
    pub(crate) classes: Option<usize>,
}

/// What the columns of a file are.
#[derive(Clone, Debug)]
pub(crate) enum Layout {
    /// Units of a model.
    Units,
    /// Words and numbers, by a schema or as the data tell.
    Mixed(Option<PartialSchema>),
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
    /// Reads a table and prepares it.
    pub(crate) fn load(&self, source: &str) -> Result<Source, Failure> {
        self.check()?;
        let (mut table, schema) = match &self.layout {
            Layout::Units => (self.numbers(source)?, None),
            Layout::Mixed(schema) => match read_mixed(source, schema.as_ref()) {
                // Units that a program has made for the model.
                Err(DataError::Schema(SchemaError::NotMixed { .. })) if schema.is_some() => {
                    (self.numbers(source)?, None)
                }
                found => found.map(|(table, schema)| (table, Some(schema)))?,
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
        if matches!(self.layout, Layout::Mixed(_)) && (scale.or(threshold)).is_some() {
            return Err(Failure::input(
                "--scale and --threshold change units: columns by a schema have a scale of their own",
            ));
        }
        Ok(())
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

fn layer_of(group: &Group) -> LayerKind {
    let columns = group.columns.len();
    match group.kind {
        GroupKind::Binary => LayerKind::Bernoulli { units: columns },
        GroupKind::OneHot { states } => LayerKind::onehot(columns, states),
        GroupKind::Real => LayerKind::Gaussian { units: columns },
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
