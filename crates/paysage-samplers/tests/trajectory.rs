//! Trajectory parallel tempering: stationarity, growth of the ladder, ln Z, and the state.

mod common;

use burn::tensor::Tensor;
use common::trajectory::{run, samples, scaled};
use common::{CHAINS, check_distribution, check_means, flat, restricted_and_deep, two_modes};
use paysage_kernels::RandomKey;
use paysage_layers::{AnyLayer, Conditional, InverseTemperature, LayerKind};
use paysage_models::{
    Batch, BoltzmannMachine, Estimator, Exact, Mapper, Record, Recorded, SettingError,
};
use paysage_samplers::{
    Chain, Clamp, Conditions, GrowingTrajectory, PersistentContrastiveDivergence, Trajectory,
    TrajectoryTempering, independent_machine,
};
use paysage_testkit::{machines, statistics};

/// Units of a machine without connections, and a machine with half the weights, below it.
fn ladder_of(machine: &BoltzmannMachine, key: RandomKey) -> Vec<BoltzmannMachine> {
    let bottom = independent_machine(machine, machine.random_state(50, key));
    let mut half = machine.clone();
    for connection in &mut half.connections {
        connection.weight = connection.weight.clone() * 0.5;
    }
    vec![bottom, half]
}

#[test]
fn every_population_stays_in_the_distribution_of_its_machine() {
    let machines = restricted_and_deep(RandomKey::new(200));
    for (count, machine) in machines.into_iter().enumerate() {
        let key = RandomKey::new(200).split(count as u64);
        let tempering = TrajectoryTempering {
            ladder: ladder_of(&machine, key.split(1)),
        };
        let all: Vec<_> = tempering.ladder.iter().chain([&machine]).collect();
        let exact = all.iter().map(|m| Exact::new(m).expect("a small machine"));
        let exact: Vec<_> = exact.collect();
        let start = |(place, exact): (usize, &Exact<AnyLayer>)| {
            exact.sample(CHAINS, key.split(10 + place as u64))
        };
        let mut state = tempering.start_at(exact.iter().enumerate().map(start).collect());
        for (look, steps) in [1, 3, 12].into_iter().enumerate() {
            let (free, key) = (Conditions::default(), key.split(2 + look as u64));
            (state, _) = run(&tempering, &machine, state, &free, steps, key);
            for (rung, states) in state.populations().iter().enumerate() {
                let what = format!("machine {count}, rung {rung}, look {look}");
                check_means(all[rung], &exact[rung], states, &what);
                if !matches!(machine.layers[0], AnyLayer::Gaussian(_)) {
                    check_distribution(all[rung], states, &what);
                }
            }
        }
        for rate in state.swap_rates() {
            assert!((0.1..1.0).contains(&rate), "machine {count}: {rate}");
        }
    }
}

/// A swap that is never made, or always, is found by the means of the pair.
#[test]
fn log_weights_of_neighbours_obey_the_ratio_of_partition_functions() {
    let kinds = [LayerKind::bernoulli(4), LayerKind::bernoulli(3)];
    let machine = machines::chain(&kinds, 0.8, true, RandomKey::new(201));
    let tempering = TrajectoryTempering {
        ladder: ladder_of(&machine, RandomKey::new(202)),
    };
    let all = tempering.ladder.iter().chain([&machine]);
    let exact: Vec<_> = all
        .map(|m| Exact::new(m).expect("a small machine"))
        .collect();
    let states = exact.iter().enumerate();
    let states =
        states.map(|(place, exact)| exact.sample(CHAINS, RandomKey::new(203 + place as u64)));
    let mut state = tempering.start_at(states.collect());
    for step in 0..2 {
        let free = Conditions::default();
        let key = RandomKey::new(210).split(step);
        (state, _) = tempering.step(&machine, state, &free, key);
        let [works] = state.works() else {
            panic!("one pair in each step");
        };
        assert_eq!(works.pair, step as usize);
        let [low, high] = [0, 1].map(|k| exact[works.pair + k].log_partition());
        for (weights, expected) in [(&works.forward, high - low), (&works.reverse, low - high)] {
            let weights = weights.clone().into_data();
            let ratios: Vec<f64> = weights
                .iter::<f64>()
                .map(|w| (w - expected).exp())
                .collect();
            statistics::assert_mean(&ratios, 1.0, "weights over their mean");
        }
    }
}

