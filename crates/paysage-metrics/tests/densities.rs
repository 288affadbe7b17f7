//! Pseudo-log-likelihoods of visible units of infinitely many values, against sums and quadrature.

use burn::tensor::{Tensor, TensorData};
use paysage_data::Table;
use paysage_kernels::{RandomKey, log_sum_exp};
use paysage_layers::{AnyLayer, LayerKind, Moments, Trainable};
use paysage_metrics::{Metric, PseudoLogLikelihood, Sites};
use paysage_models::{BoltzmannMachine, Silent};
use paysage_testkit::{Oracle, machines};

/// Values that matter of a unit, each with its weight in a sum.
fn values(kind: &str) -> Vec<(f64, f64)> {
    // Two Gauss–Legendre nodes in each of many panels.
    let panels = |low: f64, high: f64, count: u32| {
        let half = 0.5 * (high - low) / f64::from(count);
        let panel = move |k| {
            let center = low + half * f64::from(2 * k + 1);
            [-1.0, 1.0].map(|sign| (center + sign * half / 3.0_f64.sqrt(), half))
        };
        (0..count).flat_map(panel)
    };
    match kind {
        "poisson" => (0..60).map(|x| (f64::from(x), 1.0)).collect(),
        "truncexp" => panels(0.0, 1.0, 10).collect(),
        "relu" => panels(0.0, 20.0, 80).collect(),
        _ => panels(-20.0, 20.0, 160).collect(),
    }
}

/// A machine of two visible layers, of which the first one has two units of the kind, connected with each
/// other and with the hidden layer.
fn machine(kind: &str, hidden: &str) -> BoltzmannMachine {
    let kinds = machines::kinds_of(&format!("{kind}:2,1,{hidden}"));
    let edges = [(0, 1), (0, 2), (2, 1)];
    machines::graph(&kinds, &edges, vec![0, 1], 0.3, true, RandomKey::new(640))
}

fn found(machine: &BoltzmannMachine, rows: &[[f32; 3]]) -> f64 {
    let table = Table::new("rows", 3, rows.concat()).expect("finite");
    let metric = PseudoLogLikelihood { sites: Sites::All };
    let metric: &dyn Metric<AnyLayer> = &metric;
    let found = metric.run(machine, &table, RandomKey::new(0), &mut Silent);
    let found = found.expect("defined");
    assert!(found.exact);
    found.value
}

fn by_hand(machine: &BoltzmannMachine, kind: &str, rows: &[[f32; 3]]) -> f64 {
    let oracle = Oracle::of(machine);
    let log_density = |row: &[f64]| {
        let given = [(0, row[..2].to_vec()), (1, row[2..].to_vec())];
        oracle.log_sum_given(&given)
    };
    let of_row = |row: &[f32; 3]| -> f64 {
        let row = row.map(f64::from);
        let whole = log_density(&row);
        let with = |unit: usize, x: f64| {
            let mut other = row;
            other[unit] = x;
            (log_density(&other) - whole).exp()
        };
        let of_unit = |unit: usize| -> f64 {
            let terms = values(kind).into_iter();
            terms.map(|(x, weight)| weight * with(unit, x)).sum()
        };
        let sums = [of_unit(0), of_unit(1), with(2, 0.0) + with(2, 1.0)];
        -sums.iter().map(|sum| sum.ln()).sum::<f64>()
    };
    rows.iter().map(of_row).sum::<f64>() / rows.len() as f64
}

fn compare(kind: &str, hidden: &str, rows: &[[f32; 3]]) {
    let machine = machine(kind, hidden);
    let (found, expected) = (found(&machine, rows), by_hand(&machine, kind, rows));
    assert!(
        (found - expected).abs() < 2e-4,
        "{kind} below {hidden}: {found}, not {expected}"
    );
}

#[test]
fn pseudo_likelihoods_of_counts_are_ratios_of_probabilities() {
    let rows = [[0.0, 3.0, 1.0], [7.0, 1.0, 0.0]];
    for hidden in ["3", "onehot:2x3", "truncexp:1", "spin:3"] {
        compare("poisson", hidden, &rows);
    }
}

#[test]
fn pseudo_likelihoods_of_units_in_an_interval_are_ratios_of_densities() {
    let rows = [[0.0, 0.3, 1.0], [1.0, 0.9, 0.0]];
    for hidden in ["3", "gaussian:1", "poisson:1", "relu:1", "drelu:1"] {
        compare("truncexp", hidden, &rows);
    }
}

#[test]
fn pseudo_likelihoods_of_rectified_units_are_ratios_of_densities() {
    let rows = [[0.5, 3.0, 1.0], [2.0, 0.1, 0.0]];
    for hidden in ["3", "gaussian:1", "relu:1", "drelu:1"] {
        compare("relu", hidden, &rows);
    }
    let rows = [[0.5, -3.0, 1.0], [-2.0, 1.1, 0.0]];
    for kind in ["drelu", "prelu", "xrelu", "nsrelu"] {
        compare(kind, "3", &rows);
    }
    compare("drelu", "xrelu:1", &rows);
}

