//! RBM of binary units, trained without sampling by the TAP (Thouless-Anderson-Palmer) expansion of
//! second order.
//!
//! ```text
//! cargo run --release --example tap_bernoulli -- [--data DIR] [--epochs N] [--out DIR]
//! ```
//!
//! 100 hidden units, plain gradient descent, and an adaptive L1 penalty on the weights. The example `tap`
//! compares orders of the expansion and PCD.

mod common;

use common::Outcome;
use paysage::{optimizers::AdaptiveL1, prelude::*, tap::TapEstimator};

fn main() -> Outcome<()> {
    let options = common::options();
    let digits = options.digits()?.map(|gray| threshold(&gray, 0.5));
    let [training, test] = &digits;

    let device = default_device()?;
    let layers = [training.columns(), 100].map(|units| Bernoulli::new(units, &device).into());
    let mut machine = BoltzmannMachine::<AnyLayer>::chain(layers.into())?;
    machine.initialize(Initialization::Glorot, training, RandomKey::new(1))?;

    let epochs = options.epochs(10);
    let steps = epochs * training.rows().div_ceil(100);
    let trainer = Trainer {
        epochs,
        learning_rate: Box::new(schedule::linear(0.05, 0.0, steps)),
        optimizer: OptimizerKind::Sgd,
        transforms: vec![Box::new(AdaptiveL1 { strength: 1e-5 })],
        ..Trainer::new(TapGradient::default())
    };
    let machine = common::train(&trainer, machine, training)?;
    let tap = TapEstimator::default().run(&machine, test, &mut Silent)?;
    common::show("log_likelihood_tap", tap.log_likelihood, "");
    options.evaluate(&machine, &digits)
}