#[test]
fn clamped_units_and_the_temperature_of_the_conditions_apply_to_every_population() {
    let kinds = [LayerKind::bernoulli(3), LayerKind::bernoulli(2)];
    let machine = machines::chain(&kinds, 0.8, false, RandomKey::new(230));
    let half = scaled(&machine, 0.5);
    let exact = Exact::new(&half).expect("a small machine");
    let tempering = TrajectoryTempering {
        ladder: ladder_of(&machine, RandomKey::new(231)),
    };
    let options = (&machine.device(), machine.dtype());
    let betas = [
        InverseTemperature::from(0.5),
        InverseTemperature::PerChain(Tensor::full([CHAINS], 0.5, options)),
    ];
    for (count, beta) in betas.into_iter().enumerate() {
        let conditions = Conditions {
            beta,
            ..Conditions::default()
        };
        let state = tempering.start(&machine, exact.sample(CHAINS, RandomKey::new(232)));
        let key = RandomKey::new(233).split(count as u64);
        let (state, _) = run(&tempering, &machine, state, &conditions, 20, key);
        check_distribution(&half, samples(&state), "at β = 0.5");
    }
    // A clamped layer of either block: the others follow their conditional distribution.
    for layer in 0..2 {
        let conditions = Conditions::clamped(Clamp::none().layer(layer));
        let mut start = machine.zeros(CHAINS);
        start.layers[layer] = start.layers[layer].ones_like();
        let state = tempering.start(&machine, start.clone());
        let key = RandomKey::new(234).split(layer as u64);
        let (state, _) = run(&tempering, &machine, state, &conditions, 20, key);
        let found = samples(&state);
        assert_eq!(flat(&found.layers[layer]), flat(&start.layers[layer]));
        let other = 1 - layer;
        let field = machine.field(other, &start);
        let means = machine.layers[other].mean(field, &InverseTemperature::ONE);
        let columns = flat(&found.layers[other].clone().transpose());
        for (column, mean) in columns.chunks(CHAINS).zip(flat(&means)) {
            statistics::assert_mean(column, mean, "a unit given the other layer");
        }
    }
}

/// The machine of each step, whose weights grow.
fn growing(step: u64) -> BoltzmannMachine {
    scaled(&two_modes(), (step as f64 / 300.0).min(1.0))
}

#[test]
fn the_ladder_grows_with_the_machine_and_keeps_its_populations_in_both_modes() {
    let chain = GrowingTrajectory {
        target: 0.7,
        most: 4,
    };
    let machine = growing(0);
    let mut state = chain.start(&machine, machine.random_state(400, RandomKey::new(240)));
    let free = Conditions::default();
    let mut largest = 0;
    for step in 0..400 {
        let key = RandomKey::new(241).split(step);
        let machine = growing(step);
        let info;
        (state, info) = chain.step(&machine, state, &free, key);
        largest = largest.max(state.ladder().len());
        let count: f64 = info["ladder_machines"].clone().into_scalar();
        assert_eq!(count, state.ladder().len() as f64);
    }
    assert_eq!(largest, 4);
    assert_eq!(state.populations().len(), state.ladder().len() + 1);
    assert!(state.ladder()[0].connections.is_empty());
    let rates = state.swap_rates();
    assert!(rates.iter().all(|&rate| rate > 0.1), "{rates:?}");
    let means = samples(&state).layers[0].clone().mean_dim(1);
    let signs: Vec<f64> = flat(&means).iter().map(|m| m.signum()).collect();
    statistics::assert_mean(&signs, 0.0, "up less down");
}

fn ptt(most: usize) -> PersistentContrastiveDivergence<GrowingTrajectory> {
    let pcd = PersistentContrastiveDivergence {
        chains: 50,
        ..Default::default()
    };
    pcd.with_chain(GrowingTrajectory { target: 0.5, most })
}

#[test]
fn a_restored_state_continues_exactly() {
    let pcd = ptt(3);
    let centered = |step: u64| {
        let mut machine = growing(10 * step);
        machine.center_hidden();
        machine
    };
    let rows = machine_rows(&centered(0), 5);
    let step = |state, number: u64| {
        let key = RandomKey::new(250).split(number);
        pcd.step(&centered(number), &rows, state, key)
    };
    let mut state = pcd.init(&centered(0)).expect("valid settings");
    for number in 0..25 {
        (_, state) = step(state, number);
    }
    let ladder = state.chains.as_ref().map(|chains| chains.ladder().len());
    assert!(ladder > Some(1), "{ladder:?}");
    let record = Recorded::<AnyLayer>::record(&state);
    let mut restored = Recorded::<AnyLayer>::restore(record, &centered(25)).expect("a state");
    for number in 25..40 {
        (_, state) = step(state, number);
        (_, restored) = step(restored, number);
    }
    let record = Recorded::<AnyLayer>::record(&state);
    assert_eq!(record, Recorded::<AnyLayer>::record(&restored));
    let names: Vec<_> = record.tensors.keys().collect();
    let has = |name: &str| names.iter().any(|found| *found == name);
    assert!(has("chains.ladder.1.connections.0.weight"), "{names:?}");
    assert!(has("chains.differences.1"), "{names:?}");
    assert!(!has("chains.ladder.0.connections.0.weight"), "{names:?}");
}