/// Gaussian units below rectified ones have no mixture of normal densities of one variance.
#[test]
fn pseudo_likelihoods_of_gaussian_units_below_rectified_ones_are_ratios_of_densities() {
    let rows = [[0.5, -1.5, 1.0], [-2.0, 1.1, 0.0]];
    for hidden in ["relu:1", "drelu:1"] {
        compare("gaussian", hidden, &rows);
    }
}

/// Without weights each unit has its own distribution, also where its values are large.
#[test]
fn counts_of_many_events_have_the_probabilities_of_a_poisson_distribution() {
    let kinds = [LayerKind::Poisson { units: 3 }, LayerKind::bernoulli(2)];
    let mut machine = machines::chain(&kinds, 0.0, false, RandomKey::new(641));
    let rates = [0.5_f64, 300.0, 2e5];
    machine.layers[0].start_from(&Moments {
        mean: rates.to_vec(),
        variance: rates.to_vec(),
        count: vec![1e9; 3],
    });
    let row = [2.0_f32, 290.0, 200_300.0];
    let log_factorial = |x: f64| (1..=x as u32).map(|k| f64::from(k).ln()).sum::<f64>();
    let log_probability = |(x, rate): (f64, f64)| x * rate.ln() - rate - log_factorial(x);
    let pairs = row.map(f64::from).into_iter().zip(rates);
    let expected: f64 = pairs.map(log_probability).sum();
    let found = found(&machine, &[row]);
    // ln of a rate in f32 has an error of 1e-6, times a deviation of 300 events.
    assert!((found - expected).abs() < 2e-3, "{found}, not {expected}");
}

/// ln p of the value of a unit, from free energies on a grid of this length of step.
fn by_grid(
    machine: &BoltzmannMachine,
    value: f64,
    grid: impl Iterator<Item = f64>,
    step: f64,
) -> f64 {
    let values: Vec<f64> = [value].into_iter().chain(grid).collect();
    let count = values.len();
    let options = (&machines::device(), machines::dtype());
    let rows = Tensor::<2>::from_data(TensorData::new(values, [count, 1]), options);
    let free = machine.free_energy(rows).expect("restricted");
    let free: Vec<f64> = free.into_data().iter().collect();
    -free[0] - log_sum_exp(free[1..].iter().map(|free| -free)) - step.ln()
}

fn set(parameter: &mut Tensor<1>, value: f64) {
    *parameter = parameter.full_like(value);
}

/// Hidden units of two modes that draw a visible unit to either side: the other mode has nearly all the
/// probability, far from the value of the row.
#[test]
fn modes_far_from_a_row_are_found() {
    let kinds = machines::kinds_of("gaussian:1,drelu:1");
    let mut machine = machines::chain(&kinds, 0.0, false, RandomKey::new(642));
    machine.connections[0].weight = machine.connections[0].weight.full_like(2.0);
    for (plus, minus, row) in [(510.0, -500.0, -166.0), (150.0, -140.0, -46.0)] {
        let AnyLayer::DRelu(hidden) = &mut machine.layers[1] else {
            unreachable!("the second kind")
        };
        for (parameter, value) in
            hidden
                .parameters
                .iter_mut()
                .zip([plus, minus, 10.0_f64.ln(), 10.0_f64.ln()])
        {
            set(parameter, value);
        }
        let table = Table::new("row", 1, vec![row as f32]).expect("finite");
        let metric: &dyn Metric<AnyLayer> = &PseudoLogLikelihood { sites: Sites::All };
        let found = metric.run(&machine, &table, RandomKey::new(0), &mut Silent);
        let found = found.expect("defined").value;
        let grid = (0..80_000).map(|k| -400.0 + 0.01 * f64::from(k));
        let expected = by_grid(&machine, row, grid, 0.01);
        assert!((found - expected).abs() < 1e-3, "{found}, not {expected}");
    }
}

/// Hidden units that lower the rate of counts: a bound of the rate by all weights would be e⁴⁸.
#[test]
fn counts_that_hidden_units_lower_are_found() {
    let kinds = machines::kinds_of("poisson:1,60");
    let mut machine = machines::chain(&kinds, 0.0, false, RandomKey::new(643));
    let AnyLayer::Bernoulli(hidden) = &mut machine.layers[1] else {
        unreachable!("the second kind")
    };
    set(&mut hidden.loc, -3.0);
    for weight in [-0.8, -2.0, 0.1] {
        let parameter = &mut machine.connections[0].weight;
        *parameter = parameter.full_like(weight);
        let table = Table::new("row", 1, vec![3.0]).expect("finite");
        let metric: &dyn Metric<AnyLayer> = &PseudoLogLikelihood { sites: Sites::All };
        let found = metric.run(&machine, &table, RandomKey::new(0), &mut Silent);
        let found = found.expect("defined").value;
        let expected = by_grid(&machine, 3.0, (0..3000).map(f64::from), 1.0);
        assert!((found - expected).abs() < 1e-3, "{found}, not {expected}");
    }
}
