//! Γ and its derivatives, against differences and against exact sums.

use burn::tensor::{FloatDType, Tensor};
use paysage_kernels::{RandomKey, normal};
use paysage_layers::{Cumulants, Layer, LayerKind, NaturalParameters, RowAverage, Tap, Trainable};
use paysage_models::{BoltzmannMachine, Exact, State};
use paysage_tap::{Method, Order, PlefkaExpansion, Solver};
use paysage_testkit::{Precision, check_gradient, machines};

const ORDERS: [Order; 3] = [Order::First, Order::Second, Order::Third];

/// Every pair of kinds, a triangle of three kinds and a deep machine.
fn all() -> Vec<(String, BoltzmannMachine)> {
    let mut all = Vec::new();
    for (count, kinds) in machines::representative_pairs().into_iter().enumerate() {
        let key = RandomKey::new(400).split(count as u64);
        let name = format!("{} – {}", kinds[0], kinds[1]);
        all.push((name, machines::chain(&kinds, 0.3, count % 2 == 0, key)));
    }
    let [bernoulli, gaussian, onehot, spin] = machines::kinds();
    let edges = [(0, 1), (2, 1), (0, 2)];
    for (name, kinds) in [
        ("triangle of kinds", [bernoulli, gaussian, onehot]),
        ("triangle with spins", [bernoulli, spin, onehot]),
        ("triangle of sites", [LayerKind::onehot(2, 3); 3]),
        ("triangle of units", [LayerKind::bernoulli(3); 3]),
    ] {
        let machine = machines::graph(&kinds, &edges, vec![0], 0.3, true, RandomKey::new(401));
        all.push((name.into(), machine));
    }
    let deep = [bernoulli, onehot, gaussian, bernoulli];
    all.push((
        "deep".into(),
        machines::chain(&deep, 0.3, false, RandomKey::new(402)),
    ));
    all
}

fn noise(shape: [usize; 2], key: RandomKey) -> Tensor<2> {
    let precise: FloatDType = machines::dtype().into();
    normal(shape, key, &machines::device()).cast(precise)
}

fn value(machine: &BoltzmannMachine, order: Order, natural: &[NaturalParameters]) -> f64 {
    PlefkaExpansion::new(machine, order, &[])
        .value(&point(machine, natural))
        .into_scalar()
}

fn point(machine: &BoltzmannMachine, natural: &[NaturalParameters]) -> Vec<Cumulants> {
    let pairs = machine.layers.iter().zip(natural);
    pairs
        .map(|(layer, natural)| layer.cumulants(natural))
        .collect()
}

fn read(x: &Tensor<2>) -> Vec<f64> {
    x.to_data().iter().collect()
}

/// A difference of Γ when one natural parameter changes.
fn difference(f: impl Fn(f64) -> f64) -> f64 {
    const H: f64 = 1e-4;
    // Of fourth order.
    (8.0 * (f(H) - f(-H)) - (f(2.0 * H) - f(-2.0 * H))) / (12.0 * H)
}

fn with(x: &Tensor<2>, unit: usize, added: f64) -> Tensor<2> {
    let one = x.clone().slice([0..1, unit..unit + 1]) + added;
    x.clone().slice_assign([0..1, unit..unit + 1], one)
}

#[test]
fn derivatives_in_moments_are_those_of_differences() {
    for ((name, machine), order) in all()
        .into_iter()
        .flat_map(|m| ORDERS.map(|o| (m.clone(), o)))
    {
        let layers = machine.layers.iter().enumerate();
        let natural: Vec<NaturalParameters> = layers
            .map(|(l, layer)| {
                let shape = [1, layer.units()];
                let key = RandomKey::new(403).split(l as u64);
                let field = noise(shape, key.split(0));
                let gaussian = layer
                    .natural_parameters(&layer.cumulants(&NaturalParameters {
                        field: field.clone(),
                        curvature: None,
                    }))
                    .curvature
                    .is_some();
                let curvature = gaussian.then(|| noise(shape, key.split(1)).abs() * 0.2);
                NaturalParameters { field, curvature }
            })
            .collect();
        let at = point(&machine, &natural);
        let expansion = PlefkaExpansion::new(&machine, order, &[]);
        for (l, layer) in machine.layers.iter().enumerate() {
            let slope = expansion.gradient_in_moments(l, &at);
            let (field, second, states) = (
                read(&slope.field),
                read(&at[l].second),
                layer.domain().width(),
            );
            let alone = layer.cumulants(&NaturalParameters {
                field: natural[l].field.clone(),
                curvature: None,
            });
            let alone = read(&alone.second);
            for unit in 0..field.len() {
                let found = difference(|h| {
                    let mut natural = natural.clone();
                    natural[l].field = with(&natural[l].field, unit, h);
                    value(&machine, order, &natural)
                });
                // By the chain rule: means change with a field by the covariance of their site (of
                // real units, by that which they have without a curvature).
                let expected = if states == 1 {
                    alone[unit] * field[unit]
                } else {
                    let site = unit / states * states..(unit / states + 1) * states;
                    let mean: f64 = site.map(|u| second[u] * field[u]).sum();
                    second[unit] * (field[unit] - mean)
                };
                let error = (found - expected).abs();
                assert!(
                    error < 1e-6,
                    "{name}, {order:?}, layer {l}: {found} is not {expected}"
                );
            }
            let Some(curvature) = &slope.curvature else {
                continue;
            };
            for (unit, slope) in read(curvature).into_iter().enumerate() {
                let found = difference(|h| {
                    let mut natural = natural.clone();
                    let own = natural[l].curvature.as_ref().expect("a variance");
                    natural[l].curvature = Some(with(own, unit, h));
                    value(&machine, order, &natural)
                });
                let expected = slope * second[unit].powi(2);
                let error = (found - expected).abs();
                assert!(
                    error < 1e-6,
                    "{name}, {order:?}, layer {l}: {found} is not {expected}"
                );
            }
        }
    }
}

