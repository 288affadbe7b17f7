use std::path::{Path, PathBuf};

use super::*;
use crate::rows::{Order, Rows};
use crate::{DiskOptions, ReadOptions, Table, read, read_with_missing};

/// A file that h5py wrote: see `fixtures/make.py`.
fn fixture(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/read/hdf5/fixtures");
    folder.join(name)
}

/// The source of a data set of a file.
fn source(file: &str, dataset: &str) -> String {
    format!("{}{dataset}", fixture(file).display())
}

/// x[i, j] = 10 i + j, and `more`.
fn numbers(rows: usize, columns: usize, more: f32) -> Vec<f32> {
    let place = (0..rows).flat_map(|i| (0..columns).map(move |j| (i, j)));
    place.map(|(i, j)| (10 * i + j) as f32 + more).collect()
}

fn bits(rows: usize, columns: usize) -> Vec<f32> {
    let place = (0..rows).flat_map(|i| (0..columns).map(move |j| i + j));
    place.map(|sum| f32::from(u8::from(sum % 3 == 1))).collect()
}

fn options(source: &str) -> ReadOptions {
    ReadOptions {
        missing: true,
        ..ReadOptions::new(source)
    }
}

fn disk(memory: u64) -> DiskOptions {
    DiskOptions {
        memory,
        ..DiskOptions::default()
    }
}

/// The rows in memory, which are those on disk within little memory, too.
fn table(source: &str) -> Table {
    let table = read_with_missing(source).unwrap();
    for memory in [1 << 10, 1 << 20] {
        let opened = options(source).open(&disk(memory)).unwrap();
        let chunks = opened.rows.chunks(Order::Stored, 2);
        let values: Vec<f32> = chunks.flat_map(|chunk| chunk.unwrap().values).collect();
        let of = |values: &[f32]| -> Vec<u32> { values.iter().map(|x| x.to_bits()).collect() };
        assert_eq!(of(&values), of(table.values()), "{source}");
    }
    table
}

/// The error in memory, which is that on disk, too.
fn error(source: &str) -> String {
    let message = |error: DataError| error.to_string();
    let in_memory = read(source).map_err(message).unwrap_err();
    let on_disk = ReadOptions::new(source).open(&disk(1 << 30));
    assert_eq!(on_disk.map(|_| ()).map_err(message), Err(in_memory.clone()));
    assert!(!in_memory.contains('\n'));
    in_memory
}

#[test]
fn every_type_in_either_byte_order() {
    for order in ["little", "big"] {
        for kind in "f2 f4 f8 i1 i2 i4 i8 u1 u2 u4 u8".split(' ') {
            let more = if kind.starts_with('f') { 0.5 } else { 0.0 };
            let table = table(&source("types.h5", &format!(":/{order}/{kind}")));
            assert_eq!(table.values(), numbers(3, 2, more), "{order} {kind}");
        }
    }
    assert_eq!(table(&source("types.h5", ":/bool")).values(), bits(3, 2));
}

#[test]
fn every_layout_of_old_and_new_files() {
    for file in ["earliest.h5", "latest.h5"] {
        let table = |name: &str| table(&source(file, &format!(":/a/b/{name}")));
        for name in ["contiguous", "chunked", "gzip", "shuffle"] {
            assert_eq!(table(name).values(), numbers(7, 3, 0.5), "{file} {name}");
        }
        for name in ["longer", "larger", "one"] {
            assert_eq!(table(name).values(), numbers(7, 3, 0.0), "{file} {name}");
        }
        assert_eq!(table("bits").values(), bits(7, 3));
        let filled = [numbers(2, 3, 0.5), vec![9.0; 15]].concat();
        assert_eq!(table("part").values(), filled, "{file}");
    }
}

#[test]
fn the_only_table_needs_no_name() {
    for dataset in ["", ":/group/x", ":/group//x", ":/group/self/x"] {
        let table = table(&source("one.h5", dataset));
        assert_eq!(table.values(), numbers(7, 3, 0.5), "{dataset}");
    }
}

#[test]
fn other_dimensions_are_as_in_numpy_files() {
    let images = table(&source("other.h5", ":/images"));
    assert_eq!(images.image().map(|i| (i.height, i.width)), Some((2, 3)));
    for (dataset, found) in [
        (":/vector", "has 1 dimensions [4]"),
        (":/scalar", "has 0 dimensions"),
        (":/no rows", "no rows"),
        (":/no columns", "no columns"),
    ] {
        let message = error(&source("other.h5", dataset));
        assert!(message.contains(found), "{message}");
        assert!(message.contains(&format!("other.h5{dataset}")), "{message}");
    }
}

#[test]
fn labels_are_vectors() {
    let labels = crate::read_labels(&source("one.h5", ":/labels")).unwrap();
    assert_eq!(labels, [0, 1, 0, 1, 0, 1, 0]);
    let labels = crate::read_labels(&source("one.h5", ":/group/same")).unwrap();
    assert_eq!(labels.len(), 7);
}

#[test]
fn missing_and_infinite_values_are_named() {
    let gap = source("other.h5", ":/gap");
    let message = error(&gap);
    assert!(
        message.contains("other.h5:/gap: row 2, column 2: the value is missing"),
        "{message}"
    );
    assert!(table(&gap).row(1)[1].is_nan());
    for (dataset, place) in [
        (":/infinite", "row 2, column 1"),
        (":/large", "row 1, column 2"),
    ] {
        let message = error(&source("other.h5", dataset));
        let expected = format!("other.h5{dataset}: {place}");
        assert!(message.contains(&expected), "{message}");
    }
}

