//! What holds for every reader.

use std::fmt::{Debug, Display};

use paysage_data::{
    Carried, DataError, Dataset, DiskDataset, DiskOptions, Layout, MatchOptions, Order,
    ReadOptions, Rows, Table,
};

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

/// Checks that data that stay on disk are those in memory, or have the same error: training data, and the same file as
/// data of the model that they make. Whether they are read.
pub(crate) fn check_on_disk(options: &ReadOptions) -> bool {
    let read = options.read();
    let is_read = check_same(&read, options.open(&disk()), options);
    if let Ok(data) = &read {
        let again = MatchOptions {
            missing: true,
            array: options.array.clone(),
            labels: options.labels.clone(),
            weights: options.weights.clone(),
            ..MatchOptions::new(&options.source)
        };
        check_match_on_disk(&data.layout, &again);
    }
    is_read
}

/// Checks that data of a model that stay on disk are those in memory, or have the same error. Whether they are read.
pub(crate) fn check_match_on_disk(layout: &Layout, options: &MatchOptions) -> bool {
    check_same(
        &layout.read(options),
        layout.open(options, &disk()),
        options,
    )
}

fn disk() -> DiskOptions {
    DiskOptions {
        memory: 1 << 16,
        carried: true,
        ..DiskOptions::default()
    }
}

/// What is refused on disk alone, by a part of its message.
const MEMORY_ONLY: [&str; 4] = [
    "in parts",
    "a memory limit of",
    "memory limit (--memory)",
    "rows can be read from disk",
];

fn check_same(
    read: &Result<Dataset, DataError>,
    opened: Result<DiskDataset, DataError>,
    options: &dyn Debug,
) -> bool {
    match (read, opened) {
        (Ok(data), Ok(opened)) => {
            check_same_data(data, &opened);
            true
        }
        (Ok(_), Err(error)) => {
            check_memory_only(&error.to_string(), "it is read");
            true
        }
        (Err(error), Err(other)) => {
            check_error(error);
            check_error(&other);
            let (error, other) = (error.to_string(), other.to_string());
            if without_reason(&error) != without_reason(&other) && !is_of_length(&error) {
                check_memory_only(&other, &error);
            }
            false
        }
        (Err(error), Ok(_)) => panic!("in memory: {error}; on disk it is read; {options:?}"),
    }
}

/// Whether the length of an array is wrong: of a compressed one, what is read before its end may be wrong first.
fn is_of_length(error: &str) -> bool {
    let is_packed = error.contains(".gz: ");
    is_packed
        && (error.contains("has bytes after its end") || error.contains("truncated: expected"))
}

/// A message without the reason that a decompressor gives, which depends on the length of its buffer.
fn without_reason(error: &str) -> &str {
    let place = error.find(": truncated or corrupt ");
    let end = place.and_then(|place| Some(place + error[place..].find(" (")?));
    end.map_or(error, |end| &error[..end])
}

fn check_memory_only(error: &str, in_memory: &str) {
    assert!(
        MEMORY_ONLY.iter().any(|part| error.contains(part)),
        "on disk: {error}; in memory: {in_memory}"
    );
}

/// Checks that all of two data sets is the same, bit for bit.
fn check_same_data(data: &Dataset, opened: &DiskDataset) {
    let (table, rows) = (&data.table, &opened.rows);
    assert_eq!(opened.layout, data.layout);
    assert_eq!(opened.warnings, data.warnings);
    assert_eq!(opened.alignment, data.alignment);
    assert_eq!(
        (rows.source(), rows.count(), rows.columns()),
        (table.source(), table.count(), table.columns())
    );
    assert_eq!(rows.is_complete(), table.is_complete());
    assert_eq!(rows.weights().map(bits), table.weights().map(bits));
    for order in [Order::Stored, Order::Shuffled { seed: 0, epoch: 1 }] {
        let mut expected = table.chunks(order, 3);
        for chunk in rows.chunks(order, 3) {
            let (chunk, expected) = (read_part(chunk), read_part(expected.next().transpose()));
            let expected = expected.expect("as many chunks");
            assert_eq!(chunk.positions, expected.positions);
            assert_eq!(bits(&chunk.values), bits(&expected.values));
        }
        assert!(expected.next().is_none(), "as many chunks");
    }
    // All rows and all columns.
    let (count, columns) = (table.count(), table.columns());
    for place in 0..count.max(columns) {
        let (row, column) = (place % count, place % columns);
        assert_eq!(rows.position(row, column), table.position(row, column));
    }
    let (carried, expected) = (&opened.carried, &data.carried);
    assert_eq!(carried.columns(), expected.columns());
    assert_eq!(carried.count(), expected.count());
    let (mut cells, mut expected) = (carried.rows(), expected.rows());
    for row in 0..carried.count() {
        let (cells, expected) = (cells.next().map(read_part), expected.next().map(read_part));
        assert!(cells.is_some(), "no cells of row {row}");
        assert_eq!(cells, expected);
    }
    assert!(cells.next().is_none() && expected.next().is_none());
}

/// A part of data that were read before.
fn read_part<T>(part: Result<T, DataError>) -> T {
    part.unwrap_or_else(|error| panic!("a part of a file that was read: {error}"))
}

/// The bits of values; nothing where one is missing.
fn bits(values: &[f32]) -> Vec<Option<u32>> {
    let bits = values.iter().map(|x| (!x.is_nan()).then(|| x.to_bits()));
    bits.collect()
}
