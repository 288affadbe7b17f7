//! Solutions of the TAP equations: several fixed points, finite moments, estimates against exact values.

use burn::tensor::Tensor;
use paysage_data::{BarsAndStripes, Table};
use paysage_kernels::RandomKey;
use paysage_layers::{AnyLayer, Centered, Layer, LayerKind, RowAverage, Trainable};
use paysage_metrics::{Metric, MetricError};
use paysage_models::{
    Batch, BoltzmannMachine, Estimator, Exact, ExactError, Initialization, Recorded, Silent,
};
use paysage_optimizers::{GradientDescent, Optimizer};
use paysage_tap::{
    Method, Order, PlefkaExpansion, Quantity, Solver, Source, TapEstimator, TapGradient, TapMetric,
    TapState, Weighting,
};
use paysage_testkit::machines;

/// Two modes: all units 0, or all 1.
fn ferromagnet(strength: f64) -> BoltzmannMachine {
    // Odd numbers, so that no start is between the two.
    let kinds = [7, 5].map(|units| LayerKind::Bernoulli { units });
    let mut machine = machines::chain(&kinds, 0.0, true, RandomKey::new(410));
    for layer in &mut machine.layers {
        let ones = layer.parameters().swap_remove(0).1.ones_like();
        layer.set_center(Some(ones * 0.5));
    }
    machine.connections[0].weight = machine.connections[0].weight.ones_like() * strength;
    machine
}

const DESCENT: Method = Method::Descent {
    rate: 0.3,
    momentum: 0.5,
};

#[test]
fn modes_are_distinct_and_summed() {
    let machine = ferromagnet(1.5);
    let exact = Exact::new(&machine).expect("small").log_partition();
    for method in [Method::SelfConsistent { damping: 0.5 }, DESCENT] {
        let solver = Solver {
            method,
            ..Solver::default()
        };
        let starts = machine.random_state(40, RandomKey::new(411));
        let solution = solver.solve(&machine, &starts, &[]);
        assert_eq!(solution.converged(), 40, "{method:?}");
        assert_eq!(solution.fixed_points().len(), 2, "{method:?}");
        // Each mode is half of Z.
        let one = solution.log_partition() + 2.0_f64.ln();
        let both = solution.log_partition_of_all();
        assert!(
            (one - both).abs() < 1e-4 && (both - exact).abs() < 0.02,
            "{both}, {exact}"
        );
    }
}

#[test]
fn starts_are_independent() {
    let machine = ferromagnet(0.9);
    let starts = machine.random_state(6, RandomKey::new(412));
    let solver = Solver {
        tolerance: 0.0,
        iterations: 17,
        ..Solver::default()
    };
    let all = solver.solve(&machine, &starts, &[]).values;
    for (row, value) in all.iter().enumerate() {
        let mut one = starts.clone();
        for layer in &mut one.layers {
            *layer = layer.clone().slice([row..row + 1]);
        }
        let alone = solver.solve(&machine, &one, &[]).values[0];
        assert!((alone - value).abs() < 1e-6, "{alone} is not {value}");
    }
}

/// The mean-field part of Γ is a lower bound of ln Z at any moments, so also where iterations have
/// not converged and estimates fail.
#[test]
fn the_lower_bound_holds_for_all_weights() {
    let bernoulli = LayerKind::bernoulli;
    let gaussian = LayerKind::gaussian(4);
    for (count, kinds) in [
        [bernoulli(10), bernoulli(8)],
        [LayerKind::onehot(3, 3), LayerKind::onehot(2, 4)],
        [gaussian, bernoulli(6)],
    ]
    .into_iter()
    .enumerate()
    {
        for (scale, order) in [0.2, 1.0, 4.0]
            .into_iter()
            .flat_map(|scale| ORDERS.map(|order| (scale, order)))
        {
            for iterations in [3, 300] {
                let key = RandomKey::new(431).split(count as u64);
                let machine = machines::chain(&kinds, scale, false, key);
                let exact = Exact::new(&machine).expect("small").log_partition();
                let solver = Solver {
                    order,
                    iterations,
                    ..Solver::default()
                };
                let starts = machine.random_state(10, RandomKey::new(432));
                let low = solver.solve(&machine, &starts, &[]).log_partition_low();
                assert!(
                    low <= exact + 1e-4 * exact.abs().max(1.0),
                    "{kinds:?}, {scale}, {order:?}, {iterations}: {low} is above {exact}"
                );
            }
        }
    }
}

