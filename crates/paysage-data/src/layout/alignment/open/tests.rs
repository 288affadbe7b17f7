use super::*;
use crate::testing::{Desk, check_same_rows};
use crate::{Carried, Dataset, Gaps};

fn limited(memory: u64) -> DiskOptions {
    DiskOptions {
        memory,
        carried: true,
        ..DiskOptions::default()
    }
}

fn check_data(found: &DiskDataset, expected: &Dataset) {
    assert_eq!(found.layout, expected.layout);
    assert_eq!(found.alignment, expected.alignment);
    check_same_rows(&found.rows, &expected.table);
    let cells = |carried: &dyn Carried| carried.rows().collect::<Result<Vec<_>, _>>().unwrap();
    assert_eq!(found.carried.columns(), expected.carried.columns());
    assert_eq!(cells(&found.carried), cells(&expected.carried));
}

fn check_same(
    found: Result<DiskDataset, DataError>,
    expected: Result<Dataset, DataError>,
    what: &str,
) {
    match (found, expected) {
        (Ok(found), Ok(expected)) => check_data(&found, &expected),
        (Err(found), Err(expected)) => {
            assert_eq!(found.to_string(), expected.to_string(), "{what}")
        }
        (found, expected) => panic!("{what}: {found:?} {expected:?}"),
    }
}

/// Every policy, from disk and from memory.
fn check(source: &str) {
    for gaps in [None, Some(Gaps::Missing)] {
        for unknown in [None, Some(Unknown::Missing), Some(Unknown::Refuse)] {
            let options = ReadOptions {
                gaps,
                unknown,
                ..ReadOptions::new(source)
            };
            let what = format!("{options:?}");
            check_same(options.open(&limited(20_000)), options.read(), &what);
        }
    }
}

#[test]
fn sequences_are_those_in_memory() {
    let desk = Desk::new();
    let long: String = (0..3000)
        .map(|row| {
            let letters: String = (0..40)
                .map(|site| ["A", "C", "-", "D"][(row * site) % 4])
                .collect();
            format!(">s{row}\n{}\n{}\n", &letters[..23], &letters[23..])
        })
        .collect();
    for text in [
        ">a\nACD-\n>b\nAXDE\n>c\nKLMN\n",
        "#A3M#\r\n>>S1 a  protein\r\nAC\r\n-D\r\n\r\n;old\r\n> S2\r\nACE \r\nD",
        "\u{feff}>a\nacgu\n>b\nac.u\n",
        ">a\nACk.D\n>b\nA-..D\n",
        ">a\nAC\nD1\n>b\nACDE\n",
        ">a\nXX\n>b\nXX\n",
        ">a\nACD\n>b\nAC\n",
        ">a\nA1D\n>b\nAC\n",
        ">a\n>b\n",
        ">a\n>b\nAC\n",
        "# none\n>",
        &long,
    ] {
        check(&desk.write("a.fasta", text));
    }
    let packed = zstd::encode_all(long.as_bytes(), 0).unwrap();
    check(&desk.write("a.fasta.zst", packed));
}

#[test]
fn weights_and_options_are_those_in_memory() {
    let desk = Desk::new();
    let plain = ReadOptions::new(desk.write("a.fasta", ">a\nACD-\n>b\nAXDE\n>c\nKLMN\n>d\nACDE\n"));
    let weights = desk.write("w.txt", "1\n2\n0\n0.5\n");
    for options in [
        ReadOptions {
            weights: Some(weights.clone()),
            ..plain.clone()
        },
        ReadOptions {
            weights: Some(weights),
            missing: true,
            ..plain.clone()
        },
        ReadOptions {
            weights: Some(desk.write("short.txt", "1\n2\n0\n")),
            ..plain.clone()
        },
        ReadOptions {
            scale: Some(2.0),
            ..plain.clone()
        },
        ReadOptions {
            alphabet: Some("ACDEKLMN".parse().unwrap()),
            ..plain.clone()
        },
    ] {
        check_same(
            options.open(&limited(20_000)),
            options.read(),
            &format!("{options:?}"),
        );
    }
    let options = ReadOptions {
        reweight: Some(0.8),
        ..plain
    };
    let refused = options.open(&limited(20_000)).unwrap_err().to_string();
    assert!(refused.contains("--reweight"), "{refused}");
}

