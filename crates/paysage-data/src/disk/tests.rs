use std::fs;
use std::io::{Seek, SeekFrom, Write};
use std::time::{Duration, SystemTime};

use super::*;
use crate::any_rows::AnyRows;
use crate::error::FormatError;
use crate::testing::{Desk, check_same_rows};
use crate::{Dataset, DiskDataset, ReadOptions};

/// A NumPy file of values of any type.
fn npy(descr: &str, rows: usize, columns: usize, bytes: &[u8]) -> Vec<u8> {
    let text =
        format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': ({rows}, {columns}), }}");
    let length = (text.len() as u16).to_le_bytes();
    [&b"\x93NUMPY\x01\x00"[..], &length, text.as_bytes(), bytes].concat()
}

/// Irregular values of 4 bytes.
fn singles(rows: usize, columns: usize) -> Vec<f32> {
    let values = (0..rows * columns).map(|index| (index * index % 1009) as f32 * 0.37 - 90.0);
    values.collect()
}

fn limited(memory: u64) -> DiskOptions {
    DiskOptions {
        memory,
        ..DiskOptions::default()
    }
}

/// The smallest limit, some above it that are no whole number of rows, and one for all rows.
fn limits(needed: u64, row_bytes: u64) -> Vec<u64> {
    let row = row_bytes + 8;
    let above = [0, 1, row - 1, row, 2 * row + 3, 5 * row, 20 * row];
    let mut limits: Vec<u64> = above.iter().map(|more| needed + more).collect();
    limits.push(1 << 24);
    limits
}

fn needed(options: &ReadOptions) -> u64 {
    match options.open(&limited(0)).unwrap_err() {
        DataError::Disk(DiskError::MemoryLimit { needed, .. }) => needed,
        error => panic!("{error}"),
    }
}

/// Checks that data on disk are those in memory, within every limit.
fn check_same(options: &ReadOptions, row_bytes: u64) {
    let Dataset { table, layout, .. } = options.read().unwrap();
    for limit in limits(needed(options), row_bytes) {
        let data = options.open(&limited(limit)).unwrap();
        assert_eq!(data.layout, layout);
        check_same_rows(&data.rows, &table);
    }
}

#[test]
fn rows_of_every_type_are_those_in_memory_within_every_limit() {
    let desk = Desk::new();
    let bytes: Vec<u8> = (0..37 * 5 * 8u32)
        .map(|index| (index * index % 251) as u8)
        .collect();
    for (descr, size) in [
        ("|u1", 1),
        ("|b1", 1),
        ("|i1", 1),
        (">i2", 2),
        ("<i8", 8),
        (">u4", 4),
    ] {
        let path = desk.write("a.npy", npy(descr, 37, 5, &bytes[..37 * 5 * size]));
        check_same(&ReadOptions::new(path), 5 * size as u64);
    }
    let values = singles(37, 5);
    let path = desk.npy("b.npy", 5, &values);
    check_same(&ReadOptions::new(path), 20);
    let doubles: Vec<u8> = values
        .iter()
        .flat_map(|&x| f64::from(x).to_be_bytes())
        .collect();
    let path = desk.write("c.npy", npy(">f8", 37, 5, &doubles));
    check_same(&ReadOptions::new(path), 40);
    let path = desk.npy("one.npy", 1, &[3.5]);
    check_same(&ReadOptions::new(path), 4);
}

#[test]
fn images_are_those_in_memory() {
    let desk = Desk::new();
    let pixels: Vec<u8> = (0..20 * 6u32).map(|x| (x * 7 % 256) as u8).collect();
    let idx = [
        &[0, 0, 8, 3, 0, 0, 0, 20, 0, 0, 0, 2, 0, 0, 0, 3][..],
        &pixels,
    ]
    .concat();
    let options = ReadOptions {
        threshold: Some(0.4),
        ..ReadOptions::new(desk.write("images-idx3-ubyte", idx))
    };
    check_same(&options, 6);
    assert!(options.open(&limited(4096)).unwrap().layout.image.is_some());
}

