//! Weights of rows: an integer weight equals repeated rows, in gradients, initialisation and metrics, and
//! batches give the gradient of the whole without bias.

use std::sync::{Arc, Mutex};

use burn::tensor::Tensor;
use paysage_data::{Table, resampled_rows};
use paysage_kernels::RandomKey;
use paysage_layers::{AnyLayer, LayerKind, Stored};
use paysage_metrics::{
    Elbo, ExactLogLikelihood, FreeEnergy, HiddenActivity, LikelihoodEstimator, Method, Metric,
    Points, PseudoLogLikelihood, ReconstructionError, UnitActivity,
};
use paysage_models::{
    Batch, BoltzmannMachine, Estimator, Gradient, Initialization, ParameterId, Pca, Silent, Step,
    Visitor,
};
use paysage_optimizers::GradientTransform;
use paysage_samplers::{
    ChainStart, ContrastiveDivergence, DataPhase, GrowingTrajectory,
    PersistentContrastiveDivergence, UnbiasedContrastiveDivergence,
};
use paysage_tap::{TapEstimator, TapGradient};
use paysage_testkit::{ExactGradient, machines};
use paysage_training::{Pretraining, StageTraining, Trainer};

const WEIGHTS: [f32; 6] = [1.0, 3.0, 2.0, 1.0, 4.0, 1.0];

/// Six rows of five units.
fn rows() -> Vec<[f32; 5]> {
    let bit = |row: usize, unit: usize| ((row * 7 + 3) >> unit & 1) as f32;
    (0..6)
        .map(|row| std::array::from_fn(|unit| bit(row, unit)))
        .collect()
}

fn weighted() -> Table {
    let table = Table::new("weighted", 5, rows().concat()).expect("rows");
    table.with_weights(WEIGHTS.to_vec()).expect("weights")
}

fn repeated() -> Table {
    let rows = rows().into_iter().zip(WEIGHTS);
    let rows = rows.flat_map(|(row, weight)| row.repeat(weight as usize));
    Table::new("repeated", 5, rows.collect()).expect("rows")
}

fn machine(hidden: &[usize]) -> BoltzmannMachine {
    let kinds = [5]
        .iter()
        .chain(hidden)
        .map(|&units| LayerKind::bernoulli(units));
    machines::chain(&kinds.collect::<Vec<_>>(), 0.7, true, RandomKey::new(4))
}

fn batch(machine: &BoltzmannMachine, table: &Table) -> Batch {
    machine.batch(table, &(0..table.rows()).collect::<Vec<_>>())
}

fn numbers(gradient: &Gradient) -> Vec<f64> {
    let vectors = gradient.vectors.values().flat_map(|x| values(x.clone()));
    let matrices = gradient
        .matrices
        .values()
        .flat_map(|x| values(x.clone().flatten::<1>(0, 1)));
    vectors.chain(matrices).collect()
}

fn values(tensor: Tensor<1>) -> Vec<f64> {
    tensor.into_data().iter().collect()
}

fn close(found: &[f64], expected: &[f64], what: &str) {
    assert_eq!(found.len(), expected.len(), "{what}");
    for (found, expected) in found.iter().zip(expected) {
        assert!(
            (found - expected).abs() < 1e-5 * (1.0 + expected.abs()),
            "{what}: {found} {expected}"
        );
    }
}

#[test]
fn the_positive_phase_of_every_estimator_counts_weights_as_repetitions() {
    fn of<E: Estimator<AnyLayer>>(estimator: E, hidden: &[usize], what: &str) {
        let machine = machine(hidden);
        let step = |table: &Table| -> Step {
            let state = estimator.init(&machine).expect("valid settings");
            let batch = batch(&machine, table);
            estimator.step(&machine, &batch, state, RandomKey::new(1)).0
        };
        let (found, expected) = (step(&weighted()), step(&repeated()));
        assert_eq!((found.weight, expected.weight), (12.0, 12.0), "{what}");
        let of_data = |step: &Step| numbers(&machine.energy_gradient(&step.data));
        close(&of_data(&found), &of_data(&expected), what);
        for layer in 0..machine.layers.len() {
            let mean = |step: &Step| values(step.data.mean(layer));
            close(&mean(&found), &mean(&expected), what);
        }
    }
    of(ExactGradient, &[3], "exact");
    of(ContrastiveDivergence::default(), &[3], "cd");
    let from_noise = ContrastiveDivergence {
        start: ChainStart::Noise,
        ..ContrastiveDivergence::default()
    };
    of(from_noise, &[3], "cd from noise");
    of(UnbiasedContrastiveDivergence::default(), &[3], "ucd");
    let pcd = PersistentContrastiveDivergence::default();
    of(pcd, &[3], "pcd");
    of(pcd.with_chain(GrowingTrajectory::default()), &[3], "ptt");
    of(TapGradient::default(), &[3], "tap");
    of(TapGradient::default(), &[3, 2], "deep tap");
    let data = DataPhase::MeanField { sweeps: 50 };
    let deep = ContrastiveDivergence {
        data,
        ..ContrastiveDivergence::default()
    };
    of(deep, &[3, 2], "deep cd");
}

