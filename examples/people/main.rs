//! A table with categorical and numeric columns and missing values: training, imputation, samples.
//!
//! The table is synthetic ([`generate`]), so the true values are known. One cell in ten is missing, and
//! training never uses its value. Prints a comparison of samples with the complete data, and the errors of
//! the imputed cells: by the machine, by the most frequent value or the mean of the column, and by a linear
//! regression of every column on all others.
//!
//! ```text
//! cargo run --release --example people -- OUT_FOLDER
//! ```
//!
//! The same on the command line, with the files that this program writes to the folder:
//!
//! ```text
//! paysage train OUT_FOLDER/gaps.csv --schema infer --hidden 40 --epochs 200 \
//!     --learning-rate 0.003 --out runs/people
//! paysage impute runs/people/model.safetensors OUT_FOLDER/gaps.csv --out filled.csv
//! ```

mod baseline;
mod generate;

use std::{error::Error, path::Path};

use paysage::{
    data::{ColumnKind, GroupKind, Schema, read_mixed, write_csv},
    prelude::*,
    samplers::DataPhase,
};

const HIDDEN: usize = 40;
const EPOCHS: usize = 200;

type Outcome<T> = Result<T, Box<dyn Error>>;

fn main() -> Outcome<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [out] = words.as_slice() else {
        return Err("usage: people OUT_FOLDER".into());
    };
    let out = Path::new(out);
    std::fs::create_dir_all(out)?;
    let people = generate::people(4000, 1);
    let header: Vec<String> = generate::COLUMNS.map(String::from).to_vec();
    write_csv(out.join("whole.csv"), &header, &people)?;
    write_csv(
        out.join("gaps.csv"),
        &header,
        &generate::with_gaps(&people, 0.1, 2),
    )?;

    // Missing values are NaN in the table; the schema maps columns to units.
    let (table, schema) = read_mixed(&out.join("gaps.csv").to_string_lossy(), None)?;
    print!("{schema}");
    let (whole, _) = read_mixed(
        &out.join("whole.csv").to_string_lossy(),
        Some(&schema.clone().into()),
    )?;
    let machine = train(&table, &schema)?;

    // Samples from the machine, in the columns of the file.
    let chains = machine.random_state(people.len(), RandomKey::new(3));
    let chains = Gibbs.run(
        &machine,
        chains,
        &Conditions::default(),
        1000,
        RandomKey::new(4),
    );
    let samples: Vec<f32> = machine.visible_of(&chains).into_data().iter().collect();
    write_csv(
        out.join("samples.csv"),
        &schema.names(),
        &schema.decode(&samples),
    )?;
    compare(whole.values(), &samples, whole.names().unwrap_or_default());

    let batch = machine.batch(&table, &(0..table.rows()).collect::<Vec<_>>());
    let known = batch.known.expect("the table has missing values");
    let chains = ChainSettings {
        burn_in: 300,
        sweeps: 300,
        ..Default::default()
    };
    let imputed =
        Imputation { chains }.run_batch(&machine, batch.rows, &known, RandomKey::new(0))?;
    let filled: Vec<f32> = imputed.mode.into_data().iter().collect();
    write_csv(
        out.join("filled.csv"),
        &schema.names(),
        &schema.decode(&filled),
    )?;
    let ways = [
        ("machine", filled),
        ("column", baseline::of_columns(&table, &schema)),
        ("linear", baseline::linear(&table, &schema)),
    ];
    println!("\nerrors of imputed cells: in standard deviations, or fraction of wrong categories");
    let names: Vec<&str> = ways.iter().map(|(name, _)| *name).collect();
    println!("{:10}{:>10}{:>10}{:>10}", "", names[0], names[1], names[2]);
    for (index, column) in schema.columns.iter().enumerate() {
        let errors = ways
            .each_ref()
            .map(|(_, rows)| error(&schema, index, &table, &whole, rows));
        let [machine, of_column, linear] = errors;
        println!(
            "{:10}{machine:>10.3}{of_column:>10.3}{linear:>10.3}",
            column.name
        );
    }
    Ok(())
}

