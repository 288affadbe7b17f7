//! Errors of figures and pages.

use std::error::Error;
use std::io;
use std::path::PathBuf;

/// Error of a figure or a page. Each message is one line that names the file and what to do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReportError {
    /// Rows of the data could not be read.
    #[error(transparent)]
    Data(#[from] paysage_data::DataError),

    /// A file could not be read.
    #[error("cannot read {}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The error of the system.
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
        /// The error of the system.
        source: io::Error,
    },

    /// A line of a metrics file is not JSON.
    #[error("{}, line {line}: {source}; each line must be one JSON object", path.display())]
    NotJson {
        /// The metrics file.
        path: PathBuf,
        /// The line, counted from 1.
        line: usize,
        /// The error of the JSON parser.
        source: serde_json::Error,
    },

    /// A line of a metrics file ends in the middle, as after a crash or a full disk.
    #[error(
        "{}, line {line} is incomplete; delete that line, the epochs before it are complete",
        path.display()
    )]
    CutShort {
        /// The metrics file.
        path: PathBuf,
        /// The line, counted from 1.
        line: usize,
    },

    /// A line of a metrics file is JSON but not an object.
    #[error("{}, line {line} is not a JSON object such as {{\"epoch\":1,\"seconds\":2.3}}", path.display())]
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

    /// A value of a metrics file is not a number.
    #[error(
        "{}, line {line}: \"{key}\": expected a number or null, got {found}",
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

    /// The epoch of a metrics line is not a whole number.
    #[error("{}, line {line}: \"epoch\": expected a whole number, 0 or more, got {found}", path.display())]
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
    #[error("{} has no epochs; train for at least one", path.display())]
    NoEpochs {
        /// The metrics file.
        path: PathBuf,
    },

    /// There is nothing to draw: no records, no images, or no finite value.
    #[error("nothing to draw in {}: expected at least one {needed}", path.display())]
    Nothing {
        /// The figure.
        path: PathBuf,
        /// What is missing.
        needed: &'static str,
    },

    /// A size that must be at least one is zero.
    #[error("cannot draw {}: {what} is 0; it must be 1 or more", path.display())]
    ZeroSize {
        /// The figure.
        path: PathBuf,
        /// The size's name.
        what: &'static str,
    },

    /// The values of a grid are not a whole number of images.
    #[error(
        "cannot draw {}: {values} values are not a whole number of images of {height} x {width} pixels",
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

    /// The values of a table are not a whole number of rows.
    #[error(
        "cannot draw {}: {values} values are not a whole number of rows of {columns} columns",
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

    /// The number of values of a matrix does not match its sizes.
    #[error(
        "cannot draw {}: got {values} values for a matrix of {rows} x {columns}",
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

    /// Two grids to be paired differ in the shape or the number of their images.
    #[error(
        "cannot pair images in {}: {} of {} x {} and {} of {} x {}; shape and number must be equal",
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

    /// The figure would have too many pixels.
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
        /// The error of the drawing library.
        source: Box<dyn Error + Send + Sync>,
    },

    /// The template of the page could not be filled in.
    #[error("cannot make {}: {source}", path.display())]
    Rendering {
        /// The page.
        path: PathBuf,
        /// The error of the template.
        source: askama::Error,
    },

    /// The activity of hidden units could not be computed.
    #[error(transparent)]
    Metric(#[from] paysage_metrics::MetricError),

    /// A figure of a page is not a PNG file.
    #[error("{} is not a PNG image ({source}); draw the figure again", path.display())]
    NotPng {
        /// The figure.
        path: PathBuf,
        /// The error of the PNG decoder.
        source: png::DecodingError,
    },

    /// An image could not be encoded.
    #[error("cannot encode {}: {source}", path.display())]
    Encoding {
        /// The figure.
        path: PathBuf,
        /// The error of the PNG encoder.
        source: png::EncodingError,
    },
}
