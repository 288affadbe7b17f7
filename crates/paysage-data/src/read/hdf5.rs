//! HDF5 files: one data set of numbers.
//!
//! The decoder is that of the `hdf5-reader` crate. What a file claims is compared with its length before memory
//! is allocated for it, and no other file is ever opened: external links, external raw data and virtual data
//! sets are refused.

mod find;
mod named;
mod number;
mod path;
mod storage;
#[cfg(test)]
mod tests;

use std::convert::Infallible;
use std::sync::Arc;

use hdf5_reader::error::Error;
use hdf5_reader::{Dataset, Hdf5File, OpenOptions, SliceInfo, SliceInfoElem};

pub(super) use named::Named;
use number::Number;
pub(crate) use path::{path, split};
use storage::Bytes;

use super::array::{Array, columns};
use super::columnar::Source;
use super::decoded::{broken, decoded};
use super::expansion::{RATIO, expands};
use super::npy::{place_of, refused};
use super::{ArrayHeader, Decoder, Missing};
use crate::error::{DataError, DiskError, FormatError, one_line};

/// The bytes that a file begins with.
pub(super) const MAGIC: &[u8] = b"\x89HDF\r\n\x1a\n";

/// The name of the format in messages.
const FORMAT: &str = "HDF5";

/// The values of a data set that are accepted whatever the length of the file is, in bytes.
const FREE: u64 = 4 << 20;

/// The bytes of the rows that are read at a time: more where one chunk has more, but at most the second number.
const PART: usize = 1 << 20;
const MOST_PART: u64 = 256 << 20;

/// The most bytes of chunks that are kept for the next part.
const MOST_KEPT: u64 = 64 << 20;

/// The most bytes of what describes one data set or group.
const MOST_HEADER: usize = 4 << 20;

/// A data set of numbers of an HDF5 file.
pub(crate) struct Hdf5 {
    /// The file and the data set, for messages.
    name: String,
    source: Source,
    dataset: Dataset,
    /// The extents; at least one.
    shape: Vec<usize>,
    /// Rows that are read at a time.
    rows: usize,
}

impl Hdf5 {
    /// Opens the data set that a source names, or the only one. Its parts take at most so much memory.
    pub(crate) fn of(source: &str, bytes: Source, memory: u64) -> Result<Self, DataError> {
        let opened = Self::opened(source, bytes.clone(), memory);
        // Whatever the decoder says of a file that could not be read.
        bytes.check()?;
        opened
    }

    fn opened(source: &str, bytes: Source, memory: u64) -> Result<Self, DataError> {
        let (file, asked) = split(source);
        let opened = open(source, &bytes, memory)?;
        let (path, dataset) = find::dataset(file, asked, &opened)?;
        // A file may have any bytes in a name.
        let name = format!("{file}:{}", one_line(&path));
        Self::of_dataset(name, bytes, dataset, memory)
    }

    /// A data set of numbers of an open file; the name is that of the file and the data set.
    fn of_dataset(
        name: String,
        bytes: Source,
        dataset: Dataset,
        memory: u64,
    ) -> Result<Self, DataError> {
        let stored = bytes.length();
        number::check(&name, &dataset)?;
        check_fill(&name, &dataset)?;
        let shape = check_values(&name, &dataset, stored)?;
        let rows = rows_at_once(&name, &dataset, &shape, memory)?;
        Ok(Self {
            name,
            source: bytes,
            dataset,
            shape,
            rows,
        })
    }

    /// The file and the data set, for messages.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// The shape of its rows, which [`each`](Self::each) visits as little-endian `f64`.
    pub(crate) fn header(&self) -> Result<ArrayHeader, DataError> {
        let (columns, image) = columns(&self.name, &self.shape)?;
        Ok(ArrayHeader {
            decoder: Decoder::DOUBLE,
            start: 0,
            rows: self.shape[0],
            columns,
            image,
        })
    }

    /// Visits the values of the rows, as many rows at a time as the memory holds.
    pub(crate) fn each(
        &self,
        visit: &mut dyn FnMut(&[Number]) -> Result<(), DataError>,
    ) -> Result<(), DataError> {
        let count = self.shape[0];
        for first in (0..count).step_by(self.rows) {
            let extent = |(place, &extent): (usize, &usize)| match place {
                0 => (first, count.min(first + self.rows)),
                _ => (0, extent),
            };
            let selections = self.shape.iter().enumerate().map(extent);
            let selections = selections.map(|(start, end)| SliceInfoElem::Slice {
                start: start as u64,
                end: end as u64,
                step: 1,
            });
            let selection = SliceInfo {
                selections: selections.collect(),
            };
            let read = decode(&self.name, || self.dataset.read_slice::<Number>(&selection));
            // Whatever the decoder says of a file that changed under it.
            self.source.check()?;
            let (values, offset) = read?.into_raw_vec_and_offset();
            let row: usize = self.shape[1..].iter().product();
            let expected = row * (count.min(first + self.rows) - first);
            if offset.unwrap_or(0) != 0 || values.len() != expected {
                return Err(broken(
                    &self.name,
                    FORMAT,
                    "its parts contradict each other",
                ));
            }
            visit(&values)?;
        }
        Ok(())
    }
}

/// Opens a file whose chunks take at most a quarter of so much memory.
fn open(file: &str, bytes: &Source, memory: u64) -> Result<Hdf5File, DataError> {
    let options = OpenOptions::default()
        // Chunks of more rows than a part has are kept for the next one.
        .with_chunk_cache_bytes((memory / 4).min(MOST_KEPT) as usize)
        .with_max_chunk_bytes(usize::try_from(memory / 4).unwrap_or(usize::MAX))
        .with_max_object_header_bytes(MOST_HEADER);
    let storage = Arc::new(Bytes(bytes.clone()));
    let opened = decode(file, || {
        Hdf5File::from_storage_with_options(storage, options)
    })?;
    let stored = bytes.length();
    let expected = opened.superblock().eof_address;
    if expected != u64::MAX && expected > stored {
        return Err(DataError::Format(FormatError::Truncated {
            file: file.into(),
            expected: expected.into(),
            found: stored,
        }));
    }
    Ok(opened)
}