fn solver(order: Order) -> Solver {
    Solver {
        order,
        tolerance: 1e-12,
        ..Solver::default()
    }
}

/// Γ at the fixed point that is reached from fields of zero.
fn solved(machine: &BoltzmannMachine, order: Order) -> f64 {
    let solution = solver(order).solve(machine, &start(machine), &[]);
    assert_eq!(solution.converged(), 1, "{solution:?}");
    solution.log_partition()
}

fn start(machine: &BoltzmannMachine) -> State {
    machine.random_state(1, RandomKey::new(404))
}

/// At a stationary point the derivative at fixed moments is that of the solution.
#[test]
fn derivatives_in_parameters_are_those_of_solutions() {
    let precision = Precision {
        step: 1e-4,
        tolerance: 1e-6,
    };
    // The third order has all that the others have.
    for (name, machine) in all() {
        println!("{name}");
        let solver = Solver {
            // Γ is stationary: its error is the square of that of the moments.
            tolerance: 1e-8,
            ..solver(Order::Third)
        };
        let solution = solver.solve(&machine, &start(&machine), &[]);
        let gradient = PlefkaExpansion::new(&machine, Order::Third, &[])
            .gradient(&solution.point, &RowAverage::Uniform);
        let near = solution.means();
        let value = |machine: &BoltzmannMachine| -solver.solve(machine, &near, &[]).log_partition();
        check_gradient(&machine, &gradient, precision, value);
    }
}

#[test]
fn without_weights_every_order_is_exact() {
    for kinds in machines::representative_pairs() {
        let mut machine = machines::chain(&kinds, 0.7, true, RandomKey::new(405));
        machine.connections[0].weight = machine.connections[0].weight.zeros_like();
        let exact = Exact::new(&machine).expect("small").log_partition();
        for order in ORDERS {
            let found = solved(&machine, order);
            assert!(
                (found - exact).abs() < 1e-9,
                "{kinds:?}, {order:?}: {found} is not {exact}"
            );
        }
    }
}

/// With weights of 0.2 each order is better than the one before: over many machines, for single
/// ones may be lucky.
#[test]
fn errors_fall_with_the_order() {
    let kinds = [LayerKind::bernoulli(6), LayerKind::bernoulli(5)];
    let mut errors = [0.0; 3];
    for seed in 0..20 {
        let key = RandomKey::new(406).split(seed);
        let mut machine = machines::chain(&kinds, 0.2, seed % 2 == 0, key);
        // Units that are more often 0 or more often 1, as those of data are.
        for (layer, units) in [(0, 6), (1, 5)] {
            let loc = noise([1, units], key.split(2 + layer as u64)).squeeze_dim(0);
            *machine.layers[layer].parameters_mut().swap_remove(0).1 = loc * 2.0;
        }
        let exact = Exact::new(&machine).expect("small").log_partition();
        for (order, sum) in ORDERS.into_iter().zip(&mut errors) {
            *sum += (solved(&machine, order) - exact).abs();
        }
    }
    println!("{errors:?}");
    assert!(errors[0] > 30.0 * errors[1], "{errors:?}");
    assert!(errors[1] > 3.0 * errors[2], "{errors:?}");
}

#[test]
fn both_ways_lead_to_the_same_point() {
    for (name, machine) in all() {
        let one = solver(Order::Second).solve(&machine, &start(&machine), &[]);
        let descent = Solver {
            method: Method::Descent {
                rate: 0.5,
                momentum: 0.5,
            },
            tolerance: 1e-9,
            ..solver(Order::Second)
        };
        let other = descent.solve(&machine, &start(&machine), &[]);
        assert_eq!(other.converged(), 1, "{name}: {other:?}");
        assert!(
            (one.log_partition() - other.log_partition()).abs() < 1e-8,
            "{name}"
        );
    }
}

/// Means of Gaussian machines are those of mean field, which are exact; what an order leaves out of
/// ln Z is the rest of the logarithm of a determinant, of fourth power in the weights from second
/// order on.
#[test]
fn gaussian_machines_are_exact_but_for_loops() {
    let kinds = [LayerKind::gaussian(3), LayerKind::gaussian(2)];
    let errors = [0.2, 0.1].map(|scale| {
        let mut machine = machines::chain(&kinds, 0.3, true, RandomKey::new(407));
        let weight = noise([3, 2], RandomKey::new(408)) * scale;
        machine.connections[0].weight = weight;
        let exact = Exact::new(&machine).expect("small");
        let errors = ORDERS.map(|order| {
            let solution = solver(order).solve(&machine, &start(&machine), &[]);
            for (layer, means) in exact.means().iter().enumerate() {
                let means: Vec<f64> = means.to_data().iter().collect();
                for (found, expected) in read(&solution.point[layer].mean).iter().zip(&means) {
                    assert!(
                        (found - expected).abs() < 1e-9,
                        "{order:?}, layer {layer}: {found}, {expected}"
                    );
                }
            }
            (solution.log_partition() - exact.log_partition()).abs()
        });
        // A normal distribution has no third cumulant.
        assert!((errors[2] - errors[1]).abs() < 1e-9, "{errors:?}");
        assert!(errors[0] > 10.0 * errors[1], "{errors:?}");
        errors[1]
    });
    let ratio = errors[0] / errors[1];
    assert!((10.0..25.0).contains(&ratio), "{errors:?}");
}
