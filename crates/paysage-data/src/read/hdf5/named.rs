//! Groups, data sets, texts and attributes of an HDF5 file, by their names.

use hdf5_reader::error::Error;
use hdf5_reader::{Dataset, Datatype, Hdf5File};

use super::{FORMAT, Hdf5, attempt, broken, cause, find, numbers, open, refusal};
use crate::error::{DataError, one_line};
use crate::read::array::Array;
use crate::read::{Missing, Source};

/// The most bytes of a text.
const MOST_TEXT: u64 = 1 << 20;

/// An open file.
pub(crate) struct Named {
    file: String,
    source: Source,
    opened: Hdf5File,
}

impl Named {
    pub(crate) fn of(file: &str, source: Source) -> Result<Self, DataError> {
        Ok(Self {
            file: file.into(),
            opened: open(file, &source, u64::MAX)?,
            source,
        })
    }

    /// The names of the groups and data sets in a group; none where there is no such group.
    pub(crate) fn members(&self, group: &str) -> Result<Vec<String>, DataError> {
        let listed = self.optional(group, || self.opened.group(group)?.member_names())?;
        let (groups, datasets) = listed.unwrap_or_default();
        Ok(groups.into_iter().chain(datasets).collect())
    }

    /// The values of a data set.
    pub(crate) fn array(&self, name: &str) -> Result<Array, DataError> {
        // The error of an absent data set lists those that are there.
        let (path, dataset) = find::dataset(&self.file, Some(name), &self.opened)?;
        let (place, source) = (self.place(&path), self.source.clone());
        numbers(
            Hdf5::of_dataset(place, source, dataset, u64::MAX)?,
            Missing::Allowed,
        )
    }

    /// The text of a data set of one string; none where there is no such data set.
    pub(crate) fn text(&self, name: &str) -> Result<Option<String>, DataError> {
        let dataset = self.optional(name, || self.opened.dataset(name))?;
        let Some(dataset) = dataset else {
            return Ok(None);
        };
        self.check_text(name, &dataset)?;
        self.optional(name, || dataset.read_string())
    }

    /// The text of an attribute of a group, or of the root; none where there is no such attribute.
    pub(crate) fn attribute(&self, group: &str, name: &str) -> Result<Option<String>, DataError> {
        let place = format!("{group}@{name}");
        self.optional(&place, || {
            let attribute = self.opened.group(group)?.attribute(name)?;
            attribute.read_string()
        })
    }

    /// Refuses a data set that is no single string of a sensible length.
    fn check_text(&self, name: &str, dataset: &Dataset) -> Result<(), DataError> {
        let problem = match dataset.dtype() {
            Datatype::String { .. } | Datatype::VarLen { .. } => {
                let bytes = dataset.shape().iter().fold(
                    hdf5_reader::dtype_element_size(dataset.dtype()).unwrap_or(1) as u64,
                    |bytes, &extent| bytes.saturating_mul(extent),
                );
                (bytes > MOST_TEXT).then_some("its text is too long")
            }
            _ => Some("expected a text"),
        };
        match problem {
            Some(problem) => Err(broken(&self.place(name), FORMAT, problem)),
            None => Ok(()),
        }
    }

    /// What the decoder finds; nothing where it says that there is no such object.
    fn optional<T>(
        &self,
        name: &str,
        find: impl FnOnce() -> Result<T, Error>,
    ) -> Result<Option<T>, DataError> {
        let place = self.place(name);
        match attempt(&place, find)? {
            Ok(found) => Ok(Some(found)),
            Err(error) if is_absent(&error) => Ok(None),
            Err(error) => Err(refusal(&place, &error)),
        }
    }

    fn place(&self, name: &str) -> String {
        format!("{}:{}", self.file, one_line(name))
    }
}

fn is_absent(error: &Error) -> bool {
    matches!(
        cause(error),
        Error::DatasetNotFound(_) | Error::GroupNotFound(_) | Error::AttributeNotFound(_)
    )
}
