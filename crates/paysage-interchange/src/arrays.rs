//! Arrays of a file, checked.

use paysage_data::{ArrayFile, NamedArray};

use crate::{Format, ImportError};

/// The arrays of a file of a known format.
pub(crate) struct Arrays<'a> {
    pub(crate) file: &'a ArrayFile,
    pub(crate) format: Format,
}

impl Arrays<'_> {
    /// An array of finite numbers.
    pub(crate) fn array(&self, name: &str) -> Result<NamedArray, ImportError> {
        let array = self.file.array(name)?;
        check(&array, "a finite number", |value| value.is_finite())?;
        Ok(array)
    }

    /// An array of this shape.
    pub(crate) fn of_shape(&self, name: &str, shape: &[usize]) -> Result<Vec<f32>, ImportError> {
        let array = self.array(name)?;
        match array.shape == shape {
            true => Ok(array.values),
            false => Err(wrong_shape(array, format!("{shape:?}"))),
        }
    }

    /// A text, which every file of the format has.
    pub(crate) fn text(&self, name: &str) -> Result<String, ImportError> {
        let text = self.file.text(name)?;
        text.ok_or_else(|| self.missing(name))
    }

    /// The error that a file lacks what every file of the format has.
    pub(crate) fn missing(&self, name: &str) -> ImportError {
        ImportError::NotOfFormat {
            file: self.name(),
            format: self.format,
            missing: name.into(),
        }
    }

    /// The error that no machine of this library expresses a part of the model.
    pub(crate) fn unsupported(&self, what: impl Into<String>, known: &'static str) -> ImportError {
        ImportError::Unsupported {
            file: self.name(),
            what: what.into(),
            known,
        }
    }

    /// The name of the file.
    pub(crate) fn name(&self) -> String {
        self.file.name().into()
    }
}

/// The error that an array has another shape.
pub(crate) fn wrong_shape(array: NamedArray, expected: impl Into<String>) -> ImportError {
    ImportError::Shape {
        array: array.source,
        found: array.shape,
        expected: expected.into(),
    }
}

/// Checks every value of an array.
pub(crate) fn check(
    array: &NamedArray,
    expected: &'static str,
    accept: impl Fn(f32) -> bool,
) -> Result<(), ImportError> {
    let found = array.values.iter().position(|&value| !accept(value));
    match found {
        None => Ok(()),
        Some(position) => Err(ImportError::Value {
            array: array.source.clone(),
            position,
            value: array.values[position],
            expected,
        }),
    }
}

/// The transpose of a matrix of so many columns.
pub(crate) fn transposed(values: &[f32], columns: usize) -> Vec<f32> {
    let column = |column| values.iter().skip(column).step_by(columns).copied();
    (0..columns).flat_map(column).collect()
}
