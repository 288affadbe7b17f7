use std::io::Write;

use flate2::{Compression, write::GzEncoder};

use super::*;
use crate::DiskDataset;
use crate::error::DiskError;
use crate::testing::{Desk, check_same_rows};

const PARTS: [usize; 8] = [1, 2, 3, 5, 8, 13, 40, 1 << 16];

fn limited(memory: u64) -> DiskOptions {
    DiskOptions {
        memory,
        ..DiskOptions::default()
    }
}

/// Opens a text that is read in parts of so many bytes.
fn in_parts(options: &ReadOptions, part: usize, most: usize) -> Result<DiskDataset, DataError> {
    let disk = limited(1 << 20);
    let stream = Stream::open(&options.source)?;
    let mut copy = Copy::alone(options, &disk, None);
    copy.parts = (part, most);
    copy.add(&options.source, stream)?;
    let opened = options.opened(copy.finish()?, &disk, None)?;
    Ok(opened.data.weighted(opened.weights?).finished())
}

/// Checks that a text in parts of every size is what it is in memory, its error too.
fn check_text(options: &ReadOptions) {
    for part in PARTS {
        let found = in_parts(options, part, 1 << 20);
        match (found, options.read()) {
            (Ok(found), Ok(expected)) => {
                assert_eq!(found.layout, expected.layout, "{part}");
                check_same_rows(&found.rows, &expected.table);
            }
            (Err(found), Err(expected)) => {
                assert_eq!(found.to_string(), expected.to_string(), "{part}");
            }
            (found, expected) => panic!("{part}: {found:?} {expected:?}"),
        }
    }
}

