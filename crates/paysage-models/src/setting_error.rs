//! Settings that are out of range.

use thiserror::Error;

/// A setting of an algorithm that is out of range.
#[derive(Clone, Copy, Debug, PartialEq, Error)]
pub enum SettingError {
    /// A count is zero.
    #[error("{setting} is 0, expected at least 1")]
    Zero {
        /// The setting, as a noun phrase: "the number of chains".
        setting: &'static str,
    },
    /// A number is not in its range.
    #[error("{setting} is {value}, expected {expected}")]
    OutOfRange {
        /// The setting, as a noun phrase: "the weight decay".
        setting: &'static str,
        /// The value given.
        value: f64,
        /// The range: "a finite number of at least 0".
        expected: &'static str,
    },
    /// A method needs discrete units.
    #[error("{method} needs discrete units, but those of layer {layer} are continuous")]
    Continuous {
        /// The method, as a noun phrase: "unbiased contrastive divergence".
        method: &'static str,
        /// The layer, counted from 0.
        layer: usize,
    },
}

impl SettingError {
    /// Checks that a count is at least 1.
    ///
    /// # Errors
    ///
    /// [`SettingError::Zero`] when it is not.
    pub fn check_count(setting: &'static str, count: usize) -> Result<(), Self> {
        match count {
            0 => Err(Self::Zero { setting }),
            _ => Ok(()),
        }
    }

    /// Checks that a number is finite and greater than 0.
    ///
    /// # Errors
    ///
    /// [`SettingError::OutOfRange`] when it is not.
    pub fn check_positive(setting: &'static str, value: f64) -> Result<(), Self> {
        let valid = value > 0.0 && value.is_finite();
        Self::check(setting, value, valid, "a finite number greater than 0")
    }

    /// Checks that a number is finite and at least 0.
    ///
    /// # Errors
    ///
    /// [`SettingError::OutOfRange`] when it is not.
    pub fn check_not_negative(setting: &'static str, value: f64) -> Result<(), Self> {
        let valid = value >= 0.0 && value.is_finite();
        Self::check(setting, value, valid, "a finite number of at least 0")
    }

    /// Checks that a number is between 0 and 1.
    ///
    /// # Errors
    ///
    /// [`SettingError::OutOfRange`] when it is not.
    pub fn check_fraction(setting: &'static str, value: f64) -> Result<(), Self> {
        let valid = value > 0.0 && value < 1.0;
        Self::check(setting, value, valid, "a number between 0 and 1")
    }

    /// Checks that a number is in its range, which `expected` names.
    ///
    /// # Errors
    ///
    /// [`SettingError::OutOfRange`] when it is not valid.
    pub fn check(
        setting: &'static str,
        value: f64,
        valid: bool,
        expected: &'static str,
    ) -> Result<(), Self> {
        match valid {
            true => Ok(()),
            false => Err(Self::OutOfRange {
                setting,
                value,
                expected,
            }),
        }
    }
}
