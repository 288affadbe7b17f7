//! Benchmark of the defaults of `paysage train`: the mean test log-likelihood that they reach, beside
//! that of independent units and the best of a grid search.
//!
//! ```text
//! cargo run --release --example defaults -- [--grid] [--only NAME,…] [--mnist FOLDER]
//! ```

mod search;
mod sets;

use std::{error::Error, path::PathBuf, time::Instant};

use paysage::{layers::Moments, prelude::*, training::Settings};

type Outcome<T = ()> = Result<T, Box<dyn Error>>;

fn main() -> Outcome {
    let options = Options::parse(std::env::args().skip(1))?;
    let folder = std::env::temp_dir().join(format!("paysage-defaults-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let sets = sets::all(&folder, options.mnist.as_deref())?;
    println!(
        "| data | hidden | independent | defaults | s | best of the grid | shortfall | settings |"
    );
    println!("|---|---|---|---|---|---|---|---|");
    for set in &sets {
        if options.only.is_empty() || options.only.iter().any(|name| name == set.name) {
            compare(set, options.grid)?;
        }
    }
    std::fs::remove_dir_all(folder)?;
    Ok(())
}

#[derive(Default)]
struct Options {
    grid: bool,
    only: Vec<String>,
    mnist: Option<PathBuf>,
}

impl Options {
    fn parse(mut words: impl Iterator<Item = String>) -> Outcome<Self> {
        let mut options = Self::default();
        while let Some(word) = words.next() {
            let mut value = || words.next().ok_or(format!("{word}: a value is missing"));
            match word.as_str() {
                "--grid" => options.grid = true,
                "--only" => options.only = value()?.split(',').map(str::to_owned).collect(),
                "--mnist" => options.mnist = Some(value()?.into()),
                _ => return Err(format!("{word}: not an option").into()),
            }
        }
        Ok(options)
    }
}

/// Prints a row of the table.
fn compare(set: &sets::Set, with_grid: bool) -> Outcome {
    let independent = score(set, &set.settings, Machine::Independent)?;
    let started = Instant::now();
    let defaults = score(set, &set.settings, Machine::Trained);
    let seconds = started.elapsed().as_secs_f64();
    let defaults = defaults.unwrap_or_else(|error| {
        eprintln!("{}: defaults: {error}", set.name);
        f64::NEG_INFINITY
    });
    print!(
        "| {} | {} | {independent:.3} | {defaults:.3} | {seconds:.1} |",
        set.name, set.settings.hidden
    );
    if !with_grid {
        println!(" – | – | – |");
        return Ok(());
    }
    let mut best = (f64::NEG_INFINITY, String::new());
    for (name, settings) in search::grid(&set.settings) {
        match score(set, &settings, Machine::Trained) {
            Ok(value) => {
                eprintln!("{}: {name}: {value:.3}", set.name);
                if value > best.0 {
                    best = (value, name);
                }
            }
            Err(error) => eprintln!("{}: {name}: {error}", set.name),
        }
    }
    let (value, name) = best;
    let shortfall = (value - defaults) / (value - independent);
    println!(" {value:.3} | {:.1} % | {name} |", 100.0 * shortfall);
    Ok(())
}

enum Machine {
    /// Without weights.
    Independent,
    Trained,
}

/// The mean log-likelihood of the test rows, in nats per row of the units that are trained.
fn score(set: &sets::Set, settings: &Settings, machine: Machine) -> Outcome<f64> {
    let device = default_device()?;
    let data = settings.read_data(&set.training)?;
    let test = settings.read_again(&set.test, &data.layout)?.table;
    let rows = &data.table;
    let mut start = settings.machine(&data.layout, &device)?;
    let trained = match machine {
        Machine::Independent => {
            let moments = Moments::of_rows(rows.columns(), (0..rows.rows()).map(|i| rows.row(i)));
            for (layer, span) in start.visible_spans().collect::<Vec<_>>() {
                start.layers[layer].start_from(&moments.of_units(span));
            }
            start
        }
        Machine::Trained => {
            let trainer = settings.trainer(rows, &start)?;
            settings.set_centers(&mut start, rows)?;
            start.initialize(
                settings.initialization(),
                rows,
                settings.initialization_key(),
            )?;
            trainer.train(start, rows)?
        }
    };
    let estimator = LikelihoodEstimator::default();
    let found = estimator.run(&trained, &test, RandomKey::new(0), &mut Silent)?;
    Ok(found.log_likelihood.value)
}