const ORDERS: [Order; 3] = [Order::First, Order::Second, Order::Third];

/// Of machines with weights from N(0, s²): how many have converged, how many of these have an error
/// larger than the terms beyond mean field, and the largest error.
fn larger_errors(kinds: [LayerKind; 2], scales: &[f64], order: Order) -> (usize, usize, f64) {
    let (mut converged, mut larger, mut worst) = (0, 0, 0.0_f64);
    for &scale in scales {
        for seed in 0..24 {
            let key = RandomKey::new(413).split(seed);
            let machine = machines::chain(&kinds, scale, false, key);
            let exact = Exact::new(&machine).expect("small").log_partition();
            let starts = machine.random_state(20, RandomKey::new(414));
            let solver = Solver {
                order,
                ..Solver::default()
            };
            let solution = solver.solve(&machine, &starts, &[]);
            if solution.converged() == 0 {
                continue;
            }
            let error = (solution.log_partition() - exact).abs();
            converged += 1;
            larger += usize::from(error > solution.beyond_mean_field());
            worst = worst.max(error);
        }
    }
    (converged, larger, worst)
}

/// The terms beyond mean field are a diagnostic: larger than the error for weights up to one, and no
/// bound for large weights. The table is in `docs/tap.md`.
#[test]
fn errors_may_be_larger_than_the_terms_beyond_mean_field() {
    let bernoulli = [10, 8].map(|units| LayerKind::Bernoulli { units });
    let onehot = [LayerKind::onehot(3, 3), LayerKind::onehot(2, 4)];
    let mut at_large_weights = 0;
    for (name, kinds) in [("Bernoulli", bernoulli), ("one-hot", onehot)] {
        for (range, scales) in [
            ("0.2 to 1", [0.2, 0.5, 1.0].as_slice()),
            ("3 to 4", &[3.0, 4.0]),
        ] {
            for order in [Order::Second, Order::Third] {
                let (converged, larger, worst) = larger_errors(kinds, scales, order);
                println!(
                    "{name}, {range}, {order:?}: {larger} of {converged}, up to {worst:.2} nats"
                );
                match range {
                    "3 to 4" => at_large_weights += larger,
                    _ => assert_eq!(larger, 0, "{name}, {range}, {order:?}"),
                }
            }
        }
    }
    assert!(at_large_weights > 0, "the terms were a bound everywhere");
}

/// Two Gaussian units coupled by W = 0.52 can be normalized, but no variance is stationary in second
/// order (1/v = 1 − W²v has no solution).
#[test]
fn means_alone_do_not_make_a_fixed_point() {
    let kinds = [LayerKind::gaussian(1); 2];
    let mut machine = machines::chain(&kinds, 0.0, false, RandomKey::new(424));
    for (weight, exists) in [(0.3, true), (0.52, false)] {
        machine.connections[0].weight = machine.connections[0].weight.ones_like() * weight;
        let start = machine.zeros(3);
        for method in [Method::SelfConsistent { damping: 0.5 }, DESCENT] {
            let solver = Solver {
                method,
                ..Solver::default()
            };
            let solution = solver.solve(&machine, &start, &[]);
            let converged = solution.converged();
            assert_eq!(
                converged == 3,
                exists,
                "{weight}, {method:?}: {:?}",
                solution.residuals
            );
            assert_eq!(solution.log_partition().is_nan(), !exists);
        }
    }
}

