//! How often the intervals of ln Z and of log-likelihoods that annealing finds hold the exact values.
//!
//! ```text
//! cargo run --release --example coverage -- [--quick] [--seeds N] [--only FAMILY] [--rate RATE]
//! ```
//!
//! Every machine has an exact sum, and too many states for exact samples as starts of reverse chains, so
//! that annealing must find its modes itself. docs/likelihoods.md has the results.

mod machines;

use std::time::{Duration, Instant};

use clap::Parser;
use machines::Case;
use paysage::{
    metrics::{Interval, Method},
    prelude::*,
};

/// The result of a fallible function.
pub(crate) type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

/// Measures how often the intervals of annealing hold the exact values.
#[derive(Parser)]
struct Options {
    /// Number of estimates of each machine
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..))]
    seeds: u64,
    /// Machines of one family: hopfield, ferromagnet, wells, mixture or digits
    #[arg(long, value_name = "FAMILY")]
    only: Option<String>,
    /// Trained machines of one learning rate
    #[arg(long, value_name = "RATE")]
    rate: Option<f64>,
    /// Leave out the machines that need training
    #[arg(long)]
    quick: bool,
    /// Time limit of each estimate, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 20.0)]
    budget: f64,
}

fn main() -> Outcome<()> {
    let options = Options::parse();
    println!(
        "| family | machine | exact ln Z | intervals of ln Z that hold it | of log-likelihoods | of them \
         marked unreliable | reliable ones that do not hold | median width of ln Z, nats | s |"
    );
    println!("|---|---|---|---|---|---|---|---|---|");
    for case in machines::all(options.only.as_deref(), options.rate, options.quick)? {
        measure(&case, &options)?;
    }
    Ok(())
}

/// Prints a row of the table.
fn measure(case: &Case, options: &Options) -> Outcome<()> {
    let Case { machine, rows, .. } = case;
    let exact = Exact::new(machine)?;
    let log_partition = exact.log_partition();
    let of_rows = exact.log_likelihood(rows)?;
    let log_likelihood = of_rows.iter().sum::<f64>() / of_rows.len() as f64;
    let (mut held, mut held_rows, mut unreliable, mut wrong) = (0, 0, 0, 0);
    let mut widths = Vec::new();
    let started = Instant::now();
    for seed in 0..options.seeds {
        let estimator = LikelihoodEstimator {
            method: Method::Annealing,
            budget: Duration::from_secs_f64(options.budget),
            ..LikelihoodEstimator::default()
        };
        let found = estimator.run(machine, rows, RandomKey::new(seed), &mut Silent)?;
        let holds = |interval: Interval, value: f64| {
            // Rounding in f32.
            let margin = 1e-6 * value.abs();
            interval.low - margin <= value && value <= interval.high + margin
        };
        let of_z = holds(found.log_partition, log_partition);
        let of_rows = holds(found.log_likelihood, log_likelihood);
        let is_reliable = found.how.doubts().is_empty();
        held += u32::from(of_z);
        held_rows += u32::from(of_rows);
        unreliable += u32::from(!is_reliable);
        wrong += u32::from(is_reliable && !(of_z && of_rows));
        widths.push(found.log_partition.width());
    }
    widths.sort_by(f64::total_cmp);
    let (width, seeds) = (widths[widths.len() / 2], options.seeds);
    let seconds = started.elapsed().as_secs_f64() / seeds as f64;
    println!(
        "| {} | {} | {log_partition:.3} | {held} of {seeds} | {held_rows} of {seeds} | {unreliable} | \
         {wrong} | {width:.3} | {seconds:.0} |",
        case.family, case.name
    );
    Ok(())
}
