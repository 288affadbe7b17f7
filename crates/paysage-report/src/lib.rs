//! Figures and the self-contained HTML report of a training run.
//!
//! The crate draws what it is given (host slices of `f32`, the records of `metrics.jsonl`) and
//! computes nothing about machines. It has two kinds of product:
//!
//! - figures, PNG files: [`learning_curves`], [`ImageGrid`] and its pairs [`compare_grids`] and
//!   [`interleave_grids`], [`compare_moments`], [`weight_map`], [`histogram`];
//! - [`Page`], one HTML file with its figures embedded: no script, no network, light and dark,
//!   good on a phone and on paper.
//!
//! The font is embedded, so a bare machine draws the same pixels as a workstation. Every file is
//! written to a temporary neighbour, synced and renamed: a crash leaves the old file or the new
//! one, never half of one.
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
//!     title: "A machine of digits".into(),
//!     subtitle: "500 hidden units, persistent contrastive divergence".into(),
//!     facts: vec![("seed".into(), "7".into())],
//!     records,
//!     figures: vec![Figure {
//!         heading: "Learning curves".into(),
//!         caption: "Each metric at the end of each epoch.".into(),
//!         path: curves,
//!     }],
//! }
//! .write(&folder.join("report.html"))?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod axes;
mod canvas;
mod comparison;
mod curves;
mod error;
mod files;
mod font;
mod grid;
mod histogram;
mod html;
mod ink;
mod metrics;
mod moments;
mod names;
mod numbers;
mod page;
mod palette;
mod panels;
mod picture;
mod scale;
mod weights;

pub use comparison::{compare_grids, interleave_grids};
pub use curves::learning_curves;
pub use error::ReportError;
pub use grid::ImageGrid;
pub use histogram::histogram;
pub use metrics::{EpochRecord, read_metrics};
pub use moments::compare_moments;
pub use numbers::grouped;
pub use page::{Figure, Page};
pub use palette::Palette;
pub use weights::weight_map;
