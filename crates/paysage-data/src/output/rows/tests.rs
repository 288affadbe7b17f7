use super::*;
use crate::{CarriedColumn, Columns, Labels, ReadOptions, SchemaSource, Table, testing::Desk};

#[test]
fn a_csv_with_a_header_comes_back_as_it_was() {
    let desk = Desk::new();
    for (text, options) in [
        ("a,b,c\n0,1,1\n1,0,0\n", ReadOptions::default()),
        ("a,b\n0.1,-2.5\n1e-7,123456.7\n", ReadOptions::default()),
        (
            "a,b\n0.65,1000000\n0.001,-3\n51,2\n",
            ReadOptions {
                standardize: true,
                ..Default::default()
            },
        ),
        (
            "a,b\n255,0\n51,102\n",
            ReadOptions {
                scale: Some(255.0),
                ..Default::default()
            },
        ),
        (
            "a,,c\n1,x,0\n0,y,1\n",
            ReadOptions {
                drop: vec![String::new()],
                ..Default::default()
            },
        ),
    ] {
        let source = desk.write("in.csv", text);
        let data = ReadOptions { source, ..options }.read().unwrap();
        let writer = RowsWriter::new(desk.path("out.csv"), &data.layout).unwrap();
        writer
            .with_carried(&data.carried)
            .write(data.table.values())
            .unwrap();
        let expected = text.replace("1e-7", "0.0000001");
        assert_eq!(desk.text("out.csv"), expected);
    }
}

#[test]
fn a_schema_with_ids_notations_and_gaps_comes_back_as_it_was() {
    let desk = Desk::new();
    let mut text = String::from("user,price,empty,region,n\n");
    for row in 0..12 {
        let region = ["north", "\"far, west\"", ""][row % 3];
        let price = if row == 5 {
            String::new()
        } else {
            format!("\"$1,{row:03}.50\"")
        };
        text += &format!("u{row},{price},,{region},{}\n", row + 1);
    }
    let options = ReadOptions {
        schema: SchemaSource::Infer,
        ..ReadOptions::new(desk.write("in.csv", &text))
    };
    let data = options.read().unwrap();
    assert_eq!(data.layout.names(), ["price", "region"]);
    for name in ["out.csv", "out.tsv", "out.csv.gz"] {
        let writer = RowsWriter::new(desk.path(name), &data.layout).unwrap();
        assert!(writer.has_categories());
        let twice = [data.table.values(), data.table.values()].concat();
        writer.with_carried(&data.carried).write(&twice).unwrap();
        let again = ReadOptions {
            source: desk.path(name),
            ..options.clone()
        };
        // Every identifier stands there twice: as a column of its own it would be modelled.
        let drop = ["user", "n", "empty"].map(String::from).to_vec();
        let again = ReadOptions { drop, ..again }.read().unwrap();
        assert_eq!(again.table.rows(), 24);
        for (a, b) in again.table.values().iter().zip(&twice) {
            assert!((a - b).abs() < 1e-6 || (a.is_nan() && b.is_nan()));
        }
    }
    let writer = RowsWriter::new(desk.path("same.csv"), &data.layout).unwrap();
    writer
        .with_carried(&data.carried)
        .write(data.table.values())
        .unwrap();
    assert_eq!(desk.text("same.csv"), text);
}

#[test]
fn arrays_hold_original_values_and_units_of_classes() {
    let desk = Desk::new();
    let mut layout = Layout::units(2);
    layout.preparation.scale = Some(4.0);
    let classes = ["cat", "dog"].map(String::from).to_vec();
    layout.labels = Some(Labels { classes });
    let units = [0.25, 1.0, 0.0, 1.0, 0.5, f32::NAN, 1.0, 0.0];
    let writer = RowsWriter::new(desk.path("a.npy"), &layout).unwrap();
    assert!(!writer.has_categories());
    writer.write(&units).unwrap();
    let table = crate::read_with_missing(&desk.path("a.npy")).unwrap();
    assert_eq!(table.row(0), [1.0, 4.0, 0.0, 1.0]);
    assert_eq!(table.row(1)[0], 2.0);
    assert!(table.row(1)[1].is_nan());
    // Without names there is no header.
    let writer = RowsWriter::new(desk.path("a.csv"), &layout).unwrap();
    writer.write(&units).unwrap();
    assert_eq!(desk.text("a.csv"), "1,4,dog\n2,,cat\n");
}

