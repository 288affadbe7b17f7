//! Metrics of samples, hidden units and weights of machines.

use std::sync::Arc;

use burn::tensor::Tensor;
use paysage_data::Table;
use paysage_kernels::RandomKey;
use paysage_layers::{AnyLayer, LayerKind, Trainable};
use paysage_metrics::{
    DeadUnits, EnergyDistance, Evaluation, GibbsChains, HeatCapacity, HiddenActivity,
    MeanSquareWeight, Measurement, Metric, MetricError, MetricName, SampleMetric, SaturatedUnits,
    Source, TwoSample, WeightSparsity,
};
use paysage_models::{BoltzmannMachine, Exact, Silent, State};
use paysage_testkit::{Oracle, Precision, machines, statistics};

fn table(columns: usize, values: Vec<f32>) -> Table {
    Table::new("rows", columns, values).expect("finite")
}

fn run(
    metric: &dyn Metric<AnyLayer>,
    machine: &BoltzmannMachine,
    rows: &Table,
    chains: Option<&State>,
) -> Result<Measurement, MetricError> {
    let on = Evaluation {
        machine,
        rows,
        chains,
        key: RandomKey::new(0),
        progress: &mut Silent,
    };
    Ok(metric.start(on)?.read())
}

fn close(found: f64, expected: f64, what: &str) {
    Precision::of(machines::dtype()).assert_close(found, expected, what);
}

fn machine() -> BoltzmannMachine {
    let kinds = machines::kinds_of("6,3");
    machines::chain(&kinds, 0.8, true, RandomKey::new(800))
}

/// The rows of a state as a table.
fn rows_of(machine: &BoltzmannMachine, state: &State) -> Table {
    let values = machine.visible_of(state).into_data().iter().collect();
    table(machine.visible_units(), values)
}

#[test]
fn exact_samples_have_no_energy_distance() {
    let machine = machine();
    let exact = Exact::new(&machine).expect("small");
    let sample = |seed| exact.sample(1000, RandomKey::new(seed));
    let data = rows_of(&machine, &sample(801));
    let metric = SampleMetric::<EnergyDistance>::default();
    let found = run(&metric, &machine, &data, Some(&sample(802))).expect("defined");
    assert!(found.value.abs() < 0.005, "{found:?}");
    // Chains that the evaluation does not have are drawn, and reach the same distribution.
    let drawn = run(&metric, &machine, &data, None).expect("defined");
    assert!(drawn.value.abs() < 0.005, "{drawn:?}");
    // Rows from uniform bits are far away.
    let kinds = machines::kinds_of("6,3");
    let fair = machines::chain(&kinds, 0.0, false, RandomKey::new(803));
    let far = run(&metric, &fair, &data, None).expect("defined");
    assert!(far.value > 0.02, "{far:?}");
    assert!(Metric::<AnyLayer>::uses_chains(&metric));
}

#[test]
fn names_select_fantasy_particles_or_reconstructions() {
    let machine = machine();
    let exact = Exact::new(&machine).expect("small");
    let data = rows_of(&machine, &exact.sample(200, RandomKey::new(806)));
    let chains = exact.sample(100, RandomKey::new(807));
    let settings = GibbsChains::default();
    let of_name = |name: MetricName, chains: Option<&State>| {
        let metric = name.metric::<AnyLayer>(settings).expect("a metric");
        let found = run(&*metric, &machine, &data, chains).expect("defined");
        (metric.uses_chains(), found)
    };
    for (name, samples) in [
        (MetricName::EnergyDistance, Source::Chains(settings)),
        (
            MetricName::EnergyDistanceReconstructions,
            Source::Reconstructions,
        ),
    ] {
        let metric = SampleMetric {
            statistic: EnergyDistance,
            samples,
        };
        let expected = run(&metric, &machine, &data, Some(&chains)).expect("defined");
        let (uses_chains, found) = of_name(name, Some(&chains));
        assert_eq!(found, expected);
        assert_eq!(uses_chains, !name.is_of_reconstructions());
    }
    // Chains make no difference to reconstructions.
    let name = MetricName::FrechetDistanceReconstructions;
    assert_eq!(of_name(name, Some(&chains)), of_name(name, None));
    let of_reconstructions = MetricName::ALL
        .iter()
        .filter(|name| name.is_of_reconstructions());
    assert_eq!(of_reconstructions.count(), 9);
}

#[test]
fn given_rows_are_the_samples() {
    let machine = machine();
    let exact = Exact::new(&machine).expect("small");
    let [data, other] = [804, 805].map(|seed| {
        let state = exact.sample(50, RandomKey::new(seed));
        rows_of(&machine, &state)
    });
    let metric = SampleMetric {
        statistic: EnergyDistance,
        samples: Source::Rows(Arc::new(other.clone())),
    };
    let found = run(&metric, &machine, &data, None).expect("defined");
    let points = |rows| paysage_metrics::Points::of_rows(rows, &machine.device()).expect("finite");
    let expected = EnergyDistance.compare(&points(&data), &points(&other), &mut Silent);
    assert_eq!(found, expected.expect("defined"));
    assert!(!Metric::<AnyLayer>::uses_chains(&metric));
}

