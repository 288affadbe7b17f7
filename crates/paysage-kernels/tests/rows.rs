//! Means of columns, products of rows, and rows at positions.

mod common;

use burn::tensor::{DType, Int, Tensor, TensorData};
use common::{device, matrix, noise, values, vector};
use paysage_kernels::{ColumnMeans, Product, gather_rows_on_gpu, row_dots};

/// As many numbers as a sum of so many terms of order one may be off.
fn assert_close(found: Tensor<1>, expected: &[f64], what: &str) {
    let found = values(found);
    assert_eq!(found.len(), expected.len(), "{what}");
    for (found, expected) in found.iter().zip(expected) {
        assert!(
            (found - expected).abs() < 1e-5 * (1.0 + expected.abs()),
            "{what}: {found}, not {expected}"
        );
    }
}

fn means(matrix: &Tensor<2>, factor: f64) -> Vec<f64> {
    let [rows, columns] = matrix.dims();
    let numbers = values(matrix.clone());
    let mean = |column| -> f64 {
        let of_column = numbers.iter().skip(column).step_by(columns);
        factor * of_column.sum::<f64>() / rows as f64
    };
    (0..columns).map(mean).collect()
}

#[test]
fn means_of_columns_are_summed_and_attract() {
    for (rows, other_rows, columns) in [
        (1, 2, 1),
        (3, 129, 31),
        (31, 33, 33),
        (100, 100, 500),
        (1000, 7, 65),
    ] {
        let what = format!("{rows} and {other_rows} rows of {columns}");
        let matrices = [(rows, 1), (other_rows, 2)].map(|(r, seed)| noise([r, columns], 1.0, seed));
        let of = |matrix: usize, factor| ColumnMeans {
            rows: matrices[matrix].clone(),
            factor,
        };
        let first = means(&matrices[0], -0.5);
        assert_close(of(0, -0.5).compute(), &first, &what);
        let pairs = first.iter().zip(means(&matrices[1], 2.0));
        let sums: Vec<f64> = pairs.map(|(a, b)| a + b).collect();
        assert_close(of(0, -0.5).sum_with(of(1, 2.0)), &sums, &what);
        let row: Tensor<1> = noise([1, columns], 1.0, 3).squeeze_dim(0);
        let pairs = values(row.clone()).into_iter().zip(&first);
        let moved: Vec<f64> = pairs.map(|(row, mean)| row + 0.1 * (mean - row)).collect();
        assert_close(of(0, -0.5).attract(row, 0.1), &moved, &what);
    }
}

#[test]
fn rows_are_multiplied_with_weights() {
    for (rows, columns) in [(1, 1), (33, 64), (70, 65), (5, 784)] {
        let (x, weight) = (noise([rows, columns], 1.0, 7), noise([1, columns], 1.0, 8));
        let (numbers, weights) = (values(x.clone()), values(weight.clone()));
        let dot = |row: &[f64]| -> f64 {
            let terms = row.iter().zip(&weights).map(|(x, w)| x * w);
            -0.5 * terms.sum::<f64>()
        };
        let expected: Vec<f64> = numbers.chunks(columns).map(dot).collect();
        let found = row_dots(x, weight.squeeze_dim(0), -0.5);
        assert_close(found, &expected, &format!("{rows} rows of {columns}"));
    }
    let none = Tensor::<2>::zeros([0, 3], (&device(), DType::F32));
    assert_eq!(row_dots(none, vector(&[1.0; 3]), 1.0).dims(), [0]);
}

/// The gradient of a bias is exactly 0 where both phases agree: Adam would magnify anything else.
#[test]
fn means_of_equal_rows_cancel() {
    let ones = Tensor::<2>::ones([100, 40], (&device(), DType::F32));
    for rows in [ones, noise([77, 70], 1.0, 9)] {
        let of = |factor| ColumnMeans {
            rows: rows.clone(),
            factor,
        };
        let difference = values(of(1.0).sum_with(of(-1.0)));
        assert!(difference.iter().all(|x| *x == 0.0), "{difference:?}");
    }
}

