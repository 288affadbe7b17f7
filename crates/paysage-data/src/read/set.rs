//! Several files as one data set: a folder, or a pattern such as `data/part-*.parquet`.

use std::cell::RefCell;
use std::path::Path;

use super::kind::FASTA_ENDINGS;
use super::{Choice, Choose, Content, Missing, Numbers, load, parse, path, split, unreadable};
use crate::alignment::AlignmentError;
use crate::error::{DataError, FormatError, listed};
use crate::position::{FileOfSet, Origin};
use crate::table::{ImageShape, Table};

/// Endings of the names of files that are read in a folder, before `.gz` or `.zst`.
const ENDINGS: [&str; 14] = [
    "parquet",
    "pq",
    "arrow",
    "arrows",
    "feather",
    "ipc",
    "csv",
    "tsv",
    "txt",
    "npy",
    "idx",
    "idx3-ubyte",
    "h5",
    "hdf5",
];

/// The files of a set in the order of their names; none where the source is not a folder or a pattern.
///
/// The data set that an HDF5 file is followed by is that of every file.
pub(crate) fn parts(source: &str) -> Result<Option<Vec<String>>, DataError> {
    let (source, dataset) = split(source);
    let path = Path::new(source);
    let mut found = match path.is_dir() {
        true => folder(source)?,
        false if is_pattern(path) => matching(source)?,
        false => return Ok(None),
    };
    found.sort();
    match (found.is_empty(), path.is_dir()) {
        (false, _) => Ok(Some(match dataset {
            Some(dataset) => found
                .iter()
                .map(|file| format!("{file}:{dataset}"))
                .collect(),
            None => found,
        })),
        (true, true) => Err(DataError::IsFolder {
            file: source.into(),
        }),
        (true, false) => Err(DataError::NotFound {
            file: source.into(),
        }),
    }
}

/// The data files of a folder, without hidden ones and those that other programs keep beside the data.
fn folder(source: &str) -> Result<Vec<String>, DataError> {
    let error = |error| unreadable(Path::new(source), error);
    let mut found = Vec::new();
    for entry in std::fs::read_dir(source).map_err(error)? {
        let path = entry.map_err(error)?.path();
        match Place::of(&path) {
            Place::Nowhere => {}
            _ if !path.is_file() => {}
            Place::InSet => found.push(path.to_string_lossy().into_owned()),
            Place::Alone => {
                return Err(DataError::Format(FormatError::NotInSet {
                    file: path.display().to_string(),
                    folder: source.into(),
                }));
            }
        }
    }
    Ok(found)
}

/// The place of a file of a folder in the set that the folder is.
enum Place {
    /// Its rows are rows of the set.
    InSet,
    /// It holds data that cannot be a part of a set.
    Alone,
    /// It holds no data, by its name.
    Nowhere,
}

impl Place {
    fn of(path: &Path) -> Self {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let name = name.to_ascii_lowercase();
        let stem = super::kind::without_compression(&name);
        let has = |ending: &&str| {
            let rest = stem.strip_suffix(*ending);
            rest.is_some_and(|rest| rest.ends_with(['.', '-']))
        };
        match name.starts_with(['.', '_']) {
            true => Self::Nowhere,
            false if ENDINGS.iter().any(has) => Self::InSet,
            false if FASTA_ENDINGS.iter().chain(&["npz"]).any(has) => Self::Alone,
            false => Self::Nowhere,
        }
    }
}

/// Whether a file at this path, which is absolute, is or would be a part of a folder or a pattern.
pub(crate) fn would_join(source: &Path, file: &Path) -> bool {
    let source = source.to_str().map_or(source, path);
    if source.is_dir() {
        let folder = source.canonicalize();
        let is_inside = folder.is_ok_and(|folder| file.parent() == Some(&folder));
        return is_inside && !matches!(Place::of(file), Place::Nowhere);
    }
    let pattern = std::path::absolute(source).ok();
    let pattern = pattern.filter(|_| is_pattern(source));
    let pattern = pattern.and_then(|path| glob::Pattern::new(path.to_str()?).ok());
    pattern.is_some_and(|pattern| pattern.matches_path(file))
}

/// Whether a source is a pattern and no file.
fn is_pattern(source: &Path) -> bool {
    let text = source.to_string_lossy();
    text.contains(['*', '?', '[']) && !source.exists()
}

/// The files that match a pattern.
fn matching(source: &str) -> Result<Vec<String>, DataError> {
    let pattern = |error: glob::PatternError| {
        DataError::Format(FormatError::BadPattern {
            file: source.into(),
            reason: error.msg,
        })
    };
    let mut found = Vec::new();
    for path in glob::glob(source).map_err(pattern)? {
        let path = path.map_err(|error| {
            let path = error.path().to_path_buf();
            unreadable(&path, error.into())
        })?;
        if path.is_file() {
            found.push(path.to_string_lossy().into_owned());
        }
    }
    Ok(found)
}

