//! Training climbs, repeats itself, stops, resumes, and says what is wrong.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard},
};

use paysage_data::{BarsAndStripes, Table};
use paysage_kernels::{RandomKey, normal, uniform};
use paysage_layers::{AnyLayer, Bernoulli, Gaussian, LayerKind, Stored, Trainable};
use paysage_models::{BoltzmannMachine, Estimator, Exact, Initialization, ParameterId};
use paysage_optimizers::{ClipNorm, L2, NonNegative, OptimizerKind, schedule};
use paysage_samplers::{
    ContrastiveDivergence, DrivenSequentialMonteCarlo, Gibbs, ParallelTempering,
    PersistentContrastiveDivergence, Tempered,
};
use paysage_tap::{Source, TapGradient};
use paysage_testkit::machines;
use paysage_training::{
    Callback, CallbackError, Checkpoints, Control, Epoch, FinishedBatch, Method, MonitorSchedule,
    Monitors, Snapshot, Trainer, TrainingError, TrainingState, TrainingStateError,
    previous_checkpoint,
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
    let read = machine.initialize(Initialization::Glorot, table, RandomKey::new(seed));
    read.expect("a table in memory");
    machine
}

fn bars_and_stripes(hidden: usize) -> (Table, BoltzmannMachine) {
    let table = BarsAndStripes { size: 3 }.generate();
    let kinds = [LayerKind::bernoulli(9), LayerKind::bernoulli(hidden)];
    let machine = rbm(kinds, &table, 3);
    (table, machine)
}

fn likelihood(machine: &BoltzmannMachine, table: &Table) -> f64 {
    let exact = Exact::new(machine).expect("a small machine");
    exact.mean_log_likelihood(table).expect("restricted")
}

/// Trains on bars and stripes for many epochs of one batch each, repeated to 10 patterns a row.
fn climb<E: Estimator<AnyLayer>>(trainer: Trainer<AnyLayer, E>) -> (f64, f64) {
    let (table, machine) = bars_and_stripes(16);
    let rows: Vec<usize> = (0..160).map(|row| row % table.rows()).collect();
    let repeated = table.select(&rows);
    let before = likelihood(&machine, &table);
    let machine = trainer.train(machine, &repeated).expect("trained");
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
            optimizer: kind,
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
    let machine = rbm([LayerKind::gaussian(2), hidden], &table, 5);
    let trainer = Trainer {
        epochs: 60,
        batch_size: 200,
        learning_rate: Box::new(schedule::cosine(0.03, 0.0002, 1200)),
        ..Trainer::new(pcd(1000))
    };
    let machine = trainer.train(machine, &table).expect("trained");
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
    let hidden = LayerKind::bernoulli(1);
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
    let (table, machine) = bars_and_stripes(5);
    let trainer = Trainer {
        epochs: 5,
        batch_size: 6,
        seed,
        ..Trainer::new(pcd(10))
    };
    parameters(&trainer.train(machine, &table).expect("trained"))
}

#[test]
fn a_seed_repeats_a_run_and_another_does_not() {
    assert_eq!(short_run(1), short_run(1));
    assert_ne!(short_run(1), short_run(2));
}

/// Stops at the end of an epoch, or after a batch of the next one, where it has so many batches.
struct StopAt {
    epoch: usize,
    batches: usize,
}

impl<L: Trainable> Callback<L> for StopAt {
    fn after_batch(&mut self, batch: &FinishedBatch) -> Control {
        match batch.epoch > self.epoch && batch.batch == self.batches {
            true => Control::Stop,
            false => Control::Continue,
        }
    }

    fn after_epoch(&mut self, epoch: &mut Epoch<'_, L>) -> Result<Control, CallbackError> {
        Ok(match epoch.number == self.epoch && self.batches == 0 {
            true => Control::Stop,
            false => Control::Continue,
        })
    }
}

type Pcd = PersistentContrastiveDivergence;

