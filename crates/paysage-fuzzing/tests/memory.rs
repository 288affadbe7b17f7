//! The memory that data on disk take, within a limit.

#![allow(clippy::unwrap_used)]

use std::sync::{Arc, Mutex, PoisonError};

use arrow_array::{ArrayRef, RecordBatch, StringArray};
use parquet::arrow::ArrowWriter;
use parquet::file::properties::WriterProperties;
use paysage_data::{DiskOptions, MatchOptions, ReadOptions, Rows, SchemaSource};
use peak_alloc::PeakAlloc;
use tempfile::TempDir;

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// Memory is measured for the whole process: one test runs at a time.
static ALONE: Mutex<()> = Mutex::new(());

/// What is allocated besides the parts that the limit bounds: buffers of decoders and of files.
const BESIDES: usize = 3 << 19;

fn limited(memory: usize) -> DiskOptions {
    DiskOptions {
        memory: memory as u64,
        ..DiskOptions::default()
    }
}

/// What the work returns, and the most bytes that were allocated for it at a time.
fn measured<T>(work: impl FnOnce() -> T) -> (T, usize) {
    MEMORY.reset_peak_usage();
    let before = MEMORY.current_usage();
    let done = work();
    (done, MEMORY.peak_usage().saturating_sub(before))
}

/// Writes a file.
fn write(folder: &TempDir, name: &str, bytes: &[u8]) -> ReadOptions {
    let path = folder.path().join(name);
    std::fs::write(&path, bytes).unwrap();
    ReadOptions::new(path.to_str().unwrap())
}

/// A cell of many bytes, another one in every row.
fn remark(row: usize, length: usize) -> String {
    format!("{row:_>length$}")
}

/// Whether cells identify the rows was decided by a set of whole cells.
#[test]
fn long_identifiers_take_the_memory_of_short_ones() {
    const LIMIT: usize = 1 << 20;
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let folder = tempfile::tempdir().unwrap();
    let rows = (0..4000).map(|row| format!("{},{}\n", remark(row, 2000), row % 2));
    let text = format!("remark,flag\n{}", rows.collect::<String>());
    let options = ReadOptions {
        schema: SchemaSource::Infer,
        ..write(&folder, "long.csv", text.as_bytes())
    };
    drop(text);
    let (data, used) = measured(|| options.open(&limited(LIMIT)).unwrap());
    assert_eq!(data.layout.names(), ["flag"]);
    assert!(used < LIMIT + BESIDES, "{used} bytes");
}

/// As many different texts as show that a column is none of categories were collected, twice.
#[test]
fn long_texts_take_the_memory_of_short_ones() {
    const LIMIT: usize = 1 << 20;
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let folder = tempfile::tempdir().unwrap();
    let rows = (0..300).map(|row| format!("{},{}\n", remark(row % 150, 40_000), row % 2));
    let text = format!("remark,flag\n{}", rows.collect::<String>());
    let options = ReadOptions {
        schema: SchemaSource::Infer,
        ..write(&folder, "long.csv", text.as_bytes())
    };
    drop(text);
    let (error, used) = measured(|| options.open(&limited(LIMIT)).unwrap_err());
    let error = error.to_string();
    assert!(error.contains("more than 100 different values"), "{error}");
    assert!(used < LIMIT + BESIDES, "{used} bytes");
}

/// Labels of a column were collected as text.
#[test]
fn labels_of_a_column_take_a_few_bytes_a_row() {
    const ROWS: usize = 200_000;
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let folder = tempfile::tempdir().unwrap();
    let labels = write(&folder, "l.txt", b"first\nsecond\n").source;
    let layout = ReadOptions {
        labels: Some(labels),
        ..write(&folder, "train.csv", b"a,b\n0,1\n1,1\n")
    };
    let layout = layout.read().unwrap().layout;
    let rows = (0..ROWS).map(|row| ["0,1,first\n", "1,0,second\n"][row % 2]);
    let text = format!("a,b,label\n{}", rows.collect::<String>());
    let source = write(&folder, "data.csv", text.as_bytes()).source;
    drop(text);
    let options = MatchOptions::new(source);
    let (data, used) = measured(|| layout.open(&options, &limited(1 << 20)).unwrap());
    assert_eq!(data.rows.count(), ROWS);
    // The classes are 4 bytes each, twice for a moment.
    assert!(used < (1 << 20) + BESIDES + 8 * ROWS, "{used} bytes");
}

/// Batches took the whole limit, and the group of cells that is written a quarter of it or more.
#[test]
fn cells_of_columns_keep_within_the_limit() {
    const LIMIT: usize = 8 << 20;
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let folder = tempfile::tempdir().unwrap();
    let cells = (0..30_000).map(|row| remark(row, 1000));
    let column: ArrayRef = Arc::new(StringArray::from_iter_values(cells));
    let flag: ArrayRef = Arc::new(StringArray::from_iter_values(
        (0..30_000).map(|row| ["no", "yes"][row % 2]),
    ));
    let batch = RecordBatch::try_from_iter([("remark", column), ("flag", flag)]).unwrap();
    let properties = WriterProperties::builder()
        .set_dictionary_enabled(false)
        .set_data_page_size_limit(1 << 16)
        .set_data_page_row_count_limit(50)
        .build();
    let mut bytes = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut bytes, batch.schema(), Some(properties)).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    let options = ReadOptions {
        schema: SchemaSource::Infer,
        ..write(&folder, "a.parquet", &bytes)
    };
    drop((bytes, batch));
    let (data, used) = measured(|| options.open(&limited(LIMIT)).unwrap());
    assert_eq!(data.layout.names(), ["flag"]);
    assert!(used < LIMIT + BESIDES, "{used} bytes");
}
