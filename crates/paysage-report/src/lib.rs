//! Figures and the self-contained HTML report of a training run.
//!
//! - Single figures, as PNG files, from host slices of `f32` or the records of `metrics.jsonl`:
//!   [`learning_curves`], [`ImageGrid`] and its pairs [`compare_grids`] and [`interleave_grids`],
//!   [`compare_moments`], [`weight_map`], [`contact_map`], [`mutation_map`], [`histogram`];
//! - [`RunFigures`]: all figures of a training run, from the machine and its data: also marginals and
//!   correlations of columns, norms and cosines of weights, and the activity of hidden units;
//! - [`Page`]: the report, one HTML file with embedded figures, without scripts or network access, for
//!   light and dark screens, phones and print.
//!
//! The font is embedded, so figures do not depend on the fonts of the system. Every file is written
//! to a temporary file, synced and renamed: a crash leaves the old file or the new one.
//!
//! ```
//! use paysage_report::{Figure, Page, learning_curves, read_metrics};
//! # let folder = tempfile::tempdir()?;
//! # let folder = folder.path();
//! # std::fs::write(
//! #     folder.join("metrics.jsonl"),
//! #     "{\"epoch\":1,\"seconds\":2.31,\"reconstruction_error\":0.031}\n",
//! # )?;
//! let records = read_metrics(&folder.join("metrics.jsonl"))?;
//! let curves = folder.join("curves.png");
//! learning_curves(&records, &curves)?;
//! Page {
//!     title: "RBM trained on digits".into(),
//!     subtitle: "500 hidden units, persistent contrastive divergence".into(),
//!     facts: vec![("seed".into(), "7".into())],
//!     records,
//!     figures: vec![Figure {
//!         heading: "Learning curves".into(),
//!         caption: "Metrics by epoch.".into(),
//!         path: curves,
//!     }],
//!     ..Page::default()
//! }
//! .write(&folder.join("report.html"))?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#![forbid(unsafe_code)]

mod axes;
mod canvas;
mod columns;
mod comparison;
mod correlation;
mod correlation_figure;
mod curves;
mod error;
mod files;
mod font;
mod grid;
mod heat;
mod hidden_weights;
mod histogram;
mod ink;
mod last_metrics;
mod logo;
mod maps;
mod marginals;
mod metrics;
mod moments;
mod names;
mod numbers;
mod page;
mod palette;
mod panels;
mod picture;
mod plate;
mod ranked;
mod reconstruction;
mod run_figures;
mod run_page;
mod scale;
mod site_maps;
mod site_statistics;
mod summary;
mod table;
mod thinning;
mod weights;

pub use comparison::{compare_grids, interleave_grids};
pub use curves::learning_curves;
pub use error::ReportError;
pub use grid::ImageGrid;
pub use histogram::histogram;
pub use metrics::{EpochRecord, read_metrics};
pub use moments::compare_moments;
pub use numbers::{decimals, grouped, number};
pub use page::{Figure, Page};
pub use palette::Palette;
pub use reconstruction::{ColumnReconstruction, Reconstructions};
pub use run_figures::{Run, RunFigures, RunReport};
pub use run_page::{DrawnFigures, RunPage, RunPageError, ending};
pub use site_maps::{MutatedSite, contact_map, mutation_map};
pub use summary::ColumnSummary;
pub use weights::weight_map;
