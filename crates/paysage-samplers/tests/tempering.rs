//! Parallel tempering: swaps, stationarity, mixing, adaptation, and its state.

mod common;

use burn::tensor::{Bool, DType, Tensor, TensorData};
use common::{
    CHAINS, Scale, all_up, check_distribution, check_means, flat, restricted_and_deep, two_modes,
};
use paysage_kernels::RandomKey;
use paysage_layers::{AnyLayer, InverseTemperature, LayerKind};
use paysage_models::{
    Batch, BoltzmannMachine, Estimator, Exact, Info, Recorded, SettingError, State,
};
use paysage_samplers::{
    Chain, Clamp, Conditions, Gibbs, ParallelTempering, PersistentContrastiveDivergence, Replicas,
    Sampler, swap_probabilities,
};
use paysage_testkit::{Oracle, machines, statistics};

/// Three replicas at β = 1, 0.65 and 0.3.
const FROZEN: ParallelTempering = ParallelTempering {
    replicas: 3,
    lowest: 0.3,
    target: 0.3,
    adaptation: 0,
};

/// Runs steps and returns the quantities of the last one.
fn run(
    tempering: &ParallelTempering,
    machine: &BoltzmannMachine,
    state: Replicas,
    conditions: &Conditions,
    steps: u64,
    key: RandomKey,
) -> (Replicas, Info) {
    (0..steps).fold((state, Info::new()), |(state, _), step| {
        tempering.step(machine, state, conditions, key.split(step))
    })
}

fn samples(state: &Replicas) -> &State {
    <ParallelTempering as Chain<AnyLayer>>::samples(state)
}

/// The machine whose distribution at β = 1 is that of another one at β, for discrete layers and for
/// Gaussian visible units with discrete hidden ones: σ² → σ²/β, of which r = (x − center)/σ² has β.
fn at_beta(machine: &BoltzmannMachine, beta: f64) -> BoltzmannMachine {
    let mut scaled = machine.clone();
    scaled.map(&mut Scale(beta));
    if let AnyLayer::Gaussian(visible) = &machine.layers[0] {
        let mut visible = visible.clone();
        visible.log_var = visible.log_var - beta.ln();
        scaled.layers[0] = visible.into();
        scaled.connections = machine.connections.clone();
    }
    scaled
}

#[test]
fn swaps_of_all_states_are_in_detailed_balance() {
    let kinds = [LayerKind::onehot(1, 3), LayerKind::bernoulli(2)];
    let machine = machines::chain(&kinds, 1.0, true, RandomKey::new(120));
    let oracle = Oracle::of(&machine);
    let states = oracle.probabilities();
    let energies: Vec<f64> = states.iter().map(|(x, _)| oracle.energy(x)).collect();
    let betas = [1.0, 0.4];
    let distribution = |beta: f64| {
        let weights: Vec<f64> = energies.iter().map(|e| (-beta * e).exp()).collect();
        let total: f64 = weights.iter().sum();
        weights.into_iter().map(|w| w / total).collect::<Vec<_>>()
    };
    let [cold, hot] = betas.map(distribution);
    let count = energies.len();
    let places = |pair: usize| (pair / count, pair % count);
    let pairs: Vec<f64> = (0..count * count)
        .flat_map(|pair| [energies[places(pair).0], energies[places(pair).1]])
        .collect();
    let options = (&machine.device(), machine.dtype());
    let pairs = Tensor::from_data(TensorData::new(pairs, [count * count, 2]), options);
    let swap = flat(&swap_probabilities(
        pairs,
        Tensor::from_data([betas], options),
    ));
    let tolerance = match machine.dtype() {
        DType::F64 => 1e-14,
        _ => 1e-6,
    };
    for (pair, &forward) in swap.iter().enumerate() {
        let (i, j) = places(pair);
        let back = swap[j * count + i];
        let difference = cold[i] * hot[j] * forward - cold[j] * hot[i] * back;
        assert!(
            difference.abs() < tolerance,
            "states {i} and {j}: {difference}"
        );
        assert!(
            forward == 1.0 || back == 1.0,
            "not the largest probabilities"
        );
    }
}