/// Trains without a stop, and with a stop and a resumption from the file.
fn check_resumed<E: Estimator<AnyLayer>>(
    trainer: &Trainer<AnyLayer, E>,
    table: &Table,
    start: &BoltzmannMachine,
    batches: usize,
    what: &str,
) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("state.safetensors");
    let steady = trainer.train(start.clone(), table).expect("trained");
    let state = trainer.start(start.clone()).expect("valid settings");
    let stop = StopAt { epoch: 3, batches };
    let callbacks: &mut [Box<dyn Callback<AnyLayer>>] =
        &mut [Box::new(stop), Box::new(Checkpoints::new(&path))];
    let outcome = trainer.fit(state, table, callbacks).expect("trained");
    assert!(outcome.stopped && outcome.state.epochs == 3, "{what}");
    assert_eq!(outcome.state.batches, batches, "{what}");

    let state: TrainingState<AnyLayer, E> =
        TrainingState::load(&path, &machines::device()).expect("read");
    let resumed = trainer.fit(state, table, &mut []).expect("trained");
    let (resumed, steady) = (parameters(&resumed.state.machine), parameters(&steady));
    assert_eq!(resumed, steady, "{what}");
}

#[test]
fn a_resumed_training_is_bit_for_bit_the_one_that_never_stopped() {
    let kinds = [
        OptimizerKind::Sgd,
        OptimizerKind::Adam,
        OptimizerKind::Momentum,
        OptimizerKind::RmsProp,
    ];
    let (table, start) = bars_and_stripes(5);
    for optimizer in kinds {
        let trainer = Trainer {
            epochs: 6,
            batch_size: 6,
            optimizer,
            ..Trainer::new(pcd(10))
        };
        for batches in [0, 2] {
            let what = format!("{optimizer}, {batches} batches of the next epoch");
            check_resumed(&trainer, &table, &start, batches, &what);
        }
    }
}

/// Copies the checkpoint of the middle of an epoch.
struct CopyWithin {
    from: PathBuf,
    to: PathBuf,
}

impl<L: Trainable> Callback<L> for CopyWithin {
    fn within_epoch(&mut self, _: &Snapshot<'_, L>) -> Result<(), CallbackError> {
        fs::copy(&self.from, &self.to)?;
        Ok(())
    }
}

#[test]
fn a_long_epoch_has_checkpoints_within() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let [path, within] = ["state", "within"].map(|name| folder.path().join(name));
    let (table, start) = bars_and_stripes(5);
    let rows: Vec<usize> = (0..300).map(|row| row % table.rows()).collect();
    let table = table.select(&rows);
    let trainer = Trainer {
        epochs: 1,
        batch_size: 1,
        ..Trainer::new(pcd(10))
    };
    let callbacks: &mut [Box<dyn Callback<AnyLayer>>] = &mut [
        Box::new(Checkpoints {
            every: Some("0.000001s".parse().expect("a time")),
            ..Checkpoints::new(&path)
        }),
        Box::new(CopyWithin {
            from: path.clone(),
            to: within.clone(),
        }),
    ];
    let state = trainer.start(start).expect("valid settings");
    let steady = trainer.fit(state, &table, callbacks).expect("trained");
    let state: TrainingState<AnyLayer, Pcd> =
        TrainingState::load(&within, &machines::device()).expect("a checkpoint");
    // After 256 steps, or where these take longer than 10 seconds, earlier.
    assert!(state.epochs == 0 && (1..300).contains(&state.batches));
    let resumed = trainer.fit(state, &table, &mut []).expect("trained");
    assert_eq!(
        parameters(&resumed.state.machine),
        parameters(&steady.state.machine)
    );
}

#[test]
fn a_damaged_checkpoint_has_one_before_it() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("state.safetensors");
    let (table, start) = bars_and_stripes(5);
    let trainer = Trainer {
        epochs: 3,
        ..Trainer::new(pcd(10))
    };
    let checkpoints = || -> [Box<dyn Callback<AnyLayer>>; 1] {
        [Box::new(Checkpoints {
            every: Some("1".parse().expect("a number")),
            ..Checkpoints::new(&path)
        })]
    };
    let state = trainer.start(start).expect("valid settings");
    let steady = trainer.fit(state, &table, &mut checkpoints());
    let steady = steady.expect("trained");
    let last = || TrainingState::<AnyLayer, Pcd>::load_last(&path, &machines::device());
    let (state, damage) = last().expect("whole");
    assert!(damage.is_none() && state.epochs == 3);

    let mut bytes = fs::read(&path).expect("a checkpoint");
    bytes.truncate(bytes.len() / 2);
    fs::write(&path, &bytes).expect("written");
    let (state, damage) = last().expect("the one before");
    assert!(damage.is_some() && state.epochs == 2);
    let resumed = trainer.fit(state, &table, &mut checkpoints());
    let resumed = resumed.expect("trained");
    assert_eq!(
        parameters(&resumed.state.machine),
        parameters(&steady.state.machine)
    );

    // The damaged one was replaced and not kept in place of the whole one.
    let epochs = |path: &Path| load(path).expect("whole").epochs;
    let previous = previous_checkpoint(&path);
    assert_eq!((epochs(&path), epochs(&previous)), (3, 2));

    fs::write(&path, &bytes).expect("written");
    fs::remove_file(&previous).expect("removed");
    let error = last().err().expect("nothing is whole").to_string();
    assert!(error.contains("state.safetensors"), "{error}");
}

