//! Answers to questions.

use crate::InferenceError;

/// The answers to a question, chunk by chunk in the order of the rows. An item is an error where rows
/// cannot be read or have values that the machine does not take.
///
/// The number of rows of a chunk is chosen by memory. Random numbers are a function of the key and the
/// position of a row in the data set, whatever chunk it is in.
pub type Answers<'a, T> = Box<dyn Iterator<Item = Result<T, InferenceError>> + 'a>;
