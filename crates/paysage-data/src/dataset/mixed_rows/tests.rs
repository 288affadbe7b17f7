use std::fmt::Write as _;

use super::*;
use crate::testing::{Desk, check_same_rows};
use crate::{Carried, Dataset, MatchOptions, SchemaSource};

fn limited(memory: u64) -> DiskOptions {
    DiskOptions {
        memory,
        carried: true,
        ..DiskOptions::default()
    }
}

/// Identifiers, an index, categories, numbers in several notations, weights and missing cells.
fn people(rows: usize) -> String {
    let mut text = "id,row,region,price,age,w,smoker,note\n".to_owned();
    for row in 0..rows {
        let region = ["north", "south", "", "west, far"][row * row % 4];
        let (price, age) = (row * 37 % 900, row * 7 % 50);
        let age = match row % 9 {
            0 => "NA".into(),
            _ => age.to_string(),
        };
        let smoker = ["no", "yes"][row / 3 % 2];
        let weight = row % 3;
        let note = "é".repeat(row % 5);
        writeln!(
            text,
            "u{row},{},\"{region}\",\"{price},50 €\",{age},{weight},{smoker},\"{note}\"",
            row + 7
        )
        .unwrap();
    }
    text
}

fn inferred(source: String) -> ReadOptions {
    ReadOptions {
        schema: SchemaSource::Infer,
        ..ReadOptions::new(source)
    }
}

/// Checks that data are the same from disk as in memory, or the error.
fn check(options: &ReadOptions) {
    for memory in [20_000, 1 << 20] {
        let found = options.open(&limited(memory));
        match (found, options.read()) {
            (Ok(found), Ok(expected)) => check_data(&found, &expected),
            (Err(found), Err(expected)) => {
                assert_eq!(found.to_string(), expected.to_string(), "{options:?}");
            }
            (found, expected) => panic!("{options:?}: {found:?} {expected:?}"),
        }
    }
}

fn check_data(found: &DiskDataset, expected: &Dataset) {
    assert_eq!(found.layout, expected.layout);
    assert_eq!(found.warnings, expected.warnings);
    check_same_rows(&found.rows, &expected.table);
    let cells = |carried: &dyn Carried| carried.rows().collect::<Result<Vec<_>, _>>().unwrap();
    assert_eq!(found.carried.columns(), expected.carried.columns());
    assert_eq!(cells(&found.carried), cells(&expected.carried));
}

#[test]
fn inferred_tables_are_those_in_memory() {
    let desk = Desk::new();
    for rows in [12, 1500] {
        let text = people(rows);
        let plain = inferred(desk.write("a.csv", &text));
        check(&plain);
        let weighted = ReadOptions {
            weights: Some("w".into()),
            ..plain.clone()
        };
        check(&weighted);
        let weights: String = (0..rows).map(|row| format!("{}\n", row % 4)).collect();
        check(&ReadOptions {
            weights: Some(desk.write("w.txt", weights)),
            ..plain.clone()
        });
        for words in [["id", "row"], ["note", "region"]] {
            let words = words.map(String::from).to_vec();
            check(&ReadOptions {
                drop: words.clone(),
                ..plain.clone()
            });
            check(&ReadOptions {
                columns: words,
                ..plain.clone()
            });
        }
        let packed = zstd::encode_all(text.as_bytes(), 0).unwrap();
        check(&inferred(desk.write("a.csv.zst", packed)));
        let with_gaps = text.replace('\n', "\r\n").replacen("\r\n", "\r\n\r\n", 3);
        check(&inferred(desk.write("gaps.csv", with_gaps)));
    }
}

