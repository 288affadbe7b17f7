//! Small files that claim, or have, a great deal of something.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use paysage_data::{
    DataError, DiskOptions, FormatError, Layout, LayoutError, MatchOptions, PartialSchema,
    ReadOptions, Rows, SchemaError, SchemaSource,
};
use peak_alloc::PeakAlloc;
use tempfile::TempDir;

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// A folder of files.
struct Desk(TempDir);

impl Desk {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> ReadOptions {
        let path = self.0.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        ReadOptions {
            missing: true,
            ..ReadOptions::new(path.to_str().unwrap())
        }
    }
}

fn packed(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn npy(shape: &str, values: &[u8]) -> Vec<u8> {
    let text = format!("{{'descr': '|u1', 'fortran_order': False, 'shape': {shape}, }}\n");
    let length = (text.len() as u16).to_le_bytes();
    [&b"\x93NUMPY\x01\x00"[..], &length, text.as_bytes(), values].concat()
}

fn idx(extents: &[u32], values: &[u8]) -> Vec<u8> {
    let head = [0, 0, 8, extents.len() as u8];
    let extents: Vec<u8> = extents.iter().flat_map(|x| x.to_be_bytes()).collect();
    [&head[..], &extents, values].concat()
}

/// The error of reading a file into memory, and from disk within the default limit of 1 GiB; it takes little
/// memory.
fn refused(options: &ReadOptions) -> [DataError; 2] {
    MEMORY.reset_peak_usage();
    let before = MEMORY.current_usage();
    let errors = [
        options.read().map(|_| ()).unwrap_err(),
        options
            .open(&DiskOptions::default())
            .map(|_| ())
            .unwrap_err(),
    ];
    let used = MEMORY.peak_usage().saturating_sub(before);
    assert!(used < 4 << 20, "{used} bytes of memory for {options:?}");
    for error in &errors {
        assert!(!error.to_string().contains('\n'), "{error}");
    }
    errors
}

/// One test, because memory is measured for the whole process.
#[test]
fn headers_that_claim_too_much_take_no_memory() {
    let desk = Desk::new();
    for (name, bytes) in [
        ("rows.npy", npy("(1000000000000, 4)", &[0; 100])),
        ("columns.npy", npy("(2, 1000000000000)", &[0; 100])),
        ("wide.npy", npy("(2, 100000000)", &[0; 100])),
        ("images.npy", npy("(2, 4294967296, 4294967296)", &[0; 100])),
        ("rows-idx3-ubyte", idx(&[u32::MAX, 28, 28], &[0; 100])),
        ("columns-idx3-ubyte", idx(&[2, 10_000, 10_000], &[0; 100])),
        ("images-idx3-ubyte", idx(&[u32::MAX; 3], &[0; 100])),
    ] {
        for error in refused(&desk.write(name, &bytes)) {
            let is_truncated = matches!(&error, DataError::Format(FormatError::Truncated { .. }));
            assert!(is_truncated, "{error}");
        }
        refused(&desk.write(&format!("{name}.gz"), packed(&bytes)));
    }
}

#[test]
fn a_million_columns_are_selected_in_linear_time() {
    const WIDTH: usize = 1_000_000;
    let desk = Desk::new();
    let names: Vec<String> = (0..WIDTH).map(|column| format!("c{column}")).collect();
    let rows = "0,1,".repeat(WIDTH / 2);
    let rows = rows.trim_end_matches(',');
    let named = desk.write(
        "named.csv",
        format!("{}\n{rows}\n{rows}\n", names.join(",")),
    );
    let plain = desk.write("plain.csv", format!("{rows}\n{rows}\n"));
    let array = desk.write("a.npy", npy("(2, 1000000)", &[[0, 1]; WIDTH].concat()));
    let numbers: Vec<String> = (1..=WIDTH).step_by(2).map(|n| n.to_string()).collect();
    let odd: Vec<String> = names.iter().step_by(2).cloned().collect();
    for (options, half) in [(named, odd), (plain, numbers.clone()), (array, numbers)] {
        let dropped = ReadOptions {
            drop: half.clone(),
            ..options.clone()
        };
        let selected = ReadOptions {
            columns: half,
            ..options
        };
        for (options, value) in [(dropped, 1.0), (selected, 0.0)] {
            let data = options.read().unwrap();
            assert_eq!(data.table.columns(), WIDTH / 2);
            assert!(data.table.values().iter().all(|&x| x == value));
            let disk = options.open(&DiskOptions::default()).unwrap();
            assert_eq!(disk.rows.columns(), WIDTH / 2);
            assert_eq!(disk.layout, data.layout);
            let again = data.layout.read(&MatchOptions {
                source: options.source.clone(),
                ..MatchOptions::default()
            });
            assert_eq!(again.unwrap().table.values(), data.table.values());
        }
    }
}

#[test]
fn a_hundred_thousand_columns_of_a_schema_are_found_in_linear_time() {
    const WIDTH: usize = 100_000;
    let desk = Desk::new();
    let names: Vec<String> = (0..WIDTH).map(|column| format!("c{column}")).collect();
    let rows = [0, 1].map(|row| vec![["0", "1"][row]; WIDTH].join(","));
    let table = format!("{}\n{}\n{}\n", names.join(","), rows[0], rows[1]);
    let schema = names
        .iter()
        .map(|name| format!("[[columns]]\nname = '{name}'\n"));
    let schema: PartialSchema = schema.collect::<String>().parse().unwrap();
    let options = desk.write("a.csv", table);
    for schema in [SchemaSource::Given(schema), SchemaSource::Infer] {
        let options = ReadOptions {
            schema,
            ..options.clone()
        };
        let data = options.read().unwrap();
        assert_eq!(data.table.row(1), vec![1.0; WIDTH]);
    }
}

#[test]
fn a_schema_of_a_million_categories_is_refused() {
    let values: Vec<String> = (0..1_000_000).map(|value| format!("'{value}'")).collect();
    let values = values.join(",");
    let schema = format!("[[columns]]\nname = 'x'\nkind = 'categorical'\nvalues = [{values}]\n");
    let error = schema.parse::<PartialSchema>().unwrap_err();
    assert!(matches!(
        error,
        DataError::Schema(SchemaError::BadColumn { .. })
    ));
    assert!(
        error.to_string().ends_with("expected at most 10000 values"),
        "{error}"
    );
}

#[test]
fn deeply_nested_schemas_and_layouts_are_refused() {
    for depth in [100, 10_000, 1_000_000] {
        let texts = [
            format!("columns = {}", "[".repeat(depth)),
            format!("columns = {}", "{a=".repeat(depth)),
            format!("a{} = 1", ".a".repeat(depth)),
            format!("{}", "[[a]]\n".repeat(depth)),
        ];
        for text in texts {
            let error = text.parse::<PartialSchema>().unwrap_err().to_string();
            assert!(!error.contains('\n') && error.len() < 500, "{error}");
        }
        let layout = format!("{{\"columns\":{}", "[".repeat(depth));
        assert!(serde_json::from_str::<Layout>(&layout).is_err());
    }
}

#[test]
fn layouts_that_claim_too_much_or_contradict_themselves_are_refused() {
    let units = |count: &str, ignored: &str| {
        format!(r#"{{"columns":{{"units":{{"count":{count}}}}},"ignored":[{ignored}]}}"#)
    };
    let column = |number: u64| format!(r#"{{"name":"x","number":{number},"reason":"dropped"}}"#);
    let alignment = |sites: u64| {
        format!(
            r#"{{"columns":{{"alignment":{{"sites":{sites},"states":"-ACGU","alphabet":"rna","unknown":"drop"}}}}}}"#
        )
    };
    for text in [
        units("1000000000000", ""),
        units("2", &column(0)),
        units("2", &[column(3), column(3)].join(",")),
        alignment(1_000_000_000_000),
        alignment(u64::MAX / 2),
    ] {
        let layout: Layout = serde_json::from_str(&text).unwrap();
        let error = layout.check().unwrap_err();
        assert!(
            matches!(error, LayoutError::Invalid { .. }),
            "{text}: {error}"
        );
    }
    // A column that no file has.
    let layout = units("2", &column(u64::MAX));
    let layout: Layout = serde_json::from_str(&layout).unwrap();
    let desk = Desk::new();
    let source = desk.write("a.csv", "1,2,3\n").source;
    let options = MatchOptions {
        source,
        ..MatchOptions::default()
    };
    let error = layout.read(&options).unwrap_err().to_string();
    assert!(error.contains("has 3 columns, expected 2"), "{error}");
}

#[test]
fn columns_are_counted_from_one() {
    let desk = Desk::new();
    let options = desk.write("a.csv", "1,2,3\n0,1,0\n");
    for number in ["0", "4", "-1", "18446744073709551616"] {
        let columns = ReadOptions {
            columns: vec![number.into()],
            ..options.clone()
        };
        let drop = ReadOptions {
            drop: vec![number.into()],
            ..options.clone()
        };
        for options in [columns, drop] {
            for error in refused(&options) {
                assert!(
                    error.to_string().contains("a number from 1 to 3"),
                    "{error}"
                );
            }
        }
    }
}
