//! One HTML page with everything in it.

use std::fmt::{self, Display};
use std::fs;
use std::path::{Path, PathBuf};

use base64::display::Base64Display;
use base64::prelude::BASE64_STANDARD;
use png::Unit;

use crate::files::write_atomically;
use crate::html::Escaped;
use crate::names::{heading, split};
use crate::numbers::{of, short};
use crate::{EpochRecord, ReportError};

const STYLE: &str = include_str!("page.css");

/// The width in points that the style sheet leaves to a figure on a wide screen.
const FULL_WIDTH: u32 = 790;

/// The report of a run: a page that needs nothing but itself.
///
/// From top to bottom: title and subtitle, the metrics of the last epoch in large numbers, the
/// facts as a table, the figures, and every epoch in a table that folds away. Parts for which
/// nothing is given are left out. All text is escaped; there is no script and no link, and the
/// page forbids itself to load anything.
///
/// ```
/// use paysage_report::Page;
///
/// # let folder = tempfile::tempdir()?;
/// let page = Page {
///     title: "A machine of digits".into(),
///     subtitle: "500 hidden units".into(),
///     facts: vec![("seed".into(), "7".into())],
///     ..Page::default()
/// };
/// page.write(&folder.path().join("report.html"))?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Page {
    /// The heading, and the name of the browser's tab.
    pub title: String,
    /// A line below it.
    pub subtitle: String,
    /// What made the run: names and values.
    pub facts: Vec<(String, String)>,
    /// The epochs, as [`read_metrics`](crate::read_metrics) gives them.
    pub records: Vec<EpochRecord>,
    /// The figures in order.
    pub figures: Vec<Figure>,
}

/// A PNG figure to embed in a [`Page`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Figure {
    /// What it shows, in a few words.
    pub heading: String,
    /// How to read it, in a sentence; may be empty.
    pub caption: String,
    /// The PNG file.
    pub path: PathBuf,
}

impl Page {
    /// Writes the page.
    ///
    /// # Errors
    ///
    /// A figure is missing ([`ReportError::Read`]) or no PNG ([`ReportError::NotPng`]), or the
    /// page cannot be written.
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

/// A figure with its file read.
struct Plate<'a> {
    figure: &'a Figure,
    bytes: Vec<u8>,
    /// Width and height on the page.
    size: (u32, u32),
    /// How the style sheet is to show it.
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
        // 96 points an inch; a file that does not say has a pixel a point.
        let density = match info.pixel_dims {
            Some(dots) if dots.unit == Unit::Meter => f64::from(dots.xppu) * 0.0254 / 96.0,
            _ => 1.0,
        };
        let density = density.clamp(0.1, 10.0);
        let points = |pixels: u32| (f64::from(pixels) / density).round().max(1.0) as u32;
        let size = (points(info.width), points(info.height));
        let class = match size.0 {
            // Drawn denser than the page: words and lines, which must stay legible on a phone.
            _ if density > 1.5 => "chart",
            // Shown pixel for pixel: squares with hard edges.
            ..=FULL_WIDTH => "sharp",
            // Shrunk: hard edges would drop whole lines of pixels.
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
        facts(out, &page.facts)?;
        for plate in &self.plates {
            write!(out, "{plate}")?;
        }
        epochs(out, &page.records)?;
        writeln!(out, "</main>\n</body>\n</html>")
    }
}

/// Metrics by quantity, and those of one quantity in the order of its panel.
fn ordered<'a>(names: impl Iterator<Item = &'a String>) -> Vec<&'a String> {
    let mut names: Vec<_> = names.collect();
    names.sort_by_cached_key(|name| {
        let parts = split(name);
        (parts.stem, parts.order, *name)
    });
    names.dedup();
    names
}

/// The metrics of the last epoch, each with what it was at the first.
fn numbers(out: &mut fmt::Formatter<'_>, records: &[EpochRecord]) -> fmt::Result {
    let (Some(first), Some(last)) = (records.first(), records.last()) else {
        return Ok(());
    };
    if last.values.is_empty() {
        return Ok(());
    }
    writeln!(
        out,
        "<section>\n<h2>After epoch {}</h2>\n<dl class=\"numbers\">",
        last.epoch
    )?;
    for name in ordered(last.values.keys()) {
        let value = last.values[name];
        let words = Escaped(heading(name));
        write!(
            out,
            "<div><dt>{words}</dt><dd class=\"value\">{}</dd>",
            short(value)
        )?;
        if let Some(&then) = first.values.get(name).filter(|_| records.len() > 1) {
            write!(
                out,
                "<dd class=\"then\">{} at epoch {}</dd>",
                short(then),
                first.epoch
            )?;
        }
        writeln!(out, "</div>")?;
    }
    writeln!(out, "</dl>\n</section>")
}

fn facts(out: &mut fmt::Formatter<'_>, facts: &[(String, String)]) -> fmt::Result {
    if facts.is_empty() {
        return Ok(());
    }
    writeln!(out, "<section>\n<h2>The run</h2>\n<dl class=\"facts\">")?;
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
        "<details>\n<summary>The numbers of {}</summary>\n<div class=\"scroll\"><table>\n\
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
