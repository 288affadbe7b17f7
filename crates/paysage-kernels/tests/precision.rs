//! Products in the standard precision of GPUs with cooperative matrices.

mod common;

use burn::tensor::{DType, Tensor};
use common::{binary, device, noise, values};
use paysage_kernels::{
    DiscreteUnits, InverseTemperature, Outer, Precision, Product, RandomKey, times,
    times_transposed,
};

/// The largest error of a mean of a unit with so many neighbours, against f64, in standard precision.
const TOLERANCE: f64 = 1e-5;

const BERNOULLI: DiscreteUnits = DiscreteUnits::Bernoulli;

fn largest(errors: impl Iterator<Item = f64>) -> f64 {
    errors.fold(0.0, f64::max)
}

fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

/// states · matrix in f64, or states · matrixᵀ.
fn product(
    states: &[f64],
    matrix: &[f64],
    [units, columns]: [usize; 2],
    transposed: bool,
) -> Vec<f64> {
    let entry = |unit: usize, column: usize| match transposed {
        false => matrix[unit * columns + column],
        true => matrix[column * units + unit],
    };
    let rows = states.chunks(units);
    let row = |row: &[f64]| -> Vec<f64> {
        let ones: Vec<usize> = (0..units).filter(|&unit| row[unit] != 0.0).collect();
        let field = |column| {
            ones.iter()
                .map(|&unit| row[unit] * entry(unit, column))
                .sum()
        };
        (0..columns).map(field).collect()
    };
    rows.flat_map(row).collect()
}

/// Weights as of a machine that was trained on images: means over the whole of [0, 1].
#[test]
fn means_under_a_product_have_small_errors() {
    assert_eq!(Precision::current(), Precision::Standard);
    for (batch, units, columns, transposed) in [
        (33, 784, 100, false),
        (100, 500, 61, true),
        (17, 16, 16, false),
        (5, 40, 33, true),
        // As many as tiles of each size need.
        (1300, 70, 700, true),
        (3000, 40, 800, false),
    ] {
        let states = binary([batch, units], 0.3, 1);
        let shape = if transposed {
            [columns, units]
        } else {
            [units, columns]
        };
        let weight = noise(shape, 0.1, 2);
        let loc = noise([1, columns], 1.0, 3).squeeze_dim(0);
        let field = product(
            &values(states.clone()),
            &values(weight.clone()),
            [units, columns],
            transposed,
        );
        let loc_values = values(loc.clone());
        let expected = field.iter().enumerate();
        let expected: Vec<f64> = expected
            .map(|(i, f)| sigmoid(0.5 * (f + loc_values[i % columns])))
            .collect();
        let under = Product {
            states,
            matrix: weight,
            transposed,
        };
        let (beta, key) = (InverseTemperature::from(0.5), RandomKey::new(4));
        let mean = values(under.clone().mean(BERNOULLI, loc.clone(), &beta));
        let pairs = mean.iter().zip(&expected);
        let error = largest(pairs.map(|(found, expected)| (found - expected).abs()));
        assert!(error < TOLERANCE, "{batch} × {units} × {columns}: {error}");

        // Samples are those of the same means and random numbers.
        let sample = values(under.clone().sample(BERNOULLI, loc.clone(), &beta, key));
        let uniform = values(paysage_kernels::uniform([batch, columns], key, &device()));
        for ((x, u), p) in sample.iter().zip(&uniform).zip(&expected) {
            assert!(
                *x == f64::from(u < p) || (u - p).abs() < TOLERANCE,
                "{x} for {u} and {p}"
            );
        }
        let (mean_again, sample_again) = under.mean_and_sample(BERNOULLI, loc, &beta, key);
        assert_eq!(values(mean_again), mean);
        assert_eq!(values(sample_again), sample);
    }
}

/// Probabilities of the states of a site.
fn softmax(logits: &[f64]) -> Vec<f64> {
    let largest = logits.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let weights: Vec<f64> = logits.iter().map(|x| (x - largest).exp()).collect();
    let total: f64 = weights.iter().sum();
    weights.into_iter().map(|weight| weight / total).collect()
}

/// The state that a uniform number selects, unless another is within the tolerance.
fn selected(probabilities: &[f64], uniform: f64) -> Option<usize> {
    let mut cumulated = 0.0;
    let ends: Vec<f64> = probabilities
        .iter()
        .map(|p| {
            cumulated += p;
            cumulated
        })
        .collect();
    let near = |end: &f64| (end - uniform).abs() < TOLERANCE;
    let state = ends.iter().filter(|end| **end <= uniform).count();
    (!ends.iter().any(near)).then_some(state)
}

