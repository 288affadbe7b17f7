//! What can go wrong, as facts.

use std::error::Error;
use std::io;
use std::path::PathBuf;

/// Why a figure or a page was not made. Each message is one line that names the file and what
/// would be right.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReportError {
    /// A file could not be read.
    #[error("cannot read {}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },

    /// A file could not be written.
    #[error(
        "cannot write {}: {source}; its folder must exist and be writable, on a disk with room",
        path.display()
    )]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },

    /// A line of a metrics file is not JSON.
    #[error("{}, line {line}: {source}; each line must be one JSON object", path.display())]
    NotJson {
        /// The metrics file.
        path: PathBuf,
        /// The line, counted from 1.
        line: usize,
        /// What the JSON reader said.
        source: serde_json::Error,
    },

    /// A line of a metrics file ends in the middle, as after a crash or a full disk.
    #[error(
        "{}, line {line} is cut short; delete that line, the epochs before it are whole",
        path.display()
    )]
    CutShort {
        /// The metrics file.
        path: PathBuf,
        /// The line, counted from 1.
        line: usize,
    },

    /// A line of a metrics file is JSON but no object.
    #[error("{}, line {line} is no JSON object such as {{\"epoch\":1,\"seconds\":2.3}}", path.display())]
    NotAnObject {
        /// The metrics file.
        path: PathBuf,
        /// The line, counted from 1.
        line: usize,
    },

    /// A line of a metrics file lacks a key that every line must have.
    #[error("{}, line {line} has no \"{key}\"; every line needs \"epoch\" and \"seconds\"", path.display())]
    MissingKey {
        /// The metrics file.
        path: PathBuf,
        /// The line, counted from 1.
        line: usize,
        /// The key.
        key: &'static str,
    },

    /// A value of a metrics file is no number.
    #[error(
        "{}, line {line}: \"{key}\" is {found}; it must be a number, or null where there is none",
        path.display()
    )]
    NotANumber {
        /// The metrics file.
        path: PathBuf,
        /// The line, counted from 1.
        line: usize,
        /// The key.
        key: String,
        /// The value as JSON.
        found: String,
    },

    /// The epoch of a metrics line is no whole number.
    #[error("{}, line {line}: \"epoch\" is {found}; it must be a whole number, 0 or more", path.display())]
    NotAnEpoch {
        /// The metrics file.
        path: PathBuf,
        /// The line, counted from 1.
        line: usize,
        /// The value as JSON.
        found: String,
    },

    /// An epoch does not come after the one on the line before.
    #[error(
        "{}, line {line}: epoch {epoch} comes after epoch {previous}; epochs must increase",
        path.display()
    )]
    EpochOrder {
        /// The metrics file.
        path: PathBuf,
        /// The line, counted from 1.
        line: usize,
        /// The epoch of that line.
        epoch: usize,
        /// The epoch of the line before.
        previous: usize,
    },

    /// A metrics file has no line.
    #[error("{} holds no epoch; train for at least one", path.display())]
    NoEpochs {
        /// The metrics file.
        path: PathBuf,
    },

    /// There is nothing to draw: no records, no images, or no value that is a finite number.
    #[error("nothing to draw in {}: it needs at least one {needed}", path.display())]
    Nothing {
        /// The figure.
        path: PathBuf,
        /// What is missing.
        needed: &'static str,
    },

    /// A size that must be at least one is zero.
    #[error("cannot draw {}: {what} is zero; it must be 1 or more", path.display())]
    ZeroSize {
        /// The figure.
        path: PathBuf,
        /// The size's name.
        what: &'static str,
    },

    /// The values of a grid are no whole number of images.
    #[error(
        "cannot draw {}: {values} values are no whole number of images of {height} x {width}",
        path.display()
    )]
    NotWholeImages {
        /// The figure.
        path: PathBuf,
        /// The number of values.
        values: usize,
        /// The height of an image in pixels.
        height: usize,
        /// The width of an image in pixels.
        width: usize,
    },

    /// The values of a table are no whole number of rows.
    #[error(
        "cannot draw {}: {values} values are no whole number of rows of {columns} columns",
        path.display()
    )]
    NotWholeRows {
        /// The figure.
        path: PathBuf,
        /// The number of values.
        values: usize,
        /// The number of columns.
        columns: usize,
    },

    /// A matrix does not have the number of values that its sizes say.
    #[error(
        "cannot draw {}: {values} values given for a matrix of {rows} x {columns}",
        path.display()
    )]
    MatrixSize {
        /// The figure.
        path: PathBuf,
        /// The number of values.
        values: usize,
        /// The number of rows.
        rows: usize,
        /// The number of columns.
        columns: usize,
    },

    /// Two grids whose images should pair off differ in shape or number.
    #[error(
        "cannot pair images in {}: {} of {} x {} with {} of {} x {}; both must be alike",
        path.display(), left.0, left.1, left.2, right.0, right.1, right.2
    )]
    UnlikeGrids {
        /// The figure.
        path: PathBuf,
        /// Images, height and width of the first grid.
        left: (usize, usize, usize),
        /// Images, height and width of the second grid.
        right: (usize, usize, usize),
    },

    /// The figure would have more pixels than anyone can look at.
    #[error(
        "cannot draw {}: {width} x {height} pixels are too many; draw fewer images or magnify less",
        path.display()
    )]
    TooLarge {
        /// The figure.
        path: PathBuf,
        /// Its width in pixels.
        width: usize,
        /// Its height in pixels.
        height: usize,
    },

    /// A chart could not be laid out.
    #[error("cannot draw {}: {source}", path.display())]
    Drawing {
        /// The figure.
        path: PathBuf,
        /// What the drawing library said.
        source: Box<dyn Error + Send + Sync>,
    },

    /// A figure of a page is no PNG file.
    #[error("{} is no PNG image ({source}); draw the figure again", path.display())]
    NotPng {
        /// The figure.
        path: PathBuf,
        /// What the PNG reader said.
        source: png::DecodingError,
    },

    /// A picture could not be encoded.
    #[error("cannot encode {}: {source}", path.display())]
    Encoding {
        /// The figure.
        path: PathBuf,
        /// What the PNG writer said.
        source: png::EncodingError,
    },
}
