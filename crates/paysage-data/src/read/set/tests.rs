use std::sync::Arc;

use arrow_array::{ArrayRef, BinaryArray, Float32Array, RecordBatch, StringArray};
use parquet::basic::Compression;

use crate::read::columnar::tests::{arrow, limited, numbers, parquet};
use crate::testing::{Desk, check_same_rows};
use crate::{DiskOptions, MatchOptions, ReadOptions, Rows, SchemaSource};

#[test]
fn a_folder_or_a_pattern_is_one_set() {
    let desk = Desk::new();
    let (batch, text) = numbers();
    let csv = ReadOptions {
        missing: true,
        ..ReadOptions::new(desk.write("all.csv", &text))
    };
    std::fs::create_dir(desk.path("set")).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    let part = |from: usize, length: usize| batch.slice(from, length);
    desk.write("set/a-2.arrow", arrow(&part(5, 4), None, 9, true));
    desk.write(
        "set/a-1.parquet",
        parquet(&part(0, 5), Compression::SNAPPY, 9),
    );
    let rest = [&lines[..1], &lines[10..]].concat().join("\n");
    desk.write(
        "set/b.csv.zst",
        zstd::encode_all(rest.as_bytes(), 3).unwrap(),
    );
    desk.write("set/_SUCCESS", "");
    desk.write("set/.hidden.csv", "x\n1\n");
    desk.write("set/README.md", "notes");
    for source in [desk.path("set"), desk.path("set/[ab]*")] {
        let set = ReadOptions {
            source: source.clone(),
            ..csv.clone()
        };
        let (found, expected) = (set.read().unwrap(), csv.read().unwrap());
        assert_eq!(found.layout, expected.layout);
        let bits = |x: &f32| if x.is_nan() { 0 } else { x.to_bits() };
        assert!(
            found
                .table
                .values()
                .iter()
                .map(bits)
                .eq(expected.table.values().iter().map(bits))
        );
        assert_eq!(found.table.source(), source);
        check_same_rows(&set.open(&limited(1 << 20)).unwrap().rows, &found.table);
        let inferred = |options: &ReadOptions| {
            let options = ReadOptions {
                schema: SchemaSource::Infer,
                ..options.clone()
            };
            options.read().unwrap()
        };
        assert_eq!(inferred(&set).layout, inferred(&csv).layout);
        assert_eq!(inferred(&set).carried, inferred(&csv).carried);
    }
}

#[test]
fn a_file_of_a_set_with_other_columns_is_named() {
    let desk = Desk::new();
    desk.write("a.csv", "x,y\n1,2\n");
    for (other, difference) in [
        ("y,x\n1,2\n", "another order"),
        ("x,z\n1,2\n", "no \"y\", but \"z\""),
        ("x\n1\n", "no \"y\""),
        ("x,y,z\n1,2,3\n", "also \"z\""),
        ("1,2\n", "no names of columns"),
    ] {
        let path = desk.write("b.csv", other);
        let options = ReadOptions::new(desk.path("*.csv"));
        let errors = [
            options.read().map(|_| ()),
            options.open(&limited(1 << 20)).map(|_| ()),
        ];
        for error in errors {
            assert_eq!(
                error.unwrap_err().to_string(),
                format!(
                    "{path}: the columns are not those of {}: {difference}; files of one set need the same \
                     columns in the same order",
                    desk.path("a.csv")
                )
            );
        }
    }
    desk.write("b.csv", "x,y\n1,2\n3,z\n");
    let error = ReadOptions::new(desk.path("*.csv"))
        .read()
        .unwrap_err()
        .to_string();
    assert!(error.starts_with(&format!("{}: line 3, column 2 (\"y\")", desk.path("b.csv"))));
    for (pattern, message) in [
        ("[", "not a valid pattern of files"),
        ("no*", "no such file"),
    ] {
        let error = ReadOptions::new(desk.path(pattern)).read().unwrap_err();
        assert!(error.to_string().contains(message), "{error}");
    }
}

#[test]
fn arrays_and_images_are_sets_too() {
    let desk = Desk::new();
    let idx = |rows: u8, first: u8| {
        let pixels = (0..rows * 4).map(|pixel| first + pixel);
        [
            &[0, 0, 8, 3, 0, 0, 0, rows, 0, 0, 0, 2, 0, 0, 0, 2][..],
            &pixels.collect::<Vec<_>>(),
        ]
        .concat()
    };
    std::fs::create_dir(desk.path("images")).unwrap();
    desk.write("images/a-images-idx3-ubyte", idx(3, 0));
    desk.write(
        "images/b-images-idx3-ubyte.zst",
        zstd::encode_all(&idx(2, 100)[..], 3).unwrap(),
    );
    let whole = ReadOptions::new(desk.path("images"));
    let table = whole.read().unwrap().table;
    assert_eq!((table.rows(), table.columns()), (5, 4));
    assert!(table.image().is_some());
    let disk = whole.open(&limited(1 << 20)).unwrap();
    assert_eq!(disk.layout, whole.read().unwrap().layout);
    check_same_rows(&disk.rows, &table);
    // Labels are no data, an archive cannot be a part of a set.
    desk.write("images/a-labels-idx1-ubyte", [0, 0, 8, 1, 0, 0, 0, 1, 7]);
    assert_eq!(whole.read().unwrap().table.rows(), 5);
    let archive = desk.write("images/c.npz", "PK");
    for error in [
        whole.read().map(|_| ()),
        whole.open(&limited(1 << 20)).map(|_| ()),
    ] {
        let error = error.unwrap_err().to_string();
        assert!(error.starts_with(&archive), "{error}");
    }
}