#[test]
fn a_row_stays_at_means_that_are_equal_to_it() {
    let rows = Tensor::<2>::full([100, 40], 0.3, (&device(), DType::F32));
    let row = Tensor::<1>::full([40], 0.3, (&device(), DType::F32));
    let at = |rows| ColumnMeans { rows, factor: 1.0 };
    let mean = at(rows.clone()).compute();
    let moved = at(rows).attract(mean.clone(), 0.7);
    assert_eq!(values(moved), values(mean.clone()));
    assert_close(mean, &values(row), "the mean of equal rows");
}

#[test]
fn products_of_single_rows_are_added() {
    for (depth, columns) in [(1, 1), (784, 500), (33, 65), (500, 31), (7, 300)] {
        for transposed in [false, true] {
            let shape = if transposed {
                [columns, depth]
            } else {
                [depth, columns]
            };
            // A part of a larger matrix: its lines have gaps.
            let [lines, width] = shape;
            let matrix = noise([lines + 1, width + 5], 0.1, 4).slice([1..lines + 1, 2..width + 2]);
            let (states, row) = (noise([1, depth], 1.0, 5), noise([1, columns], 1.0, 6));
            let row: Tensor<1> = row.squeeze_dim(0);
            let (left, entries, biases) = (
                values(states.clone()),
                values(matrix.clone()),
                values(row.clone()),
            );
            let sum = |column: usize| -> f64 {
                let entry = |term: usize| match transposed {
                    true => entries[column * depth + term],
                    false => entries[term * columns + column],
                };
                let terms = (0..depth).map(|term| left[term] * entry(term));
                biases[column] + terms.sum::<f64>()
            };
            let expected: Vec<f64> = (0..columns).map(sum).collect();
            let product = Product {
                states,
                matrix,
                transposed,
            };
            let what = format!("{depth} × {columns}, transposed: {transposed}");
            assert_close(product.clone().add_to(row.clone()), &expected, &what);
            assert_eq!(values(row.clone()), biases, "a shared row is not written");
            assert_close(product.add_to(row), &expected, &what);
        }
    }
}

#[test]
#[should_panic(expected = "the rows of states of a product that is added to a row")]
fn more_than_one_row_is_not_added() {
    let product = Product {
        states: noise([2, 3], 1.0, 1),
        matrix: noise([3, 4], 1.0, 2),
        transposed: false,
    };
    let _ = product.add_to(noise([1, 4], 1.0, 3).squeeze_dim(0));
}

/// Bytes and floats, and a part of a larger matrix.
#[test]
fn rows_are_gathered_in_the_order_of_their_positions() {
    let device = device();
    let numbers: Vec<u8> = (0..40 * 33).map(|i| (i * 7 % 251) as u8).collect();
    let positions = [39, 0, 17, 17, 1_i32];
    let bytes = device.supports_dtype(DType::U8).then(|| {
        let data = TensorData::new(numbers.clone(), [40, 33]);
        Tensor::<2, Int>::from_data(data, (&device, DType::U8))
    });
    let floats = matrix(numbers.iter().copied().map(f32::from).collect(), [40, 33]);
    let at = Tensor::<1, Int>::from_data(positions, &device);
    let gathered = [
        bytes.and_then(|bytes| gather_rows_on_gpu(&bytes, &at)),
        gather_rows_on_gpu(&floats, &at),
        gather_rows_on_gpu(&floats.clone().slice([0..40, 2..20]), &at),
    ];
    let has_kernel = paysage_kernels::data_limit(&device).is_some() && !cfg!(feature = "fusion");
    let has_bytes = device.supports_dtype(DType::U8);
    let found: Vec<_> = gathered.iter().map(Option::is_some).collect();
    assert_eq!(found, [has_kernel && has_bytes, has_kernel, has_kernel]);
    for (rows, columns) in gathered.into_iter().zip([0..33, 0..33, 2..20]) {
        let expected = positions.iter().flat_map(|&row| {
            let line = &numbers[row as usize * 33..][columns.clone()];
            line.iter().copied().map(f64::from)
        });
        if let Some(rows) = rows {
            assert_eq!(values(rows), expected.collect::<Vec<_>>());
        }
    }
}