/// Also with chains of another kind, and with a method that was chosen at run time.
#[test]
fn every_estimator_is_resumed() {
    let (table, start) = bars_and_stripes(5);
    let settings = |estimator| Trainer {
        epochs: 5,
        batch_size: 6,
        ..Trainer::new(estimator)
    };
    let tempered = pcd(10).with_chain(Tempered {
        beta: 0.8,
        chain: Gibbs,
    });
    let tempered = Trainer {
        epochs: 5,
        batch_size: 6,
        ..Trainer::new(tempered)
    };
    check_resumed(&tempered, &table, &start, 1, "tempered chains");
    let driven = Trainer {
        epochs: 5,
        batch_size: 6,
        ..Trainer::new(pcd(10).with_chain(DrivenSequentialMonteCarlo::default()))
    };
    check_resumed(&driven, &table, &start, 1, "driven chains");
    let tap = TapGradient {
        source: Source::Persistent,
        starts: 10,
        ..Default::default()
    };
    let cd = ContrastiveDivergence::default();
    let tempering = pcd(10).with_chain(ParallelTempering {
        replicas: 4,
        adaptation: usize::MAX,
        ..ParallelTempering::default()
    });
    for method in [
        Method::from(cd),
        pcd(10).into(),
        tempering.into(),
        tap.into(),
    ] {
        check_resumed(&settings(method), &table, &start, 1, method.name());
    }
}

/// PCD with another chain than Gibbs trains: tempered near β = 1, its gradient is nearly unbiased.
#[test]
fn other_chains_climb_the_likelihood() {
    let tempered = pcd(200).with_chain(Tempered {
        beta: 0.95,
        chain: Gibbs,
    });
    let (before, after) = climb(Trainer {
        epochs: 300,
        batch_size: 160,
        learning_rate: Box::new(schedule::linear(0.02, 0.001, 300)),
        ..Trainer::new(tempered)
    });
    assert!(after > before + 1.5, "from {before} to {after}");
}

#[test]
fn parallel_tempering_climbs_the_likelihood() {
    let tempering = pcd(50).with_chain(ParallelTempering {
        replicas: 4,
        adaptation: usize::MAX,
        ..ParallelTempering::default()
    });
    let (before, after) = climb(Trainer {
        epochs: 300,
        batch_size: 160,
        learning_rate: Box::new(schedule::linear(0.02, 0.001, 300)),
        ..Trainer::new(tempering)
    });
    assert!(after > before + 1.5, "from {before} to {after}");
}

/// A whole training state in a file of a folder.
fn saved(folder: &tempfile::TempDir) -> std::path::PathBuf {
    let path = folder.path().join("state.safetensors");
    let (table, machine) = bars_and_stripes(5);
    let trainer = Trainer {
        epochs: 1,
        ..Trainer::new(pcd(10))
    };
    let state = trainer.start(machine).expect("valid settings");
    let outcome = trainer.fit(state, &table, &mut []).expect("trained");
    outcome.state.save(&path).expect("written");
    path
}

fn load(path: &std::path::Path) -> Result<TrainingState<AnyLayer, Pcd>, TrainingStateError> {
    TrainingState::load(path, &machines::device())
}

/// Wherever a bit flips, the file is refused.
#[test]
fn a_damaged_file_is_refused() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = saved(&folder);
    assert!(load(&path).is_ok());
    let whole = std::fs::read(&path).expect("read");
    let header = 8 + u64::from_le_bytes(whole[..8].try_into().expect("8 bytes")) as usize;
    // The text of the header is padded with blanks that mean nothing.
    let blanks = whole[..header]
        .iter()
        .rev()
        .take_while(|&&x| x == b' ')
        .count();
    let places = (0..header - blanks)
        .step_by(37)
        .chain((header..whole.len()).step_by(41));
    for place in places {
        let mut damaged = whole.clone();
        damaged[place] ^= 1;
        std::fs::write(&path, &damaged).expect("written");
        assert!(load(&path).is_err(), "byte {place} of {}", whole.len());
    }
    let mut damaged = whole;
    damaged[header + 400] ^= 1;
    std::fs::write(&path, &damaged).expect("written");
    let Err(error) = load(&path) else {
        panic!("a flipped bit was not seen")
    };
    assert!(
        matches!(error, TrainingStateError::Checksum { .. }),
        "{error}"
    );
}

