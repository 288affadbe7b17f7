//! Columns of estimates.

use paysage::metrics::Interval;

/// The columns of an estimate: its value, and two of its bounds where it has some.
pub(super) struct Estimate {
    pub(super) name: &'static str,
    pub(super) has_bounds: bool,
}

impl Estimate {
    /// The names of the columns.
    pub(super) fn names(&self) -> Vec<String> {
        let columns = ["", "_low", "_high"].map(|end| format!("{}{end}", self.name));
        self.present(columns)
    }

    /// The cells of a row.
    pub(super) fn cells(&self, interval: &Interval) -> Vec<String> {
        let Interval { low, value, high } = interval;
        self.present([value, low, high].map(|x| format!("{x:.6}")))
    }

    fn present(&self, columns: [String; 3]) -> Vec<String> {
        let count = if self.has_bounds { 3 } else { 1 };
        columns.into_iter().take(count).collect()
    }
}
