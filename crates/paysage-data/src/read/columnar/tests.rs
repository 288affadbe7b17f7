use std::sync::Arc;

use arrow_array::builder::StringViewBuilder;
use arrow_array::types::Int32Type;
use arrow_array::{
    ArrayRef, BinaryArray, BooleanArray, Date32Array, Decimal128Array, DictionaryArray,
    Float32Array, Float64Array, Int8Array, Int64Array, LargeStringArray, NullArray, RecordBatch,
    StringArray, StringViewArray, Time32SecondArray, TimestampMillisecondArray, UInt16Array,
    UInt64Array,
};
use arrow_ipc::CompressionType;
use arrow_ipc::writer::{FileWriter, IpcWriteOptions, StreamWriter};
use arrow_schema::{DataType, Field, Schema};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, Encoding};
use parquet::file::properties::{WriterProperties, WriterVersion};

use super::{Columnar, Kind, Source};

use crate::error::{DataError, DiskError, FormatError};
use crate::testing::{Desk, check_same_rows};
use crate::{Carried, DiskOptions, MatchOptions, ReadOptions, SchemaSource, read_labels};

/// A batch of these columns, of which values may be missing.
fn batch(columns: Vec<(&str, ArrayRef)>) -> RecordBatch {
    let field =
        |(name, array): &(&str, ArrayRef)| Field::new(*name, array.data_type().clone(), true);
    let fields: Vec<Field> = columns.iter().map(field).collect();
    let arrays = columns.into_iter().map(|(_, array)| array);
    RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays.collect()).unwrap()
}

pub(crate) fn parquet(batch: &RecordBatch, compression: Compression, rows: usize) -> Vec<u8> {
    let properties = WriterProperties::builder()
        .set_compression(compression)
        .set_max_row_group_row_count(Some(rows))
        .build();
    let mut bytes = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut bytes, batch.schema(), Some(properties)).unwrap();
    writer.write(batch).unwrap();
    writer.close().unwrap();
    bytes
}

pub(crate) fn arrow(
    batch: &RecordBatch,
    compression: Option<CompressionType>,
    rows: usize,
    file: bool,
) -> Vec<u8> {
    let options = IpcWriteOptions::default();
    let options = options.try_with_compression(compression).unwrap();
    let (mut bytes, schema) = (Vec::new(), batch.schema());
    let starts = (0..batch.num_rows()).step_by(rows);
    let parts = starts.map(|start| batch.slice(start, rows.min(batch.num_rows() - start)));
    match file {
        true => {
            let writer = FileWriter::try_new_with_options(&mut bytes, &schema, options);
            let mut writer = writer.unwrap();
            parts.for_each(|part| writer.write(&part).unwrap());
            writer.finish().unwrap();
        }
        false => {
            let writer = StreamWriter::try_new_with_options(&mut bytes, &schema, options);
            let mut writer = writer.unwrap();
            parts.for_each(|part| writer.write(&part).unwrap());
            writer.finish().unwrap();
        }
    }
    bytes
}

/// The batch in every format, codec and size of a part.
fn files(batch: &RecordBatch) -> Vec<(&'static str, Vec<u8>)> {
    let zstd = Compression::ZSTD(Default::default());
    let mut files = Vec::new();
    for (compression, rows) in [
        (Compression::UNCOMPRESSED, 1000),
        (Compression::SNAPPY, 7),
        (Compression::GZIP(Default::default()), 3),
        (zstd, 1),
        (Compression::LZ4_RAW, 1000),
    ] {
        files.push(("a.parquet", parquet(batch, compression, rows)));
    }
    for (compression, rows) in [
        (None, 1000),
        (Some(CompressionType::LZ4_FRAME), 7),
        (Some(CompressionType::ZSTD), 2),
    ] {
        files.push(("a.arrow", arrow(batch, compression, rows, true)));
        files.push(("a.ipc", arrow(batch, compression, rows, false)));
    }
    files
}

