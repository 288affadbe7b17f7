//! Valid files of columns: Parquet and Arrow IPC.

use std::sync::Arc;

use arrow_array::types::Int8Type;
use arrow_array::{
    ArrayRef, BooleanArray, DictionaryArray, Float32Array, Float64Array, Int64Array, RecordBatch,
    StringArray,
};
use arrow_ipc::CompressionType;
use arrow_ipc::writer::{FileWriter, IpcWriteOptions, StreamWriter};
use arrow_schema::{Field, Schema};
use parquet::arrow::ArrowWriter;
use parquet::basic::Compression;
use parquet::file::properties::{EnabledStatistics, WriterProperties, WriterVersion};

/// Numbers of several types, with missing values.
fn numbers() -> RecordBatch {
    let words: DictionaryArray<Int8Type> = ["1", "2", "1", "2", "1"].into_iter().collect();
    batch(vec![
        ("a", Arc::new(Int64Array::from(vec![1, 0, 1, 1, 0]))),
        (
            "b",
            Arc::new(Float64Array::from(vec![
                Some(0.5),
                None,
                Some(-2.0),
                Some(1e9),
                None,
            ])),
        ),
        ("c", Arc::new(words)),
    ])
}

/// Booleans, floats and text.
fn mixed() -> RecordBatch {
    batch(vec![
        ("a", Arc::new(BooleanArray::from(vec![true, false, true]))),
        ("b", Arc::new(Float32Array::from(vec![1.5, 2.5, f32::NAN]))),
        ("c", Arc::new(StringArray::from(vec!["3", "", "4"]))),
    ])
}

fn batch(columns: Vec<(&str, ArrayRef)>) -> RecordBatch {
    let field =
        |(name, array): &(&str, ArrayRef)| Field::new(*name, array.data_type().clone(), true);
    let fields: Vec<Field> = columns.iter().map(field).collect();
    let arrays = columns.into_iter().map(|(_, array)| array);
    let batch = RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays.collect());
    batch.expect("columns of one length")
}

pub(crate) fn parquet() -> Vec<Vec<u8>> {
    let file = |batch: &RecordBatch, compression, version| {
        let properties = WriterProperties::builder()
            .set_compression(compression)
            .set_writer_version(version)
            .set_statistics_enabled(EnabledStatistics::None)
            .set_max_row_group_row_count(Some(3))
            .build();
        let mut bytes = Vec::new();
        let writer = ArrowWriter::try_new(&mut bytes, batch.schema(), Some(properties));
        let written = writer.and_then(|mut writer| {
            writer.write(batch)?;
            writer.close()
        });
        written.expect("writing to memory");
        bytes
    };
    let zstd = Compression::ZSTD(Default::default());
    vec![
        file(&numbers(), Compression::SNAPPY, WriterVersion::PARQUET_1_0),
        file(
            &numbers(),
            Compression::UNCOMPRESSED,
            WriterVersion::PARQUET_2_0,
        ),
        file(&mixed(), zstd, WriterVersion::PARQUET_2_0),
        file(&mixed(), Compression::LZ4_RAW, WriterVersion::PARQUET_1_0),
    ]
}

pub(crate) fn arrow() -> Vec<Vec<u8>> {
    let file = |batch: &RecordBatch, compression, is_file| {
        let options = IpcWriteOptions::default().try_with_compression(compression);
        let options = options.expect("a known codec");
        let (mut bytes, schema) = (Vec::new(), batch.schema());
        let written = match is_file {
            true => FileWriter::try_new_with_options(&mut bytes, &schema, options)
                .and_then(|mut writer| writer.write(batch).and_then(|()| writer.finish())),
            false => StreamWriter::try_new_with_options(&mut bytes, &schema, options)
                .and_then(|mut writer| writer.write(batch).and_then(|()| writer.finish())),
        };
        written.expect("writing to memory");
        bytes
    };
    vec![
        file(&numbers(), None, true),
        file(&numbers(), Some(CompressionType::LZ4_FRAME), false),
        file(&mixed(), None, false),
        file(&mixed(), Some(CompressionType::ZSTD), true),
    ]
}
