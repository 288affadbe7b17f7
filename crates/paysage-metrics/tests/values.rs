//! Metrics against their definitions, on machines small enough to sum.

use std::sync::Arc;

use paysage_data::Table;
use paysage_kernels::RandomKey;
use paysage_layers::{AnyLayer, LayerKind};
use paysage_metrics::{
    ExactLogLikelihood, FreeEnergy, FreeEnergyGap, Measurement, Metric, MetricError,
    PseudoLogLikelihood, ReconstructionError, Sites,
};
use paysage_models::{BoltzmannMachine, Exact, ExactError, Silent};
use paysage_testkit::{Oracle, Precision, machines, statistics};

const ROWS: [[f32; 6]; 3] = [
    [1.0, 0.0, 0.0, 0.0, 0.0, 1.0],
    [0.0, 1.0, 0.0, 1.0, 0.0, 0.0],
    [0.0, 1.0, 0.0, 0.0, 1.0, 0.0],
];

fn table() -> Table {
    Table::new("rows", 6, ROWS.concat()).expect("finite")
}

fn machine(visible: LayerKind) -> BoltzmannMachine {
    let kinds = [visible, LayerKind::bernoulli(3)];
    machines::chain(&kinds, 0.7, true, RandomKey::new(100))
}

fn close(found: f64, expected: f64, what: &str) {
    let precision = Precision::of(machines::dtype());
    precision.assert_close(found, expected, what);
}

/// Any metric with a fixed key.
fn run(
    metric: &dyn Metric<AnyLayer>,
    machine: &BoltzmannMachine,
    rows: &Table,
) -> Result<Measurement, MetricError> {
    metric.run(machine, rows, RandomKey::new(0), &mut Silent)
}

fn all_sites(machine: &BoltzmannMachine, rows: &Table) -> Result<f64, MetricError> {
    let found = run(&PseudoLogLikelihood { sites: Sites::All }, machine, rows)?;
    assert!(found.exact && found.standard_error.is_none(), "{found:?}");
    Ok(found.value)
}

/// Σ_sites ln p(v) − ln Σ_options p(v with the option), averaged over rows, by enumeration.
fn pseudo_by_hand(machine: &BoltzmannMachine, table: &Table, options: &[Vec<f64>]) -> f64 {
    let oracle = Oracle::of(machine);
    let width = options[0].len();
    let of_row = |row: usize| -> f64 {
        let row: Vec<f64> = table.row(row).iter().map(|&x| f64::from(x)).collect();
        let whole = oracle.log_sum_given(&[(0, row.clone())]);
        let site = |start: usize| {
            let with = |option: &Vec<f64>| {
                let mut other = row.clone();
                other[start..start + width].copy_from_slice(option);
                oracle.log_sum_given(&[(0, other)]).exp()
            };
            whole - options.iter().map(with).sum::<f64>().ln()
        };
        (0..6).step_by(width).map(site).sum()
    };
    (0..table.rows()).map(of_row).sum::<f64>() / table.rows() as f64
}

#[test]
fn pseudo_likelihoods_are_ratios_of_probabilities() {
    let onehot = machine(LayerKind::onehot(2, 3));
    let options = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]].map(|o| o.to_vec());
    let found = all_sites(&onehot, &table()).expect("discrete");
    close(
        found,
        pseudo_by_hand(&onehot, &table(), &options),
        "one-hot sites",
    );

    let bernoulli = machine(LayerKind::bernoulli(6));
    let options = [vec![0.0], vec![1.0]];
    let found = all_sites(&bernoulli, &table()).expect("discrete");
    close(
        found,
        pseudo_by_hand(&bernoulli, &table(), &options),
        "Bernoulli units",
    );

    let spin = machine(LayerKind::spin(6));
    let values = table().values().iter().map(|x| 2.0 * x - 1.0).collect();
    let spins = Table::new("spins", 6, values).expect("finite");
    let options = [vec![-1.0], vec![1.0]];
    let found = all_sites(&spin, &spins).expect("discrete");
    close(found, pseudo_by_hand(&spin, &spins, &options), "spins");
}

