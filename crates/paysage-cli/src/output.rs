//! What goes to stdout and stderr.

use std::{
    fmt,
    io::{self, ErrorKind, Write},
};

use indicatif::{ProgressBar, ProgressStyle};

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

/// A bar of work in so many units on stderr, nothing where that is no terminal.
pub(crate) fn bar(work: &str, unit: &str, length: usize) -> ProgressBar {
    let style = ProgressStyle::with_template(&format!(
        "{work} {{bar:30.cyan/dim}} {{percent:>3}} % · {{per_sec}} {unit} · {{eta_precise}} left"
    ));
    ProgressBar::new(length as u64).with_style(style.expect("a valid template"))
}