#[test]
fn preparation_selection_and_weights_are_those_in_memory() {
    let desk = Desk::new();
    let mut values = singles(41, 4);
    values
        .iter_mut()
        .step_by(4)
        .for_each(|x| *x = (*x as i32 % 3).abs() as f32);
    let path = desk.npy("a.npy", 4, &values);
    let weights = desk.npy(
        "w.npy",
        1,
        &values.iter().step_by(4).copied().collect::<Vec<_>>(),
    );
    let plain = ReadOptions::new(path);
    let text = |words: &[&str]| words.iter().map(ToString::to_string).collect();
    for options in [
        ReadOptions {
            scale: Some(3.0),
            ..plain.clone()
        },
        ReadOptions {
            scale: Some(-2.0),
            threshold: Some(1.5),
            ..plain.clone()
        },
        ReadOptions {
            scale: Some(7.0),
            standardize: true,
            ..plain.clone()
        },
        ReadOptions {
            columns: text(&["2", "4"]),
            standardize: true,
            ..plain.clone()
        },
        ReadOptions {
            drop: text(&["3"]),
            weights: Some("1".into()),
            standardize: true,
            ..plain.clone()
        },
        ReadOptions {
            weights: Some(weights),
            ..plain.clone()
        },
    ] {
        check_same(&options, 16);
    }
}

#[test]
fn missing_values_are_those_in_memory_also_after_a_split() {
    let desk = Desk::new();
    let mut values = singles(70, 3);
    for index in [4, 5, 100, 209] {
        values[index] = f32::NAN;
    }
    let options = ReadOptions {
        missing: true,
        standardize: true,
        ..ReadOptions::new(desk.npy("a.npy", 3, &values))
    };
    check_same(&options, 12);
    let table = options.read().unwrap().table;
    let rows = options.open(&limited(1000)).unwrap().rows;
    for (fraction, seed) in [(0.02, 0), (0.3, 1), (0.9, 2)] {
        let (training, validation) = table.split(fraction, seed).unwrap();
        let found = rows.split(fraction, seed).unwrap();
        check_same_rows(&found.0, &training);
        check_same_rows(&found.1, &validation);
        let again = training.split(0.5, 7).unwrap();
        let found = found.0.split(0.5, 7).unwrap();
        check_same_rows(&found.0, &again.0);
    }
    assert!(rows.split(1.0, 0).is_err());
}

#[test]
fn rows_of_every_place_are_split_and_resampled_alike() {
    let desk = Desk::new();
    let values = singles(60, 3);
    let weights: Vec<f32> = (0..60).map(|row| (row * 5 % 7) as f32).collect();
    let plain = ReadOptions {
        threshold: Some(0.0),
        ..ReadOptions::new(desk.npy("a.npy", 3, &values))
    };
    let weighted = ReadOptions {
        weights: Some(desk.npy("w.npy", 1, &weights)),
        ..plain.clone()
    };
    for options in [plain, weighted] {
        let table = options.read().unwrap().table;
        let bits = AnyRows::packed(table.clone());
        assert!(matches!(bits, AnyRows::Bits(_)));
        let disk = AnyRows::from(options.open(&limited(1000)).unwrap().rows);
        let table = AnyRows::from(table);
        let (training, validation) = table.split(0.3, 5).unwrap();
        for rows in [bits, disk] {
            check_same_rows(&rows, &table);
            check_same_rows(&*rows.resampled(), &*table.resampled());
            assert!(rows.resampled().weights().is_none());
            let found = rows.split(0.3, 5).unwrap();
            check_same_rows(&found.0, &training);
            check_same_rows(&found.1, &validation);
            check_same_rows(&*found.0.resampled(), &*training.resampled());
        }
    }
}

/// Rows that are wider than the largest gap between rows that are read together, and narrow ones that
/// are not.
#[test]
fn rows_that_lie_far_apart_are_read_alone() {
    let desk = Desk::new();
    let values = singles(24, 5000);
    let options = ReadOptions::new(desk.npy("a.npy", 5000, &values));
    let table = options.read().unwrap().table;
    for memory in [50_000, 150_000, 300_000, 4_000_000] {
        let rows = options.open(&limited(memory)).unwrap().rows;
        check_same_rows(&rows, &table);
    }
}

