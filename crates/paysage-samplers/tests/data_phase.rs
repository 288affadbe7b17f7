//! The positive phase against the exact gradient of the log-likelihood of the observed values.

use burn::tensor::{Bool, Tensor, TensorData};
use paysage_kernels::RandomKey;
use paysage_layers::{Centered, Domain, Layer, LayerKind, Trainable};
use paysage_models::{Batch, BoltzmannMachine, Estimator, Exact, Recorded};
use paysage_samplers::{
    ContrastiveDivergence, DataPhase, PersistentContrastiveDivergence, PersistentState, RowChains,
};
use paysage_testkit::{Oracle, Precision, check_gradient, machines, statistics::SIGMAS};

const CHAINS: usize = 20_000;

/// A row, with nothing where a value is missing.
type Row = Vec<Option<f64>>;

/// A row of numbers, NaN where one is missing.
fn row(values: &[f64]) -> Row {
    values.iter().map(|x| (!x.is_nan()).then_some(*x)).collect()
}

const MISSING: f64 = f64::NAN;

/// A table of so many rows, these again and again, as one batch.
fn batch(machine: &BoltzmannMachine, rows: &[Row], count: usize) -> Batch {
    let shape = [count, rows[0].len()];
    let all: Vec<Option<f64>> = rows.iter().cycle().take(count).flatten().copied().collect();
    let values: Vec<f64> = all.iter().map(|x| x.unwrap_or(0.0)).collect();
    let known: Vec<bool> = all.iter().map(Option::is_some).collect();
    let options = (&machine.device(), machine.dtype());
    let mut batch = Batch::from(Tensor::from_data(TensorData::new(values, shape), options));
    if known.contains(&false) {
        let mask = TensorData::new(known, shape);
        batch.known = Some(Tensor::<2, Bool>::from_data(mask, &machine.device()));
    }
    batch
}

/// All states of one layer that agree with what is known of it; nothing where nothing is.
fn completions(domain: &Domain, known: &[Option<f64>]) -> Option<Vec<Vec<f64>>> {
    if known.iter().all(Option::is_none) {
        return None;
    }
    let Some(states) = domain.states() else {
        let whole: Option<Vec<f64>> = known.iter().copied().collect();
        return Some(vec![
            whole.expect("real layers are known or not as a whole"),
        ]);
    };
    let option = |index: usize| {
        let mut site = vec![0.0; domain.width()];
        domain.write_state(index, &mut site);
        site.into_iter().map(f64::from).collect()
    };
    let options: Vec<Vec<f64>> = (0..states).map(option).collect();
    let sites = known.chunks(options[0].len());
    Some(sites.fold(vec![Vec::new()], |begun, site| {
        let agrees = |option: &&Vec<f64>| {
            let mut pairs = option.iter().zip(site);
            pairs.all(|(x, known)| known.is_none_or(|known| known == *x))
        };
        let longer = |state: &Vec<f64>| {
            let fits = options.iter().filter(agrees);
            let states = fits.map(|option| [state.as_slice(), option].concat());
            states.collect::<Vec<_>>()
        };
        begun.iter().flat_map(longer).collect()
    }))
}

/// ln p(known) of a row, by sums over everything else.
fn log_likelihood(machine: &BoltzmannMachine, row: &Row) -> f64 {
    let oracle = Oracle::of(machine);
    let mut start = 0;
    let mut given: Vec<Vec<(usize, Vec<f64>)>> = vec![Vec::new()];
    for &layer in &machine.visible {
        let end = start + machine.layers[layer].units();
        if let Some(states) = completions(&machine.layers[layer].domain(), &row[start..end]) {
            let with = |before: &Vec<(usize, Vec<f64>)>| {
                let states = states.iter().cloned();
                let longer = states.map(|state| [before.as_slice(), &[(layer, state)]].concat());
                longer.collect::<Vec<_>>()
            };
            given = given.iter().flat_map(with).collect();
        }
        start = end;
    }
    let sums = given.iter().map(|given| oracle.log_sum_given(given).exp());
    sums.sum::<f64>().ln() - oracle.log_partition()
}

