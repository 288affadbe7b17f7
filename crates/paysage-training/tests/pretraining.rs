//! Layerwise training raises the likelihood before layers are trained together.

use std::{
    path::Path,
    sync::{Arc, Mutex},
};

use paysage_data::{BarsAndStripes, Table};
use paysage_kernels::RandomKey;
use paysage_layers::{AnyLayer, Centered, LayerKind, Stored};
use paysage_metrics::{Elbo, Interval, Metric};
use paysage_models::{BoltzmannMachine, Connection, Exact, Initialization, Silent};
use paysage_optimizers::schedule;
use paysage_samplers::PersistentContrastiveDivergence;
use paysage_testkit::machines;
use paysage_training::{
    Callback, CallbackError, Checkpoints, Control, Epoch, FinishedBatch, Pretrained, Pretraining,
    PretrainingStage, StageTraining, Trainer, TrainingError, TrainingState,
};

fn deep(kinds: &[LayerKind], table: &Table, seed: u64) -> BoltzmannMachine {
    let device = machines::device();
    let layers = kinds.iter().map(|kind| AnyLayer::from_kind(kind, &device));
    let mut machine = BoltzmannMachine::chain(layers.collect()).expect("valid");
    let read = machine.initialize(Initialization::Glorot, table, RandomKey::new(seed));
    read.expect("a table in memory");
    machine
}

type Pcd = PersistentContrastiveDivergence;

fn trainer(epochs: usize, rate: f64) -> Trainer<AnyLayer, Pcd> {
    Trainer {
        epochs,
        batch_size: 80,
        learning_rate: Box::new(schedule::linear(rate, rate / 10.0, 2 * epochs)),
        ..Trainer::new(PersistentContrastiveDivergence {
            chains: 200,
            steps: 2,
            ..Default::default()
        })
    }
}

/// The exact log-likelihood and the variational bound of a machine.
fn scores(machine: &BoltzmannMachine, table: &Table) -> [f64; 2] {
    let exact = Exact::new(machine).expect("a small machine");
    let likelihood = exact.mean_log_likelihood(table).expect("few states");
    let log_partition = exact.log_partition();
    let elbo = Elbo {
        log_partition: Interval::exactly(log_partition),
    }
    .run(machine, table, RandomKey::new(0), &mut Silent);
    [likelihood, elbo.expect("defined").value]
}

/// Pretrains on a table repeated to 160 rows, and compares with the start.
fn climbs(kinds: &[LayerKind], table: &Table, by: f64) {
    let mut machine = deep(kinds, table, 600);
    let before = scores(&machine, table);
    let repeated: Vec<usize> = (0..160).map(|row| row % table.rows()).collect();
    let pretraining = Pretraining {
        key: RandomKey::new(601),
        ..Default::default()
    };
    let outcome = pretraining
        .run(&mut machine, &table.select(&repeated), |_| {
            StageTraining::new(trainer(200, 0.02))
        })
        .expect("trained");
    assert_eq!(outcome.epochs, 200 * (kinds.len() - 1));
    let after = scores(&machine, table);
    for (before, after) in before.into_iter().zip(after) {
        assert!(after > before + by, "{kinds:?}: from {before} to {after}");
    }
}

#[test]
fn machines_of_bernoulli_layers_start_higher() {
    let table = BarsAndStripes { size: 3 }.generate();
    climbs(
        &[
            LayerKind::bernoulli(9),
            LayerKind::bernoulli(6),
            LayerKind::bernoulli(4),
        ],
        &table,
        0.5,
    );
    let four = [
        LayerKind::bernoulli(9),
        LayerKind::bernoulli(5),
        LayerKind::bernoulli(4),
        LayerKind::bernoulli(3),
    ];
    climbs(&four, &table, 0.5);
}

