//! Layerwise pretraining of a deep Boltzmann machine (DBM) before joint training, compared with joint
//! training from the start.
//!
//! ```text
//! cargo run --release --example deep -- EPOCHS OUT_FOLDER [IMAGES]
//! ```
//!
//! Trains DBMs with three hidden layers on binary digits: those of IMAGES if given (MNIST's
//! `train-images-idx3-ubyte`, gzipped or not), otherwise the built-in ones. One is trained jointly for
//! EPOCHS, one jointly for four times as many, and one layer by layer for EPOCHS per layer and then jointly
//! for EPOCHS. The last two see each row equally often, but the upper layers take little time. Prints
//! bounds of the log-likelihood of test rows: those of annealed importance sampling, and the variational
//! bound with the same ln Z. Writes samples, and for each hidden unit its effective weights in pixel space:
//! the product of its weights with those of the layers below.

use std::{path::Path, time::Duration};

use paysage::{
    burn::tensor::Tensor,
    metrics::Elbo,
    prelude::*,
    report::{ImageGrid, Palette},
};

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

const HIDDEN: [usize; 3] = [200, 100, 50];

fn main() -> Outcome<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let (epochs, out, images) = match words.as_slice() {
        [] => (5, "deep", None),
        [epochs, out] => (epochs.parse()?, out.as_str(), None),
        [epochs, out, images] => (epochs.parse()?, out.as_str(), Some(images)),
        _ => return Err("usage: deep EPOCHS OUT_FOLDER [IMAGES]".into()),
    };
    let out = Path::new(out);
    std::fs::create_dir_all(out)?;
    let gray = match images {
        Some(images) => read(images)?,
        None => read("builtin:digits")?,
    };
    let (training, test) = threshold(&gray, 0.5).split(0.1, 1)?;

    println!("| training | log-likelihood of test rows | variational bound |");
    println!("|---|---|---|");
    let longer = epochs * (HIDDEN.len() + 1);
    for (name, epochs) in [("joint", epochs), ("joint-longer", longer)] {
        let machine = train(start(&training)?, epochs, &training)?;
        judge(name, &machine, &test, out)?;
    }

    let mut machine = start(&training)?;
    let pretraining = Pretraining::default();
    pretraining.run(&mut machine, &training, |stage| {
        let bar = ProgressBar::new(training.rows()).titled(stage);
        StageTraining {
            callbacks: vec![Box::new(bar)],
            ..StageTraining::new(trainer(epochs, &training))
        }
    })?;
    judge("layerwise", &machine, &test, out)?;
    let machine = train(machine, epochs, &training)?;
    judge("layerwise-then-joint", &machine, &test, out)
}

/// A machine whose visible biases are set from the mean of each pixel.
fn start(training: &Table) -> Outcome<BoltzmannMachine<AnyLayer>> {
    let device = default_device()?;
    let units = [training.columns()].into_iter().chain(HIDDEN);
    let layers = units.map(|units| AnyLayer::from(Bernoulli::new(units, &device)));
    let mut machine = BoltzmannMachine::chain(layers.collect())?;
    machine.initialize(Initialization::Glorot, training, RandomKey::new(1))?;
    Ok(machine)
}

fn trainer(epochs: usize, training: &Table) -> Trainer<AnyLayer, PersistentContrastiveDivergence> {
    let kind = OptimizerKind::Sgd;
    let steps = epochs * training.rows().div_ceil(100);
    let rate = kind.default_learning_rate();
    Trainer {
        epochs,
        learning_rate: Box::new(schedule::cosine(rate, rate / 100.0, steps)),
        optimizer: kind,
        ..Trainer::new(PersistentContrastiveDivergence {
            data: DataPhase::Gibbs { sweeps: 5 },
            ..Default::default()
        })
    }
}

/// Trains all layers jointly.
fn train(
    machine: BoltzmannMachine<AnyLayer>,
    epochs: usize,
    training: &Table,
) -> Outcome<BoltzmannMachine<AnyLayer>> {
    let trainer = trainer(epochs, training);
    let bar = ProgressBar::new(training.rows());
    let outcome = trainer.fit(trainer.start(machine)?, training, &mut [Box::new(bar)])?;
    Ok(outcome.state.machine)
}

/// Prints a row of the table and writes the pictures.
fn judge(
    name: &str,
    machine: &BoltzmannMachine<AnyLayer>,
    test: &Table,
    out: &Path,
) -> Outcome<()> {
    let rows = test.head(test.rows().min(500));
    let estimator = LikelihoodEstimator {
        gap: 2.0,
        budget: Duration::from_secs(30),
        ..Default::default()
    };
    let found = estimator.run(machine, &rows, RandomKey::new(0), &mut Silent)?;
    let likelihood = found.log_likelihood;
    let elbo = Elbo {
        log_partition: found.log_partition,
    };
    let elbo = elbo.run(machine, &rows, RandomKey::new(0), &mut Silent)?;
    let elbo = elbo.value;
    println!(
        "| {name} | {:.1} to {:.1} | {elbo:.1} |",
        likelihood.low, likelihood.high
    );

    let first: Vec<usize> = (0..100).collect();
    let chains = machine.state_from_visible(machine.rows(&rows, &first));
    let free = Conditions::default();
    let chains = Gibbs.run(machine, chains, &free, 1000, RandomKey::new(2));
    let samples = machine.visible_of(&chains);
    let path = |what: &str| out.join(format!("{name}-{what}.png"));
    draw(samples, Palette::Ink, &path("samples"))?;
    let mut pixels: Option<Tensor<2>> = None;
    for (layer, connection) in machine.connections.iter().enumerate() {
        let weight = connection.weight.clone();
        let seen = match pixels {
            Some(below) => below.matmul(weight),
            None => weight,
        };
        let units = seen.clone().transpose().narrow(0, 0, 50);
        draw(
            units,
            Palette::Diverging,
            &path(&format!("layer-{}", layer + 1)),
        )?;
        pixels = Some(seen);
    }
    Ok(())
}

/// Draws square images, ten per line.
fn draw(images: Tensor<2>, palette: Palette, path: &Path) -> Outcome<()> {
    let side = images.dims()[1].isqrt();
    let values: Vec<f32> = images.into_data().iter().collect();
    let grid = ImageGrid {
        values: &values,
        height: side,
        width: side,
        columns: 10,
        palette,
        magnify: 2,
    };
    Ok(grid.write(path)?)
}
