//! Files that appear whole or not at all.

use std::fs;
use std::io::{self, BufWriter, Write};
use std::path::Path;

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
    match Target::of(path)? {
        Target::File(path) => replace(&path, fill),
        Target::Through(path) => {
            let out = fs::OpenOptions::new().write(true).open(path)?;
            fill_buffered(out, fill)
        }
        Target::Stdout => fill_buffered(io::stdout().lock(), fill),
    }
}

fn fill_buffered(
    out: impl Write,
    fill: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> io::Result<()> {
    let mut out = BufWriter::new(out);
    fill(&mut out)?;
    out.flush()
}

fn replace(path: &Path, fill: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    let folder = folder(path);
    remove_stale_once(folder);
    let prefix = prefix();
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    {
        // The mode of any new file, less the umask: temporary files are private otherwise.
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    let mut file = builder.prefix(&prefix).tempfile_in(folder)?;
    fill(file.as_file_mut())?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    // The new name outlives a crash only once the folder is synced, too.
    #[cfg(unix)]
    fs::File::open(folder)?.sync_all()?;
    Ok(())
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
