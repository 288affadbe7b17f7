//! Energies, sums and gradients against formulas written a second time.

use burn::tensor::TensorData;
use paysage_data::Table;
use paysage_kernels::RandomKey;
use paysage_layers::{Conditional, InverseTemperature, Layer, LayerKind};
use paysage_models::{BoltzmannMachine, Exact, ExactError, ParameterId, Phase, State};
use paysage_testkit::{Oracle, Precision, check_gradient, machines, row_of, statistics};

/// 1e-9 in f64; what f32 can show otherwise.
fn close(found: f64, expected: f64, what: &str) {
    Precision::of_sums(machines::dtype()).assert_close(found, expected, what);
}

fn all_close(found: TensorData, expected: TensorData, what: &str) {
    for (found, expected) in found.iter::<f64>().zip(expected.iter::<f64>()) {
        close(found, expected, what);
    }
}

/// Equally weighted rows.
fn phase(state: &State, averaged: &[usize]) -> Phase {
    Phase {
        averaged: averaged.to_vec(),
        ..Phase::of(state.clone())
    }
}

fn small_pairs() -> impl Iterator<Item = (String, BoltzmannMachine)> {
    machines::all_pairs()
        .into_iter()
        .enumerate()
        .flat_map(|(count, kinds)| {
            // Two Gaussian sides of one unit each keep the grid of the oracle small.
            let kinds = kinds.map(|kind| match kind {
                LayerKind::Gaussian { .. } => LayerKind::gaussian(1),
                other => other,
            });
            [false, true].map(|centered| {
                let key = RandomKey::new(30).split(count as u64);
                let name = format!("{} – {}, centered: {centered}", kinds[0], kinds[1]);
                (name, machines::chain(&kinds, 0.4, centered, key))
            })
        })
}

#[test]
fn energies_of_all_pairs_follow_the_formula() {
    for (name, machine) in small_pairs() {
        let state = machine.random_state(5, RandomKey::new(31));
        let oracle = Oracle::of(&machine);
        let energies = machine.energy(&state).into_data();
        for (row, energy) in energies.iter::<f64>().enumerate() {
            close(energy, oracle.energy(&row_of(&state, row)), &name);
        }
    }
}

#[test]
fn log_partitions_of_all_pairs_are_sums_over_states() {
    for (name, machine) in small_pairs() {
        let exact = Exact::new(&machine).expect("a small machine");
        close(
            exact.log_partition(),
            Oracle::of(&machine).log_partition(),
            &name,
        );
    }
}

#[test]
fn free_energies_of_all_pairs_are_sums_over_hidden_states() {
    for (name, machine) in small_pairs() {
        let state = machine.random_state(3, RandomKey::new(32));
        let free = machine
            .free_energy(machine.visible_of(&state))
            .expect("restricted");
        let oracle = Oracle::of(&machine);
        for (row, free) in free.into_data().iter::<f64>().enumerate() {
            let visible = row_of(&state, row).remove(0);
            close(-free, oracle.log_sum_given(&[(0, visible)]), &name);
        }
    }
}

fn three_layers() -> BoltzmannMachine {
    let kinds = machines::kinds_of("3,onehot:1x3,gaussian:1");
    machines::chain(&kinds, 0.5, true, RandomKey::new(33))
}

fn loop_of_three() -> BoltzmannMachine {
    let kinds = [LayerKind::bernoulli(2); 3];
    let edges = [(0, 1), (2, 1), (0, 2)];
    machines::graph(&kinds, &edges, vec![0, 2], 0.6, false, RandomKey::new(34))
}

/// Gaussian layers that meet, under a discrete one.
fn gaussian_block() -> BoltzmannMachine {
    let kinds = machines::kinds_of("gaussian:1,gaussian:1,2");
    machines::graph(
        &kinds,
        &[(0, 1), (1, 2)],
        vec![0],
        0.4,
        true,
        RandomKey::new(35),
    )
}

/// Two machines side by side, one of them deep, and a layer that meets no other.
fn apart() -> BoltzmannMachine {
    let kinds = machines::kinds_of("2,onehot:1x3,3,gaussian:1,2,1");
    let edges = [(0, 2), (2, 4), (1, 3)];
    machines::graph(&kinds, &edges, vec![0, 1], 0.5, true, RandomKey::new(45))
}

