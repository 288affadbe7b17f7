//! A weight matrix as a heat map.

use std::path::Path;

use plotters::element::Circle;
use plotters::style::Color;
use plotters::style::text_anchor::{HPos, VPos};

use crate::ReportError;
use crate::axes::{anchored, label_width};
use crate::canvas::{Area, Drawn, chart, px};
use crate::font;
use crate::heat::{ColourBar, Heat};
use crate::ink;
use crate::maps::ranks;
use crate::palette::largest_magnitude;

/// Largest number of rows and columns of cells.
const MOST: (usize, usize) = (1200, 1200);
/// Largest side length of a cell in pixels, for large maps.
const LARGEST_CELL: usize = 120;
/// Smallest side length of the map in pixels; cells are stretched to it.
const THINNEST: usize = 240;

/// Sizes in points of the page.
const TOP: f64 = 28.0;
const FOOT: f64 = 44.0;
const BAR_GAP: f64 = 22.0;
/// Height of the name of a row.
const LABEL_LINE: f64 = 15.0;

/// Draws a weight matrix of shape `[units of the target, units of the domain]`, row-major, as a
/// heat map with a colour bar: blue below 0, white at 0, red above, to the largest magnitude. Units
/// are counted from 1.
///
/// For images, an [`ImageGrid`](crate::ImageGrid) of receptive fields is better suited. A matrix with more
/// than 1,200 rows or columns is pooled: a pixel shows the largest magnitude of its block. NaN is yellow.
///
/// # Errors
///
/// [`ReportError::ZeroSize`], [`ReportError::MatrixSize`] where there are not
/// `rows * columns` values, or the file cannot be written.
///
/// ```
/// use paysage_report::weight_map;
///
/// # let folder = tempfile::tempdir()?;
/// weight_map(2, 3, &[0.1, -0.2, 0.0, 0.5, -0.4, 0.3], &folder.path().join("weights.png"))?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn weight_map(
    rows: usize,
    columns: usize,
    values: &[f32],
    path: &Path,
) -> Result<(), ReportError> {
    let titles = ["unit of the target layer", "unit of the domain layer"];
    matrix((rows, columns), values, titles, path)
}

