//! Bytes read as texts.

use paysage_data::{
    Gaps, Layout, MatchOptions, PartialSchema, ReadOptions, Schema, SchemaSource, Unknown, read,
    read_labels, read_mixed, read_with_missing,
};

use crate::file::{packed, with_file};
use crate::laws::{accepted, check_dataset, check_match_on_disk, check_on_disk, check_table};

/// The table that schemas and layouts describe.
pub(crate) const TABLE: &str = "age,region,smoker,price,year\n31,north,no,\"1.234,50 €\",1990\n\
                                28.5,south,yes,\"2,75 €\",1991\n,west,no,\"10,00 €\",1990\n\
                                64,north,,\"1,00 €\",1993\n";

/// Reads a text into memory and from disk.
fn numbers(name: &str, bytes: &[u8]) -> bool {
    with_file(name, bytes, |path| {
        if let Some(table) = accepted(read(path)) {
            check_table(&table);
            assert!(table.is_complete());
        }
        let table = accepted(read_with_missing(path));
        if let Some(table) = &table {
            check_table(table);
        }
        for missing in [false, true] {
            check_on_disk(&ReadOptions {
                missing,
                ..ReadOptions::new(path)
            });
        }
        check_on_disk(&ReadOptions {
            columns: vec!["a".into(), "b".into()],
            weights: Some("c".into()),
            ..ReadOptions::new(path)
        });
        check_on_disk(&ReadOptions {
            drop: vec!["2".into()],
            threshold: Some(0.5),
            missing: true,
            ..ReadOptions::new(path)
        });
        table.is_some()
    })
}

pub(crate) fn csv(bytes: &[u8]) -> bool {
    numbers("a.csv", bytes)
}

pub(crate) fn tsv(bytes: &[u8]) -> bool {
    numbers("a.tsv", bytes)
}

pub(crate) fn csv_gz(bytes: &[u8]) -> bool {
    numbers("a.csv.gz", bytes)
}

pub(crate) fn csv_zst(bytes: &[u8]) -> bool {
    numbers("a.csv.zst", bytes)
}

/// The text compressed.
pub(crate) fn csv_in_gz(bytes: &[u8]) -> bool {
    numbers("a.csv.gz", &packed(bytes))
}

/// A table with categorical and numeric columns, whose schema is inferred.
pub(crate) fn mixed(bytes: &[u8]) -> bool {
    with_file("m.csv", bytes, |path| {
        if let Some((table, schema)) = accepted(read_mixed(path, None)) {
            check_table(&table);
            assert_eq!(schema.units(), table.columns());
            check_schema(&schema);
        }
        let options = ReadOptions {
            schema: SchemaSource::Infer,
            ..ReadOptions::new(path)
        };
        check_on_disk(&options);
        check_on_disk(&ReadOptions {
            weights: Some("a".into()),
            ..options.clone()
        });
        let data = accepted(options.read());
        if let Some(data) = &data {
            check_dataset(data);
            // The layout reads the file that it was made of.
            let again = data.layout.read(&MatchOptions {
                source: path.into(),
                ..MatchOptions::default()
            });
            let again = again.unwrap_or_else(|error| panic!("not read again: {error}"));
            assert_eq!(again.table.columns(), data.table.columns());
        }
        data.is_some()
    })
}

pub(crate) fn fasta(bytes: &[u8]) -> bool {
    alignment("a.fasta", bytes)
}

pub(crate) fn fasta_gz(bytes: &[u8]) -> bool {
    alignment("a.fasta.gz", bytes)
}

fn alignment(name: &str, bytes: &[u8]) -> bool {
    with_file(name, bytes, |path| {
        let mut is_accepted = false;
        let policies = [
            (None, None, None),
            (Some(Gaps::Missing), Some(Unknown::Missing), Some(0.8)),
            (Some(Gaps::State), Some(Unknown::Refuse), None),
        ];
        for (gaps, unknown, reweight) in policies {
            let options = ReadOptions {
                gaps,
                unknown,
                reweight,
                ..ReadOptions::new(path)
            };
            check_on_disk(&options);
            if let Some(data) = accepted(options.read()) {
                check_dataset(&data);
                is_accepted = true;
            }
        }
        is_accepted
    })
}

/// A schema alone, and as that of a table.
pub(crate) fn schema(bytes: &[u8]) -> bool {
    let partial = with_file("s.toml", bytes, |path| {
        if let Some(schema) = accepted(Schema::read(path)) {
            check_schema(&schema);
        }
        accepted(PartialSchema::read(path))
    });
    let Some(partial) = partial else {
        return false;
    };
    with_file("t.csv", TABLE.as_bytes(), |path| {
        let options = ReadOptions {
            schema: SchemaSource::Given(partial),
            ..ReadOptions::new(path)
        };
        check_on_disk(&options);
        if let Some(data) = accepted(options.read()) {
            check_dataset(&data);
        }
    });
    true
}

/// Checks that units become cells, and that a schema is the same after writing and reading.
fn check_schema(schema: &Schema) {
    let units = schema.units();
    let cells = schema.decode(&vec![0.25; units]);
    assert_eq!(cells[0].len(), schema.columns.len());
    assert_eq!(schema.unit_names().len(), units);
    let text = serde_json::to_string(schema).expect("a schema as text");
    let again: Result<Schema, _> = serde_json::from_str(&text);
    let again = again.unwrap_or_else(|error| panic!("not read again: {error}"));
    assert_eq!(again, *schema);
}

/// The layout of a model file, and data read by it.
pub(crate) fn layout(bytes: &[u8]) -> bool {
    let layout: Result<Layout, _> = serde_json::from_slice(bytes);
    let Ok(layout) = layout else {
        return false;
    };
    if accepted(layout.check()).is_none() {
        return false;
    }
    let files = [
        ("t.csv", TABLE),
        ("n.csv", "1,0.5,7,8,9\n2,0,1,2,3\n"),
        ("p.csv", "1,0.5\n0,1\n"),
        ("a.fasta", ">a\nACG-\n>b\nUNGG\n"),
    ];
    for (name, text) in files {
        with_file(name, text.as_bytes(), |path| {
            let options = MatchOptions {
                missing: true,
                ..MatchOptions::new(path)
            };
            check_match_on_disk(&layout, &options);
            if let Some(data) = accepted(layout.read(&options)) {
                check_table(&data.table);
                assert_eq!(data.table.columns(), layout.unit_count());
            }
        });
    }
    true
}

/// Weights of a table of four rows.
pub(crate) fn weights(bytes: &[u8]) -> bool {
    with_table(|source| {
        with_file("w", bytes, |path| {
            let options = ReadOptions {
                weights: Some(path.into()),
                ..ReadOptions::new(source)
            };
            check_on_disk(&options);
            let data = accepted(options.read());
            data.iter().for_each(check_dataset);
            data.is_some()
        })
    })
}

/// Labels of a table of four rows.
pub(crate) fn labels(bytes: &[u8]) -> bool {
    with_table(|source| {
        with_file("l", bytes, |path| {
            accepted(read_labels(path));
            let options = ReadOptions {
                labels: Some(path.into()),
                ..ReadOptions::new(source)
            };
            check_on_disk(&options);
            let data = accepted(options.read());
            data.iter().for_each(check_dataset);
            data.is_some()
        })
    })
}

fn with_table<T>(work: impl FnOnce(&str) -> T) -> T {
    with_file("x.csv", b"0,1\n1,1\n1,0\n0,0\n", work)
}
