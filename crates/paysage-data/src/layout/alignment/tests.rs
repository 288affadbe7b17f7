use super::*;
use crate::{Alphabet, Rows, RowsWriter, testing::Desk};

fn options(path: &str) -> ReadOptions {
    ReadOptions::new(path)
}

fn message(read: Result<Dataset, DataError>) -> String {
    read.unwrap_err().to_string()
}

/// The sequences of a data set, one after another.
fn sequences(data: &Dataset) -> Vec<String> {
    let alignment = data.layout.alignment().unwrap();
    let rows = (0..data.table.rows()).map(|row| data.table.row(row));
    rows.map(|row| alignment.sequence(&row[..alignment.units()]))
        .collect()
}

#[test]
fn sites_are_one_hot_and_sequences_come_back() {
    let desk = Desk::new();
    let text = ">one\nAC-\n>two\nACD\n";
    let path = desk.write("a.fasta", text);
    let data = options(&path).read().unwrap();
    let alignment = data.layout.alignment().unwrap();
    assert_eq!(
        (alignment.sites, &*alignment.states),
        (3, "-ACDEFGHIKLMNPQRSTVWY")
    );
    assert_eq!(data.table.columns(), 63);
    let ones = |row: usize| {
        let units = data.table.row(row).iter().enumerate();
        let ones = units.filter(|(_, unit)| **unit == 1.0);
        ones.map(|(unit, _)| unit).collect::<Vec<_>>()
    };
    assert_eq!((ones(0), ones(1)), (vec![1, 23, 42], vec![1, 23, 45]));
    assert_eq!(data.table.position(1, 22).to_string(), "line 3, column 2");
    assert_eq!(data.layout.unit_names()[22..24], ["2=A", "2=C"]);
    assert_eq!(data.layout.units_of("2").unwrap(), 21..42);
    assert_eq!(data.layout.column_of(22).number, 2);
    let (units, values) = data.layout.parse_assignment("3=D").unwrap();
    assert_eq!((units, values[3]), (42..63, 1.0));
    let error = data.layout.parse_assignment("3=B").unwrap_err().to_string();
    assert!(error.contains("one of the letters -ACD"), "{error}");
    assert_eq!(data.layout.restore(data.table.row(0)), [["A", "C", "-"]]);

    for name in ["b.fasta", "b.a2m.gz"] {
        let out = desk.path(name);
        let writer = RowsWriter::new(&out, &data.layout).unwrap();
        writer
            .with_carried(&data.carried)
            .write(data.table.values())
            .unwrap();
        let again = options(&out).read().unwrap();
        assert_eq!(
            (again.table.values(), again.carried),
            (data.table.values(), data.carried.clone())
        );
    }
    assert_eq!(desk.text("b.fasta"), text);
    let out = desk.path("c.fa");
    RowsWriter::new(&out, &data.layout)
        .unwrap()
        .write(data.table.values())
        .unwrap();
    assert_eq!(desk.text("c.fa"), ">sample1\nAC-\n>sample2\nACD\n");
    let error = RowsWriter::new(&out, &Layout::units(3))
        .unwrap_err()
        .to_string();
    assert!(error.contains("not aligned sequences"), "{error}");
}

