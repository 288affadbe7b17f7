//! Initial parameters: moments of the data, and the scale of the weights.

use paysage_data::{Digits, Ising, Table};
use paysage_kernels::RandomKey;
use paysage_layers::{AnyLayer, Conditional, LayerKind, Stored};
use paysage_models::{BoltzmannMachine, Exact, Initialization};
use paysage_testkit::machines;

const METHODS: [Initialization; 4] = [
    Initialization::Hinton,
    Initialization::Glorot,
    Initialization::Stddev,
    Initialization::Pca,
];

fn machine(kinds: &[LayerKind]) -> BoltzmannMachine {
    let device = machines::device();
    let layers = kinds
        .iter()
        .map(|kind| AnyLayer::from_kind(kind, &device))
        .collect();
    BoltzmannMachine::chain(layers).expect("valid")
}

fn started(kinds: &[LayerKind], method: Initialization, table: &Table) -> BoltzmannMachine {
    let mut machine = machine(kinds);
    let read = machine.initialize(method, table, RandomKey::new(1));
    read.expect("a table in memory");
    machine
}

fn weights(machine: &BoltzmannMachine) -> Vec<f64> {
    machine.connections[0].weight.to_data().iter().collect()
}

fn deviation(values: &[f64]) -> f64 {
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    (values.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / values.len() as f64).sqrt()
}

fn digits() -> Table {
    Digits {
        rows: 300,
        ..Digits::default()
    }
    .generate()
}

#[test]
fn random_weights_have_their_scale() {
    let kinds = [784, 100].map(|units| LayerKind::Bernoulli { units });
    let table = digits();
    let hinton = deviation(&weights(&started(&kinds, Initialization::Hinton, &table)));
    assert!((hinton / 0.01 - 1.0).abs() < 0.02, "{hinton}");
    let glorot = deviation(&weights(&started(&kinds, Initialization::Glorot, &table)));
    let expected = (2.0_f64 / 884.0).sqrt();
    assert!((glorot / expected - 1.0).abs() < 0.02, "{glorot}");
}

#[test]
fn units_that_never_vary_start_unconnected_with_stddev() {
    let kinds = [784, 20].map(|units| LayerKind::Bernoulli { units });
    let machine = started(&kinds, Initialization::Stddev, &digits());
    // The corner of an image is always paper.
    assert!(weights(&machine)[..20].iter().all(|&w| w == 0.0));
    assert!(deviation(&weights(&machine)) > 0.0);
}

/// The first principal component of two columns that agree up to noise points along (1, 1).
#[test]
fn principal_components_are_found() {
    let rows = [[1.0, 1.1], [2.0, 1.9], [3.0, 3.1], [4.0, 3.9], [5.0, 5.0]];
    let table = Table::new("rows", 2, rows.concat()).expect("finite");
    let kinds = [LayerKind::gaussian(2), LayerKind::bernoulli(1)];
    let weights = weights(&started(&kinds, Initialization::Pca, &table));
    assert!((weights[0] / weights[1] - 1.0).abs() < 0.05, "{weights:?}");
    let norm = (weights[0].powi(2) + weights[1].powi(2)).sqrt();
    let expected = (2.0_f64 / 3.0).sqrt() * 2.0_f64.sqrt();
    assert!((norm / expected - 1.0).abs() < 1e-5, "{norm}");
}

#[test]
fn visible_layers_start_from_the_moments_of_the_data() {
    let table = Ising {
        size: 4,
        rows: 200,
        ..Ising::default()
    }
    .generate();
    let kinds = [16, 3].map(|units| LayerKind::Bernoulli { units });
    let machine = started(&kinds, Initialization::Glorot, &table);
    let none = machine.zeros(1).layers[0].clone();
    let mean = machine.layers[0].mean(none, &paysage_layers::InverseTemperature::ONE);
    for (unit, mean) in mean.into_data().iter::<f64>().enumerate() {
        let column = (0..table.rows()).map(|row| f64::from(table.row(row)[unit]));
        let expected = column.sum::<f64>() / table.rows() as f64;
        assert!(
            (mean - expected).abs() < 0.005,
            "unit {unit}: {mean}, data {expected}"
        );
    }
}

#[test]
fn every_start_of_gaussian_layers_can_be_normalized() {
    let rows = [
        [1.0, 100.0, 7.0],
        [2.0, 300.0, 7.0],
        [4.0, -50.0, 7.0],
        [3.0, 10.0, 7.0],
    ];
    let table = Table::new("rows", 3, rows.concat()).expect("finite");
    for method in METHODS {
        let kinds = [3, 2, 4].map(|units| LayerKind::Gaussian { units });
        let machine = started(&kinds, method, &table);
        let exact = Exact::new(&machine);
        assert!(exact.is_ok(), "{method}: {}", exact.expect_err("a fault"));
    }
}

/// The means of Gaussian units given the mean hidden units are those of the data, for every method,
/// with one hidden layer or two, and beside other visible layers.
#[test]
fn gaussian_units_start_at_the_means_of_the_data() {
    let rows = [[1.0, 100.0, 7.0], [2.0, 300.0, 7.5], [4.0, -50.0, 6.0]];
    let table = Table::new("rows", 3, rows.concat()).expect("finite");
    let means = [7.0 / 3.0, 350.0 / 3.0, 20.5 / 3.0];
    let gaussian = LayerKind::gaussian(3);
    let bernoulli = LayerKind::bernoulli(5);
    for method in METHODS {
        for kinds in [
            vec![gaussian, bernoulli],
            vec![gaussian, bernoulli, bernoulli],
        ] {
            let machine = started(&kinds, method, &table);
            let options = (&machine.device(), machine.dtype());
            let mean = burn::tensor::TensorData::new(means.to_vec(), [1, 3]);
            let mut state =
                machine.state_from_visible(burn::tensor::Tensor::from_data(mean, options));
            let one = paysage_layers::InverseTemperature::ONE;
            let field = machine.field(1, &state);
            // Of two hidden layers, the first one before the second.
            state.layers[1] = machine.layers[1].mean(field, &one);
            let field = machine.field(0, &state);
            let found = machine.layers[0].mean(field, &one).into_data();
            for (found, mean) in found.iter::<f64>().zip(means) {
                assert!(
                    (found - mean).abs() < 1e-3 * mean,
                    "{method}: {found}, not {mean}"
                );
            }
        }
    }
}
