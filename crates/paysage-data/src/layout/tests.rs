use super::*;
use crate::{
    Alphabet, Column, ColumnKind, DataError, Dataset, MatchOptions, Notation, ReadOptions,
    SchemaSource, Standardizer, Table, Unknown, testing::Desk,
};

/// People of a schema: an identifier, a constant column, a number, a category, a binary column.
const PEOPLE: &str = "\
user,planet,age,region,smoker
u0,earth,31.5,north,no
u1,earth,28.0,south,yes
u2,earth,45.5,west,no
u3,earth,60.0,south,yes
u4,earth,33.0,north,no
u5,earth,35.5,north,no
u6,earth,36.0,south,no
u7,earth,37.0,west,no
u8,earth,38.0,north,yes
u9,earth,39.0,north,no
u10,earth,40.0,south,no
";

fn people(desk: &Desk) -> Dataset {
    let options = ReadOptions {
        schema: SchemaSource::Infer,
        ..ReadOptions::new(desk.write("people.csv", PEOPLE))
    };
    options.read().unwrap()
}

fn message(result: Result<Dataset, DataError>) -> String {
    result.unwrap_err().to_string()
}

#[test]
fn a_layout_is_restored_from_json_to_the_bit() {
    let desk = Desk::new();
    let mut mixed = people(&desk).layout;
    mixed.missing = true;
    mixed.labels = Some(Labels {
        classes: vec!["cat".into(), "big dog".into()],
    });
    if let Columns::Mixed(schema) = &mut mixed.columns {
        schema.columns.push(Column {
            name: "price".into(),
            kind: ColumnKind::Real {
                mean: 1.0 / 3.0,
                deviation: 0.1 + 0.2,
                decimals: 2,
                notation: Notation {
                    decimal: ',',
                    suffix: " €".into(),
                    ..Notation::default()
                },
            },
        });
    }
    let mut seed = 1.0f64;
    let mut odd = || {
        seed = (seed * 1e5 + 1.0 / 7.0) % 1e4;
        seed / 3e3
    };
    let mut units = Layout::units(300);
    units.preparation = Preparation {
        scale: Some(0.1),
        threshold: None,
        standardize: Some(Standardizer {
            mean: (0..300).map(|_| odd()).collect(),
            std: (0..300).map(|_| odd() + 1e-9).collect(),
        }),
    };
    units.image = Some(ImageShape {
        height: 10,
        width: 30,
    });
    for layout in [mixed, units, Layout::units(1)] {
        layout.check().unwrap();
        let json = serde_json::to_string(&layout).unwrap();
        let again: Layout = serde_json::from_str(&json).unwrap();
        assert_eq!(again, layout);
        assert_eq!(serde_json::to_string(&again).unwrap(), json);
    }
    let json = r#"{"columns":{"units":{"count":3}}}"#;
    assert_eq!(
        serde_json::from_str::<Layout>(json).unwrap(),
        Layout::units(3)
    );
    for foreign in [
        r#"{"columns":{"units":{"count":3}},"weights":1}"#,
        r#"{"columns":{"units":{"count":3,"kinds":1}}}"#,
        r#"{"columns":{"units":{"count":3}},"preparation":{"log":true}}"#,
    ] {
        assert!(
            serde_json::from_str::<Layout>(foreign).is_err(),
            "{foreign}"
        );
    }
}

