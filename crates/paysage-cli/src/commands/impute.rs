//! `paysage impute`.

use paysage::{
    data::{Table, write_npy},
    layers::AnyLayer,
    models::BoltzmannMachine,
    samplers::{Imputation, Imputed},
};

use crate::{
    arguments::{Filling, Impute},
    failure::Failure,
    model::Model,
    output,
    rows::{RowsFile, check_writable, pieces},
    source::Reading,
};

/// Rows that are filled in side by side.
const AT_ONCE: usize = 1000;

pub(crate) fn run(words: &Impute) -> Result<(), Failure> {
    check_writable(&words.out)?;
    if let Some(spread) = &words.spread {
        check_writable(spread)?;
    }
    let model = Model::load(&words.model, words.device)?;
    let out = RowsFile::new(&words.out, &model)?;
    if words.fill == Filling::Mean && out.has_columns() {
        return Err(Failure::input(
            "--fill mean: columns of words have no means: name a .npy file, or fill in the mode",
        ));
    }
    if words.count > 1 && words.fill != Filling::Draw {
        return Err(Failure::input(format!(
            "--count is {}: only draws differ from one another: say --fill draw",
            words.count
        )));
    }
    let reading = Reading {
        missing: true,
        ..model.reading(words.preparation, None)?
    };
    let table = model.with_labels(reading.load(&words.data)?.table)?;
    model.check_known(&table)?;

    let imputation = Imputation {
        count: match words.fill {
            Filling::Draw => words.count,
            Filling::Mode | Filling::Mean => words.chains.chains,
        },
        ..words.chains.imputation()
    };
    imputation.check().map_err(Failure::input)?;
    let filled = fill(&model.machine, &table, &imputation, words.fill)?;
    let units = table.columns();
    out.write(units, &filled.rows.concat())?;
    if let Some(path) = &words.spread {
        write_npy(path, table.rows(), units, &filled.deviations)?;
    }
    let missing = table.values().iter().filter(|x| x.is_nan()).count();
    output::say(format_args!(
        "{missing} of {} values were missing, and are filled in",
        table.values().len()
    ));
    output::print(format_args!("{}\n", words.out.display()))
}

/// A table that was filled in.
pub(crate) struct Filled {
    /// The rows, one table after another where there are several.
    pub(crate) rows: Vec<Vec<f32>>,
    /// The standard deviations of all units, 0 where they were known.
    pub(crate) deviations: Vec<f32>,
}

/// Fills in a table, with a progress bar.
pub(crate) fn fill(
    machine: &BoltzmannMachine<AnyLayer>,
    table: &Table,
    imputation: &Imputation,
    how: Filling,
) -> Result<Filled, Failure> {
    let bar = output::bar("filling in", "rows", table.rows());
    let tables = match how {
        Filling::Draw => imputation.count,
        Filling::Mode | Filling::Mean => 1,
    };
    let mut filled = Filled {
        rows: vec![Vec::with_capacity(table.values().len()); tables],
        deviations: Vec::with_capacity(table.values().len()),
    };
    for indices in pieces(table.rows(), AT_ONCE) {
        let batch = machine.batch(table, &indices);
        match &batch.known {
            // Whole rows are as they are.
            None => {
                let rows = table.gather(&indices);
                filled.deviations.extend(vec![0.0; rows.len()]);
                filled.rows.iter_mut().for_each(|table| table.extend(&rows));
            }
            Some(known) => {
                let at = Imputation {
                    key: imputation.key.starting_at(indices[0] as u32),
                    ..*imputation
                };
                let found = at.fill(machine, batch.rows.clone(), known);
                filled.extend(found.map_err(Failure::input)?, how);
            }
        }
        bar.inc(indices.len() as u64);
    }
    bar.finish_and_clear();
    Ok(filled)
}

impl Filled {
    fn extend(&mut self, found: Imputed, how: Filling) {
        let tables = match how {
            Filling::Draw => found.draws,
            Filling::Mode => vec![found.mode],
            Filling::Mean => vec![found.mean],
        };
        for (table, rows) in self.rows.iter_mut().zip(tables) {
            table.extend(rows.into_data().iter::<f32>());
        }
        self.deviations
            .extend(found.deviation.into_data().iter::<f32>());
    }
}
