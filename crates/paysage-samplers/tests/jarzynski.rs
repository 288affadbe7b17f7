//! ln Z from the weights of persistent chains against its exact value.

mod common;

use burn::tensor::Tensor;
use common::Scale;
use paysage_kernels::RandomKey;
use paysage_layers::AnyLayer;
use paysage_models::{
    Batch, BoltzmannMachine, Estimator, Exact, Gradient, Mapper, ParameterId, Recorded, Step,
};
use paysage_samplers::{JarzynskiMonitor, PersistentContrastiveDivergence};
use paysage_testkit::{machines, statistics};

struct Descend(Gradient, f64);

impl Mapper for Descend {
    fn vector(&mut self, id: ParameterId, x: Tensor<1>) -> Tensor<1> {
        match self.0.vectors.remove(&id) {
            Some(derivative) => x - derivative * self.1,
            None => x,
        }
    }
    fn matrix(&mut self, id: ParameterId, x: Tensor<2>) -> Tensor<2> {
        match self.0.matrices.remove(&id) {
            Some(derivative) => x - derivative * self.1,
            None => x,
        }
    }
}

type Monitor = JarzynskiMonitor<PersistentContrastiveDivergence>;

fn estimator(chains: usize) -> Monitor {
    JarzynskiMonitor {
        estimator: PersistentContrastiveDivergence::default(),
        chains,
        sweeps: 1,
    }
}

fn start(kinds: &str) -> (BoltzmannMachine, Batch) {
    let machine = machines::chain(&machines::kinds_of(kinds), 0.1, true, RandomKey::new(500));
    // Rows of another machine, with correlations.
    let other = machines::chain(&machines::kinds_of(kinds), 1.5, false, RandomKey::new(501));
    let rows = Exact::new(&other)
        .expect("a small machine")
        .sample(60, RandomKey::new(502));
    let batch = Batch::from(other.visible_of(&rows));
    (machine, batch)
}

/// ln Z and the effective chains of a step.
fn found(step: &Step) -> (f64, f64) {
    let number = |name: &str| step.info[name].clone().into_scalar::<f64>();
    (
        number("log_partition_jarzynski"),
        number("jarzynski_effective_chains"),
    )
}

fn exact(machine: &BoltzmannMachine) -> f64 {
    Exact::new(machine)
        .expect("a small machine")
        .log_partition()
}

/// Parameters that do not depend on the chains: the mean of the weights is unbiased.
#[test]
fn weights_have_the_mean_of_the_ratio_of_partition_functions() {
    const STEPS: u32 = 100;
    for (count, kinds) in ["5,4", "spin:5,spin:2", "gaussian:3,3", "4,3,3"]
        .into_iter()
        .enumerate()
    {
        let (_, batch) = start(kinds);
        let target = machines::chain(&machines::kinds_of(kinds), 1.0, true, RandomKey::new(503));
        let machine = |step: u32| {
            let mut machine = target.clone();
            machine.map(&mut Scale(f64::from(step) / f64::from(STEPS)));
            machine
        };
        let expected = exact(&target);
        let ratio = |seed: u64| {
            let key = RandomKey::new(510 + count as u64).split(seed);
            let estimator = estimator(50);
            let mut state = estimator.init(&target).expect("valid settings");
            let mut last = (f64::NAN, f64::NAN);
            for number in 0..=STEPS {
                let key = key.split(u64::from(number));
                let (step, next) = estimator.step(&machine(number), &batch, state, key);
                (state, last) = (next, found(&step));
            }
            assert!(last.1 > 1.0 && last.1 <= 50.5, "{last:?}");
            (last.0 - expected).exp()
        };
        let ratios: Vec<f64> = (0..60).map(ratio).collect();
        statistics::assert_mean(&ratios, 1.0, kinds);
        let (_, error) = statistics::mean_and_error(&ratios);
        assert!(error < 0.1, "{kinds}: {error}");
    }
}

#[test]
fn the_estimate_follows_a_training() {
    let (mut machine, batch) = start("5,4");
    let estimator = estimator(500);
    let mut state = estimator.init(&machine).expect("valid settings");
    for number in 0..300 {
        let key = RandomKey::new(525).split(number);
        let (step, next) = estimator.step(&machine, &batch, state, key);
        state = next;
        if number % 50 == 0 {
            let ((value, _), exact) = (found(&step), exact(&machine));
            assert!(
                (value - exact).abs() < 0.3,
                "step {number}: {value}, {exact}"
            );
        }
        machine.map(&mut Descend(step.gradient, 0.1));
    }
}

/// The monitor changes no bit of the training.
#[test]
fn the_gradient_is_that_of_the_estimator() {
    let (machine, batch) = start("5,4");
    let monitored = estimator(20);
    let key = RandomKey::new(540);
    let state = monitored.init(&machine).expect("valid settings");
    let (with, _) = monitored.step(&machine, &batch, state, key);
    let pcd = monitored.estimator;
    let (without, _) = pcd.step(&machine, &batch, Default::default(), key);
    for (id, derivative) in &without.gradient.matrices {
        assert_eq!(derivative.to_data(), with.gradient.matrices[id].to_data());
    }
    for refused in [
        Monitor {
            chains: 0,
            ..monitored
        },
        Monitor {
            sweeps: 0,
            ..monitored
        },
    ] {
        assert!(refused.init(&machine).is_err(), "{refused:?}");
    }
}

#[test]
fn the_first_step_has_the_partition_function_of_the_initial_machine() {
    let (machine, batch) = start("5,4");
    let estimator = estimator(2000);
    let state = estimator.init(&machine).expect("valid settings");
    let (step, _) = estimator.step(&machine, &batch, state, RandomKey::new(520));
    let ((value, effective), exact) = (found(&step), exact(&machine));
    assert!((value - exact).abs() < 0.02, "{value}, {exact}");
    assert!(effective > 1900.0, "{effective}");
}

#[test]
fn a_restored_state_continues_exactly() {
    let (machine, batch) = start("5,4");
    let estimator = estimator(20);
    let mut state = estimator.init(&machine).expect("valid settings");
    let step = |machine: &BoltzmannMachine, state, number: u64| {
        estimator.step(machine, &batch, state, RandomKey::new(530).split(number))
    };
    let mut moved = machine;
    for number in 0..10 {
        let (found, next) = step(&moved, state, number);
        state = next;
        moved.map(&mut Descend(found.gradient, 0.5));
    }
    let record = Recorded::<AnyLayer>::record(&state);
    let mut restored = Recorded::<AnyLayer>::restore(record, &moved).expect("a state");
    for number in 10..40 {
        let (found, next) = step(&moved, state, number);
        let (again, other) = step(&moved, restored, number);
        (state, restored) = (next, other);
        for (name, value) in &found.info {
            assert_eq!(value.to_data(), again.info[name].to_data(), "{name}");
        }
        moved.map(&mut Descend(found.gradient, 0.5));
    }
    let record = Recorded::<AnyLayer>::record(&state);
    assert_eq!(record, Recorded::<AnyLayer>::record(&restored));
}