/// Numbers of all kinds, and the same rows as a text.
pub(crate) fn numbers() -> (RecordBatch, String) {
    let rows = 0..20i64;
    let whole = |row: i64| (row * row * 7919) % 113 - 50;
    let gap = |row: i64| row % 6 != 1;
    let single = |row: i64| whole(row) as f32 * 0.1;
    let words: Vec<String> = rows
        .clone()
        .map(|row| (whole(row) % 3).to_string())
        .collect();
    let columns: Vec<(&str, ArrayRef)> = vec![
        (
            "byte",
            Arc::new(Int8Array::from_iter_values(
                rows.clone().map(|row| whole(row) as i8),
            )),
        ),
        (
            "word",
            Arc::new(UInt16Array::from_iter_values(
                rows.clone().map(|row| row as u16 * 3000),
            )),
        ),
        (
            "long",
            Arc::new(Int64Array::from_iter(
                rows.clone().map(|row| gap(row).then(|| whole(row) << 40)),
            )),
        ),
        (
            "big",
            Arc::new(UInt64Array::from_iter_values(
                rows.clone().map(|row| u64::MAX - row as u64 * 7),
            )),
        ),
        (
            "flag",
            Arc::new(Int64Array::from_iter_values(
                rows.clone().map(|row| row % 2),
            )),
        ),
        (
            "single",
            Arc::new(Float32Array::from_iter(
                rows.clone().map(|row| gap(row).then(|| single(row))),
            )),
        ),
        (
            "double",
            Arc::new(Float64Array::from_iter_values(
                rows.clone().map(|row| f64::from(whole(row) as i32) / 7.0),
            )),
        ),
        ("text", Arc::new(StringArray::from_iter_values(&words))),
        (
            "large",
            Arc::new(LargeStringArray::from_iter_values(&words)),
        ),
        ("view", Arc::new(StringViewArray::from_iter_values(&words))),
        (
            "sorts",
            Arc::new(
                words
                    .iter()
                    .map(|word| Some(word.as_str()))
                    .collect::<DictionaryArray<Int32Type>>(),
            ),
        ),
    ];
    let names: Vec<&str> = columns.iter().map(|(name, _)| *name).collect();
    let mut text = names.join(",") + "\n";
    for row in rows {
        let (whole, word) = (whole(row), &words[row as usize]);
        let [long, short] = match gap(row) {
            true => [(whole << 40).to_string(), single(row).to_string()],
            false => ["", ""].map(String::from),
        };
        let double = f64::from(whole as i32) / 7.0;
        let (large, flag) = (u64::MAX - row as u64 * 7, row % 2);
        text += &format!(
            "{whole},{},{long},{large},{flag},{short},{double},{word},{word},{word},{word}\n",
            row * 3000
        );
    }
    (batch(columns), text)
}

pub(crate) fn limited(memory: u64) -> DiskOptions {
    DiskOptions {
        memory,
        ..DiskOptions::default()
    }
}

/// Checks that a file has the rows and the layout of a text, in memory and on disk, except for the positions
/// of rows.
fn check_as_text(desk: &Desk, (name, bytes): (&str, Vec<u8>), text: &ReadOptions) {
    let options = ReadOptions {
        source: desk.write(name, bytes),
        ..text.clone()
    };
    let (found, expected) = (options.read().unwrap(), text.read().unwrap());
    assert_eq!(found.layout, expected.layout, "{name}");
    let bits = |values: &[f32]| -> Vec<u32> {
        let bits = values
            .iter()
            .map(|x| if x.is_nan() { 0 } else { x.to_bits() });
        bits.collect()
    };
    assert_eq!(
        bits(found.table.values()),
        bits(expected.table.values()),
        "{name}"
    );
    assert_eq!(found.table.names(), expected.table.names());
    assert_eq!(found.table.row_weights(), expected.table.row_weights());
    assert_eq!(found.carried, expected.carried);
    let (place, other) = (found.table.position(2, 0), expected.table.position(2, 0));
    assert_eq!((place.column, place.name), (other.column, other.name));
    let with_cells = DiskOptions {
        carried: true,
        ..limited(1 << 20)
    };
    let disk = options.open(&with_cells).unwrap();
    assert_eq!(disk.layout, expected.layout);
    check_same_rows(&disk.rows, &found.table);
    let cells = |carried: &dyn Carried| carried.rows().collect::<Result<Vec<_>, _>>().unwrap();
    assert_eq!(disk.carried.columns(), found.carried.columns());
    assert_eq!(cells(&disk.carried), cells(&found.carried));
}

