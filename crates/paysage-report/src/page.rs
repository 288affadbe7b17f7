//! The HTML report.

use std::path::{Path, PathBuf};

use askama::Template;

use crate::files::write_atomically;
use crate::last_metrics::LastMetrics;
use crate::plate::Plate;
use crate::table::Table;
use crate::{ColumnSummary, EpochRecord, Reconstructions, ReportError};

/// Report of a training run: a self-contained HTML page.
///
/// From top to bottom: title and subtitle, the metrics of the last epoch that was measured (or a
/// statement that there are none), notes, settings, figures, columns of data and samples, reconstructions
/// of rows, and a collapsible table of epochs. Parts without content are left out. All text is escaped;
/// there are no scripts or links, and the content security policy of the page forbids loading anything.
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
    /// The epochs, from [`read_metrics`](crate::read_metrics). The table of epochs has at most 500 rows:
    /// of more epochs, one in each of 500 equal ranges, the one with the most metrics, and always the
    /// first, the last and the best.
    pub records: Vec<EpochRecord>,
    /// The best epoch, where one was selected.
    pub best_epoch: Option<usize>,
    /// The figures in order.
    pub figures: Vec<Figure>,
    /// Columns of data and samples, from [`RunFigures`](crate::RunFigures).
    pub columns: Vec<ColumnSummary>,
    /// Rows of a table beside their reconstructions, from [`RunFigures`](crate::RunFigures).
    pub reconstructions: Option<Reconstructions>,
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
        let plates = self.figures.iter().map(Plate::read);
        let template = PageTemplate {
            page: self,
            last: LastMetrics::of(&self.records),
            plates: plates.collect::<Result<_, _>>()?,
            tables: self.tables(),
        };
        let html = template.render().map_err(|source| ReportError::Rendering {
            path: path.into(),
            source,
        })?;
        write_atomically(path, html.as_bytes())
    }

    fn tables(&self) -> Vec<Table> {
        let tables = [
            Table::of_columns(&self.columns),
            self.reconstructions
                .as_ref()
                .and_then(Table::of_reconstructions),
            Table::of_epochs(&self.records, self.best_epoch),
        ];
        tables.into_iter().flatten().collect()
    }
}

/// `templates/page.html`.
#[derive(Template)]
#[template(path = "page.html")]
struct PageTemplate<'a> {
    page: &'a Page,
    last: LastMetrics,
    plates: Vec<Plate<'a>>,
    tables: Vec<Table>,
}
