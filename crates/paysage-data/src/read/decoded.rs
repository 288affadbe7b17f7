//! Decoders of other crates.

use std::any::Any;
use std::cell::Cell;
use std::fmt::Display;
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};
use std::sync::Once;

use crate::error::{DataError, FormatError, one_line};

/// The most letters of a reason that are shown.
const LONGEST: usize = 200;

thread_local! {
    /// Whether a decoder runs in this thread.
    static DECODES: Cell<bool> = const { Cell::new(false) };
}

/// What a decoder of another crate makes of bytes that may be damaged.
///
/// The decoders are written to return errors, and are tested so, but they index and slice in many places by
/// numbers of the file. A panic there is an error of the file like any other: nothing that the decoder has
/// changed is used after it.
pub(super) fn decoded<T, E: Display>(
    file: &str,
    format: &'static str,
    decode: impl FnOnce() -> Result<T, E>,
) -> Result<T, DataError> {
    let before = DECODES.replace(true);
    let decoded = catch_unwind(AssertUnwindSafe(decode));
    DECODES.set(before);
    match decoded {
        Ok(Ok(decoded)) => Ok(decoded),
        Ok(Err(error)) => Err(broken(file, format, error)),
        Err(panic) => Err(broken(file, format, reason(&*panic))),
    }
}

/// The message of a panic.
fn reason(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("its parts contradict each other")
}

/// The error that a file is damaged.
pub(super) fn broken(file: &str, format: &'static str, reason: impl Display) -> DataError {
    let reason: String = one_line(&reason.to_string())
        .chars()
        .take(LONGEST)
        .collect();
    DataError::Format(FormatError::Broken {
        file: file.into(),
        format,
        reason,
    })
}

/// Leaves panics of decoders out of the panic hook of the process, once it was called.
///
/// The decoders of Parquet, Arrow IPC and HDF5 may panic on a damaged file. Such a panic is caught and becomes
/// an error of the file, but the panic hook prints it before. A program calls this at its beginning, after a
/// hook of its own.
///
/// ```
/// paysage_data::quiet_decoders();
/// ```
pub fn quiet_decoders() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let hook = take_hook();
        set_hook(Box::new(move |panic| {
            let is_decoder = DECODES.try_with(Cell::get).unwrap_or(false);
            if !is_decoder {
                hook(panic);
            }
        }));
    });
}