/// Large weights copy each visible unit to a hidden one and back.
#[test]
fn reconstructions_of_a_copying_machine_are_the_rows() {
    let mut machine = machines::chain(&machines::kinds_of("3,3"), 0.0, false, RandomKey::new(0));
    let options = (&machines::device(), machines::dtype());
    let identity = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];
    let weight = Tensor::<2>::from_data(identity, options);
    machine.connections[0].weight = weight * 200.0;
    for layer in 0..2 {
        for (_, loc) in machine.layers[layer].parameters_mut() {
            *loc = loc.clone() - 100.0;
        }
    }
    // More rows than a chunk has.
    let values = (0..1500).flat_map(|row| [row & 1, row >> 1 & 1, row >> 2 & 1]);
    let data = table(3, values.map(|x| x as f32).collect());
    let mut progress = Silent;
    let mut on = Evaluation {
        machine: &machine,
        rows: &data,
        chains: None,
        key: RandomKey::new(806),
        progress: &mut progress,
    };
    let samples = Source::Reconstructions.samples(&mut on).expect("complete");
    assert_eq!(samples.values(), data.values());
}

#[test]
fn the_heat_capacity_is_the_variance_of_the_energy() {
    for kinds in ["4,3", "onehot:1x3,spin:2,2"] {
        let kinds = machines::kinds_of(kinds);
        let machine = machines::chain(&kinds, 0.7, true, RandomKey::new(807));
        let oracle = Oracle::of(&machine);
        let states = oracle.probabilities();
        let mean = |of: &dyn Fn(f64) -> f64| -> f64 {
            let each = states.iter();
            each.map(|(state, p)| p * of(oracle.energy(state))).sum()
        };
        let energy = mean(&|e| e);
        let units: usize = kinds.iter().map(LayerKind::units).sum();
        let expected = mean(&|e| (e - energy).powi(2)) / units as f64;
        let exact = Exact::new(&machine).expect("small");
        let chains = exact.sample(20_000, RandomKey::new(808));
        let rows = table(machine.visible_units(), vec![0.0; machine.visible_units()]);
        let found = run(&HeatCapacity::default(), &machine, &rows, Some(&chains));
        let found = found.expect("defined");
        let error = found.standard_error.expect("an estimate");
        assert!(
            (found.value - expected).abs() < statistics::SIGMAS * error,
            "{found:?}, expected {expected}"
        );
        assert!(error < 0.05 * expected, "{found:?}");
    }
}

/// The standard error of the variance is the standard deviation of repeated estimates.
#[test]
fn the_heat_capacity_has_the_standard_error_of_its_estimates() {
    let machine = machine();
    let exact = Exact::new(&machine).expect("small");
    let rows = table(6, vec![0.0; 6]);
    let found: Vec<Measurement> = (0..500)
        .map(|seed| {
            let chains = exact.sample(200, RandomKey::new(809).split(seed));
            run(&HeatCapacity::default(), &machine, &rows, Some(&chains)).expect("defined")
        })
        .collect();
    let values: Vec<f64> = found.iter().map(|found| found.value).collect();
    let (_, error) = statistics::mean_and_error(&values);
    let variance = error.powi(2) * values.len() as f64;
    let squares = found
        .iter()
        .map(|f| f.standard_error.expect("an estimate").powi(2));
    let ratio = squares.sum::<f64>() / values.len() as f64 / variance;
    assert!((ratio - 1.0).abs() < 0.25, "a ratio of {ratio}");
}

#[test]
fn weights_have_their_size_and_participation() {
    let mut machine = machine();
    let options = (&machines::device(), machines::dtype());
    // Units with one, two and three equal weights; a fourth column in a second connection.
    let weight = Tensor::<2>::from_data(
        [
            [1.0, 2.0, 3.0],
            [0.0, -2.0, 3.0],
            [0.0, 0.0, -3.0],
            [0.0; 3],
            [0.0; 3],
            [0.0; 3],
        ],
        options,
    );
    machine.connections[0].weight = weight;
    let rows = table(6, vec![0.0; 6]);
    let found = run(&WeightSparsity, &machine, &rows, None).expect("weights");
    close(found.value, (1.0 + 2.0 + 3.0) / 18.0, "weight sparsity");
    let found = run(&MeanSquareWeight, &machine, &rows, None).expect("weights");
    close(found.value, (1.0 + 8.0 + 27.0) / 18.0, "mean square weight");
    assert!(found.exact && !Metric::<AnyLayer>::uses_rows(&MeanSquareWeight));

    machine.connections[0].weight = machine.connections[0].weight.zeros_like();
    let error = run(&WeightSparsity, &machine, &rows, None).expect_err("no weights");
    assert_eq!(error, MetricError::NoWeights);
    let found = run(&MeanSquareWeight, &machine, &rows, None).expect("weights");
    assert_eq!(found.value, 0.0);
}

