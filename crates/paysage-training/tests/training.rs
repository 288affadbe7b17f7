//! Training climbs, repeats itself, stops, resumes, and says what is wrong.

use std::sync::{Arc, Mutex, MutexGuard};

use paysage_data::{BarsAndStripes, Table};
use paysage_kernels::{RandomKey, normal, uniform};
use paysage_layers::{AnyLayer, Bernoulli, Gaussian, LayerKind, Stored};
use paysage_models::{BoltzmannMachine, Exact, Initialization};
use paysage_optimizers::{OptimizerKind, schedule};
use paysage_samplers::{ContrastiveDivergence, PersistentContrastiveDivergence};
use paysage_testkit::machines;
use paysage_training::{
    Callback, CallbackError, Checkpoint, Control, Epoch, MonitorSchedule, Monitors, Progress,
    Trainer, TrainingError,
};

fn pcd(chains: usize) -> PersistentContrastiveDivergence {
    PersistentContrastiveDivergence {
        chains,
        ..Default::default()
    }
}

fn rbm(kinds: [LayerKind; 2], table: &Table, seed: u64) -> BoltzmannMachine {
    let device = machines::device();
    let layers = kinds
        .iter()
        .map(|kind| AnyLayer::from_kind(kind, &device))
        .collect();
    let mut machine = BoltzmannMachine::chain(layers).expect("valid");
    machine.initialize(Initialization::Glorot, table, RandomKey::new(seed));
    machine
}

fn bars_and_stripes(hidden: usize) -> (Table, BoltzmannMachine) {
    let table = BarsAndStripes { size: 3 }.generate();
    let kinds = [
        LayerKind::Bernoulli { units: 9 },
        LayerKind::Bernoulli { units: hidden },
    ];
    let machine = rbm(kinds, &table, 3);
    (table, machine)
}

fn likelihood(machine: &BoltzmannMachine, table: &Table) -> f64 {
    let exact = Exact::new(machine).expect("a small machine");
    exact.mean_log_likelihood(table).expect("restricted")
}

/// Trains on bars and stripes for many epochs of one batch each, repeated to 10 patterns a row.
fn climb(trainer: Trainer<AnyLayer>) -> (f64, f64) {
    let (table, mut machine) = bars_and_stripes(16);
    let rows: Vec<usize> = (0..160).map(|row| row % table.rows()).collect();
    let repeated = table.select(&rows);
    let before = likelihood(&machine, &table);
    let mut trainer = trainer;
    trainer.fit(&mut machine, &repeated).expect("trained");
    (before, likelihood(&machine, &table))
}

#[test]
fn persistent_chains_climb_the_likelihood_of_bars_and_stripes() {
    let (before, after) = climb(Trainer {
        epochs: 500,
        batch_size: 160,
        learning_rate: Box::new(schedule::linear(0.02, 0.001, 500)),
        ..Trainer::new(PersistentContrastiveDivergence {
            chains: 200,
            steps: 4,
            ..Default::default()
        })
    });
    assert!(before < -5.0, "a fresh machine has {before}");
    assert!(after > -3.2, "PCD reached {after} nats");
}

#[test]
fn contrastive_divergence_climbs_the_likelihood_of_bars_and_stripes() {
    let (_, after) = climb(Trainer {
        epochs: 500,
        batch_size: 160,
        learning_rate: Box::new(schedule::linear(0.02, 0.001, 500)),
        ..Trainer::new(ContrastiveDivergence {
            steps: 5,
            ..Default::default()
        })
    });
    assert!(after > -3.2, "CD reached {after} nats");
}

/// Every optimizer can train.
#[test]
fn every_optimizer_raises_the_likelihood() {
    let kinds = [
        OptimizerKind::Sgd,
        OptimizerKind::Momentum,
        OptimizerKind::Adam,
        OptimizerKind::RmsProp,
    ];
    for kind in kinds {
        let rate = kind.default_learning_rate() * 4.0;
        let (before, after) = climb(Trainer {
            epochs: 60,
            batch_size: 160,
            learning_rate: Box::new(schedule::constant(rate)),
            optimizer: kind.build(),
            ..Trainer::new(pcd(100))
        });
        assert!(after > before + 0.3, "{kind}: from {before} to {after}");
    }
}

/// Draws from a mixture of normal distributions in the plane with these means, equal weights and
/// deviations of 0.5 and 1.
fn clusters(means: &[[f32; 2]], rows: usize, key: RandomKey) -> Table {
    let device = machines::device();
    let which: Vec<f32> = uniform([rows, 1], key.split(0), &device)
        .into_data()
        .iter()
        .collect();
    let noise: Vec<f32> = normal([rows, 2], key.split(1), &device)
        .into_data()
        .iter()
        .collect();
    let row = |(which, noise): (&f32, &[f32])| {
        let mean = means[(which * means.len() as f32) as usize];
        [mean[0] + 0.5 * noise[0], mean[1] + noise[1]]
    };
    let values = which.iter().zip(noise.chunks(2)).flat_map(row).collect();
    Table::new("clusters", 2, values).expect("finite")
}

