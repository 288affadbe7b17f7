//! The figures of a training run.

mod hidden;
mod images;
mod rows;
mod sequences;
mod tables;

use std::{
    path::Path,
    time::{Duration, Instant},
};

use burn::tensor::{Tensor, TensorData};
use paysage_data::{ImageShape, Layout, Order, Rows};
use paysage_kernels::{Child, RandomKey};
use paysage_layers::Trainable;
use paysage_models::{BoltzmannMachine, Progress, Stage, State, VisibleSite};
use paysage_samplers::{Clamp, Conditions, Gibbs, MeanField, Sampler, hidden_means};

use crate::curves::{EPOCHS, curves};
use crate::hidden_weights::HiddenWeights;
use crate::numbers::grouped;
use crate::panels::panels;
use crate::{ColumnSummary, EpochRecord, Figure, Reconstructions, ReportError};

/// Largest number of rows, and of samples, that a figure of a table or of hidden units is made of.
const ROWS: usize = 2000;

/// Largest number of figures of a run on images, and on tables.
const FIGURES: (usize, usize) = (8, 9);

/// Number of further figures of tables of one-hot sites.
const SITE_FIGURES: usize = 3;

/// Number of Gibbs sweeps between progress reports.
const PIECE: usize = 10;

/// Ratio of the row updates of training to those of the samples, where the number of sweeps follows
/// from the run and there are no more samples than rows.
const TRAINING_PER_SAMPLING: usize = 5;

/// Smallest and largest number of sweeps that follow from the run.
const SWEEPS: (usize, usize) = (100, 1000);

/// The order in which rows are drawn for figures.
const DRAW: Order = Order::Shuffled {
    seed: 0,
    epoch: u64::MAX,
};

/// Settings for the figures of a training run.
///
/// For sequences, rows of one-hot sites alone, also frequencies and correlations of states, Hamming distances
/// to the nearest sequence and weight logos. For images: samples beside data, reconstructions, and the weights of hidden units as images. For
/// other data: moments, marginals and correlations of samples beside those of data, reconstructions of
/// rows, and the weight matrix. For all: learning curves, norms, cosines and a histogram of the weights
/// of the hidden units, and the activity of the hidden units.
///
/// A figure for which there is nothing to draw is left out, and a note says why. Sizes are bounded: of
/// many columns, units or layers, a selection is drawn, and the caption says which.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RunFigures {
    /// Number of Gibbs sweeps before samples are drawn. `None`: in proportion to the training, from
    /// 100 to 1,000.
    pub sweeps: Option<usize>,
    /// Time limit of Gibbs sampling: sweeps end early after it, and the caption has their number.
    pub time_limit: Duration,
}

impl Default for RunFigures {
    fn default() -> Self {
        Self {
            sweeps: None,
            time_limit: Duration::from_secs(30),
        }
    }
}

/// A training run whose figures are drawn.
pub struct Run<'a, L: Trainable> {
    /// The trained machine.
    pub machine: &'a BoltzmannMachine<L>,
    /// Training rows without missing values.
    pub rows: &'a dyn Rows,
    /// The shape of the image in a row.
    pub image: Option<ImageShape>,
    /// The epochs.
    pub records: &'a [EpochRecord],
    /// Persistent chains of the training, from which samples start; otherwise they start from random
    /// states without interactions.
    pub chains: Option<&'a State>,
    /// Names and units of the columns.
    pub layout: Option<&'a Layout>,
    /// The same rows with NaN where a value is missing, where some are: samples are compared with the
    /// observed values.
    pub observed: Option<&'a dyn Rows>,
    /// The best epoch, where one was selected.
    pub best_epoch: Option<usize>,
}

impl<'a, L: Trainable> Run<'a, L> {
    /// A run with a machine and rows only.
    pub fn new(machine: &'a BoltzmannMachine<L>, rows: &'a dyn Rows) -> Self {
        Self {
            machine,
            rows,
            image: None,
            records: &[],
            chains: None,
            layout: None,
            observed: None,
            best_epoch: None,
        }
    }
}

/// The figures of a run, and what belongs to them on a [`Page`](crate::Page).
#[derive(Debug, Clone, PartialEq, Default)]
pub struct RunReport {
    /// The figures in order.
    pub figures: Vec<Figure>,
    /// Columns of data and samples in their original units, where the run has a layout and no images.
    pub columns: Vec<ColumnSummary>,
    /// Some rows beside their reconstructions, where the rows are no images.
    pub reconstructions: Option<Reconstructions>,
    /// Reasons for missing figures.
    pub notes: Vec<String>,
    /// Time that they took, in seconds.
    pub seconds: f64,
}

impl RunFigures {
    /// Draws the figures as PNG files into a folder.
    ///
    /// # Errors
    ///
    /// When rows cannot be read or a file cannot be written.
    pub fn run<L: Trainable>(
        &self,
        run: &Run<'_, L>,
        folder: &Path,
        key: RandomKey,
        progress: &mut dyn Progress,
    ) -> Result<RunReport, ReportError> {
        let started = Instant::now();
        let mut drawing = Drawing {
            settings: self,
            run,
            folder,
            key,
            progress,
            weights: HiddenWeights::all(run.machine),
            sites: sequences::sites(run),
            report: RunReport::default(),
        };
        drawing.curves()?;
        match run.image {
            Some(shape) => drawing.images(shape)?,
            None => drawing.tables()?,
        }
        drawing.hidden()?;
        let mut report = drawing.report;
        report.seconds = started.elapsed().as_secs_f64();
        Ok(report)
    }
}

