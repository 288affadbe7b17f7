//! Which data set of a file is read.

use std::collections::HashSet;

use hdf5_reader::error::Error;
use hdf5_reader::group::Group;
use hdf5_reader::{Dataset, Hdf5File};

use super::{attempt, cause, decode, number, refusal};
use crate::error::{DataError, FormatError};

/// The most groups and data sets that are looked at.
const MOST_OBJECTS: usize = 10_000;

/// The most groups within each other.
const MOST_DEPTH: usize = 32;

/// The data set of this path, or the only one of two dimensions of numbers, with its path.
pub(super) fn dataset(
    file: &str,
    asked: Option<&str>,
    opened: &Hdf5File,
) -> Result<(String, Dataset), DataError> {
    if let Some(path) = asked {
        match attempt(file, || opened.dataset(path))? {
            Ok(dataset) => return Ok((path.into(), dataset)),
            Err(error) if is_absent(&error) => {}
            Err(error) => return Err(refusal(&format!("{file}:{path}"), &error)),
        }
    }
    let root = decode(file, || opened.root_group())?;
    let mut found = Found {
        visited: HashSet::from([root.address()]),
        ..Found::default()
    };
    found.group(file, &root, "", 0);
    found
        .datasets
        .sort_by(|(one, _), (other, _)| one.cmp(other));
    let tables: Vec<&(String, Dataset)> = found.datasets.iter().filter(is_table).collect();
    let unlisted = found.unlisted.take();
    // Where not all was seen there may be another table.
    let is_whole = unlisted.is_none() && !found.is_cut;
    if let (None, [], Some(error)) = (asked, &tables[..], unlisted) {
        return Err(error);
    }
    match (asked, &tables[..]) {
        (None, [only]) if is_whole => Ok((*only).clone()),
        _ => Err(DataError::Format(FormatError::NoSuchDataset {
            file: file.into(),
            found: found.datasets.into_iter().map(|(path, _)| path).collect(),
            asked: asked.map(String::from),
        })),
    }
}

fn is_absent(error: &Error) -> bool {
    let error = cause(error);
    matches!(error, Error::DatasetNotFound(_) | Error::GroupNotFound(_))
}

fn is_table((_, dataset): &&(String, Dataset)) -> bool {
    dataset.ndim() == 2
}

/// The data sets of numbers.
#[derive(Default)]
struct Found {
    datasets: Vec<(String, Dataset)>,
    /// The places of groups: a group can be in itself.
    visited: HashSet<u64>,
    objects: usize,
    /// Whether there are more objects, or more groups within each other, than are looked at.
    is_cut: bool,
    /// Why the first group that cannot be listed cannot.
    unlisted: Option<DataError>,
}

impl Found {
    /// Adds those of a group; what cannot be read is none.
    fn group(&mut self, file: &str, group: &Group, path: &str, depth: usize) {
        let (groups, datasets) = match decode(file, || group.member_names()) {
            Ok(names) => names,
            Err(error) => {
                self.unlisted.get_or_insert(error);
                return;
            }
        };
        for name in datasets {
            self.objects += 1;
            if self.objects > MOST_OBJECTS {
                self.is_cut = true;
                return;
            }
            match decode(file, || group.dataset(&name)) {
                Ok(dataset) if number::is_number(&dataset) => {
                    self.datasets.push((format!("{path}/{name}"), dataset));
                }
                _ => {}
            }
        }
        for name in groups {
            self.objects += 1;
            if self.objects > MOST_OBJECTS || depth == MOST_DEPTH {
                self.is_cut = true;
                return;
            }
            if let Ok(group) = decode(file, || group.group(&name))
                && self.visited.insert(group.address())
            {
                self.group(file, &group, &format!("{path}/{name}"), depth + 1);
            }
        }
    }
}
