//! `paysage impute`.

use paysage::{
    data::{Table, write_npy},
    inference::{ChainSettings, Imputation, Imputed},
    kernels::RandomKey,
    layers::AnyLayer,
    models::BoltzmannMachine,
};

use crate::{
    arguments::{Filling, Impute},
    failure::Failure,
    model::Model,
    output,
    rows::{RowsFile, check_writable},
    source::Reading,
};

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

    let settings = words.chains.settings();
    let chains = ChainSettings {
        chains: match words.fill {
            Filling::Draw => words.count,
            Filling::Mode | Filling::Mean => settings.chains,
        },
        ..settings
    };
    let imputation = Imputation { chains };
    let key = words.chains.key();
    let filled = fill(&model.machine, &table, &imputation, words.fill, key)?;
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
    key: RandomKey,
) -> Result<Filled, Failure> {
    let bar = output::bar("filling in", "rows", table.rows());
    let tables = match how {
        Filling::Draw => imputation.chains.chains,
        Filling::Mode | Filling::Mean => 1,
    };
    let mut filled = Filled {
        rows: vec![Vec::with_capacity(table.values().len()); tables],
        deviations: Vec::with_capacity(table.values().len()),
    };
    let mut progress = |done| bar.set_position(done as u64);
    let answers = imputation.run(machine, table, key, &mut progress);
    for found in answers.map_err(Failure::input)? {
        filled.extend(found.map_err(Failure::input)?, how);
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
            .extend(found.standard_deviation.into_data().iter::<f32>());
    }
}