#[test]
fn replicas_at_one_stay_in_the_distribution_of_the_machine() {
    let machines = restricted_and_deep(RandomKey::new(121));
    for (count, machine) in machines.into_iter().enumerate() {
        let key = RandomKey::new(121).split(count as u64);
        let exact = Exact::new(&machine).expect("a small machine");
        let start = |(place, beta): (u64, f64)| {
            let hot = at_beta(&machine, beta);
            let exact = Exact::new(&hot).expect("a small machine");
            exact.sample(CHAINS, key.split(10 + place))
        };
        let states: Vec<State> = [(0, 1.0), (1, 0.65), (2, 0.3)].map(start).to_vec();
        let mut state = FROZEN.start_at(&machine, &states);
        for (look, steps) in [1, 3, 12].into_iter().enumerate() {
            let (free, key) = (Conditions::default(), key.split(1 + look as u64));
            (state, _) = run(&FROZEN, &machine, state, &free, steps, key);
            let what = format!("machine {count}, look {look}");
            check_means(&machine, &exact, samples(&state), &what);
            if !matches!(machine.layers[0], AnyLayer::Gaussian(_)) {
                check_distribution(&machine, samples(&state), &what);
            }
        }
        assert_eq!(state.betas().len(), 3);
        for rate in state.swap_rates() {
            assert!((0.1..1.0).contains(&rate), "{rate}");
        }
    }
}

#[test]
fn tempering_crosses_barriers_that_gibbs_sampling_does_not() {
    const CHAINS: usize = 400;
    let machine = two_modes();
    let up = all_up(&machine, CHAINS);
    let magnetization = |state: &State| {
        let means = flat(&state.layers[0].clone().mean_dim(1));
        means.iter().map(|m| m.signum()).collect::<Vec<f64>>()
    };
    let free = Conditions::default();
    let plain = Gibbs.run(&machine, up.clone(), &free, 600, RandomKey::new(123));
    assert!(magnetization(&plain).iter().all(|&m| m == 1.0));

    let tempering = ParallelTempering {
        replicas: 8,
        adaptation: 200,
        ..ParallelTempering::default()
    };
    let state = tempering.start(&machine, up);
    let (state, info) = run(&tempering, &machine, state, &free, 600, RandomKey::new(124));
    statistics::assert_mean(&magnetization(samples(&state)), 0.0, "up less down");

    let (betas, rates) = (state.betas(), state.swap_rates());
    assert_eq!((betas.len(), rates.len()), (8, 7));
    assert_eq!(betas[0], 1.0);
    assert!(betas.is_sorted_by(|a, b| a > b), "{betas:?}");
    assert!(rates.iter().all(|&rate| rate > 0.2), "{rates:?}");
    let mean: f64 = info["swap_rate"].clone().into_scalar();
    assert!((mean - rates.iter().sum::<f64>() / 7.0).abs() < 1e-5);
    let lowest: f64 = info["lowest_beta"].clone().into_scalar();
    assert!((lowest - betas[7]).abs() < 1e-6);
}

#[test]
fn temperatures_adapt_to_the_target_and_then_stay() {
    let kinds = [LayerKind::bernoulli(40), LayerKind::bernoulli(30)];
    let machine = machines::chain(&kinds, 1.0, false, RandomKey::new(125));
    let tempering = ParallelTempering {
        replicas: 4,
        target: 0.4,
        adaptation: 300,
        ..ParallelTempering::default()
    };
    let free = Conditions::default();
    let state = tempering.start(&machine, machine.random_state(200, RandomKey::new(126)));
    let (state, _) = run(&tempering, &machine, state, &free, 300, RandomKey::new(127));
    let adapted = state.betas();
    assert!(adapted[3] > 2.0 * tempering.lowest, "{adapted:?}");
    let (state, _) = run(&tempering, &machine, state, &free, 200, RandomKey::new(128));
    assert_eq!(state.betas(), adapted);
    for rate in state.swap_rates() {
        assert!((rate - 0.4).abs() < 0.04, "{rate}");
    }
}

