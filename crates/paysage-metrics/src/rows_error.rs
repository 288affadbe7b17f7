//! Rows that cannot be read.

use std::sync::Arc;

use paysage_data::DataError;
use thiserror::Error;

/// A [`DataError`] that can be cloned and compared, for errors that are results themselves.
#[derive(Clone, Debug, Error)]
#[error(transparent)]
pub struct RowsError(Arc<DataError>);

impl RowsError {
    /// The error of the data.
    #[must_use]
    pub fn get(&self) -> &DataError {
        &self.0
    }
}

impl From<DataError> for RowsError {
    fn from(error: DataError) -> Self {
        Self(Arc::new(error))
    }
}

/// Errors are equal when their messages are.
impl PartialEq for RowsError {
    fn eq(&self, other: &Self) -> bool {
        self.to_string() == other.to_string()
    }
}
