//! Columns of estimates.

use paysage::metrics::Interval;

/// A column of estimates, and two of their bounds where they have some.
pub(super) fn intervals<'a>(
    name: &str,
    intervals: impl Iterator<Item = &'a Interval>,
    has_bounds: bool,
) -> Vec<(String, Vec<String>)> {
    let intervals: Vec<&Interval> = intervals.collect();
    let column = |name: String, end: fn(&Interval) -> f64| {
        let cells = intervals
            .iter()
            .map(|interval| format!("{:.6}", end(interval)));
        (name, cells.collect())
    };
    let mut columns = vec![column(name.to_owned(), |interval| interval.value)];
    if has_bounds {
        columns.push(column(format!("{name}_low"), |interval| interval.low));
        columns.push(column(format!("{name}_high"), |interval| interval.high));
    }
    columns
}
