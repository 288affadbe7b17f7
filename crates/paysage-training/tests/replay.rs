//! Steps that a GPU replays are those that it launches, bit for bit.

use std::sync::atomic::{AtomicUsize, Ordering};

use paysage_data::Table;
use paysage_kernels::{RandomKey, allow_capture, data_limit, default_device};
use paysage_layers::{AnyLayer, Bernoulli, Gaussian, OneHot, Poisson};
use paysage_models::{BoltzmannMachine, Initialization, Record, Recorded, Step};
use paysage_optimizers::{
    Centering, ClipNorm, Constraint, GradientTransform, L2, Normalizable, OptimizerKind,
    ParameterRanges,
};
use paysage_samplers::{ContrastiveDivergence, ParallelTempering, PersistentContrastiveDivergence};
use paysage_tap::{Solver, Source, TapGradient, Weighting};
use paysage_training::{Method, Trainer, TrainingState};

const EPOCHS: usize = 3;
const BATCH: usize = 5;

/// Counts the steps that are launched, and lets them be captured or not.
struct Count {
    launches: &'static AtomicUsize,
    is_capturable: bool,
}

impl GradientTransform<AnyLayer> for Count {
    fn is_capturable(&self) -> bool {
        self.is_capturable
    }

    fn apply(&self, _machine: &BoltzmannMachine, step: Step) -> Step {
        self.launches.fetch_add(1, Ordering::Relaxed);
        step
    }
}

/// A training, and what to call it.
#[derive(Clone, Copy)]
struct Case {
    name: &'static str,
    visible: fn() -> AnyLayer,
    hidden: &'static [usize],
    method: fn() -> Method,
    optimizer: OptimizerKind,
    rows: usize,
    /// Whether everything that the program trains with takes part.
    whole: bool,
    /// Whether steps are replayed on a GPU.
    is_replayed: bool,
}

fn device() -> burn::tensor::Device {
    default_device().expect("a backend")
}

fn rows(case: &Case) -> Table {
    let units = 12;
    let is_one_hot = matches!((case.visible)(), AnyLayer::OneHot(_));
    let is_real = matches!((case.visible)(), AnyLayer::Gaussian(_));
    let value = |index: usize| {
        let (row, unit) = (index / units, index % units);
        let number = (row * 7 + unit * unit * 3 + row * unit) % 11;
        match (is_one_hot, is_real) {
            (true, _) => f32::from(unit % 3 == (row * 5 + unit / 3 * row) % 3),
            (_, true) => number as f32 / 5.0 - 1.0,
            _ => f32::from(number < 4),
        }
    };
    let values = (0..case.rows * units).map(value).collect();
    Table::new("rows", units, values).expect("finite")
}

/// All numbers of a training after its end, and how many of its steps were launched.
fn trained(case: &Case, is_capturable: bool) -> (Vec<u8>, Record, usize) {
    let rows = rows(case);
    let hidden = case.hidden.iter();
    let hidden = hidden.map(|&units| Bernoulli::new(units, &device()).into());
    let layers = std::iter::once((case.visible)()).chain(hidden).collect();
    let mut machine = BoltzmannMachine::chain(layers).expect("layers");
    let initialized = machine.initialize(Initialization::Glorot, &rows, RandomKey::new(1));
    initialized.expect("rows that fit");
    let launches: &'static AtomicUsize = Box::leak(Box::default());
    let mut transforms: Vec<Box<dyn GradientTransform<AnyLayer>>> = vec![Box::new(Count {
        launches,
        is_capturable,
    })];
    let mut constraints: Vec<Box<dyn Constraint<AnyLayer>>> = Vec::new();
    if case.whole {
        machine.center_visible(&rows).expect("rows that fit");
        machine.center_hidden();
        transforms.push(Box::new(L2 { strength: 1e-3 }));
        transforms.push(Box::new(ClipNorm { norm: 0.5 }));
        constraints.push(Box::new(Centering::default()));
        constraints.push(Box::new(ParameterRanges));
        constraints.push(Box::new(Normalizable::default()));
    }
    let trainer = Trainer {
        epochs: EPOCHS,
        batch_size: BATCH,
        learning_rate: Box::new(|step| 0.05 / (1.0 + step as f64)),
        optimizer: case.optimizer,
        transforms,
        constraints,
        ..Trainer::new((case.method)())
    };
    let state = trainer.start(machine).expect("valid settings");
    let outcome = trainer.fit(state, &rows, &mut []).expect("trained");
    let state: TrainingState<AnyLayer, Method> = outcome.state;
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("state");
    state.save(&path).expect("finite");
    let bytes = std::fs::read(&path).expect("written");
    (bytes, state.record(), launches.load(Ordering::Relaxed))
}

