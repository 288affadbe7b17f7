//! RBM with one hidden site of 256 states (a one-hot layer), trained by PCD.
//!
//! ```text
//! cargo run --release --example onehot_rbm -- [--data DIR] [--epochs N] [--out DIR]
//! ```
//!
//! Given the state of the site the pixels are independent, so the machine is a mixture of 256 products of
//! Bernoulli distributions, and its likelihood is exact. The weights are the logits of the components, up
//! to the common biases.

mod common;

use common::Outcome;
use paysage::prelude::*;

fn main() -> Outcome<()> {
    let options = common::options();
    let digits = options.digits()?.map(|gray| threshold(&gray, 0.5));
    let [training, _] = &digits;

    let device = default_device()?;
    let layers = vec![
        Bernoulli::new(training.columns(), &device).into(),
        OneHot::new(1, 256, &device).into(),
    ];
    let mut machine = BoltzmannMachine::<AnyLayer>::chain(layers)?;
    machine.initialize(Initialization::Glorot, training, RandomKey::new(1))?;

    let epochs = options.epochs(10);
    let steps = epochs * training.rows().div_ceil(100);
    let trainer = Trainer {
        epochs,
        learning_rate: Box::new(schedule::linear(0.003, 0.0, steps)),
        ..Trainer::new(PersistentContrastiveDivergence {
            chains: 1000,
            ..Default::default()
        })
    };
    let machine = common::train(&trainer, machine, training)?;
    options.evaluate(&machine, &digits)
}
