//! Learning curves: small multiples, one panel per quantity.

use std::path::Path;

use plotters::element::{Circle, PathElement, Polygon};
use plotters::series::LineSeries;
use plotters::style::{Color, RGBColor, WHITE};

use crate::axes::{self, Plot, Rules};
use crate::canvas::{Area, Drawn, EDGE, GUTTER, WIDTH, chart, px};
use crate::font;
use crate::ink;
use crate::names;
use crate::panels::{Panel, Series, panels};
use crate::scale::Scale;
use crate::thinning::thinned;
use crate::{EpochRecord, ReportError};

/// Sizes in points of the page.
const SINGLE: f64 = 600.0;
const BODY: f64 = 222.0;
const TITLE_LINE: f64 = 26.0;
const UNIT_LINE: f64 = 20.0;
const LEGEND_LINE: f64 = 20.0;

/// Opacity of a band.
const PALE: f64 = 0.25;

/// Largest number of epochs that are drawn, about one for each pixel of a panel.
pub(crate) const EPOCHS: usize = 500;

/// Draws every metric of a run against the epoch, small multiples in two columns.
///
/// Metrics that differ only in their data or method share a panel:
/// `free_energy_training` and `free_energy_validation`, or `log_partition_ais` and
/// `log_partition_exact`. Values that are not finite are left out and break the line; epochs without a
/// value do not. A single value between two breaks is a dot. Between `log_likelihood_ais_low` and
/// `log_likelihood_ais_high` a band is drawn around `log_likelihood_ais`; around a metric with a
/// `…_standard_error` it has two of them. Values that `log_likelihood_ais_unreliable` marks are hollow dots,
/// which the line below the title explains. Below the title of a panel are the unit and what the metric is
/// measured on.
///
/// Of more than 500 epochs, one in each of 500 equal ranges is drawn, the one with the most metrics, and
/// the first and the last.
///
/// # Errors
///
/// [`ReportError::Nothing`] where no record has a finite metric; or the file cannot be written.
///
/// ```
/// use paysage_report::{EpochRecord, learning_curves};
///
/// let records: Vec<_> = (1..=5)
///     .map(|epoch| EpochRecord::new(epoch, 2.3, &[("reconstruction_error", 0.1 / epoch as f64)]))
///     .collect();
/// # let folder = tempfile::tempdir()?;
/// learning_curves(&records, &folder.path().join("curves.png"))?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn learning_curves(records: &[EpochRecord], path: &Path) -> Result<(), ReportError> {
    curves(records, None, path)
}

/// The same, always with the best epoch.
pub(crate) fn curves(
    records: &[EpochRecord],
    best: Option<usize>,
    path: &Path,
) -> Result<(), ReportError> {
    let records = thinned(records, EPOCHS, best).into_iter().cloned();
    let panels = panels(&records.collect::<Vec<_>>());
    if panels.is_empty() {
        return Err(ReportError::Nothing {
            path: path.into(),
            needed: "epoch with a metric that is a finite number",
        });
    }
    let (width, columns) = if panels.len() == 1 {
        (SINGLE, 1)
    } else {
        (WIDTH, 2)
    };
    let panel_width = (width - 2.0 * EDGE - (columns - 1) as f64 * GUTTER) / columns as f64;
    let rows: Vec<Row<'_>> = panels
        .chunks(columns)
        .map(|panels| Row::new(panels, panel_width))
        .collect();
    let height: f64 = rows.iter().map(|row| row.height).sum::<f64>()
        + (rows.len() - 1) as f64 * GUTTER
        + 2.0 * EDGE;
    chart(path, (width, height), |area| {
        let mut top = EDGE;
        for row in &rows {
            for (column, panel) in row.panels.iter().enumerate() {
                let left = EDGE + column as f64 * (panel_width + GUTTER);
                let part = area
                    .clone()
                    .shrink((px(left), px(top)), (px(panel_width), px(row.height)));
                let legend = row.legend_lines * px(LEGEND_LINE);
                panel.draw(&part, px(TITLE_LINE) + px(row.unit_line) + legend)?;
            }
            top += row.height + GUTTER;
        }
        Ok(())
    })
}

/// Panels side by side, with aligned plots.
struct Row<'p> {
    panels: &'p [Panel],
    /// Height of the line of units.
    unit_line: f64,
    legend_lines: i32,
    height: f64,
}

impl<'p> Row<'p> {
    fn new(panels: &'p [Panel], width: f64) -> Self {
        let lines = |panel: &Panel| panel.legend(px(width)).last().map_or(0, |key| key.line + 1);
        let legend_lines = panels.iter().map(lines).max().unwrap_or(0);
        let has_unit = |panel: &Panel| !panel.unit().is_empty();
        let unit_line = if panels.iter().any(has_unit) {
            UNIT_LINE
        } else {
            0.0
        };
        let height = TITLE_LINE + unit_line + f64::from(legend_lines) * LEGEND_LINE + BODY;
        Self {
            panels,
            unit_line,
            legend_lines,
            height,
        }
    }
}

/// Position of a series' name in the legend, in pixels.
struct Key<'p> {
    name: &'p str,
    colour: RGBColor,
    line: i32,
    left: i32,
}