fn packed(content: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn texts_in_parts_are_those_in_memory() {
    let desk = Desk::new();
    for text in [
        "1,-2.5\n3e4,4\n",
        "1,-2.5\r\n3e4,4\r\n\r\n5,6",
        "1,-2.5\r3e4,4\r5,6\r",
        "\u{feff}1,-2.5\n3e4,4\n",
        "  1 , -2.5 \n 3e4 ,\t4\n",
        "\"1\",\"-2.5\"\n\" 3e4 \",\"4\"\n",
        "1, \"-2.5\"\n3e4, \"4\"\n",
        "1;-2.5\n3e4;4\n7;8\n",
        "\n\n1,-2.5\n\n3e4,4\n\n",
        "a,b\n1,2\n\n\n3,4\n",
        "a,\"b\nc\"\n1,2\n\"3\n\",4\n\n5,6\n",
        "a,\"b\r\nc\"\r\n1,2\r\n\"3\r\n\",4\r\n\r\n5,6\r\n",
        "\"a \"\"x\"\"\",b\n1,\"2\"\n3,\"4\"\n",
        "  1.5   2\r\n\r\n 3\t4 \r\n5 6",
        "# a b\n1.5 2\n3 4\n# the end\n",
        "# a b\n# c d\n1.5 2\n# between\n# the\n# rows\n3 4\n",
        "# made today\n# a,b\n1.5,2\n3,4\n",
        "a b\n1.5 2\n3 4\n",
        "1\n2\n3\n",
        "",
        "\n\n",
        "a,b\n",
        "a,b",
        "1,2\n3\n",
        "a,b\n1,2\n3,4,5\n6,7\n",
        "1,2\n\n\n3,x\n",
        "a,b\n\"1\n\",2\n3,y",
        "1,2\r\r3,x\r",
        "1,2\n3,inf\n",
        "a,a\n1,2\n",
        "x,1\n0,1\n",
        "1,2\n3,\n",
        "1,2\n3,\u{fffd}\n",
    ] {
        let options = ReadOptions::new(desk.write("a.csv", text));
        check_text(&options);
        let options = ReadOptions {
            missing: true,
            ..options
        };
        check_text(&options);
    }
}

#[test]
fn preparation_selection_and_weights_are_those_in_memory() {
    let desk = Desk::new();
    let row = |row: i32| format!("{},{},{},{}\n", row % 3, row * row % 17 - 5, row, row % 2);
    let rows: String = (0..60).map(row).collect();
    let text = format!("w,a,b,c\n{rows}");
    let plain = ReadOptions::new(desk.write("a.csv", &text));
    let words = |words: &[&str]| words.iter().map(ToString::to_string).collect();
    for options in [
        ReadOptions {
            scale: Some(3.0),
            standardize: true,
            ..plain.clone()
        },
        ReadOptions {
            threshold: Some(1.0),
            ..plain.clone()
        },
        ReadOptions {
            drop: words(&["b"]),
            weights: Some("w".into()),
            standardize: true,
            ..plain.clone()
        },
        ReadOptions {
            columns: words(&["a", "c"]),
            ..plain.clone()
        },
        ReadOptions {
            columns: words(&["d"]),
            ..plain.clone()
        },
        ReadOptions {
            drop: words(&["a", "b", "c", "w"]),
            ..plain.clone()
        },
        ReadOptions {
            weights: Some("a".into()),
            ..plain.clone()
        },
        ReadOptions {
            weights: Some("none".into()),
            ..plain.clone()
        },
        ReadOptions {
            scale: Some(1e-38),
            ..plain.clone()
        },
        ReadOptions {
            threshold: Some(1e6),
            ..plain.clone()
        },
    ] {
        check_text(&options);
    }
    let zeros = text.replace(['1', '2'], "0");
    let options = ReadOptions {
        weights: Some("w".into()),
        ..ReadOptions::new(desk.write("zeros.csv", zeros))
    };
    check_text(&options);
    let data = plain.open(&limited(1 << 20)).unwrap();
    let (table, rows) = (plain.read().unwrap().table, data.rows);
    let (expected, found) = (table.split(0.3, 5).unwrap(), rows.split(0.3, 5).unwrap());
    check_same_rows(&found.0, &expected.0);
    check_same_rows(&found.1, &expected.1);
}

#[test]
fn compressed_files_are_those_in_memory() {
    let desk = Desk::new();
    let values: Vec<f32> = (0..300).map(|x| (x * x % 31) as f32).collect();
    let npy = std::fs::read(desk.npy("a.npy", 5, &values)).unwrap();
    let pixels: Vec<u8> = (0..24).map(|x| x * 10).collect();
    let idx = [
        &[0, 0, 8, 3, 0, 0, 0, 4, 0, 0, 0, 2, 0, 0, 0, 3][..],
        &pixels,
    ]
    .concat();
    let gap = std::fs::read(desk.npy("gap.npy", 2, &[1.0, f32::NAN, 2.0, 3.0])).unwrap();
    let mut damaged = packed(&npy);
    let checksum = damaged.len() - 8;
    damaged[checksum] ^= 1;
    for (name, content) in [
        ("a.npy.gz", packed(&npy)),
        (
            "two.npy.gz",
            [packed(&npy[..200]), packed(&npy[200..])].concat(),
        ),
        ("images-idx3-ubyte.gz", packed(&idx)),
        ("a.csv.gz", packed(b"a,b\n0,1\n1,1\n")),
        ("no-ending", packed(&idx)),
        ("gap.npy.gz", packed(&gap)),
        ("short.npy.gz", packed(&npy[..npy.len() - 3])),
        ("header.npy.gz", packed(&npy[..128])),
        ("long.npy.gz", packed(&[&npy[..], &[0; 100_000]].concat())),
        ("cut.npy.gz", packed(&npy)[..50].to_vec()),
        ("damaged.npy.gz", damaged),
        ("empty.csv.gz", packed(b"")),
        ("labels.gz", packed(&[0, 0, 8, 1, 0, 0, 0, 1, 5])),
    ] {
        let path = desk.write(name, content);
        for threshold in [None, Some(9.0)] {
            let options = ReadOptions {
                threshold,
                ..ReadOptions::new(&path)
            };
            match (options.open(&limited(5000)), options.read()) {
                (Ok(found), Ok(expected)) => {
                    assert_eq!(found.layout, expected.layout, "{name}");
                    check_same_rows(&found.rows, &expected.table);
                }
                (Err(found), Err(expected)) => {
                    assert_eq!(found.to_string(), expected.to_string(), "{name}");
                }
                (found, expected) => panic!("{name}: {found:?} {expected:?}"),
            }
        }
    }
}

#[test]
fn headers_that_claim_more_than_is_there_allocate_nothing() {
    let desk = Desk::new();
    for shape in [
        "1000000000000, 4",
        "4, 1000000000000",
        "1, 4611686018427387904",
    ] {
        let text = format!("{{'descr': '|u1', 'fortran_order': False, 'shape': ({shape})}}");
        let length = (text.len() as u16).to_le_bytes();
        let npy = [
            &b"\x93NUMPY\x01\x00"[..],
            &length,
            text.as_bytes(),
            &[0; 16],
        ]
        .concat();
        let options = ReadOptions::new(desk.write("a.npy.gz", packed(&npy)));
        let error = options.open(&limited(1 << 20)).unwrap_err();
        assert!(matches!(error, DataError::Disk(_)), "{error}");
    }
}

#[test]
fn a_first_row_that_is_not_there_is_refused_before_its_columns_are_chosen() {
    let desk = Desk::new();
    let idx = [0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 3, 232, 1, 2, 3];
    let options = ReadOptions {
        drop: vec!["2000".into()],
        ..ReadOptions::new(desk.write("a-idx3-ubyte.gz", packed(&idx)))
    };
    let message = options.open(&limited(1 << 20)).unwrap_err().to_string();
    assert!(
        message.contains("truncated: expected 2012 bytes, got 15"),
        "{message}"
    );
}

#[test]
fn a_quote_that_is_not_closed_is_refused() {
    let desk = Desk::new();
    let rows = "1,2\n".repeat(5) + "\"3,4\n" + &"5,6\n".repeat(1000);
    let options = ReadOptions::new(desk.write("a.csv", rows));
    let error = in_parts(&options, 8, 256).unwrap_err();
    let DataError::Disk(DiskError::LongRow { line, most, .. }) = error else {
        panic!("{error}");
    };
    assert_eq!((line, most), (6, 256));
}

#[test]
fn the_copy_has_no_name_and_needs_a_folder() {
    let desk = Desk::new();
    let folder = tempfile::tempdir().unwrap();
    let disk = DiskOptions {
        memory: 1 << 20,
        folder: folder.path().to_path_buf(),
        carried: true,
    };
    let options = ReadOptions {
        drop: vec!["2".into()],
        ..ReadOptions::new(desk.write("a.csv", "1,2\n3,4\n"))
    };
    let data = options.open(&disk).unwrap();
    if cfg!(unix) {
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }
    check_same_rows(&data.rows, &options.read().unwrap().table);
    let disk = DiskOptions {
        folder: folder.path().join("none"),
        ..disk
    };
    let error = options.open(&disk).unwrap_err();
    assert!(matches!(error, DataError::Unwritable { .. }), "{error}");
    let none = folder.path().join("none");
    assert!(error.to_string().starts_with(none.to_str().unwrap()));
}

#[test]
fn no_damage_makes_it_panic() {
    let desk = Desk::new();
    for whole in [
        &b"\xef\xbb\xbfa,\"b\"\r\n1, 2.5\r\n\"3\",-4e1\r\n"[..],
        b"# x y\n1.0e+00 2\n3 4\n# end\n",
    ] {
        for at in 0..whole.len() {
            for value in [0, 0xff, b'"', b'\n', b'\r', b'9', b'#'] {
                let mut damaged = whole.to_vec();
                damaged[at] = value;
                let options = ReadOptions::new(desk.write("a.csv", damaged));
                for part in [1, 7] {
                    let found = in_parts(&options, part, 1 << 20).map(|data| data.rows);
                    match (found, options.read()) {
                        (Ok(rows), Ok(data)) => check_same_rows(&rows, &data.table),
                        (Err(found), Err(expected)) => {
                            assert_eq!(found.to_string(), expected.to_string());
                        }
                        (found, expected) => panic!("{found:?} {expected:?} {at} {value}"),
                    }
                }
            }
        }
    }
}
