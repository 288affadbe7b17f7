use super::*;
use crate::testing::Desk;

fn inferred_from(source: String) -> Result<Dataset, DataError> {
    ReadOptions {
        schema: SchemaSource::Infer,
        ..ReadOptions::new(source)
    }
    .read()
}

/// Ratings of films by users: two films that hardly anybody has seen.
fn ratings() -> String {
    let mut text = String::from("user,film1,film2,film3,film4\n");
    for row in 0..30 {
        let (first, second) = (row % 5 + 1, (row * 7) % 5 + 1);
        let third = if row == 4 { "3" } else { "" };
        text += &format!("u{row},{first},{second},{third},\n");
    }
    text
}

#[test]
fn columns_with_nothing_to_model_are_left_out_with_one_warning_for_each_reason() {
    let desk = Desk::new();
    let data = inferred_from(desk.write("r.csv", ratings())).unwrap();
    assert_eq!(data.layout.names(), ["film1", "film2"]);
    let warnings: Vec<String> = data.warnings.iter().map(Warning::to_string).collect();
    let file = data.table.source();
    assert_eq!(
        warnings,
        [
            format!("{file}: left out column without values: \"film4\""),
            format!("{file}: left out column of one value only: \"film3\""),
            format!("{file}: left out column with identifiers of rows: \"user\""),
        ]
    );
    let reasons: Vec<Reason> = data.layout.ignored.iter().map(|c| c.reason).collect();
    assert_eq!(
        reasons,
        [Reason::Identifier, Reason::Constant, Reason::Empty]
    );
    assert_eq!(data.carried[0].cells[29], "u29");
    assert_eq!((data.carried[1].place, data.carried[2].place), (3, 4));
    assert!(!data.layout.missing && data.table.is_complete());
}

#[test]
fn columns_are_dropped_or_selected_by_name_or_number() {
    let desk = Desk::new();
    let named = desk.write("a.csv", "id,a,b\nx1,1,2\nx2,3,5\n");
    let dropped = ReadOptions {
        drop: vec!["id".into()],
        ..ReadOptions::new(&named)
    };
    let selected = ReadOptions {
        columns: vec!["b".into(), "a".into()],
        ..ReadOptions::new(&named)
    };
    for options in [dropped, selected.clone()] {
        let data = options.read().unwrap();
        assert_eq!(data.table.values(), [1.0, 2.0, 3.0, 5.0]);
        assert_eq!(data.table.names().unwrap(), ["a", "b"]);
        assert_eq!(data.carried[0].cells, ["x1", "x2"]);
        assert_eq!(data.layout.ignored[0].reason, Reason::Dropped);
    }
    let mixed = ReadOptions {
        schema: SchemaSource::Infer,
        ..selected
    };
    assert_eq!(mixed.read().unwrap().layout.names(), ["a", "b"]);
    let unnamed = ReadOptions {
        drop: vec!["1".into()],
        ..ReadOptions::new(desk.write("b.csv", "0,1,2\n3,4,5\n"))
    };
    let data = unnamed.read().unwrap();
    assert_eq!(data.table.values(), [1.0, 2.0, 4.0, 5.0]);
    assert_eq!(data.table.position(1, 0).to_string(), "line 2, column 2");
    for (source, name, part) in [
        (
            &named,
            "c",
            "no column \"c\"; the columns are \"id\", \"a\", \"b\"",
        ),
        (&unnamed.source, "4", "a number from 1 to 3"),
    ] {
        let options = ReadOptions {
            drop: vec![name.into()],
            ..ReadOptions::new(source)
        };
        let message = options.read().unwrap_err().to_string();
        assert!(message.contains(part), "{message}");
    }
}

#[test]
fn names_that_repeat_are_refused() {
    let desk = Desk::new();
    let error = ReadOptions::new(desk.write("a.csv", "a,a\n1,0\n"))
        .read()
        .unwrap_err();
    assert!(
        matches!(error, DataError::Schema(SchemaError::RepeatedColumn { .. })),
        "{error}"
    );
}

#[test]
fn settings_that_exclude_each_other_are_refused_before_reading() {
    let base = ReadOptions::new("no/such/file");
    let schema = ReadOptions {
        schema: SchemaSource::Infer,
        ..base.clone()
    };
    let threshold = ReadOptions {
        threshold: Some(0.5),
        ..base.clone()
    };
    for (options, part) in [
        (
            ReadOptions {
                scale: Some(2.0),
                ..schema.clone()
            },
            "--schema and --scale",
        ),
        (
            ReadOptions {
                threshold: Some(2.0),
                ..schema
            },
            "--schema and --threshold",
        ),
        (
            ReadOptions {
                standardize: true,
                ..threshold
            },
            "--threshold and standardisation",
        ),
        (
            ReadOptions {
                scale: Some(0.0),
                ..base.clone()
            },
            "scale: expected",
        ),
        (
            ReadOptions {
                threshold: Some(f32::INFINITY),
                ..base.clone()
            },
            "threshold: expected",
        ),
        (
            ReadOptions {
                drop: vec!["a".into()],
                columns: vec!["b".into()],
                ..base
            },
            "--drop and --columns",
        ),
    ] {
        let message = options.read().unwrap_err().to_string();
        assert!(message.contains(part), "{message}");
    }
}