#[test]
fn which_data_set_is_asked_where_there_are_several() {
    let message = error(&source("several.h5", ""));
    assert!(message.contains("\"/table 0\", \"/table 1\""), "{message}");
    assert!(message.contains("(12 in all)"), "{message}");
    let message = error(&source("several.h5", ":/no"));
    assert!(message.contains("no data set \"/no\""), "{message}");
    let message = error(&source("types.h5", ":/little"));
    assert!(message.contains("no data set \"/little\""), "{message}");
}

#[test]
fn refuses_types_that_are_no_numbers() {
    for (name, kind) in [
        ("text", "variable length"),
        ("pairs", "compound"),
        ("complex", "compound"),
        ("colours", "enumeration"),
        ("brain", "float of 2 bytes"),
        ("short", "integer of 4 bytes"),
    ] {
        let message = error(&source("other.h5", &format!(":/{name}")));
        assert!(message.contains(kind), "{message}");
        assert!(message.contains("astype"), "{message}");
    }
}

#[test]
fn refuses_other_compressions_with_a_remedy() {
    let message = error(&source("other.h5", ":/lzf"));
    assert!(message.contains("compression=\"gzip\""), "{message}");
}

#[test]
fn refuses_what_claims_far_more_than_the_file_has() {
    for name in ["sparse", "wide"] {
        let message = error(&source("other.h5", &format!(":/{name}")));
        assert!(message.contains("expands from"), "{message}");
    }
}

/// A file must not make another one be read.
#[test]
fn refuses_data_of_other_files() {
    for (name, reason) in [
        (":/link", "no data set \"/link\""),
        (":/outside", "'raw.bin' could not be resolved"),
        (":/virtual", "copy them to a new file with h5py"),
        // A group with a virtual data set cannot be listed.
        ("", "copy them to a new file with h5py"),
    ] {
        let message = error(&source("other.h5", name));
        assert!(message.contains(reason), "{message}");
    }
}

#[test]
fn refuses_files_that_are_cut() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["one.h5", "latest.h5"] {
        let bytes = std::fs::read(fixture(name)).unwrap();
        let path = folder.path().join(name);
        for length in [9, 100, bytes.len() / 2, bytes.len() - 1] {
            std::fs::write(&path, &bytes[..length]).unwrap();
            error(path.to_str().unwrap());
        }
    }
    let path = folder.path().join("a.h5");
    std::fs::write(&path, "a,b\n1,2\n").unwrap();
    let message = error(path.to_str().unwrap());
    assert!(message.contains("not a valid HDF5 file"), "{message}");
}

#[test]
fn chunks_that_memory_does_not_hold_are_refused_on_disk() {
    let opened = options(&source("earliest.h5", ":/a/b/shuffle")).open(&disk(256));
    let message = opened.map(|_| ()).unwrap_err().to_string();
    assert!(message.contains("a memory limit of 256 bytes"), "{message}");
}

/// Parts of one row, of chunks of four rows.
#[test]
fn a_chunk_of_several_parts_is_decompressed_once() {
    let source = source("earliest.h5", ":/a/b/bits");
    let bytes = std::fs::read(fixture("earliest.h5")).unwrap();
    let hdf5 = Hdf5::of(&source, Source::memory(bytes), 100).unwrap();
    assert_eq!(hdf5.rows, 1);
    let mut count = 0;
    hdf5.each(&mut |part| {
        count += part.len();
        Ok(())
    })
    .unwrap();
    assert_eq!((count, hdf5.dataset.chunk_cache_stats().misses), (21, 2));
}

#[test]
fn compressed_files_are_read_into_memory() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.h5.zst");
    let bytes = std::fs::read(fixture("one.h5")).unwrap();
    std::fs::write(&path, zstd::encode_all(&bytes[..], 3).unwrap()).unwrap();
    let source = path.to_str().unwrap();
    assert_eq!(read(source).unwrap().values(), numbers(7, 3, 0.5));
    let message = options(source).open(&disk(1 << 20)).map(|_| ());
    let message = message.unwrap_err().to_string();
    assert!(message.contains("decompress it"), "{message}");
}

#[test]
fn several_files_are_one_set() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["1.h5", "2.h5"] {
        std::fs::copy(fixture("one.h5"), folder.path().join(name)).unwrap();
    }
    let twice = [numbers(7, 3, 0.5), numbers(7, 3, 0.5)].concat();
    for end in ["", "/*.h5", "/*.h5:/group/x"] {
        let source = format!("{}{end}", folder.path().display());
        assert_eq!(table(&source).values(), twice, "{end}");
    }
}

#[test]
fn columns_that_are_left_out_are_carried_through() {
    use crate::Carried;
    let options = ReadOptions {
        drop: vec!["2".into()],
        ..options(&source("earliest.h5", ":/a/b/shuffle"))
    };
    let data = options.read().unwrap();
    let limit = DiskOptions {
        carried: true,
        ..disk(1 << 20)
    };
    let opened = options.open(&limit).unwrap();
    assert_eq!(data.carried.columns(), [("2", 1)]);
    assert_eq!(opened.carried.columns(), data.carried.columns());
    let cells = |carried: &dyn Carried| -> Vec<Vec<String>> {
        carried.rows().map(|cells| cells.unwrap()).collect()
    };
    assert_eq!(cells(&opened.carried), cells(&data.carried));
    assert_eq!(data.carried.count(), data.table.rows());
}