/// The same with titles of the rows and of the columns.
pub(crate) fn matrix(
    size: (usize, usize),
    values: &[f32],
    titles: [&'static str; 2],
    path: &Path,
) -> Result<(), ReportError> {
    labelled_matrix(size, values, titles, Labels::default(), path)
}

/// What is drawn beside and over the cells of a matrix.
#[derive(Default)]
pub(crate) struct Labels {
    /// Names of the rows; numbers from 1 where there are none.
    pub(crate) rows: Vec<String>,
    /// Rows and columns of cells that are marked by a dot.
    pub(crate) marks: Vec<(usize, usize)>,
}

/// The same with names of rows, and with marks.
pub(crate) fn labelled_matrix(
    (rows, columns): (usize, usize),
    values: &[f32],
    titles: [&'static str; 2],
    labels: Labels,
    path: &Path,
) -> Result<(), ReportError> {
    for (size, what) in [
        (rows, "the number of rows"),
        (columns, "the number of columns"),
    ] {
        if size == 0 {
            return Err(ReportError::ZeroSize {
                path: path.into(),
                what,
            });
        }
    }
    if rows.checked_mul(columns) != Some(values.len()) {
        let values = values.len();
        return Err(ReportError::MatrixSize {
            path: path.into(),
            values,
            rows,
            columns,
        });
    }
    let mut map = Map {
        titles,
        ..Map::new(rows, columns, values)
    };
    if !labels.rows.is_empty() {
        let size = f64::from(px(ink::LABEL));
        let widths = labels.rows.iter().map(|name| font::width(name, size));
        map.side = widths.fold(0.0, f64::max).ceil() as i32 + px(10.0);
    }
    map.labels = labels;
    chart(path, map.size(), |area| map.draw(area))
}

/// The pooled matrix and its colour bar.
struct Map {
    /// Titles of the rows and of the columns.
    titles: [&'static str; 2],
    units: (usize, usize),
    cells: (usize, usize),
    /// Width and height of a cell in pixels.
    cell: (usize, usize),
    values: Vec<f32>,
    reach: f32,
    bar: ColourBar,
    side: i32,
    labels: Labels,
}

impl Map {
    fn new(rows: usize, columns: usize, values: &[f32]) -> Self {
        let cells = (rows.min(MOST.0), columns.min(MOST.1));
        let block =
            |i: usize, cells: usize, units: usize| i * units / cells..(i + 1) * units / cells;
        let pooled = (0..cells.0)
            .flat_map(|i| (0..cells.1).map(move |j| (i, j)))
            .map(|(i, j)| {
                let whole = block(i, cells.0, rows).flat_map(|row| {
                    block(j, cells.1, columns).map(move |column| values[row * columns + column])
                });
                whole.reduce(stronger).unwrap_or(0.0)
            });
        let fit =
            |cells: usize, most: usize| (most / cells).clamp(1, LARGEST_CELL.max(THINNEST / cells));
        let (wide, high) = (fit(cells.1, MOST.1), fit(cells.0, MOST.0));
        let square = wide.min(high);
        let stretch = THINNEST.div_ceil(square * cells.0.min(cells.1));
        // The colour bar needs a range where all weights are zero.
        let reach = Some(largest_magnitude(values))
            .filter(|&reach| reach > 0.0)
            .unwrap_or(1.0);
        Self {
            titles: [""; 2],
            units: (rows, columns),
            cells,
            cell: (wide.min(square * stretch), high.min(square * stretch)),
            values: pooled.collect(),
            reach,
            bar: ColourBar::new(reach),
            side: label_width(&ranks(rows)),
            labels: Labels::default(),
        }
    }

    /// The width and height of the heat map in pixels.
    fn body(&self) -> (i32, i32) {
        (
            (self.cells.1 * self.cell.0) as i32,
            (self.cells.0 * self.cell.1) as i32,
        )
    }

    /// The width and height of the figure in points.
    fn size(&self) -> (f64, f64) {
        let (width, height) = self.body();
        let bar = px(BAR_GAP) + self.bar.width() + px(10.0);
        let points = |pixels: i32| f64::from(pixels) / f64::from(px(1.0));
        (points(self.side + width + bar), points(height) + TOP + FOOT)
    }

    fn draw(&self, area: &Area<'_>) -> Drawn {
        let (left, top) = (self.side, px(TOP));
        let (width, height) = self.body();
        let heat = Heat {
            cells: self.cells,
            values: &self.values,
            reach: self.reach,
        };
        heat.draw(area, (left, top), (width, height))?;
        self.draw_marks(area)?;
        self.draw_labels(area)?;
        self.bar
            .draw(area, (left + width + px(BAR_GAP), top), height)
    }

    fn draw_labels(&self, area: &Area<'_>) -> Drawn {
        let label = ink::text(ink::LABEL, ink::QUIET);
        let (left, top) = (self.side, px(TOP));
        let (width, height) = self.body();
        let below = anchored(&label, HPos::Center, VPos::Top);
        let place = |tick: f64, units: usize, length: i32| {
            ((tick - 0.5) / units as f64 * f64::from(length)).round() as i32
        };
        let columns = ranks(self.units.1);
        for &tick in &columns.ticks {
            let x = left + place(tick, self.units.1, width);
            area.draw_text(&columns.label(tick), &below, (x, top + height + px(6.0)))?;
        }
        let middle = (left + width / 2, top + height + px(26.0));
        area.draw_text(self.titles[1], &below, middle)?;
        area.draw_text(self.titles[0], &label, (left, px(5.0)))?;
        let beside = anchored(&label, HPos::Right, VPos::Center);
        let rows = ranks(self.units.0);
        let numbers = rows.ticks.iter().map(|&tick| (tick, rows.label(tick)));
        // Names that would overlap are left out.
        let step = (f64::from(px(LABEL_LINE)) / f64::from(height) * self.units.0 as f64).ceil();
        let names = self.labels.rows.iter().enumerate().step_by(step as usize);
        let names = names.map(|(row, name)| (row as f64 + 1.0, name.clone()));
        let labels: Vec<(f64, String)> = match self.labels.rows.is_empty() {
            true => numbers.collect(),
            false => names.collect(),
        };
        for (row, text) in labels {
            let y = top + place(row, self.units.0, height);
            area.draw_text(&text, &beside, (left - px(6.0), y))?;
        }
        Ok(())
    }

    /// Dots in the middle of cells.
    fn draw_marks(&self, area: &Area<'_>) -> Drawn {
        let (width, height) = self.body();
        let middle = |index: usize, units: usize, length: i32| {
            ((index as f64 + 0.5) / units as f64 * f64::from(length)).round() as i32
        };
        let radius = (self.cell.0.min(self.cell.1) as i32 / 6).clamp(1, px(2.5));
        for &(row, column) in &self.labels.marks {
            let x = self.side + middle(column, self.units.1, width);
            let y = px(TOP) + middle(row, self.units.0, height);
            area.draw(&Circle::new((x, y), radius, ink::QUIET.filled()))?;
        }
        Ok(())
    }
}

/// The value of larger magnitude; NaN where one is NaN.
fn stronger(a: f32, b: f32) -> f32 {
    if a.is_nan() || a.abs() >= b.abs() {
        a
    } else {
        b
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pooling_keeps_the_strongest_weight() {
        let mut values = vec![0.0; 3000 * 2];
        values[2 * 1500] = -7.0;
        let map = Map::new(3000, 2, &values);
        assert_eq!(map.cells, (1200, 2));
        assert_eq!(map.values.iter().copied().fold(0.0, f32::min), -7.0);
        assert_eq!(map.reach, 7.0);
    }

    #[test]
    fn cells_are_square_where_they_can_be() {
        assert_eq!(Map::new(3, 4, &[0.0; 12]).cell, (120, 120));
        assert_eq!(Map::new(40, 64, &[0.0; 2560]).cell, (18, 18));
        assert_eq!(Map::new(10, 640, &[0.0; 6400]).cell, (1, 24));
    }
}
