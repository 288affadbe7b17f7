//! Values of typed columns, as numbers and as the cells of a text.

use std::borrow::Cow;

use arrow_array::cast::AsArray;
use arrow_array::types::{
    Float16Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, UInt8Type,
    UInt16Type, UInt32Type, UInt64Type,
};
use arrow_array::{Array, ArrayRef};
use arrow_schema::DataType;

use super::shown::{is_shown, shown};
use crate::error::DataError;
use crate::position::Position;
use crate::read::Missing;
use crate::read::cell::{bare, is_missing_number, number, refused};
use crate::read::npy;

/// A value of a column.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Value<'a> {
    Missing,
    Boolean(bool),
    Signed(i64),
    Unsigned(u64),
    /// A float of 2 or 4 bytes.
    Single(f32),
    Double(f64),
    Text(&'a str),
    /// A date, a time or a decimal: the value of a row.
    Other(&'a ArrayRef, usize),
}

/// The value of a row.
pub(super) type Get<'a> = Box<dyn Fn(usize) -> Value<'a> + 'a>;

/// Whether the values of a type are numbers, booleans or text.
pub(super) fn is_readable(kind: &DataType) -> bool {
    match kind {
        DataType::Null | DataType::Boolean | DataType::Utf8 => true,
        DataType::LargeUtf8 | DataType::Utf8View => true,
        DataType::Dictionary(key, value) => {
            key.is_integer() && !is_dictionary(value) && is_readable(value)
        }
        kind => kind.is_integer() || kind.is_floating(),
    }
}

/// Whether the values of a readable type are text.
pub(super) fn is_text(kind: &DataType) -> bool {
    match kind {
        DataType::Dictionary(_, value) => is_text(value),
        kind => matches!(
            kind,
            DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View
        ),
    }
}

fn is_dictionary(kind: &DataType) -> bool {
    matches!(kind, DataType::Dictionary(..))
}

/// The values of an array of a type that is read or shown; none for another type.
pub(super) fn values(array: &ArrayRef) -> Option<Get<'_>> {
    macro_rules! numbers {
        ($kind:ty, $value:expr) => {{
            let array = array.as_primitive_opt::<$kind>()?;
            let value = $value;
            Box::new(move |row: usize| value(array.value(row)))
        }};
    }
    macro_rules! texts {
        ($array:expr) => {{
            let array = $array;
            Box::new(move |row: usize| Value::Text(array.value(row)))
        }};
    }
    let get: Get<'_> = match array.data_type() {
        DataType::Null => return Some(Box::new(|_| Value::Missing)),
        DataType::Boolean => {
            let array = array.as_boolean_opt()?;
            Box::new(move |row| Value::Boolean(array.value(row)))
        }
        DataType::Int8 => numbers!(Int8Type, |x| Value::Signed(i64::from(x))),
        DataType::Int16 => numbers!(Int16Type, |x| Value::Signed(i64::from(x))),
        DataType::Int32 => numbers!(Int32Type, |x| Value::Signed(i64::from(x))),
        DataType::Int64 => numbers!(Int64Type, Value::Signed),
        DataType::UInt8 => numbers!(UInt8Type, |x| Value::Unsigned(u64::from(x))),
        DataType::UInt16 => numbers!(UInt16Type, |x| Value::Unsigned(u64::from(x))),
        DataType::UInt32 => numbers!(UInt32Type, |x| Value::Unsigned(u64::from(x))),
        DataType::UInt64 => numbers!(UInt64Type, Value::Unsigned),
        DataType::Float16 => {
            let array = array.as_primitive_opt::<Float16Type>()?;
            Box::new(move |row| Value::Single(array.value(row).to_f32()))
        }
        DataType::Float32 => numbers!(Float32Type, Value::Single),
        DataType::Float64 => numbers!(Float64Type, Value::Double),
        DataType::Utf8 => texts!(array.as_string_opt::<i32>()?),
        DataType::LargeUtf8 => texts!(array.as_string_opt::<i64>()?),
        DataType::Utf8View => texts!(array.as_string_view_opt()?),
        DataType::Dictionary(..) => {
            let dictionary = array.as_any_dictionary_opt()?;
            if dictionary.values().is_empty() {
                return Some(Box::new(|_| Value::Missing));
            }
            let values = values(dictionary.values())?;
            let keys = dictionary.normalized_keys();
            Box::new(move |row| values(keys[row]))
        }
        kind if is_shown(kind) => Box::new(move |row| Value::Other(array, row)),
        _ => return None,
    };
    match array.nulls().cloned() {
        None => Some(get),
        Some(nulls) => Some(Box::new(move |row| match nulls.is_null(row) {
            true => Value::Missing,
            false => get(row),
        })),
    }
}

impl<'a> Value<'a> {
    /// The value as a number, NaN where it may be missing and is.
    pub(super) fn number(
        self,
        file: &str,
        missing: Missing,
        position: impl Fn() -> Position,
    ) -> Result<f32, DataError> {
        let double = |value: f64| match npy::refused(file, value, missing, &position) {
            Some(error) => Err(error),
            None => Ok(value as f32),
        };
        match self {
            Self::Missing => double(f64::NAN),
            Self::Boolean(value) => Ok(f32::from(u8::from(value))),
            Self::Signed(value) => Ok(value as f32),
            Self::Unsigned(value) => Ok(value as f32),
            Self::Single(value) if value.is_finite() => Ok(value),
            Self::Single(value) => double(f64::from(value)),
            Self::Double(value) => double(value),
            Self::Other(array, row) => Err(refused(file, position(), shown(array, row).as_bytes())),
            Self::Text(text) => match number::<f32>(text.as_bytes()) {
                Some(value) if value.is_finite() => Ok(value),
                _ if missing == Missing::Allowed && is_missing_number(text.as_bytes()) => {
                    Ok(f32::NAN)
                }
                _ => Err(refused(file, position(), text.as_bytes())),
            },
        }
    }

    /// The value as the cell of a text, empty where it is missing.
    pub(super) fn cell(self) -> Cow<'a, str> {
        match self {
            Self::Other(array, row) => shown(array, row).into(),
            Self::Missing => "".into(),
            Self::Boolean(true) => "true".into(),
            Self::Boolean(false) => "false".into(),
            Self::Signed(value) => value.to_string().into(),
            Self::Unsigned(value) => value.to_string().into(),
            Self::Single(value) if value.is_nan() => "".into(),
            Self::Double(value) if value.is_nan() => "".into(),
            Self::Single(value) if is_plain(value.into()) => value.to_string().into(),
            Self::Double(value) if is_plain(value) => value.to_string().into(),
            Self::Single(value) => format!("{value:e}").into(),
            Self::Double(value) => format!("{value:e}").into(),
            Self::Text(text) => match std::str::from_utf8(bare(text.as_bytes())) {
                Ok(text) => text.into(),
                // The bytes that are left out are ASCII.
                Err(_) => text.into(),
            },
        }
    }
}

/// Whether a number is written without an exponent: as pandas does.
fn is_plain(value: f64) -> bool {
    value == 0.0 || !value.is_finite() || (1e-4..1e16).contains(&value.abs())
}
