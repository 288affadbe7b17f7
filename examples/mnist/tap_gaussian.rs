//! RBM with Gaussian visible units for gray values, trained without sampling by the TAP
//! (Thouless-Anderson-Palmer) expansion of second order.
//!
//! ```text
//! cargo run --release --example tap_gaussian -- [--data DIR] [--epochs N] [--out DIR]
//! ```
//!
//! 100 binary hidden units. The example `tap` compares this with PCD.

mod common;

use common::Outcome;
use paysage::{burn::tensor::Tensor, prelude::*, tap::TapEstimator};

/// Initial variance of a pixel given the hidden units. Pixels at the border are constant, so the
/// variance of the data is no start for them.
const VARIANCE: f64 = 0.05;

fn main() -> Outcome<()> {
    let options = common::options();
    let digits = options.digits()?;
    let [training, test] = &digits;

    let (device, pixels) = (default_device()?, training.columns());
    let layers = vec![
        Gaussian::new(pixels, &device).into(),
        Bernoulli::new(100, &device).into(),
    ];
    let mut machine = BoltzmannMachine::<AnyLayer>::chain(layers)?;
    machine.initialize(Initialization::Stddev, training, RandomKey::new(1))?;
    if let AnyLayer::Gaussian(visible) = &mut machine.layers[0] {
        visible.log_var = Tensor::full([pixels], VARIANCE.ln(), &device);
    }

    let epochs = options.epochs(5);
    let steps = epochs * training.rows().div_ceil(100);
    let trainer = Trainer {
        epochs,
        learning_rate: Box::new(schedule::linear(0.001, 0.0, steps)),
        ..Trainer::new(TapGradient::default())
    };
    let machine = common::train(&trainer, machine, training)?;
    let tap = TapEstimator::default().run(&machine, test, &mut Silent)?;
    common::show("log_likelihood_tap", tap.log_likelihood, "");
    options.evaluate(&machine, &digits)
}