/// Long clamped chains, and model chains in equilibrium, give the gradient of the likelihood of
/// what is known: from fresh chains and from those that were kept. `spread` bounds the deviation of
/// what the gradient averages.
fn check(machine: &BoltzmannMachine, rows: &[Row], spread: f64, key: RandomKey) {
    let exact = Exact::new(machine).expect("a small machine");
    let estimator = PersistentContrastiveDivergence {
        data: DataPhase::Gibbs { sweeps: 30 },
        ..Default::default()
    };
    let mut state = PersistentState {
        chains: Some(exact.sample(CHAINS, key.split(0))),
        ..Default::default()
    };
    let batch = batch(machine, rows, CHAINS);
    let precision = Precision {
        tolerance: SIGMAS * spread / (CHAINS as f64).sqrt(),
        ..Precision::of(machine.dtype())
    };
    for visit in 1..3 {
        let step;
        (step, state) = estimator.step(machine, &batch, state, key.split(visit));
        check_gradient(machine, &step.gradient, precision, |moved| {
            let logs = rows.iter().map(|row| log_likelihood(moved, row));
            -logs.sum::<f64>() / rows.len() as f64
        });
    }
}

#[test]
fn clamped_chains_give_the_gradient_of_a_deep_machine() {
    let kinds = machines::kinds_of("3,2,onehot:1x3");
    let machine = machines::chain(&kinds, 0.8, true, RandomKey::new(300));
    let rows = [row(&[1.0, 1.0, 0.0]), row(&[0.0, 1.0, 0.0])];
    check(&machine, &rows, 1.0, RandomKey::new(301));
}

#[test]
fn clamped_chains_give_the_gradient_of_graphs() {
    let rows = [row(&[1.0, 1.0, 0.0]), row(&[0.0, MISSING, 0.0])];
    let kinds = machines::kinds_of("3,2,2");
    let (skip, joined) = ([(0, 1), (1, 2), (0, 2)], [(0, 1), (1, 2)]);
    let machine = machines::graph(&kinds, &skip, vec![0], 0.8, false, RandomKey::new(302));
    check(&machine, &rows, 1.0, RandomKey::new(303));
    let rows = [
        row(&[1.0, 1.0, 0.0, 1.0, MISSING]),
        row(&[0.0, MISSING, 0.0, 0.0, 1.0]),
    ];
    let machine = machines::graph(&kinds, &joined, vec![0, 2], 0.8, false, RandomKey::new(304));
    check(&machine, &rows, 1.0, RandomKey::new(305));
    // Also where visible layers meet, so that a sweep does not begin with all of them.
    let machine = machines::graph(&kinds, &skip, vec![0, 2], 0.8, false, RandomKey::new(306));
    check(&machine, &rows, 1.0, RandomKey::new(307));
}

#[test]
fn missing_units_of_a_restricted_machine_are_summed_over() {
    let machine = machines::chain(
        &[LayerKind::bernoulli(4), LayerKind::bernoulli(3)],
        0.8,
        true,
        RandomKey::new(308),
    );
    let rows = [
        row(&[1.0, MISSING, MISSING, 0.0]),
        row(&[MISSING, MISSING, MISSING, MISSING]),
        row(&[0.0, 1.0, 1.0, 0.0]),
    ];
    check(&machine, &rows, 1.0, RandomKey::new(309));
}

#[test]
fn missing_units_of_other_kinds_are_summed_over() {
    let kinds = machines::kinds_of("gaussian:1,onehot:2x3,2");
    let edges = [(0, 2), (1, 2)];
    let machine = machines::graph(&kinds, &edges, vec![0, 1], 0.4, false, RandomKey::new(310));
    let rows = [
        row(&[0.7, 1.0, 0.0, 0.0, MISSING, MISSING, MISSING]),
        // Of one site it is known only what it is not.
        row(&[MISSING, MISSING, 0.0, MISSING, 0.0, 0.0, 1.0]),
        row(&[-0.4, 0.0, 0.0, 1.0, 0.0, 1.0, 0.0]),
    ];
    check(&machine, &rows, 2.0, RandomKey::new(311));
}

/// Where nothing joins the units that are summed over, mean field is exact.
#[test]
fn mean_field_is_exact_where_units_are_independent() {
    let kinds = machines::kinds_of("gaussian:1,2,2");
    let mut machine = machines::graph(
        &kinds,
        &[(0, 2), (1, 2)],
        vec![0, 1],
        0.5,
        false,
        RandomKey::new(312),
    );
    // The real unit meets no hidden one.
    machine.connections.remove(0);
    let exact = Exact::new(&machine).expect("a small machine");
    let key = RandomKey::new(313);
    let estimator = PersistentContrastiveDivergence::default();
    let state = PersistentState {
        chains: Some(exact.sample(CHAINS, key.split(0))),
        ..Default::default()
    };
    let rows = [row(&[MISSING, 1.0, 0.0]), row(&[0.3, 0.0, 0.0])];
    let batch = batch(&machine, &rows, CHAINS);
    let (step, _) = estimator.step(&machine, &batch, state, key.split(1));
    let gradient = step.gradient;
    let precision = Precision {
        tolerance: SIGMAS * 2.0 / (CHAINS as f64).sqrt(),
        ..Precision::of(machine.dtype())
    };
    check_gradient(&machine, &gradient, precision, |moved| {
        let logs = rows.iter().map(|row| log_likelihood(moved, row));
        -logs.sum::<f64>() / rows.len() as f64
    });
}