/// The numbers of a data set.
pub(super) fn parse(file: &str, bytes: Vec<u8>, missing: Missing) -> Result<Array, DataError> {
    numbers(Hdf5::of(file, Source::memory(bytes), u64::MAX)?, missing)
}

fn numbers(hdf5: Hdf5, missing: Missing) -> Result<Array, DataError> {
    let mut values: Vec<f32> = Vec::with_capacity(hdf5.shape.iter().product());
    hdf5.each(&mut |part| {
        for number in part {
            let place = || place_of(&hdf5.shape, values.len());
            if let Some(error) = refused(&hdf5.name, number.0, missing, place) {
                return Err(error);
            }
            values.push(number.0 as f32);
        }
        Ok(())
    })?;
    let shape = hdf5.shape;
    Ok(Array { shape, values })
}

/// Checks that the value of parts that were never written is one of the numbers. The decoder takes it from an
/// attribute `_FillValue` where the data set has none.
fn check_fill(name: &str, dataset: &Dataset) -> Result<(), DataError> {
    let fill = dataset.fill_value().and_then(|fill| fill.value.as_ref());
    match fill {
        Some(value) if !value.is_empty() && value.len() != number::size(dataset) => {
            let problem = "its fill value has another size than its numbers";
            Err(broken(name, FORMAT, problem))
        }
        _ => Ok(()),
    }
}

/// The extents of a data set, which is not empty and does not claim far more values than its file has bytes:
/// parts that are not stored are filled with one value, so a small file can have any number of rows.
fn check_values(name: &str, dataset: &Dataset, stored: u64) -> Result<Vec<usize>, DataError> {
    let most = FREE.max(stored.saturating_mul(RATIO));
    let extents = dataset.shape();
    let size = number::size(dataset) as u64;
    let product = |extents: &[u64]| extents.iter().fold(size, |n, &x| n.saturating_mul(x));
    let chunk = dataset.chunks().unwrap_or_default();
    let chunk: Vec<u64> = chunk.into_iter().map(u64::from).collect();
    if product(extents) > most || product(&chunk) > most {
        return Err(expands(name, stored, most, "write it as a .npy file"));
    }
    match extents {
        [] => Err(DataError::Format(FormatError::Dimensions {
            file: name.into(),
            found: Vec::new(),
        })),
        [0, ..] => Err(DataError::Empty { file: name.into() }),
        _ if extents.contains(&0) => Err(DataError::NoColumns { file: name.into() }),
        _ => Ok(extents.iter().map(|&extent| extent as usize).collect()),
    }
}

/// How many rows are read at a time: those of a chunk, where the memory for a part holds them, so that a chunk
/// is decompressed once.
fn rows_at_once(
    name: &str,
    dataset: &Dataset,
    shape: &[usize],
    memory: u64,
) -> Result<usize, DataError> {
    let chunk = dataset.chunks().unwrap_or_default();
    let chunk_bytes = chunk
        .iter()
        .map(|&extent| u64::from(extent))
        .fold(number::size(dataset) as u64, u64::saturating_mul);
    if !chunk.is_empty() && chunk_bytes > memory / 4 {
        return Err(DataError::Disk(DiskError::LargeBatch {
            file: name.into(),
            bytes: chunk_bytes.saturating_mul(4),
            limit: memory,
            remedy: "write the data set with smaller chunks",
        }));
    }
    let row = shape[1..].iter().product::<usize>() * size_of::<Number>();
    let most = ((memory / 4).min(MOST_PART) as usize / row).max(1);
    let part = (PART / row).max(1);
    let chunk = chunk.first().map_or(1, |&rows| (rows as usize).max(1));
    let rows = (part / chunk).max(1).saturating_mul(chunk);
    Ok(match most / chunk {
        0 => most,
        chunks => rows.min(chunks * chunk),
    })
}

/// What the decoder makes of bytes that may be damaged.
fn decode<T>(file: &str, decode: impl FnOnce() -> Result<T, Error>) -> Result<T, DataError> {
    attempt(file, decode)?.map_err(|error| refusal(file, &error))
}

/// As [`decode`], with the error of the decoder, where it has not panicked.
fn attempt<T>(
    file: &str,
    decode: impl FnOnce() -> Result<T, Error>,
) -> Result<Result<T, Error>, DataError> {
    decoded(file, FORMAT, || Ok::<_, Infallible>(decode()))
}

/// The error of a file that the decoder refuses.
fn refusal(file: &str, error: &Error) -> DataError {
    let advice = match cause(error) {
        Error::UnsupportedFilter(_) => {
            "its compression is not one that is read; write it with compression=\"gzip\""
        }
        Error::UnsupportedEncoding(_)
        | Error::UnsupportedLayoutClass(_)
        | Error::UnsupportedLayoutVersion(_)
        | Error::UnsupportedChunkIndexType(_)
        | Error::UnsupportedLinkType(_) => {
            "its values are in another file or stored in a way that is not read; copy them to a new file with h5py"
        }
        _ => return broken(file, FORMAT, error),
    };
    DataError::Format(FormatError::UnknownFormat {
        file: file.into(),
        advice,
    })
}

/// The error within those that name its place.
fn cause(error: &Error) -> &Error {
    match error {
        Error::Context { source, .. } => cause(source),
        error => error,
    }
}
