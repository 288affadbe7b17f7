//! Results on stdout, progress and messages on stderr.

use std::{
    fmt,
    io::{self, ErrorKind, IsTerminal, Write},
    path::Path,
};

use indicatif::{ProgressBar, ProgressStyle};
pub(crate) use paysage::report::{decimals, number};
use paysage::{
    burn::tensor::Tensor,
    models::{Progress, Stage},
};

use crate::failure::Failure;

/// Prints a result. A closed pipe, as by `head`, is no error.
pub(crate) fn print(text: impl fmt::Display) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    match write!(out, "{text}").and_then(|()| out.flush()) {
        Err(e) if e.kind() != ErrorKind::BrokenPipe => {
            Err(Failure::work(format!("the result cannot be printed: {e}")))
        }
        _ => Ok(()),
    }
}

/// Prints the name of a file that was written; nothing where the result went to a device or a FIFO,
/// which may be stdout.
pub(crate) fn written(path: &Path) -> Result<(), Failure> {
    match is_plain_file(path) {
        true => print(format_args!("{}\n", path.display())),
        false => Ok(()),
    }
}

/// Whether a path is a file, and neither a device nor a FIFO, which may be stdout.
pub(crate) fn is_plain_file(path: &Path) -> bool {
    path.is_file() && !path.starts_with("/dev") && !path.starts_with("/proc")
}

/// The values of a tensor, row after row.
pub(crate) fn values(tensor: Tensor<2>) -> Vec<f32> {
    tensor.into_data().iter().collect()
}

/// Prints a message on stderr. A closed stderr is no error.
pub(crate) fn say(text: impl fmt::Display) {
    let _ = writeln!(io::stderr(), "{text}");
}

/// A progress bar on stderr with the rate and the remaining time; where stderr is not a terminal, a line
/// for each stage that starts.
pub(crate) struct Bar {
    bar: ProgressBar,
    work: &'static str,
    terminal: bool,
    stage: Option<Stage>,
}

impl Bar {
    /// A bar for work such as "sampling".
    pub(crate) fn new(work: &'static str) -> Self {
        let style = ProgressStyle::with_template(
            "{msg} {bar:30.cyan/dim} {percent:>3} % · {per_sec} · {eta_precise} left",
        );
        Self {
            bar: ProgressBar::new(0).with_style(style.expect("a valid template")),
            work,
            terminal: io::stderr().is_terminal(),
            stage: None,
        }
    }
}

impl Progress for Bar {
    fn report(&mut self, stage: Stage, done: usize, total: usize) {
        // The threads of a sum report in any order.
        let again = stage != Stage::ExactSum && (done as u64) < self.bar.position();
        if self.stage != Some(stage) || again {
            let first = self.stage != Some(stage);
            self.stage = Some(stage);
            self.bar.reset();
            self.bar.set_length(total as u64);
            let message = match stage {
                Stage::Rows => self.work.to_owned(),
                stage => format!("{}: {stage}", self.work),
            };
            if first && !self.terminal && total > LONG {
                say(format_args!("{message}, {total} steps"));
            }
            self.bar.set_message(message);
        }
        self.bar.set_position(done as u64);
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

/// Stages of fewer steps end before a line about them is read.
const LONG: usize = 5000;