#[test]
fn layouts_that_contradict_themselves_are_refused() {
    let with = |change: &dyn Fn(&mut Layout)| {
        let mut layout = Layout::units(2);
        change(&mut layout);
        layout.check().unwrap_err().to_string()
    };
    for (message, part) in [
        (
            Layout::units(0).check().unwrap_err().to_string(),
            "one column",
        ),
        (
            with(&|l| l.preparation.scale = Some(0.0)),
            "scale other than 0",
        ),
        (
            with(&|l| l.preparation.threshold = Some(f32::NAN)),
            "finite threshold",
        ),
        (
            with(&|l| l.labels = Some(Labels { classes: vec![] })),
            "at least one class",
        ),
        (
            with(&|l| {
                l.image = Some(ImageShape {
                    height: 2,
                    width: 2,
                })
            }),
            "as many pixels",
        ),
        (
            with(&|l| {
                let (mean, std) = (vec![0.0; 2], vec![1.0, 0.0]);
                l.preparation.standardize = Some(Standardizer { mean, std });
            }),
            "standard deviation above 0",
        ),
        (
            with(&|l| {
                let names = Some(vec!["a".into(), "a".into()]);
                l.columns = Columns::Units { count: 2, names };
            }),
            "distinct name",
        ),
        (
            Layout::units(1 << 40).check().unwrap_err().to_string(),
            "at most 2147483648",
        ),
        (
            with(&|l| l.ignored = vec![ignored(0)]),
            "distinct numbers from 1",
        ),
        (
            with(&|l| l.ignored = vec![ignored(3), ignored(3)]),
            "distinct numbers from 1",
        ),
        (
            with(&|l| {
                let alignment = Alignment {
                    sites: usize::MAX / 2,
                    states: "ACGU".into(),
                    alphabet: Alphabet::Rna,
                    unknown: Unknown::Drop,
                };
                l.columns = Columns::Alignment(alignment);
            }),
            "at most 2147483648 units",
        ),
    ] {
        assert!(message.contains(part), "{message}");
    }
}

/// A column of this number that is not modelled.
fn ignored(number: usize) -> IgnoredColumn {
    IgnoredColumn {
        name: number.to_string(),
        number,
        reason: Reason::Dropped,
    }
}

#[test]
fn columns_that_a_layout_ignores_and_no_file_has_are_not_matched() {
    let desk = Desk::new();
    let source = desk.npy("a.npy", 3, &[1.0, 2.0, 3.0]);
    let mut layout = Layout::units(2);
    layout.ignored = vec![ignored(1)];
    let read = layout.read(&MatchOptions::new(&source)).unwrap();
    assert_eq!(read.table.values(), [2.0, 3.0]);
    for number in [0, 4, usize::MAX] {
        layout.ignored = vec![ignored(number)];
        let message = message(layout.read(&MatchOptions::new(&source)));
        assert!(
            message.ends_with("has 3 columns, expected 2 as the model has"),
            "{message}"
        );
    }
}

#[test]
fn names_units_and_assignments_of_a_schema() {
    let desk = Desk::new();
    let layout = people(&desk).layout;
    assert_eq!(layout.names(), ["age", "region", "smoker"]);
    let names = [
        "smoker=yes",
        "region=north",
        "region=south",
        "region=west",
        "age",
    ];
    assert_eq!(layout.unit_names(), names);
    assert_eq!(layout.units_of("region").unwrap(), 1..4);
    let column = layout.column_of(2);
    assert_eq!((column.number, &*column.name), (2, "region"));
    assert_eq!(
        layout.parse_assignment("smoker=no").unwrap(),
        (0..1, vec![0.0])
    );
    let south = layout.parse_assignment(" region = south ").unwrap();
    assert_eq!(south, (1..4, vec![0.0, 1.0, 0.0]));
    let (units, age) = layout.parse_assignment("age=50").unwrap();
    let scale = layout.scale(4);
    assert_eq!(units, 4..5);
    let ColumnKind::Real {
        mean, deviation, ..
    } = &layout.schema().unwrap().columns[0].kind
    else {
        panic!("age is real")
    };
    assert_eq!(
        (scale, age[0]),
        (*deviation, ((50.0 - mean) / deviation) as f32)
    );
    assert_eq!(layout.scale(1), 1.0);
    for (text, part) in [
        ("smoker", "expected COLUMN=VALUE"),
        (
            "height=3",
            "no column \"height\"; the columns are \"age\", \"region\", \"smoker\"",
        ),
        (
            "region=east",
            "column \"region\": expected one of \"north\", \"south\", \"west\"",
        ),
        ("age=old", "column \"age\": expected a number, got \"old\""),
    ] {
        let message = layout.parse_assignment(text).unwrap_err().to_string();
        assert!(message.contains(part), "{message}");
    }
}

