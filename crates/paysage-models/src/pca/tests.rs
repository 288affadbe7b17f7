use faer::{Mat, Side};
use paysage_data::Table;
use paysage_kernels::{default_device, normal};

use super::*;

const KEY: RandomKey = RandomKey::new(17);

/// Rows of which the factors have the standard deviations 8, 4, 2 and 1 times √columns, and the noise
/// that of a half; and a column far from zero.
fn rows(count: usize, columns: usize) -> Table {
    let device = default_device().unwrap();
    let draws = |shape, child| normal(shape, KEY.split(child), &device);
    let scales = burn::tensor::Tensor::<1>::from_floats([8.0, 4.0, 2.0, 1.0], &device);
    let factors = draws([count, 4], 0) * scales.unsqueeze();
    let values = factors.matmul(draws([4, columns], 1)) + draws([count, columns], 2) * 0.5;
    let mut values: Vec<f32> = values.into_data().iter().collect();
    values.iter_mut().step_by(columns).for_each(|x| *x += 100.0);
    Table::new("factors", columns, values).unwrap()
}

fn fitted(table: &Table, components: usize, most_columns: usize) -> PrincipalComponents {
    let device = default_device().unwrap();
    fit::fit(table, components, most_columns, &device, KEY).unwrap()
}

/// The variances by a decomposition of the products of rows, in double precision.
fn variances(table: &Table) -> Vec<f64> {
    let (count, columns) = (table.rows(), table.columns());
    let mean = |c| (0..count).map(|r| f64::from(table.row(r)[c])).sum::<f64>() / count as f64;
    let means: Vec<f64> = (0..columns).map(mean).collect();
    let centered = Mat::from_fn(count, columns, |r, c| f64::from(table.row(r)[c]) - means[c]);
    let products = &centered * centered.transpose();
    let eigen = products.self_adjoint_eigen(Side::Lower).unwrap();
    let values = (0..count)
        .rev()
        .map(|k| eigen.S().column_vector()[k] / count as f64);
    values.collect()
}

#[test]
fn both_ways_find_the_variances_of_the_products_of_rows() {
    for (count, columns) in [(150, 40), (40, 150)] {
        let table = rows(count, columns);
        let expected = variances(&table);
        let (exact, iterated) = (fitted(&table, 4, columns), fitted(&table, 4, 10));
        for (k, expected) in expected.iter().enumerate().take(4) {
            for found in [&exact, &iterated] {
                let variance = found.deviations[k].powi(2);
                assert!((variance / expected - 1.0).abs() < 1e-4, "{k}: {variance}");
            }
            let products = exact.direction(k).iter().zip(iterated.direction(k));
            let cosine: f64 = products.map(|(a, b)| a * b).sum();
            assert!(cosine.abs() > 0.9999, "{k}: {cosine}");
        }
        let total: f64 = expected.iter().sum();
        assert!((exact.total_variance / total - 1.0).abs() < 1e-5);
        let explained: f64 = exact.explained().iter().sum();
        assert!(explained > 0.9 && explained < 1.0, "{explained}");
    }
}

#[test]
fn directions_are_orthonormal_and_scores_have_their_variances() {
    let table = rows(100, 30);
    let found = fitted(&table, 7, 30);
    for a in 0..7 {
        for b in 0..7 {
            let products = found.direction(a).iter().zip(found.direction(b));
            let product: f64 = products.map(|(x, y)| x * y).sum();
            assert!((product - f64::from(u8::from(a == b))).abs() < 1e-9);
        }
    }
    let scores = found.transform(table.values());
    for k in 0..7 {
        let of_component = scores.iter().skip(k).step_by(7).map(|&x| f64::from(x));
        let squares: f64 = of_component.map(|x| x * x).sum::<f64>() / 100.0;
        assert!((squares.sqrt() / found.deviations[k] - 1.0).abs() < 1e-4);
    }
    // All components restore the rows.
    let all = fitted(&table, 1000, 30);
    assert_eq!(all.components(), 30);
    let restored = all.inverse(&all.transform(table.values()));
    for (x, y) in restored.iter().zip(table.values()) {
        assert!((x - y).abs() < 1e-3, "{x}, {y}");
    }
}

#[test]
fn missing_values_count_as_the_mean() {
    let values = vec![1.0, 2.0, 3.0, 6.0, f32::NAN, 4.0, 2.0, f32::NAN];
    let table = Table::with_missing("gaps", 2, values).unwrap();
    let filled = Table::new("filled", 2, vec![1.0, 2.0, 3.0, 6.0, 2.0, 4.0, 2.0, 4.0]).unwrap();
    let (found, expected) = (fitted(&table, 2, 2), fitted(&filled, 2, 2));
    assert_eq!(found, expected);
    assert_eq!(
        found.transform(table.values()),
        found.transform(filled.values())
    );
}

/// Squares of these values are infinite or zero in f32.
#[test]
fn values_of_any_size_have_components() {
    let table = rows(50, 12);
    let found = fitted(&table, 3, 12);
    for factor in [2.0_f32.powi(100), 2.0_f32.powi(-100)] {
        let values = table.values().iter().map(|x| x * factor).collect();
        let scaled = fitted(&Table::new("scaled", 12, values).unwrap(), 3, 12);
        assert_eq!(scaled.directions, found.directions);
        let deviations = found.deviations.iter().map(|x| x * f64::from(factor));
        assert_eq!(scaled.deviations, deviations.collect::<Vec<f64>>());
    }
}

#[test]
fn constant_rows_have_no_variance() {
    let table = Table::new("constant", 3, vec![2.0; 12]).unwrap();
    let found = fitted(&table, 3, 3);
    assert_eq!(
        (found.deviations, found.total_variance),
        (vec![0.0; 3], 0.0)
    );
    let single = Table::new("single", 3, vec![2.0; 3]).unwrap();
    assert_eq!(fitted(&single, 3, 3).components(), 0);
}

#[test]
fn files_hold_all_of_it_and_nothing_else_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pca.safetensors");
    let found = fitted(&rows(20, 5), 2, 5);
    found.save(&path).unwrap();
    assert_eq!(PrincipalComponents::load(&path).unwrap(), found);

    let other = crate::TensorFile {
        note: "{}".into(),
        ..Default::default()
    };
    other.write(&path).unwrap();
    let error = PrincipalComponents::load(&path).unwrap_err().to_string();
    assert!(
        error.ends_with("does not hold principal components"),
        "{error}"
    );
}
