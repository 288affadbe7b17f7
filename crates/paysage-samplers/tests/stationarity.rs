//! A sampler that starts in the distribution of a machine stays in it.

mod common;

use burn::tensor::Tensor;
use common::{CHAINS, Scale, check_distribution, check_means};
use paysage_kernels::RandomKey;
use paysage_layers::{AnyLayer, InverseTemperature, Layer, LayerKind};
use paysage_models::{BoltzmannMachine, Exact};
use paysage_samplers::{Conditions, Gibbs, Sampler};
use paysage_testkit::machines;

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

#[test]
fn every_pair_of_kinds_stays_in_its_distribution() {
    for (count, kinds) in machines::all_pairs().into_iter().enumerate() {
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