#[test]
fn machines_of_other_layers_start_higher() {
    let table = BarsAndStripes { size: 3 }.generate();
    // Pixels as sites of two states.
    let sites: Vec<f32> = (0..table.rows())
        .flat_map(|row| table.row(row).iter().flat_map(|&x| [1.0 - x, x]))
        .collect();
    let onehot = Table::new("sites", 18, sites).expect("finite");
    let kinds = machines::kinds_of("onehot:9x2,6,onehot:2x3");
    climbs(&kinds, &onehot, 0.5);
    // Real values in two groups that overlap.
    let noise = paysage_kernels::normal([160, 2], RandomKey::new(608), &machines::device());
    let noise: Vec<f32> = noise.into_data().iter().collect();
    let values = noise.chunks(2).enumerate().flat_map(|(row, noise)| {
        let side = if row % 2 == 0 { 1.0 } else { -1.0 };
        [side + 0.5 * noise[0], side + 0.5 * noise[1]]
    });
    let real = Table::new("groups", 2, values.collect()).expect("finite");
    let kinds = machines::kinds_of("gaussian:2,4,3");
    climbs(&kinds, &real, 0.2);
}

/// Notes the machine of each stage after its last epoch.
#[derive(Clone, Default)]
struct Note(Arc<Mutex<Vec<BoltzmannMachine>>>);

impl Callback<AnyLayer> for Note {
    fn after_epoch(&mut self, epoch: &mut Epoch<'_, AnyLayer>) -> Result<Control, CallbackError> {
        if epoch.number == epoch.epochs {
            let mut stages = self.0.lock().map_err(|error| error.to_string())?;
            stages.push(epoch.machine.clone());
        }
        Ok(Control::Continue)
    }
}

/// Of stages as they were trained, the energy of the machine is half the sum, all copies alike;
/// and copies are alike to the bit.
#[test]
fn a_machine_is_made_of_its_stages() {
    let table = BarsAndStripes { size: 3 }.generate();
    let gaussian = LayerKind::gaussian(3);
    let chains: [&[LayerKind]; 4] = [
        &[LayerKind::bernoulli(9), LayerKind::bernoulli(4)],
        &[LayerKind::bernoulli(9), gaussian, LayerKind::bernoulli(3)],
        &[
            LayerKind::bernoulli(9),
            LayerKind::bernoulli(4),
            LayerKind::onehot(2, 3),
            LayerKind::bernoulli(2),
        ],
        &[
            LayerKind::bernoulli(9),
            gaussian,
            gaussian,
            LayerKind::bernoulli(3),
            LayerKind::bernoulli(2),
        ],
    ];
    for kinds in chains {
        let device = machines::device();
        let layers = kinds.iter().map(|kind| {
            let mut layer = AnyLayer::from_kind(kind, &device);
            let center = burn::tensor::Tensor::ones([kind.units()], &device) * 0.3;
            layer.set_center(Some(center));
            layer
        });
        let mut machine = BoltzmannMachine::chain(layers.collect()).expect("valid");
        let note = Note::default();
        let run = Pretraining::default().run(&mut machine, &table, |_| StageTraining {
            callbacks: vec![Box::new(note.clone())],
            ..StageTraining::new(trainer(5, 0.005))
        });
        run.expect("trained");
        let stages = note.0.lock().expect("no panic");
        assert_eq!(stages.len(), kinds.len() - 1);

        let state = machine.random_state(8, RandomKey::new(602));
        let energy = |machine: &BoltzmannMachine, layers: &[usize]| -> Vec<f64> {
            let mut shown = machine.zeros(8);
            shown.layers = layers.iter().map(|&l| state.layers[l].clone()).collect();
            machine.energy(&shown).into_data().iter().collect()
        };
        let all: Vec<usize> = (0..kinds.len()).collect();
        let whole = energy(&machine, &all);
        let mut sum = vec![0.0; whole.len()];
        for (below, stage) in stages.iter().enumerate() {
            let lower = stage.visible.len();
            let of = |layer| if layer < lower { below } else { below + 1 };
            let places: Vec<usize> = (0..stage.layers.len()).map(of).collect();
            let share = if stages.len() == 1 { 1.0 } else { 0.5 };
            for (sum, energy) in sum.iter_mut().zip(energy(stage, &places)) {
                *sum += share * energy;
            }
            assert_copies_are_alike(stage, &places);
        }
        // Up to a constant.
        for (whole_row, sum_row) in whole.iter().zip(&sum) {
            let (found, expected) = (whole_row - whole[0], sum_row - sum[0]);
            let what = format!("{kinds:?}: {found}, not {expected}");
            assert!(
                (found - expected).abs() < 1e-4 * (1.0 + expected.abs()),
                "{what}"
            );
        }
    }
}