/// Solutions are finite for any weights.
#[test]
fn solutions_are_finite() {
    let kinds = [
        [LayerKind::bernoulli(8); 2],
        [LayerKind::gaussian(8), LayerKind::bernoulli(8)],
        [LayerKind::onehot(3, 3), LayerKind::gaussian(4)],
        [LayerKind::spin(8), LayerKind::gaussian(4)],
    ];
    for (count, kinds) in kinds.iter().enumerate() {
        let key = RandomKey::new(415).split(count as u64);
        let machine = machines::chain(kinds, 6.0, false, key);
        for order in [Order::Second, Order::Third] {
            for method in [Method::SelfConsistent { damping: 0.0 }, DESCENT] {
                let solver = Solver {
                    order,
                    method,
                    iterations: 100,
                    ..Solver::default()
                };
                let starts = machine.random_state(10, RandomKey::new(416));
                let solution = solver.solve(&machine, &starts, &[]);
                for at in &solution.point {
                    let means: Vec<f64> = at.mean.to_data().iter().collect();
                    assert!(means.iter().all(|mean| mean.is_finite()), "{kinds:?}");
                }
                for start in solution.fixed_points() {
                    assert!(solution.values[start].is_finite(), "{kinds:?}, {order:?}");
                }
            }
        }
    }
}

#[test]
fn likelihoods_are_near_the_exact_ones_where_weights_are_small() {
    let [bernoulli, gaussian, onehot, spin] = machines::kinds();
    for kinds in [
        vec![bernoulli, gaussian],
        vec![onehot, bernoulli],
        vec![gaussian, onehot],
        vec![bernoulli, onehot, gaussian],
        vec![spin, bernoulli],
        vec![gaussian, spin],
    ] {
        // The values of a spin are twice as far apart as those of a Bernoulli unit.
        let scale = if kinds.contains(&spin) { 0.1 } else { 0.2 };
        let machine = machines::chain(&kinds, scale, true, RandomKey::new(415));
        let exact = Exact::new(&machine).expect("small");
        let rows = machine.visible_of(&exact.sample(30, RandomKey::new(416)));
        let rows: Vec<f32> = rows.into_data().iter().collect();
        let table = Table::new("samples", machine.visible_units(), rows).expect("finite");
        let found = TapEstimator::default().run(&machine, &table, &mut Silent);
        let found = found.expect("normalizable");
        assert_eq!(
            (found.converged, found.fixed_points),
            (20, 1),
            "{kinds:?}: {found:?}"
        );
        let expected = exact.mean_log_likelihood(&table).expect("small");
        let error = (found.log_likelihood - expected).abs();
        assert!(error < 3e-3, "{kinds:?}: {found:?} is not {expected}");
        assert_eq!(found.rows_converged, table.rows(), "{kinds:?}: {found:?}");
        for (quantity, expected) in [
            (Quantity::FreeEnergy, found.free_energy),
            (Quantity::LogPartition, found.log_partition),
            (Quantity::LogLikelihood, found.log_likelihood),
            (Quantity::Converged, 1.0),
        ] {
            let metric = TapMetric {
                quantity,
                ..Default::default()
            };
            let score = metric.run(&machine, &table, RandomKey::new(0), &mut Silent);
            let score = score.expect("normalizable").value;
            assert_eq!(score, expected, "{kinds:?}, {quantity:?}");
        }
    }
    let steep = machines::chain(&[gaussian; 2], 3.0, false, RandomKey::new(417));
    let table = Table::new("row", 2, vec![0.0; 2]).expect("finite");
    let error = TapEstimator::default().run(&steep, &table, &mut Silent);
    let layers = vec![0, 1];
    let expected = MetricError::Exact(ExactError::NotNormalizable { layers });
    assert_eq!(error, Err(expected));
}

