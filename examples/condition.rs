//! Conditional distributions of one RBM: labels given pixels, missing pixels given observed ones, pixels
//! given a label.
//!
//! ```text
//! cargo run --release --example condition -- EPOCHS OUT_FOLDER [MNIST_FOLDER]
//! ```
//!
//! Trains an RBM with two visible layers, pixels and a one-hot label, on binary digits: MNIST if a folder
//! is given (`train-images-idx3-ubyte`, `train-labels-idx1-ubyte` and the same of `t10k`, gzipped or not),
//! otherwise the built-in ones. Prints the accuracy of the most probable label on test rows. Writes two
//! pictures: `filled.png` has test rows, the same rows with half of the pixels missing (gray), the
//! conditional means of the missing pixels, and three samples of them; `labels.png` has samples of each
//! digit.

use std::path::Path;

use paysage::{
    burn::tensor::{Bool, Tensor, TensorData},
    data::{Digits, one_hot, read_labels},
    inference::PredictionScores,
    prelude::*,
    report::{ImageGrid, Palette},
};

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

const HIDDEN: usize = 500;
const SIDE: usize = 28;
const PIXELS: usize = SIDE * SIDE;
const CLASSES: usize = 10;

/// Number of digits in a picture.
const SHOWN: usize = 12;

fn main() -> Outcome<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let (epochs, out, folder) = match words.as_slice() {
        [epochs, out] => (epochs.parse()?, Path::new(out), None),
        [epochs, out, folder] => (epochs.parse()?, Path::new(out), Some(folder)),
        _ => return Err("usage: condition EPOCHS OUT_FOLDER [MNIST_FOLDER]".into()),
    };
    std::fs::create_dir_all(out)?;
    let [training, test] = match folder {
        Some(folder) => [mnist(folder, "train")?, mnist(folder, "t10k")?],
        None => [digits(10_000, 0)?, digits(1000, 1)?],
    };
    let machine = train(&training, epochs)?;

    let labels: Vec<usize> = (PIXELS..PIXELS + CLASSES).collect();
    let (mut scores, mut progress) = (PredictionScores::default(), Silent);
    let key = RandomKey::new(2);
    for found in Predictor::default().run(&machine, &test, &labels, key, &mut progress)? {
        scores.add(&found?);
    }
    let percent = 100.0 * scores.discrete().map_or(f64::NAN, |scores| scores.accuracy);
    println!(
        "accuracy of the most probable label given the pixels: {percent:.2} % of {} test rows",
        test.rows()
    );

    fill_in(&machine, &test, &out.join("filled.png"))?;
    draw_labels(&machine, &out.join("labels.png"))
}

fn train(training: &Table, epochs: usize) -> Outcome<BoltzmannMachine> {
    let device = default_device()?;
    let visible: Vec<AnyLayer> = vec![
        Bernoulli::new(PIXELS, &device).into(),
        OneHot::new(1, CLASSES, &device).into(),
    ];
    let hidden = vec![Bernoulli::new(HIDDEN, &device).into()];
    let mut machine = BoltzmannMachine::stacked(visible, hidden)?;
    machine.initialize(Initialization::Glorot, training, RandomKey::new(1))?;
    let steps = epochs * training.rows().div_ceil(100);
    let trainer = Trainer {
        epochs,
        optimizer: OptimizerKind::Sgd,
        learning_rate: Box::new(schedule::cosine(0.05, 0.0005, steps)),
        ..Trainer::new(PersistentContrastiveDivergence::default())
    };
    let state = trainer.start(machine)?;
    let bar = ProgressBar::new(training.rows());
    let outcome = trainer.fit(state, training, &mut [Box::new(bar)])?;
    Ok(outcome.state.machine)
}

/// Imputes the right half of some digits, and every second pixel of others.
fn fill_in(machine: &BoltzmannMachine, test: &Table, path: &Path) -> Outcome<()> {
    let indices: Vec<usize> = (0..SHOWN.min(test.rows())).collect();
    let known: Vec<bool> = indices
        .iter()
        .flat_map(|&row| {
            let pixel = move |pixel: usize| match row % 2 {
                0 => pixel % SIDE < SIDE / 2,
                _ => (pixel / SIDE + pixel).is_multiple_of(2),
            };
            // The label is missing.
            (0..PIXELS).map(pixel).chain([false; CLASSES])
        })
        .collect();
    let rows = machine.rows(test, &indices);
    let mask = TensorData::new(known.clone(), rows.dims());
    let mask = Tensor::<2, Bool>::from_data(mask, &machine.device());
    let chains = ChainSettings {
        chains: 3,
        burn_in: 500,
        ..Default::default()
    };
    let key = RandomKey::new(0);
    let imputed = Imputation { chains }.run_batch(machine, rows.clone(), &mask, key)?;

    let gaps = rows.clone().mask_fill(mask.bool_not(), 0.5);
    let mut shown = vec![rows, gaps, imputed.mean];
    shown.extend(imputed.draws);
    draw(&shown, path)
}

/// Samples with the label clamped: one column per digit.
fn draw_labels(machine: &BoltzmannMachine, path: &Path) -> Outcome<()> {
    let labels: Vec<usize> = (0..CLASSES).collect();
    let labels = one_hot("labels", &labels, CLASSES)?;
    let blank = Table::new("blank", PIXELS, vec![0.0; PIXELS * CLASSES])?;
    let rows = blank.beside(&labels)?;
    let rows = machine.rows(&rows, &(0..CLASSES).collect::<Vec<_>>());
    let known: Vec<bool> = (0..PIXELS + CLASSES).map(|unit| unit >= PIXELS).collect();
    let known = TensorData::new(known, [1, PIXELS + CLASSES]);
    let known = Tensor::<2, Bool>::from_data(known, &machine.device());
    let chains = ChainSettings {
        chains: 6,
        burn_in: 1000,
        sweeps: 1,
    };
    let key = RandomKey::new(0);
    let imputed = Imputation { chains }.run_batch(machine, rows, &known, key)?;
    draw(&imputed.draws, path)
}

/// Draws the pixels of rows: one line of images per tensor.
fn draw(lines: &[Tensor<2>], path: &Path) -> Outcome<()> {
    let images = lines[0].dims()[0];
    let pixels = lines.iter().flat_map(|rows| {
        let pixels = rows.clone().narrow(1, 0, PIXELS).into_data();
        pixels.iter::<f32>().collect::<Vec<f32>>()
    });
    let values: Vec<f32> = pixels.collect();
    let grid = ImageGrid {
        values: &values,
        height: SIDE,
        width: SIDE,
        columns: images,
        palette: Palette::Ink,
        magnify: 2,
    };
    grid.write(path)?;
    Ok(())
}

fn digits(rows: usize, seed: u64) -> Outcome<Table> {
    let digits = Digits {
        rows,
        seed,
        gray: false,
    };
    let labels = one_hot("builtin:digits", &digits.labels(), CLASSES)?;
    Ok(digits.generate().beside(&labels)?)
}

fn mnist(folder: &str, part: &str) -> Outcome<Table> {
    let file = |kind: &str| {
        let plain = format!("{folder}/{part}-{kind}-ubyte");
        if Path::new(&plain).exists() {
            plain
        } else {
            plain + ".gz"
        }
    };
    let images = threshold(&read(&file("images-idx3"))?, 0.5);
    let path = file("labels-idx1");
    Ok(images.beside(&one_hot(&*path, &read_labels(&path)?, CLASSES)?)?)
}