/// A value is named by its file and its row in it, also in samples and in what is encoded.
#[test]
fn values_are_named_by_file_and_row() {
    let desk = Desk::new();
    std::fs::create_dir(desk.path("set")).unwrap();
    desk.write("set/1.csv", "a,b,w\n1,x,1\n2,y,1\n3,x,1\n");
    desk.write("set/2.csv", "a,b,w\n4,y,1\n\n5,z,1\n");
    desk.write("set/3.csv", "a,b,w\n6,x,-1\n");
    let path = |name: &str| desk.path(&format!("set/{name}.csv"));
    for (schema, drop) in [
        (SchemaSource::Infer, Vec::new()),
        (SchemaSource::None, vec!["b".to_owned()]),
    ] {
        let options = ReadOptions {
            schema,
            drop,
            ..ReadOptions::new(desk.path("set"))
        };
        let data = options.read().unwrap();
        let opened = options.open(&limited(1 << 20)).unwrap();
        check_same_rows(&opened.rows, &data.table);
        let sample = crate::sample_rows(&data.table, 4, 1).unwrap();
        let rows: [&dyn Rows; 3] = [&opened.rows, &data.table.select(&[3, 4, 5]), &sample];
        let place = rows[0].position(4, 0).to_string();
        let expected = format!("{}, row 2, column ", path("2"));
        assert!(place.starts_with(&expected), "{place}");
        assert_eq!(rows[1].position(1, 0), rows[0].position(4, 0));
        for row in 0..4 {
            let mut all = (0..6).map(|row| rows[0].position(row, 0));
            assert!(all.any(|place| place == sample.position(row, 0)), "{row}");
        }
        let weighted = ReadOptions {
            weights: Some("w".into()),
            ..options
        };
        let errors = [
            weighted.read().map(|_| ()),
            weighted.open(&limited(1 << 20)).map(|_| ()),
        ];
        for error in errors {
            let error = error.unwrap_err().to_string();
            let place = format!("{}, row 1, column 3 (\"w\") holds", path("3"));
            assert!(error.contains(&place), "{error}");
        }
    }
}

/// The columns of a file, two rows of them: those of bytes have no cells.
fn columns(desk: &Desk, file: &str, columns: &[(&str, &str)]) {
    let columns = columns.iter().map(|&(name, kind)| {
        let array: ArrayRef = match kind {
            "numbers" => Arc::new(Float32Array::from(vec![1.0, 2.0])),
            "text" => Arc::new(StringArray::from(vec!["u", "v"])),
            _ => Arc::new(BinaryArray::from(vec![&b"1"[..], b"2"])),
        };
        (name, array)
    });
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    desk.write(file, parquet(&batch, Compression::SNAPPY, 9));
}

/// Weights, and cells that are carried through, of a column that only some files can give: their rows were counted
/// without those of the other files.
#[test]
fn a_column_without_cells_in_a_later_file_is_refused() {
    let desk = Desk::new();
    let all = DiskOptions {
        carried: true,
        ..limited(1 << 20)
    };
    std::fs::create_dir(desk.path("set")).unwrap();
    for (kinds, weights, part) in [
        (
            ["numbers", "bytes", "numbers"],
            Some("w"),
            Some("set/2.parquet: column \"w\" holds values of type \"Binary\""),
        ),
        (
            ["numbers", "bytes", "numbers"],
            None,
            Some("set/2.parquet: column \"w\" holds values of type \"Binary\""),
        ),
        (
            ["bytes", "numbers", "numbers"],
            Some("w"),
            Some("\"w\" is no file and no column"),
        ),
        (["bytes", "numbers", "numbers"], None, None),
        (
            ["numbers", "text", "numbers"],
            Some("w"),
            Some("holds \"u\", expected a weight"),
        ),
        (["numbers", "numbers", "numbers"], Some("w"), None),
    ] {
        for (number, kind) in kinds.into_iter().enumerate() {
            let file = format!("set/{}.parquet", number + 1);
            columns(
                &desk,
                &file,
                &[("id", "text"), ("w", kind), ("a", "numbers")],
            );
        }
        let options = ReadOptions {
            weights: weights.map(String::from),
            drop: ["id", "w"].map(String::from).to_vec(),
            ..ReadOptions::new(desk.path("set"))
        };
        let model = ReadOptions::new(desk.write("m.csv", "a\n1\n2\n")).read();
        let model = model.unwrap().layout;
        let again = MatchOptions {
            weights: options.weights.clone(),
            drop: options.drop.clone(),
            ..MatchOptions::new(&options.source)
        };
        let found =
            [&all, &limited(1 << 20)].map(|disk| [options.open(disk), model.open(&again, disk)]);
        let expected = [options.read(), model.read(&again)];
        for found in found {
            for (found, expected) in found.iter().zip(&expected) {
                match (found, expected, part) {
                    (Ok(found), Ok(expected), None) => {
                        check_same_rows(&found.rows, &expected.table)
                    }
                    (Err(found), Err(expected), Some(part)) => {
                        let (found, expected) = (found.to_string(), expected.to_string());
                        assert_eq!(found, expected);
                        assert!(found.contains(part), "{found}");
                    }
                    (found, expected, _) => panic!("{kinds:?}: {found:?} {expected:?}"),
                }
            }
        }
    }
}