#[test]
fn names_units_and_assignments_of_numbers() {
    let desk = Desk::new();
    let data = ReadOptions {
        standardize: true,
        ..ReadOptions::new(desk.write("a.csv", "x=y,b\n0,10\n4,30\n"))
    };
    let layout = data.read().unwrap().layout;
    assert_eq!(layout.parse_assignment("x=y=6").unwrap(), (0..1, vec![2.0]));
    assert_eq!(layout.parse_assignment("b=10").unwrap(), (1..2, vec![-1.0]));
    assert_eq!((layout.scale(0), layout.scale(1)), (2.0, 10.0));
    let unnamed = Layout::units(6);
    assert_eq!(unnamed.names(), ["1", "2", "3", "4", "5", "6"]);
    assert_eq!(unnamed.units_of("6").unwrap(), 5..6);
    for name in ["0", "7", "x", ""] {
        let message = unnamed.units_of(name).unwrap_err().to_string();
        assert!(message.contains("a number from 1 to 6"), "{message}");
    }
    for value in ["nan", "inf", "x"] {
        assert!(unnamed.parse_assignment(&format!("1={value}")).is_err());
    }
    // With a threshold, 0 and 1 are units, other values are prepared.
    let mut black = Layout::units(1);
    black.preparation.threshold = Some(127.0);
    for (text, unit) in [("1=0", 0.0), ("1=1", 1.0), ("1=255", 1.0), ("1=100", 0.0)] {
        assert_eq!(black.parse_assignment(text).unwrap().1, [unit], "{text}");
    }
}

#[test]
fn columns_in_another_order_are_put_in_order() {
    let desk = Desk::new();
    let data = people(&desk);
    let other = "smoker,region,user,age,planet\nyes,north,u99,50,mars\n";
    let options = MatchOptions::new(desk.write("b.csv", other));
    let read = data.layout.read(&options).unwrap();
    assert_eq!(read.table.row(0)[..4], [1.0, 1.0, 0.0, 0.0]);
    let carried: Vec<_> = read
        .carried
        .iter()
        .map(|c| (&*c.name, c.place, &*c.cells[0]))
        .collect();
    assert_eq!(carried, [("user", 2, "u99"), ("planet", 4, "mars")]);
    assert_eq!(
        read.table.position(0, 4).to_string(),
        "line 2, column 4 (\"age\")"
    );
    assert_eq!(read.table.names().unwrap(), data.layout.unit_names());
    // Without the columns that were left out, as samples are written.
    let options = MatchOptions::new(desk.write("c.csv", "age,region,smoker\n50,north,yes\n"));
    assert_eq!(
        data.layout.read(&options).unwrap().table.row(0),
        read.table.row(0)
    );
}

#[test]
fn missing_and_unknown_columns_are_refused_by_name() {
    let desk = Desk::new();
    let layout = people(&desk).layout;
    let path = desk.write("b.csv", "age,smoker,note\n50,yes,x\n");
    let options = MatchOptions::new(&path);
    let refused = message(layout.read(&options));
    assert_eq!(
        refused,
        format!(
            "{path}: the columns are not those of the model: missing \"region\"; unknown \"note\" \
             (leave them out with --drop)"
        )
    );
    let lenient = MatchOptions {
        absent: vec!["region".into()],
        drop: vec!["note".into()],
        ..options
    };
    let read = layout.read(&lenient).unwrap();
    assert!(read.table.row(0)[1..4].iter().all(|unit| unit.is_nan()));
    assert_eq!(read.table.row(0)[0], 1.0);
    assert_eq!(read.carried[0].cells, ["x"]);
    // Numbers with names behave alike.
    let plain = ReadOptions::new(desk.write("p.csv", "a,b\n0,1\n1,0\n"))
        .read()
        .unwrap();
    let other = desk.write("q.csv", "b,id,c\n1,u1,0\n");
    let refused = message(plain.layout.read(&MatchOptions::new(&other)));
    assert!(
        refused.contains("missing \"a\"; unknown \"id\", \"c\""),
        "{refused}"
    );
    let lenient = MatchOptions {
        absent: vec!["a".into()],
        drop: vec!["id".into(), "c".into()],
        ..MatchOptions::new(&other)
    };
    let read = plain.layout.read(&lenient).unwrap();
    assert!(read.table.row(0)[0].is_nan() && read.table.row(0)[1] == 1.0);
}