/// Trains a machine with one hidden site, whose states are the clusters, and compares the means and
/// variances of the visible units given each state with those of the mixture.
fn recovers(means: &[[f32; 2]], hidden: LayerKind, states: &[&[f64]]) {
    const ROWS: usize = 4000;
    let table = clusters(means, ROWS, RandomKey::new(110));
    let mut machine = rbm([LayerKind::Gaussian { units: 2 }, hidden], &table, 5);
    let mut trainer = Trainer {
        epochs: 60,
        batch_size: 200,
        learning_rate: Box::new(schedule::cosine(0.03, 0.0002, 1200)),
        ..Trainer::new(pcd(1000))
    };
    trainer.fit(&mut machine, &table).expect("trained");
    let AnyLayer::Gaussian(Gaussian { loc, log_var, .. }) = &machine.layers[0] else {
        unreachable!("the visible layer is Gaussian")
    };
    let read = |t: &burn::tensor::Tensor<1>| -> Vec<f64> { t.to_data().iter().collect() };
    let (loc, log_var) = (read(loc), read(log_var));
    let weight: Vec<f64> = machine.connections[0].weight.to_data().iter().collect();
    let units = weight.len() / 2;
    // Given the hidden units h, the visible mean is loc + W h.
    let given = |state: &[f64]| {
        [0, 1].map(|i| {
            let pull = (0..units).map(|j| weight[i * units + j] * state[j]);
            loc[i] + pull.sum::<f64>()
        })
    };
    // A mean of n draws of deviation s errs by s/√n, the chains' as well as the data's.
    let error = |deviation: f64, draws: f64| 5.0 * deviation / draws.sqrt();
    let per_cluster = 1000.0 / means.len() as f64;
    let found: Vec<[f64; 2]> = states.iter().map(|state| given(state)).collect();
    for mean in means {
        let near = |f: &&[f64; 2]| {
            let off = [0, 1].map(|i| (f[i] - f64::from(mean[i])).abs());
            off[0] < error(0.5, per_cluster) && off[1] < error(1.0, per_cluster)
        };
        assert!(
            found.iter().any(|f| near(&f)),
            "no state has the mean {mean:?}: {found:?}"
        );
    }
    for (log_var, variance) in log_var.into_iter().zip([0.25, 1.0]) {
        // A variance of n normal draws errs by variance·√(2/n).
        let slack = error(variance * 2.0_f64.sqrt(), 1000.0);
        let off = (log_var.exp() - variance).abs();
        assert!(
            off < slack,
            "variance {}, expected {variance} ± {slack}",
            log_var.exp()
        );
    }
}

#[test]
fn persistent_chains_find_two_mixtures() {
    let hidden = LayerKind::Bernoulli { units: 1 };
    for means in [[[-2.0, 1.0], [2.0, -1.0]], [[-1.0, -3.0], [1.5, 3.0]]] {
        recovers(&means, hidden, &[&[0.0], &[1.0]]);
    }
}

fn parameters(machine: &BoltzmannMachine) -> Vec<Vec<f32>> {
    let file = machine.to_file();
    file.tensors
        .into_values()
        .map(|data| data.iter().collect())
        .collect()
}

fn short_run(seed: u64) -> Vec<Vec<f32>> {
    let (table, mut machine) = bars_and_stripes(5);
    let mut trainer = Trainer {
        epochs: 5,
        batch_size: 6,
        seed,
        ..Trainer::new(pcd(10))
    };
    trainer.fit(&mut machine, &table).expect("trained");
    parameters(&machine)
}

#[test]
fn a_seed_repeats_a_run_and_another_does_not() {
    assert_eq!(short_run(1), short_run(1));
    assert_ne!(short_run(1), short_run(2));
}

/// Saves a checkpoint after one epoch, and stops there.
struct StopAt {
    epoch: usize,
    path: std::path::PathBuf,
}

impl<L: Stored> Callback<L> for StopAt {
    fn after_epoch(&mut self, epoch: &mut Epoch<'_, L>) -> Result<Control, CallbackError> {
        if epoch.number < self.epoch {
            return Ok(Control::Continue);
        }
        Checkpoint::of(epoch).save(&self.path)?;
        Ok(Control::Stop)
    }
}