#[test]
fn clamped_units_and_the_temperature_of_the_conditions_apply_to_every_replica() {
    let kinds = [LayerKind::bernoulli(3), LayerKind::bernoulli(2)];
    let machine = machines::chain(&kinds, 0.8, true, RandomKey::new(130));
    let mut half = machine.clone();
    half.map(&mut Scale(0.5));
    let options = (&machine.device(), machine.dtype());
    // The first unit of every second chain is 1 and clamped, that of the others is free.
    let even: Vec<bool> = (0..CHAINS).map(|chain| chain % 2 == 0).collect();
    let mask: Vec<bool> = even.iter().flat_map(|&even| [even, false, false]).collect();
    let mask = TensorData::new(mask, [CHAINS, 3]);
    let clamp = Clamp::none().units(0, Tensor::<2, Bool>::from_data(mask, &machine.device()));
    let betas = [
        InverseTemperature::from(0.5),
        InverseTemperature::PerChain(Tensor::full([CHAINS], 0.5, options)),
    ];
    for (count, beta) in betas.into_iter().enumerate() {
        let conditions = Conditions {
            clamp: clamp.clone(),
            beta,
        };
        let mut start = machine.zeros(CHAINS);
        start.layers[0] = start.layers[0].ones_like();
        let state = FROZEN.start(&machine, start);
        let key = RandomKey::new(131).split(count as u64);
        let (state, _) = run(&FROZEN, &machine, state, &conditions, 40, key);
        let rows = flat(&Tensor::cat(samples(&state).layers.clone(), 1));
        for clamped in [true, false] {
            let states = Oracle::of(&half).probabilities().into_iter();
            let states: Vec<_> = states.filter(|(x, _)| !clamped || x[0][0] == 1.0).collect();
            let total: f64 = states.iter().map(|(_, p)| p).sum();
            let mut counts = vec![0; states.len()];
            for (row, _) in rows.chunks(5).zip(&even).filter(|(_, e)| **e == clamped) {
                let index = states.iter().position(|(state, _)| state.concat() == row);
                counts[index.expect("a state with the clamped unit")] += 1;
            }
            let probabilities: Vec<f64> = states.iter().map(|(_, p)| p / total).collect();
            statistics::assert_distribution(&counts, &probabilities, "clamped and tempered");
        }
    }
}

#[test]
fn the_negative_phase_represents_the_machine() {
    let kinds = [LayerKind::bernoulli(4), LayerKind::bernoulli(3)];
    let machine = machines::chain(&kinds, 0.8, false, RandomKey::new(132));
    let exact = Exact::new(&machine).expect("a small machine");
    let start = exact.sample(CHAINS, RandomKey::new(133));
    let (state, free) = (FROZEN.start(&machine, start), Conditions::default());
    let (phase, state, info) =
        FROZEN.negative_phase(&machine, state, &free, 20, RandomKey::new(134));
    assert_eq!((phase.averaged.as_slice(), info.len()), (&[1][..], 3));
    assert_eq!(
        flat(&phase.state.layers[0]),
        flat(&samples(&state).layers[0])
    );
    for (mean, units) in exact.means().into_iter().zip(&phase.state.layers) {
        let columns = flat(&units.clone().transpose());
        for (column, mean) in columns.chunks(CHAINS).zip(mean.into_data().iter::<f64>()) {
            statistics::assert_mean(column, mean, "a unit");
        }
    }
}

