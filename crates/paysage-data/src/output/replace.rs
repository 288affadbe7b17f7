//! Files that appear whole or not at all.

use std::fs;
use std::io::{self, BufWriter, IntoInnerError, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use super::stale::{prefix, remove_stale_once};
use super::target::{Target, folder};

/// Writes a file so that a crash or a full disk leaves the old file or the new one.
///
/// The bytes go to a temporary file in the same folder, which is synced and then renamed. A
/// symbolic link is followed: the file that it points to is replaced, and the link stays. A FIFO
/// or a character device such as `/dev/stdout` is opened and written. Folders, block devices and
/// sockets are refused.
///
/// Temporary files of killed processes in the folder are removed: see
/// [`remove_stale`](crate::remove_stale).
///
/// # Errors
///
/// The error of the operating system, or of `fill`; a regular file is then untouched.
///
/// ```
/// use std::io::Write;
///
/// let folder = tempfile::tempdir()?;
/// let path = folder.path().join("a.txt");
/// paysage_data::replace_file(&path, |out| out.write_all(b"whole"))?;
/// assert_eq!(std::fs::read(&path)?, b"whole");
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn replace_file(
    path: &Path,
    fill: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> io::Result<()> {
    let mut file = NewFile::create(path)?;
    fill(&mut file)?;
    file.finish()
}

/// A file that is being written, and has its name once it is whole: [`replace_file`] step by step. Where
/// it is dropped before, nothing of it stays.
pub(super) enum NewFile {
    /// A temporary file, and the name that it will have.
    File(BufWriter<NamedTempFile>, PathBuf),
    /// A FIFO or a character device.
    Through(BufWriter<fs::File>),
    /// The standard output.
    Stdout(BufWriter<io::Stdout>),
}

impl NewFile {
    pub(super) fn create(path: &Path) -> io::Result<Self> {
        Ok(match Target::of(path)? {
            Target::File(path) => Self::File(BufWriter::new(temporary(folder(&path))?), path),
            Target::Through(path) => {
                let out = fs::OpenOptions::new().write(true).open(path)?;
                Self::Through(BufWriter::new(out))
            }
            Target::Stdout => Self::Stdout(BufWriter::new(io::stdout())),
        })
    }

    /// Gives the file its name.
    pub(super) fn finish(self) -> io::Result<()> {
        match self {
            Self::File(out, path) => {
                let file = out.into_inner().map_err(IntoInnerError::into_error)?;
                file.as_file().sync_all()?;
                file.persist(&path)?;
                // The new name outlives a crash only once the folder is synced, too.
                #[cfg(unix)]
                fs::File::open(folder(&path))?.sync_all()?;
                Ok(())
            }
            Self::Through(mut out) => out.flush(),
            Self::Stdout(mut out) => out.flush(),
        }
    }

    fn out(&mut self) -> &mut dyn Write {
        match self {
            Self::File(out, _) => out,
            Self::Through(out) => out,
            Self::Stdout(out) => out,
        }
    }
}

impl Write for NewFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.out().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out().flush()
    }
}

/// A temporary file in a folder.
fn temporary(folder: &Path) -> io::Result<NamedTempFile> {
    remove_stale_once(folder);
    let prefix = prefix();
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    {
        // The mode of any new file, less the umask: temporary files are private otherwise.
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    builder.prefix(&prefix).tempfile_in(folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_half_way_leaves_the_old_file_and_no_other() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.txt");
        replace_file(&path, |out| out.write_all(b"old")).unwrap();
        let failed = replace_file(&path, |out| {
            out.write_all(b"half of the new")?;
            Err(io::Error::other("the disk is full"))
        });
        assert!(failed.is_err());
        assert_eq!(fs::read(&path).unwrap(), b"old");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_folder_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let error = replace_file(folder.path(), |_| Ok(())).unwrap_err();
        assert!(error.to_string().contains("is a folder"), "{error}");
    }

    #[cfg(unix)]
    mod unix {
        use super::*;
        use std::os::unix::fs::{PermissionsExt, symlink};
        use std::os::unix::net::UnixListener;

        #[test]
        fn files_have_the_mode_of_any_new_file() {
            let folder = tempfile::tempdir().unwrap();
            let (ours, other) = (folder.path().join("ours"), folder.path().join("other"));
            replace_file(&ours, |out| out.write_all(b"x")).unwrap();
            fs::write(&other, b"x").unwrap();
            let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode();
            assert_eq!(mode(&ours), mode(&other));
        }

        #[test]
        fn symbolic_links_stay_and_their_files_are_replaced() {
            let folder = tempfile::tempdir().unwrap();
            let path = |name: &str| folder.path().join(name);
            fs::create_dir(path("real")).unwrap();
            // A chain of links, the last of which points to no file yet.
            symlink("second", path("first")).unwrap();
            symlink("real/s.npy", path("second")).unwrap();
            for content in ["new", "newer"] {
                replace_file(&path("first"), |out| out.write_all(content.as_bytes())).unwrap();
                assert_eq!(fs::read_to_string(path("real/s.npy")).unwrap(), content);
            }
            for link in ["first", "second"] {
                assert!(fs::symlink_metadata(path(link)).unwrap().is_symlink());
            }
            assert_eq!(fs::read_dir(path("real")).unwrap().count(), 1);

            symlink("loop", path("loop")).unwrap();
            let error = replace_file(&path("loop"), |_| Ok(())).unwrap_err();
            assert!(error.to_string().contains("symbolic links"), "{error}");
        }

        #[test]
        fn a_fifo_is_written_and_stays() {
            let folder = tempfile::tempdir().unwrap();
            let pipe = folder.path().join("pipe");
            let made = std::process::Command::new("mkfifo").arg(&pipe).status();
            if !made.is_ok_and(|status| status.success()) {
                return;
            }
            let link = folder.path().join("link");
            symlink("pipe", &link).unwrap();
            for path in [&pipe, &link] {
                let reader = {
                    let pipe = pipe.clone();
                    std::thread::spawn(move || fs::read(pipe).unwrap())
                };
                replace_file(path, |out| out.write_all(b"through")).unwrap();
                assert_eq!(reader.join().unwrap(), b"through");
            }
            use std::os::unix::fs::FileTypeExt;
            assert!(fs::symlink_metadata(&pipe).unwrap().file_type().is_fifo());
            assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
            assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
        }

        #[test]
        fn a_socket_is_refused_and_stays() {
            use std::os::unix::fs::FileTypeExt;
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("socket");
            let _listener = UnixListener::bind(&path).unwrap();
            let error = replace_file(&path, |_| Ok(())).unwrap_err();
            assert!(error.to_string().contains("is a socket"), "{error}");
            assert!(fs::metadata(&path).unwrap().file_type().is_socket());
        }
    }
}
