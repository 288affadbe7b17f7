//! Headers that claim more than memory holds.

#![allow(clippy::unwrap_used)]

mod desk;

use desk::{Desk, npy, packed};
use paysage_data::{DataError, DiskOptions, FormatError, ReadOptions};
use peak_alloc::PeakAlloc;

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

fn idx(extents: &[u32], values: &[u8]) -> Vec<u8> {
    let head = [0, 0, 8, extents.len() as u8];
    let extents: Vec<u8> = extents.iter().flat_map(|x| x.to_be_bytes()).collect();
    [&head[..], &extents, values].concat()
}

/// The error of reading a file into memory, and from disk within the default limit of 1 GiB; it takes little
/// memory.
fn refused(options: &ReadOptions) -> [DataError; 2] {
    MEMORY.reset_peak_usage();
    let before = MEMORY.current_usage();
    let errors = [
        options.read().map(|_| ()).unwrap_err(),
        options
            .open(&DiskOptions::default())
            .map(|_| ())
            .unwrap_err(),
    ];
    let used = MEMORY.peak_usage().saturating_sub(before);
    assert!(used < 4 << 20, "{used} bytes of memory for {options:?}");
    for error in &errors {
        assert!(!error.to_string().contains('\n'), "{error}");
    }
    errors
}

/// One test, because memory is measured for the whole process.
#[test]
fn headers_that_claim_too_much_take_no_memory() {
    let desk = Desk::new();
    for (name, bytes) in [
        ("rows.npy", npy("(1000000000000, 4)", &[0; 100])),
        ("columns.npy", npy("(2, 1000000000000)", &[0; 100])),
        ("wide.npy", npy("(2, 100000000)", &[0; 100])),
        ("images.npy", npy("(2, 4294967296, 4294967296)", &[0; 100])),
        ("rows-idx3-ubyte", idx(&[u32::MAX, 28, 28], &[0; 100])),
        ("columns-idx3-ubyte", idx(&[2, 10_000, 10_000], &[0; 100])),
        ("images-idx3-ubyte", idx(&[u32::MAX; 3], &[0; 100])),
    ] {
        for error in refused(&desk.write(name, &bytes)) {
            let is_truncated = matches!(&error, DataError::Format(FormatError::Truncated { .. }));
            assert!(is_truncated, "{error}");
        }
        refused(&desk.write(&format!("{name}.gz"), packed(&bytes)));
    }
}
