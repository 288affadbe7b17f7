//! Baselines of imputation: column means and linear regression.

use faer::{Mat, linalg::solvers::Solve};
use paysage::data::{Schema, Table};

/// Imputation by the mean of each unit, and by the most frequent category.
pub fn of_columns(table: &Table, schema: &Schema) -> Vec<f32> {
    let means = means(table);
    let mut rows = table.values().to_vec();
    for row in rows.chunks_mut(table.columns()) {
        let gaps = row.iter_mut().zip(&means).filter(|(x, _)| x.is_nan());
        gaps.for_each(|(x, mean)| *x = *mean as f32);
    }
    to_states(rows, table, schema)
}

/// Imputation by a linear regression of the units of each column on those of all others, with missing
/// ones replaced by their means.
pub fn linear(table: &Table, schema: &Schema) -> Vec<f32> {
    let (rows, units, means) = (table.rows(), table.columns(), means(table));
    let at = |row: usize, unit: usize| {
        let value = table.row(row)[unit];
        if value.is_nan() {
            0.0
        } else {
            f64::from(value) - means[unit]
        }
    };
    let mut filled = table.values().to_vec();
    for column in 0..schema.columns.len() {
        let place = schema.units_of(column);
        let others: Vec<usize> = (0..units).filter(|unit| !place.contains(unit)).collect();
        let is_known = |row: &usize| !table.row(*row)[place.start].is_nan();
        let (known, missing): (Vec<usize>, Vec<usize>) = (0..rows).partition(is_known);
        let inputs =
            |rows: &[usize]| Mat::from_fn(rows.len(), others.len(), |r, c| at(rows[r], others[c]));
        let x = inputs(&known);
        let y = Mat::from_fn(known.len(), place.len(), |r, c| {
            at(known[r], place.start + c)
        });
        // The units of a category sum to one: a small ridge makes the matrix regular.
        let ridge = Mat::<f64>::identity(others.len(), others.len());
        let square = x.transpose() * &x + ridge;
        let coefficients = square.partial_piv_lu().solve(x.transpose() * &y);
        let found = inputs(&missing) * coefficients;
        for (r, row) in missing.into_iter().enumerate() {
            for (c, unit) in place.clone().enumerate() {
                filled[row * units + unit] = (found[(r, c)] + means[unit]) as f32;
            }
        }
    }
    to_states(filled, table, schema)
}

/// The mean of the observed values of each unit.
fn means(table: &Table) -> Vec<f64> {
    let mean = |unit: usize| {
        let values = (0..table.rows()).map(|row| f64::from(table.row(row)[unit]));
        let values: Vec<f64> = values.filter(|x| !x.is_nan()).collect();
        values.iter().sum::<f64>() / values.len() as f64
    };
    (0..table.columns()).map(mean).collect()
}

/// Rounds imputed values to the nearest valid states.
fn to_states(mut rows: Vec<f32>, table: &Table, schema: &Schema) -> Vec<f32> {
    use paysage::data::ColumnKind;
    for (index, row) in rows.chunks_mut(table.columns()).enumerate() {
        for (column, kind) in schema.columns.iter().map(|column| &column.kind).enumerate() {
            let place = schema.units_of(column);
            if !table.row(index)[place.start].is_nan() {
                continue;
            }
            let units = &mut row[place];
            match kind {
                ColumnKind::Real { .. } => {}
                ColumnKind::Binary { .. } => units[0] = f32::from(u8::from(units[0] >= 0.5)),
                ColumnKind::Categorical { .. } => {
                    let best = (0..units.len()).max_by(|&a, &b| units[a].total_cmp(&units[b]));
                    units.fill(0.0);
                    units[best.expect("a category")] = 1.0;
                }
            }
        }
    }
    rows
}