struct Drawing<'a, L: Trainable> {
    settings: &'a RunFigures,
    run: &'a Run<'a, L>,
    folder: &'a Path,
    key: RandomKey,
    progress: &'a mut dyn Progress,
    weights: Vec<HiddenWeights>,
    /// The sites of sequences; none for other rows.
    sites: Vec<VisibleSite>,
    report: RunReport,
}

/// Samples of the machine.
struct Samples {
    state: State,
    /// Number of sweeps.
    sweeps: usize,
    /// Values of the visible units: `[samples, visible units]`.
    visible: Vec<f32>,
}

impl<L: Trainable> Drawing<'_, L> {
    fn add(
        &mut self,
        name: &str,
        heading: &str,
        caption: &str,
        draw: impl FnOnce(&Path) -> Result<(), ReportError>,
    ) -> Result<(), ReportError> {
        let path = self.folder.join(format!("{name}.png"));
        draw(&path)?;
        self.report.figures.push(Figure {
            heading: heading.into(),
            caption: caption.into(),
            path,
        });
        let (of_images, of_tables) = FIGURES;
        let total = match self.run.image {
            Some(_) => of_images,
            None if self.sites.is_empty() => of_tables,
            None => of_tables + SITE_FIGURES,
        };
        let done = self.report.figures.len();
        self.progress.report(Stage::Figures, done, total);
        Ok(())
    }

    fn note(&mut self, note: &str) {
        self.report.notes.push(note.into());
    }

    fn curves(&mut self) -> Result<(), ReportError> {
        if panels(self.run.records).is_empty() {
            self.note("No learning curves: no metric was measured during training.");
            return Ok(());
        }
        let (records, best) = (self.run.records, self.run.best_epoch);
        let mut caption = "Metrics by epoch: a metric of validation rows that gets worse while that of \
                           training rows improves shows overfitting. Bands are bounds, or two standard \
                           errors where a metric is an estimate from a sample of rows or units."
            .to_owned();
        if records.len() > EPOCHS {
            caption += &format!(
                " Of {} epochs, one in each of {EPOCHS} equal ranges is drawn, and the first, the last and \
                 the best.",
                grouped(records.len())
            );
        }
        self.add("learning_curves", "Learning curves", &caption, |path| {
            curves(records, best, path)
        })
    }

    /// Random rows without missing values, the same in every report.
    fn random_rows(&self, count: usize) -> Result<Vec<f32>, ReportError> {
        random_rows(self.run.rows, count)
    }

    /// The same rows, with NaN where a value is missing.
    fn observed_rows(&self, count: usize) -> Result<Vec<f32>, ReportError> {
        random_rows(self.run.observed.unwrap_or(self.run.rows), count)
    }

    /// Gibbs samples, which start from the chains of training where there are some.
    fn samples(&mut self, count: usize) -> Samples {
        let (machine, key) = (self.run.machine, self.key);
        let total = self.settings.sweeps.unwrap_or_else(|| {
            let rows = self.run.rows.count();
            let updates = self.run.records.len() * rows;
            let (least, most) = SWEEPS;
            // More samples than rows do not need fewer sweeps each.
            (updates / (TRAINING_PER_SAMPLING * count.min(rows).max(1))).clamp(least, most)
        });
        let mut state = match self.run.chains {
            Some(chains) => chains.cycled(count),
            None => machine.random_state(count, key.child(Child::Start)),
        };
        let (started, mut sweeps) = (Instant::now(), 0);
        while sweeps < total && (sweeps == 0 || started.elapsed() < self.settings.time_limit) {
            let piece = PIECE.min(total - sweeps);
            let key = key.child(Child::SweepsFrom(sweeps));
            state = Gibbs.run(machine, state, &Conditions::default(), piece, key);
            sweeps += piece;
            self.progress.report(Stage::GibbsSampling, sweeps, total);
        }
        Samples {
            visible: machine.visible_of(&state).into_data().iter().collect(),
            state,
            sweeps,
        }
    }

    /// The means of the visible units given the hidden means of rows of units.
    fn reconstructions(&self, rows: &[f32]) -> Vec<f32> {
        let (machine, columns) = (self.run.machine, self.run.rows.columns());
        let data = TensorData::new(rows.to_vec(), [rows.len() / columns, columns]);
        let rows = Tensor::from_data(data, (&machine.device(), machine.dtype()));
        self.visible_means(hidden_means(machine, rows))
    }

    /// Means of the visible units given the hidden units.
    fn visible_means(&self, state: State) -> Vec<f32> {
        let machine = self.run.machine;
        let clamped = Conditions::clamped(Clamp::none().layers(&machine.hidden()));
        // Means draw nothing: any key will do.
        let state = MeanField.sweep(machine, state, &clamped, self.key);
        machine.visible_of(&state).into_data().iter().collect()
    }

    fn start(&self) -> &'static str {
        match self.run.chains {
            Some(_) => "the persistent chains of training",
            None => "random states",
        }
    }
}

fn random_rows(rows: &dyn Rows, count: usize) -> Result<Vec<f32>, ReportError> {
    let count = count.min(rows.count()).max(1);
    match rows.chunks(DRAW, count).next() {
        Some(chunk) => Ok(chunk?.values),
        None => Ok(Vec::new()),
    }
}
