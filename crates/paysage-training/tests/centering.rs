//! Training with centers: flipped data give the flipped machine, runs continue exactly, and deep machines
//! are pretrained.

use burn::tensor::{DType, Tensor, TensorData};
use paysage_data::{BarsAndStripes, Table};
use paysage_kernels::RandomKey;
use paysage_layers::{AnyLayer, Centered, LayerKind, Stored};
use paysage_models::{BoltzmannMachine, Exact, Initialization};
use paysage_optimizers::{Centering, OptimizerKind, schedule};
use paysage_samplers::PersistentContrastiveDivergence;
use paysage_testkit::{ExactGradient, machines};
use paysage_training::{Pretraining, StageTraining, Trainer, TrainingState};

/// 3 × 3 bars and stripes in which some columns are flipped. All of them would give the same patterns.
fn patterns(flips: &[bool; 9]) -> Table {
    let table = BarsAndStripes { size: 3 }.generate();
    let rows = (0..table.rows()).flat_map(|row| {
        let pairs = table.row(row).iter().zip(flips);
        pairs
            .map(|(x, &flip)| if flip { 1.0 - x } else { *x })
            .collect::<Vec<f32>>()
    });
    Table::new("patterns", 9, rows.collect()).expect("rows")
}

type Pcd = PersistentContrastiveDivergence;

const FLIPS: [bool; 9] = [true, true, false, true, false, false, true, true, true];
const NONE: [bool; 9] = [false; 9];

fn vector(values: &[f64]) -> Tensor<1> {
    let data = TensorData::new(values.to_vec(), [values.len()]);
    Tensor::from_data(data, (&machines::device(), machines::dtype()))
}

/// A machine with centers that starts from the data.
fn centered(table: &Table, hidden: usize, seed: u64) -> BoltzmannMachine {
    let kinds = [LayerKind::bernoulli(9), LayerKind::bernoulli(hidden)];
    let layers = kinds
        .iter()
        .map(|kind| AnyLayer::from_kind(kind, (&machines::device(), machines::dtype())));
    let mut machine = BoltzmannMachine::chain(layers.collect()).expect("valid");
    machine.center_visible(table).expect("in memory");
    machine.center_hidden();
    let read = machine.initialize(Initialization::Glorot, table, RandomKey::new(seed));
    read.expect("a table in memory");
    machine
}

/// The machine of flipped units: r of a flipped unit has the other sign.
fn flipped(machine: &BoltzmannMachine, flips: &[bool; 9]) -> BoltzmannMachine {
    let signs = vector(&flips.map(|flip| if flip { -1.0 } else { 1.0 }));
    let ones = vector(&flips.map(|flip| f64::from(u8::from(flip))));
    let mut machine = machine.clone();
    let weight = &mut machine.connections[0].weight;
    *weight = weight.clone() * signs.clone().unsqueeze_dim(1);
    let AnyLayer::Bernoulli(layer) = &mut machine.layers[0] else {
        unreachable!("the visible layer is Bernoulli")
    };
    layer.loc = layer.loc.clone() * signs.clone();
    layer.center = layer.center.clone().map(|center| center * signs + ones);
    machine
}

fn numbers(machine: &BoltzmannMachine) -> Vec<f64> {
    let tensors = machine.to_file().tensors.into_values();
    tensors
        .flat_map(|data| data.iter::<f64>().collect::<Vec<_>>())
        .collect()
}

fn likelihood(machine: &BoltzmannMachine, table: &Table) -> f64 {
    let exact = Exact::new(machine).expect("a small machine");
    exact.mean_log_likelihood(table).expect("restricted")
}

fn exact_trainer(optimizer: OptimizerKind, rate: f64) -> Trainer<AnyLayer, ExactGradient> {
    Trainer {
        epochs: 60,
        batch_size: 8,
        learning_rate: Box::new(schedule::constant(rate)),
        optimizer,
        constraints: vec![Box::new(Centering::default())],
        ..Trainer::new(ExactGradient)
    }
}

#[test]
fn flipped_data_give_the_flipped_machine() {
    let tolerance = match machines::dtype() {
        DType::F64 => 1e-8,
        _ => 1e-3,
    };
    for (optimizer, rate) in [(OptimizerKind::Sgd, 0.3), (OptimizerKind::Adam, 0.01)] {
        let trainer = exact_trainer(optimizer, rate);
        let (table, other) = (patterns(&NONE), patterns(&FLIPS));
        let start = centered(&table, 6, 7);
        let first = trainer.train(start.clone(), &table).expect("trained");
        let second = flipped(&start, &FLIPS);
        let center = |machine: &BoltzmannMachine| machine.layers[0].center().cloned();
        let mut of_data = second.clone();
        of_data.center_visible(&other).expect("in memory");
        let (found, expected) = (center(&second), center(&of_data));
        let both = [found, expected].map(|c| c.expect("a center").into_data());
        both[0].assert_approx_eq::<f32>(&both[1], Default::default());

        let second = trainer.train(second, &other).expect("trained");
        let back = flipped(&second, &FLIPS);
        let moved = numbers(&first).into_iter().zip(numbers(&start));
        let moved = moved.map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
        assert!(moved > 0.1, "{optimizer}: not trained");
        for (found, expected) in numbers(&back).into_iter().zip(numbers(&first)) {
            assert!(
                (found - expected).abs() < tolerance,
                "{optimizer}: {found}, expected {expected}"
            );
        }

        // Without centers, machines that are the same to begin with are trained to different ones.
        let plain = |machine: &BoltzmannMachine| machine.without_centers().into_owned();
        let one = trainer.train(plain(&start), &table).expect("trained");
        let two = trainer.train(plain(&flipped(&start, &FLIPS)), &other);
        let two = two.expect("trained");
        let gap = likelihood(&one, &table) - likelihood(&two, &other);
        assert!(gap.abs() > 0.01, "{optimizer}: without centers {gap}");
    }
}