#[test]
fn files_without_names_are_matched_by_order() {
    let desk = Desk::new();
    let source = desk.npy("a.npy", 3, &[9.0, 0.0, 1.0, 8.0, 1.0, 0.0]);
    let options = ReadOptions {
        drop: vec!["1".into()],
        ..ReadOptions::new(source)
    };
    let layout = options.read().unwrap().layout;
    assert_eq!(layout.unit_count(), 2);
    let same = layout
        .read(&MatchOptions::new(desk.npy("b.npy", 3, &[7.0, 1.0, 1.0])))
        .unwrap();
    assert_eq!(
        (same.table.row(0), &*same.carried[0].cells[0]),
        (&[1.0, 1.0][..], "7")
    );
    assert_eq!(same.table.position(0, 0).column, 2);
    let narrow = layout
        .read(&MatchOptions::new(desk.npy("c.npy", 2, &[1.0, 0.0])))
        .unwrap();
    assert_eq!(narrow.table.row(0), [1.0, 0.0]);
    let refused = message(layout.read(&MatchOptions::new(desk.npy("d.npy", 4, &[0.0; 4]))));
    assert!(
        refused.ends_with("has 4 columns, expected 2 as the model has"),
        "{refused}"
    );
    let absent = MatchOptions {
        absent: vec!["2".into()],
        ..MatchOptions::new(desk.npy("e.npy", 1, &[1.0]))
    };
    let read = layout.read(&absent).unwrap();
    assert!(read.table.row(0)[0] == 1.0 && read.table.row(0)[1].is_nan());
}

#[test]
fn options_that_contradict_the_model_show_both_values() {
    let desk = Desk::new();
    let source = desk.write("a.csv", "a,b\n0,255\n255,0\n");
    let trained = ReadOptions {
        scale: Some(255.0),
        threshold: Some(0.5),
        ..ReadOptions::new(&source)
    };
    let layout = trained.read().unwrap().layout;
    let read = |options: MatchOptions| layout.read(&options);
    let with = MatchOptions {
        scale: Some(255.0),
        ..MatchOptions::new(&source)
    };
    assert_eq!(read(with.clone()).unwrap().table.row(0), [0.0, 1.0]);
    let refused = message(read(MatchOptions {
        scale: Some(1.0),
        ..with.clone()
    }));
    assert!(refused.starts_with("--scale is 1, but the model was trained with scale 255"));
    let refused = message(read(MatchOptions {
        threshold: Some(0.25),
        ..with.clone()
    }));
    assert!(
        refused.starts_with("--threshold is 0.25, but the model was trained with threshold 0.5")
    );
    let refused = message(read(MatchOptions {
        schema: SchemaSource::Infer,
        ..with.clone()
    }));
    assert!(refused.contains("numbers and no schema"), "{refused}");
    let refused = message(read(MatchOptions {
        labels: Some("l.csv".into()),
        ..with.clone()
    }));
    assert_eq!(
        refused,
        "l.csv: the model was trained without labels; leave --labels out"
    );
    let refused = message(read(MatchOptions {
        standardize: Some(true),
        ..with
    }));
    assert!(refused.contains("standardisation off"), "{refused}");
    let plain = Layout::units(2);
    let refused = message(plain.read(&MatchOptions {
        threshold: Some(0.5),
        ..MatchOptions::new(&source)
    }));
    assert!(refused.contains("with no threshold"), "{refused}");
}

