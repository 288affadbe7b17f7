//! RBM with Gaussian visible units for gray values, trained by PCD.
//!
//! ```text
//! cargo run --release --example gaussian_rbm -- [--data DIR] [--epochs N] [--out DIR]
//! ```
//!
//! 200 binary hidden units that start from the principal components of the data. The hidden layer is
//! centered: its centers follow the means of the units in the positive phase, which changes the gradient
//! but not the distribution.

mod common;

use common::Outcome;
use paysage::{burn::tensor::Tensor, prelude::*};

/// Initial variance of a pixel given the hidden units. Pixels at the border are constant, so the
/// variance of the data is no start for them.
const VARIANCE: f64 = 0.05;

fn main() -> Outcome<()> {
    let options = common::options();
    let digits = options.digits()?;
    let [training, _] = &digits;

    let (device, pixels) = (default_device()?, training.columns());
    let layers = vec![
        Gaussian::new(pixels, &device).into(),
        Bernoulli::new(200, &device).into(),
    ];
    let mut machine = BoltzmannMachine::<AnyLayer>::chain(layers)?;
    machine.center_hidden();
    machine.initialize(Initialization::Pca, training, RandomKey::new(1))?;
    if let AnyLayer::Gaussian(visible) = &mut machine.layers[0] {
        visible.log_var = Tensor::full([pixels], VARIANCE.ln(), &device);
    }

    let epochs = options.epochs(20);
    let steps = epochs * training.rows().div_ceil(100);
    let trainer = Trainer {
        epochs,
        learning_rate: Box::new(schedule::linear(0.001, 0.0, steps)),
        constraints: vec![Box::new(Centering::default())],
        ..Trainer::new(PersistentContrastiveDivergence {
            steps: 5,
            ..Default::default()
        })
    };
    let machine = common::train(&trainer, machine, training)?;
    options.evaluate(&machine, &digits)
}