#[test]
fn the_layout_reads_other_alignments_in_the_same_way() {
    let desk = Desk::new();
    let path = desk.write("a.fa", ">one\nAC-\n>two\nACU\n");
    let data = ReadOptions {
        gaps: Some(Gaps::Missing),
        ..options(&path)
    }
    .read()
    .unwrap();
    assert_eq!(data.layout.alignment().unwrap().alphabet, Alphabet::Rna);
    assert_eq!(data.table.columns(), 12);
    assert!(data.layout.missing && data.table.row(0)[8..].iter().all(|x| x.is_nan()));
    assert_eq!(sequences(&data), ["AC-", "ACU"]);
    // As the model file has it.
    let text = serde_json::to_string(&data.layout).unwrap();
    let layout: Layout = serde_json::from_str(&text).unwrap();
    assert_eq!(layout, data.layout);
    layout.check().unwrap();

    let other = desk.write("b.fa", ">x\nGG\nN\n>y\nUUN\n>z\nUU-\n");
    let read = layout.read(&MatchOptions::new(&other)).unwrap();
    assert_eq!(sequences(&read), ["UU-"]);
    assert_eq!(read.carried[0].cells, ["z"]);
    let summary = read.alignment.unwrap();
    assert_eq!((summary.sequences, summary.dropped), (1, 2));
    let kept = layout.read(&MatchOptions {
        unknown: Some(Unknown::Missing),
        ..MatchOptions::new(desk.write("c.fa", ">x\nGGN\n"))
    });
    assert_eq!(sequences(&kept.unwrap()), ["GG-"]);

    let error = message(layout.read(&MatchOptions::new(desk.write("d.fa", ">x\nGG\n"))));
    assert!(error.contains("has 2 aligned sites, expected 3"), "{error}");
    let error = message(layout.read(&MatchOptions::new(desk.write("e.fa", ">x\nGGT\n"))));
    assert!(
        error.contains("line 2, column 3: sequence \"x\" has 'T'"),
        "{error}"
    );
    let units = desk.npy("f.npy", 12, &data.table.row(1).repeat(2));
    let read = layout.read(&MatchOptions::new(&units)).unwrap();
    assert_eq!(sequences(&read), ["ACU", "ACU"]);
    let error = message(Layout::units(3).read(&MatchOptions::new(&path)));
    assert!(
        error.contains("is an alignment; expected a table"),
        "{error}"
    );
}

#[test]
fn unknown_letters_are_missing_or_dropped_or_refused() {
    let desk = Desk::new();
    let path = desk.write("a.fasta", ">a\nWXY\n>b\nWWY\n>c\nBZY\n");
    let read = |unknown| {
        ReadOptions {
            unknown,
            ..options(&path)
        }
        .read()
    };
    for unknown in [None, Some(Unknown::Drop)] {
        let data = read(unknown).unwrap();
        assert_eq!(sequences(&data), ["WWY"]);
        assert_eq!(data.carried[0].cells, ["b"]);
        let warning = data.alignment.unwrap().warning().unwrap();
        assert!(
            warning.contains("left out 2 sequences with unknown letters"),
            "{warning}"
        );
    }
    let data = read(Some(Unknown::Missing)).unwrap();
    assert_eq!(sequences(&data), ["WXY", "WWY", "XXY"]);
    assert_eq!(data.alignment.unwrap().unknown, 3);
    assert!(data.layout.missing);
    assert!(message(read(Some(Unknown::Refuse))).contains("line 2, column 2"));
    let all = desk.write("b.fasta", ">a\nWX\n");
    assert!(message(options(&all).read()).contains("all 1 sequences have unknown letters"));
    let outside = desk.write("c.fasta", ">a\nWY\n>b\nW1\n");
    assert!(message(options(&outside).read()).contains("line 4, column 2: sequence \"b\" has '1'"));
}

#[test]
fn options_of_tables_and_of_alignments_exclude_each_other() {
    let desk = Desk::new();
    let fasta = desk.write("a.fasta", ">a\nWY\n");
    let table = desk.write("a.csv", "0,1\n");
    let scaled = ReadOptions {
        scale: Some(2.0),
        ..options(&fasta)
    };
    assert!(message(scaled.read()).contains("--scale does not apply to an alignment"));
    let schema = ReadOptions {
        schema: crate::SchemaSource::Infer,
        ..options(&fasta)
    };
    assert!(message(schema.read()).contains("is an alignment; expected a table with a header"));
    for (option, given) in [
        (
            "--gaps",
            ReadOptions {
                gaps: Some(Gaps::State),
                ..options(&table)
            },
        ),
        (
            "--unknown",
            ReadOptions {
                unknown: Some(Unknown::Drop),
                ..options(&table)
            },
        ),
        (
            "--alphabet",
            ReadOptions {
                alphabet: Some(Alphabet::Dna),
                ..options(&table)
            },
        ),
        (
            "--reweight",
            ReadOptions {
                reweight: Some(0.8),
                ..options(&table)
            },
        ),
    ] {
        let error = message(given.read());
        assert!(
            error.contains(&format!(
                "no alignment (FASTA, A2M or A3M), to which {option}"
            )),
            "{error}"
        );
    }
}