#[test]
fn numbers_are_those_of_the_same_rows_as_a_text() {
    let desk = Desk::new();
    let (batch, text) = numbers();
    let plain = ReadOptions {
        missing: true,
        ..ReadOptions::new(desk.write("a.csv", text))
    };
    let words = |words: &[&str]| words.iter().map(ToString::to_string).collect();
    let selected = ReadOptions {
        columns: words(&["sorts", "long", "double"]),
        standardize: true,
        ..plain.clone()
    };
    let weighted = ReadOptions {
        drop: words(&["view"]),
        weights: Some("flag".into()),
        scale: Some(3.0),
        ..plain.clone()
    };
    let binary = ReadOptions {
        columns: words(&["flag"]),
        ..plain.clone()
    };
    for options in [plain, selected, weighted, binary] {
        for file in files(&batch) {
            check_as_text(&desk, file, &options);
        }
    }
}

/// A table with text, numbers, and missing values of both.
fn people() -> (RecordBatch, String) {
    let plan = [
        "A", "B", "", "B", "NA", "C, D", "A", "B", "A", "B", "A", "B",
    ];
    let age = |row: usize| (row % 5 != 2).then_some(20.5 + row as f64 * 1.25);
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("age", Arc::new(Float64Array::from_iter((0..12).map(age)))),
        (
            "plan",
            Arc::new(StringArray::from_iter(
                (0..12).map(|row| (row != 2).then_some(plan[row])),
            )),
        ),
        (
            "sort",
            Arc::new(
                plan.iter()
                    .map(|word| (!word.is_empty()).then_some(*word))
                    .collect::<DictionaryArray<Int32Type>>(),
            ),
        ),
        (
            "member",
            Arc::new(BooleanArray::from_iter(
                (0..12).map(|row| Some(row % 3 == 0)),
            )),
        ),
        ("none", Arc::new(NullArray::new(12))),
    ];
    let mut text = String::from("age,plan,sort,member,none\n");
    for (row, plan) in plan.iter().enumerate() {
        let age = age(row).map(|age| age.to_string()).unwrap_or_default();
        text += &format!("{age},\"{plan}\",\"{plan}\",{},\n", row % 3 == 0);
    }
    (batch(columns), text)
}

#[test]
fn an_inferred_schema_is_that_of_the_same_rows_as_a_text() {
    let desk = Desk::new();
    let (batch, text) = people();
    let text = ReadOptions {
        schema: SchemaSource::Infer,
        ..ReadOptions::new(desk.write("a.csv", text))
    };
    for file in files(&batch) {
        check_as_text(&desk, file, &text);
    }
    let model = text.read().unwrap();
    let path = desk.write("a.parquet", parquet(&batch, Compression::SNAPPY, 5));
    let again = model.layout.read(&MatchOptions {
        missing: true,
        ..MatchOptions::new(path)
    });
    let again = again.unwrap();
    assert_eq!(again.table.row(3), model.table.row(3));
}

#[test]
fn errors_name_row_column_and_name() {
    let desk = Desk::new();
    let columns: Vec<(&str, ArrayRef)> = vec![
        (
            "a",
            Arc::new(Float64Array::from(vec![1.0, 2.0, f64::INFINITY])),
        ),
        ("b", Arc::new(StringArray::from(vec!["1", "x", "2"]))),
        (
            "c",
            Arc::new(Int64Array::from(vec![Some(1), Some(2), None])),
        ),
        ("d", Arc::new(Float64Array::from(vec![1.0, 2.0, 1e39]))),
    ];
    for (name, bytes) in files(&batch(columns)) {
        let path = desk.write(name, bytes);
        for (column, message) in [
            ("a", "row 3, column 1 (\"a\") holds inf, expected a finite"),
            (
                "b",
                "row 2, column 2 (\"b\") holds \"x\", expected a number",
            ),
            ("c", "row 3, column 3 (\"c\"): the value is missing"),
            ("d", "row 3, column 4 (\"d\") holds 1e39"),
        ] {
            let options = ReadOptions {
                columns: vec![column.into()],
                ..ReadOptions::new(&path)
            };
            let error = options.read().unwrap_err().to_string();
            assert!(error.starts_with(&format!("{path}: {message}")), "{error}");
            let other = options.open(&limited(1 << 20)).unwrap_err();
            assert_eq!(other.to_string(), error);
        }
    }
}