#[test]
fn a_preparation_that_leaves_nothing_shows_the_range_of_the_data() {
    let desk = Desk::new();
    let bytes = desk.write("bytes.csv", "94,66,255\n14,0,143\n");
    let gray = "builtin:digits?rows=30&gray=true".to_owned();
    let spins = desk.write("spins.csv", "1,-1\n-1,1\n");
    let with = |source: &String, scale, threshold| ReadOptions {
        scale,
        threshold,
        ..ReadOptions::new(source)
    };
    for (options, parts) in [
        (
            with(&gray, None, Some(127.0)),
            [
                "all values are 0 after --threshold 127",
                "from 0 to 1",
                "use --threshold 0.5",
            ],
        ),
        (
            with(&gray, Some(255.0), Some(0.5)),
            [
                "after --scale 255 --threshold 0.5",
                "from 0 to 1",
                "without --scale",
            ],
        ),
        (
            with(&bytes, None, Some(300.0)),
            [
                "--threshold 300",
                "from 0 to 255",
                "--scale 255 --threshold 0.5, or --threshold 127",
            ],
        ),
        (
            with(&spins, None, Some(1.0)),
            [
                "all values are 0",
                "from -1 to 1",
                "a threshold between -1 and 1",
            ],
        ),
        (
            with(&spins, None, Some(-2.0)),
            ["all values are 1", "-2", "between"],
        ),
    ] {
        let message = options.read().unwrap_err().to_string();
        for part in parts {
            assert!(message.contains(part), "{message}");
        }
    }
    assert!(with(&bytes, None, Some(127.0)).read().is_ok());
    assert!(with(&bytes, Some(255.0), Some(0.5)).read().is_ok());
}

#[test]
fn columns_of_every_scale_are_standardised() {
    let desk = Desk::new();
    let mut text = String::from("small,unit,large\n");
    for row in 0..100 {
        let x = f64::from(row % 10) - 4.5;
        text += &format!("{},{},{}\n", 5.0 + 1e-3 * x, x, 1e6 + 1e4 * x);
    }
    let options = ReadOptions {
        standardize: true,
        ..ReadOptions::new(desk.write("a.csv", text))
    };
    let data = options.read().unwrap();
    let moments = crate::Moments::of(&data.table).unwrap();
    for column in 0..3 {
        assert!(moments.mean[column].abs() < 1e-4);
        assert!((moments.deviation[column] - 1.0).abs() < 1e-4);
    }
    let scales: Vec<f64> = (0..3).map(|unit| data.layout.scale(unit)).collect();
    assert!(
        (scales[2] / scales[0] / 1e7 - 1.0).abs() < 1e-3,
        "{scales:?}"
    );
}

#[test]
fn ten_thousand_classes_fit_and_absurd_codes_are_refused_with_the_row() {
    let desk = Desk::new();
    let rows = |count: usize| "0\n1\n".repeat(count / 2);
    let labels = |last: &str| {
        let mut text: String = (0..19).map(|row| format!("{row}\n")).collect();
        text += &format!("{last}\n");
        desk.write("labels.csv", text)
    };
    let options = |labels| ReadOptions {
        labels: Some(labels),
        ..ReadOptions::new(desk.write("x.csv", rows(20)))
    };
    let data = options(labels("9999")).read().unwrap();
    assert_eq!(
        (data.layout.classes(), data.table.columns()),
        (10_000, 10_001)
    );
    assert_eq!(data.table.row(19)[10_000], 1.0);
    for absurd in ["100001", "16000000"] {
        let message = options(labels(absurd)).read().unwrap_err().to_string();
        assert!(
            message.contains("labels.csv: line 20, column 1: the label"),
            "{message}"
        );
        assert!(message.contains("more than 100000"), "{message}");
    }
    let message = options(labels("4294967296"))
        .read()
        .unwrap_err()
        .to_string();
    assert!(
        message.contains("line 20, column 1 holds 4294967"),
        "{message}"
    );
    // A table that no memory holds is refused before it is allocated.
    let wide = ReadOptions {
        labels: Some(desk.write("labels.csv", format!("{}99999\n", "0\n".repeat(29_999)))),
        ..ReadOptions::new(desk.write("x.csv", rows(30_000)))
    };
    let message = wide.read().unwrap_err().to_string();
    assert!(message.contains("30000 rows of 100001 units"), "{message}");
}