#[test]
fn buffers_stay_within_the_limit() {
    let desk = Desk::new();
    let options = ReadOptions::new(desk.npy("a.npy", 5, &singles(300, 5)));
    let mut largest = 0;
    for limit in limits(needed(&options), 20) {
        let rows = options.open(&limited(limit)).unwrap().rows;
        let (training, _) = rows.split(0.1, 0).unwrap();
        for rows in [&rows, &training] {
            for order in [Order::Stored, Order::Shuffled { seed: 1, epoch: 2 }] {
                for size in [1, 64, 1000] {
                    let mut pass = rows.pass(order, size);
                    while let Some(chunk) = pass.next() {
                        chunk.unwrap();
                        let memory = pass.memory() as u64;
                        assert!(memory <= limit, "{memory} > {limit}");
                        largest = largest.max(memory);
                    }
                }
            }
        }
    }
    // All rows in one window, their order, and the buffer of neighbours.
    assert!(largest > 300 * (20 + 8 + 4), "{largest}");
}

#[test]
fn a_limit_without_room_for_a_row_is_refused() {
    let desk = Desk::new();
    let options = ReadOptions::new(desk.npy("a.npy", 5, &singles(300, 5)));
    let needed = needed(&options);
    assert_eq!(needed, 4 * 300 + 2 * 20 + 8);
    assert!(options.open(&limited(needed)).is_ok());
    let error = options.open(&limited(needed - 1)).unwrap_err().to_string();
    let start = format!(
        "{}: a memory limit of 1247 bytes is too small for 300 rows of 20 bytes; expected at least \
         1248 bytes",
        options.source
    );
    assert!(error.starts_with(&start), "{error}");
}

/// The error of a pass over rows whose file was changed after some chunks.
fn changed(change: impl Fn(&str), after: usize) -> Option<DataError> {
    let desk = Desk::new();
    let path = desk.npy("a.npy", 4, &singles(100, 4));
    let rows = ReadOptions::new(&path).open(&limited(700)).unwrap().rows;
    let mut chunks = rows.chunks(Order::Shuffled { seed: 0, epoch: 0 }, 5);
    for _ in 0..after {
        chunks.next().unwrap().unwrap();
    }
    change(&path);
    let mut error = None;
    for chunk in &mut chunks {
        assert!(error.is_none(), "an error is the last item");
        error = chunk.err();
    }
    if let Some(error) = &error {
        assert!(error.to_string().starts_with(&path), "{error}");
        assert!(rows.chunks(Order::Stored, 5).next().unwrap().is_err());
    }
    error
}

#[test]
fn a_file_that_changes_is_an_error_that_names_it() {
    let truncate = |length: u64| {
        move |path: &str| {
            let file = fs::OpenOptions::new().write(true).open(path).unwrap();
            file.set_len(length).unwrap();
        }
    };
    let overwrite = |path: &str| {
        let mut file = fs::OpenOptions::new().write(true).open(path).unwrap();
        file.seek(SeekFrom::End(-4)).unwrap();
        file.write_all(&1e9f32.to_le_bytes()).unwrap();
        let later = SystemTime::now() + Duration::from_secs(2);
        file.set_modified(later).unwrap();
    };
    let append = |path: &str| {
        let mut file = fs::OpenOptions::new().append(true).open(path).unwrap();
        file.write_all(&[0]).unwrap();
    };
    for after in [0, 1, 7] {
        for error in [
            changed(truncate(0), after),
            changed(truncate(300), after),
            changed(truncate(128 + 100 * 16 - 1), after),
            changed(overwrite, after),
            changed(append, after),
        ] {
            let error = error.expect("an error");
            assert!(
                matches!(error, DataError::Disk(DiskError::Changed { .. })),
                "{error}"
            );
        }
    }
}

#[test]
fn a_file_that_was_replaced_or_removed_is_still_the_old_one() {
    let replace = |path: &str| crate::write_npy(path, 1, 1, &[7.0]).unwrap();
    assert!(changed(replace, 2).is_none());
    #[cfg(unix)]
    assert!(changed(|path| fs::remove_file(path).unwrap(), 2).is_none());
}

