//! Gradient estimators against the exact gradient of the likelihood.

use paysage_data::Table;
use paysage_kernels::RandomKey;
use paysage_layers::LayerKind;
use paysage_models::{BoltzmannMachine, Exact, Gradient, GradientEstimator, Memory};
use paysage_samplers::{ContrastiveDivergence, PersistentContrastiveDivergence};
use paysage_testkit::{Precision, check_gradient, machines, statistics};

const CHAINS: usize = 21_000;

fn machine() -> BoltzmannMachine {
    let kinds = [LayerKind::Bernoulli { units: 4 }, LayerKind::onehot(1, 3)];
    machines::chain(&kinds, 0.6, true, RandomKey::new(70))
}

/// A few rows, unlike the machine's own distribution.
fn table() -> Table {
    let rows = [
        [1.0, 1.0, 0.0, 0.0],
        [0.0, 1.0, 0.0, 0.0],
        [1.0, 1.0, 1.0, 0.0],
    ];
    Table::new("rows", 4, rows.concat()).expect("finite")
}

/// Checks a gradient against differences of the exact likelihood: every entry averages numbers
/// between −1 and 1 over the chains.
fn assert_unbiased(machine: &BoltzmannMachine, gradient: &Gradient) {
    let precision = Precision {
        tolerance: 4.9 / (CHAINS as f64).sqrt(),
        ..Precision::of(machine.dtype())
    };
    check_gradient(machine, gradient, precision, |moved| {
        let exact = Exact::new(moved).expect("a small machine");
        -exact.mean_log_likelihood(&table()).expect("restricted")
    });
}

#[test]
fn persistent_chains_in_equilibrium_give_the_exact_gradient() {
    let machine = machine();
    let exact = Exact::new(&machine).expect("a small machine");
    let mut estimator = PersistentContrastiveDivergence::default();
    let chains = exact.sample(CHAINS, RandomKey::new(71));
    let mut memory = Memory::default();
    memory.put(Memory::CHAINS, &chains);
    GradientEstimator::<paysage_layers::AnyLayer>::resume(&mut estimator, memory);
    let rows = machine.batch(&table(), &[0, 1, 2]);
    let gradient = estimator.estimate(&machine, &rows, RandomKey::new(72));
    assert_unbiased(&machine, &gradient);
}

#[test]
fn persistent_chains_stay_in_equilibrium() {
    let machine = machine();
    let exact = Exact::new(&machine).expect("a small machine");
    let mut estimator = PersistentContrastiveDivergence {
        steps: 3,
        ..Default::default()
    };
    estimator.state = Some(exact.sample(CHAINS, RandomKey::new(77)));
    let rows = machine.batch(&table(), &[0, 1, 2]);
    let _ = estimator.estimate(&machine, &rows, RandomKey::new(78));
    let chains = estimator.state.expect("chains after a step");
    for (layer, mean) in chains.layers.into_iter().zip(exact.means()) {
        let columns: Vec<f64> = layer.transpose().into_data().iter().collect();
        for (column, mean) in columns.chunks(CHAINS).zip(mean.into_data().iter::<f64>()) {
            statistics::assert_mean(column, mean, "a chain after three sweeps");
        }
    }
}

#[test]
fn many_steps_of_contrastive_divergence_give_the_exact_gradient() {
    let machine = machine();
    let mut estimator = ContrastiveDivergence {
        steps: 40,
        ..Default::default()
    };
    let indices: Vec<usize> = (0..CHAINS).map(|row| row % 3).collect();
    let rows = machine.batch(&table(), &indices);
    let gradient = estimator.estimate(&machine, &rows, RandomKey::new(73));
    assert_unbiased(&machine, &gradient);
}

#[test]
fn the_number_of_chains_does_not_depend_on_the_batch() {
    let machine = machine();
    let mut estimator = PersistentContrastiveDivergence {
        chains: 7,
        ..Default::default()
    };
    for batch in [vec![0, 1, 2], vec![2]] {
        let rows = machine.batch(&table(), &batch);
        let _ = estimator.estimate(&machine, &rows, RandomKey::new(74));
        let chains = estimator.state.as_ref().expect("chains after a step");
        assert_eq!(chains.batch(), 7);
    }
}

#[test]
fn deep_machines_have_a_gradient_for_every_parameter() {
    let kinds = [
        LayerKind::Bernoulli { units: 4 },
        LayerKind::Bernoulli { units: 3 },
        LayerKind::Gaussian { units: 2 },
    ];
    let machine = machines::chain(&kinds, 0.3, false, RandomKey::new(75));
    let mut estimator = ContrastiveDivergence::default();
    let gradient = estimator.estimate(
        &machine,
        &machine.batch(&table(), &[0, 1, 2]),
        RandomKey::new(76),
    );
    let names: Vec<&String> = gradient
        .vectors
        .keys()
        .chain(gradient.matrices.keys())
        .collect();
    assert_eq!(names.len(), machine.parameter_names().len());
}