/// Sites of every width of a plan, those that do not fill it, and wider ones.
#[test]
fn sites_under_a_product_are_drawn_from_their_means() {
    for (batch, units, sites, states, transposed) in [
        (37, 100, 53, 21, true),
        (33, 784, 7, 10, false),
        (100, 60, 40, 2, true),
        (18, 40, 5, 3, false),
        (5, 33, 130, 1, true),
        (20, 30, 3, 33, true),
        (16, 48, 2, 64, false),
        (17, 48, 3, 65, true),
        (40, 48, 2, 128, false),
        (20, 200, 3, 70, true),
        (20, 200, 3, 70, false),
        (9, 20, 2, 150, true),
        (400, 24, 900, 4, true),
        (1500, 20, 130, 70, false),
    ] {
        let columns = sites * states;
        let states_below = binary([batch, units], 0.3, 1);
        let shape = if transposed {
            [columns, units]
        } else {
            [units, columns]
        };
        let weight = noise(shape, 0.2, 2);
        let loc = noise([1, columns], 1.0, 3).squeeze_dim(0);
        let field = product(
            &values(states_below.clone()),
            &values(weight.clone()),
            [units, columns],
            transposed,
        );
        let biases = values(loc.clone());
        let logits: Vec<f64> = field
            .iter()
            .enumerate()
            .map(|(i, f)| 0.5 * (f + biases[i % columns]))
            .collect();
        let expected: Vec<Vec<f64>> = logits.chunks(states).map(softmax).collect();
        let under = Product {
            states: states_below,
            matrix: weight,
            transposed,
        };
        let kind = DiscreteUnits::Categorical { states };
        let (beta, key) = (InverseTemperature::from(0.5), RandomKey::new(4));
        let key = key.starting_at(3);
        let mean = values(under.clone().mean(kind, loc.clone(), &beta));
        let pairs = mean.iter().zip(expected.iter().flatten());
        let error = largest(pairs.map(|(found, expected)| (found - expected).abs()));
        assert!(
            error < TOLERANCE,
            "{batch} × {units} × {sites} × {states}: {error}"
        );

        let sample = values(under.clone().sample(kind, loc.clone(), &beta, key));
        let uniform = values(paysage_kernels::uniform([batch, sites], key, &device()));
        let expected = expected.iter().zip(&uniform);
        let mut undecided = 0;
        for (site, (probabilities, u)) in sample.chunks(states).zip(expected) {
            let ones = site.iter().filter(|x| **x == 1.0).count();
            let zeros = site.iter().filter(|x| **x == 0.0).count();
            assert_eq!((ones, zeros), (1, states - 1), "{site:?}");
            match selected(probabilities, *u) {
                Some(state) => assert_eq!(site[state], 1.0, "{site:?} for {u}"),
                None => undecided += 1,
            }
        }
        let most =
            batch * sites * states * 2 / 50_000 + 4 + batch * sites * usize::from(states == 1);
        assert!(undecided <= most, "{undecided} of {}", batch * sites);
        let (mean_again, sample_again) = under.mean_and_sample(kind, loc, &beta, key);
        assert_eq!(values(mean_again), mean);
        assert_eq!(values(sample_again), sample);
    }
}

#[test]
fn gradients_have_small_errors() {
    let (rows, columns) = (70, 45);
    for batches in [[100, 64], [300, 280]] {
        assert_gradient_is_precise(rows, columns, batches);
    }
    assert_gradient_is_precise(1500, 1500, [20, 17]);
}

/// In blocks of each size.
#[test]
fn states_that_are_not_binary_have_all_their_parts() {
    for (batch, units, columns, transposed) in [
        (100, 300, 60, true),
        (1300, 70, 700, false),
        (3000, 40, 800, true),
    ] {
        let states = noise([batch, units], 1.0, 8);
        let shape = if transposed {
            [columns, units]
        } else {
            [units, columns]
        };
        let weight = noise(shape, 0.1, 9);
        let expected = product(
            &values(states.clone()),
            &values(weight.clone()),
            [units, columns],
            transposed,
        );
        let all_parts = match transposed {
            true => times_transposed(states.clone(), weight.clone()),
            false => times(states.clone(), weight.clone()),
        };
        let standard = Product {
            states,
            matrix: weight,
            transposed,
        };
        for (field, tolerance) in [(all_parts, TOLERANCE), (standard.compute(), 1e-4)] {
            let found = values(field);
            let pairs = found.iter().zip(&expected);
            let error = largest(pairs.map(|(found, expected)| (found - expected).abs()));
            assert!(error < tolerance, "{batch} × {units} × {columns}: {error}");
        }
    }
}

fn assert_gradient_is_precise(rows: usize, columns: usize, batches: [usize; 2]) {
    let scales = batches.map(|batch| 1.0 / batch as f64);
    let [left, right] = [(batches[0], 5), (batches[1], 7)].map(|(batch, seed)| {
        let mean = noise([batch, columns], 1.0, seed + 1);
        (binary([batch, rows], 0.4, seed), mean.clone() * mean)
    });
    let outer = |(left, right): &(_, _), scale| Outer {
        left: Tensor::<2>::clone(left),
        right: Tensor::<2>::clone(right),
        scale,
    };
    let found = values(outer(&left, scales[0]).sum_with(outer(&right, -scales[1])));
    let in_f64 = |(left, right): &(_, _)| {
        let left = Tensor::<2>::clone(left);
        let batch = left.dims()[0];
        let turned = values(left.transpose());
        product(
            &turned,
            &values(Tensor::<2>::clone(right)),
            [batch, columns],
            false,
        )
    };
    let pairs = in_f64(&left).into_iter().zip(in_f64(&right));
    let expected = pairs.map(|(a, b)| scales[0] * a - scales[1] * b);
    let error = largest(
        found
            .iter()
            .zip(expected)
            .map(|(found, expected)| (found - expected).abs()),
    );
    assert!(error < TOLERANCE, "{error}");
}