fn machine_rows(machine: &BoltzmannMachine, rows: usize) -> Batch {
    let state = machine.random_state(rows, RandomKey::new(251));
    Batch::from(machine.visible_of(&state))
}

#[test]
fn records_that_are_no_ladder_are_refused() {
    let machine = growing(100);
    let chain = GrowingTrajectory::default();
    let state = chain.start(&machine, machine.zeros(2));
    let refused = |change: &dyn Fn(&mut Record)| {
        let mut record = Recorded::<AnyLayer>::record(&state);
        change(&mut record);
        let restored: Result<Trajectory, _> = Recorded::<AnyLayer>::restore(record, &machine);
        restored.expect_err("not a state").to_string()
    };
    let without = |name: &'static str| {
        move |record: &mut Record| {
            record.tensors.remove(name);
        }
    };
    assert_eq!(
        refused(&without("ladder.0.layers.0.loc")),
        "layers.0.loc is missing or of another type"
    );
    assert_eq!(
        refused(&without("populations.1.layers.0")),
        "layers.0 is missing or of another type"
    );
}

/// ln Z of a machine with centers, in which the ladder has grown, is that of a whole run of chains.
#[test]
fn swaps_give_the_partition_function_of_the_machine_that_trains() {
    let machine = |step: u64| {
        let mut machine = scaled(&two_modes(), (step as f64 / 60.0).min(1.0));
        machine.center_hidden();
        let options = (&machine.device(), machine.dtype());
        machine.move_center(1, Tensor::full([6], 0.3, options));
        machine
    };
    let exact = Exact::new(&machine(60)).expect("a small machine");
    let rows = machine_rows(&machine(0), 5);
    let estimator = ptt(8);
    let estimate = |seed: u64| {
        let mut state = estimator.init(&machine(0)).expect("valid settings");
        let mut found = f64::NAN;
        for number in 0..120 {
            let key = RandomKey::new(270).split(seed).split(number);
            let (step, next) = estimator.step(&machine(number), &rows, state, key);
            state = next;
            found = step.info["log_partition_ladder"].clone().into_scalar();
        }
        found
    };
    let estimates: Vec<f64> = (0..30).map(estimate).collect();
    let (_, error) = statistics::mean_and_error(&estimates);
    assert!(error < 0.05, "{error}");
    statistics::assert_mean(&estimates, exact.log_partition(), "ln Z along the ladder");
}

/// Likelihood of data in two modes, which chains of PCD would have to cross.
#[test]
fn training_climbs_the_exact_likelihood() {
    let kinds = [LayerKind::spin(6), LayerKind::spin(3)];
    let mut machine = machines::chain(&kinds, 0.01, false, RandomKey::new(260));
    let values: Vec<f32> = [1.0_f32, -1.0].into_iter().flat_map(|x| [x; 6]).collect();
    let table = paysage_data::Table::new("two modes", 6, values).expect("finite");
    let rows = machine.batch(&table, &[0, 1]);
    let pcd = ptt(20);
    let likelihood = |machine: &BoltzmannMachine| {
        let exact = Exact::new(machine).expect("a small machine");
        exact.mean_log_likelihood(&table).expect("restricted")
    };
    let before = likelihood(&machine);
    let mut state = pcd.init(&machine).expect("valid settings");
    for number in 0..400 {
        let key = RandomKey::new(261).split(number);
        let (step, next) = pcd.step(&machine, &rows, state, key);
        state = next;
        struct Descend(paysage_models::Gradient);
        impl Mapper for Descend {
            fn vector(&mut self, id: paysage_models::ParameterId, x: Tensor<1>) -> Tensor<1> {
                match self.0.vectors.remove(&id) {
                    Some(derivative) => x - derivative * 0.05,
                    None => x,
                }
            }
            fn matrix(&mut self, id: paysage_models::ParameterId, x: Tensor<2>) -> Tensor<2> {
                match self.0.matrices.remove(&id) {
                    Some(derivative) => x - derivative * 0.05,
                    None => x,
                }
            }
        }
        machine.map(&mut Descend(step.gradient));
    }
    let after = likelihood(&machine);
    // The best is −ln 2.
    assert!(before < -4.0 && after > -1.0, "from {before} to {after}");
}

#[test]
fn settings_out_of_range_are_refused() {
    let refused = |growing: GrowingTrajectory| {
        let checked: Result<(), SettingError> = Chain::<AnyLayer>::check(&growing);
        checked.expect_err("out of range").to_string()
    };
    let usual = GrowingTrajectory::default();
    assert_eq!(
        refused(GrowingTrajectory { most: 1, ..usual }),
        "the number of machines is 1, expected at least 2"
    );
    assert_eq!(
        refused(GrowingTrajectory {
            target: 1.0,
            ..usual
        }),
        "the target of the swap rate is 1, expected a number between 0 and 1"
    );
}
