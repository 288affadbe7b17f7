//! The HTML report.

use std::fmt::{self, Display};
use std::fs;
use std::path::{Path, PathBuf};

use base64::display::Base64Display;
use base64::prelude::BASE64_STANDARD;
use png::Unit;

use crate::files::write_atomically;
use crate::html::Escaped;
use crate::names::{STANDARD_ERROR, heading, is_detail, split};
use crate::numbers::{of, short};
use crate::{ColumnSummary, EpochRecord, ReportError};

const STYLE: &str = include_str!("page.css");

/// The width in points that the style sheet leaves to a figure on a wide screen.
const FULL_WIDTH: u32 = 790;

/// Report of a training run: a self-contained HTML page.
///
/// From top to bottom: title and subtitle, the metrics of the last epoch that was measured (or a
/// statement that there are none), notes, settings, figures, columns of data and samples, and a
/// collapsible table of all epochs. Parts without content are left out. All text is escaped; there are
/// no scripts or links, and the content security policy of the page forbids loading anything.
///
/// ```
/// use paysage_report::Page;
///
/// # let folder = tempfile::tempdir()?;
/// let page = Page {
///     title: "RBM trained on digits".into(),
///     subtitle: "500 hidden units".into(),
///     facts: vec![("seed".into(), "7".into())],
///     ..Page::default()
/// };
/// page.write(&folder.path().join("report.html"))?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Page {
    /// The heading and the title of the browser tab.
    pub title: String,
    /// A line below it.
    pub subtitle: String,
    /// Settings and facts of the run: names and values.
    pub facts: Vec<(String, String)>,
    /// The epochs, from [`read_metrics`](crate::read_metrics).
    pub records: Vec<EpochRecord>,
    /// The figures in order.
    pub figures: Vec<Figure>,
    /// Columns of data and samples, from [`RunFigures`](crate::RunFigures).
    pub columns: Vec<ColumnSummary>,
    /// Notes, such as reasons for missing figures.
    pub notes: Vec<String>,
}

/// A PNG figure to embed in a [`Page`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Figure {
    /// The heading.
    pub heading: String,
    /// The caption; may be empty.
    pub caption: String,
    /// The PNG file.
    pub path: PathBuf,
}

impl Page {
    /// Writes the page.
    ///
    /// # Errors
    ///
    /// When a figure is missing ([`ReportError::Read`]) or not a PNG file ([`ReportError::NotPng`]), or
    /// the page cannot be written.
    pub fn write(&self, path: &Path) -> Result<(), ReportError> {
        let plates = self
            .figures
            .iter()
            .map(Plate::read)
            .collect::<Result<Vec<_>, _>>()?;
        let page = Whole { page: self, plates };
        write_atomically(path, page.to_string().as_bytes())
    }
}

/// A figure and the content of its file.
struct Plate<'a> {
    figure: &'a Figure,
    bytes: Vec<u8>,
    /// Width and height on the page.
    size: (u32, u32),
    /// Class in the style sheet.
    class: &'static str,
}

impl<'a> Plate<'a> {
    fn read(figure: &'a Figure) -> Result<Self, ReportError> {
        let path = || figure.path.clone();
        let bytes = fs::read(&figure.path).map_err(|source| ReportError::Read {
            path: path(),
            source,
        })?;
        let reader = png::Decoder::new(std::io::Cursor::new(&bytes))
            .read_info()
            .map_err(|source| ReportError::NotPng {
                path: path(),
                source,
            })?;
        let info = reader.info();
        // 96 points per inch; one pixel per point where the file has no resolution.
        let density = match info.pixel_dims {
            Some(dots) if dots.unit == Unit::Meter => f64::from(dots.xppu) * 0.0254 / 96.0,
            _ => 1.0,
        };
        let density = density.clamp(0.1, 10.0);
        let points = |pixels: u32| (f64::from(pixels) / density).round().max(1.0) as u32;
        let size = (points(info.width), points(info.height));
        let class = match size.0 {
            // High-resolution charts, whose text must be legible on a phone.
            _ if density > 1.5 => "chart",
            // Shown at its size: squares with hard edges.
            ..=FULL_WIDTH => "sharp",
            // Reduced: hard edges would drop whole lines of pixels.
            _ => "smooth",
        };
        Ok(Self {
            figure,
            bytes,
            size,
            class,
        })
    }
}

impl Display for Plate<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let heading = Escaped(&self.figure.heading);
        writeln!(out, "<figure>\n<h2>{heading}</h2>")?;
        writeln!(
            out,
            "<div class=\"plate\"><img class=\"{}\" width=\"{}\" height=\"{}\" alt=\"{heading}\" \
             src=\"data:image/png;base64,{}\"></div>",
            self.class,
            self.size.0,
            self.size.1,
            Base64Display::new(&self.bytes, &BASE64_STANDARD)
        )?;
        if !self.figure.caption.is_empty() {
            writeln!(
                out,
                "<figcaption>{}</figcaption>",
                Escaped(&self.figure.caption)
            )?;
        }
        writeln!(out, "</figure>")
    }
}

struct Whole<'a> {
    page: &'a Page,
    plates: Vec<Plate<'a>>,
}

impl Display for Whole<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let page = self.page;
        let title = Escaped(&page.title);
        writeln!(
            out,
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <meta http-equiv=\"Content-Security-Policy\" \
             content=\"default-src 'none'; img-src data:; style-src 'unsafe-inline'\">\n\
             <link rel=\"icon\" href=\"data:,\">\n\
             <title>{title}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n\
             <header>\n<h1>{title}</h1>"
        )?;
        if !page.subtitle.is_empty() {
            writeln!(out, "<p>{}</p>", Escaped(&page.subtitle))?;
        }
        writeln!(out, "</header>\n<main>")?;
        numbers(out, &page.records)?;
        notes(out, &page.notes)?;
        facts(out, &page.facts)?;
        for plate in &self.plates {
            write!(out, "{plate}")?;
        }
        columns(out, &page.columns)?;
        epochs(out, &page.records)?;
        writeln!(out, "</main>\n</body>\n</html>")
    }
}

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
fn numbers(out: &mut fmt::Formatter<'_>, records: &[EpochRecord]) -> fmt::Result {
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

fn notes(out: &mut fmt::Formatter<'_>, notes: &[String]) -> fmt::Result {
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
fn columns(out: &mut fmt::Formatter<'_>, columns: &[ColumnSummary]) -> fmt::Result {
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

fn facts(out: &mut fmt::Formatter<'_>, facts: &[(String, String)]) -> fmt::Result {
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

fn epochs(out: &mut fmt::Formatter<'_>, records: &[EpochRecord]) -> fmt::Result {
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
