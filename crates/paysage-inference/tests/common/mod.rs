//! Conditional distributions of visible units, by enumeration.
#![allow(dead_code, reason = "every test program uses a part of these")]

use burn::tensor::{Bool, Tensor, TensorData};
use paysage_data::Table;
use paysage_kernels::RandomKey;
use paysage_layers::LayerKind;
use paysage_models::BoltzmannMachine;
use paysage_testkit::{Oracle, machines};

/// Rows on the device, all of one width.
pub fn rows(values: &[Vec<f64>]) -> Tensor<2> {
    let data = TensorData::new(values.concat(), [values.len(), values[0].len()]);
    Tensor::from_data(data, (&machines::device(), machines::dtype()))
}

pub fn mask(rows: &[Vec<bool>]) -> Tensor<2, Bool> {
    let data = TensorData::new(rows.concat(), [rows.len(), rows[0].len()]);
    Tensor::from_data(data, &machines::device())
}

pub fn read(x: &Tensor<2>) -> Vec<Vec<f64>> {
    let flat: Vec<f64> = x.to_data().iter().collect();
    flat.chunks(x.dims()[1]).map(<[f64]>::to_vec).collect()
}

/// A table of these rows, NaN where a value is missing.
pub fn table(rows: &[Vec<f64>]) -> Table {
    let values = rows.iter().flatten().map(|&x| x as f32).collect();
    Table::with_missing("rows", rows[0].len(), values).expect("finite values")
}

/// The visible rows that agree with a row in its observed units, with their probabilities given these.
pub fn conditional(
    machine: &BoltzmannMachine,
    row: &[f64],
    known: &[bool],
) -> Vec<(Vec<f64>, f64)> {
    let mut found: Vec<(Vec<f64>, f64)> = Vec::new();
    for (state, p) in Oracle::of(machine).probabilities() {
        let visible = machine
            .visible
            .iter()
            .flat_map(|&layer| state[layer].clone());
        let visible: Vec<f64> = visible.collect();
        let agrees = (0..row.len()).all(|i| !known[i] || visible[i] == row[i]);
        match found.iter_mut().find(|(other, _)| *other == visible) {
            _ if !agrees => {}
            Some((_, sum)) => *sum += p,
            None => found.push((visible, p)),
        }
    }
    let total: f64 = found.iter().map(|(_, p)| p).sum();
    found.into_iter().map(|(row, p)| (row, p / total)).collect()
}

/// The means of the visible units over rows with probabilities.
pub fn means(of: &[(Vec<f64>, f64)]) -> Vec<f64> {
    let column = |i| of.iter().map(|(row, p)| row[i] * p).sum();
    (0..of[0].0.len()).map(column).collect()
}

/// Machines of six visible units, of which the last three are a one-hot site: a restricted one, a deep
/// one, and one whose visible layers are connected.
pub fn machines_of_six() -> Vec<(&'static str, BoltzmannMachine)> {
    let (coins, site) = (LayerKind::bernoulli(3), LayerKind::onehot(1, 3));
    let hidden = LayerKind::bernoulli(2);
    let graph = |kinds: &[LayerKind], edges: &[(usize, usize)], centered, seed| {
        let key = RandomKey::new(seed);
        machines::graph(kinds, edges, vec![0, 2], 0.8, centered, key)
    };
    let restricted = [(0, 1), (2, 1)];
    let deep = [(0, 1), (2, 1), (1, 3)];
    let looped = [(0, 1), (2, 1), (0, 2)];
    vec![
        (
            "restricted",
            graph(&[coins, hidden, site], &restricted, true, 70),
        ),
        (
            "deep",
            graph(&[coins, hidden, site, hidden], &deep, false, 71),
        ),
        ("looped", graph(&[coins, hidden, site], &looped, true, 72)),
    ]
}

pub const COINS: LayerKind = LayerKind::bernoulli(3);
pub const HIDDEN: LayerKind = LayerKind::bernoulli(2);

/// Machines of three binary visible units and a visible one-hot site of three states: restricted, with
/// centers, deep, and with connected visible layers.
pub fn discrete() -> Vec<(&'static str, BoltzmannMachine)> {
    let site = LayerKind::onehot(1, 3);
    let graph = |kinds: &[LayerKind], edges: &[(usize, usize)], centered, seed| {
        machines::graph(
            kinds,
            edges,
            vec![0, 2],
            0.8,
            centered,
            RandomKey::new(seed),
        )
    };
    let restricted = [(0, 1), (2, 1)];
    let deep = [(0, 1), (2, 1), (1, 3)];
    let looped = [(0, 1), (2, 1), (0, 2)];
    vec![
        (
            "restricted",
            graph(&[COINS, HIDDEN, site], &restricted, false, 100),
        ),
        (
            "centered",
            graph(&[COINS, HIDDEN, site], &restricted, true, 101),
        ),
        (
            "deep",
            graph(&[COINS, HIDDEN, site, HIDDEN], &deep, true, 102),
        ),
        ("looped", graph(&[COINS, HIDDEN, site], &looped, false, 103)),
    ]
}

/// The visible rows of a discrete machine and their probabilities, one entry for each hidden state.
pub fn enumerated(machine: &BoltzmannMachine) -> Vec<(Vec<f64>, f64)> {
    let states = Oracle::of(machine).probabilities().into_iter();
    let visible = |state: &[Vec<f64>]| {
        let layers = machine
            .visible
            .iter()
            .flat_map(|&layer| state[layer].clone());
        layers.collect::<Vec<f64>>()
    };
    states.map(|(state, p)| (visible(&state), p)).collect()
}

/// ln p(target | given) of a row, by its pattern of `a` (target), `b` (given) and `.` (summed over).
pub fn exact(states: &[(Vec<f64>, f64)], row: &[f64], pattern: &str) -> f64 {
    let sum = |known: &dyn Fn(char) -> bool| -> f64 {
        let agrees = |other: &[f64]| {
            let mut units = pattern.chars().zip(row.iter().zip(other));
            units.all(|(letter, (x, y))| !known(letter) || x == y)
        };
        let kept = states.iter().filter(|(other, _)| agrees(other));
        kept.map(|(_, p)| p).sum()
    };
    (sum(&|c| c != '.') / sum(&|c| c == 'b')).ln()
}

/// Seven rows of six units: three binary ones and a one-hot site.
pub fn shown() -> Vec<Vec<f64>> {
    let row = |k: usize| {
        let bit = |i: usize| (k >> i & 1) as f64;
        let site = |i: usize| f64::from(k % 3 == i);
        vec![bit(0), bit(1), bit(2), site(0), site(1), site(2)]
    };
    (0..7).map(row).collect()
}
