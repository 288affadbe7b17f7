//! Fixed points: many at once, apart from each other, and never what is no number.

use paysage_data::{BarsAndStripes, Table};
use paysage_kernels::RandomKey;
use paysage_layers::{AnyLayer, LayerKind, RowAverage, Stored, Trainable};
use paysage_metrics::{Metric, MetricError};
use paysage_models::{
    Batch, BoltzmannMachine, Exact, ExactError, GradientEstimator, Initialization,
};
use paysage_optimizers::{Optimizer, OptimizerKind};
use paysage_tap::{Expansion, Method, Order, Solver, TapGradient, TapLikelihood, TapLogLikelihood};
use paysage_testkit::machines;

/// Two modes: units of both layers are drawn to agree, all 0 or all 1.
fn ferromagnet(strength: f64) -> BoltzmannMachine {
    // Odd numbers, so that no start is between the two.
    let kinds = [7, 5].map(|units| LayerKind::Bernoulli { units });
    let mut machine = machines::chain(&kinds, 0.0, true, RandomKey::new(410));
    for layer in &mut machine.layers {
        let ones = layer.parameters()[0].1.ones_like();
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
    let [bernoulli, gaussian, onehot] = machines::kinds();
    for kinds in [
        vec![bernoulli, gaussian],
        vec![onehot, bernoulli],
        vec![gaussian, onehot],
        vec![bernoulli, onehot, gaussian],
    ] {
        let machine = machines::chain(&kinds, 0.2, true, RandomKey::new(415));
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
        let metric = TapLogLikelihood::default();
        let score = metric.evaluate(&machine, &table, RandomKey::new(0));
        assert_eq!(score, Ok(found.log_likelihood));
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
    let [bernoulli, gaussian, onehot] = machines::kinds();
    for kinds in [
        vec![bernoulli, bernoulli],
        vec![gaussian, bernoulli],
        vec![onehot, gaussian],
        vec![bernoulli, onehot, bernoulli],
    ] {
        let machine = machines::chain(&kinds, 0.2, true, RandomKey::new(418));
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
            assert!(error < 1e-2, "{kinds:?}: {name} is off by {error}");
        }
    }
}

/// Epoch by epoch, for as long as the weights are small.
#[test]
fn training_climbs_the_exact_likelihood() {
    let table = BarsAndStripes { size: 3 }.generate();
    let kinds = [9, 8].map(|units| LayerKind::Bernoulli { units });
    for order in [Order::First, Order::Second, Order::Third] {
        let mut machine = machines::chain(&kinds, 0.01, false, RandomKey::new(420));
        machine.initialize(Initialization::Glorot, &table, RandomKey::new(421));
        let score = |machine: &BoltzmannMachine| {
            let exact = Exact::new(machine).expect("small");
            exact.mean_log_likelihood(&table).expect("restricted")
        };
        let mut tap = TapGradient::default();
        tap.solver.order = order;
        let mut optimizer: Box<dyn Optimizer<_>> = OptimizerKind::Sgd.build();
        let mut before = score(&machine);
        let all: Vec<usize> = (0..table.rows()).collect();
        for epoch in 0..10 {
            for _ in 0..10 {
                let rows = machine.batch(&table, &all);
                let gradient = tap.estimate(&machine, &rows, RandomKey::new(0));
                optimizer.step(&mut machine, gradient, 0.02);
            }
            let after = score(&machine);
            assert!(
                after > before,
                "{order:?}, epoch {epoch}: {before} to {after}"
            );
            before = after;
        }
    }
}

/// What a checkpoint holds of the estimator is all that there is to hold.
#[test]
fn training_is_resumed_to_the_bit() {
    let [bernoulli, gaussian, _] = machines::kinds();
    let machine = machines::chain(&[gaussian, bernoulli], 0.3, true, RandomKey::new(422));
    let rows = machine.visible_of(&machine.random_state(20, RandomKey::new(423)));
    let rows = Batch::from(rows);
    let step = |tap: &mut TapGradient| tap.estimate(&machine, &rows, RandomKey::new(0));
    let mut whole = TapGradient::default();
    step(&mut whole);
    let memory = GradientEstimator::<AnyLayer>::memory(&whole);
    let mut resumed = TapGradient::default();
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