#[test]
fn a_state_of_another_method_is_refused() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = saved(&folder);
    let other = TrainingState::<AnyLayer, Method>::load(&path, &machines::device());
    let error = other.map(drop).expect_err("PCD and no method");
    assert!(error.to_string().contains("the same method"), "{error}");
}

/// A state continues only on the data that it was trained on.
#[test]
fn other_data_of_the_same_shape_are_refused() {
    let (table, machine) = bars_and_stripes(5);
    let trainer = Trainer {
        epochs: 1,
        ..Trainer::new(pcd(10))
    };
    let state = trainer.start(machine).expect("valid settings");
    let state = trainer.fit(state, &table, &mut []).expect("trained").state;
    let more = Trainer {
        epochs: 2,
        ..trainer
    };
    let reversed: Vec<usize> = (0..table.rows()).rev().collect();
    let error = more.fit(state, &table.select(&reversed), &mut []);
    let error = error.map(drop).expect_err("other data");
    assert!(matches!(error, TrainingError::OtherData { .. }), "{error}");
}

/// Fitting a second machine with the same settings is independent of the first.
#[test]
fn a_trainer_carries_nothing_from_one_training_to_the_next() {
    let (table, machine) = bars_and_stripes(5);
    let trainer = Trainer {
        epochs: 2,
        ..Trainer::new(pcd(10))
    };
    let [first, second] =
        [0, 1].map(|_| parameters(&trainer.train(machine.clone(), &table).expect("trained")));
    assert_eq!(first, second);
}

/// Transforms and constraints take part in every step.
#[test]
fn transforms_and_constraints_are_applied() {
    let (table, machine) = bars_and_stripes(5);
    let weights = |machine: &BoltzmannMachine| -> Vec<f32> {
        machine.connections[0].weight.to_data().iter().collect()
    };
    let plain = Trainer::new(pcd(10));
    let free = weights(&plain.train(machine.clone(), &table).expect("trained"));
    let decayed = Trainer {
        transforms: vec![Box::new(L2 { strength: 10.0 })],
        ..Trainer::new(pcd(10))
    };
    let decayed = weights(&decayed.train(machine.clone(), &table).expect("trained"));
    let size = |x: &[f32]| x.iter().map(|x| x * x).sum::<f32>();
    assert!(size(&decayed) < size(&free));
    let constrained = Trainer {
        constraints: vec![Box::new(NonNegative)],
        ..Trainer::new(pcd(10))
    };
    let constrained = weights(&constrained.train(machine.clone(), &table).expect("trained"));
    assert!(constrained.iter().all(|&x| x >= 0.0));
    assert!(free.iter().any(|&x| x < 0.0));
    let wrong = Trainer {
        transforms: vec![Box::new(ClipNorm { norm: 0.0 })],
        ..Trainer::new(pcd(10))
    };
    let error = wrong.train(machine, &table).map(drop);
    assert!(matches!(error, Err(TrainingError::Setting(_))));
}

/// Writing takes at most its share of the time, and the end is written in any case.
#[test]
fn checkpoints_are_written_at_the_end_and_when_there_is_time() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("state.safetensors");
    let (table, machine) = bars_and_stripes(5);
    let trainer = Trainer {
        epochs: 20,
        ..Trainer::new(pcd(10))
    };
    // No epoch is long enough for a second write before the end.
    let checkpoints = Checkpoints {
        share: 1e-9,
        ..Checkpoints::new(&path)
    };
    let seen = Seen {
        path: path.clone(),
        epochs: Arc::default(),
    };
    let epochs = Arc::clone(&seen.epochs);
    let callbacks: &mut [Box<dyn Callback<AnyLayer>>] =
        &mut [Box::new(checkpoints), Box::new(seen)];
    let state = trainer.start(machine).expect("valid settings");
    trainer.fit(state, &table, callbacks).expect("trained");
    let seen = epochs.lock().expect("no panic elsewhere");
    assert!(seen.iter().all(|&epochs| epochs == 1), "{seen:?}");
    assert_eq!(load(&path).expect("the last state").epochs, 20);
}

/// The epochs of the state in a file, after each epoch.
struct Seen {
    path: std::path::PathBuf,
    epochs: Arc<Mutex<Vec<usize>>>,
}

