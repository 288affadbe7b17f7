//! Files of bytes.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use tempfile::TempDir;

thread_local! {
    static FOLDER: TempDir = tempfile::tempdir().expect("a folder of temporary files");
}

/// Writes the bytes to a file of this name, replacing the last one, and does something with its path.
pub(crate) fn with_file<T>(name: &str, bytes: &[u8], work: impl FnOnce(&str) -> T) -> T {
    let path = FOLDER.with(|folder| folder.path().join(name));
    // A new file: a file system may wait for the disk when an old one is truncated.
    let _ = std::fs::remove_file(&path);
    std::fs::write(&path, bytes).expect("a temporary file");
    work(path.to_str().expect("a path of UTF-8"))
}

/// The bytes compressed with gzip.
pub(crate) fn packed(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    let written = encoder.write_all(bytes).and_then(|()| encoder.finish());
    written.expect("writing to memory")
}

/// All of them compressed with gzip.
pub(crate) fn all_packed(files: Vec<Vec<u8>>) -> Vec<Vec<u8>> {
    files.iter().map(|bytes| packed(bytes)).collect()
}
