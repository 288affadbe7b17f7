//! Training on numbers that the visible units do not take.

use burn::tensor::Tensor;
use paysage_data::Table;
use paysage_layers::Bernoulli;
use paysage_models::BoltzmannMachine;
use paysage_optimizers::{OptimizerKind, schedule};
use paysage_samplers::PersistentContrastiveDivergence;
use paysage_tap::TapGradient;
use paysage_testkit::{Precision, machines};
use paysage_training::{Trainer, TrainingError};

const RATE: f64 = 0.5;

/// A machine of three visible and two hidden units without parameters.
fn machine() -> BoltzmannMachine<Bernoulli> {
    let device = machines::device();
    let layers = [3, 2].map(|units| Bernoulli::new(units, &device));
    BoltzmannMachine::chain(layers.into()).expect("a chain")
}

fn table(values: &[f32]) -> Table {
    Table::new("gray", 3, values.to_vec()).expect("finite")
}

/// One step on all rows by gradient descent, where nothing is sampled.
fn step() -> Trainer<Bernoulli, TapGradient> {
    Trainer {
        epochs: 1,
        batch_size: 100,
        learning_rate: Box::new(schedule::constant(RATE)),
        optimizer: OptimizerKind::Sgd,
        ..Trainer::new(TapGradient::default())
    }
}

fn values<const D: usize>(tensor: &Tensor<D>) -> Vec<f64> {
    tensor.to_data().iter().collect()
}

/// Without weights all units of the model have the mean ½, so the gradients are ½ − v̄ for the visible biases and
/// half of that for the weights.
#[test]
fn gray_values_enter_the_gradient_as_they_are() {
    let rows = table(&[0.2, 0.9, 1.5, 0.4, 0.7, -0.5]);
    let means = [0.3, 0.8, 0.5];
    let trainer = step();
    let state = trainer.start(machine()).expect("valid");
    let outcome = trainer
        .fit_unchecked(state, &rows, &mut [])
        .expect("trained");
    let trained = outcome.state.machine;
    let close = Precision::of(trained.dtype());
    for (found, mean) in values(&trained.layers[0].loc).iter().zip(means) {
        close.assert_close(*found, RATE * (mean - 0.5), "a visible bias");
    }
    for (place, found) in values(&trained.connections[0].weight).iter().enumerate() {
        let expected = RATE * 0.5 * (means[place / 2] - 0.5);
        close.assert_close(*found, expected, "a weight");
    }
    for found in values(&trained.layers[1].loc) {
        close.assert_close(found, 0.0, "a hidden bias");
    }

    let state = trainer.start(machine()).expect("valid");
    let refused = trainer.fit(state, &rows, &mut []).err().expect("refused");
    assert!(
        refused
            .to_string()
            .starts_with("gray: row 1, column 1 holds 0.2"),
        "{refused}"
    );
}

#[test]
fn rows_that_the_units_take_train_the_same_machine() {
    let rows = table(&[0.0, 1.0, 1.0, 1.0, 0.0, 1.0, 1.0, 1.0, 0.0, 0.0, 0.0, 1.0]);
    let trainer = Trainer {
        epochs: 20,
        batch_size: 2,
        ..Trainer::new(PersistentContrastiveDivergence {
            chains: 5,
            ..Default::default()
        })
    };
    let start = || trainer.start(machine()).expect("valid");
    let checked = trainer.fit(start(), &rows, &mut []).expect("trained");
    let unchecked = trainer
        .fit_unchecked(start(), &rows, &mut [])
        .expect("trained");
    let [left, right] = [checked, unchecked].map(|outcome| outcome.state.machine);
    assert_eq!(
        values(&left.connections[0].weight),
        values(&right.connections[0].weight)
    );
    assert_eq!(values(&left.layers[0].loc), values(&right.layers[0].loc));
    assert!(
        values(&left.connections[0].weight)
            .iter()
            .any(|w| *w != 0.0)
    );
}

#[test]
fn rows_of_another_width_and_parameters_that_overflow_are_refused() {
    let trainer = step();
    let start = || trainer.start(machine()).expect("valid");
    let narrow = Table::new("narrow", 2, vec![0.5, 0.5]).expect("finite");
    let refused = trainer.fit_unchecked(start(), &narrow, &mut []);
    let refused = refused.err().expect("another width").to_string();
    assert!(refused.contains("narrow"), "{refused}");

    let huge = table(&[3e38, 3e38, 3e38, 3e38, 3e38, 3e38]);
    let trainer = Trainer {
        epochs: 10,
        ..step()
    };
    let diverged = trainer.fit_unchecked(start(), &huge, &mut []).err();
    assert!(
        matches!(diverged, Some(TrainingError::Diverged { .. })),
        "{diverged:?}"
    );
}