/// The target of a connection may be the hidden layer.
#[test]
fn weights_are_those_of_hidden_units_on_either_end() {
    let kinds = machines::kinds_of("4,2");
    let key = RandomKey::new(810);
    let edges = [[(0, 1)], [(1, 0)]];
    let [chain, mut reversed] =
        edges.map(|edges| machines::graph(&kinds, &edges, vec![0], 0.5, false, key));
    reversed.connections[0].weight = chain.connections[0].weight.clone().transpose();
    let rows = table(4, vec![0.0; 4]);
    let of = |machine| {
        run(&WeightSparsity, machine, &rows, None)
            .expect("weights")
            .value
    };
    close(of(&reversed), of(&chain), "weight sparsity");
}

/// A machine whose hidden units are off, on, and a copy of the visible unit, by their biases and weights.
fn off_on_and_copy(hidden: &str, scale: f64) -> BoltzmannMachine {
    let kinds = machines::kinds_of(&format!("1,{hidden}"));
    let mut machine = machines::chain(&kinds, 0.0, false, RandomKey::new(0));
    let options = (&machines::device(), machines::dtype());
    let bias = Tensor::<1>::from_data([-20.0, 20.0, -20.0], options) * scale;
    for (_, loc) in machine.layers[1].parameters_mut() {
        *loc = bias.clone();
    }
    let weight = Tensor::<2>::from_data([[0.0, 0.0, 40.0]], options) * scale;
    machine.connections[0].weight = weight;
    machine
}

#[test]
fn hidden_units_are_dead_saturated_or_active() {
    // One row in four is on.
    let rows = table(1, (0..2000).map(|row| f32::from(row % 4 == 0)).collect());
    for (hidden, scale, low) in [("3", 1.0, 0.0), ("spin:3", 0.5, -1.0)] {
        let machine = off_on_and_copy(hidden, scale);
        let of =
            |metric: &dyn Metric<AnyLayer>| run(metric, &machine, &rows, None).expect("defined");
        assert_eq!(of(&DeadUnits::default()).value, 1.0);
        assert_eq!(of(&SaturatedUnits::default()).value, 1.0);
        let copy = low + (1.0 - low) * 0.25;
        let activity = of(&HiddenActivity);
        assert!((activity.value - (low + 1.0 + copy) / 3.0).abs() < 1e-6);
        assert!(
            activity
                .row_deviation
                .is_some_and(|deviation| deviation > 0.1)
        );
        // Where the copied unit is always off, it is dead.
        let off = table(1, vec![0.0; 3]);
        let dead = run(&DeadUnits::default(), &machine, &off, None).expect("defined");
        assert_eq!(dead.value, 2.0);
    }
}

#[test]
fn what_is_not_defined_is_refused_with_the_reason() {
    let gaussian = machines::chain(
        &machines::kinds_of("4,gaussian:2"),
        0.1,
        true,
        RandomKey::new(811),
    );
    let rows = table(4, vec![0.0; 8]);
    let dead = run(&DeadUnits::default(), &gaussian, &rows, None).expect_err("no bounds");
    assert_eq!(dead, MetricError::Unbounded { layer: 1 });
    assert!(run(&HiddenActivity, &gaussian, &rows, None).is_ok());
    let alone = machines::chain(&machines::kinds_of("4"), 0.1, true, RandomKey::new(812));
    for metric in [
        &HiddenActivity as &dyn Metric<AnyLayer>,
        &SaturatedUnits::default(),
    ] {
        let error = run(metric, &alone, &rows, None).expect_err("no hidden units");
        assert_eq!(error, MetricError::NoHidden);
    }
    let gaps = Table::with_missing("gaps", 4, vec![0.0, f32::NAN, 0.0, 1.0]).expect("rows");
    let samples = SampleMetric::<EnergyDistance>::default();
    for metric in [
        &HiddenActivity as &dyn Metric<AnyLayer>,
        &DeadUnits::default(),
        &samples,
    ] {
        let error = run(metric, &gaussian, &gaps, None).expect_err("missing values");
        assert!(
            matches!(error, MetricError::MissingValues { .. }),
            "{error}"
        );
    }
    for chains in [
        GibbsChains {
            count: 0,
            sweeps: 1,
        },
        GibbsChains {
            count: 1,
            sweeps: 0,
        },
    ] {
        let metric = HeatCapacity { chains };
        let error = run(&metric, &gaussian, &rows, None).expect_err("no chains");
        assert!(matches!(error, MetricError::Setting(_)), "{error}");
    }
    let one = HeatCapacity {
        chains: GibbsChains {
            count: 1,
            sweeps: 1,
        },
    };
    let error = run(&one, &gaussian, &rows, None).expect_err("one chain");
    assert!(error.to_string().contains("at least 2 rows"), "{error}");
}