/// What is not a number stays none, whatever its bits, and what is infinite is not lost.
#[test]
fn numbers_that_are_none_reach_the_product() {
    let ones = Tensor::<2>::ones([3, 20], (&device(), DType::F32));
    for bits in [
        0x7fff_ffff,
        0xffff_ffff,
        0x7fc0_0000,
        0x7f80_0000,
        0xff80_0000,
    ] {
        let mut weight = vec![0.0; 20 * 5];
        weight[7 * 5 + 2] = f32::from_bits(bits);
        let matrix = common::matrix(weight, [20, 5]);
        let standard = Product {
            states: ones.clone(),
            matrix: matrix.clone(),
            transposed: false,
        };
        for field in [times(ones.clone(), matrix), standard.compute()].map(values) {
            for (at, x) in field.iter().enumerate() {
                assert_eq!(x.is_finite(), at % 5 != 2, "{bits:x}: {field:?}");
            }
        }
    }
}

/// The same parts of numbers on the host: the rounding of two of them is below the tolerance for fields as
/// they occur.
#[test]
fn two_parts_of_bf16_are_enough_for_means() {
    let bf16 = |x: f32| f32::from_bits((x.to_bits() + 0x8000) & 0xffff_0000);
    let parts = |x: f32| {
        let first = bf16(x);
        f64::from(first) + f64::from(bf16(x - first))
    };
    let (batch, units, columns) = (50, 784, 40);
    let states = values(binary([batch, units], 0.3, 1));
    let weight = values(noise([units, columns], 0.1, 2));
    let rounded: Vec<f64> = weight.iter().map(|x| parts(*x as f32)).collect();
    let single: Vec<f64> = weight.iter().map(|x| f64::from(bf16(*x as f32))).collect();
    let means = |weight: &[f64]| -> Vec<f64> {
        let field = product(&states, weight, [units, columns], false);
        field.into_iter().map(sigmoid).collect()
    };
    let exact = means(&weight);
    let error = |weight: &[f64]| {
        let means = means(weight);
        largest(means.iter().zip(&exact).map(|(a, b)| (a - b).abs()))
    };
    assert!(error(&rounded) < TOLERANCE, "{}", error(&rounded));
    assert!(
        error(&single) > 100.0 * TOLERANCE,
        "one part is not enough: {}",
        error(&single)
    );
    // Three parts are the number itself.
    for x in weight {
        let x = x as f32;
        let rest = x - bf16(x);
        let third = bf16(rest - bf16(rest));
        assert_eq!(bf16(x) + (bf16(rest) + third), x);
    }
}

/// Whatever lies between the lines of a matrix.
#[test]
fn parts_of_matrices_are_multiplied_as_copies_of_them() {
    let states = binary([33, 64], 0.3, 5);
    let whole = noise([64, 128], 0.1, 6);
    let copied = |part: &Tensor<2>| Tensor::from_data(part.to_data(), (&device(), DType::F32));
    let parts = [
        whole.clone().narrow(1, 64, 64),
        whole.clone().narrow(1, 3, 50),
        whole.clone().narrow(1, 127, 1),
        whole.clone().narrow(1, 5, 1).expand([64, 7]),
        whole.clone().narrow(0, 9, 1).expand([64, 128]),
        whole.clone().transpose().narrow(0, 0, 64).transpose(),
    ];
    let assert_alike = |found: Tensor<2>, expected: Tensor<2>| {
        let (found, expected) = (values(found), values(expected));
        let pairs = found.iter().zip(&expected);
        let error = largest(pairs.map(|(found, expected)| (found - expected).abs()));
        assert!(error < 1e-4, "{error}");
    };
    for part in parts {
        let copy: Tensor<2> = copied(&part);
        for states in [states.clone(), states.clone().narrow(0, 4, 1)] {
            let fields = times(states.clone(), copy.clone());
            assert_alike(times(states, part.clone()), fields.clone());
            let expected = times_transposed(fields.clone(), copy.clone());
            assert_alike(times_transposed(fields, part.clone()), expected);
        }
    }
    let some = whole.clone().transpose().narrow(1, 32, 32);
    let whole = whole.narrow(0, 0, 32);
    assert_alike(
        times(some.clone(), whole.clone()),
        times(copied(&some), whole),
    );
    let some = states.narrow(1, 32, 32);
    let whole = noise([32, 40], 0.1, 7);
    assert_alike(
        times(some.clone(), whole.clone()),
        times(copied(&some), whole),
    );
}