/// The model phase of the exact gradient, up to the truncation error of the expansion.
#[test]
fn gradients_are_near_the_exact_ones_where_weights_are_small() {
    let [bernoulli, gaussian, onehot, spin] = machines::kinds();
    for kinds in [
        vec![bernoulli, bernoulli],
        vec![gaussian, bernoulli],
        vec![onehot, gaussian],
        vec![bernoulli, onehot, bernoulli],
        vec![spin, bernoulli],
        vec![gaussian, spin],
    ] {
        // The values of a spin are twice as far apart as those of a Bernoulli unit, which the weights
        // multiply at third order.
        let scale = if kinds.contains(&spin) { 0.05 } else { 0.2 };
        let machine = machines::chain(&kinds, scale, true, RandomKey::new(418));
        let expected = Exact::new(&machine).expect("small").model_gradient();
        let start = machine.random_state(1, RandomKey::new(419));
        let solution = Solver::default().solve(&machine, &start, &[]);
        let found = PlefkaExpansion::new(&machine, Order::Second, &[])
            .gradient(&solution.point, &RowAverage::Uniform);
        let matrices = expected.matrices.iter().map(|(name, expected)| {
            let difference = found.matrices[name].clone() - expected.clone();
            (name, difference.abs().max().into_scalar::<f64>())
        });
        let vectors = expected.vectors.iter().map(|(name, expected)| {
            let difference = found.vectors[name].clone() - expected.clone();
            (name, difference.abs().max().into_scalar::<f64>())
        });
        for (name, error) in matrices.chain(vectors) {
            assert!(error < scale * 5e-2, "{kinds:?}: {name} is off by {error}");
        }
    }
}

/// Starts of weighted rows are those of repeated rows.
#[test]
fn starts_have_the_weights_of_the_rows() {
    let machine = machines::chain(
        &machines::kinds_of("bernoulli:4,bernoulli:3"),
        2.0,
        true,
        RandomKey::new(421),
    );
    let rows = machine.random_state(3, RandomKey::new(422)).layers[0].clone();
    let repeated = Tensor::cat(
        [0, 0, 1, 2, 2, 2]
            .map(|row: usize| rows.clone().narrow(0, row, 1))
            .to_vec(),
        0,
    );
    for source in [Source::Data, Source::Persistent] {
        let way = TapGradient {
            starts: 6,
            source,
            weighting: Weighting::Starts,
            ..TapGradient::default()
        };
        let step = |batch: &Batch| {
            let state = way.init(&machine).expect("valid settings");
            way.step(&machine, batch, state, RandomKey::new(0)).0
        };
        let found = step(&Batch::from(rows.clone()).with_weights(&[2.0, 1.0, 3.0]));
        let expected = step(&Batch::from(repeated.clone()));
        for (name, expected) in &expected.gradient.matrices {
            let difference = found.gradient.matrices[name].clone() - expected.clone();
            let error = difference.abs().max().into_scalar::<f64>();
            assert!(error < 1e-5, "{source:?}, {name}: {error}");
        }
        assert_eq!(found.weight, expected.weight);
    }
}

/// The estimate starts from rows in proportion to their weights.
#[test]
fn the_estimate_starts_from_heavy_rows() {
    let mut machine = ferromagnet(1.5);
    for (name, parameter) in machine.layers[0].parameters_mut() {
        if name == "loc" {
            parameter.inplace(|loc| loc + 0.3);
        }
    }
    let table = |rows: usize| Table::new("modes", 7, [vec![0.0; 7], vec![1.0; 7]][..rows].concat());
    let estimate = |table: &Table| {
        let estimator = TapEstimator {
            starts: 1,
            ..TapEstimator::default()
        };
        let found = estimator.run(&machine, table, &mut Silent).expect("finite");
        found.log_partition
    };
    let both = |weights: [f32; 2]| {
        let table = table(2).expect("rows").with_weights(weights.to_vec());
        estimate(&table.expect("weights"))
    };
    let zeros = estimate(&table(1).expect("rows"));
    assert_eq!(both([1.0, 1e-9]), zeros);
    assert!(both([1e-9, 1.0]) > zeros + 0.5);
}