#[test]
fn a_schema_that_contradicts_the_model_is_refused() {
    let desk = Desk::new();
    let data = people(&desk);
    let options = MatchOptions::new(desk.write("b.csv", PEOPLE));
    let with = |schema| MatchOptions {
        schema,
        ..options.clone()
    };
    let own = data.layout.schema().unwrap().clone();
    assert!(data.layout.read(&with(SchemaSource::Infer)).is_ok());
    assert!(
        data.layout
            .read(&with(SchemaSource::Given(own.into())))
            .is_ok()
    );
    let text = "[[columns]]\nname = 'age'\nkind = 'categorical'\n
        [[columns]]\nname = 'region'\n[[columns]]\nname = 'smoker'\n";
    let refused = message(
        data.layout
            .read(&with(SchemaSource::Given(text.parse().unwrap()))),
    );
    for part in [
        "kind Categorical of column \"age\"",
        "kind Real of column \"age\"",
    ] {
        assert!(refused.contains(part), "{refused}");
    }
    let few = SchemaSource::Given("[[columns]]\nname = 'age'".parse().unwrap());
    let refused = message(data.layout.read(&with(few)));
    assert!(
        refused.contains("the columns \"age\", \"region\", \"smoker\""),
        "{refused}"
    );
}

#[test]
fn missing_values_need_a_model_or_a_caller_that_allows_them() {
    let desk = Desk::new();
    let path = desk.write("b.csv", "age,region,smoker\n30,north,yes\n,south,no\n");
    let mut layout = people(&desk).layout;
    let refused = message(layout.read(&MatchOptions::new(&path)));
    assert!(refused.starts_with(&format!(
        "{path}: line 3, column 1 (\"age\"): the value is missing"
    )));
    let allowed = MatchOptions {
        missing: true,
        ..MatchOptions::new(&path)
    };
    assert!(layout.read(&allowed).unwrap().table.row(1)[4].is_nan());
    let predicted = MatchOptions {
        absent: vec!["age".into()],
        ..MatchOptions::new(&path)
    };
    assert!(layout.read(&predicted).is_ok());
    layout.missing = true;
    assert!(layout.read(&MatchOptions::new(&path)).is_ok());
}

#[test]
fn labels_come_from_a_file_a_column_or_trailing_units() {
    let desk = Desk::new();
    let options = ReadOptions {
        labels: Some(desk.write("labels.txt", "animal\ncat\nbig dog\ncat\n")),
        ..ReadOptions::new(desk.npy("x.npy", 2, &[0.0, 1.0, 1.0, 0.0, 1.0, 1.0]))
    };
    let data = options.read().unwrap();
    assert_eq!(data.table.row(0), [0.0, 1.0, 0.0, 1.0]);
    let layout = data.layout;
    assert_eq!(layout.label_units(), Some(2..4));
    assert_eq!(layout.names(), ["1", "2", "label"]);
    assert_eq!(
        layout.parse_assignment("label=cat").unwrap(),
        (2..4, vec![0.0, 1.0])
    );
    assert_eq!(layout.restore(data.table.row(1)), [["1", "0", "big dog"]]);

    let narrow = MatchOptions::new(desk.npy("y.npy", 2, &[1.0, 0.0]));
    let refused = message(layout.read(&narrow));
    assert!(refused.contains("2 classes; give --labels"), "{refused}");
    let absent = MatchOptions {
        absent: vec!["label".into()],
        ..narrow.clone()
    };
    let read = layout.read(&absent).unwrap();
    assert!(read.table.row(0)[2..].iter().all(|unit| unit.is_nan()));
    let given = MatchOptions {
        labels: Some(desk.write("l.txt", "cat\n")),
        ..narrow.clone()
    };
    assert_eq!(
        layout.read(&given).unwrap().table.row(0),
        [1.0, 0.0, 0.0, 1.0]
    );
    let unknown = MatchOptions {
        labels: Some(desk.write("l.txt", "bird\n")),
        ..narrow
    };
    let refused = message(layout.read(&unknown));
    assert!(
        refused.contains("line 1, column 1: the label \"bird\" is not a class"),
        "{refused}"
    );
    let units = MatchOptions::new(desk.npy("z.npy", 4, &[1.0, 0.0, 1.0, 0.0]));
    assert_eq!(
        layout.read(&units).unwrap().table.row(0),
        [1.0, 0.0, 1.0, 0.0]
    );
    // As text of this model is written: the class in the last column.
    let words = MatchOptions::new(desk.write("w.csv", "1,0,big dog\n0,1,\n"));
    let refused = message(layout.read(&words));
    assert!(
        refused.contains("line 2, column 3: the value is missing"),
        "{refused}"
    );
    let words = MatchOptions {
        missing: true,
        ..words
    };
    let read = layout.read(&words).unwrap();
    assert_eq!(read.table.row(0), [1.0, 0.0, 1.0, 0.0]);
    assert!(read.table.row(1)[2].is_nan() && read.carried.is_empty());
}