#[test]
fn a_restored_state_continues_exactly() {
    let kinds = [LayerKind::gaussian(3), LayerKind::bernoulli(4)];
    let machine = machines::chain(&kinds, 0.5, false, RandomKey::new(135));
    let pcd = PersistentContrastiveDivergence {
        chains: 7,
        steps: 2,
        ..Default::default()
    };
    let pcd = pcd.with_chain(ParallelTempering {
        replicas: 4,
        ..ParallelTempering::default()
    });
    let rows = machine.visible_of(&machine.random_state(5, RandomKey::new(136)));
    let batch = Batch::from(rows);
    let step = |state, number: u64| {
        let key = RandomKey::new(137).split(number);
        pcd.step(&machine, &batch, state, key)
    };
    let mut state = pcd.init(&machine).expect("valid settings");
    for number in 0..5 {
        (_, state) = step(state, number);
    }
    let record = Recorded::<AnyLayer>::record(&state);
    let mut restored = Recorded::<AnyLayer>::restore(record, &machine).expect("a state");
    for number in 5..10 {
        (_, state) = step(state, number);
        (_, restored) = step(restored, number);
    }
    let record = Recorded::<AnyLayer>::record(&state);
    assert_eq!(record, Recorded::<AnyLayer>::record(&restored));
    assert!(record.tensors.keys().any(|name| name == "chains.order"));
}

#[test]
fn a_record_of_other_replicas_is_refused() {
    let kinds = [LayerKind::bernoulli(3), LayerKind::bernoulli(2)];
    let machine = machines::chain(&kinds, 0.5, false, RandomKey::new(138));
    let state = FROZEN.start(&machine, machine.zeros(2));
    let refused = |change: &dyn Fn(&mut paysage_models::Record)| {
        let mut record = Recorded::<AnyLayer>::record(&state);
        change(&mut record);
        let restored: Result<Replicas, _> = Recorded::<AnyLayer>::restore(record, &machine);
        restored.expect_err("not a state").to_string()
    };
    let order = |order: Vec<f32>, shape: [usize; 2]| {
        move |record: &mut paysage_models::Record| {
            let order = TensorData::new(order.clone(), shape);
            record.tensors.insert("order".into(), order);
        }
    };
    let twice = order(vec![0.0, 1.0, 2.0, 0.0, 1.0, 1.0], [2, 3]);
    assert_eq!(refused(&twice), "order is missing or of another type");
    let narrow = order(vec![0.0, 1.0, 0.0, 1.0], [2, 2]);
    assert_eq!(refused(&narrow), "order has shape [2, 2], expected [2, 3]");
}

#[test]
fn chains_of_a_part_are_those_of_the_whole() {
    let kinds = [LayerKind::bernoulli(5), LayerKind::bernoulli(4)];
    let machine = machines::chain(&kinds, 0.8, false, RandomKey::new(139));
    let part = |start: usize, chains: usize| {
        let key = RandomKey::new(140).starting_at(start as u32);
        let state = FROZEN.start(&machine, machine.zeros(chains));
        let (state, _) = run(&FROZEN, &machine, state, &Conditions::default(), 6, key);
        flat(&samples(&state).layers[0])
    };
    assert_eq!(part(0, 10), [part(0, 4), part(4, 6)].concat());
}

#[test]
fn settings_out_of_range_are_refused() {
    let refused = |change: &dyn Fn(&mut ParallelTempering)| {
        let mut tempering = ParallelTempering::default();
        change(&mut tempering);
        let checked: Result<(), SettingError> = Chain::<AnyLayer>::check(&tempering);
        checked.expect_err("out of range").to_string()
    };
    assert_eq!(
        refused(&|t| t.replicas = 1),
        "the number of replicas is 1, expected at least 2"
    );
    assert_eq!(
        refused(&|t| t.lowest = 0.0),
        "the smallest inverse temperature is 0, expected a number between 0 and 1"
    );
    assert_eq!(
        refused(&|t| t.target = f64::NAN),
        "the target of the swap rate is NaN, expected a number between 0 and 1"
    );
}