/// Layers at the same place of the whole machine have the same parameters, and so do all weights.
fn assert_copies_are_alike(stage: &BoltzmannMachine, places: &[usize]) {
    for pair in places
        .windows(2)
        .enumerate()
        .filter(|(_, pair)| pair[0] == pair[1])
    {
        let [first, second] = [pair.0, pair.0 + 1].map(|layer| {
            let parameters = paysage_layers::Trainable::parameters(&stage.layers[layer]);
            let data = parameters.into_iter().map(|(_, x)| x.to_data());
            data.collect::<Vec<_>>()
        });
        assert_eq!(first, second, "copies of a layer");
    }
    let weights = stage.connections.iter().map(|c| c.weight.to_data());
    let weights: Vec<_> = weights.collect();
    assert!(
        weights.iter().all(|w| *w == weights[0]),
        "copies of weights"
    );
}

/// What stage 1 says of h₁ given the rows, and stage 2 given h₂, each count half: the field from
/// below is half of that on two copies, and so is the bias.
#[test]
fn a_hidden_layer_is_between_what_its_two_stages_say() {
    let table = BarsAndStripes { size: 3 }.generate();
    let mut machine = deep(&machines::kinds_of("9,4,3"), &table, 603);
    let note = Note::default();
    let run = Pretraining::default().run(&mut machine, &table, |_| StageTraining {
        callbacks: vec![Box::new(note.clone())],
        ..StageTraining::new(trainer(20, 0.02))
    });
    run.expect("trained");
    let stages = note.0.lock().expect("no panic");
    let [first, second] = &stages[..] else {
        panic!("two stages");
    };
    let log_odds = |machine: &BoltzmannMachine, layer: usize, state: &[usize]| -> Vec<f64> {
        let all = state_of(machine, state);
        let field = machine.field(layer, &all);
        let AnyLayer::Bernoulli(units) = &machine.layers[layer] else {
            panic!("Bernoulli units");
        };
        let total = field + units.loc.clone().unsqueeze();
        total.into_data().iter().collect()
    };
    let whole = log_odds(&machine, 1, &[0, 1, 2]);
    let from_below = log_odds(first, 2, &[0, 0, 1]);
    let from_above = log_odds(second, 0, &[1, 2, 2]);
    for ((whole, below), above) in whole.iter().zip(from_below).zip(from_above) {
        assert!((whole - 0.5 * (below + above)).abs() < 1e-4);
    }
    // Neither visible nor top units have a second side.
    let same = |found: Vec<f64>, expected: Vec<f64>| {
        let close = |(a, b): (&f64, &f64)| (a - b).abs() < 1e-5;
        assert!(found.iter().zip(&expected).all(close));
    };
    same(
        log_odds(&machine, 0, &[0, 1, 2]),
        log_odds(first, 0, &[0, 0, 1]),
    );
    same(
        log_odds(&machine, 2, &[0, 1, 2]),
        log_odds(second, 1, &[1, 2, 2]),
    );
}

/// Fixed rows of layers of 9, 4 and 3 units, at places of a machine.
fn state_of(machine: &BoltzmannMachine, places: &[usize]) -> paysage_models::State {
    let mut state = machine.zeros(5);
    for (layer, &place) in places.iter().enumerate() {
        let key = RandomKey::new(604).split(place as u64);
        let units = state.layers[layer].dims();
        let noise = paysage_kernels::uniform(units, key, &machine.device());
        state.layers[layer] = noise.greater_equal_scalar(0.5).float();
    }
    state
}

/// Stops in the second stage.
struct StopAbove(PretrainingStage);

impl Callback<AnyLayer> for StopAbove {
    fn after_batch(&mut self, _: &FinishedBatch) -> Control {
        if self.0.number > 1 {
            Control::Stop
        } else {
            Control::Continue
        }
    }
}

