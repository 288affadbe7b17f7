//! Effective couplings against their definition, by sums over all states.

use burn::tensor::{Tensor, TensorData};
use paysage_inference::{Couplings, EffectiveCouplings, InferenceError};
use paysage_kernels::RandomKey;
use paysage_layers::{Domain, Layer, LayerKind};
use paysage_models::{BoltzmannMachine, Silent};
use paysage_testkit::{Precision, machines};

fn couplings(machine: &BoltzmannMachine, settings: EffectiveCouplings) -> Couplings {
    let key = RandomKey::new(840);
    settings.run(machine, key, &mut Silent).expect("couplings")
}

/// The domains of the visible sites, in order.
fn domains(machine: &BoltzmannMachine) -> Vec<Domain> {
    let spans = machine.visible_spans();
    let sites = spans.flat_map(|(layer, span)| {
        let domain = machine.layers[layer].domain();
        let count = span.len() / domain.width();
        std::iter::repeat_n(domain, count)
    });
    sites.collect()
}

/// All states of the sites, and −F of each.
fn all_states(machine: &BoltzmannMachine) -> (Vec<Vec<usize>>, Vec<f64>) {
    let domains = domains(machine);
    let mut all = vec![Vec::new()];
    for domain in &domains {
        let states = 0..domain.states().expect("finite");
        let longer = |state: usize| {
            all.iter()
                .map(move |s: &Vec<usize>| [&s[..], &[state]].concat())
        };
        all = states.flat_map(longer).collect();
    }
    let mut rows: Vec<f32> = Vec::new();
    for states in &all {
        for (domain, &state) in domains.iter().zip(states) {
            let start = rows.len();
            rows.resize(start + domain.width(), 0.0);
            domain.write_state(state, &mut rows[start..]);
        }
    }
    let data = TensorData::new(rows, [all.len(), machine.visible_units()]);
    let rows = Tensor::from_data(data, (&machine.device(), machine.dtype()));
    let energies = machine.free_energy(rows).expect("a restricted machine");
    let energies = energies.to_data().iter::<f64>().map(|f| -f).collect();
    (all, energies)
}

/// J_ij(a, b) by its definition.
fn by_definition(machine: &BoltzmannMachine, i: usize, j: usize) -> Vec<f64> {
    let (all, energies) = all_states(machine);
    let mean = |given: &[(usize, usize)]| {
        let fits = |states: &Vec<usize>| given.iter().all(|&(site, state)| states[site] == state);
        let chosen = all.iter().zip(&energies).filter(|(states, _)| fits(states));
        let (sum, count) = chosen.fold((0.0, 0.0), |(sum, n), (_, e)| (sum + e, n + 1.0));
        sum / count
    };
    let [p, q] = [i, j].map(|site| domains(machine)[site].states().expect("finite"));
    let pairs = (0..p).flat_map(|a| (0..q).map(move |b| (a, b)));
    let value = |(a, b)| mean(&[(i, a), (j, b)]) - mean(&[(i, a)]) - mean(&[(j, b)]) + mean(&[]);
    pairs.map(value).collect()
}

fn pairs(sites: usize) -> impl Iterator<Item = (usize, usize)> {
    (0..sites).flat_map(move |i| (i + 1..sites).map(move |j| (i, j)))
}

#[test]
fn small_machines_have_the_couplings_of_the_definition() {
    let precision = Precision::of_sums(machines::dtype());
    let visible = ["4", "spin:3", "onehot:3x3"];
    for (v, visible) in visible.into_iter().enumerate() {
        for (h, hidden) in machines::kinds().into_iter().enumerate() {
            for centered in [false, true] {
                let visible: LayerKind = visible.parse().expect("a kind");
                let key = RandomKey::new(841).split((10 * v + h) as u64);
                let machine = machines::chain(&[visible, hidden], 0.9, centered, key);
                let found = couplings(&machine, EffectiveCouplings::default());
                for (i, j) in pairs(found.states.len()) {
                    let block = found.between(i, j).expect("a pair");
                    let expected = by_definition(&machine, i, j);
                    assert_eq!(block.len(), expected.len());
                    for (found, expected) in block.iter().zip(expected) {
                        let what = format!("{visible} – {hidden}, centered: {centered}, {i} {j}");
                        precision.assert_close(*found, expected, &what);
                    }
                }
            }
        }
    }
}