#[test]
fn sequences_have_weights_by_identity_or_from_a_file() {
    let desk = Desk::new();
    let path = desk.write("a.fasta", ">a\nACDEF\n>x\nACDXF\n>b\nACDEG\n>c\nKLMNP\n");
    let reweighted = |identity| {
        ReadOptions {
            reweight: Some(identity),
            ..options(&path)
        }
        .read()
    };
    let data = reweighted(0.8).unwrap();
    assert_eq!(data.table.weights(), Some(&[0.5, 0.5, 1.0][..]));
    let summary = data.alignment.unwrap();
    assert_eq!(summary.effective, Some((0.8, 2.0)));
    assert!(
        summary
            .to_string()
            .contains("effective number of sequences 2.0 at identity 0.8")
    );
    assert!(message(reweighted(1.5)).contains("expected an identity above 0 and at most 1"));

    // One weight per sequence of the file, whether it is kept or not.
    let weights = desk.write("w.txt", "1\n2\n0\n4\n");
    let labels = desk.write("y.txt", "0\n1\n0\n1\n");
    let data = ReadOptions {
        weights: Some(weights),
        labels: Some(labels),
        ..options(&path)
    }
    .read()
    .unwrap();
    assert_eq!(data.table.weights(), Some(&[1.0, 4.0][..]));
    assert_eq!(sequences(&data), ["ACDEF", "KLMNP"]);
    assert_eq!(data.carried[0].cells, ["a", "c"]);
    let labels: Vec<&[f32]> = (0..2).map(|row| &data.table.row(row)[105..]).collect();
    assert_eq!(labels, [[1.0, 0.0], [0.0, 1.0]]);
    let short = ReadOptions {
        weights: Some(desk.write("v.txt", "1\n2\n")),
        ..options(&path)
    };
    assert!(message(short.read()).contains("has 2 rows, but"));
    // The second sequence is left out, and its weight is checked.
    for bad in ["inf", "nan", "-1", "x", ""] {
        let weighted = ReadOptions {
            weights: Some(desk.write("bad.txt", format!("1\n\"{bad}\"\n0\n4\n"))),
            ..options(&path)
        };
        let error = message(weighted.read());
        assert!(error.contains("bad.txt: line 2"), "{error}");
        assert!(error.contains("expected a weight"), "{error}");
    }
}

#[test]
fn a_column_of_weights_is_no_column_of_the_model() {
    let desk = Desk::new();
    let path = desk.write("a.csv", "x,w,y\n0,1,2\n1,0.5,0\n2,0,2\n");
    let weighted = |name: &str, schema| {
        ReadOptions {
            weights: Some(name.into()),
            schema,
            ..options(&path)
        }
        .read()
    };
    let data = weighted("w", crate::SchemaSource::None).unwrap();
    assert_eq!(data.table.weights(), Some(&[1.0, 0.5][..]));
    assert_eq!(data.table.values(), [0.0, 2.0, 1.0, 0.0]);
    assert_eq!(data.layout.ignored[0].reason, crate::Reason::Weights);
    // The same table again, without and with its weights.
    let plain = data.layout.read(&MatchOptions::new(&path)).unwrap();
    assert_eq!((plain.table.rows(), plain.table.weights()), (3, None));
    let again = data.layout.read(&MatchOptions {
        weights: Some("w".into()),
        ..MatchOptions::new(&path)
    });
    assert_eq!(again.unwrap().table.weights(), Some(&[1.0, 0.5][..]));
    // A column of weights that training did not have.
    let other = desk.write("b.csv", "x,y,v\n0,2,3\n");
    let read = data.layout.read(&MatchOptions {
        weights: Some("v".into()),
        ..MatchOptions::new(&other)
    });
    assert_eq!(read.unwrap().table.weights(), Some(&[3.0][..]));
    let mixed = weighted("w", crate::SchemaSource::Infer).unwrap();
    assert_eq!(
        (mixed.table.weights(), mixed.layout.names().len()),
        (Some(&[1.0, 0.5][..]), 2)
    );
    let error = message(weighted("z", crate::SchemaSource::None));
    assert!(
        error.contains("\"z\" is no file and no column; the columns are"),
        "{error}"
    );
    let bare = desk.write("c.csv", "0,1,2\n1,3,0\n");
    let numbered = ReadOptions {
        weights: Some("2".into()),
        ..options(&bare)
    };
    assert_eq!(
        numbered.read().unwrap().table.weights(),
        Some(&[1.0, 3.0][..])
    );
}