#[test]
fn other_types_are_refused_where_they_are_used() {
    let desk = Desk::new();
    let columns: Vec<(&str, ArrayRef)> = vec![
        (
            "x",
            Arc::new(Int8Array::from(vec![0, 3, 1, 3, 2, 0, 1, 1, 2, 3, 0, 0])),
        ),
        (
            "y",
            Arc::new(Int8Array::from_iter_values((0..12).map(|x| x % 3))),
        ),
        (
            "at",
            Arc::new(TimestampMillisecondArray::from_iter_values(0..12)),
        ),
    ];
    for (name, bytes) in files(&batch(columns)) {
        let path = desk.write(name, bytes);
        let expected = format!(
            "{path}: column \"at\" holds values of type \"Timestamp(ms)\", expected numbers, booleans or \
             text; leave it out (--drop NAME) or convert it"
        );
        for schema in [SchemaSource::None, SchemaSource::Infer] {
            let options = ReadOptions {
                schema,
                ..ReadOptions::new(&path)
            };
            assert_eq!(options.read().unwrap_err().to_string(), expected);
            let dropped = ReadOptions {
                drop: vec!["at".into()],
                ..options
            };
            assert_eq!(dropped.read().unwrap().layout.ignored[0].name, "at");
            let with_cells = DiskOptions {
                carried: true,
                ..limited(1 << 20)
            };
            let opened = dropped.open(&with_cells).unwrap();
            assert_eq!(opened.layout.ignored[0].name, "at");
            let (found, expected) = (opened.carried, dropped.read().unwrap().carried);
            assert_eq!(expected[0].cells[7], "1970-01-01T00:00:00.007");
            let cells =
                |carried: &dyn Carried| carried.rows().map(Result::unwrap).collect::<Vec<_>>();
            assert_eq!(cells(&found), cells(&expected));
        }
        let weighted = ReadOptions {
            weights: Some("at".into()),
            ..ReadOptions::new(&path)
        };
        let error = weighted.open(&limited(1 << 20)).unwrap_err().to_string();
        assert!(
            error.contains("\"1970-01-01T00:00:00\", expected a weight"),
            "{error}"
        );
        assert_eq!(weighted.read().unwrap_err().to_string(), error);
        let options = ReadOptions::new(&path);
        let error = options.open(&limited(1 << 20)).unwrap_err();
        assert_eq!(error.to_string(), expected);
    }
}

#[test]
fn dates_times_and_decimals_are_carried_through_as_text() {
    let desk = Desk::new();
    let decimal = Decimal128Array::from(vec![Some(12_345), None, Some(-5)]);
    let zoned = TimestampMillisecondArray::from(vec![0, 86_400_000, i64::MAX]);
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("x", Arc::new(Int8Array::from(vec![0, 3, 1]))),
        ("day", Arc::new(Date32Array::from(vec![19_723, -1, 0]))),
        (
            "time",
            Arc::new(Time32SecondArray::from(vec![0, 3_661, 86_399])),
        ),
        ("zoned", Arc::new(zoned.with_timezone("Europe/Berlin"))),
        (
            "price",
            Arc::new(decimal.with_precision_and_scale(10, 2).unwrap()),
        ),
        (
            "bytes",
            Arc::new(BinaryArray::from(vec![&b"a"[..], b"b", b"c"])),
        ),
    ];
    let rows = [
        ["2024-01-01", "00:00:00", "1970-01-01T00:00:00Z", "123.45"],
        ["1969-12-31", "01:01:01", "1970-01-02T00:00:00Z", ""],
        ["1970-01-01", "23:59:59", "", "-0.05"],
    ];
    let drop = ["day", "time", "zoned", "price", "bytes"].map(String::from);
    for (name, bytes) in files(&batch(columns)) {
        let options = ReadOptions {
            drop: drop.to_vec(),
            ..ReadOptions::new(desk.write(name, bytes))
        };
        let carried = options.read().unwrap().carried;
        let found: Vec<Vec<String>> = carried.rows().map(Result::unwrap).collect();
        assert_eq!(found, rows, "{name}");
    }
}

#[test]
fn labels_are_the_only_column() {
    let desk = Desk::new();
    let labels: ArrayRef = Arc::new(Int64Array::from(vec![7, 0, 9]));
    for (name, bytes) in files(&batch(vec![("digit", Arc::clone(&labels))])) {
        assert_eq!(read_labels(&desk.write(name, bytes)).unwrap(), [7, 0, 9]);
    }
    let two = batch(vec![("a", Arc::clone(&labels)), ("b", labels)]);
    let path = desk.write("a.parquet", parquet(&two, Compression::SNAPPY, 9));
    assert!(matches!(
        read_labels(&path),
        Err(DataError::Width { found: 2, .. })
    ));
}