/// A site of many states, connected with another visible layer and with a hidden one.
#[test]
fn pseudo_likelihoods_of_wide_sites_are_ratios_of_probabilities() {
    let kinds = machines::kinds_of("3,onehot:1x40,spin:3");
    let mut wide = machines::chain(&kinds, 0.4, true, RandomKey::new(609));
    wide.visible = vec![0, 1];
    let exact = Oracle::of(&wide);
    let row = |class: usize, bits: [f32; 3]| {
        let site = (0..40).map(|state| f32::from(u8::from(state == class)));
        bits.into_iter().chain(site).collect::<Vec<f32>>()
    };
    let rows = [row(3, [1.0, 0.0, 1.0]), row(39, [0.0, 0.0, 1.0])];
    let of_row = |row: &Vec<f32>| {
        let row: Vec<f64> = row.iter().map(|&x| f64::from(x)).collect();
        let log = |site: Vec<f64>, bits: Vec<f64>| exact.log_sum_given(&[(0, bits), (1, site)]);
        let (bits, site) = (row[..3].to_vec(), row[3..].to_vec());
        let whole = log(site.clone(), bits.clone());
        let states = (0..40).map(|state| {
            let one = (0..40).map(|k| f64::from(u8::from(k == state)));
            log(one.collect(), bits.clone())
        });
        let of_site = whole - paysage_kernels::log_sum_exp(states.collect::<Vec<f64>>());
        let of_bits = (0..3).map(|unit| {
            let values = [0.0, 1.0].map(|x| {
                let mut bits = bits.clone();
                bits[unit] = x;
                log(site.clone(), bits)
            });
            whole - paysage_kernels::log_sum_exp(values)
        });
        of_site + of_bits.sum::<f64>()
    };
    let expected = rows.iter().map(of_row).sum::<f64>() / 2.0;
    let table = Table::new("wide", 43, rows.concat()).expect("finite");
    close(
        all_sites(&wide, &table).expect("discrete"),
        expected,
        "wide sites",
    );
}

/// The same for Gaussian units, whose densities are integrated on a wide and dense grid.
#[test]
fn pseudo_likelihoods_of_real_units_are_ratios_of_densities() {
    let hidden = [
        LayerKind::bernoulli(3),
        LayerKind::onehot(2, 3),
        LayerKind::gaussian(1),
        LayerKind::spin(3),
    ];
    for hidden in hidden {
        // Two visible layers, connected with each other and with the hidden one.
        let kinds = [LayerKind::gaussian(2), LayerKind::bernoulli(1), hidden];
        let edges = [(0, 1), (0, 2), (2, 1)];
        let key = RandomKey::new(104);
        let machine = machines::graph(&kinds, &edges, vec![0, 1], 0.4, true, key);
        let rows = vec![0.3, -1.2, 1.0, 5.0, -7.5, 0.0];
        let table = Table::new("rows", 3, rows.clone()).expect("finite");
        let found = all_sites(&machine, &table).expect("defined");

        let oracle = Oracle::of(&machine);
        let log_density = |row: &[f64]| {
            let given = [(0, row[..2].to_vec()), (1, row[2..].to_vec())];
            oracle.log_sum_given(&given)
        };
        let of_row = |row: &[f32]| -> f64 {
            let row: Vec<f64> = row.iter().map(|&x| f64::from(x)).collect();
            let with = |unit: usize, x: f64| {
                let mut other = row.clone();
                other[unit] = x;
                log_density(&other).exp()
            };
            let real =
                |unit| -> f64 { (-120..=120).map(|x| with(unit, 0.25 * f64::from(x))).sum() };
            let whole = 3.0 * log_density(&row);
            let sums = [0.25 * real(0), 0.25 * real(1), with(2, 0.0) + with(2, 1.0)];
            whole - sums.iter().map(|sum| sum.ln()).sum::<f64>()
        };
        let expected = rows.chunks(3).map(of_row).sum::<f64>() / 2.0;
        close(found, expected, &format!("hidden {hidden}"));
    }
}

#[test]
fn random_sites_are_unbiased() {
    let machine = machine(LayerKind::bernoulli(6));
    let exact = all_sites(&machine, &table()).expect("discrete");
    let estimate = |seed| {
        let key = RandomKey::new(101).split(seed);
        let metric = PseudoLogLikelihood {
            sites: Sites::Random { count: 5 },
        };
        let found = metric.run(&machine, &table(), key, &mut Silent);
        found.expect("discrete").value
    };
    let estimates: Vec<f64> = (0..2000).map(estimate).collect();
    statistics::assert_mean(&estimates, exact, "estimates");
}

#[test]
fn free_energy_and_exact_likelihood_differ_by_ln_z() {
    let machine = machine(LayerKind::bernoulli(6));
    let exact = Exact::new(&machine).expect("small");
    let of = |metric: &dyn Metric<AnyLayer>| {
        let found = run(metric, &machine, &table()).expect("small and restricted");
        found.value
    };
    let (likelihood, free) = (of(&ExactLogLikelihood), of(&FreeEnergy));
    close(likelihood, -free - exact.log_partition(), "ln p(v)");

    let gap = FreeEnergyGap {
        reference: Arc::new(table().head(1)),
    };
    let gap = of(&gap);
    let of = |table: &Table| exact.mean_log_likelihood(table).expect("restricted");
    close(gap, of(&table().head(1)) - of(&table()), "the gap");
}

#[test]
fn reconstruction_without_weights_is_the_variance_around_the_layer_mean() {
    let kinds = [LayerKind::bernoulli(6), LayerKind::bernoulli(2)];
    let machine = machines::chain(&kinds, 0.0, false, RandomKey::new(102));
    // Every unit is rebuilt as ½, half a unit away from 0 and from 1.
    close(
        run(&ReconstructionError, &machine, &table())
            .expect("defined")
            .value,
        0.25,
        "mean squared error",
    );
}

