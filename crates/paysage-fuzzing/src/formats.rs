//! The formats of data.

use crate::{archive, arrays, columns, hdf5, read_arrays, read_columns, read_text, texts};

/// A format of data.
#[derive(Clone, Copy, Debug)]
pub struct Format {
    /// Its name: that of its fuzz target.
    pub name: &'static str,
    /// Small valid files.
    pub seeds: fn() -> Vec<Vec<u8>>,
    /// Reads bytes as a file of the format; whether they were accepted.
    ///
    /// # Panics
    ///
    /// When the reader breaks its law.
    pub read: fn(&[u8]) -> bool,
    /// The most bytes that are allocated at a time for an empty file.
    pub memory: usize,
    /// The most bytes that are allocated at a time for each byte of a file.
    pub memory_per_byte: usize,
}

/// Buffers of a reader.
const BUFFERS: usize = 1 << 20;
/// A cell of one or two bytes is a value, a record and a position; a letter of a sequence has 21 states.
const PER_BYTE: usize = 1 << 10;
/// Deflate expands a byte to at most 1,032.
const PER_PACKED_BYTE: usize = 1032 * PER_BYTE;

/// Zstandard repeats a byte 131,072 times in a block of 4 bytes.
const PER_ZSTD_BYTE: usize = 128 << 10 << 8;
/// A page or a message is decompressed to at most 16 MiB whatever its ratio is.
const PAGES: usize = 64 << 20;

/// Values that are not stored are filled with one value: at most 4 MiB of bytes whatever the length of the file
/// is, 4 bytes each in every copy of them.
const FILLED: usize = 64 << 20;

/// All formats.
pub const FORMATS: &[Format] = &[
    Format {
        name: "csv",
        seeds: texts::csv,
        read: read_text::csv,
        memory: BUFFERS,
        memory_per_byte: PER_BYTE,
    },
    Format {
        name: "tsv",
        seeds: texts::tsv,
        read: read_text::tsv,
        memory: BUFFERS,
        memory_per_byte: PER_BYTE,
    },
    Format {
        name: "csv_gz",
        seeds: texts::csv_gz,
        read: read_text::csv_gz,
        memory: BUFFERS,
        memory_per_byte: PER_PACKED_BYTE,
    },
    Format {
        name: "csv_in_gz",
        seeds: texts::csv,
        read: read_text::csv_in_gz,
        memory: BUFFERS,
        memory_per_byte: PER_BYTE,
    },
    Format {
        name: "csv_zst",
        seeds: texts::csv_zst,
        read: read_text::csv_zst,
        memory: BUFFERS,
        memory_per_byte: PER_ZSTD_BYTE,
    },
    Format {
        name: "mixed",
        seeds: texts::mixed,
        read: read_text::mixed,
        memory: BUFFERS,
        memory_per_byte: PER_BYTE,
    },
    Format {
        name: "fasta",
        seeds: texts::fasta,
        read: read_text::fasta,
        memory: BUFFERS,
        memory_per_byte: PER_BYTE,
    },
    Format {
        name: "fasta_gz",
        seeds: texts::fasta_gz,
        read: read_text::fasta_gz,
        memory: BUFFERS,
        memory_per_byte: PER_PACKED_BYTE,
    },
    Format {
        name: "schema",
        seeds: texts::schemas,
        read: read_text::schema,
        memory: BUFFERS,
        memory_per_byte: PER_BYTE,
    },
    Format {
        name: "layout",
        seeds: texts::layouts,
        read: read_text::layout,
        // The layout of a model file states a number of units of 4 bytes that is limited by the data alone.
        memory: BUFFERS,
        memory_per_byte: PER_BYTE,
    },
    Format {
        name: "weights",
        seeds: texts::weights,
        read: read_text::weights,
        memory: BUFFERS,
        memory_per_byte: PER_BYTE,
    },
    Format {
        name: "labels",
        seeds: texts::labels,
        read: read_text::labels,
        // Up to 100,001 classes: their names and a unit of each for four rows.
        memory: 64 << 20,
        memory_per_byte: PER_BYTE,
    },
    Format {
        name: "npy",
        seeds: arrays::npy,
        read: read_arrays::npy,
        memory: 4 << 20,
        memory_per_byte: PER_BYTE,
    },
    Format {
        name: "npy_in_gz",
        seeds: arrays::npy,
        read: read_arrays::npy_in_gz,
        memory: 4 << 20,
        memory_per_byte: PER_BYTE,
    },
    Format {
        name: "npy_gz",
        seeds: arrays::npy_gz,
        read: read_arrays::npy_gz,
        memory: 4 << 20,
        memory_per_byte: PER_PACKED_BYTE,
    },
    Format {
        name: "npz",
        seeds: archive::npz,
        read: read_arrays::npz,
        memory: BUFFERS,
        memory_per_byte: PER_PACKED_BYTE,
    },
    Format {
        name: "idx",
        seeds: arrays::idx,
        read: read_arrays::idx,
        memory: 4 << 20,
        memory_per_byte: PER_BYTE,
    },
    Format {
        name: "idx_in_gz",
        seeds: arrays::idx,
        read: read_arrays::idx_in_gz,
        memory: 4 << 20,
        memory_per_byte: PER_BYTE,
    },
    Format {
        name: "idx_gz",
        seeds: arrays::idx_gz,
        read: read_arrays::idx_gz,
        memory: 4 << 20,
        memory_per_byte: PER_PACKED_BYTE,
    },
    Format {
        name: "parquet",
        seeds: columns::parquet,
        read: read_columns::parquet,
        memory: PAGES,
        memory_per_byte: PER_BYTE,
    },
    Format {
        name: "arrow",
        seeds: columns::arrow,
        read: read_columns::arrow,
        memory: PAGES,
        memory_per_byte: PER_BYTE,
    },
    Format {
        name: "hdf5",
        seeds: hdf5::hdf5,
        read: read_arrays::hdf5,
        memory: FILLED,
        memory_per_byte: PER_BYTE,
    },
];

/// The format of this name.
#[must_use]
pub fn format(name: &str) -> Option<&'static Format> {
    FORMATS.iter().find(|format| format.name == name)
}
