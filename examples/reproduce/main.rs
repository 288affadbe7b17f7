//! Reproduction of published log-likelihoods: each argument is a row of docs/reproductions.md.
//!
//! ```text
//! cargo run --release --example reproduce -- pairs
//! cargo run --release --example reproduce -- bars-and-stripes
//! cargo run --release --example reproduce -- laplace
//! cargo run --release --example reproduce -- small MNIST_FOLDER
//! cargo run --release --example reproduce -- large MNIST_FOLDER
//! ```
//!
//! `MNIST_FOLDER` holds the files `train-images-idx3-ubyte` and `t10k-images-idx3-ubyte`, gzipped or
//! not.

mod bars_and_stripes;
mod laplace;
mod mnist;
mod pairs;

use std::{error::Error, time::Instant};

use paysage::prelude::*;

type Outcome = Result<(), Box<dyn Error>>;

fn main() -> Outcome {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let started = Instant::now();
    match words[..] {
        ["pairs"] => pairs::run()?,
        ["bars-and-stripes"] => bars_and_stripes::run()?,
        ["laplace"] => laplace::run()?,
        ["small", folder] => mnist::small(folder)?,
        ["large", folder] => mnist::large(folder)?,
        _ => {
            return Err(
                "usage: reproduce pairs|bars-and-stripes|laplace|small FOLDER|large FOLDER".into(),
            );
        }
    }
    println!("{:.0} s", started.elapsed().as_secs_f64());
    Ok(())
}

/// A machine of two layers, initialized with the moments of the data and small weights.
fn machine(
    layers: [AnyLayer; 2],
    data: &Table,
    seed: u64,
) -> Result<BoltzmannMachine, Box<dyn Error>> {
    let mut machine = BoltzmannMachine::chain(layers.into())?;
    initialize(&mut machine, data, seed)?;
    Ok(machine)
}

/// Sets the biases from the moments of the data, and small weights.
fn initialize(machine: &mut BoltzmannMachine, data: &Table, seed: u64) -> Outcome {
    machine.initialize(Initialization::Hinton, data, RandomKey::new(seed).split(1))?;
    Ok(())
}

/// The mean log-likelihood of rows by an exact sum, in nats.
fn exact(machine: &BoltzmannMachine, table: &Table) -> Result<f64, Box<dyn Error>> {
    let estimator = LikelihoodEstimator::default();
    let found = estimator.run(machine, table, RandomKey::new(0), &mut Silent)?;
    Ok(found.log_likelihood.value)
}
