//! The draws: their distributions, their limits, and what they do not depend on.

mod common;

use burn::tensor::{DType, Tensor};
use common::{
    chi_squared, chi_squared_bound, critical, device, kolmogorov_smirnov, matrix, noise,
    on_threads, values, vector,
};
use paysage_kernels::{
    InverseTemperature, RandomKey, bernoulli_mean, categorical_mean, normal, sample_bernoulli,
    sample_categorical, sample_gaussian, uniform,
};

/// A million draws, and the shape that they come in.
const SHAPE: [usize; 2] = [1250, 800];
const ONE: InverseTemperature = InverseTemperature::ONE;

fn draws() -> usize {
    SHAPE[0] * SHAPE[1]
}

/// Φ by the expansion of the error function that is exact to 1e-7 (Abramowitz & Stegun 7.1.26).
fn normal_distribution(x: f64) -> f64 {
    let z = x.abs() / std::f64::consts::SQRT_2;
    let t = 1.0 / (1.0 + 0.327_591_1 * z);
    let poly = t
        * (0.254_829_592
            + t * (-0.284_496_736
                + t * (1.421_413_741 + t * (-1.453_152_027 + t * 1.061_405_429))));
    let upper = 0.5 * poly * (-z * z).exp();
    if x > 0.0 { 1.0 - upper } else { upper }
}