/// Trains a machine with a visible layer for each kind of column.
fn train(table: &Table, schema: &Schema) -> Outcome<BoltzmannMachine> {
    let device = default_device()?;
    let groups = schema.groups();
    let layers = groups.iter().map(|group| match group.kind {
        GroupKind::Binary => Bernoulli::new(group.units(), &device).into(),
        GroupKind::OneHot { states } => OneHot::new(group.columns.len(), states, &device).into(),
        GroupKind::Real => Gaussian::new(group.units(), &device).into(),
    });
    let hidden: Vec<AnyLayer> = vec![Bernoulli::new(HIDDEN, &device).into()];
    let mut machine = BoltzmannMachine::stacked(layers.collect(), hidden)?;
    machine.initialize(Initialization::Stddev, table, RandomKey::new(1))?;
    let steps = EPOCHS * table.rows().div_ceil(100);
    let trainer = Trainer {
        epochs: EPOCHS,
        learning_rate: Box::new(schedule::cosine(0.003, 0.00003, steps)),
        ..Trainer::new(PersistentContrastiveDivergence {
            chains: 500,
            steps: 5,
            // One chain per row samples its missing values, with the observed units clamped.
            data: DataPhase::Gibbs { sweeps: 5 },
            ..Default::default()
        })
    };
    let state = trainer.start(machine)?;
    let bar = ProgressBar::new(table.rows());
    let outcome = trainer.fit(state, table, &mut [Box::new(bar)])?;
    Ok(outcome.state.machine)
}

/// Prints means of all units and correlations of their pairs, in the data and in the samples.
fn compare(data: &[f32], samples: &[f32], names: &[String]) {
    let (data, samples) = (moments(data, names.len()), moments(samples, names.len()));
    println!("\nmean of each unit      data   samples");
    for (unit, name) in names.iter().enumerate() {
        println!("{name:18}{:>9.3}{:>10.3}", data.0[unit], samples.0[unit]);
    }
    let mut pairs = Vec::new();
    for a in 0..names.len() {
        for b in a + 1..names.len() {
            pairs.push((a, b, data.1[a][b], samples.1[a][b]));
        }
    }
    pairs.sort_by(|x, y| y.2.abs().total_cmp(&x.2.abs()));
    println!("\nstrongest correlations               data   samples");
    for (a, b, data, samples) in pairs.iter().take(8) {
        let pair = format!("{} – {}", names[*a], names[*b]);
        println!("{pair:32}{data:>9.3}{samples:>10.3}");
    }
    let apart = pairs
        .iter()
        .map(|(_, _, data, samples)| (data - samples).abs());
    println!(
        "largest difference of a correlation: {:.3}",
        apart.fold(0.0, f64::max)
    );
}

/// Means and correlations of columns.
fn moments(rows: &[f32], columns: usize) -> (Vec<f64>, Vec<Vec<f64>>) {
    let count = (rows.len() / columns) as f64;
    let mean_of =
        |value: &dyn Fn(&[f32]) -> f64| rows.chunks(columns).map(value).sum::<f64>() / count;
    let means: Vec<f64> = (0..columns)
        .map(|c| mean_of(&|row| f64::from(row[c])))
        .collect();
    let covariance = |a: usize, b: usize| {
        mean_of(&|row| (f64::from(row[a]) - means[a]) * (f64::from(row[b]) - means[b]))
    };
    let spread: Vec<f64> = (0..columns).map(|c| covariance(c, c).sqrt()).collect();
    let row = |a: usize| (0..columns).map(move |b| (a, b));
    let correlation = |(a, b): (usize, usize)| covariance(a, b) / (spread[a] * spread[b]);
    let matrix = (0..columns).map(|a| row(a).map(correlation).collect());
    (means.clone(), matrix.collect())
}

/// Error of a column in the rows where it was missing: the root mean squared error in standard deviations
/// of a real column, otherwise the fraction of wrong values.
fn error(schema: &Schema, column: usize, gaps: &Table, whole: &Table, filled: &[f32]) -> f64 {
    let place = schema.units_of(column);
    let is_real = matches!(schema.columns[column].kind, ColumnKind::Real { .. });
    let (mut sum, mut count) = (0.0, 0.0_f64);
    for row in (0..gaps.rows()).filter(|&row| gaps.row(row)[place.start].is_nan()) {
        let truth = &whole.row(row)[place.clone()];
        let found = &filled[row * gaps.columns()..][place.clone()];
        sum += match is_real {
            true => f64::from(truth[0] - found[0]).powi(2),
            false => f64::from(u8::from(truth != found)),
        };
        count += 1.0;
    }
    if is_real {
        (sum / count).sqrt()
    } else {
        sum / count
    }
}