/// The likelihood rises in every epoch, for all sources of starts and weightings, while weights are
/// small.
#[test]
fn training_climbs_the_exact_likelihood() {
    let table = BarsAndStripes { size: 3 }.generate();
    let usual = TapGradient::default();
    let mut ways = Vec::new();
    for order in [Order::First, Order::Second, Order::Third] {
        let mut way = usual;
        way.solver.order = order;
        ways.push(way);
    }
    for source in [Source::Persistent, Source::Random] {
        ways.push(TapGradient { source, ..usual });
    }
    ways.push(TapGradient {
        weighting: Weighting::Starts,
        ..usual
    });
    for way in ways {
        let scores = climb(&table, way, 100, 0.02);
        let rises = scores.windows(2).all(|pair| pair[1] > pair[0]);
        assert!(rises, "{way:?}: {scores:?}");
    }
}

/// With many fixed points, starts at the data find all of them, weighted by their parts in Z, and the
/// likelihood stays at its level. Persistent starts have collapsed to one of them.
#[test]
fn starts_at_the_data_find_many_fixed_points() {
    let table = BarsAndStripes { size: 3 }.generate();
    let data = climb(&table, TapGradient::default(), 1000, 0.4);
    let best = data.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let last = data[data.len() - 1];
    assert!(best - last < 0.2, "{data:?}");
    let followed = TapGradient {
        source: Source::Persistent,
        ..TapGradient::default()
    };
    let followed = climb(&table, followed, 1000, 0.4);
    assert!(
        last > followed[followed.len() - 1] + 1.0,
        "{data:?}, {followed:?}"
    );
}

/// The exact log-likelihood of rows before training and after each tenth of some steps.
fn climb(table: &Table, tap: TapGradient, steps: usize, rate: f64) -> Vec<f64> {
    let kinds = [9, 8].map(|units| LayerKind::Bernoulli { units });
    let mut machine = machines::chain(&kinds, 0.01, false, RandomKey::new(420));
    let read = machine.initialize(Initialization::Glorot, table, RandomKey::new(421));
    read.expect("a table in memory");
    let score = |machine: &BoltzmannMachine| {
        let exact = Exact::new(machine).expect("small");
        exact.mean_log_likelihood(table).expect("restricted")
    };
    let mut state = tap.init(&machine).expect("valid settings");
    let mut scores = vec![score(&machine)];
    let all: Vec<usize> = (0..table.rows()).collect();
    for count in 0..steps {
        let rows = machine.batch(table, &all);
        let key = RandomKey::new(425).split(count as u64);
        let step;
        (step, state) = tap.step(&machine, &rows, state, key);
        GradientDescent.step(&mut machine, step.gradient, (), rate);
        if (count + 1).is_multiple_of(steps / 10) {
            scores.push(score(&machine));
        }
    }
    scores
}

/// A record of the state is the whole state.
#[test]
fn training_is_resumed_to_the_bit() {
    let [bernoulli, gaussian, ..] = machines::kinds();
    let kinds = [gaussian, bernoulli, gaussian];
    let machine = machines::chain(&kinds, 0.3, true, RandomKey::new(422));
    let rows = machine.visible_of(&machine.random_state(20, RandomKey::new(423)));
    let rows = Batch::from(rows);
    let tap = TapGradient {
        source: Source::Persistent,
        ..TapGradient::default()
    };
    let step = |state| tap.step(&machine, &rows, state, RandomKey::new(0));
    let (_, whole) = step(TapState::default());
    let record = Recorded::<AnyLayer>::record(&whole);
    let resumed = Recorded::restore(record, &machine).expect("restored");
    let [whole, resumed] = [whole, resumed].map(|state| step(state).0);
    let converged: f64 = whole.info["tap_converged"].clone().into_scalar();
    let residual: f64 = whole.info["tap_residual"].clone().into_scalar();
    assert!((0.0..=1.0).contains(&converged) && residual >= 0.0);
    let (whole, resumed) = (whole.gradient, resumed.gradient);
    for (name, expected) in &whole.vectors {
        let found = resumed.vectors[name].to_data();
        found.assert_eq(&expected.to_data(), true);
    }
    for (name, expected) in &whole.matrices {
        let found = resumed.matrices[name].to_data();
        found.assert_eq(&expected.to_data(), true);
    }
}