#[test]
fn the_full_gradient_counts_weights_as_repetitions() {
    let machine = machine(&[3]);
    let gradient = |table: &Table| {
        let batch = batch(&machine, table);
        numbers(
            &ExactGradient
                .step(&machine, &batch, (), RandomKey::new(1))
                .0
                .gradient,
        )
    };
    close(&gradient(&weighted()), &gradient(&repeated()), "gradient");
}

/// The chains of contrastive divergence count as the rows that they start from.
#[test]
fn both_phases_of_contrastive_divergence_have_the_same_weights() {
    let machine = machine(&[3]);
    let batch = batch(&machine, &weighted());
    let cd = ContrastiveDivergence::default();
    let state = cd.init(&machine).expect("valid settings");
    let (step, _) = cd.step(&machine, &batch, state, RandomKey::new(1));
    let visible = |weights: &[f32]| -> Vec<f64> {
        let rows: Vec<f64> = values(step.model.state.layers[0].clone().flatten::<1>(0, 1));
        let total: f32 = weights.iter().sum();
        let mean = |unit: usize| {
            let products = rows.iter().skip(unit).step_by(5).zip(weights);
            products.map(|(x, w)| x * f64::from(*w)).sum::<f64>() / f64::from(total)
        };
        (0..5).map(mean).collect()
    };
    close(
        &values(step.model.mean(0)),
        &visible(&WEIGHTS),
        "negative phase",
    );
}

/// Records the gradients of the steps, and changes no parameter.
struct Recorder(Arc<Mutex<Vec<Vec<f64>>>>);

impl GradientTransform<AnyLayer> for Recorder {
    fn apply(&self, _machine: &BoltzmannMachine, mut step: Step) -> Step {
        let found = numbers(&step.gradient);
        self.0.lock().expect("one thread").push(found);
        step.gradient = step.gradient * 0.0;
        step
    }
}

#[test]
fn batches_give_the_gradient_of_all_rows_without_bias() {
    let machine = machine(&[3]);
    let recorded = Arc::new(Mutex::new(Vec::new()));
    let trainer = Trainer {
        epochs: 1,
        batch_size: 2,
        transforms: vec![Box::new(Recorder(recorded.clone()))],
        ..Trainer::new(ExactGradient)
    };
    trainer.train(machine.clone(), &weighted()).expect("trains");
    let recorded = recorded.lock().expect("one thread");
    assert_eq!(recorded.len(), 3);
    let mean = |place: usize| recorded.iter().map(|step| step[place]).sum::<f64>() / 3.0;
    let mean: Vec<f64> = (0..recorded[0].len()).map(mean).collect();
    let batch = batch(&machine, &repeated());
    let whole = ExactGradient
        .step(&machine, &batch, (), RandomKey::new(1))
        .0;
    close(&mean, &numbers(&whole.gradient), "mean over batches");
}

#[test]
fn equal_weights_train_the_machine_of_unweighted_rows() {
    let plain = Table::new("rows", 5, rows().concat()).expect("rows");
    let equal = plain.clone().with_weights(vec![2.5; 6]).expect("weights");
    let trained = |table: &Table| {
        let trainer = Trainer {
            epochs: 5,
            batch_size: 4,
            ..Trainer::new(PersistentContrastiveDivergence::default())
        };
        let machine = trainer.train(machine(&[3]), table).expect("trains");
        values(machine.connections[0].weight.clone().flatten::<1>(0, 1))
    };
    close(&trained(&equal), &trained(&plain), "weights of the machine");
}

/// All parameters, one after another.
#[derive(Default)]
struct Parameters(Vec<f64>);

impl Visitor for Parameters {
    fn vector(&mut self, _: ParameterId, tensor: &Tensor<1>) {
        self.0.extend(values(tensor.clone()));
    }

    fn matrix(&mut self, _: ParameterId, tensor: &Tensor<2>) {
        self.0.extend(values(tensor.clone().flatten(0, 1)));
    }
}

#[test]
fn initialization_and_centers_count_weights_as_repetitions() {
    let kinds = [LayerKind::bernoulli(5), LayerKind::bernoulli(3)];
    let methods = [
        Initialization::Stddev,
        Initialization::Pca,
        Initialization::LowRank,
    ];
    for method in methods {
        let started = |table: &Table| {
            let options = (&machines::device(), machines::dtype());
            let layers = kinds.iter().map(|kind| AnyLayer::from_kind(kind, options));
            let mut machine = BoltzmannMachine::chain(layers.collect()).expect("valid");
            machine.center_visible(table).expect("in memory");
            machine
                .initialize(method, table, RandomKey::new(1))
                .expect("in memory");
            machine
        };
        let (found, expected) = (started(&weighted()), started(&repeated()));
        let [found, expected] = [found, expected].map(|machine| {
            let mut parameters = Parameters::default();
            machine.visit(&mut parameters);
            parameters.0
        });
        close(&found, &expected, &method.to_string());
    }
    let pca = |table: &Table| {
        let pca = Pca { components: 3 };
        let found = pca.run(table, &machines::device(), RandomKey::new(0));
        let found = found.expect("in memory");
        [found.deviations, found.mean, vec![found.total_variance]].concat()
    };
    close(&pca(&weighted()), &pca(&repeated()), "pca");
}

