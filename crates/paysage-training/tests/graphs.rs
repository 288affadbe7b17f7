//! Machines that are not chains train as well, with either data phase.

use paysage_data::{BarsAndStripes, Table};
use paysage_kernels::RandomKey;
use paysage_layers::LayerKind;
use paysage_models::{Exact, Initialization};
use paysage_optimizers::schedule;
use paysage_samplers::{DataPhase, Gibbs, PersistentContrastiveDivergence};
use paysage_testkit::machines;
use paysage_training::Trainer;

/// The mean log-likelihood of a machine of Bernoulli layers on bars and stripes, before and after
/// training.
fn train(
    units: [usize; 3],
    edges: &[(usize, usize)],
    visible: &[usize],
    data: DataPhase,
) -> (f64, f64) {
    let table = BarsAndStripes { size: 3 }.generate();
    let kinds = units.map(|units| LayerKind::Bernoulli { units });
    let key = RandomKey::new(500);
    let mut machine = machines::graph(&kinds, edges, visible.to_vec(), 0.1, false, key);
    let read = machine.initialize(Initialization::Glorot, &table, RandomKey::new(501));
    read.expect("a table in memory");
    let likelihood = |machine: &_, table: &Table| {
        let exact = Exact::new(machine).expect("a small machine");
        exact.mean_log_likelihood(table).expect("few states")
    };
    let before = likelihood(&machine, &table);
    let repeated: Vec<usize> = (0..160).map(|row| row % table.rows()).collect();
    let trainer = Trainer {
        epochs: 300,
        batch_size: 80,
        learning_rate: Box::new(schedule::linear(0.02, 0.001, 600)),
        ..Trainer::new(PersistentContrastiveDivergence {
            chains: 200,
            steps: 2,
            data,
            chain: Gibbs,
        })
    };
    let rows = table.select(&repeated);
    let machine = trainer.train(machine, &rows).expect("trained");
    (before, likelihood(&machine, &table))
}

fn climbs(units: [usize; 3], edges: &[(usize, usize)], visible: &[usize]) {
    for data in [DataPhase::default(), DataPhase::Gibbs { sweeps: 3 }] {
        let what = format!("{edges:?}, {data:?}");
        let (before, after) = train(units, edges, visible, data);
        assert!(after > before + 1.0, "{what}: from {before} to {after}");
    }
}

#[test]
fn a_skip_connection_trains() {
    climbs([9, 6, 4], &[(0, 1), (1, 2), (0, 2)], &[0]);
}

#[test]
fn two_visible_layers_joined_by_a_hidden_one_train() {
    climbs([5, 8, 4], &[(0, 1), (1, 2)], &[0, 2]);
}

#[test]
fn a_deep_chain_trains() {
    climbs([9, 6, 4], &[(0, 1), (1, 2)], &[0]);
}