/// Several visible layers, connected with each other and with two hidden ones.
#[test]
fn visible_layers_may_be_connected() {
    let precision = Precision::of_sums(machines::dtype());
    let kinds = machines::kinds_of("onehot:2x3,2,3,gaussian:2");
    for edges in [
        vec![(0, 1), (0, 2), (2, 1), (3, 0), (1, 3)],
        vec![(1, 0), (2, 0)],
    ] {
        let key = RandomKey::new(842);
        let machine = machines::graph(&kinds, &edges, vec![1, 0], 0.7, true, key);
        let found = couplings(&machine, EffectiveCouplings::default());
        assert_eq!(found.states, [2, 2, 3, 3]);
        for (i, j) in pairs(4) {
            let block = found.between(i, j).expect("a pair");
            for (found, expected) in block.iter().zip(by_definition(&machine, i, j)) {
                precision.assert_close(*found, expected, &format!("{i} {j}"));
            }
        }
    }
}

/// Gaussian hidden units give W Wᵀ/σ² in the zero-sum gauge, by every way of averaging.
#[test]
fn gaussian_hidden_units_give_products_of_weights() {
    let precision = Precision::of_sums(machines::dtype());
    let kinds = machines::kinds_of("onehot:4x3,gaussian:2");
    let machine = machines::chain(&kinds, 0.8, true, RandomKey::new(843));
    let mut zero_sum = machine.clone();
    zero_sum.zero_sum();
    let weights: Vec<f64> = zero_sum.connections[0].weight.to_data().iter().collect();
    let variance = machine.layers[1].gaussian().expect("Gaussian").variance;
    for enumerated in [12, 0] {
        let settings = EffectiveCouplings {
            enumerated,
            ..EffectiveCouplings::default()
        };
        let found = couplings(&machine, settings);
        for (i, j) in pairs(4) {
            let block = found.between(i, j).expect("a pair");
            for (place, found) in block.iter().enumerate() {
                let (a, b) = (3 * i + place / 3, 3 * j + place % 3);
                let product = |h: usize| weights[2 * a + h] * weights[2 * b + h] / variance[h];
                precision.assert_close(*found, product(0) + product(1), "W Wᵀ/σ²");
            }
        }
    }
}

/// The largest difference of couplings, relative to the largest coupling.
fn difference(first: &Couplings, second: &Couplings) -> f64 {
    let (mut largest, mut scale) = (0.0_f64, 0.0_f64);
    for (i, j) in pairs(first.states.len()) {
        let blocks = [first, second].map(|of| of.between(i, j).expect("a pair"));
        for (a, b) in blocks[0].iter().zip(blocks[1]) {
            largest = largest.max((a - b).abs());
            scale = scale.max(a.abs());
        }
    }
    largest / scale
}

/// Relative errors of a few percent: of the central limit theorem for a dozen sites, and of random states
/// 1/√samples.
#[test]
fn approximate_averages_are_near_the_sums() {
    let exact = EffectiveCouplings {
        enumerated: 13,
        ..EffectiveCouplings::default()
    };
    let rough = EffectiveCouplings {
        enumerated: 0,
        ..exact
    };
    for (kinds, bound) in [
        ("onehot:8x3,4", 0.03),
        ("spin:12,4", 0.03),
        ("onehot:8x3,onehot:2x2", 0.06),
    ] {
        let kinds = machines::kinds_of(kinds);
        let machine = machines::chain(&kinds, 0.6, false, RandomKey::new(844));
        let error = difference(&couplings(&machine, exact), &couplings(&machine, rough));
        assert!(error > 1e-9 && error < bound, "{kinds:?}: {error}");
    }
}