#[test]
fn standardisation_uses_the_weights() {
    let desk = Desk::new();
    let path = desk.write("a.csv", "x,w\n1,2\n4,1\n");
    let repeated = desk.write("b.csv", "x\n1\n1\n4\n");
    let read = |path: &str, weights: Option<&str>| {
        let data = ReadOptions {
            standardize: true,
            weights: weights.map(String::from),
            ..options(path)
        };
        data.read().unwrap().layout.preparation.standardize.unwrap()
    };
    assert_eq!(read(&path, Some("w")), read(&repeated, None));
}

/// Means and deviations of a schema are those of repeated rows, given or inferred kinds alike.
#[test]
fn real_columns_of_a_schema_are_standardised_with_the_weights() {
    let desk = Desk::new();
    let header = "x,y,w,c\n";
    let rows = [
        ("1.5,10,", "2", ",a\n"),
        ("4.25,,", "1", ",b\n"),
        ("9e3,99,", "0", ",b\n"),
        ("-3.75,12,", "3", ",a\n"),
    ];
    let line = |row: &(&str, &str, &str)| [row.0, row.1, row.2].concat();
    let text: String = rows.iter().map(line).collect();
    let path = desk.write("a.csv", format!("{header}{text}"));
    let repeated = rows.iter().flat_map(|row| {
        let times: usize = row.1.parse().unwrap();
        (0..times).map(|_| [row.0, row.2].concat().replace(",,", ","))
    });
    let repeated: String = repeated.collect::<String>();
    let repeated = desk.write("b.csv", format!("x,y,c\n{repeated}"));
    let weights = desk.write("w.txt", "2\n1\n0\n3\n");
    let kinds = |moments: &str| {
        let column =
            |name: &str, kind: &str| format!("[[columns]]\nname = '{name}'\nkind = '{kind}'\n");
        let real = [column("x", "real"), column("y", "real")].join(moments);
        let text = format!("{real}{}", column("c", "binary"));
        crate::SchemaSource::Given(text.parse().unwrap())
    };
    let moments = |path: &str, schema: crate::SchemaSource, weights: Option<&str>| {
        let read = ReadOptions {
            schema,
            weights: weights.map(String::from),
            drop: Vec::new(),
            ..options(path)
        }
        .read()
        .unwrap();
        let columns = &read.layout.schema().unwrap().columns;
        let moments = columns.iter().filter_map(|column| match column.kind {
            crate::ColumnKind::Real {
                mean, deviation, ..
            } => Some([mean, deviation]),
            _ => None,
        });
        (moments.collect::<Vec<_>>().concat(), read)
    };
    for fixed in ["", "mean = 1.0\n"] {
        let (expected, _) = moments(&repeated, kinds(fixed), None);
        assert_eq!(expected.len(), 4);
        for source in ["w", &weights] {
            let (found, read) = moments(&path, kinds(fixed), Some(source));
            for (found, expected) in found.iter().zip(&expected) {
                assert!((found - expected).abs() < 1e-12, "{found} {expected}");
            }
            assert_eq!(read.table.weights(), Some(&[2.0, 1.0, 3.0][..]));
            // The rows of the table are those of the file without the row of weight 0.
            assert_eq!(read.table.position(2, 0).row, 5);
            let weighted = crate::Moments::of(&read.table).unwrap();
            let unit = read.layout.units_of("y").unwrap().start;
            assert!(weighted.mean[unit].abs() < 1e-6);
            assert!((weighted.deviation[unit] - 1.0).abs() < 1e-6);
        }
    }
    // A column whose numbers all have the weight 0.
    let empty = desk.write("e.csv", "x,y,w\n1.5,2.5,0\n,3.5,1\n,4.5,1\n2.5,1.5,0\n");
    let read = ReadOptions {
        schema: crate::SchemaSource::Infer,
        weights: Some("w".into()),
        ..options(&empty)
    };
    let error = message(read.read());
    assert!(error.contains("\"x\""), "{error}");
    assert!(error.contains("of a weight above 0"), "{error}");
}
