//! Fixed points: many at once, apart from each other, and never what is no number.

use paysage_data::{BarsAndStripes, Table};
use paysage_kernels::RandomKey;
use paysage_layers::{AnyLayer, Layer, LayerKind, RowAverage, Stored, Trainable};
use paysage_metrics::{Metric, MetricError};
use paysage_models::{
    Batch, BoltzmannMachine, Exact, ExactError, GradientEstimator, Initialization,
};
use paysage_optimizers::{Optimizer, OptimizerKind};
use paysage_tap::{
    Expansion, Method, Order, Quantity, Solver, Source, TapGradient, TapLikelihood, TapMetric,
    Weighting,
};
use paysage_testkit::machines;

/// Two modes: units of both layers are drawn to agree, all 0 or all 1.
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
fn modes_are_told_apart_and_summed() {
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
fn starts_do_not_see_each_other() {
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

/// Where weights are large the expansion fails, and does not pretend: starts do not converge, or the
/// terms beyond mean field are larger than the error.
#[test]
fn errors_are_smaller_than_the_terms_beyond_mean_field() {
    let kinds = [10, 8].map(|units| LayerKind::Bernoulli { units });
    let mut worst: f64 = 0.0;
    for scale in [0.2, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0] {
        for seed in 0..6 {
            let key = RandomKey::new(413).split(seed);
            let machine = machines::chain(&kinds, scale, false, key);
            let exact = Exact::new(&machine).expect("small").log_partition();
            let starts = machine.random_state(20, RandomKey::new(414));
            let solution = Solver::default().solve(&machine, &starts, &[]);
            let error = (solution.log_partition() - exact).abs();
            let last = solution.beyond_mean_field();
            assert!(
                solution.converged() < 20 || error < last,
                "{scale}, {seed}: off by {error}, beyond mean field are {last}"
            );
            worst = worst.max(error);
        }
    }
    assert!(
        worst > 0.5,
        "nothing fails here: the largest error is {worst}"
    );
}

/// Two Gaussian units that meet with W = 0.52 can be normalized, but no variance is stationary in
/// second order (1/v = 1 − W²v has no solution), though the means are.
#[test]
fn means_alone_do_not_make_a_fixed_point() {
    let kinds = [LayerKind::Gaussian { units: 1 }; 2];
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

/// Whatever the weights, there is nothing in a solution that is no number.
#[test]
fn solutions_are_finite() {
    let kinds = [
        [LayerKind::Bernoulli { units: 8 }; 2],
        [
            LayerKind::Gaussian { units: 8 },
            LayerKind::Bernoulli { units: 8 },
        ],
        [LayerKind::onehot(3, 3), LayerKind::Gaussian { units: 4 }],
        [
            LayerKind::Spin { units: 8 },
            LayerKind::Gaussian { units: 4 },
        ],
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
        let found = TapLikelihood::estimate(&machine, &table, &Solver::default());
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
            let score = metric.evaluate(&machine, &table, RandomKey::new(0));
            assert_eq!(score, Ok(expected), "{kinds:?}, {quantity:?}");
        }
    }
    let steep = machines::chain(&[gaussian; 2], 3.0, false, RandomKey::new(417));
    let table = Table::new("row", 2, vec![0.0; 2]).expect("finite");
    let error = TapLikelihood::estimate(&steep, &table, &Solver::default());
    let layers = vec![0, 1];
    let expected = MetricError::Exact(ExactError::NotNormalizable { layers });
    assert_eq!(error, Err(expected));
}

/// The model phase of the exact gradient, to what the expansion leaves out.
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
        let found = Expansion::new(&machine, Order::Second, &[])
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

/// Epoch by epoch, from wherever fixed points are sought and however they count, for as long as the
/// weights are small.
#[test]
fn training_climbs_the_exact_likelihood() {
    let table = BarsAndStripes { size: 3 }.generate();
    let usual = TapGradient::default();
    let mut ways = Vec::new();
    for order in [Order::First, Order::Second, Order::Third] {
        let mut way = usual.clone();
        way.solver.order = order;
        ways.push(way);
    }
    for source in [Source::Persistent, Source::Random] {
        let usual = usual.clone();
        ways.push(TapGradient { source, ..usual });
    }
    ways.push(TapGradient {
        weighting: Weighting::Starts,
        ..usual
    });
    for way in ways {
        let scores = climb(&table, way.clone(), 100, 0.02);
        let rises = scores.windows(2).all(|pair| pair[1] > pair[0]);
        assert!(rises, "{way:?}: {scores:?}");
    }
}

/// When the machine has come to have many fixed points, starts at the data know them all, and they
/// count by their parts in Z: the likelihood stays where it has come to. Points that are followed from
/// step to step have met, and know one of them.
#[test]
fn many_fixed_points_are_known_from_the_data() {
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
fn climb(table: &Table, mut tap: TapGradient, steps: usize, rate: f64) -> Vec<f64> {
    let kinds = [9, 8].map(|units| LayerKind::Bernoulli { units });
    let mut machine = machines::chain(&kinds, 0.01, false, RandomKey::new(420));
    machine.initialize(Initialization::Glorot, table, RandomKey::new(421));
    let score = |machine: &BoltzmannMachine| {
        let exact = Exact::new(machine).expect("small");
        exact.mean_log_likelihood(table).expect("restricted")
    };
    let mut optimizer: Box<dyn Optimizer<_>> = OptimizerKind::Sgd.build();
    let mut scores = vec![score(&machine)];
    let all: Vec<usize> = (0..table.rows()).collect();
    for step in 0..steps {
        let rows = machine.batch(table, &all);
        let key = RandomKey::new(425).split(step as u64);
        let gradient = tap.estimate(&machine, &rows, key);
        optimizer.step(&mut machine, gradient, rate);
        if (step + 1).is_multiple_of(steps / 10) {
            scores.push(score(&machine));
        }
    }
    scores
}

/// What a checkpoint holds of the estimator is all that there is to hold.
#[test]
fn training_is_resumed_to_the_bit() {
    let [bernoulli, gaussian, ..] = machines::kinds();
    let kinds = [gaussian, bernoulli, gaussian];
    let machine = machines::chain(&kinds, 0.3, true, RandomKey::new(422));
    let rows = machine.visible_of(&machine.random_state(20, RandomKey::new(423)));
    let rows = Batch::from(rows);
    let step = |tap: &mut TapGradient| tap.estimate(&machine, &rows, RandomKey::new(0));
    let persistent = TapGradient {
        source: Source::Persistent,
        ..TapGradient::default()
    };
    let mut whole = persistent.clone();
    step(&mut whole);
    let memory = GradientEstimator::<AnyLayer>::memory(&whole);
    let mut resumed = persistent;
    GradientEstimator::<AnyLayer>::resume(&mut resumed, memory);
    let (whole, resumed) = (step(&mut whole), step(&mut resumed));
    for (name, expected) in &whole.vectors {
        let found = resumed.vectors[name].to_data();
        found.assert_eq(&expected.to_data(), true);
    }
    for (name, expected) in &whole.matrices {
        let found = resumed.matrices[name].to_data();
        found.assert_eq(&expected.to_data(), true);
    }
}

/// Gray values that are held have no variance, and mean field in the hidden units is exact.
#[test]
fn what_is_held_is_certain() {
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

/// Units of a scale of thousands or thousandths converge like those of one: in their own scale.
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

/// Weights whose squares are beyond the range of numbers lead nowhere, and that is said.
#[test]
fn weights_beyond_all_numbers_have_no_fixed_points() {
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
