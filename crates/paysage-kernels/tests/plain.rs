//! Kernels against the same in ordinary tensor operations, which say what is right.

mod common;

use burn::tensor::{DType, FloatDType, Tensor};
use common::{binary, device, distance, matrix, noise, on_threads, values, vector};
use paysage_kernels::{
    InverseTemperature, Outer, Precision, RandomKey, add_outer, bernoulli_log_partition,
    bernoulli_mean, categorical_log_partition, categorical_mean, most_precise, normal, plain,
    sample_bernoulli, sample_categorical, sample_gaussian, times, times_transposed, uniform,
};

/// Batch, rows and columns of a product: small and odd, and large enough for every method.
const SHAPES: [[usize; 3]; 12] = [
    [1, 1, 1],
    [1, 40, 30],
    [40, 1, 30],
    [40, 30, 1],
    [16, 5, 16],
    [17, 63, 31],
    [64, 64, 64],
    [65, 65, 33],
    [100, 129, 70],
    [200, 130, 64],
    [450, 90, 47],
    [1500, 70, 40],
];

/// Sums of `terms` numbers of order one differ by their rounding, at most so much.
fn rounding(terms: usize) -> f64 {
    2e-6 * (terms as f64).max(4.0)
}

/// States of every kind that the products tell apart: sparse, dense, all zeros, all ones, and not
/// binary at all, of which one has a single stray value.
fn states(shape: [usize; 2], seed: u64) -> Vec<Tensor<2>> {
    let mut stray = binary(shape, 0.5, seed);
    stray = stray.slice_assign(
        [shape[0] - 1..shape[0], shape[1] - 1..shape[1]],
        Tensor::full([1, 1], 0.5, (&device(), DType::F32)),
    );
    vec![
        binary(shape, 0.03, seed),
        binary(shape, 0.4, seed),
        binary(shape, 0.0, seed),
        binary(shape, 1.1, seed),
        noise(shape, 1.0, seed),
        stray,
    ]
}

#[test]
fn products_equal_the_ordinary_ones_to_rounding() {
    Precision::Exact.set();
    for [batch, rows, columns] in SHAPES {
        let weight = noise([rows, columns], 1.0, 1);
        for (kind, states) in states([batch, rows], 2).into_iter().enumerate() {
            let found = times(states.clone(), weight.clone());
            let exact = plain::times(states, weight.clone());
            let error = distance(found, exact);
            assert!(
                error < rounding(rows),
                "[{batch}, {rows}, {columns}], {kind}"
            );
        }
        for (kind, states) in states([batch, columns], 3).into_iter().enumerate() {
            let found = times_transposed(states.clone(), weight.clone());
            let exact = plain::times_transposed(states, weight.clone());
            let error = distance(found, exact);
            assert!(error < rounding(columns), "[{batch}, {columns}]ᵀ, {kind}");
        }
        let right = noise([batch, columns], 1.0, 4);
        for (kind, left) in states([batch, rows], 5).into_iter().enumerate() {
            let outer = Outer {
                left,
                right: right.clone(),
                scale: -0.25,
            };
            let exact = plain::outer(outer.clone());
            let error = distance(outer.clone().sum(), exact.clone());
            assert!(
                error < rounding(batch),
                "ᵀ[{batch}, {rows}, {columns}], {kind}"
            );
            let other = Outer {
                left: binary([70, rows], 0.5, 6),
                right: noise([70, columns], 1.0, 7),
                scale: 2.0,
            };
            let exact = exact + plain::outer(other.clone());
            let error = distance(outer.sum_with(other), exact);
            assert!(
                error < 2.0 * rounding(batch + 70),
                "+[{batch}, {rows}, {columns}], {kind}"
            );
        }
    }
}

#[test]
fn views_are_read_as_what_they_show() {
    let weight = noise([60, 90], 1.0, 20);
    let states = binary([90, 40], 0.5, 21).transpose();
    let found = times(states.clone(), weight.clone().transpose());
    let exact = plain::times(states, weight.transpose());
    assert!(distance(found, exact) < rounding(90));
    let wide = binary([40, 200], 0.5, 22).narrow(1, 70, 60);
    let weight = noise([200, 90], 1.0, 23).narrow(0, 100, 60);
    let found = times(wide.clone(), weight.clone());
    assert!(distance(found, plain::times(wide, weight)) < rounding(60));
}