impl Panel {
    fn draw(&self, area: &Area<'_>, header: i32) -> Drawn {
        let (title, _) = names::title(&self.stem);
        area.draw_text(&title, &ink::text(ink::TITLE, ink::STRONG), (0, px(4.0)))?;
        let quiet = ink::text(ink::LABEL, ink::QUIET);
        area.draw_text(&self.unit(), &quiet, (0, px(TITLE_LINE)))?;
        let (width, height) = area.dim_in_pixel();
        let legend = self.legend(width as i32);
        let lines = legend.last().map_or(0, |key| key.line + 1);
        for key in legend {
            let top = header - (lines - key.line) * px(LEGEND_LINE);
            let middle = top + px(6.0);
            let dash = vec![(key.left, middle), (key.left + px(14.0), middle)];
            area.draw(&PathElement::new(
                dash,
                key.colour.stroke_width(px(2.5) as u32 / 2 * 2),
            ))?;
            area.draw_text(key.name, &quiet, (key.left + px(20.0), top + px(1.5)))?;
        }
        let body = area
            .clone()
            .shrink((0, header), (width as i32, height as i32 - header));
        let epochs = Scale::whole(self.epochs.0, self.epochs.1, 6);
        let side = axes::label_width(&self.scale);
        let mut plot = axes::frame(
            &body,
            (&epochs, &self.scale),
            side,
            ("epoch", ""),
            Rules::Across,
        )?;
        // Bands are drawn first so that they do not cover lines.
        let colours = || ink::SERIES.iter().cycle();
        for (series, colour) in self.series.iter().zip(colours()) {
            series.draw_band(&mut plot, *colour)?;
        }
        for (series, colour) in self.series.iter().zip(colours()) {
            series.draw(&mut plot, *colour)?;
        }
        Ok(())
    }

    /// The unit and what the quantity is measured on; may be empty.
    fn unit(&self) -> String {
        let (_, unit) = names::title(&self.stem);
        let is_marked = self.series.iter().any(|s| !s.unreliable.is_empty());
        let mark = if is_marked { "hollow: unreliable" } else { "" };
        let parts = [unit, names::source(&self.stem), mark].into_iter();
        let parts: Vec<&str> = parts.filter(|part| !part.is_empty()).collect();
        parts.join(" · ")
    }

    /// The legend set in lines of at most `width` pixels; empty for one series without a name.
    fn legend(&self, width: i32) -> Vec<Key<'_>> {
        if self.series.len() == 1 && self.series[0].name.series.is_empty() {
            return Vec::new();
        }
        let (mut line, mut left) = (0, 0);
        let colours = ink::SERIES.iter().cycle();
        let keys = self.series.iter().zip(colours).map(|(series, &colour)| {
            let name = match series.name.series.as_str() {
                // A metric without a suffix is measured on training rows.
                "" => "training",
                name => name,
            };
            let taken = px(20.0) + font::width(name, f64::from(px(ink::LABEL))) as i32;
            if left > 0 && left + taken > width {
                (line, left) = (line + 1, 0);
            }
            let key = Key {
                name,
                colour,
                line,
                left,
            };
            left += taken + px(18.0);
            key
        });
        keys.collect()
    }
}

impl Series {
    /// Draws the band, paler than the line.
    fn draw_band(&self, plot: &mut Plot<'_, '_>, colour: RGBColor) -> Drawn {
        for run in &self.band {
            if let [(epoch, low, high)] = run[..] {
                let whisker = vec![(epoch, low), (epoch, high)];
                let stroke = colour.mix(PALE).stroke_width(px(5.0) as u32);
                plot.draw_series([PathElement::new(whisker, stroke)])?;
                continue;
            }
            let lows = run.iter().map(|&(epoch, low, _)| (epoch, low));
            let highs = run.iter().rev().map(|&(epoch, _, high)| (epoch, high));
            let outline: Vec<(f64, f64)> = lows.chain(highs).collect();
            plot.draw_series([Polygon::new(outline, colour.mix(PALE).filled())])?;
        }
        Ok(())
    }

    fn draw(&self, plot: &mut Plot<'_, '_>, colour: RGBColor) -> Drawn {
        for run in &self.runs {
            plot.draw_series(LineSeries::new(run.iter().copied(), colour.stroke_width(4)))?;
            if self.dotted() || run.len() == 1 {
                let radius = if self.runs.len() == 1 && run.len() == 1 {
                    4.0
                } else {
                    3.0
                };
                let dot = |&point| Circle::new(point, px(radius), colour.filled());
                plot.draw_series(run.iter().map(dot))?;
            }
        }
        for (radius, of) in [(4.0, colour), (2.5, WHITE)] {
            let disc = |&point| Circle::new(point, px(radius), of.filled());
            plot.draw_series(self.unreliable.iter().map(disc))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_legend_takes_two_lines() {
        let values = ["a_training", "a_validation"].map(|name| (name, 1.0));
        let records = [EpochRecord::new(1, 1.0, &values)];
        let lines: Vec<_> = panels(&records)[0]
            .legend(200)
            .iter()
            .map(|key| key.line)
            .collect();
        assert_eq!(lines, [0, 1]);
    }

    #[test]
    fn one_series_without_a_name_needs_no_legend() {
        let records = [EpochRecord::new(1, 1.0, &[("a", 1.0)])];
        assert!(panels(&records)[0].legend(1000).is_empty());
    }
}