#[test]
fn what_a_model_writes_it_reads_again() {
    let desk = Desk::new();
    let trained = ReadOptions {
        threshold: Some(127.0),
        ..ReadOptions::new(desk.write("a.csv", "a,b\n0,255\n255,0\n"))
    };
    let data = trained.read().unwrap();
    let path = desk.path("samples.csv");
    let writer = crate::RowsWriter::new(&path, &data.layout).unwrap();
    writer.write(data.table.values()).unwrap();
    assert_eq!(desk.text("samples.csv"), "a,b\n0,1\n1,0\n");
    let again = data.layout.read(&MatchOptions::new(path)).unwrap();
    assert_eq!(again.table.values(), data.table.values());
    // Gray values of another range are no such thing.
    let gray = desk.write("g.csv", "a,b\n0.5,0.25\n1,0\n");
    let refused = message(data.layout.read(&MatchOptions::new(gray)));
    assert!(
        refused.contains("all values are 0 after --threshold 127"),
        "{refused}"
    );
}

#[test]
fn units_of_a_schema_may_come_as_an_array() {
    let desk = Desk::new();
    let data = people(&desk);
    let source = desk.npy("units.npy", 5, data.table.row(3));
    let read = data.layout.read(&MatchOptions::new(source)).unwrap();
    assert_eq!(read.table.row(0), data.table.row(3));
    let refused = message(
        data.layout
            .read(&MatchOptions::new(desk.npy("n.npy", 4, &[0.0; 4]))),
    );
    assert!(refused.contains("expected 5"), "{refused}");
}

#[test]
fn restored_values_undo_the_preparation() {
    let table = Table::new("t", 2, vec![1.0, 100.0, 3.0, 300.0]).unwrap();
    let mut layout = Layout::units(2);
    layout.preparation.scale = Some(10.0);
    let scaled = layout.preparation.apply(&table).unwrap();
    layout.preparation.standardize = Some(Standardizer::fit(&scaled));
    let units = layout.preparation.apply(&table).unwrap();
    let values = layout.restore_values(units.values());
    for (a, b) in values.iter().zip(table.values()) {
        assert!((a - b).abs() <= 1e-6 * b.abs(), "{a} {b}");
    }
    assert_eq!(
        layout.restore(units.values()).concat(),
        ["1", "100", "3", "300"]
    );
    // The mean, and a deviation below it.
    assert_eq!(layout.restore_value(1, 0.0), 200.0);
    assert!((layout.restore_value(1, -1.0) - (200.0 - layout.scale(1))).abs() < 1e-9);
}

#[test]
fn single_values_of_a_schema_are_restored() {
    let desk = Desk::new();
    let layout = people(&desk).layout;
    let ColumnKind::Real {
        mean, deviation, ..
    } = layout.schema().unwrap().columns[0].kind
    else {
        panic!("age is real")
    };
    assert_eq!(layout.restore_value(4, -0.5), mean - 0.5 * deviation);
    assert_eq!(layout.restore_value(1, 0.25), 0.25);
}

#[test]
fn several_columns_are_assigned_once_each() {
    let desk = Desk::new();
    let layout = people(&desk).layout;
    let values = layout
        .parse_assignments(&["region=west", "smoker=no"])
        .unwrap();
    assert_eq!(values[..4], [0.0, 0.0, 0.0, 1.0]);
    assert!(values[4].is_nan());
    let twice = layout.parse_assignments(&["region=west", "smoker=no", "region=north"]);
    assert_eq!(
        twice.unwrap_err().to_string(),
        "column \"region\": has two values; give one"
    );
    assert!(layout.parse_assignments(&["region=east"]).is_err());
}
