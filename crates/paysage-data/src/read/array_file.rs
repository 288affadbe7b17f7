//! Files of named arrays: NumPy archives and HDF5.

use std::fmt;
use std::path::Path;

use super::hdf5::{self, Named};
use super::{Missing, Source, load, npy, npz, open};
use crate::disk::DataFile;
use crate::error::{DataError, FormatError};

/// An array of a file, with its name.
#[derive(Clone, Debug, PartialEq)]
pub struct NamedArray {
    /// The file and the array, for messages: `model.h5:/weights`.
    pub source: String,
    /// Extents, at least one of them; none is zero.
    pub shape: Vec<usize>,
    /// The values in C order, the last index fastest. NaN where the file has NaN.
    pub values: Vec<f32>,
}

/// A file that holds arrays by name: a NumPy archive (`.npz`) or an HDF5 file.
///
/// Unlike [`ReadOptions`](crate::ReadOptions), which reads the rows of a data set, it gives arrays of any
/// shape, texts and attributes, such as those of the model files of other libraries. What a file claims is
/// compared with its length before memory is allocated, as for data.
///
/// ```
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("a.txt");
/// # std::fs::write(&path, "1,2\n")?;
/// let error = paysage_data::ArrayFile::open(&path).unwrap_err();
/// assert!(error.to_string().contains("expected an .npz archive or an HDF5 file"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct ArrayFile {
    file: String,
    content: Content,
}

impl fmt::Debug for ArrayFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ArrayFile").field(&self.file).finish()
    }
}

enum Content {
    Npz(Vec<u8>),
    Hdf5(Box<Named>),
}

impl ArrayFile {
    /// Opens a file. Its format follows from its content.
    ///
    /// # Errors
    ///
    /// When the file cannot be read, or is neither an archive nor HDF5.
    pub fn open(path: &Path) -> Result<Self, DataError> {
        let file = path.display().to_string();
        let source = DataFile::of(&file, open(path)?)?;
        let mut magic = [0; 8];
        let length = source.length().min(magic.len() as u64) as usize;
        source.read(0, &mut magic[..length])?;
        let content = if magic == *hdf5::MAGIC {
            Content::Hdf5(Box::new(Named::of(&file, Source::disk(source))?))
        } else if npz::is_magic(&magic) {
            Content::Npz(load(path)?)
        } else {
            return Err(DataError::Format(FormatError::UnknownFormat {
                file,
                advice: "expected an .npz archive or an HDF5 file",
            }));
        };
        Ok(Self { file, content })
    }

    /// The name of the file, for messages.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.file
    }

    /// Whether the file is HDF5 rather than a NumPy archive.
    #[must_use]
    pub fn is_hdf5(&self) -> bool {
        matches!(self.content, Content::Hdf5(_))
    }

    /// The names of the groups and arrays in a group, `/` for all of an archive or the root of HDF5, in
    /// the order of the file. None where there is no such group.
    ///
    /// # Errors
    ///
    /// When the file is damaged.
    pub fn members(&self, group: &str) -> Result<Vec<String>, DataError> {
        match &self.content {
            Content::Npz(bytes) if group == "/" => npz::names(&self.file, bytes),
            Content::Npz(_) => Ok(Vec::new()),
            Content::Hdf5(named) => named.members(group),
        }
    }

    /// The array of a name; of HDF5, of a path such as `/group/name`.
    ///
    /// # Errors
    ///
    /// When there is none, its values are no numbers, one does not fit into `f32`, or the file is damaged.
    pub fn array(&self, name: &str) -> Result<NamedArray, DataError> {
        let (source, array) = match &self.content {
            Content::Npz(bytes) => {
                let source = format!("{}:{name}", self.file);
                let array = npz::array(&self.file, bytes, Some(name))?;
                let array = npy::parse(&source, &array, Missing::Allowed)?;
                (source, array)
            }
            Content::Hdf5(named) => (format!("{}:{name}", self.file), named.array(name)?),
        };
        Ok(NamedArray {
            source,
            shape: array.shape,
            values: array.values,
        })
    }

    /// The text of a data set of HDF5 that holds one string; none where there is no such data set, or
    /// the file is an archive.
    ///
    /// # Errors
    ///
    /// When the data set holds something else, or the file is damaged.
    pub fn text(&self, name: &str) -> Result<Option<String>, DataError> {
        match &self.content {
            Content::Npz(_) => Ok(None),
            Content::Hdf5(named) => named.text(name),
        }
    }

    /// The text of an attribute of a group of HDF5; none where there is no such attribute, or the file is
    /// an archive.
    ///
    /// # Errors
    ///
    /// When the attribute is no text, or the file is damaged.
    pub fn attribute(&self, group: &str, name: &str) -> Result<Option<String>, DataError> {
        match &self.content {
            Content::Npz(_) => Ok(None),
            Content::Hdf5(named) => named.attribute(group, name),
        }
    }
}