#[test]
fn outer_products_are_added_for_every_shape() {
    for [rows, columns] in [[1, 1], [1, 40], [40, 1], [17, 63], [300, 500], [2, 70_000]] {
        let matrix = noise([rows, columns], 1.0, 40);
        let column: Tensor<1> = noise([1, rows], 1.0, 41).squeeze_dim(0);
        let row: Tensor<1> = noise([1, columns], 1.0, 42).squeeze_dim(0);
        let product = column.clone().unsqueeze_dim::<2>(1) * row.clone().unsqueeze_dim::<2>(0);
        let expected = matrix.clone() + product;
        let found = add_outer(matrix.clone(), column.clone(), row.clone());
        assert!(
            distance(found, expected.clone()) < rounding(1),
            "{rows}, {columns}"
        );
        let turned = matrix.transpose().clone();
        let found = add_outer(turned, row, column);
        assert!(distance(found, expected.transpose()) < rounding(1));
    }
}

#[test]
fn an_empty_batch_has_empty_fields_and_no_gradient() {
    let empty = || Tensor::<2>::zeros([0, 40], (&device(), DType::F32));
    let weight = noise([40, 50], 1.0, 6);
    assert_eq!(times(empty(), weight.clone()).dims(), [0, 50]);
    assert_eq!(
        times_transposed(empty(), weight.transpose()).dims(),
        [0, 50]
    );
}

#[test]
fn threads_change_no_bit_of_a_product() {
    for (density, batch) in [(0.02, 300), (0.5, 100), (0.5, 300), (0.5, 3000)] {
        let states = binary([batch, 150], density, 7);
        let weight = noise([150, 200], 1.0, 8);
        let right = noise([batch, 200], 1.0, 9);
        let all = || {
            [
                times(states.clone(), weight.clone()),
                times_transposed(states.clone(), weight.clone().transpose()),
                Outer {
                    left: states.clone(),
                    right: right.clone(),
                    scale: 1.0,
                }
                .sum(),
            ]
            .map(values)
        };
        let one = on_threads(1, all);
        for threads in [2, 3, 8] {
            assert_eq!(one, on_threads(threads, all), "{threads} threads");
        }
    }
}

/// Fields and parameters of a layer of 330 units.
fn layer() -> (Tensor<2>, Tensor<1>) {
    let loc = noise([1, 330], 1.0, 10).squeeze_dim::<1>(0);
    (noise([700, 330], 2.0, 11), loc)
}

fn temperatures() -> [InverseTemperature; 3] {
    let each: Vec<f32> = (0..700).map(|row| 0.1 + row as f32 / 350.0).collect();
    [
        InverseTemperature::ONE,
        InverseTemperature::from(0.3),
        InverseTemperature::PerChain(vector(&each)),
    ]
}

#[test]
fn uniforms_are_the_same_bits_on_every_backend() {
    for shape in [[1, 1], [3, 65], [200, 333]] {
        let key = RandomKey::new(12).split(3).starting_at(5);
        let host = plain::uniform(shape, key, &device());
        assert_eq!(values(uniform(shape, key, &device())), values(host));
    }
}

#[test]
fn normals_are_the_same_to_rounding_on_every_backend() {
    let key = RandomKey::new(13);
    let host = plain::normal([200, 333], key, &device());
    assert!(distance(normal([200, 333], key, &device()), host) < 1e-5);
}

#[test]
fn log_partitions_are_those_of_ordinary_operations() {
    for beta in temperatures() {
        let (field, loc) = layer();
        let found = bernoulli_log_partition(field.clone(), loc.clone(), &beta);
        let exact = plain::bernoulli_log_partition(field.clone(), loc.clone(), &beta);
        assert!(distance(found.unsqueeze(), exact.unsqueeze()) < 2e-3);
        let found = categorical_log_partition(field.clone(), loc.clone(), 11, &beta);
        let exact = plain::categorical_log_partition(field, loc, 11, &beta);
        assert!(distance(found.unsqueeze(), exact.unsqueeze()) < 1e-3);
    }
    // One and no rows, and fields of any size: the largest is what is left.
    let loc = vector(&[0.0; 3]);
    for (field, sum) in [([-1e4, 0.0, 1e4], 1e4), ([0.0; 3], 0.0)] {
        let field = matrix(field.to_vec(), [1, 3]);
        let two = 2.0_f64.ln();
        let found = bernoulli_log_partition(field.clone(), loc.clone(), &InverseTemperature::ONE);
        let units = if sum > 0.0 { two } else { 3.0 * two };
        assert!((values(found)[0] - sum - units).abs() < 1e-3);
        let found = categorical_log_partition(field, loc.clone(), 3, &InverseTemperature::ONE);
        let states = if sum > 0.0 { 0.0 } else { 3.0_f64.ln() };
        assert!((values(found)[0] - sum - states).abs() < 1e-3);
    }
}