#[test]
fn deep_and_looped_machines_are_summed_too() {
    for machine in [three_layers(), loop_of_three(), gaussian_block(), apart()] {
        let exact = Exact::new(&machine).expect("a small machine");
        let oracle = Oracle::of(&machine);
        close(exact.log_partition(), oracle.log_partition(), "ln Z");
        let state = machine.random_state(2, RandomKey::new(36));
        let rows = machine.visible_of(&state);
        let values: Vec<f32> = rows.to_data().iter().collect();
        let table = Table::new("rows", machine.visible_units(), values).expect("finite");
        let likelihoods = exact.log_likelihood(&table).expect("small");
        for (row, likelihood) in likelihoods.into_iter().enumerate() {
            // The table holds f32: the oracle must see the same.
            let mut units = table.row(row).iter().map(|&x| f64::from(x));
            let given: Vec<(usize, Vec<f64>)> = machine
                .visible
                .iter()
                .map(|&l| {
                    let width = machine.layers[l].units();
                    (l, units.by_ref().take(width).collect())
                })
                .collect();
            let expected = oracle.log_sum_given(&given) - oracle.log_partition();
            close(likelihood, expected, "ln p(v)");
        }
    }
}

#[test]
fn model_gradients_are_minus_the_derivatives_of_ln_z() {
    let deep = [three_layers(), loop_of_three(), gaussian_block(), apart()];
    let pairs = small_pairs().map(|(_, machine)| machine);
    for machine in pairs.chain(deep) {
        let gradient = Exact::new(&machine).expect("small").model_gradient();
        check_gradient(
            &machine,
            &gradient,
            Precision::of(machine.dtype()),
            |moved| -Exact::new(moved).expect("small").log_partition(),
        );
    }
}

#[test]
fn energy_gradients_are_derivatives_of_the_energy() {
    for machine in small_pairs()
        .map(|(_, machine)| machine)
        .chain([loop_of_three()])
    {
        let state = machine.random_state(4, RandomKey::new(37));
        let gradient = machine.energy_gradient(&phase(&state, &[]));
        check_gradient(
            &machine,
            &gradient,
            Precision::of(machine.dtype()),
            |moved| moved.energy(&state).mean().into_scalar::<f64>(),
        );
    }
}

#[test]
fn averaged_gradients_are_derivatives_of_the_free_energy() {
    for (_, machine) in small_pairs() {
        let mut state = machine.random_state(4, RandomKey::new(38));
        let rows = machine.visible_of(&state);
        let field = machine.field(1, &state);
        state.layers[1] = machine.layers[1].mean(field, &InverseTemperature::ONE);
        let gradient = machine.energy_gradient(&phase(&state, &[1]));
        check_gradient(
            &machine,
            &gradient,
            Precision::of(machine.dtype()),
            |moved| {
                let free = moved.free_energy(rows.clone()).expect("restricted");
                free.mean().into_scalar::<f64>()
            },
        );
    }
}

#[test]
fn the_gradient_is_the_difference_of_its_phases() {
    for (_, machine) in small_pairs() {
        let data = machine.random_state(3, RandomKey::new(43));
        let model = machine.random_state(5, RandomKey::new(44));
        let [data, model] = [phase(&data, &[1]), phase(&model, &[0])];
        let found = machine.gradient(&data, &model);
        let [data, model] = [data, model].map(|phase| machine.energy_gradient(&phase));
        for (id, found) in &found.vectors {
            let difference = data.vectors[id].clone() - model.vectors[id].clone();
            all_close(found.to_data(), difference.into_data(), &id.to_string());
        }
        for (id, found) in &found.matrices {
            let difference = data.matrices[id].clone() - model.matrices[id].clone();
            all_close(found.to_data(), difference.into_data(), &id.to_string());
        }
    }
}

#[test]
fn frozen_parameters_have_no_gradient() {
    let mut machine = three_layers();
    let [visible, hidden] = [0, 1].map(|layer| ParameterId::layer(layer, "loc"));
    machine.freeze(visible).expect("a parameter");
    let state = machine.random_state(2, RandomKey::new(39));
    let gradient = machine.energy_gradient(&phase(&state, &[]));
    assert!(!gradient.vectors.contains_key(&visible));
    assert!(gradient.vectors.contains_key(&hidden));
}

