//! Hopfield-like network: an RBM of binary visible units and Gaussian hidden units, trained by PCD.
//!
//! ```text
//! cargo run --release --example hopfield -- [--data DIR] [--epochs N] [--out DIR]
//! ```
//!
//! Summed over the hidden units, the energy of the visible units is that of a Hopfield network with the
//! couplings W Wᵀ, where the columns of W are the patterns. Such a network has spurious minima far from
//! the data; five sweeps of 200 chains per step find and remove them.

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
        Gaussian::new(256, &device).into(),
    ];
    let mut machine = BoltzmannMachine::<AnyLayer>::chain(layers)?;
    machine.initialize(Initialization::Glorot, training, RandomKey::new(1))?;

    let epochs = options.epochs(10);
    let steps = epochs * training.rows().div_ceil(100);
    let trainer = Trainer {
        epochs,
        learning_rate: Box::new(schedule::linear(0.001, 0.0, steps)),
        transforms: vec![Box::new(L2 { strength: 1e-3 })],
        ..Trainer::new(PersistentContrastiveDivergence {
            chains: 200,
            steps: 5,
            ..Default::default()
        })
    };
    let machine = common::train(&trainer, machine, training)?;
    options.evaluate(&machine, &digits)
}
