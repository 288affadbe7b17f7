//! A sampler that starts in the distribution of a machine stays in it.

use burn::tensor::Tensor;
use paysage_kernels::RandomKey;
use paysage_layers::{AnyLayer, InverseTemperature, Layer, LayerKind};
use paysage_models::{BoltzmannMachine, Exact, Mapper, ParameterId, State};
use paysage_samplers::{Conditions, Gibbs, Sampler};
use paysage_testkit::{Oracle, machines, statistics};

const CHAINS: usize = 20_000;

/// Sweeps after which the chains are looked at: 1, 4 and 16 in all.
const LOOKS: [usize; 3] = [1, 3, 12];

fn check(machine: &BoltzmannMachine, key: RandomKey, what: &str) {
    let exact = Exact::new(machine).expect("a small machine");
    let mut chains = exact.sample(CHAINS, key.split(0));
    for (look, sweeps) in LOOKS.into_iter().enumerate() {
        let key = key.split(1 + look as u64);
        chains = Gibbs.run(machine, chains, &Conditions::default(), sweeps, key);
        let what = format!("{what}, look {look}");
        check_means(machine, &exact, &chains, &what);
        let discrete = |layer: &AnyLayer| layer.domain().is_finite();
        if machine.layers.iter().all(discrete) {
            check_distribution(machine, &chains, &what);
        }
    }
}

/// Means of all units and of the products that weights couple.
fn check_means(machine: &BoltzmannMachine, exact: &Exact<AnyLayer>, chains: &State, what: &str) {
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
fn check_distribution(machine: &BoltzmannMachine, chains: &State, what: &str) {
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

#[test]
fn every_pair_of_kinds_stays_in_its_distribution() {
    for (count, kinds) in machines::pairs().into_iter().enumerate() {
        let key = RandomKey::new(50).split(count as u64);
        let machine = machines::chain(&kinds, 0.4, count % 2 == 0, key.split(0));
        check(
            &machine,
            key.split(1),
            &format!("{} – {}", kinds[0], kinds[1]),
        );
    }
}

#[test]
fn a_machine_of_three_layers_stays_in_its_distribution() {
    let kinds = machines::kinds_of("3,onehot:1x3,2");
    let machine = machines::chain(&kinds, 0.6, false, RandomKey::new(51));
    check(&machine, RandomKey::new(52), "three layers");
}

#[test]
fn a_machine_with_a_loop_stays_in_its_distribution() {
    let kinds = [LayerKind::bernoulli(2); 3];
    let edges = [(0, 1), (1, 2), (0, 2)];
    let machine = machines::graph(&kinds, &edges, vec![0], 0.6, false, RandomKey::new(53));
    check(&machine, RandomKey::new(54), "a loop of three layers");
}

/// The machine whose distribution at β = 1 is that of another at this temperature: energies of
/// discrete layers are linear in their parameters.
struct Scale(f64);

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

#[test]
fn chains_follow_their_temperature() {
    let kinds = [LayerKind::onehot(1, 3), LayerKind::bernoulli(2)];
    let machine = machines::chain(&kinds, 1.0, true, RandomKey::new(55));
    let mut hot = machine.clone();
    hot.map(&mut Scale(0.5));
    let options = (&machine.device(), machine.dtype());
    let shared = InverseTemperature::from(0.5);
    let each = InverseTemperature::PerChain(Tensor::full([CHAINS], 0.5, options));
    for (count, beta) in [shared, each].into_iter().enumerate() {
        let key = RandomKey::new(56).split(count as u64);
        let chains = Exact::new(&hot)
            .expect("a small machine")
            .sample(CHAINS, key.split(0));
        let conditions = Conditions {
            beta,
            ..Conditions::default()
        };
        let chains = Gibbs.run(&machine, chains, &conditions, 8, key.split(1));
        check_distribution(&hot, &chains, "β = 0.5");
    }
}
