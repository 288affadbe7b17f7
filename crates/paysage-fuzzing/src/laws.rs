//! What holds for every reader.

use std::fmt::Display;

use paysage_data::{Dataset, DiskOptions, Order, ReadOptions, Rows, Table};

/// The longest message: one line of text that names places and a few values.
const LONGEST: usize = 2000;

/// Checks that an error is one line of printable text.
///
/// # Panics
///
/// When it is not.
pub fn check_error(error: &dyn Display) {
    let text = error.to_string();
    assert!(
        !text.is_empty() && !text.contains(char::is_control),
        "the error is not one line of text: {text:?}"
    );
    assert!(text.len() <= LONGEST, "the error is too long: {text}");
}

/// Whether something was read; an error is checked.
pub(crate) fn accepted<T, E: Display>(read: Result<T, E>) -> Option<T> {
    read.inspect_err(|error| check_error(error)).ok()
}

/// Checks the shape and the values of a table.
pub(crate) fn check_table(table: &Table) {
    let (rows, columns) = (table.rows(), table.columns());
    assert!(rows > 0 && columns > 0);
    assert_eq!(table.values().len(), rows * columns);
    assert!(table.values().iter().all(|x| !x.is_infinite()));
    assert_eq!(
        table.is_complete(),
        table.values().iter().all(|x| !x.is_nan())
    );
    assert!(table.names().is_none_or(|names| names.len() == columns));
    if let Some(image) = table.image() {
        assert_eq!(image.height * image.width, columns);
    }
    if let Some(weights) = table.weights() {
        assert_eq!(weights.len(), rows);
        assert!(weights.iter().all(|w| w.is_finite() && *w > 0.0));
    }
    for (row, column) in [(0, 0), (rows - 1, columns - 1)] {
        let _ = table.position(row, column).to_string();
    }
}

/// Checks that a data set agrees with its layout, and that its units become cells again.
pub(crate) fn check_dataset(data: &Dataset) {
    let Dataset {
        table,
        layout,
        carried,
        warnings,
        ..
    } = data;
    check_table(table);
    if let Err(error) = layout.check() {
        panic!("the layout contradicts itself: {error}");
    }
    assert_eq!(layout.unit_count(), table.columns());
    assert!(layout.missing || table.is_complete());
    assert!(carried.iter().all(|c| c.cells.len() == table.rows()));
    for warning in warnings {
        check_error(warning);
    }
    let cells = layout.restore(table.row(0));
    assert_eq!(cells[0].len(), layout.names().len());
}

/// Checks that a file that stays on disk has the rows that it has in memory, or the same error.
pub(crate) fn check_on_disk(options: &ReadOptions) -> bool {
    let disk = DiskOptions {
        memory: 1 << 16,
        carried: true,
        ..DiskOptions::default()
    };
    let opened = options.open(&disk);
    let table = match (options.read(), &opened) {
        (Ok(data), Ok(_)) => data.table,
        (Err(error), Err(other)) => {
            check_error(&error);
            check_error(other);
            return false;
        }
        (Ok(_), Err(error)) => {
            let error = error.to_string();
            let in_memory_only = [
                "in parts",
                "a memory limit of",
                "rows can be read from disk",
            ];
            assert!(
                in_memory_only.iter().any(|part| error.contains(part)),
                "on disk: {error}"
            );
            return true;
        }
        (Err(error), Ok(_)) => panic!("in memory: {error}; on disk it is read"),
    };
    let Some(opened) = accepted(opened) else {
        return false;
    };
    assert_eq!(opened.layout.unit_count(), opened.rows.columns());
    let mut values = Vec::new();
    for chunk in opened.rows.chunks(Order::Stored, 3) {
        values.extend(accepted(chunk).expect("rows of a checked file").values);
    }
    let bits = |values: &[f32]| -> Vec<Option<u32>> {
        let bits = values.iter().map(|x| (!x.is_nan()).then(|| x.to_bits()));
        bits.collect()
    };
    assert_eq!(bits(&values), bits(table.values()));
    true
}
