//! What goes to stdout and stderr.

use std::{
    fmt,
    io::{self, ErrorKind, Write},
};

use crate::failure::Failure;

/// Prints a result. A reader that has seen enough, such as `head`, is no fault.
pub(crate) fn print(text: impl fmt::Display) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    match write!(out, "{text}").and_then(|()| out.flush()) {
        Err(e) if e.kind() != ErrorKind::BrokenPipe => {
            Err(Failure::work(format!("the result cannot be printed: {e}")))
        }
        _ => Ok(()),
    }
}

/// Says something about the work. That nobody listens is no reason to end it.
pub(crate) fn say(text: impl fmt::Display) {
    let _ = writeln!(io::stderr(), "{text}");
}
