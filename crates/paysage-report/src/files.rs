//! Atomic writes.

use std::path::Path;

use paysage_data::replace_file;

use crate::ReportError;

/// Writes `bytes` to a temporary file next to `path`, syncs it and renames it.
pub(crate) fn write_atomically(path: &Path, bytes: &[u8]) -> Result<(), ReportError> {
    replace_file(path, |out| out.write_all(bytes)).map_err(|source| ReportError::Write {
        path: path.into(),
        source,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_folder_is_an_error_that_names_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("nowhere/a.txt");
        let message = write_atomically(&path, b"").unwrap_err().to_string();
        assert!(
            message.contains("nowhere/a.txt") && message.contains("folder"),
            "{message}"
        );
    }
}
