//! The ELBO against the exact log-likelihood.

use paysage_data::Table;
use paysage_kernels::RandomKey;
use paysage_layers::LayerKind;
use paysage_metrics::{Elbo, Interval, Metric};
use paysage_models::{BoltzmannMachine, Exact, Silent};
use paysage_samplers::hidden_means;
use paysage_testkit::{Oracle, Precision, machines};

const ROWS: [[f32; 3]; 3] = [[1.0, 0.0, 0.0], [0.0, 1.0, 1.0], [1.0, 1.0, 0.0]];

fn table() -> Table {
    Table::new("rows", 3, ROWS.concat()).expect("finite")
}

fn run(elbo: Elbo, machine: &BoltzmannMachine) -> f64 {
    let found = elbo.run(machine, &table(), RandomKey::new(0), &mut Silent);
    found.expect("defined for all machines").value
}

/// The bound, and the log-likelihood.
fn bound_and_likelihood(machine: &BoltzmannMachine) -> (f64, f64) {
    let exact = Exact::new(machine).expect("a small machine");
    let log_partition = exact.log_partition();
    let bound = Elbo {
        log_partition: Interval::exactly(log_partition),
    };
    let bound = run(bound, machine);
    let exact = exact.mean_log_likelihood(&table()).expect("few states");
    (bound, exact)
}

#[test]
fn it_is_the_likelihood_where_no_hidden_layers_are_connected() {
    for (count, hidden) in machines::kinds().into_iter().enumerate() {
        let kinds = [LayerKind::bernoulli(3), hidden, hidden];
        let edges = [(0, 1), (2, 0)];
        let key = RandomKey::new(400).split(count as u64);
        let machine = machines::graph(&kinds, &edges, vec![0], 0.7, true, key);
        let (bound, exact) = bound_and_likelihood(&machine);
        Precision::of(machine.dtype()).assert_close(bound, exact, &hidden.to_string());
    }
}

/// Below it in deep machines and on loops, and close to it where hidden layers are coupled weakly:
/// the gap is of second order in their weights.
#[test]
fn it_is_below_the_likelihood_of_deep_machines() {
    let chain: &[(usize, usize)] = &[(0, 1), (1, 2)];
    let skip: &[(usize, usize)] = &[(0, 1), (2, 1), (0, 2)];
    for (count, [first, second]) in machines::all_pairs().into_iter().enumerate() {
        for edges in [chain, skip] {
            let kinds = [LayerKind::bernoulli(3), first, second];
            let key = RandomKey::new(401).split(count as u64);
            let mut machine = machines::graph(&kinds, edges, vec![0], 0.4, true, key);
            let what = format!("{first} – {second}, {edges:?}");
            let (bound, exact) = bound_and_likelihood(&machine);
            let gap = exact - bound;
            assert!(gap > 1e-6, "{what}: {bound} against {exact}");
            machine.connections[1].weight.inplace(|weight| weight * 0.1);
            let (bound, exact) = bound_and_likelihood(&machine);
            assert!(bound < exact + 1e-5, "{what}: {bound} against {exact}");
            assert!(exact - bound < 0.05 * gap + 1e-5, "{what}: a gap of {gap}");
        }
    }
}

/// Σ_h q(h) (−E(v, h) − ln q(h)), state by state.
#[test]
fn it_is_an_average_over_independent_units() {
    let kinds = [3, 3, 2].map(|units| LayerKind::Bernoulli { units });
    let machine = machines::chain(&kinds, 0.8, true, RandomKey::new(402));
    let oracle = Oracle::of(&machine);
    let mut expected = 0.0;
    for row in ROWS {
        let rows = Table::new("row", 3, row.to_vec()).expect("finite");
        let means = hidden_means(&machine, machine.rows(&rows, &[0]));
        let mean = |layer: usize| -> Vec<f64> { means.layers[layer].to_data().iter().collect() };
        let means = [mean(1), mean(2)].concat();
        let row = row.map(f64::from).to_vec();
        for state in 0..32_u32 {
            let bits: Vec<f64> = (0..5).map(|bit| f64::from(state >> bit & 1)).collect();
            let of_unit = |(x, m): (&f64, &f64)| x * m + (1.0 - x) * (1.0 - m);
            let q: f64 = bits.iter().zip(&means).map(of_unit).product();
            let state = [row.clone(), bits[..3].to_vec(), bits[3..].to_vec()];
            expected += q * (-oracle.energy(&state) - q.ln()) / 3.0;
        }
    }
    let found = run(Elbo::UNNORMALIZED, &machine);
    // Ten sweeps are close to the fixed point, and the bound is flat there.
    assert!(
        (found - expected).abs() < 1e-5,
        "{found}, {expected} by hand"
    );
}

/// An interval of ln Z gives a lower bound only by its upper end.
#[test]
fn the_upper_bound_of_ln_z_is_subtracted() {
    let kinds = [3, 3, 2].map(|units| LayerKind::Bernoulli { units });
    let machine = machines::chain(&kinds, 0.8, true, RandomKey::new(402));
    let log_partition = Interval {
        low: 1.0,
        value: 2.0,
        high: 5.0,
    };
    let found = run(Elbo { log_partition }, &machine);
    assert_eq!(found, run(Elbo::UNNORMALIZED, &machine) - 5.0);
}

/// Each row has a bound of its own, below its log-likelihood, whichever rows are beside it.
#[test]
fn rows_have_bounds_of_their_own() {
    let kinds = [3, 3, 2].map(|units| LayerKind::Bernoulli { units });
    let machine = machines::chain(&kinds, 0.8, true, RandomKey::new(403));
    let log_partition = Exact::new(&machine).expect("small").log_partition();
    let elbo = Elbo {
        log_partition: Interval::exactly(log_partition),
    };
    let of = |table: &Table| {
        elbo.of_rows(&machine, table, &mut Silent)
            .expect("complete")
    };
    let bounds = of(&table());
    let mean = bounds.iter().sum::<f64>() / bounds.len() as f64;
    let close = Precision::of(machine.dtype());
    close.assert_close(mean, run(elbo, &machine), "the mean of the bounds");
    for (row, bound) in ROWS.iter().zip(&bounds) {
        let alone = Table::new("row", 3, row.to_vec()).expect("finite");
        close.assert_close(of(&alone)[0], *bound, "a row alone");
        let exact = Exact::new(&machine).expect("small");
        let exact = exact.mean_log_likelihood(&alone).expect("few states");
        assert!(*bound < exact && *bound > exact - 1.0, "{bound}, {exact}");
    }
    let gap = Table::with_missing("gap", 3, vec![1.0, f32::NAN, 0.0]).expect("finite");
    let error = elbo
        .of_rows(&machine, &gap, &mut Silent)
        .expect_err("a gap");
    assert!(
        error.to_string().starts_with("gap has missing values"),
        "{error}"
    );
}
