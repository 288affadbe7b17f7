//! Progress of a run, and its answers.

use crate::InferenceError;

/// Callback that is called with the number of rows done so far.
pub type Progress<'a> = &'a mut (dyn FnMut(usize) + Send);

/// The answers to a question, chunk by chunk in the order of the rows. An item is an error where rows
/// cannot be read or have values that the machine does not take.
///
/// The number of rows of a chunk is chosen by memory. Random numbers are a function of the key and the
/// position of a row in the data set, whatever chunk it is in.
pub type Answers<'a, T> = Box<dyn Iterator<Item = Result<T, InferenceError>> + 'a>;