#[test]
fn errors_are_those_in_memory() {
    let desk = Desk::new();
    let with = |name: &str, changes: &[(usize, f32)]| {
        let mut values = singles(30, 4);
        changes
            .iter()
            .for_each(|&(place, value)| values[place] = value);
        ReadOptions::new(desk.npy(name, 4, &values))
    };
    let doubles: Vec<u8> = [1.0, 2.0, 1e300, f64::NAN]
        .iter()
        .flat_map(|x| x.to_le_bytes())
        .collect();
    let doubles = ReadOptions::new(desk.write("d.npy", npy("<f8", 2, 2, &doubles)));
    let gap = with("gap.npy", &[(50, f32::NAN), (60, f32::INFINITY)]);
    let large = with("large.npy", &[(5, 3e38), (77, f32::INFINITY)]);
    let overflow = with("overflow.npy", &[(5, 3e38), (77, -3e38)]);
    let weights = with("weights.npy", &[(9, -1.0), (13, -2.0)]);
    let equal = ReadOptions::new(desk.npy("equal.npy", 2, &[1.0, 2.0, 3.0, 4.0]));
    for options in [
        doubles.clone(),
        gap.clone(),
        ReadOptions {
            missing: true,
            ..gap
        },
        ReadOptions {
            scale: Some(0.1),
            ..large
        },
        ReadOptions {
            scale: Some(0.1),
            ..overflow.clone()
        },
        ReadOptions {
            scale: Some(0.1),
            columns: vec!["2".into(), "4".into()],
            ..overflow
        },
        ReadOptions {
            weights: Some("2".into()),
            ..weights.clone()
        },
        ReadOptions {
            weights: Some("no such".into()),
            ..weights.clone()
        },
        ReadOptions {
            columns: vec!["5".into()],
            ..weights.clone()
        },
        ReadOptions {
            drop: vec!["1".into(), "2".into(), "3".into(), "4".into()],
            ..weights
        },
        ReadOptions {
            threshold: Some(9.0),
            ..equal.clone()
        },
        ReadOptions {
            scale: Some(f32::NAN),
            ..equal
        },
        ReadOptions::new(desk.path("absent.npy")),
        ReadOptions::new(desk.path("")),
        ReadOptions::new(""),
        ReadOptions::new(desk.write("empty.npy", "")),
        ReadOptions::new(desk.write("short.npy", npy("<f4", 2, 2, &[0; 15]))),
        ReadOptions::new(desk.write("long.npy", npy("<f4", 2, 2, &[0; 17]))),
        ReadOptions::new(desk.write("none.npy", npy("<f4", 0, 2, &[]))),
        ReadOptions::new(desk.write("narrow.npy", npy("<f4", 2, 0, &[]))),
        ReadOptions::new(desk.write("text.npy", npy("<U4", 2, 1, &[0; 32]))),
        ReadOptions::new(desk.write("claims.npy", npy("<f8", 1 << 40, 1 << 40, &[0; 32]))),
        ReadOptions::new(desk.write("cut.npy", &npy("<f4", 2, 2, &[0; 16])[..40])),
        ReadOptions::new(desk.write("labels", [0, 0, 8, 1, 0, 0, 0, 1, 5])),
        ReadOptions::new(desk.write("a.parquet", "PAR1")),
    ] {
        let found = options.open(&limited(10_000)).map(|data| data.rows.count());
        let expected = options.read().map(|data| data.table.rows());
        let text = |result: Result<usize, DataError>| result.map_err(|error| error.to_string());
        assert_eq!(text(found), text(expected), "{options:?}");
    }
}

