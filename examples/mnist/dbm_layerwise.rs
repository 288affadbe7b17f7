//! DBM with three hidden layers, pretrained layer by layer and then trained together, with an adaptive L1
//! penalty on the weights.
//!
//! ```text
//! cargo run --release --example dbm_layerwise -- [--data DIR] [--epochs N] [--out DIR]
//! ```
//!
//! `--epochs` is the number of epochs of each of the three stages of pretraining and of the joint
//! training. The example `deep` compares this with joint training alone.

mod common;

use common::Outcome;
use paysage::{optimizers::AdaptiveL1, prelude::*};

fn main() -> Outcome<()> {
    let options = common::options();
    let digits = options.digits()?.map(|gray| threshold(&gray, 0.5));
    let [training, _] = &digits;

    let device = default_device()?;
    let units = [training.columns(), 400, 225, 100];
    let layers = units.map(|units| Bernoulli::new(units, &device).into());
    let mut machine = BoltzmannMachine::<AnyLayer>::chain(layers.into())?;
    machine.initialize(Initialization::Glorot, training, RandomKey::new(1))?;

    let epochs = options.epochs(10);
    let steps = epochs * training.rows().div_ceil(100);
    let trainer = || Trainer {
        epochs,
        optimizer: OptimizerKind::Sgd,
        learning_rate: Box::new(schedule::linear(0.05, 0.0, steps)),
        transforms: vec![Box::new(AdaptiveL1 { strength: 1e-5 })],
        ..Trainer::new(PersistentContrastiveDivergence {
            steps: 5,
            data: DataPhase::Gibbs { sweeps: 5 },
            ..Default::default()
        })
    };
    Pretraining::default().run(&mut machine, training, |stage| {
        let bar = ProgressBar::new(training.rows()).titled(stage);
        StageTraining {
            callbacks: vec![Box::new(bar)],
            ..StageTraining::new(trainer())
        }
    })?;
    let machine = common::train(&trainer(), machine, training)?;
    options.evaluate(&machine, &digits)
}
