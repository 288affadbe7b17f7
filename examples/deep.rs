//! A deep machine whose layers are trained one by one and then together, beside one whose layers
//! are trained together from the start.
//!
//! ```text
//! cargo run --release --example deep -- EPOCHS OUT_FOLDER [MNIST_FOLDER]
//! ```
//!
//! Machines of three hidden layers learn black and white digits, those of MNIST where there is a
//! folder of it (`train-images-idx3-ubyte`, gzipped or not) and otherwise built-in ones: together
//! for EPOCHS, and for four times as many; and for EPOCHS each layer and then all together, which
//! sees the rows as often as the longer one, but upper layers take little time. Prints a table with bounds of the log-likelihood of test rows: by annealing, which is
//! an estimate, and the variational one with the same ln Z. Leaves samples, and what each unit of
//! each layer stands for in pixels: its weights times those of the layers below.

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
    let (epochs, out, folder) = match words.as_slice() {
        [] => (5, "deep", None),
        [epochs, out] => (epochs.parse()?, out.as_str(), None),
        [epochs, out, folder] => (epochs.parse()?, out.as_str(), Some(folder)),
        _ => return Err("say EPOCHS OUT_FOLDER [MNIST_FOLDER]".into()),
    };
    let out = Path::new(out);
    std::fs::create_dir_all(out)?;
    let gray = match folder {
        Some(folder) => read(&images(folder))?,
        None => read("builtin:digits")?,
    };
    let (training, test) = threshold(&gray, 0.5).split(0.1, 1)?;

    println!("| training | log-likelihood of test rows | variational bound |");
    println!("|---|---|---|");
    let longer = epochs * (HIDDEN.len() + 1);
    for (name, epochs) in [("together", epochs), ("together-for-longer", longer)] {
        let mut machine = start(&training)?;
        trainer(epochs, &training).fit(&mut machine, &training)?;
        judge(name, &machine, &test, out)?;
    }

    let mut machine = start(&training)?;
    let pretraining = Pretraining::default();
    pretraining.run(&mut machine, &training, |stage| {
        let bar = ProgressBar::new(training.rows()).titled(stage);
        Trainer {
            callbacks: vec![Box::new(bar)],
            ..trainer(epochs, &training)
        }
    })?;
    judge("layerwise", &machine, &test, out)?;
    trainer(epochs, &training).fit(&mut machine, &training)?;
    judge("layerwise-then-together", &machine, &test, out)
}

/// A machine that knows of each pixel how often it is black.
fn start(training: &Table) -> Outcome<BoltzmannMachine<AnyLayer>> {
    let device = default_device()?;
    let units = [training.columns()].into_iter().chain(HIDDEN);
    let layers = units.map(|units| AnyLayer::from(Bernoulli::new(units, &device)));
    let mut machine = BoltzmannMachine::chain(layers.collect())?;
    machine.initialize(Initialization::Glorot, training, RandomKey::new(1));
    Ok(machine)
}

fn trainer(epochs: usize, training: &Table) -> Trainer<AnyLayer> {
    let kind = OptimizerKind::Sgd;
    let steps = epochs * training.rows().div_ceil(100);
    let rate = kind.default_learning_rate();
    Trainer {
        epochs,
        learning_rate: Box::new(schedule::cosine(rate, rate / 100.0, steps)),
        optimizer: kind.build(),
        callbacks: vec![Box::new(ProgressBar::new(training.rows()))],
        ..Trainer::new(PersistentContrastiveDivergence {
            data: DataPhase::gibbs(5),
            ..Default::default()
        })
    }
}

/// A line of the table, and the pictures.
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

/// Square images, ten in a row.
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

fn images(folder: &str) -> String {
    let plain = format!("{folder}/train-images-idx3-ubyte");
    if Path::new(&plain).exists() {
        plain
    } else {
        plain + ".gz"
    }
}
