//! Tables of the page.

use crate::names::{heading, ordered};
use crate::numbers::{grouped, of, short};
use crate::thinning::thinned;
use crate::{ColumnSummary, EpochRecord, Reconstructions};

/// Largest number of rows in the table of columns, and in that of epochs.
const COLUMNS: usize = 500;
const EPOCHS: usize = 500;

/// A collapsible table of text (`templates/table.html`).
pub(crate) struct Table {
    pub(crate) summary: String,
    pub(crate) open: bool,
    pub(crate) headings: Vec<String>,
    pub(crate) rows: Vec<Vec<String>>,
    /// A sentence below the table; may be empty.
    pub(crate) note: String,
}

impl Table {
    /// Means and standard deviations of data and samples, column by column; `None` without columns.
    pub(crate) fn of_columns(columns: &[ColumnSummary]) -> Option<Self> {
        if columns.is_empty() {
            return None;
        }
        let row = |column: &ColumnSummary| {
            let (data, samples) = (column.data, column.samples);
            let numbers = [data.0, samples.0, data.1, samples.1].map(moment);
            [column.name.clone()].into_iter().chain(numbers).collect()
        };
        let more = columns.len().saturating_sub(COLUMNS);
        let headings = [
            "column",
            "mean, data",
            "mean, samples",
            "standard deviation, data",
            "standard deviation, samples",
        ];
        Some(Self {
            summary: "Columns of data and samples".into(),
            open: true,
            headings: headings.map(String::from).into(),
            rows: columns.iter().take(COLUMNS).map(row).collect(),
            note: match more {
                0 => String::new(),
                more => of(more, "more column"),
            },
        })
    }

    /// Rows of data beside their reconstructions; `None` without columns.
    pub(crate) fn of_reconstructions(found: &Reconstructions) -> Option<Self> {
        let first = found.columns.first()?;
        let rows = (1..=first.rows.len()).map(|row| format!("row {row}"));
        let headings = ["column".to_owned(), found.error_heading()];
        Some(Self {
            summary: "Rows and their reconstructions".into(),
            open: true,
            headings: headings.into_iter().chain(rows).collect(),
            rows: found
                .columns
                .iter()
                .map(|column| {
                    let cells = column.rows.iter();
                    let cells = cells.map(|(data, means)| format!("{data} → {means}"));
                    let start = [column.name.clone(), column.error.clone()];
                    start.into_iter().chain(cells).collect()
                })
                .collect(),
            note: found.note(),
        })
    }

    /// All metrics by epoch, thinned where there are many; `None` without epochs.
    pub(crate) fn of_epochs(records: &[EpochRecord], best: Option<usize>) -> Option<Self> {
        if records.is_empty() {
            return None;
        }
        let shown = thinned(records, EPOCHS, best);
        let names = ordered(records.iter().flat_map(|record| record.values.keys()));
        let epochs = of(records.len(), "epoch");
        let (summary, note) = match shown.len() == records.len() {
            true => (format!("All metrics of {epochs}"), String::new()),
            false => (
                format!("All metrics of {} of {epochs}", grouped(shown.len())),
                format!(
                    "One epoch of each of {EPOCHS} equal ranges, the one with the most metrics, and \
                     always the first, the last and the best; metrics.jsonl has all epochs."
                ),
            ),
        };
        let row = |record: &EpochRecord| {
            let values = names.iter().map(|name| {
                let value = record.values.get(*name);
                value.map_or_else(String::new, |&value| short(value))
            });
            let start = [record.epoch.to_string(), short(record.seconds)];
            start.into_iter().chain(values).collect()
        };
        let start = ["epoch", "seconds"].map(String::from).into_iter();
        Some(Self {
            summary,
            open: false,
            headings: start
                .chain(names.iter().map(|name| heading(name)))
                .collect(),
            rows: shown.into_iter().map(row).collect(),
            note,
        })
    }
}

/// A mean or a standard deviation; a dash where there are no values.
fn moment(value: f64) -> String {
    match value.is_nan() {
        true => "–".into(),
        false => short(value),
    }
}