#[test]
fn a_resumed_training_is_bit_for_bit_the_one_that_never_stopped() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("checkpoint.safetensors");
    let kinds = [
        OptimizerKind::Adam,
        OptimizerKind::Momentum,
        OptimizerKind::RmsProp,
    ];
    for kind in kinds {
        let trainer = || Trainer {
            epochs: 6,
            batch_size: 6,
            optimizer: kind.build(),
            ..Trainer::new(pcd(10))
        };
        let (table, start) = bars_and_stripes(5);
        let mut steady = start.clone();
        trainer().fit(&mut steady, &table).expect("trained");

        let mut stopped = start;
        let mut first = trainer();
        let epoch = 3;
        first.callbacks.push(Box::new(StopAt {
            epoch,
            path: path.clone(),
        }));
        let outcome = first.fit(&mut stopped, &table).expect("trained");
        assert!(outcome.stopped && outcome.epochs == 3);

        let checkpoint = Checkpoint::load(&path, &machines::device()).expect("read");
        let (mut second, mut resumed) = trainer().resume(checkpoint);
        second.fit(&mut resumed, &table).expect("trained");
        assert_eq!(parameters(&resumed), parameters(&steady), "{kind}");
    }
}

/// Counts what it is told.
#[derive(Clone, Default)]
struct Told(Arc<Mutex<(usize, usize, Vec<f64>)>>);

impl Told {
    fn lock(&self) -> MutexGuard<'_, (usize, usize, Vec<f64>)> {
        self.0.lock().expect("no panic elsewhere")
    }
}

impl<L: paysage_layers::Trainable> Callback<L> for Told {
    fn after_batch(&mut self, progress: &Progress) -> Control {
        let mut told = self.lock();
        told.0 += 1;
        told.1 += progress.rows;
        Control::Continue
    }

    fn after_epoch(&mut self, epoch: &mut Epoch<'_, L>) -> Result<Control, CallbackError> {
        self.lock().2.extend(epoch.values.values());
        Ok(Control::Continue)
    }
}

#[test]
fn monitors_and_callbacks_hear_of_everything() {
    let (table, mut machine) = bars_and_stripes(5);
    let (training, validation) = table.split(0.25, 1).expect("enough rows");
    let told = Told::default();
    let monitors = Monitors::standard(&machine, &training, Some(&validation));
    let mut monitors = monitors.expect("in memory");
    monitors.schedule = MonitorSchedule::EVERY_EPOCH;
    let names: Vec<&str> = monitors
        .metrics
        .iter()
        .map(|monitor| monitor.name.as_str())
        .collect();
    assert_eq!(
        names,
        [
            "reconstruction_error",
            "pseudo_log_likelihood",
            "free_energy",
            "log_likelihood_exact",
            "reconstruction_error_validation",
            "pseudo_log_likelihood_validation",
            "free_energy_validation",
            "free_energy_gap",
            "log_likelihood_exact_validation"
        ]
    );
    let mut trainer = Trainer {
        epochs: 2,
        batch_size: 5,
        monitors,
        callbacks: vec![Box::new(told.clone())],
        ..Trainer::new(pcd(5))
    };
    trainer.fit(&mut machine, &training).expect("trained");
    let told = told.lock();
    assert_eq!((told.0, told.1), (6, 24), "three batches of 12 rows, twice");
    // Nine metrics, and the numbers of training and validation rows.
    assert_eq!(told.2.len(), 22);
    assert!(told.2.iter().all(|value| value.is_finite()));
}

#[test]
fn faults_are_named() {
    let (table, mut machine) = bars_and_stripes(5);
    let mut fit = |trainer: Trainer<AnyLayer>, table: &Table| {
        let mut trainer = trainer;
        trainer.fit(&mut machine, table).expect_err("a fault")
    };
    let none = Trainer {
        epochs: 0,
        ..Trainer::new(pcd(5))
    };
    assert!(matches!(fit(none, &table), TrainingError::NoEpochs));
    let empty = Trainer {
        batch_size: 0,
        ..Trainer::new(pcd(5))
    };
    assert!(matches!(fit(empty, &table), TrainingError::NoRows));
    let mut values = table.values().to_vec();
    values[9 + 4] = 3.0;
    let wrong = Table::new("rows.csv", 9, values).expect("finite");
    assert_eq!(
        fit(Trainer::new(pcd(5)), &wrong).to_string(),
        "rows.csv: row 2, column 5 holds 3, but a Bernoulli unit takes 0 or 1"
    );
    let wild = Trainer {
        optimizer: OptimizerKind::Sgd.build(),
        learning_rate: Box::new(schedule::constant(f64::INFINITY)),
        ..Trainer::new(pcd(5))
    };
    let error = fit(wild, &table).to_string();
    assert!(
        error.starts_with("epoch 1: ") && error.contains("no longer finite"),
        "{error}"
    );
}

#[test]
fn frozen_parameters_stay_where_they_are() {
    let (table, mut machine) = bars_and_stripes(5);
    machine.freeze("layers.0.loc").expect("a parameter");
    let loc = |machine: &BoltzmannMachine| -> Vec<f32> {
        let AnyLayer::Bernoulli(Bernoulli { loc, .. }) = &machine.layers[0] else {
            unreachable!("the visible layer is Bernoulli")
        };
        loc.to_data().iter().collect()
    };
    let before = loc(&machine);
    Trainer::new(pcd(5))
        .fit(&mut machine, &table)
        .expect("trained");
    assert_eq!(loc(&machine), before);
}