#[test]
fn metrics_count_weights_as_repetitions() {
    let machine = machine(&[3]);
    let pseudo = PseudoLogLikelihood::default();
    let metrics: [&dyn Metric<AnyLayer>; 6] = [
        &FreeEnergy,
        &ReconstructionError,
        &pseudo,
        &ExactLogLikelihood,
        &Elbo::UNNORMALIZED,
        &HiddenActivity,
    ];
    for metric in metrics {
        let value = |table: &Table| {
            let found = metric.run(&machine, table, RandomKey::new(0), &mut Silent);
            found.expect("defined").value
        };
        close(&[value(&weighted())], &[value(&repeated())], metric.name());
    }
    let exact = |table: &Table| {
        let estimator = LikelihoodEstimator {
            method: Method::Exact,
            ..LikelihoodEstimator::default()
        };
        let found = estimator.run(&machine, table, RandomKey::new(0), &mut Silent);
        found.expect("small").log_likelihood.value
    };
    close(&[exact(&weighted())], &[exact(&repeated())], "likelihood");
    let activity = |table: &Table| -> Vec<f64> {
        let units = UnitActivity::of_rows(&machine, table).expect("complete");
        units
            .iter()
            .flat_map(|unit| [unit.mean, unit.deviation])
            .collect()
    };
    close(&activity(&weighted()), &activity(&repeated()), "activity");
    for hidden in [&[3][..], &[3, 2]] {
        let machine = self::machine(hidden);
        let tap = |table: &Table| {
            let found = TapEstimator::default().run(&machine, table, &mut Silent);
            found.expect("complete").free_energy
        };
        close(&[tap(&weighted())], &[tap(&repeated())], "tap");
    }
}

#[test]
fn comparisons_take_equally_weighted_rows_that_represent_the_weighted_ones() {
    let points = Points::of_rows(&weighted(), &machines::device()).expect("complete");
    // Σ w over the largest weight: 12/4.
    assert_eq!(points.count(), 3);
    let chosen = resampled_rows(&WEIGHTS);
    let expected: Vec<f32> = chosen.iter().flat_map(|&row| rows()[row]).collect();
    assert_eq!(points.values(), expected);
}

#[test]
fn the_standard_error_is_that_of_the_effective_number_of_rows() {
    let machine = machine(&[3]);
    let deviation = |table: &Table| {
        let found = FreeEnergy.run(&machine, table, RandomKey::new(0), &mut Silent);
        let deviation = found
            .expect("complete")
            .row_deviation
            .expect("several rows");
        deviation.powi(2) / table.rows() as f64
    };
    // Weighted and repeated rows have the same variance, but repeated rows pass for independent ones.
    let (found, expected) = (deviation(&weighted()), deviation(&repeated()));
    let effective = f64::from(12.0f32.powi(2) / 32.0);
    let ratio = 11.0 / (effective - 1.0);
    assert!(
        (found / expected - ratio).abs() < 1e-6,
        "{found} {expected} {ratio}"
    );
}

#[test]
fn weights_are_part_of_the_data_that_a_state_continues_with() {
    let trainer = |epochs| Trainer {
        epochs,
        ..Trainer::new(PersistentContrastiveDivergence::default())
    };
    let state = trainer(1).start(machine(&[3])).expect("valid");
    let outcome = trainer(1).fit(state, &weighted(), &mut []);
    let state = outcome.expect("trains").state;
    let others = weighted().with_weights(vec![1.0; 6]).expect("weights");
    assert!(state.check_data(&others).is_err());
    assert!(state.check_data(&weighted()).is_ok());
}

#[test]
fn pretraining_takes_weighted_rows() {
    let mut machine = machine(&[3, 2]);
    let pretraining = Pretraining {
        initialization: Initialization::Glorot,
        key: RandomKey::new(1),
    };
    let done = pretraining.run(&mut machine, &weighted(), |_| {
        let trainer = Trainer {
            epochs: 2,
            batch_size: 4,
            ..Trainer::new(ContrastiveDivergence::default())
        };
        StageTraining::new(trainer)
    });
    assert!(!done.expect("trains").stopped);
    let weights = values(machine.connections[1].weight.clone().flatten(0, 1));
    assert!(weights.iter().all(|weight| weight.is_finite()));
}