#[test]
fn means_and_samples_agree_with_the_sum() {
    const DRAWS: usize = 20_000;
    for machine in [three_layers(), gaussian_block(), apart()] {
        let exact = Exact::new(&machine).expect("small");
        let drawn = exact.sample(DRAWS, RandomKey::new(40));
        for (mean, sample) in exact.means().into_iter().zip(drawn.layers) {
            let columns: Vec<f64> = sample.transpose().into_data().iter().collect();
            for (column, mean) in columns.chunks(DRAWS).zip(mean.into_data().iter::<f64>()) {
                statistics::assert_mean(column, mean, "an exact sample");
            }
        }
    }
}

#[test]
fn machines_that_cannot_be_summed_are_refused() {
    let wide = [LayerKind::bernoulli(26); 2];
    let machine = machines::chain(&wide, 0.1, false, RandomKey::new(41));
    let error = Exact::new(&machine).expect_err("too many states");
    assert!(matches!(error, ExactError::TooManyStates { limit: 25, .. }));

    let pair = [LayerKind::gaussian(1); 2];
    let mut machine = machines::chain(&pair, 0.0, false, RandomKey::new(42));
    machine.connections[0].weight = machine.connections[0].weight.ones_like() * 1.01;
    let error = Exact::new(&machine).expect_err("not normalizable");
    assert_eq!(error, ExactError::NotNormalizable { layers: vec![0, 1] });
    assert_eq!(machine.check_normalizable(), Err(error));
}

#[test]
fn too_many_states_do_not_hide_that_there_is_no_sum() {
    let kinds = machines::kinds_of("gaussian:2,gaussian:1,30,30");
    let mut machine = machines::chain(&kinds, 0.0, false, RandomKey::new(46));
    machine.connections[0].weight = machine.connections[0].weight.ones_like();
    let refused = ExactError::NotNormalizable { layers: vec![0, 1] };
    assert_eq!(Exact::new(&machine).expect_err("no sum"), refused);
    machine.connections[0].weight = machine.connections[0].weight.clone() * 0.7;
    assert_eq!(machine.check_normalizable(), Ok(()));
}

#[test]
fn sums_over_layers_apart_do_not_multiply() {
    let kinds = [LayerKind::bernoulli(14); 4];
    let edges = [(0, 1), (2, 3)];
    let visible = vec![0, 2];
    let machine = machines::graph(&kinds, &edges, visible, 0.3, false, RandomKey::new(47));
    assert_eq!(Exact::log2_states(&machine).expect("discrete"), (15.0, 0.0));
    let whole = Exact::new(&machine).expect("two small sums");
    let half = |first: usize| {
        let layers = machine.layers[first..first + 2].to_vec();
        let mut half = BoltzmannMachine::chain(layers).expect("a pair");
        half.connections[0].weight = machine.connections[first / 2].weight.clone();
        Exact::new(&half).expect("small").log_partition()
    };
    close(
        whole.log_partition(),
        half(0) + half(2),
        "ln Z of two machines",
    );
}

/// The check before a sum finds what the factorization of the whole finds, whatever it eliminates.
#[test]
fn machines_are_found_normalizable_as_soon_as_they_are() {
    let kinds = [2, 3, 1].map(|units| LayerKind::Gaussian { units });
    let rings = [&[(0, 1), (2, 1)][..], &[(0, 1), (2, 1), (0, 2)]];
    let mut both = [0, 0];
    for (seed, edges) in (0..20).flat_map(|seed| rings.map(|edges| (seed, edges))) {
        let key = RandomKey::new(300).split(seed);
        let machine = machines::graph(&kinds, edges, vec![0], 0.6, seed % 2 == 0, key);
        let expected = Exact::new(&machine).map(|_| ());
        assert_eq!(machine.check_normalizable(), expected, "seed {seed}");
        both[usize::from(expected.is_ok())] += 1;
    }
    assert!(both.iter().all(|&count| count >= 5), "{both:?}");
}
