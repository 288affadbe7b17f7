//! A progress bar for training.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::{self, Write as _},
    io::{self, IsTerminal, Write as _},
    time::{Duration, Instant},
};

use indicatif::{ProgressState, ProgressStyle};
use paysage_layers::Trainable;

use crate::{Callback, CallbackError, Control, Epoch, FinishedBatch};

/// The number of first epochs of which each has a plain line.
const FIRST: usize = 100;

/// The shortest time between plain lines of later epochs.
const PAUSE: Duration = Duration::from_secs(1);

/// A bar on stderr with the rate in rows per second, the remaining time and the last values measured;
/// where stderr is not a terminal, a plain line after each of the first 100 epochs and after the last one,
/// and at most one a second between them.
pub struct ProgressBar {
    bar: indicatif::ProgressBar,
    terminal: bool,
    rows: usize,
    title: String,
    /// The time of the last plain line.
    printed: Option<Instant>,
    /// The names of metrics whose reason for having no value was printed.
    undefined: BTreeSet<String>,
}

impl ProgressBar {
    /// A bar for training on `rows` rows.
    #[must_use]
    pub fn new(rows: usize) -> Self {
        let style = ProgressStyle::with_template(
            "{prefix} {bar:30.cyan/dim} {percent:>3} % · {rate} · {eta_precise} left {msg}",
        );
        let style = style.expect("a valid template").with_key(
            "rate",
            |state: &ProgressState, out: &mut dyn std::fmt::Write| {
                // Nothing can be done about a terminal that does not take text.
                let _ = write!(out, "{:.0} rows/s", state.per_sec());
            },
        );
        Self {
            bar: indicatif::ProgressBar::new(0).with_style(style),
            terminal: io::stderr().is_terminal(),
            rows,
            title: String::new(),
            printed: None,
            undefined: BTreeSet::new(),
        }
    }

    /// The same bar with a title before the epoch: the stage of a longer training.
    #[must_use]
    pub fn titled(mut self, title: impl fmt::Display) -> Self {
        self.title = format!("{title}, ");
        self
    }

    /// Whether a plain line is printed after an epoch.
    fn is_due(&self, epoch: usize, epochs: usize) -> bool {
        let pause = |printed: Instant| printed.elapsed() >= PAUSE;
        epoch <= FIRST || epoch == epochs || self.printed.is_none_or(pause)
    }
}

impl<L: Trainable> Callback<L> for ProgressBar {
    fn after_batch(&mut self, batch: &FinishedBatch) -> Control {
        if self.bar.length() == Some(0) {
            self.bar.set_length((self.rows * batch.epochs) as u64);
            // A resumed run starts where it left off, at no rate.
            self.bar
                .set_position((self.rows * (batch.epoch - 1)) as u64);
            self.bar.reset_eta();
            self.bar.enable_steady_tick(Duration::from_millis(200));
        }
        let (title, epoch, epochs) = (&self.title, batch.epoch, batch.epochs);
        self.bar
            .set_prefix(format!("{title}epoch {epoch}/{epochs}"));
        self.bar.inc(batch.rows as u64);
        Control::Continue
    }

    fn after_epoch(&mut self, epoch: &mut Epoch<'_, L>) -> Result<Control, CallbackError> {
        for error in &epoch.undefined {
            // Once, as the same reason usually holds for many epochs.
            if self.undefined.insert(error.monitor.clone()) {
                let note = format!("epoch {}: no value of {error}", epoch.number);
                self.bar.suspend(|| {
                    let _ = writeln!(io::stderr(), "{note}");
                });
            }
        }
        let values = in_words(&epoch.values);
        if self.terminal {
            self.bar.set_message(values);
            if epoch.number == epoch.epochs {
                self.bar.finish();
            }
        } else if self.is_due(epoch.number, epoch.epochs) {
            self.printed = Some(Instant::now());
            let rate = self.rows as f64 / epoch.seconds;
            let (number, epochs, seconds) = (epoch.number, epoch.epochs, epoch.seconds);
            // A closed stderr is no reason to stop training.
            let title = &self.title;
            let line = format!(
                "{title}epoch {number}/{epochs}: {seconds:.1} s, {rate:.0} rows/s {values}"
            );
            let _ = writeln!(io::stderr(), "{}", line.trim_end());
        }
        Ok(Control::Continue)
    }
}

/// `· reconstruction error 0.0213 · free energy −120.3`; training values only and no bounds, to
/// fit on a line.
fn in_words(values: &BTreeMap<String, f64>) -> String {
    let mut words = String::new();
    for (name, value) in values {
        let left_out = [
            "_validation",
            "_low",
            "_high",
            "_unreliable",
            "_standard_error",
            "metrics_rows",
        ];
        if !left_out.iter().any(|end| name.ends_with(end)) {
            // Writing to a string cannot fail.
            let _ = write!(words, "· {} {value:.4} ", name.replace('_', " "));
            if let Some(error) = values.get(&format!("{name}_standard_error")) {
                let _ = write!(words, "± {error:.4} ");
            }
            if values.get(&format!("{name}_unreliable")) == Some(&1.0) {
                words += "(unreliable) ";
            }
        }
    }
    words.trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn after_the_first_epochs_at_most_one_a_second_has_a_line() {
        let mut bar = ProgressBar::new(10);
        bar.printed = Some(Instant::now());
        assert!(bar.is_due(1, 1000));
        assert!(bar.is_due(100, 1000));
        assert!(!bar.is_due(101, 1000));
        assert!(bar.is_due(1000, 1000));
        bar.printed = Instant::now().checked_sub(PAUSE);
        assert!(bar.is_due(101, 1000));
    }
}
