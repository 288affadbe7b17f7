//! Deep Boltzmann machine (DBM) with two hidden layers, all trained together by PCD.
//!
//! ```text
//! cargo run --release --example dbm -- [--data DIR] [--epochs N] [--out DIR]
//! ```
//!
//! Given a row, hidden units of neighbouring layers depend on each other: the positive phase runs one
//! Gibbs chain per row, which continues when the row is in a batch again.

mod common;

use common::Outcome;
use paysage::prelude::*;

fn main() -> Outcome<()> {
    let options = common::options();
    let digits = options.digits()?.map(|gray| threshold(&gray, 0.5));
    let [training, _] = &digits;

    let device = default_device()?;
    let layers = [training.columns(), 100, 100].map(|units| Bernoulli::new(units, &device).into());
    let mut machine = BoltzmannMachine::<AnyLayer>::chain(layers.into())?;
    machine.initialize(Initialization::Glorot, training, RandomKey::new(1))?;

    let epochs = options.epochs(20);
    let steps = epochs * training.rows().div_ceil(100);
    let trainer = Trainer {
        epochs,
        learning_rate: Box::new(schedule::linear(0.005, 0.0, steps)),
        ..Trainer::new(PersistentContrastiveDivergence {
            steps: 10,
            data: DataPhase::Gibbs { sweeps: 5 },
            ..Default::default()
        })
    };
    let machine = common::train(&trainer, machine, training)?;
    options.evaluate(&machine, &digits)
}
