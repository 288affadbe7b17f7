//! Files in memory, for pickles.

use std::path::Path;

use tempfile::TempDir;

use crate::fault::Fault;

/// The bytes of a file that is written.
pub(crate) fn written(write: impl FnOnce(&Path) -> Result<(), Fault>) -> Result<Vec<u8>, Fault> {
    let folder = TempDir::new()?;
    let path = folder.path().join("paysage.safetensors");
    write(&path)?;
    Ok(std::fs::read(&path)?)
}

/// What is read of the bytes of a file.
pub(crate) fn read<T>(
    bytes: &[u8],
    read: impl FnOnce(&Path) -> Result<T, Fault>,
) -> Result<T, Fault> {
    let folder = TempDir::new()?;
    let path = folder.path().join("paysage.safetensors");
    std::fs::write(&path, bytes)?;
    read(&path)
}
