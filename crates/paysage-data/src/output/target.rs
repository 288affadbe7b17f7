//! The file or device behind the path of an output.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::OutputError;

/// Links that are followed before a path is refused, as on Linux.
const MOST_LINKS: usize = 40;

/// Where the bytes of an output go.
#[derive(Debug, PartialEq)]
pub(super) enum Target {
    /// A regular file, or none yet: it is replaced as a whole.
    File(PathBuf),
    /// A FIFO or a character device: it is opened and written.
    Through(PathBuf),
    /// The standard output of this process.
    Stdout,
}

impl Target {
    /// Follows symbolic links to the file or device.
    pub(super) fn of(path: &Path) -> Result<Self, OutputError> {
        let name = || path.display().to_string();
        let mut place = path.to_path_buf();
        for _ in 0..MOST_LINKS {
            if ["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"]
                .iter()
                .any(|stdout| place == Path::new(stdout))
            {
                return Ok(Self::Stdout);
            }
            let Ok(found) = fs::symlink_metadata(&place) else {
                // Nothing there yet, or nothing to see: writing says what is wrong.
                return Ok(Self::File(place));
            };
            let kind = found.file_type();
            if !kind.is_symlink() {
                return Self::of_kind(kind, place).map_err(|refusal| refusal.named(name()));
            }
            // Links of open files lead nowhere by name.
            if place.starts_with("/proc") {
                return Ok(Self::Through(place));
            }
            let Ok(next) = fs::read_link(&place) else {
                return Ok(Self::File(place));
            };
            place = match place.parent() {
                Some(folder) => folder.join(next),
                None => next,
            };
        }
        Err(OutputError::Links { path: name() })
    }

    fn of_kind(kind: fs::FileType, place: PathBuf) -> Result<Self, Refusal> {
        if kind.is_file() {
            return Ok(Self::File(place));
        }
        if kind.is_dir() {
            return Err(Refusal::Folder);
        }
        #[cfg(unix)]
        {
            use std::os::unix::fs::FileTypeExt;
            if kind.is_fifo() || kind.is_char_device() {
                return Ok(Self::Through(place));
            }
            if kind.is_socket() {
                return Err(Refusal::Special("socket"));
            }
        }
        Err(Refusal::Special("block device"))
    }
}

/// Why something that exists is no output.
enum Refusal {
    Folder,
    Special(&'static str),
}

impl Refusal {
    fn named(self, path: String) -> OutputError {
        match self {
            Self::Folder => OutputError::IsFolder { path },
            Self::Special(kind) => OutputError::Special { path, kind },
        }
    }
}

impl From<OutputError> for io::Error {
    fn from(error: OutputError) -> Self {
        Self::new(io::ErrorKind::InvalidInput, error)
    }
}

/// The folder of a file.
pub(super) fn folder(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    }
}