/// Clamped gray values have no variance, and mean field in the hidden units is exact.
#[test]
fn clamped_units_have_no_variance() {
    let kinds = [6, 4].map(|units| LayerKind::Bernoulli { units });
    let machine = machines::chain(&kinds, 1.0, true, RandomKey::new(426));
    let rows = machine.zeros(1).layers.swap_remove(0) + 0.3;
    let start = machine.state_from_visible(rows.clone());
    let solution = Solver::default().solve(&machine, &start, &[0]);
    let free_energy = machine.free_energy(rows).expect("restricted");
    let expected = -free_energy.into_scalar::<f64>();
    assert!(
        (solution.values[0] - expected).abs() < 1e-6,
        "{solution:?} is not {expected}"
    );
}

/// Convergence does not depend on the scale of the units.
#[test]
fn the_scale_of_the_units_does_not_matter() {
    let [bernoulli, gaussian, ..] = machines::kinds();
    let values = [1e-4, 1.0, 1e4_f64].map(|scale| {
        let mut machine = machines::chain(&[gaussian, bernoulli], 0.3, false, RandomKey::new(427));
        // x → scale · x, with r(x) W as it was.
        for (name, parameter) in machine.layers[0].parameters_mut() {
            *parameter = match name {
                "log_var" => parameter.clone() + 2.0 * scale.ln(),
                _ => parameter.clone() * scale,
            };
        }
        let weight = machine.connections[0].weight.clone();
        machine.connections[0].weight = weight * scale;
        let start = machine.random_state(10, RandomKey::new(428));
        let solution = Solver::default().solve(&machine, &start, &[]);
        let points = solution.fixed_points().len();
        assert_eq!((solution.converged(), points), (10, 1), "{scale}");
        let units = machine.layers[0].units() as f64;
        solution.log_partition() - units * scale.ln()
    });
    for value in values {
        assert!((value - values[1]).abs() < 1e-6, "{values:?}");
    }
}

/// Weights whose squares overflow have no fixed points, and the solution reports it.
#[test]
fn overflowing_weights_have_no_fixed_points() {
    let kinds = [4, 3].map(|units| LayerKind::Bernoulli { units });
    let mut machine = machines::chain(&kinds, 1.0, false, RandomKey::new(429));
    machine.connections[0].weight = machine.connections[0].weight.clone() * 1e300;
    let start = machine.random_state(3, RandomKey::new(430));
    let solution = Solver::default().solve(&machine, &start, &[]);
    assert_eq!(solution.converged(), 0, "{solution:?}");
    assert!(solution.log_partition().is_nan());
    for at in &solution.point {
        let means: Vec<f64> = at.mean.to_data().iter().collect();
        assert!(means.iter().all(|mean| mean.is_finite()));
    }
}

#[test]
fn settings_out_of_range_are_refused() {
    let machine = machines::chain(&machines::kinds(), 0.1, false, RandomKey::new(431));
    let usual = TapGradient::default();
    let refused = |tap: TapGradient| tap.init(&machine).map(drop).expect_err("out of range");
    let none = TapGradient { starts: 0, ..usual };
    assert_eq!(
        refused(none).to_string(),
        "the number of TAP starts is 0, expected at least 1"
    );
    let solvers = [
        Solver {
            iterations: 0,
            ..usual.solver
        },
        Solver {
            tolerance: f64::NAN,
            ..usual.solver
        },
        Solver {
            method: Method::SelfConsistent { damping: 1.0 },
            ..usual.solver
        },
        Solver {
            method: Method::Descent {
                rate: 0.1,
                momentum: -0.5,
            },
            ..usual.solver
        },
    ];
    for solver in solvers {
        refused(TapGradient { solver, ..usual });
    }
}