#[test]
fn a_part_larger_than_the_memory_limit_is_refused() {
    let desk = Desk::new();
    let values = Float64Array::from_iter_values((0..50_000).map(|x| f64::from(x).sin()));
    let batch = batch(vec![("x", Arc::new(values))]);
    // The order of the rows takes 200,000 bytes, a record batch 400,000.
    let open = |rows: usize, compression| {
        let path = desk.write("a.arrow", arrow(&batch, compression, rows, true));
        ReadOptions::new(path).open(&limited(1 << 18))
    };
    for compression in [None, Some(CompressionType::ZSTD)] {
        assert!(open(5_000, compression).is_ok());
        let error = open(50_000, compression).unwrap_err();
        let is_large = matches!(error, DataError::Disk(DiskError::LargeBatch { .. }));
        assert!(is_large, "{error}");
    }
}

#[test]
fn the_parts_of_all_columns_fit_in_the_memory_limit_together() {
    let desk = Desk::new();
    let names: Vec<String> = (0..10).map(|column| format!("c{column}")).collect();
    let value = |(column, row): (usize, i32)| (f64::from(row) + column as f64 * 0.01).sin();
    let column = |column: usize| -> ArrayRef {
        let values = (0..5000).map(|row| value((column, row)));
        Arc::new(Float64Array::from_iter_values(values))
    };
    let columns = names.iter().zip(0..);
    let columns = columns.map(|(name, place)| (name.as_str(), column(place)));
    let numbers = batch(columns.collect());
    // A column takes 40,000 bytes of a page or a dictionary.
    let pages = |rows| parquet(&numbers, Compression::UNCOMPRESSED, rows);
    // A dictionary takes 150,000 bytes.
    let words = |columns: usize| {
        let words: Vec<String> = (0..1000).map(|word| format!("{word:0150}")).collect();
        let words = words.iter().map(|word| Some(word.as_str()));
        let words: ArrayRef = Arc::new(words.collect::<DictionaryArray<Int32Type>>());
        let columns = names[..columns].iter();
        let columns = columns.map(|name| (name.as_str(), Arc::clone(&words)));
        arrow(&batch(columns.collect()), None, 1000, false)
    };
    for (name, large, small) in [
        ("a.parquet", pages(5000), pages(300)),
        ("a.ipc", words(2), words(1)),
    ] {
        let open = |bytes| ReadOptions::new(desk.write(name, bytes)).open(&limited(1 << 18));
        let error = open(large).unwrap_err();
        let is_large = matches!(error, DataError::Disk(DiskError::LargeBatch { .. }));
        assert!(is_large, "{error}");
        let small = open(small);
        assert!(small.is_ok(), "{:?}", small.err());
    }
}

#[test]
fn a_long_text_that_is_repeated_is_refused_before_it_is_kept() {
    const ROWS: usize = 4000;
    let desk = Desk::new();
    let long = "x".repeat(1 << 20);
    let keys = Int8Array::from_iter_values([0; ROWS]);
    let words: ArrayRef = Arc::new(StringArray::from_iter_values([&long]));
    let repeated: ArrayRef = Arc::new(DictionaryArray::new(keys, words));
    let mut views = StringViewBuilder::new();
    let block = views.append_block(long.into_bytes().into());
    for _ in 0..ROWS {
        views.try_append_view(block, 0, 1 << 20).unwrap();
    }
    let numbers: ArrayRef = Arc::new(Int64Array::from_iter_values(0..ROWS as i64));
    for texts in [repeated, Arc::new(views.finish())] {
        let batch = batch(vec![("n", Arc::clone(&numbers)), ("text", texts)]);
        let options = ReadOptions::new(desk.write("a.arrow", arrow(&batch, None, ROWS, true)));
        let carried = ReadOptions {
            columns: vec!["n".into()],
            ..options.clone()
        };
        let inferred = ReadOptions {
            schema: SchemaSource::Infer,
            ..options
        };
        for options in [carried, inferred] {
            let error = options.read().unwrap_err();
            let is_refused = matches!(error, DataError::Format(FormatError::Expands { .. }));
            assert!(is_refused, "{error}");
        }
    }
}

