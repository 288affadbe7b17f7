//! Values that are no numbers and no text, as text: dates, times and decimals.

use std::convert::Infallible;

use arrow_array::cast::AsArray;
use arrow_array::types::{
    Date32Type, Date64Type, Decimal32Type, Decimal64Type, Decimal128Type, Decimal256Type,
    Time32MillisecondType, Time32SecondType, Time64MicrosecondType, Time64NanosecondType,
    TimestampMicrosecondType, TimestampMillisecondType, TimestampNanosecondType,
    TimestampSecondType,
};
use arrow_array::{Array, ArrayRef};
use arrow_schema::{DataType, TimeUnit};

use crate::read::decoded::decoded;

/// Whether the values of a type are dates, times or decimals.
pub(super) fn is_shown(kind: &DataType) -> bool {
    kind.is_decimal()
        || matches!(
            kind,
            DataType::Date32
                | DataType::Date64
                | DataType::Time32(_)
                | DataType::Time64(_)
                | DataType::Timestamp(..)
        )
}

/// A value as text, dates and times as in ISO 8601; empty where it is none, such as a date beyond the calendar.
pub(super) fn shown(array: &ArrayRef, row: usize) -> String {
    let text = decoded("", "", || Ok::<_, Infallible>(text(array, row)));
    text.ok().flatten().unwrap_or_default()
}

fn text(array: &ArrayRef, row: usize) -> Option<String> {
    macro_rules! date {
        ($kind:ty) => {{
            let array = array.as_primitive_opt::<$kind>()?;
            Some(array.value_as_date(row)?.to_string())
        }};
    }
    macro_rules! time {
        ($kind:ty) => {{
            let array = array.as_primitive_opt::<$kind>()?;
            Some(array.value_as_time(row)?.to_string())
        }};
    }
    macro_rules! moment {
        ($kind:ty, $zone:expr) => {{
            let array = array.as_primitive_opt::<$kind>()?;
            let moment = array.value_as_datetime(row)?;
            // Moments with a time zone are stored in UTC.
            Some(format!("{moment:?}{}", $zone.as_ref().map_or("", |_| "Z")))
        }};
    }
    macro_rules! decimal {
        ($kind:ty) => {
            Some(array.as_primitive_opt::<$kind>()?.value_as_string(row))
        };
    }
    match array.data_type() {
        DataType::Date32 => date!(Date32Type),
        DataType::Date64 => date!(Date64Type),
        DataType::Time32(TimeUnit::Second) => time!(Time32SecondType),
        DataType::Time32(_) => time!(Time32MillisecondType),
        DataType::Time64(TimeUnit::Microsecond) => time!(Time64MicrosecondType),
        DataType::Time64(_) => time!(Time64NanosecondType),
        DataType::Timestamp(TimeUnit::Second, zone) => moment!(TimestampSecondType, zone),
        DataType::Timestamp(TimeUnit::Millisecond, zone) => moment!(TimestampMillisecondType, zone),
        DataType::Timestamp(TimeUnit::Microsecond, zone) => moment!(TimestampMicrosecondType, zone),
        DataType::Timestamp(TimeUnit::Nanosecond, zone) => moment!(TimestampNanosecondType, zone),
        DataType::Decimal32(..) => decimal!(Decimal32Type),
        DataType::Decimal64(..) => decimal!(Decimal64Type),
        DataType::Decimal128(..) => decimal!(Decimal128Type),
        DataType::Decimal256(..) => decimal!(Decimal256Type),
        _ => None,
    }
}
