//! Training data with categorical and numeric columns.

use super::{Dataset, Draft, ReadOptions, dropped_column};
use crate::error::{DataError, FormatError, SchemaError};
use crate::layout::{Columns, Layout, Reason};
use crate::read::{Cells, marked};
use crate::schema::{PartialSchema, Schema, inferred};
use crate::warning::Warning;
use crate::weights::{read_weights, weight_column};

/// Cells whose schema is known.
pub(super) struct Mixed {
    /// With the weights of their rows.
    pub(super) cells: Cells,
    pub(super) layout: Layout,
    /// The columns that are not modelled.
    pub(super) dropped: Vec<usize>,
    pub(super) warnings: Vec<Warning>,
}

impl ReadOptions {
    pub(super) fn mixed(&self, schema: Option<&PartialSchema>) -> Result<Draft, DataError> {
        self.check_mixed()?;
        let (
            schema,
            Mixed {
                cells,
                layout,
                dropped,
                warnings,
            },
        ) = self.modelled(Cells::read(&self.source)?, schema)?;
        let data = Dataset {
            table: schema.encode(&cells, &[])?,
            layout,
            carried: cells.carried(&dropped),
            warnings,
            alignment: None,
        };
        Ok(Draft { data, kept: None })
    }

    /// Checks that no option is one of alignments or archives.
    pub(super) fn check_mixed(&self) -> Result<(), DataError> {
        self.check_no_alignment()?;
        match &self.array {
            Some(array) => Err(DataError::Format(FormatError::NotAnArchive {
                file: self.source.clone(),
                array: array.clone(),
            })),
            None => Ok(()),
        }
    }

    /// The schema of cells, which is completed by them or inferred, and what follows from it.
    pub(super) fn modelled(
        &self,
        cells: Cells,
        schema: Option<&PartialSchema>,
    ) -> Result<(Schema, Mixed), DataError> {
        let names = cells.names.clone();
        let mut kept = self.selected(Some(&names), names.len())?;
        let mut reasons = vec![Reason::Dropped; names.len()];
        let of_weights = weight_column(self.weights.as_deref(), Some(&names), names.len());
        if let Some(column) = of_weights {
            kept.retain(|other| *other != column);
            reasons[column] = Reason::Weights;
        }
        let weights = match (of_weights, &self.weights) {
            (Some(column), _) => {
                cells.check(column)?;
                Some(cells.weights_of(column)?)
            }
            (None, Some(file)) => {
                let columns = names.clone();
                Some(read_weights(
                    file,
                    None,
                    &cells.empty_rows()?,
                    None,
                    columns,
                )?)
            }
            (None, None) => None,
        };
        let cells = cells.weighted(weights);
        let modelled = match schema {
            Some(schema) => self.given(&cells, schema, &kept),
            None => inferred(&cells, &kept),
        };
        cells.check_read()?;
        let (schema, left_out) = modelled?;
        for &(column, reason) in &left_out {
            reasons[column] = reason;
        }
        let used = schema
            .columns
            .iter()
            .map(|column| cells.column(&column.name));
        let is_used = marked(names.len(), used.collect::<Result<Vec<_>, _>>()?);
        let dropped: Vec<usize> = (0..names.len()).filter(|&c| !is_used[c]).collect();
        let ignored = dropped.iter();
        let ignored = ignored.map(|&c| dropped_column(Some(&names), c, reasons[c]));
        let mixed = Mixed {
            layout: Layout {
                ignored: ignored.collect(),
                ..Layout::of(Columns::Mixed(schema.clone()))
            },
            dropped,
            warnings: Warning::of(&self.source, &names, &left_out),
            cells,
        };
        Ok((schema, mixed))
    }

    /// The schema that is given, completed by the cells; its columns must be among those that are kept.
    fn given(
        &self,
        cells: &Cells,
        schema: &PartialSchema,
        kept: &[usize],
    ) -> Result<(Schema, Vec<(usize, Reason)>), DataError> {
        let is_kept = marked(cells.names.len(), kept.iter().copied());
        for name in schema.names() {
            if !is_kept[cells.column(name)?] {
                let known = kept.iter().map(|&column| cells.names[column].clone());
                return Err(DataError::Schema(SchemaError::NoSuchColumn {
                    file: self.source.clone(),
                    name: name.into(),
                    known: known.collect(),
                }));
            }
        }
        Ok((schema.completed(cells)?, Vec::new()))
    }
}
