//! `paysage impute`.

use paysage::{
    data::{Dataset, MatchOptions, RowsWriter, Unknown},
    inference::{ChainSettings, Imputation, Imputed},
    kernels::RandomKey,
};

use crate::{
    arguments::{Fill, Impute},
    failure::Failure,
    model::{self, check_rows_out},
    output::{self, Bar},
};

pub(crate) fn run(options: &Impute) -> Result<(), Failure> {
    let outputs = [
        ("--out", Some(&*options.out)),
        ("--spread", options.spread.as_deref()),
    ];
    let inputs = options.data.inputs(&options.model);
    check_rows_out(&outputs, &inputs)?;
    let imputation = Imputation {
        chains: chains(options)?,
    };
    let model = model::load_for(&options.model, &options.data)?;
    let writer = RowsWriter::new(&options.out, &model.layout)?;
    if options.fill == Fill::Mean && writer.has_categories() {
        return Err(Failure::input(
            "--fill mean: categories have no mean; give an --out that ends in .npy, or --fill mode",
        ));
    }
    let data = model::read(
        &model,
        &MatchOptions {
            missing: true,
            unknown: Some(Unknown::Missing),
            ..options.data.options()
        },
    )?;

    let mut imputed = Tables::default();
    let (key, mut bar) = (RandomKey::new(options.model.seed), Bar::new("imputing"));
    for rows in imputation.run(&model.machine, &data.table, key, &mut bar)? {
        imputed.add(rows?, options.fill);
    }
    drop(bar);
    writer
        .with_carried(&data.carried)
        .write(&imputed.rows.concat())?;
    if let Some(path) = &options.spread {
        RowsWriter::new(path, &model.layout)?
            .with_carried(&data.carried)
            .write_deviations(&imputed.deviations)?;
    }
    let (missing, values) = missing(&data)?;
    output::say(format_args!(
        "{missing} of {values} values were missing, and were imputed"
    ));
    output::written(&options.out)
}

/// The number of missing values, and of all values: a category is one value.
fn missing(data: &Dataset) -> Result<(usize, usize), Failure> {
    let names = data.layout.names();
    let units = names.iter().map(|name| data.layout.units_of(name));
    let units = units.collect::<Result<Vec<_>, _>>()?;
    let rows = 0..data.table.rows();
    let missing = rows.map(|row| {
        let row = data.table.row(row);
        units
            .iter()
            .filter(|units| row[units.start].is_nan())
            .count()
    });
    Ok((missing.sum(), data.table.rows() * names.len()))
}

/// The chains of each row: with draws, one for each imputed table.
fn chains(options: &Impute) -> Result<ChainSettings, Failure> {
    let settings = options.chains.settings();
    let chains = match (options.fill, options.count, options.chains.chains) {
        (Fill::Draw, _, Some(_)) => {
            return Err(Failure::input(
                "--chains: has no effect with --fill draw, which has one chain for each imputed table \
                 (--count)",
            ));
        }
        (Fill::Draw, Some(0), None) => {
            return Err(Failure::input("--count: expected at least 1, got 0"));
        }
        (Fill::Draw, count, None) => count.unwrap_or(1),
        (Fill::Mode | Fill::Mean, Some(_), _) => {
            return Err(Failure::input(
                "--count: has no effect without --fill draw: only draws differ from one another",
            ));
        }
        (Fill::Mode | Fill::Mean, None, _) => settings.chains,
    };
    let settings = ChainSettings { chains, ..settings };
    settings.check()?;
    Ok(settings)
}

/// Imputed rows.
#[derive(Default)]
struct Tables {
    /// The rows of each imputed table.
    rows: Vec<Vec<f32>>,
    /// The standard deviation of each unit, 0 where it was observed.
    deviations: Vec<f32>,
}

impl Tables {
    fn add(&mut self, found: Imputed, fill: Fill) {
        let tables = match fill {
            Fill::Draw => found.draws,
            Fill::Mode => vec![found.mode],
            Fill::Mean => vec![found.mean],
        };
        self.rows.resize_with(tables.len(), Vec::new);
        for (rows, table) in self.rows.iter_mut().zip(tables) {
            rows.extend(table.into_data().iter::<f32>());
        }
        let deviations = found.standard_deviation.into_data();
        self.deviations.extend(deviations.iter::<f32>());
    }
}
