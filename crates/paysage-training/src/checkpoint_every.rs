//! How often the training state is written.

use std::{fmt, num::NonZeroUsize, str::FromStr, time::Duration};

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// How often the training state is written: after a number of epochs, or after a time.
///
/// ```
/// use std::time::Duration;
///
/// use paysage_training::CheckpointEvery;
///
/// assert_eq!("90s".parse(), Ok(CheckpointEvery::Time(Duration::from_secs(90))));
/// assert_eq!("10".parse::<CheckpointEvery>()?.to_string(), "10");
/// # Ok::<(), paysage_training::CheckpointEveryError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum CheckpointEvery {
    /// After every so many epochs.
    Epochs(NonZeroUsize),
    /// When this time has passed since the last one, within an epoch too.
    Time(Duration),
}

/// A text that is neither a number of epochs nor a time.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("expected a number of epochs, such as 10, or of seconds, such as 60s, got {found:?}")]
pub struct CheckpointEveryError {
    /// The text.
    pub found: String,
}

impl FromStr for CheckpointEvery {
    type Err = CheckpointEveryError;

    fn from_str(text: &str) -> Result<Self, CheckpointEveryError> {
        let found = match text.strip_suffix('s') {
            Some(seconds) => {
                let seconds = seconds.parse().ok();
                let time = seconds.and_then(|s| Duration::try_from_secs_f64(s).ok());
                time.filter(|time| !time.is_zero()).map(Self::Time)
            }
            None => text.parse().ok().map(Self::Epochs),
        };
        found.ok_or_else(|| CheckpointEveryError {
            found: text.to_owned(),
        })
    }
}

impl fmt::Display for CheckpointEvery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Epochs(epochs) => write!(f, "{epochs}"),
            Self::Time(time) => write!(f, "{}s", time.as_secs_f64()),
        }
    }
}

impl TryFrom<String> for CheckpointEvery {
    type Error = CheckpointEveryError;

    fn try_from(text: String) -> Result<Self, CheckpointEveryError> {
        text.parse()
    }
}

impl From<CheckpointEvery> for String {
    fn from(every: CheckpointEvery) -> Self {
        every.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        for text in ["1", "50", "0.25s", "3600s"] {
            let every: CheckpointEvery = text.parse().expect(text);
            assert_eq!(every.to_string(), text);
        }
    }

    #[test]
    fn other_texts_are_refused() {
        for text in [
            "", "0", "-1", "1.5", "s", "0s", "-3s", "nans", "infs", "1e99s", "5 min",
        ] {
            let error = text.parse::<CheckpointEvery>().expect_err(text);
            assert_eq!(error.found, text);
        }
    }
}
