//! RBMs with 16 and 500 hidden units on MNIST, binarized at 0.5.
//!
//! Melchior, Fischer & Wiskott, "How to center deep Boltzmann machines", 2016.

use std::{path::Path, time::Duration};

use paysage::{
    metrics::{How, Method},
    prelude::*,
};

use crate::{Outcome, exact, machine};

const BATCH: usize = 100;

/// PCD-1 with a constant learning rate for 50 epochs; exact mean log-likelihood of the test images, for
/// five seeds. Published: −149.
pub fn small(folder: &str) -> Outcome {
    let (training, test) = (images(folder, "train")?, images(folder, "t10k")?);
    println!("| seed | exact, training | exact, test |");
    println!("|---|---|---|");
    for seed in 0..5 {
        let pcd = PersistentContrastiveDivergence::default();
        let trained = train([16, 50], &training, seed, pcd, |_| 0.01)?;
        let [training, test] = [exact(&trained, &training)?, exact(&trained, &test)?];
        println!("| {seed} | {training:.2} | {test:.2} |");
    }
    Ok(())
}

/// PCD-2 with 200 chains for 100 epochs, with a learning rate that decays to a hundredth; AIS estimate of
/// the mean log-likelihood of the test images.
pub fn large(folder: &str) -> Outcome {
    const EPOCHS: usize = 100;
    let (training, test) = (images(folder, "train")?, images(folder, "t10k")?);
    let pcd = PersistentContrastiveDivergence {
        chains: 200,
        steps: 2,
        ..Default::default()
    };
    let steps = EPOCHS * training.rows() / BATCH;
    let rate = schedule::cosine(0.05, 5e-4, steps);
    let trained = train([500, EPOCHS], &training, 0, pcd, rate)?;
    let estimator = LikelihoodEstimator {
        method: Method::Annealing,
        budget: Duration::from_secs(600),
        ..Default::default()
    };
    let found = estimator.run(&trained, &test, RandomKey::new(0), &mut Silent)?;
    let How::Annealing {
        log_partition: run, ..
    } = found.how
    else {
        unreachable!("the method is annealing");
    };
    println!("| low | AIS, test | high | forward–reverse gap | temperatures |");
    println!("|---|---|---|---|---|");
    let rows = found.log_likelihood;
    println!(
        "| {:.2} | {:.2} | {:.2} | {:.2} | {} |",
        rows.low,
        rows.value,
        rows.high,
        run.reverse.value - run.forward.value,
        run.annealing.temperatures
    );
    Ok(())
}

fn train(
    [hidden, epochs]: [usize; 2],
    training: &Table,
    seed: u64,
    pcd: PersistentContrastiveDivergence,
    rate: impl Fn(usize) -> f64 + Send + Sync + 'static,
) -> Result<BoltzmannMachine, Box<dyn std::error::Error>> {
    let device = default_device()?;
    let layers = [training.columns(), hidden].map(|units| Bernoulli::new(units, &device).into());
    let machine = machine(layers, training, seed)?;
    let trainer = Trainer {
        epochs,
        batch_size: BATCH,
        learning_rate: Box::new(rate),
        optimizer: OptimizerKind::Sgd,
        seed,
        ..Trainer::new(pcd)
    };
    let state = trainer.start(machine)?;
    let bar = ProgressBar::new(training.rows());
    let outcome = trainer.fit(state, training, &mut [Box::new(bar)])?;
    Ok(outcome.state.machine)
}

/// Images of a folder, gzipped or not.
fn images(folder: &str, name: &str) -> Result<Table, Box<dyn std::error::Error>> {
    let plain = Path::new(folder).join(format!("{name}-images-idx3-ubyte"));
    let path = if plain.exists() {
        plain
    } else {
        plain.with_extension("gz")
    };
    let path = path.to_str().ok_or("the folder name is not valid UTF-8")?;
    Ok(threshold(&read(path)?, 0.5))
}