/// The columns of the first file of a set, which all files must have.
#[derive(Default)]
pub(crate) struct SameColumns(Option<FirstColumns>);

struct FirstColumns {
    file: String,
    names: Option<Vec<String>>,
    width: usize,
}

impl SameColumns {
    /// Checks that the columns of the next file are those of the first.
    pub(crate) fn check(
        &mut self,
        file: &str,
        names: Option<&[String]>,
        width: usize,
    ) -> Result<(), DataError> {
        let Some(first) = &self.0 else {
            self.0 = Some(FirstColumns {
                file: file.into(),
                names: names.map(<[String]>::to_vec),
                width,
            });
            return Ok(());
        };
        if (first.names.as_deref(), first.width) == (names, width) {
            return Ok(());
        }
        Err(DataError::Format(FormatError::OtherColumns {
            file: file.into(),
            first: first.file.clone(),
            difference: first.difference(names, width),
        }))
    }
}

impl FirstColumns {
    /// How other columns differ from these.
    fn difference(&self, names: Option<&[String]>, width: usize) -> String {
        let (Some(own), Some(names)) = (&self.names, names) else {
            return match (self.width == width, names.is_some()) {
                (false, _) => format!("{width} columns, not {}", self.width),
                (true, true) => "has names of columns".into(),
                (true, false) => "no names of columns".into(),
            };
        };
        let without = |names: &[String], others: &[String]| {
            let others: std::collections::HashSet<&String> = others.iter().collect();
            let rest = names.iter().filter(|name| !others.contains(name));
            rest.cloned().collect::<Vec<_>>()
        };
        let (missing, more) = (without(own, names), without(names, own));
        match (missing.is_empty(), more.is_empty()) {
            (false, false) => format!("no {}, but {}", listed(&missing), listed(&more)),
            (false, true) => format!("no {}", listed(&missing)),
            (true, false) => format!("also {}", listed(&more)),
            (true, true) => "another order".into(),
        }
    }
}

/// The rows of all files, one after another.
pub(super) fn read(
    source: &str,
    parts: &[String],
    missing: Missing,
    choose: Choose<'_>,
) -> Result<Numbers, DataError> {
    let same = RefCell::new(SameColumns::default());
    let mut first: Option<Numbers> = None;
    let mut values = Vec::new();
    let mut image: Option<ImageShape> = None;
    let (mut files, mut rows) = (Vec::new(), 0);
    for part in parts {
        // The cells of a column that the first file has are in every file.
        let carried = first.as_ref().map(|first| {
            let places = first.carried.iter().map(|column| column.place);
            places.collect::<Vec<_>>()
        });
        let choose = |names: Option<&[String]>, width| {
            same.borrow_mut().check(part, names, width)?;
            let choice = choose(names, width)?;
            Ok(match &carried {
                None => choice,
                Some(carried) => Choice {
                    carried: carried.clone(),
                    needs_cells: true,
                    ..choice
                },
            })
        };
        let read = match parse(part, &load(path(part))?, None, missing, &choose)? {
            Content::Numbers(numbers) => numbers,
            Content::Sequences(_) => {
                let (file, expected) = (part.clone(), Some("of numbers"));
                return Err(AlignmentError::NoTable { file, expected }.into());
            }
        };
        values.extend_from_slice(read.table.values());
        files.push(FileOfSet {
            path: part.as_str().into(),
            before: rows,
        });
        rows += read.table.rows();
        match &mut first {
            None => {
                image = read.table.image();
                first = Some(read);
            }
            Some(first) => {
                image = image.filter(|image| read.table.image() == Some(*image));
                for (column, more) in first.carried.iter_mut().zip(read.carried) {
                    column.cells.extend(more.cells);
                }
            }
        }
    }
    let Some(Numbers {
        table,
        carried,
        names,
    }) = first
    else {
        return Err(DataError::Empty {
            file: source.into(),
        });
    };
    let places = (0..table.columns()).map(|column| table.origin().column(column, table.names()));
    let origin = Origin::default().with_columns(places.collect());
    let origin = origin.with_files(files);
    let whole = Table::with_missing(source, table.columns(), values)?.with_origin(origin);
    let whole = match table.names() {
        Some(names) => whole.with_names(names.to_vec())?,
        None => whole,
    };
    let table = match image {
        Some(image) => whole.with_image(image)?,
        None => whole,
    };
    Ok(Numbers {
        table,
        carried,
        names,
    })
}

#[cfg(test)]
mod tests;