#[test]
fn schemas_are_completed_alike() {
    let desk = Desk::new();
    let source = desk.write("a.csv", people(40));
    for text in [
        "[[columns]]\nname = 'smoker'\n[[columns]]\nname = 'age'\nkind = 'real'",
        "[[columns]]\nname = 'id'\nkind = 'categorical'",
        "[[columns]]\nname = 'price'\nkind = 'real'\nmean = 0\ndeviation = 2\ndecimals = 1",
        "[[columns]]\nname = 'region'\nkind = 'categorical'\nvalues = ['north', 'south']",
        "[[columns]]\nname = 'region'\nkind = 'binary'",
        "[[columns]]\nname = 'age'\nkind = 'real'\nmean = 1\ndeviation = 1e-300\ndecimals = 1",
        "[[columns]]\nname = 'none'",
    ] {
        check(&ReadOptions {
            schema: SchemaSource::Given(text.parse().unwrap()),
            ..ReadOptions::new(&source)
        });
    }
}

#[test]
fn faults_are_those_in_memory() {
    let desk = Desk::new();
    for text in [
        "",
        "a,b\n",
        "1,2\n",
        "1,2\n3,4\n",
        "a,a\n1,2\n",
        "a,b\n1,2\n3\n",
        "a,b\n1,\n1,\n",
        "a,b\n1.5,x\n2.5,y\nz,y\n",
        "a,b\n\"1,234\",x\n5,y\n",
        "a,b\ninf,x\n2,y\n",
    ] {
        check(&inferred(desk.write("a.csv", text)));
    }
    let words: String = (0..202)
        .map(|row| format!("w{},{}\n", row % 101, row % 2))
        .collect();
    check(&inferred(desk.write("words.csv", format!("a,b\n{words}"))));
    check(&inferred(desk.write("u.csv", b"a,b\n1,x\n2,\xff\n")));
    check(&inferred(desk.npy("a.npy", 1, &[1.0, 2.0])));
    check(&inferred(desk.path("none.csv")));
    check(&inferred(desk.write("s.fasta", ">a\nAC\n")));
    check(&ReadOptions {
        weights: Some("a".into()),
        ..inferred(desk.write("w.csv", "a,b\n1,x\n-2,y\n3,y\n"))
    });
}

#[test]
fn several_files_are_those_in_memory() {
    let desk = Desk::new();
    std::fs::create_dir(desk.path("set")).unwrap();
    for (part, rows) in [(1, 30), (2, 11), (3, 25)] {
        desk.write(&format!("set/{part}.csv"), people(rows));
    }
    check(&inferred(desk.path("set")));
    desk.write("set/4.csv", "id,row\n1,2\n");
    let found = inferred(desk.path("set")).open(&limited(1 << 20));
    assert!(found.unwrap_err().to_string().contains("4.csv"));
}

#[test]
fn data_of_a_model_are_those_in_memory() {
    let desk = Desk::new();
    let train = inferred(desk.write("a.csv", people(60)));
    let layout = train.read().unwrap().layout;
    let same = |options: MatchOptions| match (
        layout.open(&options, &limited(20_000)),
        layout.read(&options),
    ) {
        (Ok(found), Ok(expected)) => check_data(&found, &expected),
        (Err(found), Err(expected)) => assert_eq!(found.to_string(), expected.to_string()),
        (found, expected) => panic!("{options:?}: {found:?} {expected:?}"),
    };
    let plain = MatchOptions::new(&train.source);
    same(plain.clone());
    let other = desk.write(
        "b.csv",
        "smoker,age,price,region,w,new\nyes,31,\"5,00 €\",north,1,x\nno,,\"7,50 €\",south,0,y\n",
    );
    let other = MatchOptions {
        drop: vec!["new".into()],
        ..MatchOptions::new(other)
    };
    same(other.clone());
    same(MatchOptions {
        weights: Some("w".into()),
        absent: vec!["age".into(), "note".into()],
        ..other.clone()
    });
    same(MatchOptions {
        absent: vec!["note".into()],
        ..other
    });
    let units = layout.read(&plain).unwrap().table;
    let units = desk.npy(
        "units.npy",
        units.columns(),
        &units.values()[..2 * units.columns()],
    );
    same(MatchOptions::new(units));
    same(MatchOptions::new(desk.npy("narrow.npy", 2, &[0.0, 1.0])));
}