/// The labels of sequences that are left out are left out as well.
#[test]
fn labels_are_those_in_memory() {
    let desk = Desk::new();
    let source = desk.write("a.fasta", ">a\nACD-\n>b\nAXDE\n>c\nKLMN\n>d\nACDE\n");
    let labels = desk.write("l.txt", "u\nw\nv\nu\n");
    let weights = desk.write("w.txt", "1\n2\n0\n0.5\n");
    let gap = desk.write("gap.txt", "u\n\"\"\nNA\nu\n");
    let three = desk.write("three.txt", "u\nv\nu\n");
    for (labels, weights, missing) in [
        (&labels, None, false),
        (&labels, Some(&weights), false),
        (&labels, None, true),
        (&gap, None, false),
        (&gap, None, true),
        (&three, None, false),
    ] {
        let options = ReadOptions {
            labels: Some(labels.clone()),
            weights: weights.cloned(),
            missing,
            ..ReadOptions::new(&source)
        };
        let found = options.open(&limited(20_000));
        check_same(found, options.read(), &format!("{options:?}"));
    }
    let train = ReadOptions {
        labels: Some(labels.clone()),
        ..ReadOptions::new(&source)
    };
    let layout = train.read().unwrap().layout;
    assert_eq!(layout.classes(), 2, "the class w has no sequence");
    let known = desk.write("known.txt", "v\nv\nu\nu\n");
    for (labels, missing) in [
        (Some(&known), false),
        (Some(&labels), false),
        (Some(&gap), true),
        (Some(&gap), false),
        (Some(&three), false),
        (None, true),
        (None, false),
    ] {
        for unknown in [None, Some(Unknown::Missing)] {
            let options = MatchOptions {
                labels: labels.cloned(),
                weights: Some(weights.clone()),
                missing,
                unknown,
                ..MatchOptions::new(&source)
            };
            let found = layout.open(&options, &limited(20_000));
            check_same(found, layout.read(&options), &format!("{options:?}"));
        }
    }
}

/// The first of two faults is that of memory.
#[test]
fn errors_come_in_the_order_of_those_in_memory() {
    let desk = Desk::new();
    let words = |word: &str| vec![word.to_owned()];
    for text in [">a\nAC\n>b\nACD\n", ">a\nAC\n>b\nA1\n", "AC\n>a\n"] {
        let plain = ReadOptions::new(desk.write("a.fasta", text));
        for options in [
            ReadOptions {
                scale: Some(2.0),
                ..plain.clone()
            },
            ReadOptions {
                drop: words("x"),
                ..plain.clone()
            },
            ReadOptions {
                array: Some("x".into()),
                ..plain.clone()
            },
        ] {
            let found = options.open(&limited(20_000));
            check_same(found, options.read(), &format!("{options:?}"));
        }
    }
    let numbers = ReadOptions {
        alphabet: Some("ACDE".parse().unwrap()),
        ..ReadOptions::new(desk.write("n.csv", "a,b\n1,x\n"))
    };
    check_same(numbers.open(&limited(20_000)), numbers.read(), "numbers");
}

#[test]
fn a_line_beyond_the_memory_limit_is_refused() {
    let desk = Desk::new();
    let text = format!(">a\n{}\n", "A".repeat(200_000));
    let options = ReadOptions::new(desk.write("a.fasta", text));
    let refused = options.open(&limited(100_000)).unwrap_err().to_string();
    assert!(
        refused.contains("line 2: a line or a sequence"),
        "{refused}"
    );
    assert!(
        refused.contains("a memory limit of 100000 bytes"),
        "{refused}"
    );
}

#[test]
fn sequences_of_a_model_are_those_in_memory() {
    let desk = Desk::new();
    let train = ReadOptions::new(desk.write("a.fasta", ">a\nACD-\n>b\nACDE\n>c\nKLMN\n"));
    let layout = train.read().unwrap().layout;
    let units = layout
        .read(&MatchOptions::new(&train.source))
        .unwrap()
        .table;
    for source in [
        desk.write("b.fasta", ">x\nLLLX\n>y\nMMMM\n"),
        desk.write("c.fasta", ">x\nLLL\n>y\nMMM\n"),
        desk.write("d.fasta", ">x\nLL1L\n"),
        desk.npy("units.npy", units.columns(), units.values()),
        desk.npy("narrow.npy", 1, &[1.0]),
        desk.write("text.csv", "a,b\n1,2\n"),
    ] {
        for unknown in [None, Some(Unknown::Missing), Some(Unknown::Refuse)] {
            let options = MatchOptions {
                unknown,
                ..MatchOptions::new(&source)
            };
            let found = layout.open(&options, &limited(20_000));
            check_same(found, layout.read(&options), &source);
        }
    }
    let numbers = ReadOptions::new(desk.write("n.csv", "1,2\n3,4\n"))
        .read()
        .unwrap()
        .layout;
    let options = MatchOptions::new(&train.source);
    check_same(
        numbers.open(&options, &limited(20_000)),
        numbers.read(&options),
        "numbers",
    );
}
