//! Chains at temperatures that change: driven sequential Monte Carlo and simulated annealing.

use burn::tensor::Tensor;
use paysage_kernels::RandomKey;
use paysage_layers::{AnyLayer, LayerKind};
use paysage_models::{Batch, BoltzmannMachine, Estimator, Recorded, State};
use paysage_samplers::{
    AutoregressiveGamma, Chain, Conditions, DrivenSequentialMonteCarlo, Gibbs,
    PersistentContrastiveDivergence, SimulatedAnnealing,
};
use paysage_testkit::{Oracle, machines, statistics};

fn flat(x: &Tensor<2>) -> Vec<f64> {
    x.to_data().iter().collect()
}

/// One visible unit with a bias and a hidden one, without weights: a draw at β has the mean σ(β loc).
#[test]
fn driven_chains_are_drawn_at_their_temperatures() {
    const LOC: f64 = 1.5;
    const CHAINS: usize = 20_000;
    let kinds = [LayerKind::bernoulli(1), LayerKind::bernoulli(1)];
    let mut machine = machines::chain(&kinds, 0.0, false, RandomKey::new(150));
    if let AnyLayer::Bernoulli(visible) = &mut machine.layers[0] {
        visible.loc = visible.loc.ones_like() * LOC;
    }
    let driven = DrivenSequentialMonteCarlo::default();
    let mut state = driven.start(&machine, machine.zeros(CHAINS));
    for step in 0..5 {
        let key = RandomKey::new(151).split(step);
        (state, _) = driven.step(&machine, state, &Conditions::default(), key);
        assert_eq!(state.betas.len(), CHAINS);
        let units = flat(&state.chains.layers[0]);
        let excess = |(x, beta): (&f64, &f64)| x - 1.0 / (1.0 + (-beta * LOC).exp());
        let excess: Vec<f64> = units.iter().zip(&state.betas).map(excess).collect();
        statistics::assert_mean(&excess, 0.0, "x less its mean at β");
        // And x is correlated with β.
        let products = excess.iter().zip(&state.betas);
        let products: Vec<f64> = products.map(|(x, beta)| x * (beta - 1.0)).collect();
        statistics::assert_mean(&products, 0.0, "the same, weighted by β");
    }
}

#[test]
fn a_restored_driven_state_continues_exactly() {
    let kinds = [LayerKind::bernoulli(4), LayerKind::gaussian(3)];
    let machine = machines::chain(&kinds, 0.4, false, RandomKey::new(152));
    let pcd = PersistentContrastiveDivergence {
        chains: 6,
        steps: 2,
        ..Default::default()
    };
    let pcd = pcd.with_chain(DrivenSequentialMonteCarlo::default());
    let batch = Batch::from(machine.visible_of(&machine.random_state(6, RandomKey::new(153))));
    let step =
        |state, number: u64| pcd.step(&machine, &batch, state, RandomKey::new(154).split(number));
    let mut state = pcd.init(&machine).expect("valid settings");
    for number in 0..3 {
        (_, state) = step(state, number);
    }
    let record = Recorded::<AnyLayer>::record(&state);
    let mut restored = Recorded::<AnyLayer>::restore(record, &machine).expect("a state");
    for number in 3..6 {
        (_, state) = step(state, number);
        (_, restored) = step(restored, number);
    }
    let record = Recorded::<AnyLayer>::record(&state);
    assert_eq!(record, Recorded::<AnyLayer>::record(&restored));
}

#[test]
fn driven_settings_out_of_range_are_refused() {
    let refused = |deviation, autocorrelation| {
        let driven = DrivenSequentialMonteCarlo {
            beta: AutoregressiveGamma {
                deviation,
                autocorrelation,
            },
            chain: Gibbs,
        };
        Chain::<AnyLayer>::check(&driven)
            .expect_err("out of range")
            .to_string()
    };
    assert_eq!(
        refused(0.0, 0.9),
        "the standard deviation of the inverse temperatures is 0, expected a number greater than 0 \
         and at most 1"
    );
    assert_eq!(
        refused(0.6, 1.0),
        "the autocorrelation of the inverse temperatures is 1, expected a number of at least 0 and \
         less than 1"
    );
}

fn run<S: Fn(f64) -> f64 + Send + Sync>(
    annealing: &SimulatedAnnealing<S>,
    machine: &BoltzmannMachine,
    start: State,
    steps: u64,
) -> State {
    let mut state = annealing.start(machine, start);
    for step in 0..steps {
        let key = RandomKey::new(155).split(step);
        (state, _) = annealing.step(machine, state, &Conditions::default(), key);
    }
    state.chains
}

#[test]
fn slow_annealing_finds_the_lowest_energy() {
    let kinds = [LayerKind::bernoulli(5), LayerKind::bernoulli(4)];
    let machine = machines::chain(&kinds, 1.5, false, RandomKey::new(156));
    let oracle = Oracle::of(&machine);
    let states = oracle.probabilities().into_iter();
    let energies = states.map(|(state, _)| oracle.energy(&state));
    let lowest = energies.fold(f64::INFINITY, f64::min);
    let annealing = SimulatedAnnealing {
        schedule: |done: f64| 0.05 * (40.0_f64 / 0.05).powf(done),
        steps: 400,
        chain: Gibbs,
    };
    assert_eq!(Chain::<AnyLayer>::check(&annealing), Ok(()));
    assert!((annealing.beta(0) - 0.05).abs() < 1e-12);
    assert!((annealing.beta(399) - 40.0).abs() < 1e-9);
    assert_eq!(annealing.beta(399), annealing.beta(1000));
    let start = machine.random_state(200, RandomKey::new(157));
    let ends = run(&annealing, &machine, start, 400);
    let energies: Vec<f64> = machine.energy(&ends).into_data().iter().collect();
    let found = energies
        .iter()
        .filter(|e| (*e - lowest).abs() < 1e-4)
        .count();
    assert!(found > 190, "{found} of 200 chains found the lowest energy");
}

#[test]
fn a_constant_schedule_is_gibbs_sampling() {
    let kinds = [LayerKind::bernoulli(5), LayerKind::onehot(2, 3)];
    let machine = machines::chain(&kinds, 0.8, false, RandomKey::new(158));
    let annealing = SimulatedAnnealing {
        schedule: |_: f64| 1.0,
        steps: 1,
        chain: Gibbs,
    };
    let found = run(&annealing, &machine, machine.zeros(20), 5);
    let mut state = machine.zeros(20);
    for step in 0..5 {
        let key = RandomKey::new(155).split(step);
        (state, _) = Gibbs.step(&machine, state, &Conditions::default(), key);
    }
    assert_eq!(flat(&found.layers[0]), flat(&state.layers[0]));
}

#[test]
fn schedules_out_of_range_are_refused() {
    let refused = |schedule: fn(f64) -> f64, steps| {
        let annealing = SimulatedAnnealing {
            schedule,
            steps,
            chain: Gibbs,
        };
        Chain::<AnyLayer>::check(&annealing)
            .expect_err("out of range")
            .to_string()
    };
    assert_eq!(
        refused(|_| 1.0, 0),
        "the number of annealing steps is 0, expected at least 1"
    );
    assert_eq!(
        refused(|done| 1.0 - done, 10),
        "the inverse temperature of a step is 0, expected a finite number greater than 0"
    );
}
