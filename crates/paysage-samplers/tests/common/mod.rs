//! Checks of chains against the distribution of a small machine.

#![allow(dead_code, reason = "no test uses all of it")]

pub mod trajectory;

use burn::tensor::Tensor;
use paysage_kernels::RandomKey;
use paysage_layers::{AnyLayer, Layer, LayerKind};
use paysage_models::{BoltzmannMachine, Exact, Mapper, ParameterId, State};
use paysage_testkit::{Oracle, machines, statistics};

pub const CHAINS: usize = 20_000;

/// Means of all units and of the products that weights couple.
pub fn check_means(
    machine: &BoltzmannMachine,
    exact: &Exact<AnyLayer>,
    chains: &State,
    what: &str,
) {
    for (mean, units) in exact.means().into_iter().zip(&chains.layers) {
        let columns: Vec<f64> = units.clone().transpose().into_data().iter().collect();
        for (column, mean) in columns.chunks(CHAINS).zip(mean.into_data().iter::<f64>()) {
            statistics::assert_mean(column, mean, what);
        }
    }
    let gradient = exact.model_gradient();
    for (c, connection) in machine.connections.iter().enumerate() {
        let seen = |layer: usize| {
            let r = machine.layers[layer].interaction(chains.layers[layer].clone());
            let flat: Vec<f64> = r.clone().transpose().into_data().iter().collect();
            flat.chunks(CHAINS).map(<[f64]>::to_vec).collect::<Vec<_>>()
        };
        let (left, right) = (seen(connection.target), seen(connection.domain));
        let derivative: &Tensor<2> = &gradient.matrices[&ParameterId::weight(c)];
        let mut expected = derivative
            .to_data()
            .iter::<f64>()
            .map(|x| -x)
            .collect::<Vec<_>>()
            .into_iter();
        for l in &left {
            for r in &right {
                let products: Vec<f64> = l.iter().zip(r).map(|(a, b)| a * b).collect();
                let mean = expected.next().expect("as many as weights");
                statistics::assert_mean(&products, mean, &format!("{what}, a product"));
            }
        }
    }
}

/// The whole joint distribution of a discrete machine.
pub fn check_distribution(machine: &BoltzmannMachine, chains: &State, what: &str) {
    let states = Oracle::of(machine).probabilities();
    let rows: Vec<Vec<f64>> = {
        let joined = Tensor::cat(chains.layers.clone(), 1);
        let width = joined.dims()[1];
        let flat: Vec<f64> = joined.into_data().iter().collect();
        flat.chunks(width).map(<[f64]>::to_vec).collect()
    };
    let index: std::collections::HashMap<Vec<u8>, usize> = states
        .iter()
        .enumerate()
        .map(|(i, (state, _))| (state.concat().iter().map(|&x| x as u8).collect(), i))
        .collect();
    let mut counts = vec![0; states.len()];
    for row in rows {
        let bits: Vec<u8> = row.iter().map(|&x| x as u8).collect();
        counts[index[&bits]] += 1;
    }
    let probabilities: Vec<f64> = states.into_iter().map(|(_, p)| p).collect();
    statistics::assert_distribution(&counts, &probabilities, what);
}

/// The machine whose distribution at β = 1 is that of another at this temperature: energies of
/// discrete layers are linear in their parameters.
pub struct Scale(pub f64);

impl Mapper for Scale {
    fn vector(&mut self, id: ParameterId, tensor: Tensor<1>) -> Tensor<1> {
        match id {
            ParameterId::Layer { name: "center", .. } => tensor,
            _ => tensor * self.0,
        }
    }

    fn matrix(&mut self, _: ParameterId, tensor: Tensor<2>) -> Tensor<2> {
        tensor * self.0
    }
}

/// The entries of a matrix, row by row.
pub fn flat(x: &Tensor<2>) -> Vec<f64> {
    x.to_data().iter().collect()
}

/// Two modes, all spins up and all down, with a barrier of more than 20 nats.
pub fn two_modes() -> BoltzmannMachine {
    let kinds = [LayerKind::spin(6), LayerKind::spin(6)];
    let mut machine = machines::chain(&kinds, 0.0, false, RandomKey::new(122));
    let weight = &mut machine.connections[0].weight;
    *weight = weight.ones_like() * 0.8;
    machine
}

/// Chains in which every unit is 1.
pub fn all_up(machine: &BoltzmannMachine, chains: usize) -> State {
    let zeros = machine.zeros(chains);
    State {
        layers: zeros.layers.iter().map(Tensor::ones_like).collect(),
    }
}

/// Small machines of several kinds of layers, restricted and deep, with and without centers.
pub fn restricted_and_deep(key: RandomKey) -> Vec<BoltzmannMachine> {
    let machines = [
        ("3,onehot:1x3", false),
        ("spin:3,2", true),
        ("gaussian:2,3", true),
        ("3,2,spin:2", true),
    ];
    let machines = machines.into_iter().enumerate();
    let machines = machines.map(|(count, (kinds, centered))| {
        let key = key.split(count as u64).split(0);
        machines::chain(&machines::kinds_of(kinds), 0.8, centered, key)
    });
    machines.collect()
}