#[test]
fn a_stopped_one_leaves_the_machine_as_it_was() {
    let table = BarsAndStripes { size: 3 }.generate();
    let mut machine = deep(&machines::kinds_of("9,4,3"), &table, 605);
    let before = machine.to_file().tensors;
    let outcome = Pretraining::default().run(&mut machine, &table, |stage| StageTraining {
        callbacks: vec![Box::new(StopAbove(stage))],
        ..StageTraining::new(trainer(3, 0.02))
    });
    let outcome = outcome.expect("stopped, not failed");
    assert!(outcome.stopped);
    assert_eq!(outcome.epochs, 3);
    assert_eq!(machine.to_file().tensors, before);
}

/// Trains with checkpoints in a folder, from the states that are there.
fn with_checkpoints(
    folder: &Path,
    machine: &mut BoltzmannMachine,
    table: &Table,
    stop: bool,
) -> Result<Pretrained, TrainingError> {
    Pretraining::default().run(machine, table, |stage| {
        let path = folder.join(format!("{}.safetensors", stage.number));
        let state = path
            .exists()
            .then(|| TrainingState::load(&path, &machines::device()));
        let mut callbacks: Vec<Box<dyn Callback<AnyLayer>>> =
            vec![Box::new(Checkpoints::new(path))];
        if stop {
            callbacks.push(Box::new(StopAbove(stage)));
        }
        StageTraining {
            callbacks,
            state: state.transpose().expect("a state"),
            ..StageTraining::new(trainer(3, 0.02))
        }
    })
}

#[test]
fn stages_continue_from_their_states() {
    let table = BarsAndStripes { size: 3 }.generate();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let start = deep(&machines::kinds_of("9,5,4"), &table, 609);
    let mut whole = start.clone();
    let run =
        Pretraining::default().run(&mut whole, &table, |_| StageTraining::new(trainer(3, 0.02)));
    run.expect("trained");

    let mut machine = start.clone();
    let stopped = with_checkpoints(folder.path(), &mut machine, &table, true).expect("stopped");
    assert!(stopped.stopped);
    let again = with_checkpoints(folder.path(), &mut machine, &table, false).expect("trained");
    assert_eq!((again.stopped, again.epochs), (false, 6));
    assert_eq!(machine.to_file().tensors, whole.to_file().tensors);

    // States of the end are those of other rows, and of other layers.
    let fewer = table.select(&(0..table.rows() - 1).collect::<Vec<_>>());
    let error = with_checkpoints(folder.path(), &mut start.clone(), &fewer, false);
    assert!(matches!(error, Err(TrainingError::OtherData { .. })));
    let mut other = deep(&machines::kinds_of("9,6,4"), &table, 609);
    let error = with_checkpoints(folder.path(), &mut other, &table, false);
    assert!(matches!(error, Err(TrainingError::OtherStage { .. })));
}

#[test]
fn other_graphs_are_refused() {
    let table = BarsAndStripes { size: 3 }.generate();
    let mut machine = deep(&machines::kinds_of("9,4,3"), &table, 606);
    let skip = Connection::zeros((0, 9), (2, 3), &machines::device());
    machine.connections.push(skip);
    let error = Pretraining::default().run(&mut machine, &table, |_| {
        StageTraining::new(trainer(1, 0.02))
    });
    assert!(matches!(error, Err(TrainingError::NotAChain)));
}

/// A seed repeats all of it.
#[test]
fn a_seed_repeats_the_stages() {
    let table = BarsAndStripes { size: 3 }.generate();
    let run = |seed| {
        let mut machine = deep(
            &[
                LayerKind::bernoulli(9),
                LayerKind::bernoulli(4),
                LayerKind::bernoulli(3),
            ],
            &table,
            607,
        );
        let pretraining = Pretraining {
            key: RandomKey::new(seed),
            ..Default::default()
        };
        let run = pretraining.run(&mut machine, &table, |_| {
            StageTraining::new(trainer(4, 0.02))
        });
        run.expect("trained");
        machine.to_file().tensors
    };
    assert_eq!(run(1), run(1));
    assert_ne!(run(1), run(2));
}
