//! Bytes read as arrays.

use paysage_data::{ReadOptions, read, read_with_missing};

use crate::file::{packed, with_file};
use crate::laws::{accepted, check_on_disk, check_table};

/// Reads a file into memory and from disk.
fn array(name: &str, bytes: &[u8]) -> bool {
    with_file(name, bytes, |path| {
        let table = accepted(read(path));
        if let Some(table) = &table {
            check_table(table);
            assert!(table.is_complete());
        }
        if let Some(table) = accepted(read_with_missing(path)) {
            check_table(&table);
        }
        for missing in [false, true] {
            check_on_disk(&ReadOptions {
                missing,
                ..ReadOptions::new(path)
            });
        }
        // Some columns, with a preparation and weights.
        check_on_disk(&ReadOptions {
            drop: vec!["1".into()],
            threshold: Some(0.5),
            ..ReadOptions::new(path)
        });
        check_on_disk(&ReadOptions {
            weights: Some("1".into()),
            standardize: true,
            ..ReadOptions::new(path)
        });
        table.is_some()
    })
}

pub(crate) fn npy(bytes: &[u8]) -> bool {
    array("a.npy", bytes)
}

/// The array compressed.
pub(crate) fn npy_in_gz(bytes: &[u8]) -> bool {
    array("a.npy.gz", &packed(bytes))
}

pub(crate) fn npy_gz(bytes: &[u8]) -> bool {
    array("a.npy.gz", bytes)
}

pub(crate) fn idx(bytes: &[u8]) -> bool {
    array("a-idx3-ubyte", bytes)
}

/// The images compressed.
pub(crate) fn idx_in_gz(bytes: &[u8]) -> bool {
    array("a-idx3-ubyte.gz", &packed(bytes))
}

pub(crate) fn idx_gz(bytes: &[u8]) -> bool {
    array("a-idx3-ubyte.gz", bytes)
}

/// The only table, and the data set that is named `x`.
pub(crate) fn hdf5(bytes: &[u8]) -> bool {
    let only = array("a.h5", bytes);
    let named = with_file("b.h5", bytes, |path| {
        check_on_disk(&ReadOptions::new(format!("{path}:/x")))
    });
    only || named
}

/// The only array of an archive, and the one that is named `x`.
pub(crate) fn npz(bytes: &[u8]) -> bool {
    with_file("a.npz", bytes, |path| {
        let only = accepted(read_with_missing(path));
        let named = ReadOptions {
            array: Some("x".into()),
            missing: true,
            ..ReadOptions::new(path)
        };
        check_on_disk(&named);
        let named = accepted(named.read()).map(|data| data.table);
        for table in only.iter().chain(&named) {
            check_table(table);
        }
        only.is_some() || named.is_some()
    })
}
