//! Restricted Boltzmann machine (RBM) of binary units, trained by persistent contrastive divergence (PCD).
//!
//! ```text
//! cargo run --release --example bernoulli_rbm -- [--data DIR] [--epochs N] [--out DIR]
//! ```
//!
//! 100 hidden units that start from the principal components of the data, ten Gibbs sweeps per step, and
//! an L2 penalty on the weights.

mod common;

use common::Outcome;
use paysage::prelude::*;

fn main() -> Outcome<()> {
    let options = common::options();
    let digits = options.digits()?.map(|gray| threshold(&gray, 0.5));
    let [training, _] = &digits;

    let device = default_device()?;
    let layers = [training.columns(), 100].map(|units| Bernoulli::new(units, &device).into());
    let mut machine = BoltzmannMachine::<AnyLayer>::chain(layers.into())?;
    machine.initialize(Initialization::Pca, training, RandomKey::new(1))?;

    let epochs = options.epochs(20);
    let steps = epochs * training.rows().div_ceil(100);
    let trainer = Trainer {
        epochs,
        learning_rate: Box::new(schedule::linear(0.005, 0.0, steps)),
        transforms: vec![Box::new(L2 { strength: 1e-3 })],
        ..Trainer::new(PersistentContrastiveDivergence {
            steps: 10,
            ..Default::default()
        })
    };
    let machine = common::train(&trainer, machine, training)?;
    options.evaluate(&machine, &digits)
}