#[test]
fn deviations_are_in_units_of_measurement() {
    let desk = Desk::new();
    let mut layout = Layout::of(Columns::Units {
        count: 2,
        names: Some(["a", "b"].map(String::from).to_vec()),
    });
    let table = Table::new("t", 2, vec![0.0, 5.0, 4.0, 25.0]).unwrap();
    layout.preparation.standardize = Some(crate::Standardizer::fit(&table));
    let writer = RowsWriter::new(desk.path("a.csv"), &layout).unwrap();
    let mut parts = writer.start_deviations(2).unwrap();
    parts.push(&[1.0, 0.5, 0.0, 2.0]).unwrap();
    parts.finish().unwrap();
    assert_eq!(desk.text("a.csv"), "a,b\n2,5\n0,20\n");
}

#[test]
fn other_endings_are_refused_before_anything_is_written() {
    let layout = Layout::units(1);
    let error = RowsWriter::new("samples.xlsx", &layout).unwrap_err();
    assert!(error.to_string().contains(".npy, .csv or .tsv"), "{error}");
}

#[test]
#[should_panic(expected = "3 rows are no multiple of the 2 rows")]
fn other_rows_than_those_carried_through_are_a_bug_of_the_caller() {
    let desk = Desk::new();
    let layout = Layout::units(1);
    let carried = vec![CarriedColumn {
        name: "id".into(),
        place: 0,
        cells: vec!["a".into(), "b".into()],
    }];
    let writer = RowsWriter::new(desk.path("a.csv"), &layout).unwrap();
    let _ = writer.with_carried(&carried).write(&[1.0; 3]);
}

/// Rows in parts of every size make the same file, whatever its format.
#[test]
fn parts_are_the_rows_together() {
    let desk = Desk::new();
    let text = "id,x,y\nu1,1,2\nu2,3,4.5\nu3,5,6\nu4,8,0\n";
    let options = ReadOptions {
        standardize: true,
        drop: vec!["id".into()],
        ..ReadOptions::new(desk.write("in.csv", text))
    };
    let data = options.read().unwrap();
    let fasta = desk.write("in.fasta", ">a\nACDE\n>b\nAC-F\n>c\nGCDF\n>d\nACDF\n");
    let sequences = ReadOptions::new(fasta).read().unwrap();
    for (data, names) in [
        (&data, &["csv", "tsv.gz", "npy", "npy.gz"][..]),
        (&sequences, &["fasta", "fasta.gz", "csv", "npy"]),
    ] {
        for name in names {
            let write = |name: &str| {
                let writer = RowsWriter::new(desk.path(name), &data.layout).unwrap();
                writer.with_carried(&data.carried)
            };
            let units = [data.table.values(), data.table.values()].concat();
            write(&format!("whole.{name}")).write(&units).unwrap();
            let whole = std::fs::read(desk.path(&format!("whole.{name}"))).unwrap();
            for size in 1..=8 {
                let parts = units.chunks(size * data.layout.unit_count());
                let mut writer = write(&format!("parts.{name}")).start(8).unwrap();
                parts.for_each(|part| writer.push(part).unwrap());
                writer.finish().unwrap();
                let found = std::fs::read(desk.path(&format!("parts.{name}"))).unwrap();
                assert!(found == whole, "{name}, {size}");
            }
        }
    }
}

#[test]
fn parts_that_are_not_finished_leave_the_old_file() {
    let desk = Desk::new();
    let path = desk.write("a.csv", "old");
    let layout = Layout::units(1);
    let writer = RowsWriter::new(&path, &layout).unwrap();
    let mut parts = writer.start(2).unwrap();
    parts.push(&[1.0]).unwrap();
    drop(parts);
    assert_eq!(desk.text("a.csv"), "old");
    assert_eq!(std::fs::read_dir(desk.path("")).unwrap().count(), 1);
}

#[test]
#[should_panic(expected = "the parts have 1 rows and not 2")]
fn missing_parts_are_a_bug_of_the_caller() {
    let desk = Desk::new();
    let layout = Layout::units(1);
    let writer = RowsWriter::new(desk.path("a.npy"), &layout).unwrap();
    let mut parts = writer.start(2).unwrap();
    parts.push(&[1.0]).unwrap();
    let _ = parts.finish();
}
