//! `paysage impute`.

use std::ops::Range;

use paysage::{
    data::{AnyRows, DeviationsInParts, Layout, MatchOptions, Order, Rows, RowsWriter, Unknown},
    inference::{ChainSettings, Imputation},
    kernels::RandomKey,
};

use crate::{
    arguments::{Fill, Impute},
    failure::Failure,
    model::{self, ModelRows, check_rows_out},
    output::{self, Bar, values},
};

/// Number of rows that are read at a time to count missing values.
const CHUNK: usize = 1000;

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
    let matching = MatchOptions {
        missing: true,
        unknown: Some(Unknown::Missing),
        ..options.data.options()
    };
    let ModelRows { rows, carried } = model::rows(&model, &matching, options.data.disk())?;
    let (missing, all) = missing(&model.layout, &rows)?;

    let (key, mut bar) = (RandomKey::new(options.model.seed), Bar::new("imputing"));
    let answers = imputation.run(&model.machine, &rows, key, &mut bar)?;
    let tables = match options.fill {
        Fill::Draw => imputation.chains.chains,
        Fill::Mode | Fill::Mean => 1,
    };
    let writer = writer.with_carried(&*carried);
    let mut out = writer.start(tables * rows.count())?;
    let spread = options.spread.as_ref().map(|path| {
        let writer = RowsWriter::new(path, &model.layout)?;
        writer
            .with_carried(&*carried)
            .start_deviations(rows.count())
    });
    let mut spread = spread.transpose()?;
    // The tables after the first one, which begin where it ends.
    let mut others = vec![Vec::new(); tables - 1];
    for imputed in answers {
        let imputed = imputed?;
        let mut tables = match options.fill {
            Fill::Draw => imputed.draws,
            Fill::Mode => vec![imputed.mode],
            Fill::Mean => vec![imputed.mean],
        }
        .into_iter();
        if let Some(first) = tables.next() {
            out.push(&values(first))?;
        }
        for (other, table) in others.iter_mut().zip(tables) {
            other.extend(values(table));
        }
        if let Some(spread) = &mut spread {
            spread.push(&values(imputed.standard_deviation))?;
        }
    }
    drop(bar);
    others.iter().try_for_each(|table| out.push(table))?;
    out.finish()?;
    spread.map_or(Ok(()), DeviationsInParts::finish)?;
    output::say(format_args!(
        "{missing} of {all} values were missing, and were imputed"
    ));
    output::written(&options.out)
}

/// The number of missing values, and of all values: a category is one value.
fn missing(layout: &Layout, rows: &AnyRows) -> Result<(usize, usize), Failure> {
    let names = layout.names();
    let units = names.iter().map(|name| layout.units_of(name));
    let units = units.collect::<Result<Vec<_>, _>>()?;
    let mut missing = 0;
    for chunk in rows.chunks(Order::Stored, CHUNK) {
        for row in chunk?.values.chunks(rows.columns()) {
            let is_missing = |units: &&Range<usize>| row[units.start].is_nan();
            missing += units.iter().filter(is_missing).count();
        }
    }
    Ok((missing, rows.count() * names.len()))
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
        (Fill::Draw, Some(2..), None) if options.data.memory.is_some() => {
            return Err(Failure::input(
                "--memory: several imputed tables are written one below the other, which needs all rows in \
                 memory: leave --memory out, or run once for each table with another --seed and --count 1",
            ));
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
