//! Moments of samples against those of data.

use std::path::Path;

use plotters::element::{Circle, PathElement};
use plotters::style::Color;

use crate::ReportError;
use crate::axes::{self, Rules};
use crate::canvas::{Area, Drawn, EDGE, GUTTER, chart, px};
use crate::ink;
use crate::numbers::{grouped, of, short};
use crate::scale::{Scale, bounds};

/// Largest number of pairs of columns that are drawn; more are thinned evenly.
pub(crate) const MOST_PAIRS: usize = 20_000;

/// Sizes in points of the page.
const PANEL: f64 = 362.0;
const HEADER: f64 = 52.0;

/// Draws the mean of each column and the covariance of each pair of columns, of `data` on the horizontal
/// and of `samples` on the vertical axis; on the diagonal they are equal.
///
/// Both tables are row-major with `columns` columns; they may differ in rows. Values that are
/// not finite are left out, for a covariance by rows. Above 20,000 pairs an even selection is
/// drawn.
///
/// # Errors
///
/// [`ReportError::ZeroSize`], [`ReportError::NotWholeRows`], [`ReportError::Nothing`] where no
/// column has a finite value in both, or the file cannot be written.
///
/// ```
/// use paysage_report::compare_moments;
///
/// let data = [0.0, 1.0, 1.0, 1.0, 0.0, 0.0];
/// let samples = [0.0, 1.0, 1.0, 0.0];
/// # let folder = tempfile::tempdir()?;
/// compare_moments(2, &data, &samples, &folder.path().join("moments.png"))?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn compare_moments(
    columns: usize,
    data: &[f32],
    samples: &[f32],
    path: &Path,
) -> Result<(), ReportError> {
    if columns == 0 {
        let what = "the number of columns";
        return Err(ReportError::ZeroSize {
            path: path.into(),
            what,
        });
    }
    for table in [data, samples] {
        if !table.len().is_multiple_of(columns) {
            let values = table.len();
            return Err(ReportError::NotWholeRows {
                path: path.into(),
                values,
                columns,
            });
        }
    }
    let (data, samples) = (Table::new(columns, data), Table::new(columns, samples));
    let means: Vec<_> = (0..columns)
        .map(|i| (data.mean(i), samples.mean(i)))
        .collect();
    let pairs = columns * (columns - 1) / 2;
    let stride = pairs.div_ceil(MOST_PAIRS).max(1);
    let covariances: Vec<_> = (0..columns)
        .flat_map(|i| (0..i).map(move |j| (i, j)))
        .step_by(stride)
        .map(|(i, j)| (data.covariance(i, j), samples.covariance(i, j)))
        .collect();
    let means = Cloud::new("mean of each column", (columns, "column"), means);
    let covariances = Cloud::new(
        "covariance of each pair of columns",
        (pairs, "pair"),
        covariances,
    );
    let clouds: Vec<Cloud> = [means, covariances].into_iter().flatten().collect();
    if clouds.is_empty() {
        let needed = "column with finite values in data and samples";
        return Err(ReportError::Nothing {
            path: path.into(),
            needed,
        });
    }
    draw_clouds(&clouds, path)
}

/// Draws clouds side by side.
pub(crate) fn draw_clouds(clouds: &[Cloud], path: &Path) -> Result<(), ReportError> {
    let number = clouds.len() as f64;
    let width = number * PANEL + (number - 1.0) * GUTTER + 2.0 * EDGE;
    let side = clouds
        .iter()
        .map(|cloud| axes::label_width(&cloud.scale))
        .max()
        .unwrap_or(0);
    // The plot is square, so that the diagonal is one.
    let square = px(PANEL - axes::MARGIN) - side;
    let height = px(HEADER + axes::head(UPWARD) + axes::FOOT) + square;
    let points = f64::from(height) / f64::from(px(1.0));
    chart(path, (width, points + 2.0 * EDGE), |area| {
        for (index, cloud) in clouds.iter().enumerate() {
            let left = px(EDGE + index as f64 * (PANEL + GUTTER));
            let part = area.clone().shrink((left, px(EDGE)), (px(PANEL), height));
            cloud.draw(&part, side)?;
        }
        Ok(())
    })
}

/// A table by columns, each centred on its mean.
pub(crate) struct Table {
    means: Vec<f64>,
    centred: Vec<Vec<f64>>,
}