fn pcd() -> Method {
    let pcd = PersistentContrastiveDivergence {
        chains: 8,
        steps: 2,
        ..Default::default()
    };
    pcd.into()
}

fn tempered() -> Method {
    let pcd = PersistentContrastiveDivergence {
        chains: 8,
        steps: 3,
        ..Default::default()
    };
    let tempering = ParallelTempering {
        replicas: 4,
        adaptation: usize::MAX,
        ..Default::default()
    };
    pcd.with_chain(tempering).into()
}

/// With more or fewer starts than rows.
fn tap(starts: usize, source: Source, weighting: Weighting) -> Method {
    let tap = TapGradient {
        solver: Solver {
            iterations: 3,
            ..Solver::default()
        },
        starts,
        source,
        weighting,
    };
    tap.into()
}

fn cd() -> Method {
    ContrastiveDivergence::default().into()
}

const PLAIN: Case = Case {
    name: "plain",
    visible: || Bernoulli::new(12, &device()).into(),
    hidden: &[6],
    method: pcd,
    optimizer: OptimizerKind::Adam,
    rows: 100,
    whole: false,
    is_replayed: true,
};

#[test]
fn replayed_steps_are_those_that_are_launched() {
    allow_capture(true);
    let cases = [
        PLAIN,
        Case {
            name: "all",
            whole: true,
            ..PLAIN
        },
        Case {
            name: "contrastive divergence by gradient descent",
            method: cd,
            optimizer: OptimizerKind::Sgd,
            ..PLAIN
        },
        Case {
            name: "a last batch that is smaller",
            rows: 102,
            whole: true,
            ..PLAIN
        },
        Case {
            name: "real visible units",
            visible: || Gaussian::new(12, &device()).into(),
            whole: true,
            ..PLAIN
        },
        Case {
            name: "one-hot visible units",
            visible: || OneHot::new(4, 3, &device()).into(),
            optimizer: OptimizerKind::Sgd,
            ..PLAIN
        },
        Case {
            name: "contrastive divergence by Adam",
            method: cd,
            ..PLAIN
        },
        Case {
            name: "two batches in an epoch, of which one is smaller",
            rows: 8,
            is_replayed: false,
            ..PLAIN
        },
        Case {
            name: "three batches in an epoch, of which one is smaller",
            rows: 13,
            whole: true,
            is_replayed: false,
            ..PLAIN
        },
        Case {
            name: "units that are drawn on the host",
            visible: || Poisson::new(12, &device()).into(),
            rows: 50,
            is_replayed: false,
            ..PLAIN
        },
        Case {
            name: "replicas at several temperatures",
            method: tempered,
            whole: true,
            ..PLAIN
        },
        Case {
            name: "the TAP expansion",
            method: || tap(12, Source::Data, Weighting::FixedPoints),
            whole: true,
            ..PLAIN
        },
        Case {
            name: "the TAP expansion of one-hot units, from where the last step ended",
            visible: || OneHot::new(4, 3, &device()).into(),
            method: || tap(BATCH, Source::Persistent, Weighting::Starts),
            ..PLAIN
        },
        Case {
            name: "the TAP expansion of real units in a deep machine, from random starts",
            visible: || Gaussian::new(12, &device()).into(),
            hidden: &[6, 4],
            method: || tap(3, Source::Random, Weighting::FixedPoints),
            whole: true,
            ..PLAIN
        },
        Case {
            name: "a deep machine",
            hidden: &[6, 4],
            whole: true,
            ..PLAIN
        },
    ];
    for case in cases {
        let (expected, expected_record, all) = trained(&case, false);
        let (found, record, launched) = trained(&case, true);
        assert_eq!(all, EPOCHS * case.rows.div_ceil(BATCH), "{}", case.name);
        let is_replayed = case.is_replayed && data_limit(&device()).is_some();
        assert_eq!(launched < all, is_replayed, "{}: {launched}", case.name);
        assert_eq!(record.scalars, expected_record.scalars, "{}", case.name);
        for (name, tensor) in &expected_record.tensors {
            assert_eq!(&record.tensors[name], tensor, "{}: {name}", case.name);
        }
        assert!(found == expected, "{}: the machines differ", case.name);
    }
}
