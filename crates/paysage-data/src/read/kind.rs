//! The format of a file.

use std::borrow::Cow;
use std::path::Path;

use super::columnar::is_arrow;
use super::{hdf5, idx, npy_header, npz};
use crate::alignment::is_fasta;
use crate::error::{DataError, FORMATS, FormatError};

/// Formats that are read.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Kind {
    Npy,
    Npz,
    Idx,
    Text,
    Fasta,
    Parquet,
    /// Arrow IPC, as a file or as a stream.
    Arrow,
    Hdf5,
}

/// Endings of the names of alignments.
pub(crate) const FASTA_ENDINGS: [&str; 9] = [
    "fasta", "fas", "fa", "faa", "fna", "afa", "mfa", "a2m", "a3m",
];

/// The name of a file without the ending of its compression.
pub(super) fn without_compression(name: &str) -> &str {
    let gzip = name.strip_suffix(".gz");
    gzip.or_else(|| name.strip_suffix(".zst")).unwrap_or(name)
}

/// The format of a file: from its content, or else from the ending of its name.
pub(super) fn kind(file: &str, bytes: &[u8]) -> Result<Kind, DataError> {
    if bytes.starts_with(npy_header::MAGIC) {
        return Ok(Kind::Npy);
    }
    if npz::is_magic(bytes) {
        return Ok(Kind::Npz);
    }
    if idx::is_magic(bytes) {
        return Ok(Kind::Idx);
    }
    if bytes.starts_with(hdf5::MAGIC) {
        return Ok(Kind::Hdf5);
    }
    let name = hdf5::path(file)
        .file_name()
        .map_or(Cow::Borrowed(""), |name| name.to_string_lossy());
    let name = name.to_ascii_lowercase();
    let name = without_compression(&name);
    let ending = Path::new(name)
        .extension()
        .and_then(|ending| ending.to_str());
    // A header of a text may begin like another format.
    let is_text = matches!(ending, Some("csv" | "tsv")) && !bytes.contains(&0);
    if bytes.starts_with(b"PAR1") && !is_text {
        return Ok(Kind::Parquet);
    }
    if is_arrow(bytes) && !is_text {
        return Ok(Kind::Arrow);
    }
    let unknown = |advice| {
        DataError::Format(FormatError::UnknownFormat {
            file: file.into(),
            advice,
        })
    };
    match ending {
        _ if bytes.starts_with(b"FEA1") => Err(unknown(
            "it is a Feather V1 file; write it again with pyarrow.feather.write_feather",
        )),
        Some("npy") => Ok(Kind::Npy),
        Some("npz") => Ok(Kind::Npz),
        Some("parquet" | "pq") => Ok(Kind::Parquet),
        Some("arrow" | "arrows" | "feather" | "ipc") => Ok(Kind::Arrow),
        Some("h5" | "hdf5") => Ok(Kind::Hdf5),
        Some("csv" | "tsv") => Ok(Kind::Text),
        Some(ending) if FASTA_ENDINGS.contains(&ending) => Ok(Kind::Fasta),
        _ if is_fasta(bytes) => Ok(Kind::Fasta),
        Some("txt") => Ok(Kind::Text),
        _ if ["idx1-ubyte", "idx3-ubyte", ".idx"]
            .iter()
            .any(|end| name.ends_with(end)) =>
        {
            Ok(Kind::Idx)
        }
        // A pipe, or a name without an ending.
        None if std::str::from_utf8(bytes).is_ok() && !bytes.contains(&0) => Ok(Kind::Text),
        _ => Err(unknown(FORMATS)),
    }
}
