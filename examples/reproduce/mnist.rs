//! RBMs with 16 and 500 hidden units on MNIST, binarized at 0.5.
//!
//! Melchior, Fischer & Wiskott, "How to center deep Boltzmann machines", 2016.

use std::{path::Path, time::Duration};

use paysage::{
    metrics::{How, Method},
    prelude::*,
};

use crate::{Outcome, exact, initialize};

const BATCH: usize = 100;

/// PCD-1 with a constant learning rate for 50 epochs, with and without centering, on the images and on
/// their negatives; exact mean log-likelihood of the test images, for five seeds. Published: −149 without
/// and −142.6 with centering.
pub fn small(folder: &str) -> Outcome {
    let images = [images(folder, "train")?, images(folder, "t10k")?];
    let negatives = images.each_ref().map(negative);
    println!("| pixels | centering | exact, test, by seed | mean |");
    println!("|---|---|---|---|");
    for (pixels, [training, test]) in [("as they are", &images), ("negative", &negatives)] {
        for centering in [false, true] {
            let mut reached = Vec::new();
            for seed in 0..5 {
                let machine = Setup {
                    hidden: 16,
                    centering,
                    epochs: 50,
                    seed,
                };
                let pcd = PersistentContrastiveDivergence::default();
                let trained = machine.train(training, pcd, |_| 0.01)?;
                reached.push(exact(&trained, test)?);
            }
            let by_seed: Vec<String> = reached.iter().map(|x| format!("{x:.2}")).collect();
            let mean = reached.iter().sum::<f64>() / reached.len() as f64;
            let centering = if centering { "both layers" } else { "none" };
            println!(
                "| {pixels} | {centering} | {} | {mean:.2} |",
                by_seed.join(", ")
            );
        }
    }
    Ok(())
}

/// PCD-2 with 200 chains for 100 epochs, with a learning rate that decays to a hundredth, without and
/// with centering; AIS estimate of the mean log-likelihood of the test images. Published with
/// centering: −86.4.
pub fn large(folder: &str) -> Outcome {
    const EPOCHS: usize = 100;
    let (training, test) = (images(folder, "train")?, images(folder, "t10k")?);
    println!("| centering | low | AIS, test | high | forward–reverse gap | temperatures |");
    println!("|---|---|---|---|---|---|");
    for centering in [false, true] {
        let pcd = PersistentContrastiveDivergence {
            chains: 200,
            steps: 2,
            ..Default::default()
        };
        let steps = EPOCHS * training.rows() / BATCH;
        let rate = schedule::cosine(0.05, 5e-4, steps);
        let machine = Setup {
            hidden: 500,
            centering,
            epochs: EPOCHS,
            seed: 0,
        };
        let trained = machine.train(&training, pcd, rate)?;
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
        let rows = found.log_likelihood;
        println!(
            "| {} | {:.2} | {:.2} | {:.2} | {:.2} | {} |",
            if centering { "both layers" } else { "none" },
            rows.low,
            rows.value,
            rows.high,
            run.first.reverse.value - run.first.forward.value,
            run.annealing.temperatures
        );
    }
    Ok(())
}

/// A machine and the length of its training.
struct Setup {
    hidden: usize,
    centering: bool,
    epochs: usize,
    seed: u64,
}

impl Setup {
    fn train(
        &self,
        training: &Table,
        pcd: PersistentContrastiveDivergence,
        rate: impl Fn(usize) -> f64 + Send + Sync + 'static,
    ) -> Result<BoltzmannMachine, Box<dyn std::error::Error>> {
        let device = default_device()?;
        let units = [training.columns(), self.hidden];
        let layers = units.map(|units| Bernoulli::new(units, &device).into());
        let mut machine = BoltzmannMachine::<AnyLayer>::chain(layers.into())?;
        if self.centering {
            machine.center_visible(training)?;
            machine.center_hidden();
        }
        initialize(&mut machine, training, self.seed)?;
        let trainer = Trainer {
            epochs: self.epochs,
            batch_size: BATCH,
            learning_rate: Box::new(rate),
            optimizer: OptimizerKind::Sgd,
            // It moves the centers of a machine that has some.
            constraints: vec![Box::new(Centering::default())],
            seed: self.seed,
            ..Trainer::new(pcd)
        };
        let state = trainer.start(machine)?;
        let bar = ProgressBar::new(training.rows());
        let outcome = trainer.fit(state, training, &mut [Box::new(bar)])?;
        Ok(outcome.state.machine)
    }
}

/// Every pixel x as 1 − x.
fn negative(images: &Table) -> Table {
    let values = images.values().iter().map(|x| 1.0 - x).collect();
    Table::new("negatives", images.columns(), values).expect("as many values as before")
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
