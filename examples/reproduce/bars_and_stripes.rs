//! Bars and stripes 3 × 3 with 16 hidden units: CD-1, PCD-1, and PCD-1 with parallel tempering.
//!
//! The two uniform patterns are both bars and stripes and count twice, so the largest possible mean
//! log-likelihood is −2.599 nats per pattern.

use paysage::{data::BarsAndStripes, prelude::*};

use crate::{Outcome, exact, machine};

/// Number of seeds, and of updates per training run.
const SEEDS: u64 = 5;
const UPDATES: usize = 100_000;

/// With one chain per pattern, the chains of PCD do not follow the changing parameters.
const CHAINS: usize = 500;

/// Inverse temperatures of the tempered chains, of which there are fewer, for the same number of
/// replicas in all.
const TEMPERATURES: usize = 5;

pub fn run() -> Outcome {
    let data = BarsAndStripes { size: 3 }.generate();
    println!("| method | by seed | median | best |");
    println!("|---|---|---|---|");
    let pcd = PersistentContrastiveDivergence {
        chains: CHAINS,
        ..Default::default()
    };
    let tempered = PersistentContrastiveDivergence {
        chains: CHAINS / TEMPERATURES,
        ..pcd
    }
    .with_chain(ParallelTempering {
        replicas: TEMPERATURES,
        adaptation: usize::MAX,
        ..Default::default()
    });
    let methods = [
        ("CD-1", Method::from(ContrastiveDivergence::default())),
        ("PCD-1", pcd.into()),
        ("PCD-1, tempered", tempered.into()),
    ];
    for (name, method) in methods {
        let mut reached = Vec::new();
        for seed in 0..SEEDS {
            reached.push(train(method, &data, seed)?);
        }
        let by_seed: Vec<String> = reached.iter().map(|x| format!("{x:.3}")).collect();
        reached.sort_by(f64::total_cmp);
        let (median, best) = (reached[reached.len() / 2], reached[reached.len() - 1]);
        println!(
            "| {name} | {} | {median:.3} | {best:.3} |",
            by_seed.join(", ")
        );
    }
    Ok(())
}

fn train(method: Method, data: &Table, seed: u64) -> Result<f64, Box<dyn std::error::Error>> {
    let device = default_device()?;
    let layers = [9, 16].map(|units| Bernoulli::new(units, &device).into());
    let machine = machine(layers, data, seed)?;
    let trainer = Trainer {
        epochs: UPDATES,
        learning_rate: Box::new(schedule::cosine(0.1, 0.001, UPDATES)),
        optimizer: OptimizerKind::Sgd,
        seed,
        ..Trainer::new(method)
    };
    exact(&trainer.train(machine, data)?, data)
}
