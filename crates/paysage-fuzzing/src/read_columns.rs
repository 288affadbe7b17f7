//! Bytes read as files of columns.

use paysage_data::{ReadOptions, SchemaSource, read};

use crate::file::with_file;
use crate::laws::{accepted, check_dataset, check_on_disk, check_table};

/// Reads a file into memory and from disk, as numbers and with an inferred schema.
fn columns(name: &str, bytes: &[u8]) -> bool {
    with_file(name, bytes, |path| {
        if let Some(table) = accepted(read(path)) {
            check_table(&table);
            assert!(table.is_complete());
        }
        let options = ReadOptions {
            missing: true,
            ..ReadOptions::new(path)
        };
        let is_read = check_on_disk(&options);
        check_on_disk(&ReadOptions {
            weights: Some("a".into()),
            standardize: true,
            ..options.clone()
        });
        let selected = ReadOptions {
            columns: vec!["b".into()],
            ..options.clone()
        };
        let inferred = ReadOptions {
            schema: SchemaSource::Infer,
            ..options
        };
        for options in [selected, inferred] {
            check_on_disk(&options);
            if let Some(data) = accepted(options.read()) {
                check_dataset(&data);
            }
        }
        is_read
    })
}

pub(crate) fn parquet(bytes: &[u8]) -> bool {
    columns("a.parquet", bytes)
}

pub(crate) fn arrow(bytes: &[u8]) -> bool {
    columns("a.arrow", bytes)
}
