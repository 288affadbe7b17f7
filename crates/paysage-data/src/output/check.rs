//! Checks of outputs before work starts.

use std::path::{Path, PathBuf};

use super::OutputError;
use super::target::{Target, folder};
use crate::read::{parts, path, would_join};

/// Checks that outputs can be written, before work starts.
///
/// The folder of each must exist and be writable, and no output may be a folder, a block device, a
/// socket, one of the inputs, or another output: by whatever name, through links too. Inputs that
/// are no files, such as `builtin:digits`, are skipped. A folder or a pattern is all of its files, and those that
/// would become a part of it.
///
/// # Errors
///
/// [`OutputError`] for the first output at fault.
///
/// ```
/// use paysage_data::check_outputs;
///
/// let folder = tempfile::tempdir()?;
/// let [model, out] = ["model.safetensors", "out.csv"].map(|name| folder.path().join(name));
/// std::fs::write(&model, "")?;
/// assert!(check_outputs(&[&out], &[&model]).is_ok());
/// assert!(check_outputs(&[&model], &[&model]).is_err());
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn check_outputs(outputs: &[&Path], inputs: &[&Path]) -> Result<(), OutputError> {
    let mut seen: Vec<(Identity, &Path)> = Vec::new();
    let all: Vec<PathBuf> = inputs.iter().flat_map(|input| files(input)).collect();
    let all: Vec<(Identity, &Path)> = all
        .iter()
        .filter(|input| input.exists())
        .map(|input| (Identity::of(input), input.as_path()))
        .collect();
    let name = |path: &Path| path.display().to_string();
    for &output in outputs {
        let path = match Target::of(output)? {
            // What is written through can be written twice, and is read by another process.
            Target::Through(_) | Target::Stdout => continue,
            Target::File(path) => path,
        };
        let folder = folder(&path);
        if !folder.is_dir() {
            return Err(OutputError::NoFolder {
                path: name(output),
                folder: name(folder),
            });
        }
        let prefix = super::stale::prefix();
        let created = tempfile::Builder::new().prefix(&prefix).tempfile_in(folder);
        if let Err(source) = created {
            return Err(OutputError::FolderNotWritable {
                path: name(output),
                folder: name(folder),
                source,
            });
        }
        let identity = Identity::of(&path);
        if let Some((_, input)) = all.iter().find(|(other, _)| other.is(&identity)) {
            return Err(OutputError::IsInput {
                output: name(output),
                input: name(input),
            });
        }
        if let Some(input) = inputs
            .iter()
            .find(|input| would_join(input, &identity.path))
        {
            return Err(OutputError::JoinsInput {
                output: name(output),
                input: name(input),
            });
        }
        if let Some((_, other)) = seen.iter().find(|(other, _)| other.is(&identity)) {
            return Err(OutputError::SameOutput {
                first: name(output),
                second: name(other),
            });
        }
        seen.push((identity, output));
    }
    Ok(())
}

/// An input, and its files where it is a folder or a pattern.
fn files(input: &Path) -> Vec<PathBuf> {
    let parts = input.to_str().and_then(|source| parts(source).ok()?);
    let parts = parts.into_iter().flatten();
    let parts = parts.map(|part| path(&part).to_path_buf());
    let whole = input.to_str().map_or(input, path);
    std::iter::once(whole.to_path_buf()).chain(parts).collect()
}

/// What makes two paths one file.
struct Identity {
    /// The path without links, where its folder exists.
    path: PathBuf,
    /// The device and the number of the file on it: those of hard links are the same.
    inode: Option<(u64, u64)>,
}

impl Identity {
    fn of(path: &Path) -> Self {
        let whole = path.canonicalize();
        let place = || {
            let folder = folder(path).canonicalize().ok()?;
            Some(folder.join(path.file_name()?))
        };
        Self {
            path: whole.ok().or_else(place).unwrap_or_else(|| path.into()),
            inode: inode(path),
        }
    }

    fn is(&self, other: &Self) -> bool {
        self.path == other.path || (self.inode.is_some() && self.inode == other.inode)
    }
}

#[cfg(unix)]
fn inode(path: &Path) -> Option<(u64, u64)> {
    use std::os::unix::fs::MetadataExt;
    let found = std::fs::metadata(path).ok()?;
    Some((found.dev(), found.ino()))
}

#[cfg(not(unix))]
fn inode(_: &Path) -> Option<(u64, u64)> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn inputs_and_other_outputs_are_refused_by_any_name() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        fs::write(path("data.csv"), "x").unwrap();
        fs::create_dir(path("sub")).unwrap();
        fs::hard_link(path("data.csv"), path("hard.csv")).unwrap();
        let mut names = vec![path("data.csv"), path("sub/../data.csv"), path("hard.csv")];
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink("data.csv", path("soft.csv")).unwrap();
            names.push(path("soft.csv"));
        }
        let data = path("data.csv");
        let builtin = Path::new("builtin:digits");
        for name in &names {
            let error = check_outputs(&[name], &[builtin, &data]).unwrap_err();
            assert!(matches!(error, OutputError::IsInput { .. }), "{error}");
            assert!(check_outputs(&[name], &[builtin]).is_ok());
        }
        // A data set in a file is that file.
        std::fs::write(path("a.h5"), "x").unwrap();
        let error = check_outputs(&[&path("a.h5")], &[&path("a.h5:/x")]).unwrap_err();
        assert!(matches!(error, OutputError::IsInput { .. }), "{error}");
        let pattern = path("*ard.csv");
        for input in [folder.path(), &pattern] {
            let error = check_outputs(&[&path("hard.csv")], &[input]).unwrap_err();
            assert!(matches!(error, OutputError::IsInput { .. }), "{error}");
        }
        // What would be read with the input from then on.
        for (input, output) in [(folder.path(), "new.csv.gz"), (&pattern, "card.csv")] {
            let error = check_outputs(&[&path(output)], &[input]).unwrap_err();
            assert!(matches!(error, OutputError::JoinsInput { .. }), "{error}");
        }
        for (input, output) in [
            (folder.path(), "model.safetensors"),
            (folder.path(), "sub/new.csv"),
            (&pattern, "new.csv"),
        ] {
            assert!(
                check_outputs(&[&path(output)], &[input]).is_ok(),
                "{output}"
            );
        }
        let (new, same) = (path("new.csv"), path("sub/../new.csv"));
        let error = check_outputs(&[&new, &same], &[&data]).unwrap_err();
        assert!(matches!(error, OutputError::SameOutput { .. }), "{error}");
        assert!(check_outputs(&[&new, &path("other.csv")], &[&data]).is_ok());
        assert_eq!(fs::read_to_string(&data).unwrap(), "x");
        assert!(!new.exists());
    }

    #[test]
    fn folders_that_are_missing_or_in_the_way() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        fs::write(path("file"), "").unwrap();
        for name in ["none/a.csv", "file/a.csv"] {
            let error = check_outputs(&[&path(name)], &[]).unwrap_err();
            assert!(matches!(error, OutputError::NoFolder { .. }), "{error}");
        }
        let error = check_outputs(&[folder.path()], &[]).unwrap_err();
        assert!(matches!(error, OutputError::IsFolder { .. }), "{error}");
    }
}
