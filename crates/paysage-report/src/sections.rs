//! Sections of the report.

use std::fmt;

use crate::html::Escaped;
use crate::names::{STANDARD_ERROR, heading, is_detail, split};
use crate::numbers::{of, short};
use crate::{ColumnSummary, EpochRecord};

/// Metrics sorted by quantity, and within one as in its panel.
fn ordered<'a>(names: impl Iterator<Item = &'a String>) -> Vec<&'a String> {
    let mut names: Vec<_> = names.collect();
    names.sort_by_cached_key(|name| {
        let parts = split(name);
        (parts.stem, parts.order, *name)
    });
    names.dedup();
    names
}

/// The metrics of the last epoch that was measured, each with its first value.
pub(crate) fn numbers(out: &mut fmt::Formatter<'_>, records: &[EpochRecord]) -> fmt::Result {
    if records.is_empty() {
        return Ok(());
    }
    let metrics = |record: &&EpochRecord| record.values.keys().any(|name| !is_detail(name));
    let Some(last) = records.iter().rfind(metrics) else {
        return writeln!(
            out,
            "<section>\n<h2>Metrics</h2>\n<p>No metric was measured during training.</p>\n</section>"
        );
    };
    writeln!(
        out,
        "<section>\n<h2>After epoch {}</h2>\n<dl class=\"numbers\">",
        last.epoch
    )?;
    for name in ordered(last.values.keys().filter(|name| !is_detail(name))) {
        let value = last.values[name];
        let words = Escaped(heading(name));
        write!(
            out,
            "<div><dt>{words}</dt><dd class=\"value\">{}</dd>",
            short(value)
        )?;
        if let Some(&error) = last.values.get(&format!("{name}_{STANDARD_ERROR}")) {
            let error = short(error);
            write!(out, "<dd class=\"then\">± {error} (standard error)</dd>")?;
        }
        let first = records
            .iter()
            .find(|record| record.values.contains_key(name));
        if let Some(first) = first.filter(|first| first.epoch < last.epoch) {
            write!(
                out,
                "<dd class=\"then\">{} at epoch {}</dd>",
                short(first.values[name]),
                first.epoch
            )?;
        }
        writeln!(out, "</div>")?;
    }
    writeln!(out, "</dl>")?;
    if let Some(&rows) = last.values.get("metrics_rows") {
        let rows = of(rows as usize, "training row");
        writeln!(
            out,
            "<p class=\"quiet\">Measured on {rows}, the same random sample in every epoch (all rows where \
             there are no more).</p>"
        )?;
    }
    writeln!(out, "</section>")
}

/// Notes on the run.
pub(crate) fn notes(out: &mut fmt::Formatter<'_>, notes: &[String]) -> fmt::Result {
    if notes.is_empty() {
        return Ok(());
    }
    writeln!(out, "<section>\n<h2>Notes</h2>\n<ul>")?;
    for note in notes {
        writeln!(out, "<li>{}</li>", Escaped(note))?;
    }
    writeln!(out, "</ul>\n</section>")
}

/// Most columns in the table of columns.
const COLUMNS: usize = 500;

/// Means and standard deviations of data and samples, column by column.
pub(crate) fn columns(out: &mut fmt::Formatter<'_>, columns: &[ColumnSummary]) -> fmt::Result {
    if columns.is_empty() {
        return Ok(());
    }
    writeln!(
        out,
        "<details open>\n<summary>Columns of data and samples</summary>\n<div class=\"scroll\"><table>\n\
         <thead><tr><th scope=\"col\">column</th><th scope=\"col\">mean, data</th>\
         <th scope=\"col\">mean, samples</th><th scope=\"col\">standard deviation, data</th>\
         <th scope=\"col\">standard deviation, samples</th></tr></thead>\n<tbody>"
    )?;
    for column in columns.iter().take(COLUMNS) {
        write!(out, "<tr><td>{}</td>", Escaped(&column.name))?;
        let (data, samples) = (column.data, column.samples);
        for value in [data.0, samples.0, data.1, samples.1] {
            write!(out, "<td>{}</td>", short(value))?;
        }
        writeln!(out, "</tr>")?;
    }
    writeln!(out, "</tbody>\n</table></div>")?;
    if columns.len() > COLUMNS {
        let rest = of(columns.len() - COLUMNS, "more column");
        writeln!(out, "<p class=\"quiet\">{rest}</p>")?;
    }
    writeln!(out, "</details>")
}

/// Settings of the run.
pub(crate) fn facts(out: &mut fmt::Formatter<'_>, facts: &[(String, String)]) -> fmt::Result {
    if facts.is_empty() {
        return Ok(());
    }
    writeln!(out, "<section>\n<h2>Settings</h2>\n<dl class=\"facts\">")?;
    for (name, value) in facts {
        writeln!(
            out,
            "<div><dt>{}</dt><dd>{}</dd></div>",
            Escaped(name),
            Escaped(value)
        )?;
    }
    writeln!(out, "</dl>\n</section>")
}

/// All metrics of all epochs.
pub(crate) fn epochs(out: &mut fmt::Formatter<'_>, records: &[EpochRecord]) -> fmt::Result {
    if records.is_empty() {
        return Ok(());
    }
    let names = ordered(records.iter().flat_map(|record| record.values.keys()));
    writeln!(
        out,
        "<details>\n<summary>All metrics of {}</summary>\n<div class=\"scroll\"><table>\n\
         <thead><tr><th scope=\"col\">epoch</th><th scope=\"col\">seconds</th>",
        of(records.len(), "epoch")
    )?;
    for name in &names {
        write!(out, "<th scope=\"col\">{}</th>", Escaped(heading(name)))?;
    }
    writeln!(out, "</tr></thead>\n<tbody>")?;
    for record in records {
        write!(
            out,
            "<tr><td>{}</td><td>{}</td>",
            record.epoch,
            short(record.seconds)
        )?;
        for name in &names {
            let value = record
                .values
                .get(*name)
                .map_or_else(String::new, |&value| short(value));
            write!(out, "<td>{value}</td>")?;
        }
        writeln!(out, "</tr>")?;
    }
    writeln!(out, "</tbody>\n</table></div>\n</details>")
}