#[test]
fn labels_must_be_as_many_as_rows_and_not_missing() {
    let desk = Desk::new();
    let with = |labels: &str, missing| ReadOptions {
        labels: Some(desk.write("l.csv", labels)),
        missing,
        ..ReadOptions::new(desk.write("x.csv", "0\n1\n1\n"))
    };
    let message = with("0\n1\n", false).read().unwrap_err().to_string();
    assert!(message.contains("has 2 rows, but"), "{message}");
    let message = with("0\nNA\n1\n", false).read().unwrap_err().to_string();
    assert!(
        message.contains("line 2, column 1: the value is missing"),
        "{message}"
    );
    let data = with("0\nNA\n1\n", true).read().unwrap();
    assert!(data.table.row(1)[1].is_nan() && data.layout.missing);
}

#[test]
fn a_schema_gives_some_columns_and_the_others_are_carried_through() {
    let desk = Desk::new();
    let source = desk.write("a.csv", "a,b,c\n1.5,x,7\n2.5,y,8\n");
    let schema = "[[columns]]\nname = 'b'\n[[columns]]\nname = 'a'";
    let data = ReadOptions {
        schema: SchemaSource::Given(schema.parse().unwrap()),
        ..ReadOptions::new(source)
    }
    .read()
    .unwrap();
    assert_eq!(data.layout.names(), ["b", "a"]);
    assert_eq!(data.carried[0].cells, ["7", "8"]);
    assert_eq!(
        data.table.position(1, 1).to_string(),
        "line 3, column 1 (\"a\")"
    );
}

#[test]
fn an_array_of_an_archive_is_read_by_its_name() {
    let desk = Desk::new();
    let source = desk.npy("x.npy", 1, &[0.0, 1.0]);
    let options = ReadOptions {
        array: Some("x".into()),
        ..ReadOptions::new(source)
    };
    let message = options.read().unwrap_err().to_string();
    assert!(message.contains("is no .npz archive"), "{message}");
}

#[test]
fn files_of_other_programs_say_how_to_convert_them() {
    let desk = Desk::new();
    for (name, content, part) in [
        (
            "t.feather",
            &b"FEA1\0\0FEA1"[..],
            "pyarrow.feather.write_feather",
        ),
        ("t.h5", b"\x89HDF\r\n\x1a\n", "not a valid HDF5 file"),
        (
            "t.xlsx",
            b"PK\x05\x06\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0",
            "unknown format",
        ),
    ] {
        let message = ReadOptions::new(desk.write(name, content))
            .read()
            .unwrap_err()
            .to_string();
        assert!(message.contains(part), "{message}");
    }
}

#[test]
fn words_and_positions_in_messages() {
    let desk = Desk::new();
    let words = desk.write("words.csv", "sex,weight\nf,54.0\nm,57.5\n");
    let message = ReadOptions::new(words).read().unwrap_err().to_string();
    assert!(
        message.contains("line 2, column 1 (\"sex\") holds \"f\""),
        "{message}"
    );
    assert!(message.contains("--schema infer"), "{message}");
    // A gap is at its column of the file, also where units are in another order.
    let text = "age,sex,angle\n75,0,\n54,1,-113\n51,1,-25.5\n";
    let data = inferred_from(desk.write("gap.csv", text)).unwrap();
    let unit = data.table.row(0).iter().position(|x| x.is_nan()).unwrap();
    assert_eq!(
        data.table.position(0, unit).to_string(),
        "line 2, column 3 (\"angle\")"
    );
    assert!(data.layout.missing);
}

#[test]
fn a_table_whose_rows_all_have_gaps_is_read() {
    let desk = Desk::new();
    let data = inferred_from(desk.write("gaps.csv", "a,b\n1,\n,0\n0,\n,1\n1,\n")).unwrap();
    assert_eq!(data.layout.unit_names(), ["a=1", "b=1"]);
    assert!(data.layout.missing);
    let moments = crate::Moments::of(&data.table).unwrap();
    assert_eq!(
        (moments.count, moments.mean),
        (vec![3, 2], vec![2.0 / 3.0, 0.5])
    );
}

#[test]
fn ten_thousand_categories_are_read_with_a_schema() {
    let desk = Desk::new();
    let values: Vec<String> = (0..10_000).map(|value| format!("'w{value}'")).collect();
    let rows: String = (0..100)
        .map(|row| format!("w{},1\n", 99 * row + 1))
        .collect();
    let source = desk.write("words.csv", format!("word,x\n{rows}"));
    let schema = format!(
        "[[columns]]\nname = 'word'\nkind = 'categorical'\nvalues = [{}]",
        values.join(",")
    );
    let options = ReadOptions {
        schema: SchemaSource::Given(schema.parse().unwrap()),
        ..ReadOptions::new(source)
    };
    let data = options.read().unwrap();
    assert_eq!((data.table.rows(), data.table.columns()), (100, 10_000));
    assert!((0..100).all(|row| data.table.row(row)[99 * row + 1] == 1.0));
    assert!((0..100).all(|row| data.table.row(row).iter().sum::<f32>() == 1.0));
}