/// An Ising model as an RBM: one Gaussian hidden unit for each pair of spins, with weights √J and ±√J,
/// and one Bernoulli unit, which the couplings do not see when its weights are zero.
#[test]
fn the_couplings_of_an_ising_model_come_back() {
    let bonds = [(0, 1, 0.7), (1, 2, -0.4), (0, 3, 0.2), (2, 3, 1.1)];
    let kinds = machines::kinds_of("spin:4,gaussian:4,2");
    let edges = [(0, 1), (0, 2)];
    let mut machine = machines::graph(&kinds, &edges, vec![0], 0.0, false, RandomKey::new(845));
    let mut weights = vec![0.0; 16];
    for (unit, (i, j, strength)) in bonds.into_iter().enumerate() {
        let root = f64::abs(strength).sqrt();
        weights[4 * i + unit] = root;
        weights[4 * j + unit] = root.copysign(strength);
    }
    let options = (&machine.device(), machine.dtype());
    machine.connections[0].weight = Tensor::from_data(TensorData::new(weights, [4, 4]), options);
    let found = couplings(&machine, EffectiveCouplings::default());
    for (i, j) in pairs(4) {
        let bond = bonds.iter().find(|bond| (bond.0, bond.1) == (i, j));
        let expected = bond.map_or(0.0, |bond| bond.2);
        let block = found.between(i, j).expect("a pair");
        for (found, sign) in block.iter().zip([1.0, -1.0, -1.0, 1.0]) {
            assert!((found - sign * expected).abs() < 1e-6, "{i} {j}: {block:?}");
        }
    }
    let strongest = found.frobenius_norms(|_, _| false).ranked(1)[0];
    assert_eq!((strongest.first, strongest.second), (2, 3));
    assert!((strongest.score - 2.2).abs() < 1e-6);
}

#[test]
fn states_can_be_left_out_of_norms() {
    let kinds = machines::kinds_of("onehot:3x3,2");
    let machine = machines::chain(&kinds, 0.8, false, RandomKey::new(846));
    let found = couplings(&machine, EffectiveCouplings::default());
    let norms = found.frobenius_norms(|site, state| site != 1 && state == 2);
    let block = found.between(0, 1).expect("a pair");
    let expected = block[..6].iter().map(|x| x * x).sum::<f64>().sqrt();
    assert!((norms.get(0, 1) - expected).abs() < 1e-12);
    let block = found.between(0, 2).expect("a pair");
    let kept = [0, 1, 3, 4].map(|place| block[place] * block[place]);
    assert!((norms.get(2, 0) - kept.iter().sum::<f64>().sqrt()).abs() < 1e-12);
}

#[test]
fn machines_without_closed_form_or_states_are_refused() {
    let run = |kinds: &str, settings: EffectiveCouplings| {
        let kinds = machines::kinds_of(kinds);
        let machine = machines::chain(&kinds, 0.3, false, RandomKey::new(847));
        settings.run(&machine, RandomKey::new(848), &mut Silent)
    };
    let usual = EffectiveCouplings::default();
    let deep = run("3,2,2", usual).expect_err("deep");
    assert!(matches!(deep, InferenceError::Machine(_)));
    let real = run("gaussian:3,2", usual).expect_err("real");
    assert!(matches!(real, InferenceError::InfiniteStates { layer: 0 }));
    for settings in [
        EffectiveCouplings { points: 0, ..usual },
        EffectiveCouplings {
            samples: 0,
            ..usual
        },
        EffectiveCouplings {
            enumerated: 26,
            ..usual
        },
    ] {
        let error = run("3,2", settings).expect_err("a setting");
        assert!(matches!(error, InferenceError::Setting(_)));
    }
}
