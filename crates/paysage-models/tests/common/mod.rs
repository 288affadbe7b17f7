//! Machines of all kinds, and comparisons of numbers.

#![allow(dead_code, reason = "each test uses some")]

use burn::tensor::Tensor;
use paysage_data::Table;
use paysage_kernels::RandomKey;
use paysage_layers::LayerKind;
use paysage_models::{BoltzmannMachine, Exact, State};
use paysage_testkit::{Oracle, Precision, machines, row_of};

/// 1e-9 in f64; what f32 can show otherwise.
pub fn close(found: f64, expected: f64, what: &str) {
    Precision::of_sums(machines::dtype()).assert_close(found, expected, what);
}

pub fn values<const D: usize>(tensor: &Tensor<D>) -> Vec<f64> {
    tensor.to_data().iter().collect()
}

pub fn all_close(found: &[f64], expected: &[f64], what: &str) {
    assert_eq!(found.len(), expected.len(), "{what}");
    for (found, expected) in found.iter().zip(expected) {
        close(*found, *expected, what);
    }
}

/// All pairs of kinds, chains and graphs, with and without centers.
pub fn all_machines() -> Vec<(String, BoltzmannMachine)> {
    let mut all = Vec::new();
    for centered in [false, true] {
        for (count, kinds) in machines::all_pairs().into_iter().enumerate() {
            // Few Gaussian units keep the grid of the oracle small.
            let kinds = kinds.map(|kind| match kind {
                LayerKind::Gaussian { .. } => LayerKind::gaussian(1),
                other => other,
            });
            let key = RandomKey::new(800).split(count as u64);
            let name = format!("{} – {}, centered: {centered}", kinds[0], kinds[1]);
            all.push((name, machines::chain(&kinds, 0.4, centered, key)));
        }
        let deep = machines::kinds_of("3,onehot:1x3,gaussian:1,spin:2");
        let deep = machines::chain(&deep, 0.4, centered, RandomKey::new(801));
        let kinds = machines::kinds_of("2,spin:2,onehot:1x3,gaussian:1");
        let edges = [(0, 1), (2, 1), (0, 2), (3, 0)];
        let key = RandomKey::new(802);
        let graph = machines::graph(&kinds, &edges, vec![0, 2], 0.4, centered, key);
        all.push((format!("a deep chain, centered: {centered}"), deep));
        all.push((format!("a graph, centered: {centered}"), graph));
    }
    all
}

/// ln p of states, which the oracle has from formulas of its own.
pub fn log_probabilities(machine: &BoltzmannMachine, state: &State) -> Vec<f64> {
    let log_partition = Exact::new(machine).expect("small").log_partition();
    let oracle = Oracle::of(machine);
    let rows = 0..state.batch();
    rows.map(|row| -oracle.energy(&row_of(state, row)) - log_partition)
        .collect()
}

/// ln p(v) by one machine of the visible rows of a state of another one with the same visible layers.
pub fn log_likelihoods(
    by: &BoltzmannMachine,
    machine: &BoltzmannMachine,
    state: &State,
) -> Vec<f64> {
    let rows: Vec<f32> = machine.visible_of(state).to_data().iter().collect();
    let table = Table::new("rows", machine.visible_units(), rows).expect("finite");
    let exact = Exact::new(by).expect("small");
    exact.log_likelihood(&table).expect("small")
}

/// Free energies of the visible rows of a state relative to the first one; nothing for a deep machine.
pub fn relative_free_energies(machine: &BoltzmannMachine, state: &State) -> Option<Vec<f64>> {
    let found = machine.free_energy(machine.visible_of(state)).ok()?;
    let found = values(&found);
    Some(found.iter().map(|energy| energy - found[0]).collect())
}
