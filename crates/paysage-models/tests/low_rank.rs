//! The low-rank start: the distribution of the projections, the means of the units and degenerate data, against
//! sums over all states of small machines.

use burn::tensor::{Tensor, TensorData};
use paysage_data::Table;
use paysage_kernels::RandomKey;
use paysage_layers::{AnyLayer, Centered, Layer, LayerKind, Stored};
use paysage_models::{BoltzmannMachine, Exact, Initialization, ParameterId, Pca, States, Visitor};
use paysage_testkit::machines;

use Initialization::{Glorot, LowRank, Stddev};

/// Uniform numbers in [0, 1): SplitMix64.
struct Uniform(u64);

impl Uniform {
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((bits ^ (bits >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }
}

/// Rows of sites with `states` states in two clusters: a fraction of the rows has state 0 at most sites, the
/// others the last state, and half of the sites a random one.
fn clusters(rows: usize, sites: usize, states: usize, fraction: f64) -> Vec<Vec<usize>> {
    let mut uniform = Uniform(7);
    let row = |_| {
        let cluster = if uniform.next() < fraction {
            0
        } else {
            states - 1
        };
        let site = |_| match uniform.next() < 0.5 {
            true => (uniform.next() * states as f64) as usize,
            false => cluster,
        };
        (0..sites).map(site).collect()
    };
    (0..rows).map(row).collect()
}

/// States of sites as rows of units of a kind.
fn table(kind: LayerKind, rows: &[Vec<usize>]) -> Table {
    let domain = layer(kind).domain();
    let mut values = Vec::new();
    for &state in rows.iter().flatten() {
        let mut site = vec![0.0; domain.width()];
        domain.write_state(state, &mut site);
        values.extend(site);
    }
    Table::new("clusters", kind.units(), values).expect("rows")
}

fn layer(kind: LayerKind) -> AnyLayer {
    AnyLayer::from_kind(&kind, (&machines::device(), machines::dtype()))
}

fn machine(kinds: &[LayerKind]) -> BoltzmannMachine {
    let layers = kinds.iter().map(|&kind| layer(kind)).collect();
    BoltzmannMachine::chain(layers).expect("valid")
}

fn started(kinds: &[LayerKind], method: Initialization, rows: &Table) -> BoltzmannMachine {
    let mut machine = machine(kinds);
    let read = machine.initialize(method, rows, RandomKey::new(3));
    read.expect("in memory");
    machine
}

/// All visible states, row by row, and their probabilities.
fn distribution(machine: &BoltzmannMachine) -> (Vec<f32>, Vec<f64>) {
    let states = States::of_layers([&machine.layers[0]]);
    let all: Vec<usize> = (0..states.count()).collect();
    let values = states.units(&all).remove(0);
    let shape = [all.len(), machine.visible_units()];
    let options = (&machine.device(), machine.dtype());
    let rows = Tensor::from_data(TensorData::new(values.clone(), shape), options);
    let energies = machine.free_energy(rows).expect("restricted");
    let energies: Vec<f64> = energies.into_data().iter().collect();
    let least = energies.iter().copied().fold(f64::INFINITY, f64::min);
    let weights = energies.iter().map(|energy| (least - energy).exp());
    let weights: Vec<f64> = weights.collect();
    let sum: f64 = weights.iter().sum();
    (values, weights.iter().map(|weight| weight / sum).collect())
}

/// The probabilities of twelve intervals of the first principal component of the rows.
fn histogram(values: &[f32], weights: &[f64], rows: &Table) -> Vec<f64> {
    const BINS: usize = 12;
    let pca = Pca { components: 1 };
    let found = pca.run(rows, &machines::device(), RandomKey::new(0));
    let found = found.expect("in memory");
    let of_rows = found.transform(rows.values());
    let low = of_rows.iter().copied().fold(f32::INFINITY, f32::min);
    let high = of_rows.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let mut bins = vec![0.0; BINS];
    for (y, weight) in found.transform(values).into_iter().zip(weights) {
        let place = (y - low) / (high - low) * BINS as f32;
        bins[(place.max(0.0) as usize).min(BINS - 1)] += weight;
    }
    bins
}

fn total_variation(p: &[f64], q: &[f64]) -> f64 {
    p.iter().zip(q).map(|(p, q)| 0.5 * (p - q).abs()).sum()
}

/// The total variation between the projections of a machine and of the rows, and the probability of the upper
/// half of the axis less that of the rows.
fn projection_errors(machine: &BoltzmannMachine, rows: &Table) -> [f64; 2] {
    let (values, weights) = distribution(machine);
    let of_machine = histogram(&values, &weights, rows);
    let even = vec![1.0 / rows.rows() as f64; rows.rows()];
    let of_rows = histogram(rows.values(), &even, rows);
    let upper = |bins: &[f64]| bins[bins.len() / 2..].iter().sum::<f64>();
    [
        total_variation(&of_machine, &of_rows),
        upper(&of_machine) - upper(&of_rows),
    ]
}

/// The largest difference of the means of a unit between a machine and the rows.
fn mean_error(machine: &BoltzmannMachine, rows: &Table) -> f64 {
    let found = Exact::new(machine).expect("small").means().remove(0);
    let found: Vec<f64> = found.into_data().iter().collect();
    let mean = |unit: usize| {
        let column = (0..rows.rows()).map(|row| f64::from(rows.row(row)[unit]));
        column.sum::<f64>() / rows.rows() as f64
    };
    let errors = found
        .iter()
        .enumerate()
        .map(|(unit, found)| (found - mean(unit)).abs());
    errors.fold(0.0, f64::max)
}

/// All parameters, one after another.
#[derive(Default)]
struct Parameters(Vec<f64>);

impl Visitor for Parameters {
    fn vector(&mut self, _: ParameterId, tensor: &Tensor<1>) {
        self.0.extend(tensor.to_data().iter::<f64>());
    }

    fn matrix(&mut self, _: ParameterId, tensor: &Tensor<2>) {
        self.0.extend(tensor.to_data().iter::<f64>());
    }
}

fn parameters(machine: &BoltzmannMachine) -> Vec<f64> {
    let mut parameters = Parameters::default();
    machine.visit(&mut parameters);
    parameters.0
}

/// Both clusters of the data are modes of the machine, with their weights and the means of the units, for binary
/// units, spins and sites of three states.
#[test]
fn the_machine_starts_with_the_modes_of_the_data() {
    let hidden = LayerKind::bernoulli(8);
    let cases = [
        (LayerKind::bernoulli(14), 14, 2),
        (LayerKind::spin(14), 14, 2),
        (LayerKind::onehot(8, 3), 8, 3),
    ];
    let mut faults = Vec::new();
    for (kind, sites, states) in cases {
        let rows = table(kind, &clusters(2000, sites, states, 0.3));
        let of = |method| started(&[kind, hidden], method, &rows);
        let [found, upper] = projection_errors(&of(LowRank), &rows);
        let others =
            [Glorot, Initialization::Pca].map(|method| projection_errors(&of(method), &rows)[0]);
        let means = mean_error(&of(LowRank), &rows);
        let is_close = found < 0.15 && upper.abs() < 0.04 && means < 0.04;
        if !is_close || others.iter().any(|other| *other < 2.0 * found) {
            faults.push(format!(
                "{kind}: {found}, {upper}, {means}; others {others:?}"
            ));
        }
    }
    assert!(faults.is_empty(), "{faults:?}");
}

/// The visible units have one distribution for 0/1 and ±1, hidden and visible, with centers and without.
#[test]
fn the_encoding_of_two_values_does_not_matter() {
    let states = clusters(500, 8, 2, 0.4);
    let mut all: Vec<(String, Vec<f64>)> = Vec::new();
    for visible in [LayerKind::bernoulli(8), LayerKind::spin(8)] {
        for hidden in ["1", "spin:1", "binomial:1x1"] {
            let hidden = hidden.parse().expect("a kind");
            for is_centered in [false, true] {
                let rows = table(visible, &states);
                let mut machine = machine(&[visible, hidden]);
                if is_centered {
                    machine.center_visible(&rows).expect("in memory");
                    let center = Tensor::full([1], 0.3, (&machine.device(), machine.dtype()));
                    machine.layers[1].set_center(Some(center));
                }
                let read = machine.initialize(LowRank, &rows, RandomKey::new(3));
                read.expect("in memory");
                let name = format!("{visible} – {hidden}, centered: {is_centered}");
                all.push((name, distribution(&machine).1));
            }
        }
    }
    for (name, probabilities) in &all {
        let distance = total_variation(probabilities, &all[0].1);
        assert!(distance < 1e-3, "{name}: {distance}");
    }
}

/// Units that are set have the weights of one direction, other units have small ones; neither the number of
/// repetitions nor the key matters for the former.
#[test]
fn only_small_weights_depend_on_the_key() {
    let kinds = [LayerKind::bernoulli(10), LayerKind::bernoulli(6)];
    let rows = table(kinds[0], &clusters(300, 10, 2, 0.5));
    let with = |key| {
        let mut machine = machine(&kinds);
        let read = machine.initialize(LowRank, &rows, RandomKey::new(key));
        read.expect("in memory");
        machine
    };
    assert_eq!(parameters(&with(1)), parameters(&with(1)));
    let weights = |machine: &BoltzmannMachine, units: std::ops::Range<usize>| -> Vec<f64> {
        let weight = machine.connections[0].weight.clone().slice([0..10, units]);
        weight.to_data().iter().collect()
    };
    let (one, other) = (with(1), with(2));
    assert_eq!(weights(&one, 0..3), weights(&other, 0..3));
    let (one, other) = (weights(&one, 3..6), weights(&other, 3..6));
    assert_ne!(one, other);
    let scale = 0.1 * (2.0_f64 / 16.0).sqrt();
    assert!(one.iter().all(|weight| weight.abs() < 4.0 * scale));
}

/// Data without a direction, or with few rows, missing columns and constant ones, give finite parameters.
#[test]
fn degenerate_data_are_no_error() {
    let gap = f32::NAN;
    let cases: [(&str, Vec<[f32; 4]>); 7] = [
        ("one row", vec![[1.0, 0.0, 1.0, 1.0]]),
        ("equal rows", vec![[1.0, 0.0, 1.0, 1.0]; 5]),
        ("two rows", vec![[1.0, 0.0, 1.0, 1.0], [0.0, 1.0, 0.0, 1.0]]),
        ("two of three equal", vec![[1.0; 4], [1.0; 4], [0.0; 4]]),
        (
            "a missing column",
            vec![
                [1.0, gap, 1.0, 1.0],
                [0.0, gap, 0.0, 1.0],
                [1.0, gap, 0.0, 0.0],
            ],
        ),
        (
            "gaps",
            vec![[1.0, gap, 1.0, gap], [gap, 0.0, 0.0, gap], [gap; 4]],
        ),
        ("nothing observed", vec![[gap; 4]; 3]),
    ];
    for (name, rows) in cases {
        let rows = Table::with_missing(name, 4, rows.concat()).expect("rows");
        for hidden in [1, 5] {
            let kinds = [4, hidden].map(LayerKind::bernoulli);
            let machine = started(&kinds, LowRank, &rows);
            let finite = parameters(&machine)
                .iter()
                .all(|x| x.is_finite() && x.abs() < 50.0);
            assert!(finite, "{name}: {:?}", parameters(&machine));
        }
    }
}

/// Missing values count as the means of their columns; a tenth of gaps leaves the modes where they are.
#[test]
fn gaps_keep_the_modes() {
    let kind = LayerKind::bernoulli(12);
    let rows = table(kind, &clusters(2000, 12, 2, 0.3));
    let mut uniform = Uniform(11);
    let values = rows.values().iter();
    let values = values.map(|&x| if uniform.next() < 0.1 { f32::NAN } else { x });
    let gaps = Table::with_missing("gaps", 12, values.collect()).expect("rows");
    let machine = started(&[kind, LayerKind::bernoulli(8)], LowRank, &gaps);
    let [distance, upper] = projection_errors(&machine, &rows);
    assert!(distance < 0.25 && upper.abs() < 0.06, "{distance}, {upper}");
}

/// Two clusters of real columns: the start is better than that of random weights by half of the entropy of the
/// clusters at least, and the deviations of the units lack the distance of the clusters.
#[test]
fn clusters_of_real_columns_are_modes() {
    let mut uniform = Uniform(5);
    let row = |_| {
        let center = if uniform.next() < 0.25 { -3.0 } else { 1.0 };
        std::array::from_fn(|_| {
            let noise = (0..12).map(|_| uniform.next()).sum::<f64>() - 6.0;
            (center + noise) as f32
        })
    };
    let rows: Vec<[f32; 6]> = (0..1000).map(row).collect();
    let rows = Table::new("clusters", 6, rows.concat()).expect("rows");
    let kinds = [LayerKind::gaussian(6), LayerKind::bernoulli(6)];
    let likelihood = |method| {
        let machine = started(&kinds, method, &rows);
        let exact = Exact::new(&machine).expect("small");
        exact.mean_log_likelihood(&rows).expect("rows")
    };
    let [found, other] = [LowRank, Stddev].map(likelihood);
    assert!(found > other + 1.0, "{found}, {other}");
}

/// Connections above the first hidden layer start as Glorot, and hidden units of other kinds as Pca.
#[test]
fn other_machines_start_as_documented() {
    let visible = LayerKind::bernoulli(10);
    let rows = table(visible, &clusters(200, 10, 2, 0.5));
    let deep = [visible, LayerKind::bernoulli(6), LayerKind::bernoulli(3)];
    let upper = |method| {
        let weight = started(&deep, method, &rows).connections.remove(1).weight;
        weight.to_data().iter::<f64>().collect::<Vec<f64>>()
    };
    assert_eq!(upper(LowRank), upper(Glorot));
    for hidden in ["gaussian:4", "onehot:2x2", "relu:4"] {
        let kinds = [visible, hidden.parse().expect("a kind")];
        let [found, expected] = [LowRank, Initialization::Pca]
            .map(|method| parameters(&started(&kinds, method, &rows)));
        assert_eq!(found, expected, "{hidden}");
    }
}

/// A weight of a row is a number of repetitions.
#[test]
fn weights_are_repetitions() {
    let kinds = [8, 4].map(LayerKind::bernoulli);
    let states = clusters(60, 8, 2, 0.4);
    let weights: Vec<f32> = (0..60).map(|row| (1 + row % 3) as f32).collect();
    let pairs = states.iter().zip(&weights);
    let repeated = pairs.flat_map(|(row, weight)| vec![row.clone(); *weight as usize]);
    let repeated = table(kinds[0], &repeated.collect::<Vec<_>>());
    let weighted = table(kinds[0], &states).with_weights(weights);
    let all = [weighted.expect("weights"), repeated];
    let [found, expected] = all.map(|rows| distribution(&started(&kinds, LowRank, &rows)).1);
    let distance = total_variation(&found, &expected);
    assert!(distance < 1e-4, "{distance}");
}

/// A connection with the hidden layer as its target starts as one with the visible layer as its target.
#[test]
fn the_direction_of_a_connection_does_not_matter() {
    let kinds = [8, 1].map(LayerKind::bernoulli);
    let rows = table(kinds[0], &clusters(500, 8, 2, 0.3));
    let probabilities = [(0, 1), (1, 0)].map(|edge| {
        let key = RandomKey::new(0);
        let mut machine = machines::graph(&kinds, &[edge], vec![0], 0.0, false, key);
        let read = machine.initialize(LowRank, &rows, RandomKey::new(1));
        read.expect("in memory");
        distribution(&machine).1
    });
    assert!(total_variation(&probabilities[0], &probabilities[1]) < 1e-6);
}
