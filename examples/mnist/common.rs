//! Options, data, training with a progress bar, metrics and pictures of the MNIST examples.

use std::{
    error::Error,
    path::PathBuf,
    time::{Duration, Instant},
};

use clap::Parser;
use paysage::{
    metrics::{Annealing, EnergyDistance, FrechetDistance, GibbsChains, How, Points, TwoSample},
    prelude::*,
    report::{Run, RunFigures},
};

/// The result of a fallible function of an example.
pub type Outcome<T> = Result<T, Box<dyn Error>>;

/// Trains a Boltzmann machine on digits, prints metrics of held-out rows, and writes the model and
/// pictures of samples, reconstructions and weights.
#[derive(Parser)]
#[command(name = env!("CARGO_BIN_NAME"))]
pub struct Options {
    /// Folder with train-images-idx3-ubyte of MNIST, gzipped or not [default: 10,000 built-in digits]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Number of epochs [default: see docs/examples.md]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    epochs: Option<u32>,
    /// Folder for the model and the pictures
    #[arg(long, value_name = "DIR", default_value = concat!("runs/", env!("CARGO_BIN_NAME")))]
    out: PathBuf,
    /// Test run of a second: 200 rows, one epoch, few samples
    #[arg(long)]
    quick: bool,
    /// The start of the program.
    #[arg(skip = Instant::now())]
    started: Instant,
}

/// Parses the command line.
pub fn options() -> Options {
    Options::parse()
}

/// Trains a machine with a progress bar.
pub fn train<E: Estimator<AnyLayer>>(
    trainer: &Trainer<AnyLayer, E>,
    machine: BoltzmannMachine,
    rows: &Table,
) -> Outcome<BoltzmannMachine> {
    let bar = ProgressBar::new(rows.rows());
    let outcome = trainer.fit(trainer.start(machine)?, rows, &mut [Box::new(bar)])?;
    Ok(outcome.state.machine)
}

/// Prints a line of the results.
pub fn show(name: &str, value: f64, note: &str) {
    println!("{name:24}{value:10.4}{note}");
}

impl Options {
    /// Digits in gray values from 0 to 1: training rows, and up to 1,000 test rows.
    pub fn digits(&self) -> Outcome<[Table; 2]> {
        let digits = match &self.data {
            Some(folder) => {
                let plain = folder.join("train-images-idx3-ubyte");
                let gzipped = folder.join("train-images-idx3-ubyte.gz");
                let path = if plain.exists() { plain } else { gzipped };
                read(&path.to_string_lossy())?
            }
            None if self.quick => read("builtin:digits?gray=true&rows=200")?,
            None => read("builtin:digits?gray=true")?,
        };
        let rows = if self.quick { 200 } else { digits.rows() };
        let (training, test) = digits.head(rows).split(0.1, 1)?;
        Ok([training, test.head(1000)])
    }

    /// The number of epochs, of which an example has its own default.
    pub fn epochs(&self, default: usize) -> usize {
        let default = if self.quick { 1 } else { default };
        self.epochs.map_or(default, |epochs| epochs as usize)
    }

    /// Prints metrics of test rows and of samples, and writes the model and the pictures.
    pub fn evaluate(&self, machine: &BoltzmannMachine, digits: &[Table; 2]) -> Outcome<()> {
        show("training_seconds", self.started.elapsed().as_secs_f64(), "");
        let key = RandomKey::new(2);
        let test = &digits[1];
        let metrics: [Box<dyn Metric<AnyLayer>>; 2] = [
            Box::new(ReconstructionError),
            Box::new(PseudoLogLikelihood::default()),
        ];
        for metric in metrics {
            match metric.run(machine, test, key, &mut Silent) {
                Ok(found) => show(metric.name(), found.value, ""),
                Err(error) => println!("{:24}not defined: {error}", metric.name()),
            }
        }
        self.show_likelihood(machine, test)?;

        let (count, sweeps) = if self.quick { (50, 20) } else { (500, 1000) };
        let chains = GibbsChains { count, sweeps };
        let samples = chains.run(machine, key, &mut Silent)?;
        compare(machine, &samples, digits)?;
        self.write(machine, &samples, test)?;
        show("seconds", self.started.elapsed().as_secs_f64(), "");
        Ok(())
    }

    /// Prints the mean log-likelihood of test rows, exact or with bounds of 95 % confidence.
    fn show_likelihood(&self, machine: &BoltzmannMachine, test: &Table) -> Outcome<()> {
        let (chains, temperatures, seconds) = if self.quick {
            (50, 20, 0)
        } else {
            (200, 1000, 15)
        };
        let estimator = LikelihoodEstimator {
            annealing: Annealing {
                chains,
                temperatures,
                ..Annealing::default()
            },
            gap: 1.0,
            budget: Duration::from_secs(seconds),
            ..LikelihoodEstimator::default()
        };
        let found = estimator.run(machine, test, RandomKey::new(3), &mut Silent)?;
        let likelihood = found.log_likelihood;
        let note = match found.how {
            How::Exact => "  (exact)".into(),
            How::Annealing { .. } => format!("  ({:.1} to {:.1})", likelihood.low, likelihood.high),
        };
        show("log_likelihood", likelihood.value, &note);
        Ok(())
    }

    /// Writes the model and the pictures.
    fn write(&self, machine: &BoltzmannMachine, samples: &State, test: &Table) -> Outcome<()> {
        std::fs::create_dir_all(&self.out)?;
        machine.save(&self.out.join("model.safetensors"))?;
        let run = Run {
            image: test.image(),
            chains: Some(samples),
            ..Run::new(machine, test)
        };
        // The samples are drawn as they are.
        let figures = RunFigures {
            sweeps: Some(0),
            ..RunFigures::default()
        };
        for figure in figures
            .run(&run, &self.out, RandomKey::new(4), &mut Silent)?
            .figures
        {
            println!("{:24}{}", "picture", figure.path.display());
        }
        Ok(())
    }
}

/// Prints distances of samples to test rows, and those of as many training rows for comparison.
fn compare(
    machine: &BoltzmannMachine,
    samples: &State,
    [training, test]: &[Table; 2],
) -> Outcome<()> {
    let device = machine.device();
    let data = Points::of_rows(test, &device)?;
    let samples = Points::of_tensor("samples", machine.visible_of(samples))?;
    let rows = Points::of_rows(&training.head(samples.count()), &device)?;
    let statistics: [&dyn TwoSample; 2] = [&EnergyDistance, &FrechetDistance];
    for statistic in statistics {
        let of_rows = statistic.compare(&data, &rows, &mut Silent)?;
        let note = format!("  ({:.4} for training rows)", of_rows.value);
        let found = statistic.compare(&data, &samples, &mut Silent)?;
        show(statistic.name(), found.value, &note);
    }
    Ok(())
}