/// Draws of flipped units are not the flipped draws, so likelihoods agree in distribution.
#[test]
fn flipped_data_reach_the_same_likelihood_by_sampling() {
    const SEEDS: u64 = 6;
    let reached = |flips: &[bool; 9], seed: u64| {
        let patterns = patterns(flips);
        let rows: Vec<usize> = (0..160).map(|row| row % patterns.rows()).collect();
        let trainer = Trainer {
            epochs: 150,
            batch_size: 160,
            learning_rate: Box::new(schedule::constant(0.02)),
            constraints: vec![Box::new(Centering::default())],
            seed,
            ..Trainer::new(PersistentContrastiveDivergence {
                chains: 160,
                ..Default::default()
            })
        };
        let machine = centered(&patterns, 8, seed);
        let machine = trainer.train(machine, &patterns.select(&rows));
        likelihood(&machine.expect("trained"), &patterns)
    };
    let of = |flips: &[bool; 9]| -> (f64, f64) {
        let values: Vec<f64> = (0..SEEDS).map(|seed| reached(flips, seed)).collect();
        let mean = values.iter().sum::<f64>() / SEEDS as f64;
        let squares: f64 = values.iter().map(|x| (x - mean).powi(2)).sum();
        (mean, squares / ((SEEDS - 1) * SEEDS) as f64)
    };
    let ((plain, first), (flipped, second)) = (of(&NONE), of(&FLIPS));
    let error = (first + second).sqrt();
    assert!(
        (plain - flipped).abs() < 4.0 * error,
        "{plain} and {flipped} ± {error}"
    );
    // Independent units have −9 ln 2 = −6.2.
    assert!(plain > -5.5, "{plain}");
}

#[test]
fn centered_training_continues_exactly() {
    // Only machines of the default float type of a device continue bit for bit.
    let table = patterns(&NONE);
    let machine = centered(&table, 5, 3).cast(burn::tensor::FloatDType::F32);
    let trainer = |epochs| Trainer {
        epochs,
        batch_size: 6,
        optimizer: OptimizerKind::Momentum,
        constraints: vec![Box::new(Centering {
            rate: 0.1,
            visible: true,
        })],
        ..Trainer::new(Pcd {
            chains: 10,
            ..Default::default()
        })
    };
    let whole = trainer(5).train(machine.clone(), &table).expect("trained");
    let start = trainer(2).start(machine.clone()).expect("valid");
    let part = trainer(2).fit(start, &table, &mut []).expect("trained");
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("state.safetensors");
    part.state.save(&path).expect("saved");
    let state: TrainingState<AnyLayer, Pcd> =
        TrainingState::load(&path, &machines::device()).expect("loaded");
    assert!(state.machine.is_centered());
    let resumed = trainer(5).fit(state, &table, &mut []).expect("trained");
    assert_eq!(numbers(&resumed.state.machine), numbers(&whole));
    let moved = |machine: &BoltzmannMachine, layer: usize| {
        let center = machine.layers[layer].center().expect("a center");
        center.to_data().iter::<f64>().collect::<Vec<_>>()
    };
    assert_ne!(moved(&whole, 1), moved(&machine, 1));
}

/// The pairs of a layer end with the same center, which the deep machine gets.
#[test]
fn deep_machines_are_pretrained_with_centers() {
    let table = patterns(&NONE);
    for visible in [false, true] {
        let kinds = machines::kinds_of("9,6,4,3");
        let device = machines::device();
        let layers = kinds.iter().map(|kind| AnyLayer::from_kind(kind, &device));
        let mut machine = BoltzmannMachine::chain(layers.collect()).expect("valid");
        machine.center_visible(&table).expect("in memory");
        machine.center_hidden();
        let trainer = || Trainer {
            epochs: 20,
            batch_size: 8,
            learning_rate: Box::new(schedule::constant(0.05)),
            constraints: vec![Box::new(Centering { rate: 0.1, visible })],
            ..Trainer::new(PersistentContrastiveDivergence::default())
        };
        let pretraining = Pretraining::default();
        let outcome = pretraining.run(&mut machine, &table, |_| StageTraining::new(trainer()));
        assert_eq!(outcome.expect("trained").epochs, 60);
        for layer in 1..4 {
            let center: Vec<f64> = {
                let center = machine.layers[layer].center().expect("a center");
                center.to_data().iter().collect()
            };
            assert!(center.iter().any(|c| (c - 0.5).abs() > 1e-3), "{center:?}");
        }
        let reached = likelihood_of_deep(&machine, &table);
        assert!(reached > -8.0, "pretraining reached {reached}");
        let trained = trainer().train(machine, &table).expect("trained");
        assert!(likelihood_of_deep(&trained, &table).is_finite());
    }
}

fn likelihood_of_deep(machine: &BoltzmannMachine, table: &Table) -> f64 {
    let exact = Exact::new(machine).expect("a small machine");
    let values = exact.log_likelihood(table).expect("small");
    values.iter().sum::<f64>() / values.len() as f64
}

#[test]
fn exact_gradients_raise_the_likelihood_of_a_centered_machine() {
    let table = patterns(&NONE);
    let start = centered(&table, 6, 5);
    let before = likelihood(&start, &table);
    let trainer = exact_trainer(OptimizerKind::Sgd, 0.3);
    let after = likelihood(&trainer.train(start, &table).expect("trained"), &table);
    assert!(after > before + 0.3, "from {before} to {after}");
}
