//! Errors of the report of a run.

use paysage_data::DataError;
use paysage_inference::InferenceError;
use paysage_training::RunError;
use thiserror::Error;

use crate::ReportError;

/// Error of the report of a run.
#[derive(Debug, Error)]
pub enum RunPageError {
    /// The folder or the files of the run.
    #[error(transparent)]
    Run(#[from] RunError),
    /// A figure or a page.
    #[error(transparent)]
    Report(#[from] ReportError),
    /// The imputation of missing values.
    #[error(transparent)]
    Inference(#[from] InferenceError),
    /// Rows that cannot be read.
    #[error(transparent)]
    Data(#[from] DataError),
}