#[test]
fn labels_are_those_in_memory() {
    let desk = Desk::new();
    let array = desk.npy("a.npy", 3, &singles(8, 3));
    let table = desk.write(
        "a.csv",
        "w,x,y\n1,2,a\n0,3,b\n2,2,b\n1,4,a\n1,2.5,a\n1,1,b\n3,1,a\n1,7,b\n",
    );
    let numbers = desk.write("n.txt", "2\n0\n1\n1\n0\n2\n0\n0\n");
    let words = desk.write("w.csv", "kind\nu\nv\nu\nu\nv\nv\nv\nu\n");
    let gaps = desk.write("g.txt", "1\n\"\"\n0\nNA\n0\n1\n0\n1\n");
    let short = desk.write("s.txt", "1\n0\n");
    for labels in [numbers, words, gaps, short] {
        let labels = Some(labels);
        for options in [
            ReadOptions {
                labels: labels.clone(),
                scale: Some(2.0),
                standardize: true,
                ..ReadOptions::new(&array)
            },
            ReadOptions {
                labels: labels.clone(),
                missing: true,
                ..ReadOptions::new(&array)
            },
            ReadOptions {
                labels: labels.clone(),
                missing: true,
                weights: Some("w".into()),
                schema: crate::SchemaSource::Infer,
                ..ReadOptions::new(&table)
            },
        ] {
            match (options.open(&limited(100_000)), options.read()) {
                (Ok(found), Ok(expected)) => {
                    assert_eq!(found.layout, expected.layout);
                    check_same_rows(&found.rows, &expected.table);
                    let parts = found.rows.split(0.4, 3).unwrap();
                    let expected = expected.table.split(0.4, 3).unwrap();
                    check_same_rows(&parts.0, &expected.0);
                    check_same_rows(&parts.1, &expected.1);
                }
                (Err(found), Err(expected)) => {
                    assert_eq!(found.to_string(), expected.to_string(), "{options:?}");
                }
                (found, expected) => panic!("{options:?}: {found:?} {expected:?}"),
            }
        }
    }
}

#[test]
fn what_is_read_only_into_memory_is_refused() {
    let desk = Desk::new();
    let mut fortran = npy("<f4", 2, 2, &[0; 16]);
    let place = fortran
        .windows(5)
        .position(|text| text == b"False")
        .unwrap();
    fortran[place..place + 5].copy_from_slice(b"True ");
    for options in [
        ReadOptions::new(desk.write("f.npy", fortran)),
        ReadOptions::new("builtin:digits?rows=3"),
    ] {
        let error = options.open(&limited(10_000)).unwrap_err();
        let expected = matches!(error, DataError::Disk(DiskError::InMemoryOnly { .. }));
        assert!(expected, "{error}");
    }
}

#[test]
fn no_damage_makes_it_panic() {
    let desk = Desk::new();
    let whole = npy("<f2", 3, 2, &[0, 60, 0, 61, 0, 62, 1, 60, 2, 61, 3, 62]);
    for at in 0..whole.len() {
        for value in [0, 1, 0x7f, 0xff, b'\'', b'(', b'9'] {
            let mut damaged = whole.clone();
            damaged[at] = value;
            let shorter = damaged[..at + 1].to_vec();
            for bytes in [damaged, shorter] {
                let options = ReadOptions::new(desk.write("a.npy", bytes));
                let data = options.open(&limited(1000));
                match (data, options.read()) {
                    (Ok(DiskDataset { rows, .. }), Ok(data)) => {
                        check_same_rows(&rows, &data.table);
                    }
                    (Err(error), Ok(_)) => assert!(matches!(error, DataError::Disk(_)), "{error}"),
                    (Err(error), Err(_)) => assert!(!error.to_string().contains('\n')),
                    (Ok(_), Err(error)) => panic!("{error}"),
                }
            }
        }
    }
}

#[test]
fn a_long_header_is_refused() {
    let desk = Desk::new();
    let text = format!("{{'descr': '<f4'{}}}", " ".repeat(1 << 17));
    let length = (text.len() as u32).to_le_bytes();
    let bytes = [&b"\x93NUMPY\x02\x00"[..], &length, text.as_bytes()].concat();
    let error = ReadOptions::new(desk.write("a.npy", bytes)).open(&limited(1000));
    let error = error.unwrap_err();
    assert!(
        matches!(error, DataError::Format(FormatError::BadHeader { .. })),
        "{error}"
    );
}