#[test]
fn log_partitions_in_the_highest_precision_are_those_of_ordinary_operations() {
    // Rows longer than one product of factors can be.
    let (units, precise) = (7001, FloatDType::from(most_precise(&device())));
    let field = noise([3, units], 20.0, 16).cast(precise);
    let loc = noise([1, units], 1.0, 17).squeeze_dim(0).cast(precise);
    let rounding = if field.dtype() == DType::F64 {
        1e-12
    } else {
        1e-5
    };
    for beta in [1.0, 0.3].map(InverseTemperature::from) {
        let found = bernoulli_log_partition(field.clone(), loc.clone(), &beta);
        assert_eq!(found.dtype(), field.dtype());
        let exact = plain::bernoulli_log_partition(field.clone(), loc.clone(), &beta);
        for (found, exact) in values(found).into_iter().zip(values(exact)) {
            assert!(
                (found - exact).abs() < rounding * exact,
                "{found} is not {exact}"
            );
        }
    }
}

#[test]
fn means_are_those_of_ordinary_operations() {
    for beta in temperatures() {
        let (field, loc) = layer();
        let found = bernoulli_mean(field.clone(), loc.clone(), &beta);
        let exact = plain::bernoulli_mean(field.clone(), loc.clone(), &beta);
        assert!(distance(found, exact) < 1e-6);
        let found = categorical_mean(field.clone(), loc.clone(), 11, &beta);
        let exact = plain::categorical_mean(field, loc, 11, &beta);
        assert!(distance(found, exact) < 1e-6);
    }
}

/// Probabilities are right to about 1e-6, so a uniform falls between the two versions of one in
/// less than one of 10⁵ draws, of which there are 231,000; a categorical site has several
/// boundaries but fewer sites.
const STRADDLING: usize = 5;

#[test]
fn states_differ_only_where_a_rounding_straddles_the_uniform() {
    for (count, beta) in temperatures().into_iter().enumerate() {
        let (field, loc) = layer();
        let key = RandomKey::new(14).split(count as u64);
        let found = sample_bernoulli(field.clone(), loc.clone(), &beta, key);
        let plain_draw = plain::sample_bernoulli(field.clone(), loc.clone(), &beta, key);
        assert!(differing(found, plain_draw) <= STRADDLING);
        let found = sample_categorical(field.clone(), loc.clone(), 11, &beta, key);
        let plain_draw = plain::sample_categorical(field.clone(), loc.clone(), 11, &beta, key);
        assert!(differing(found, plain_draw) <= 2 * STRADDLING);
        let deviation = loc.clone().exp();
        let found = sample_gaussian(field.clone(), loc.clone(), deviation.clone(), &beta, key);
        let plain_draw = plain::sample_gaussian(field, loc, deviation, &beta, key);
        assert!(distance(found, plain_draw) < 5e-4);
    }
}

fn differing(left: Tensor<2>, right: Tensor<2>) -> usize {
    let pairs = values(left).into_iter().zip(values(right));
    pairs.filter(|(l, r)| l != r).count()
}

#[test]
fn other_float_types_take_ordinary_operations() {
    if !device().supports_dtype(DType::F64) {
        return;
    }
    let (field, loc) = layer();
    let (field, loc) = (field.cast(FloatDType::F64), loc.cast(FloatDType::F64));
    let (beta, key) = (InverseTemperature::ONE, RandomKey::new(15));
    let states = sample_bernoulli(field.clone(), loc.clone(), &beta, key);
    assert_eq!(states.dtype(), DType::F64);
    let weight = noise([330, 40], 1.0, 16).cast(FloatDType::F64);
    let found = times(states.clone(), weight.clone());
    assert_eq!(found.dtype(), field.dtype());
    assert_eq!(values(found), values(plain::times(states, weight)));
}

#[test]
#[should_panic(expected = "times: shapes [4, 5] and [6, 7] do not fit")]
fn shapes_that_do_not_fit_are_named() {
    let _ = times(noise([4, 5], 1.0, 17), noise([6, 7], 1.0, 18));
}
