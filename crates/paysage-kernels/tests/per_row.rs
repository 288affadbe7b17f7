//! Draws with one β per row are the rows of draws with one β for all.

mod common;

use burn::tensor::{Tensor, TensorData};
use common::{device, distance, noise, values, vector};
use paysage_kernels::{
    DiscreteUnits, InverseTemperature, Product, RandomKey, bernoulli_log_partition, bernoulli_mean,
    categorical_log_partition, categorical_mean, most_precise, sample_bernoulli,
    sample_categorical, sample_gaussian,
};

/// Rows and units: small, and large enough to be shared out among threads.
const SHAPES: [[usize; 2]; 3] = [[1, 30], [7, 330], [90, 210]];
const STATES: usize = 10;

/// One β per row, from 0.05 to 1.5.
fn betas(rows: usize) -> Vec<f64> {
    let beta = |row: usize| 0.05 + 1.45 * (row as f64 + 0.5) / rows as f64;
    (0..rows).map(beta).collect()
}

/// Checks that a function of field, β and key is the same for all rows together and one by one, up to a
/// difference of a number relative to 1.
fn check(
    what: &str,
    tolerance: f64,
    units: usize,
    rows: usize,
    work: impl Fn(Tensor<2>, &InverseTemperature, RandomKey) -> Tensor<2>,
) {
    let (field, key) = (noise([rows, units], 3.0, 8), RandomKey::new(7));
    let betas = betas(rows);
    let data = TensorData::new(betas.clone(), [rows]);
    let each = Tensor::from_data(data, (&device(), field.dtype()));
    let each = InverseTemperature::PerChain(each);
    let together = work(field.clone(), &each, key);
    for (row, beta) in betas.into_iter().enumerate() {
        let of_row = field.clone().slice([row..row + 1, 0..units]);
        let shared = InverseTemperature::from(beta);
        let alone = work(of_row, &shared, key.starting_at(row as u32));
        let columns = together.dims()[1];
        let found = together.clone().slice([row..row + 1, 0..columns]);
        let size = values(alone.clone().abs().max())[0].max(1.0);
        let difference = distance(found, alone);
        assert!(
            difference <= tolerance * size,
            "{what}, row {row} of {rows}: {difference:e}"
        );
    }
}

#[test]
fn rows_with_a_beta_of_their_own_are_those_of_a_shared_beta() {
    for [rows, units] in SHAPES {
        let loc: Vec<f32> = (0..units).map(|unit| 0.01 * unit as f32 - 1.0).collect();
        let loc = || vector(&loc);
        let column = |sums: Tensor<1>| sums.unsqueeze_dim::<2>(1);
        check("Bernoulli samples", 0.0, units, rows, |field, beta, key| {
            sample_bernoulli(field, loc(), beta, key)
        });
        check(
            "categorical samples",
            0.0,
            units,
            rows,
            |field, beta, key| sample_categorical(field, loc(), STATES, beta, key),
        );
        check("Gaussian samples", 1e-6, units, rows, |field, beta, key| {
            sample_gaussian(field, loc(), loc().exp(), beta, key)
        });
        check("Bernoulli means", 1e-6, units, rows, |field, beta, _| {
            bernoulli_mean(field, loc(), beta)
        });
        check("categorical means", 1e-6, units, rows, |field, beta, _| {
            categorical_mean(field, loc(), STATES, beta)
        });
        check("Bernoulli sums", 1e-6, units, rows, |field, beta, _| {
            column(bernoulli_log_partition(field, loc(), beta))
        });
        check("categorical sums", 1e-6, units, rows, |field, beta, _| {
            column(categorical_log_partition(field, loc(), STATES, beta))
        });
    }
}

#[test]
fn rows_of_a_product_with_a_beta_of_their_own_are_those_of_a_shared_beta() {
    let (units, depth) = (210, 90);
    let weight = noise([units, depth], 0.2, 3);
    let loc = || noise([1, units], 1.0, 4).squeeze_dim::<1>(0);
    for rows in [1, 7, 90] {
        let under = |states: Tensor<2>| Product {
            states: states.greater_scalar(0.5).float(),
            matrix: weight.clone(),
            transposed: true,
        };
        for kind in [
            DiscreteUnits::Bernoulli,
            DiscreteUnits::Categorical { states: STATES },
        ] {
            check("samples", 0.0, depth, rows, |states, beta, key| {
                under(states).sample(kind, loc(), beta, key)
            });
            check("means", 1e-6, depth, rows, |states, beta, _| {
                under(states).mean(kind, loc(), beta)
            });
            check("both", 1e-6, depth, rows, |states, beta, key| {
                let (mean, sample) = under(states).mean_and_sample(kind, loc(), beta, key);
                mean + sample
            });
        }
    }
}

#[test]
fn sums_in_double_precision_take_a_beta_for_each_row() {
    let options = (&device(), most_precise(&device()));
    let field = Tensor::<2>::from_data([[0.3, -1.2], [2.0, 0.7]], options);
    let loc = Tensor::<1>::from_data([0.5, -0.25], options);
    let betas = [0.4, 1.3];
    let each = InverseTemperature::PerChain(Tensor::from_data(betas, options));
    let found = bernoulli_log_partition(field, loc, &each);
    let softplus = |x: f64| x.exp().ln_1p();
    let exact = [
        softplus(0.4 * 0.8) + softplus(0.4 * -1.45),
        softplus(1.3 * 2.5) + softplus(1.3 * 0.45),
    ];
    for (found, exact) in values(found).into_iter().zip(exact) {
        let tolerance = match most_precise(&device()) {
            burn::tensor::DType::F64 => 1e-12,
            _ => 1e-5,
        };
        assert!((found - exact).abs() < tolerance, "{found} and {exact}");
    }
}

#[test]
#[should_panic(expected = "a field [3, 6] of F32 does not fit inverse temperatures [2] of F32")]
fn inverse_temperatures_that_do_not_fit_are_named() {
    let each = InverseTemperature::PerChain(vector(&[1.0, 0.5]));
    let _ = sample_bernoulli(
        noise([3, 6], 1.0, 1),
        vector(&[0.0; 6]),
        &each,
        RandomKey::new(1),
    );
}