#[test]
fn known_rows_of_a_restricted_machine_need_no_walk() {
    let machine = machines::chain(
        &[LayerKind::bernoulli(4), LayerKind::bernoulli(3)],
        0.8,
        true,
        RandomKey::new(314),
    );
    let batch = batch(&machine, &[row(&[1.0, 0.0, 1.0, 1.0])], 10);
    let gradient = |data| {
        let cd = ContrastiveDivergence {
            steps: 2,
            data,
            ..Default::default()
        };
        let key = RandomKey::new(315);
        let (step, state) = cd.step(&machine, &batch, RowChains::default(), key);
        assert!(state.is_empty(), "chains that are of no use");
        let matrices = step.gradient.matrices.into_values();
        matrices.map(Tensor::into_data).collect::<Vec<_>>()
    };
    assert_eq!(
        gradient(DataPhase::default()),
        gradient(DataPhase::Gibbs { sweeps: 7 })
    );
}

/// The bits of the gradients of steps that see half of the rows each, stopped and resumed, or not.
#[test]
fn chains_of_rows_continue_from_a_record_to_the_bit() {
    let kinds = machines::kinds_of("3,gaussian:2,2");
    let machine = machines::chain(&kinds, 0.3, false, RandomKey::new(316));
    let whole = batch(
        &machine,
        &[row(&[1.0, 0.0, 1.0]), row(&[0.0, 0.0, 1.0])],
        10,
    );
    let half = |start: usize| Batch {
        rows: whole.rows.clone().narrow(0, start, 5),
        indices: (start..start + 5).collect(),
        ..whole.clone()
    };
    let cd = ContrastiveDivergence {
        data: DataPhase::Gibbs { sweeps: 2 },
        ..Default::default()
    };
    let gradients = |resumed_at: Option<u64>| {
        let mut state = RowChains::default();
        let mut all = Vec::new();
        for count in 0..6 {
            if resumed_at == Some(count) {
                let record = Recorded::<paysage_layers::AnyLayer>::record(&state);
                assert!(record.tensors.contains_key("layers.1"));
                state = Recorded::restore(record, &machine).expect("restored");
            }
            let batch = half(5 * (count as usize % 2));
            let step;
            (step, state) = cd.step(&machine, &batch, state, RandomKey::new(317).split(count));
            let matrices = step.gradient.matrices.into_values();
            all.extend(matrices.map(Tensor::into_data));
        }
        all
    };
    let without = gradients(None);
    // Where one half has no chains yet, and where both have.
    assert_eq!(without, gradients(Some(1)));
    assert_eq!(without, gradients(Some(4)));
}

/// Two modes that a chain does not leave, and rows that are told once in which they are: they go on in
/// it, whoever comes into the batch.
#[test]
fn chains_go_on_beside_rows_that_have_none() {
    let kinds = [LayerKind::bernoulli(2), LayerKind::bernoulli(1)];
    let mut machine = machines::chain(&kinds, 0.0, true, RandomKey::new(90));
    for layer in &mut machine.layers {
        let ones = layer.parameters().swap_remove(0).1.ones_like();
        layer.set_center(Some(ones.clone() * 0.5));
        *layer.parameters_mut().swap_remove(0).1 = ones * 0.0;
    }
    let weight = &mut machine.connections[0].weight;
    *weight = weight.ones_like() * 60.0;
    let phase = DataPhase::Gibbs { sweeps: 1 };
    let mut chains = RowChains::default();
    let mut draw = |count: usize, told: bool, step: u64| -> Vec<f64> {
        let mode = |row: usize| if told { (row % 2) as f64 } else { MISSING };
        let rows: Vec<Row> = (0..30).map(|i| row(&[MISSING, mode(i)])).collect();
        let mut batch = batch(&machine, &rows, count);
        batch.of = 100;
        // The last one is new.
        batch.indices[count - 1] = 30 + step as usize;
        let state = phase.draw(
            &machine,
            &batch,
            &mut chains,
            RandomKey::new(91).split(step),
        );
        let first = state.layers[0].clone().narrow(1, 0, 1);
        first.into_data().iter().take(30).collect()
    };
    let modes: Vec<f64> = (0..30).map(|row| f64::from(row % 2)).collect();
    assert_eq!(draw(31, true, 0), modes);
    for step in 1..6 {
        assert_eq!(draw(31, false, step), modes, "step {step}");
    }
}