fn logistic(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

#[test]
fn words_are_stable() {
    // A change here changes every result that was made with a seed: say so in the changelog.
    let drawn = values(uniform([1, 3], RandomKey::new(5), &device()));
    let expected = [12_851_048.0, 5_825_403.0, 16_168_110.0].map(|word: f64| word / 16_777_216.0);
    assert_eq!(drawn, expected);
    let drawn = values(normal([1, 9], RandomKey::new(5), &device()));
    let expected = [(0, 0.661_276_46), (8, 0.309_687_47)];
    for (column, value) in expected {
        assert!((drawn[column] - value).abs() < 1e-6, "{drawn:?}");
    }
}

#[test]
fn uniforms_are_uniform() {
    let sample = values(uniform(SHAPE, RandomKey::new(11), &device()));
    assert!(kolmogorov_smirnov(sample, |x| x) < critical(draws()));
}

#[test]
fn normals_are_normal() {
    let sample = values(normal(SHAPE, RandomKey::new(12), &device()));
    assert!(kolmogorov_smirnov(sample, normal_distribution) < critical(draws()));
}

#[test]
fn gaussian_units_have_their_mean_and_deviation() {
    let [_, units] = SHAPE;
    let field = Tensor::full(SHAPE, 0.5, (&device(), DType::F32));
    let loc = vector(&vec![-2.0; units]);
    let deviation = vector(&vec![3.0; units]);
    let beta = InverseTemperature::from(4.0);
    let drawn = sample_gaussian(field, loc, deviation, &beta, RandomKey::new(13));
    let standard = |x: f64| normal_distribution((x + 1.5) / 1.5);
    assert!(kolmogorov_smirnov(values(drawn), standard) < critical(draws()));
}

#[test]
fn bernoulli_units_keep_to_their_probabilities() {
    let [rows, units] = SHAPE;
    let loc: Vec<f32> = (0..units).map(|i| (i % 16) as f32 * 0.4 - 3.0).collect();
    let beta = InverseTemperature::from(0.7);
    let field = Tensor::full(SHAPE, 0.3, (&device(), DType::F32));
    let drawn = sample_bernoulli(field, vector(&loc), &beta, RandomKey::new(14));
    let ones = values(drawn.sum_dim(0));
    // Ones and zeros of the sixteen probabilities.
    let (mut found, mut expected) = ([0.0; 32], [0.0; 32]);
    for (i, (ones, loc)) in ones.iter().zip(&loc).enumerate() {
        let p = logistic(0.7 * (f64::from(*loc) + 0.3));
        for (k, (found_one, expected_one)) in [
            (*ones, p * rows as f64),
            (rows as f64 - ones, (1.0 - p) * rows as f64),
        ]
        .into_iter()
        .enumerate()
        {
            found[2 * (i % 16) + k] += found_one;
            expected[2 * (i % 16) + k] += expected_one;
        }
    }
    assert!(chi_squared(&found, &expected) < chi_squared_bound(16));
}

#[test]
fn categorical_sites_keep_to_their_probabilities() {
    const STATES: usize = 5;
    let (rows, sites) = (12_500, 80);
    let weights = [0.0, 1.0, -1.0, 0.5, -2.0_f32];
    let loc: Vec<f32> = weights.repeat(sites);
    let field = Tensor::zeros([rows, sites * STATES], (&device(), DType::F32));
    let beta = InverseTemperature::from(1.5);
    let drawn = sample_categorical(field, vector(&loc), STATES, &beta, RandomKey::new(15));
    let found = values(drawn.sum_dim(0).reshape([sites, STATES]).sum_dim(0));
    let weights = weights.map(|w| (1.5 * f64::from(w)).exp());
    let scale = (rows * sites) as f64 / weights.iter().sum::<f64>();
    let expected = weights.map(|w| w * scale);
    assert!(chi_squared(&found, &expected) < chi_squared_bound(STATES - 1));
}

#[test]
fn neighbours_are_uncorrelated() {
    let [rows, columns] = SHAPE;
    let z = values(normal(SHAPE, RandomKey::new(16), &device()));
    let correlation = |pairs: &mut dyn Iterator<Item = (usize, usize)>| {
        let (mut sum, mut n) = (0.0, 0.0);
        for (i, j) in pairs {
            sum += z[i] * z[j];
            n += 1.0;
        }
        (sum / n).abs() * f64::sqrt(n)
    };
    // Lags that the layout of blocks could betray: 1, 8 (the halves of a Box–Muller pair), 32.
    for lag in [1, 8, 16, 32] {
        let mut pairs = (0..rows)
            .flat_map(|r| (0..columns - lag).map(move |c| r * columns + c))
            .map(|i| (i, i + lag));
        assert!(correlation(&mut pairs) < 4.0, "lag {lag}");
    }
    let mut pairs = (0..(rows - 1) * columns).map(|i| (i, i + columns));
    assert!(correlation(&mut pairs) < 4.0, "rows");
    // Keys that are counted: the same place in two draws.
    let next = values(normal(SHAPE, RandomKey::new(16).split(0), &device()));
    let sum: f64 = z.iter().zip(&next).map(|(a, b)| a * b).sum();
    assert!(sum.abs() < 4.0 * (z.len() as f64).sqrt(), "keys");
}

#[test]
fn extreme_fields_decide() {
    let extremes = [-1e4, f32::NEG_INFINITY, 0.0, 1e4, f32::INFINITY];
    // burn 0.22's sums over rows lose those beyond 65,532 on wgpu.
    let rows = 60_000;
    let field = matrix(extremes.repeat(rows), [rows, 5]);
    let loc = vector(&[0.0; 5]);
    let means = values(bernoulli_mean(field.clone(), loc.clone(), &ONE).slice([0..1, 0..5]));
    assert_eq!(means, [0.0, 0.0, 0.5, 1.0, 1.0]);
    let drawn = sample_bernoulli(field, loc, &ONE, RandomKey::new(2));
    let means = values(drawn.mean_dim(0));
    assert_eq!(
        [means[0], means[1], means[3], means[4]],
        [0.0, 0.0, 1.0, 1.0]
    );

    // Four sites of three: nothing but the last, never the first, one of the two that are
    // infinite, and the largest of three that are far below zero.
    let never = f32::NEG_INFINITY;
    let sites = [
        [-1e4, -1e4, 1e4],
        [never, 0.0, 0.0],
        [f32::INFINITY, 0.0, f32::INFINITY],
        [-1e4, -2e4, never],
    ];
    let field = matrix(sites.concat().repeat(rows), [rows, 12]);
    let loc = vector(&[0.0; 12]);
    let exact = [0.0, 0.0, 1.0, 0.0, 0.5, 0.5, 0.5, 0.0, 0.5, 1.0, 0.0, 0.0];
    let means = categorical_mean(field.clone(), loc.clone(), 3, &ONE);
    assert_eq!(values(means.slice([0..1, 0..12])), exact);
    let drawn = sample_categorical(field, loc, 3, &ONE, RandomKey::new(3));
    for (mean, exact) in values(drawn.mean_dim(0)).into_iter().zip(exact) {
        let deviation = (exact * (1.0 - exact) / rows as f64).sqrt();
        assert!((mean - exact).abs() <= 4.0 * deviation);
    }
}

#[test]
fn every_site_has_one_state_whatever_the_rounding() {
    // Weights so small beside the first that cumulated sums no longer move.
    let (rows, states) = (60_000, 7);
    let loc: Vec<f32> = (0..states).map(|k| -6.0 * k as f32).collect();
    let field = Tensor::zeros([rows, states], (&device(), DType::F32));
    let drawn = sample_categorical(field, vector(&loc), states, &ONE, RandomKey::new(4));
    assert!(
        values(drawn.clone().sum_dim(1))
            .iter()
            .all(|&ones| ones == 1.0)
    );
    let binary = |x: &f64| *x == 0.0 || *x == 1.0;
    assert!(values(drawn).iter().all(binary));
}

#[test]
fn odd_shapes_are_drawn_as_part_of_larger_ones() {
    let key = RandomKey::new(5);
    let wide = uniform([3, 130], key, &device());
    for columns in [1, 31, 32, 33, 63, 64, 65] {
        let narrow = values(uniform([3, columns], key, &device()));
        assert_eq!(values(wide.clone().slice([0..3, 0..columns])), narrow);
        let loc = vector(&vec![0.25; columns]);
        let field = Tensor::zeros([3, columns], (&device(), DType::F32));
        let states = sample_bernoulli(field, loc, &ONE, key);
        let expected: Vec<f64> = narrow
            .iter()
            .map(|&u| f64::from(u < logistic(0.25)))
            .collect();
        assert_eq!(values(states), expected, "{columns} columns");
    }
    for shape in [[1, 1], [1, 300], [300, 1]] {
        let loc = vector(&vec![-1e4; shape[1]]);
        let field = Tensor::zeros(shape, (&device(), DType::F32));
        let states = sample_bernoulli(field, loc, &ONE, key);
        assert_eq!(states.dims(), shape);
        assert_eq!(values(states.sum()), [0.0]);
    }
}

#[test]
fn an_empty_batch_stays_empty() {
    let loc = vector(&[0.0; 6]);
    let field = || Tensor::<2>::zeros([0, 6], (&device(), DType::F32));
    let key = RandomKey::new(6);
    for drawn in [
        sample_bernoulli(field(), loc.clone(), &ONE, key),
        sample_gaussian(field(), loc.clone(), loc.clone(), &ONE, key),
        sample_categorical(field(), loc.clone(), 3, &ONE, key),
        bernoulli_mean(field(), loc, &ONE),
        uniform([0, 6], key, &device()),
    ] {
        assert_eq!(drawn.dims(), [0, 6]);
    }
}

/// Every draw, of a batch large enough to be shared out.
fn all_draws(first_row: usize, rows: usize) -> Vec<Vec<f64>> {
    let key = RandomKey::new(7).starting_at(first_row as u32);
    let field = noise([128, 330], 2.0, 8).slice([first_row..first_row + rows, 0..330]);
    let loc = noise([1, 330], 1.0, 9).squeeze_dim::<1>(0);
    let deviation = loc.clone().exp();
    [
        uniform([rows, 330], key, &device()),
        normal([rows, 330], key, &device()),
        sample_bernoulli(field.clone(), loc.clone(), &ONE, key),
        sample_gaussian(field.clone(), loc.clone(), deviation, &ONE, key),
        sample_categorical(field, loc, 10, &ONE, key),
    ]
    .map(values)
    .to_vec()
}

#[test]
fn threads_and_splits_of_the_rows_change_nothing() {
    let one = on_threads(1, || all_draws(0, 128));
    for threads in [2, 3, 8] {
        assert_eq!(one, on_threads(threads, || all_draws(0, 128)));
    }
    let (upper, lower) = (all_draws(0, 50), all_draws(50, 78));
    for ((whole, upper), lower) in one.into_iter().zip(upper).zip(lower) {
        assert_eq!(whole, [upper, lower].concat());
    }
}

#[test]
#[should_panic(expected = "a field [2, 6] of F32 does not fit a parameter [3] of F32")]
fn parameters_that_do_not_fit_are_named() {
    let _ = sample_bernoulli(
        noise([2, 6], 1.0, 1),
        vector(&[0.0; 3]),
        &ONE,
        RandomKey::new(1),
    );
}

#[test]
#[should_panic(expected = "a field [2, 6] is not of whole sites of 4 units")]
fn sites_that_do_not_fill_the_units_are_named() {
    let _ = categorical_mean(noise([2, 6], 1.0, 1), vector(&[0.0; 6]), 4, &ONE);
}

#[test]
fn a_shared_field_is_not_written_over() {
    let field = noise([64, 40], 1.0, 10);
    let before = values(field.clone());
    let loc = vector(&[0.0; 40]);
    let shared = sample_bernoulli(field.clone(), loc.clone(), &ONE, RandomKey::new(1));
    assert_eq!(values(field.clone()), before);
    let alone = sample_bernoulli(field, loc, &ONE, RandomKey::new(1));
    assert_eq!(values(shared), values(alone));
}