impl Callback<AnyLayer> for Seen {
    fn after_epoch(&mut self, _: &mut Epoch<'_, AnyLayer>) -> Result<Control, CallbackError> {
        let epochs = load(&self.path)?.epochs;
        self.epochs.lock().expect("no panic elsewhere").push(epochs);
        Ok(Control::Continue)
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
    fn after_batch(&mut self, batch: &FinishedBatch) -> Control {
        let mut told = self.lock();
        told.0 += 1;
        told.1 += batch.rows;
        Control::Continue
    }

    fn after_epoch(&mut self, epoch: &mut Epoch<'_, L>) -> Result<Control, CallbackError> {
        self.lock().2.extend(epoch.values.values());
        Ok(Control::Continue)
    }
}

#[test]
fn monitors_and_callbacks_hear_of_everything() {
    let (table, machine) = bars_and_stripes(5);
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
    let trainer = Trainer {
        epochs: 2,
        batch_size: 5,
        monitors,
        ..Trainer::new(pcd(5))
    };
    let state = trainer.start(machine).expect("valid settings");
    let callbacks: &mut [Box<dyn Callback<AnyLayer>>] = &mut [Box::new(told.clone())];
    trainer.fit(state, &training, callbacks).expect("trained");
    let told = told.lock();
    assert_eq!((told.0, told.1), (6, 24), "three batches of 12 rows, twice");
    // Nine metrics, and the numbers of training and validation rows.
    assert_eq!(told.2.len(), 22);
    assert!(told.2.iter().all(|value| value.is_finite()));
}

#[test]
fn faults_are_named() {
    let (table, machine) = bars_and_stripes(5);
    let fit = |trainer: Trainer<AnyLayer, Pcd>, table: &Table| {
        let trained = trainer.train(machine.clone(), table);
        trained.map(drop).expect_err("a fault")
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
        optimizer: OptimizerKind::Sgd,
        learning_rate: Box::new(schedule::constant(f64::INFINITY)),
        ..Trainer::new(pcd(5))
    };
    let error = fit(wild, &table).to_string();
    assert!(
        error.starts_with("epoch 1, step ") && error.contains("no longer finite"),
        "{error}"
    );
    let none = fit(Trainer::new(pcd(0)), &table);
    assert!(matches!(none, TrainingError::Setting(_)), "{none}");
    for optimizer in [OptimizerKind::Sgd, OptimizerKind::Adam] {
        for rate in [1e6, 1e30] {
            let large = Trainer {
                epochs: 1,
                optimizer,
                learning_rate: Box::new(schedule::constant(rate)),
                ..Trainer::new(pcd(5))
            };
            let error = fit(large, &table);
            assert!(
                matches!(error, TrainingError::TooLarge { epoch: 1, .. }),
                "{optimizer} at {rate}: {error}"
            );
        }
    }
}

#[test]
fn a_training_that_diverges_does_not_end_its_epoch() {
    let (table, machine) = bars_and_stripes(5);
    let rows: Vec<usize> = (0..400).map(|row| row % table.rows()).collect();
    let trainer = Trainer {
        batch_size: 1,
        optimizer: OptimizerKind::Sgd,
        learning_rate: Box::new(schedule::constant(1e30)),
        ..Trainer::new(pcd(5))
    };
    let state = trainer.start(machine).expect("valid settings");
    let error = trainer.fit(state, &table.select(&rows), &mut []).err();
    match error.expect("no finite machine") {
        TrainingError::TooLarge { step, .. } | TrainingError::Diverged { step, .. } => {
            assert!((1..=256).contains(&step), "{step}");
        }
        error => panic!("{error}"),
    }
}

#[test]
fn frozen_parameters_stay_where_they_are() {
    let (table, mut machine) = bars_and_stripes(5);
    let frozen = ParameterId::layer(0, "loc");
    machine.freeze(frozen).expect("a parameter");
    let loc = |machine: &BoltzmannMachine| -> Vec<f32> {
        let AnyLayer::Bernoulli(Bernoulli { loc, .. }) = &machine.layers[0] else {
            unreachable!("the visible layer is Bernoulli")
        };
        loc.to_data().iter().collect()
    };
    let before = loc(&machine);
    let trainer = Trainer {
        transforms: vec![Box::new(L2 { strength: 0.1 })],
        ..Trainer::new(pcd(5))
    };
    let machine = trainer.train(machine, &table).expect("trained");
    assert_eq!(loc(&machine), before);
}
