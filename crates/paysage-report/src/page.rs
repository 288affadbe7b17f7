//! The HTML report.

use std::fmt::{self, Display};
use std::fs;
use std::path::{Path, PathBuf};

use base64::display::Base64Display;
use base64::prelude::BASE64_STANDARD;
use png::Unit;

use crate::files::write_atomically;
use crate::html::Escaped;
use crate::sections::{columns, epochs, facts, notes, numbers};
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
