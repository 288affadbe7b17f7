//! Small files that claim, or have, a great deal of something.

#![allow(clippy::unwrap_used)]

mod desk;

use desk::{Desk, npy, packed};
use paysage_data::{
    DataError, DiskOptions, Layout, LayoutError, MatchOptions, PartialSchema, ReadOptions, Rows,
    SchemaError, SchemaSource,
};

/// Does some work of a few seconds. Where its time grows with the square of the number of columns, it takes
/// minutes, and the test fails. The time is that of the processor, whatever else it does; where the system does
/// not tell it, the test only takes long.
fn in_linear_time(work: impl FnOnce()) {
    let before = processor_seconds();
    work();
    if let (Some(before), Some(after)) = (before, processor_seconds()) {
        assert!(after - before < 60.0, "{} seconds", after - before);
    }
}

/// Seconds of the processor for this thread so far, on Linux.
fn processor_seconds() -> Option<f64> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    let nanoseconds: f64 = text.split_whitespace().next()?.parse().ok()?;
    Some(1e-9 * nanoseconds)
}

#[test]
fn columns_are_selected_in_linear_time() {
    in_linear_time(select_columns);
}

fn select_columns() {
    const WIDTH: usize = 200_000;
    let desk = Desk::new();
    let names: Vec<String> = (0..WIDTH).map(|column| format!("c{column}")).collect();
    let rows = "0,1,".repeat(WIDTH / 2);
    let rows = rows.trim_end_matches(',');
    let named = desk.write(
        "named.csv",
        format!("{}\n{rows}\n{rows}\n", names.join(",")),
    );
    let plain = desk.write("plain.csv", format!("{rows}\n{rows}\n"));
    let array = desk.write("a.npy", npy("(2, 200000)", &[[0, 1]; WIDTH].concat()));
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
fn columns_of_a_schema_are_found_in_linear_time() {
    in_linear_time(find_columns);
}

fn find_columns() {
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
            "[[a]]\n".repeat(depth),
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

/// Files of 1 MB that expand to more than 1 GiB.
#[test]
#[ignore = "takes 1 GiB of memory and a minute"]
fn files_that_expand_a_thousand_times_are_refused() {
    let zeros = packed(&vec![0; 1 << 24]).repeat(65);
    let rows = packed(&b"0\n".repeat(1 << 23)).repeat(65);
    let images = packed(&[0, 0, 8, 2, 0, 0x10, 0x40, 0, 0, 0, 4, 0]);
    let desk = Desk::new();
    let disk = DiskOptions::default();
    for (name, bytes, is_opened) in [
        (
            "cell.csv.gz",
            [packed(b"0\n1\n"), zeros.clone()].concat(),
            false,
        ),
        ("rows.csv.gz", rows, false),
        ("a-idx2-ubyte.gz", [images, zeros].concat(), true),
    ] {
        let options = desk.write(name, bytes);
        let read = options.read().map(|_| ());
        let opened = is_opened.then(|| options.open(&disk).map(|_| ()));
        for result in [Some(read), opened].into_iter().flatten() {
            let message = result.unwrap_err().to_string();
            assert!(
                message.contains("decompress it first (gunzip)"),
                "{message}"
            );
        }
    }
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
            let errors = [
                options.read().map(|_| ()).unwrap_err(),
                options
                    .open(&DiskOptions::default())
                    .map(|_| ())
                    .unwrap_err(),
            ];
            for error in errors {
                assert!(
                    error.to_string().contains("a number from 1 to 3"),
                    "{error}"
                );
            }
        }
    }
}
