//! How fast chains forget where they started: Gibbs sampling, parallel tempering, and trajectory parallel
//! tempering (PTT), at equal work.
//!
//! ```text
//! cargo run --release --example mixing -- [--mnist DIR] [--proteins FILE.fasta] [--work SWEEPS]
//! ```
//!
//! Without a file, the data are configurations of the Ising model below its critical temperature. For each
//! data set an RBM is trained with PTT, so that its modes have their weights, and its past machines are
//! kept. Chains start at rows of the data.
//! The order parameter is the projection of the visible units on a direction between modes: from the mean
//! of ones to that of zeros (digits), all spins up (Ising model), the first principal component (proteins).
//! A jump is a move of a chain from below the first to above the third quartile of the data or back.
//!
//! Work counts sweeps of one chain of the sampled machine: 1 for a step of Gibbs sampling, R for one of
//! tempering with R replicas, and 1.5 for each machine of PTT, which computes 3 products where a sweep
//! computes 2. docs/mixing.md has the results.

mod jumps;
mod measure;
mod problems;

use std::path::PathBuf;

use clap::{Parser, ValueEnum};
use measure::{Mixing, Run};
use paysage::prelude::*;
use problems::Problem;

/// The result of a fallible function.
pub(crate) type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

/// The number of replicas of tempering.
const REPLICAS: usize = 12;

/// A sampler.
#[derive(Clone, Copy, PartialEq, ValueEnum)]
enum Sampling {
    Gibbs,
    Tempering,
    Ptt,
}

/// Measures autocorrelation times and jumps between modes of Gibbs sampling, tempering and PTT.
#[derive(Parser)]
struct Options {
    /// Folder with the images and labels of MNIST's training set: measures digits 0 and 1
    #[arg(long, value_name = "DIR")]
    mnist: Option<PathBuf>,
    /// Alignment of a protein family: measures its clusters
    #[arg(long, value_name = "FILE.fasta")]
    proteins: Option<PathBuf>,
    /// Work of each measurement, in sweeps of each chain
    #[arg(long, value_name = "SWEEPS", default_value_t = 30_000)]
    work: usize,
    /// Folder of the trained machines: they are read from it, or trained and written to it
    #[arg(long, value_name = "DIR")]
    machines: Option<PathBuf>,
    /// Samplers to measure, separated by commas
    #[arg(
        long,
        value_name = "NAMES",
        value_delimiter = ',',
        default_value = "gibbs,tempering,ptt"
    )]
    samplers: Vec<Sampling>,
    /// Least swap rate of neighbours in the ladder of PTT
    #[arg(long, value_name = "X", default_value_t = LadderSelection::default().target)]
    swap_rate: f64,
    /// Number of chains
    #[arg(long, value_name = "N", default_value_t = 100)]
    chains: usize,
    /// Test run of seconds: few rows, epochs and sweeps
    #[arg(long)]
    quick: bool,
}

fn main() -> Outcome<()> {
    let options = Options::parse();
    let mut problems = Vec::new();
    if let Some(folder) = &options.mnist {
        problems.push(problems::digits(folder)?);
    }
    if let Some(path) = &options.proteins {
        problems.push(problems::proteins(path)?);
    }
    if problems.is_empty() {
        problems.push(problems::ising(options.quick)?);
    }
    println!(
        "| data | sampler | autocorrelation time, sweeps | from jump rates, sweeps | jumps per chain and \
         10,000 sweeps | lowest swap rate | s per 1,000 sweeps of all chains |"
    );
    println!("|---|---|---|---|---|---|---|");
    for problem in &problems {
        measure_all(problem, &options)?;
    }
    Ok(())
}

fn measure_all(problem: &Problem, options: &Options) -> Outcome<()> {
    let (machine, past) = problem.machines(options.quick, options.machines.as_deref())?;
    let work = if options.quick { 600 } else { options.work };
    let (chains, key) = (options.chains, RandomKey::new(7));
    let run = |steps: usize, cost: f64| Run {
        problem,
        machine: &machine,
        chains,
        steps,
        cost,
    };
    for sampler in &options.samplers {
        match sampler {
            Sampling::Gibbs => {
                let measured = run(work, 1.0).measure(Gibbs, key.split(0), |_| None)?;
                show(problem, "Gibbs", &measured);
            }
            Sampling::Tempering => {
                let steps = work / REPLICAS;
                let tempering = ParallelTempering {
                    replicas: REPLICAS,
                    // In the part that is not measured.
                    adaptation: steps / 10,
                    ..ParallelTempering::default()
                };
                let name = format!("tempering, {REPLICAS} replicas");
                let measured = run(steps, REPLICAS as f64);
                let measured = measured.measure(tempering, key.split(1), |state| {
                    state.swap_rates().into_iter().reduce(f64::min)
                })?;
                show(problem, &name, &measured);
            }
            Sampling::Ptt => {
                let selection = LadderSelection {
                    target: options.swap_rate,
                    ..LadderSelection::default()
                };
                let ladder = selection.run(&machine, &past, key.split(2), &mut Silent)?;
                let machines = ladder.len() + 1;
                let cost = 1.5 * machines as f64;
                let tempering = TrajectoryTempering { ladder };
                let name = format!("PTT, {machines} machines");
                let measured = run((work as f64 / cost) as usize, cost);
                let measured = measured.measure(tempering, key.split(3), |state| {
                    let (rates, populations) = (state.swap_rates(), state.populations());
                    for (place, states) in populations.iter().enumerate() {
                        let order = machine
                            .visible_of(states)
                            .matmul(problem.direction(&machine));
                        let order: Vec<f64> = order.into_data().iter().collect();
                        let above = order.iter().filter(|&&x| x > problem.middle()).count();
                        let rate = rates
                            .get(place)
                            .map_or_else(String::new, |r| format!("{r:.2}"));
                        eprintln!("machine {place}: {above} of {chains} chains above, {rate}");
                    }
                    rates.into_iter().reduce(f64::min)
                })?;
                show(problem, &name, &measured);
            }
        }
    }
    Ok(())
}

fn show(problem: &Problem, sampler: &str, measured: &Mixing) {
    let interval = |[value, error]: [f64; 2]| format!("{value:.0} ± {error:.0}");
    let time = match measured.is_lower_bound {
        true => format!("more than {:.0}", measured.time[0]),
        false => interval(measured.time),
    };
    let rate = measured.lowest_swap_rate;
    let rate = rate.map_or_else(String::new, |rate| format!("{rate:.2}"));
    println!(
        "| {} | {sampler} | {time} | {} | {:.2} | {rate} | {:.2} |",
        problem.name,
        measured.telegraph.time().map_or_else(String::new, interval),
        measured.telegraph.jumps(),
        measured.seconds
    );
}
