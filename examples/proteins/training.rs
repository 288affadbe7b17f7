//! Training of the machine.

use paysage::{optimizers::ZeroSumGauge, prelude::*};

use crate::Outcome;

/// A machine with 60 hidden units, trained by PCD-5 in the zero-sum gauge.
pub fn train(table: &Table, kinds: &[LayerKind], epochs: usize) -> Outcome<BoltzmannMachine> {
    let device = default_device()?;
    let visible = kinds
        .iter()
        .map(|kind| AnyLayer::from_kind(kind, &device))
        .collect();
    let hidden = vec![Bernoulli::new(60, &device).into()];
    let mut machine = BoltzmannMachine::stacked(visible, hidden)?;
    machine.center_hidden();
    machine.center_visible(table)?;
    machine.initialize(Initialization::Glorot, table, RandomKey::new(1))?;
    let steps = epochs * table.rows().div_ceil(100);
    let trainer = Trainer {
        epochs,
        optimizer: OptimizerKind::Sgd,
        learning_rate: Box::new(Schedule::default().over(0.1, steps)),
        transforms: vec![Box::new(L2 { strength: 1e-3 })],
        constraints: vec![Box::new(Centering::default()), Box::new(ZeroSumGauge)],
        ..Trainer::new(PersistentContrastiveDivergence {
            steps: 5,
            ..Default::default()
        })
    };
    Ok(trainer.train(machine, table)?)
}
