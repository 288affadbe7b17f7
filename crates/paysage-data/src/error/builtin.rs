//! Errors of built-in data sets.

/// What is wrong with the name or an option of a built-in data set.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BuiltinError {
    /// There is no built-in data set of this name.
    #[error(
        "builtin:{name}: no such built-in data set; the built-in data sets are {}",
        .known.join(", ")
    )]
    UnknownBuiltin {
        /// The name as given.
        name: String,
        /// The names of the built-in data sets.
        known: &'static [&'static str],
    },
    /// A built-in data set has no option of this name.
    #[error("builtin:{builtin}: no option {option:?}; the options are {}", .known.join(", "))]
    UnknownOption {
        /// The data set.
        builtin: &'static str,
        /// The option as given.
        option: String,
        /// The options of the data set.
        known: &'static [&'static str],
    },
    /// An option of a built-in data set has a value that it cannot take.
    #[error("builtin:{builtin}: option {option}: expected {expected}, got {value:?}")]
    BadOption {
        /// The data set.
        builtin: &'static str,
        /// The option.
        option: &'static str,
        /// The value as given.
        value: String,
        /// What is expected.
        expected: &'static str,
    },
}