#[test]
fn metrics_that_are_not_defined_say_so() {
    let real = LayerKind::gaussian(6);
    let steep = machines::chain(&[real; 2], 3.0, true, RandomKey::new(105));
    let error = all_sites(&steep, &table()).expect_err("no finite sum");
    let layers = vec![0, 1];
    let expected = MetricError::Exact(ExactError::NotNormalizable { layers });
    assert_eq!(error, expected);
    let metric: &dyn Metric<AnyLayer> = &ExactLogLikelihood;
    let wide = [LayerKind::bernoulli(30); 2];
    let wide = machines::chain(&wide, 0.1, false, RandomKey::new(103));
    let table = Table::new("rows", 30, vec![0.0; 30]).expect("finite");
    let error = run(metric, &wide, &table).expect_err("too many states");
    assert!(matches!(error, MetricError::Exact(_)));
}

#[test]
fn zero_random_sites_are_refused() {
    let machine = machine(LayerKind::bernoulli(6));
    let metric = PseudoLogLikelihood {
        sites: Sites::Random { count: 0 },
    };
    let error = run(&metric, &machine, &table()).expect_err("no sites");
    assert_eq!(error, MetricError::NoSites);
}

/// The standard error of random sites is that of repeated estimates.
#[test]
fn random_sites_have_the_standard_error_of_their_estimates() {
    let machine = machine(LayerKind::bernoulli(6));
    let (mut squares, mut values) = (0.0, Vec::new());
    const REPEATS: u64 = 2000;
    for seed in 0..REPEATS {
        let metric = PseudoLogLikelihood {
            sites: Sites::Random { count: 4 },
        };
        let key = RandomKey::new(106).split(seed);
        let found = metric.run(&machine, &table(), key, &mut Silent);
        let found = found.expect("discrete");
        assert!(!found.exact);
        squares += found.standard_error.expect("several sites").powi(2);
        values.push(found.value);
    }
    let mean = values.iter().sum::<f64>() / REPEATS as f64;
    let deviations = values.iter().map(|x| (x - mean).powi(2));
    let variance = deviations.sum::<f64>() / (REPEATS - 1) as f64;
    let ratio = squares / REPEATS as f64 / variance;
    // The variance of 2,000 estimates has a relative error of about √(2/2000).
    assert!((ratio - 1.0).abs() < 0.15, "a ratio of {ratio}");
}

/// Up to 200,000 evaluations are exact by default.
#[test]
fn few_evaluations_are_exact() {
    let kinds = [LayerKind::bernoulli(100), LayerKind::bernoulli(1)];
    let machine = machines::chain(&kinds, 0.1, false, RandomKey::new(107));
    let metric = PseudoLogLikelihood::default();
    for (rows, exact) in [(2000, true), (2001, false)] {
        let table = Table::new("rows", 100, vec![1.0; 100 * rows]).expect("finite");
        let found = run(&metric, &machine, &table).expect("discrete");
        assert_eq!(found.exact, exact);
        assert_eq!(found.standard_error.is_none(), exact);
    }
}

/// A sample of all rows from a standard error of its own.
#[test]
fn a_part_of_the_rows_has_the_error_of_a_sample() {
    let machine = machine(LayerKind::bernoulli(6));
    let found = run(&FreeEnergy, &machine, &table()).expect("restricted");
    assert_eq!(found.sampling_error(3, 3), None);
    let error = found.sampling_error(3, 300).expect("a sample");
    let deviation = found.row_deviation.expect("three rows");
    close(error, deviation * (0.99_f64 / 3.0).sqrt(), "the error");
}

/// Metrics of rows with missing values are those of the observed units.
#[test]
fn missing_values_leave_the_metrics_of_observed_units() {
    // Without weights, units are independent and missing ones do not matter.
    let kinds = [LayerKind::bernoulli(2), LayerKind::bernoulli(2)];
    let machine = machines::chain(&kinds, 0.0, false, RandomKey::new(108));
    let rows = vec![1.0, f32::NAN, f32::NAN, 0.0, f32::NAN, f32::NAN];
    let table = Table::with_missing("gaps", 2, rows).expect("rows");
    let error = run(&ReconstructionError, &machine, &table).expect("defined");
    close(error.value, 0.25, "mean squared error of observed units");
    for sites in [Sites::All, Sites::Random { count: 1 }] {
        let found = run(&PseudoLogLikelihood { sites }, &machine, &table).expect("defined");
        close(
            found.value,
            -2.0 / 3.0 * 2.0_f64.ln(),
            "observed units of three rows",
        );
        assert!(!found.exact);
    }
    for metric in [&FreeEnergy as &dyn Metric<AnyLayer>, &ExactLogLikelihood] {
        let error = run(metric, &machine, &table).expect_err("missing values");
        assert!(
            matches!(error, MetricError::MissingValues { .. }),
            "{error}"
        );
    }
}