#[test]
fn a_batch_of_long_texts_has_few_rows() {
    const LENGTH: usize = 50_000;
    const MEMORY: usize = 1 << 23;
    let long = "x".repeat(LENGTH);
    let texts: ArrayRef = Arc::new(LargeStringArray::from_iter_values(vec![&long; 1000]));
    let batch = batch(vec![("text", texts)]);
    let builder = || WriterProperties::builder().set_compression(Compression::SNAPPY);
    let plain = |encoding| {
        let builder = builder().set_dictionary_enabled(false);
        builder.set_encoding(encoding)
    };
    for properties in [
        builder(),
        builder().set_writer_version(WriterVersion::PARQUET_2_0),
        plain(Encoding::PLAIN),
        plain(Encoding::DELTA_BYTE_ARRAY),
        plain(Encoding::DELTA_BYTE_ARRAY).set_writer_version(WriterVersion::PARQUET_2_0),
    ] {
        let (mut bytes, properties) = (Vec::new(), properties.build());
        let writer = ArrowWriter::try_new(&mut bytes, batch.schema(), Some(properties));
        let mut writer = writer.unwrap();
        writer.write(&batch).unwrap();
        writer.close().unwrap();
        let file = Columnar::of("a.parquet", Kind::Parquet, Source::memory(bytes)).unwrap();
        let mut rows = 0;
        let read = file.each(&[0], super::Share::whole(MEMORY as u64), &mut |batch| {
            assert!(batch.rows * LENGTH <= MEMORY, "{} rows", batch.rows);
            rows += batch.rows;
            Ok(())
        });
        read.unwrap();
        assert_eq!(rows, 1000);
    }
}

#[test]
fn damage_is_an_error_of_one_line_in_memory_and_on_disk() {
    let desk = Desk::new();
    let (batch, _) = numbers();
    let batch = batch.slice(0, 4).project(&[2, 7]).unwrap();
    for (name, bytes) in [
        ("a.parquet", parquet(&batch, Compression::SNAPPY, 3)),
        (
            "a.arrow",
            arrow(&batch, Some(CompressionType::LZ4_FRAME), 3, true),
        ),
        ("a.ipc", arrow(&batch, None, 3, false)),
    ] {
        for at in (0..bytes.len()).step_by(7) {
            let mut damaged = bytes.clone();
            damaged[at] ^= [0xff, 1, 0x80][at % 3];
            for bytes in [&damaged[..], &bytes[..at]] {
                let options = ReadOptions {
                    missing: true,
                    ..ReadOptions::new(desk.write(name, bytes))
                };
                let (read, opened) = (options.read(), options.open(&limited(1 << 20)));
                assert_eq!(
                    read.is_ok(),
                    opened.is_ok(),
                    "{name} {at}: {read:?} {opened:?}"
                );
                for error in [read.err(), opened.err()].into_iter().flatten() {
                    let error = error.to_string();
                    assert!(!error.contains('\n') && error.len() < 500, "{error}");
                }
            }
        }
    }
}

#[test]
fn a_text_may_begin_like_another_format() {
    let desk = Desk::new();
    for name in ["PAR1", "ARROW1"] {
        let path = desk.write("a.csv", format!("{name},b\n1,2\n"));
        let table = ReadOptions::new(path).read().unwrap().table;
        assert_eq!(table.names().unwrap(), [name, "b"]);
    }
}

#[test]
fn refuses_what_claims_more_than_it_has() {
    let desk = Desk::new();
    let rows = NullArray::new(usize::try_from(i64::MAX >> 8).unwrap());
    let schema = Arc::new(Schema::new(vec![Field::new("x", DataType::Null, true)]));
    let batch = RecordBatch::try_new(schema, vec![Arc::new(rows)]).unwrap();
    let path = desk.write("a.arrow", arrow(&batch, None, usize::MAX, true));
    let options = ReadOptions {
        missing: true,
        ..ReadOptions::new(path)
    };
    for error in [
        options.read().map(|_| ()),
        options.open(&limited(1 << 20)).map(|_| ()),
    ] {
        let error = error.unwrap_err();
        let is_refused = matches!(error, DataError::Format(FormatError::Expands { .. }));
        assert!(is_refused, "{error}");
    }
}