impl Table {
    pub(crate) fn new(columns: usize, values: &[f32]) -> Self {
        let column = |i: usize| {
            values
                .iter()
                .skip(i)
                .step_by(columns)
                .map(|&v| f64::from(v))
        };
        let means: Vec<f64> = (0..columns).map(|i| mean(column(i))).collect();
        let centred = means
            .iter()
            .enumerate()
            .map(|(i, m)| column(i).map(|v| v - m).collect())
            .collect();
        Self { means, centred }
    }

    pub(crate) fn mean(&self, i: usize) -> f64 {
        self.means[i]
    }

    pub(crate) fn covariance(&self, i: usize, j: usize) -> f64 {
        mean(
            self.centred[i]
                .iter()
                .zip(&self.centred[j])
                .map(|(a, b)| a * b),
        )
    }
}

/// The mean of the finite values; NaN where there is none.
fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let finite = values.filter(|value| value.is_finite());
    let (sum, count) = finite.fold((0.0, 0.0), |(sum, count), value| (sum + value, count + 1.0));
    sum / count
}

/// Title of the vertical axis.
const UPWARD: &str = "samples";

/// Points of data against samples.
pub(crate) struct Cloud {
    title: &'static str,
    /// Number of points, drawn or not, and their name.
    total: (usize, &'static str),
    points: Vec<(f64, f64)>,
    scale: Scale,
    /// The Pearson correlation of the points, where it is written instead of their differences.
    pearson: Option<f64>,
}

impl Cloud {
    pub(crate) fn new(
        title: &'static str,
        total: (usize, &'static str),
        mut points: Vec<(f64, f64)>,
    ) -> Option<Self> {
        points.retain(|(data, samples)| data.is_finite() && samples.is_finite());
        let (low, high) = bounds(points.iter().flat_map(|&(x, y)| [x, y]))?;
        let air = 0.05 * (high - low);
        let scale = Scale::exact(low - air, high + air, 4);
        Some(Self {
            title,
            total,
            points,
            scale,
            pearson: None,
        })
    }

    /// With the Pearson correlation of the points above them.
    pub(crate) fn with_pearson(self, pearson: f64) -> Self {
        Self {
            pearson: Some(pearson),
            ..self
        }
    }

    fn draw(&self, area: &Area<'_>, side: i32) -> Drawn {
        let squares = self
            .points
            .iter()
            .map(|(data, samples)| (data - samples).powi(2));
        let difference = mean(squares).sqrt();
        let mut note = of(self.total.0, self.total.1);
        if self.points.len() < self.total.0 {
            note = format!("{} of {note}", grouped(self.points.len()));
        }
        note += &match self.pearson {
            Some(pearson) => format!(", Pearson r {}", short(pearson)),
            None => format!(", RMS difference {}", short(difference)),
        };
        area.draw_text(
            self.title,
            &ink::text(ink::TITLE, ink::STRONG),
            (0, px(4.0)),
        )?;
        area.draw_text(&note, &ink::text(ink::LABEL, ink::QUIET), (0, px(26.0)))?;
        let (width, height) = area.dim_in_pixel();
        let header = px(HEADER);
        let body = area
            .clone()
            .shrink((0, header), (width as i32, height as i32 - header));
        let titles = ("data", UPWARD);
        let mut plot = axes::frame(&body, (&self.scale, &self.scale), side, titles, Rules::Both)?;
        let (radius, cover) = match self.points.len() {
            ..=200 => (3.5, 0.7),
            201..=2000 => (2.5, 0.5),
            _ => (1.5, 0.25),
        };
        let dot = |&point| Circle::new(point, px(radius), ink::SERIES[0].mix(cover).filled());
        plot.draw_series(self.points.iter().map(dot))?;
        // Drawn last, above the dots.
        let (low, high) = (self.scale.low, self.scale.high);
        let diagonal = PathElement::new(vec![(low, low), (high, high)], ink::QUIET.stroke_width(2));
        plot.draw_series([diagonal])?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_leave_out_what_is_not_finite() {
        let table = Table::new(2, &[1.0, 2.0, 3.0, 6.0, f32::NAN, 1.0]);
        assert_eq!(table.mean(0), 2.0);
        assert_eq!(table.mean(1), 3.0);
        // Rows one and two: (-1, -1) and (1, 3).
        assert_eq!(table.covariance(0, 1), 2.0);
    }
}
