//! Options, data, progress, metrics and pictures of the MNIST examples.

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

/// Trains a Boltzmann machine on binary or gray digits, prints metrics of held-out rows, and writes
/// pictures of samples, reconstructions and weights.
#[derive(Parser)]
#[command(name = env!("CARGO_BIN_NAME"))]
pub struct Options {
    /// Folder with the file train-images-idx3-ubyte of MNIST, gzipped or not [default: built-in digits]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Number of epochs [default: the one of the table in docs/examples.md]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    epochs: Option<u32>,
    /// Folder for the pictures
    #[arg(long, value_name = "DIR", default_value = concat!("runs/", env!("CARGO_BIN_NAME")))]
    out: PathBuf,
    /// Test run of a second: 200 rows, one epoch, few samples
    #[arg(long)]
    quick: bool,
}

/// Parses the command line.
pub fn options() -> Options {
    Options::parse()
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

    /// Trains a machine with a progress bar.
    pub fn train<E: Estimator<AnyLayer>>(
        &self,
        trainer: &Trainer<AnyLayer, E>,
        machine: BoltzmannMachine,
        rows: &Table,
    ) -> Outcome<BoltzmannMachine> {
        let started = Instant::now();
        let bar = ProgressBar::new(rows.rows());
        let outcome = trainer.fit(trainer.start(machine)?, rows, &mut [Box::new(bar)])?;
        show("training_seconds", started.elapsed().as_secs_f64(), "");
        Ok(outcome.state.machine)
    }

    /// Prints metrics of test rows and of samples, and writes the pictures.
    pub fn evaluate(
        &self,
        machine: &BoltzmannMachine,
        [training, test]: &[Table; 2],
    ) -> Outcome<()> {
        let (count, sweeps, seconds) = if self.quick {
            (50, 20, 0)
        } else {
            (1000, 1000, 30)
        };
        let (key, device) = (RandomKey::new(2), machine.device());
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

        let chains = GibbsChains { count, sweeps };
        let state = chains.run(machine, key, &mut Silent)?;
        let data = Points::of_rows(test, &device)?;
        let samples = Points::of_tensor("samples", machine.visible_of(&state))?;
        let reference = Points::of_rows(&training.head(count), &device)?;
        let statistics: [&dyn TwoSample; 2] = [&EnergyDistance, &FrechetDistance];
        for statistic in statistics {
            let [found, least] =
                [&samples, &reference].map(|rows| statistic.compare(&data, rows, &mut Silent));
            let note = format!("  ({:.4} for training rows)", least?.value);
            show(statistic.name(), found?.value, &note);
        }

        let estimator = LikelihoodEstimator {
            annealing: Annealing {
                chains: count,
                temperatures: sweeps,
                ..Annealing::default()
            },
            gap: 1.0,
            budget: Duration::from_secs(seconds),
            ..LikelihoodEstimator::default()
        };
        let found = estimator.run(machine, test, key, &mut Silent)?;
        let (likelihood, how) = (found.log_likelihood, found.how);
        let note = match how {
            How::Exact => "  (exact)".into(),
            How::Annealing { .. } => format!("  ({:.1} to {:.1})", likelihood.low, likelihood.high),
        };
        show("log_likelihood", likelihood.value, &note);

        std::fs::create_dir_all(&self.out)?;
        let run = Run {
            image: test.image(),
            chains: Some(&state),
            ..Run::new(machine, test)
        };
        // The chains have been run.
        let figures = RunFigures {
            sweeps: Some(0),
            ..RunFigures::default()
        };
        for figure in figures.run(&run, &self.out, key, &mut Silent)?.figures {
            println!("{:24}{}", "picture", figure.path.display());
        }
        Ok(())
    }
}

/// Prints a line of the results.
pub fn show(name: &str, value: f64, note: &str) {
    println!("{name:24}{value:10.4}{note}");
}
