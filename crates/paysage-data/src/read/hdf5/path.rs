//! A data set in a file: `file.h5:/group/name`.

use std::path::Path;

/// What stands between the file and the data set, whose name begins with the slash; in small or capital letters.
const ENDINGS: [&str; 6] = [
    ".h5:/",
    ".hdf5:/",
    ".h5.gz:/",
    ".hdf5.gz:/",
    ".h5.zst:/",
    ".hdf5.zst:/",
];

/// The file of a source, and the data set in it where the source names one.
pub(crate) fn split(source: &str) -> (&str, Option<&str>) {
    let small = source.to_ascii_lowercase();
    let ends = ENDINGS.iter().filter_map(|ending| {
        let start = small.find(ending)?;
        Some(start + ending.len() - ":/".len())
    });
    match ends.min() {
        Some(end) if !Path::new(source).exists() => (&source[..end], Some(&source[end + 1..])),
        _ => (source, None),
    }
}

/// The file of a source.
pub(crate) fn path(source: &str) -> &Path {
    Path::new(split(source).0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_data_set_follows_the_ending_of_its_file() {
        for (source, file, dataset) in [
            ("a.h5:/x", "a.h5", Some("/x")),
            ("b/a.hdf5:/g/x", "b/a.hdf5", Some("/g/x")),
            ("a.h5:/b.hdf5:/x", "a.h5", Some("/b.hdf5:/x")),
            ("a.h5:/", "a.h5", Some("/")),
            ("A.H5:/X", "A.H5", Some("/X")),
            ("a.h5.gz:/x", "a.h5.gz", Some("/x")),
            ("a.hdf5.zst:/x", "a.hdf5.zst", Some("/x")),
            ("a.h5", "a.h5", None),
            ("a.h5:x", "a.h5:x", None),
            ("a.csv:/x", "a.csv:/x", None),
            ("", "", None),
        ] {
            assert_eq!(split(source), (file, dataset), "{source}");
        }
    }

    #[test]
    fn a_file_of_that_name_is_no_data_set() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("a.h5:")).unwrap();
        let file = folder.path().join("a.h5:/x");
        std::fs::write(&file, "1\n").unwrap();
        let source = file.to_str().unwrap();
        assert_eq!(split(source), (source, None));
    }
}
