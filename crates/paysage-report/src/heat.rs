//! Heat maps and their colour bar.

use plotters::element::Rectangle;
use plotters::style::text_anchor::{HPos, VPos};
use plotters::style::{Color, RGBColor};

use crate::axes::{anchored, label_width};
use crate::canvas::{Area, Drawn, px};
use crate::ink;
use crate::palette::Palette;
use crate::scale::Scale;

/// Width of the colour bar in points.
const BAR: f64 = 14.0;

/// A matrix as coloured cells: blue below 0, white at 0, red above; NaN is yellow.
pub(crate) struct Heat<'v> {
    /// The number of rows and columns.
    pub(crate) cells: (usize, usize),
    /// The values, row-major.
    pub(crate) values: &'v [f32],
    /// The magnitude of full colour.
    pub(crate) reach: f32,
}

impl Heat<'_> {
    /// Draws the cells into a rectangle, and a line around it.
    pub(crate) fn draw(
        &self,
        area: &Area<'_>,
        (left, top): (i32, i32),
        (width, height): (i32, i32),
    ) -> Drawn {
        let edge = |index: usize, count: usize, length: i32| {
            (index as f64 * f64::from(length) / count as f64).round() as i32
        };
        let (rows, columns) = self.cells;
        for (index, &value) in self.values.iter().enumerate() {
            let (row, column) = (index / columns, index % columns);
            let corner = |row, column| {
                let x = left + edge(column, columns, width);
                (x, top + edge(row, rows, height))
            };
            let cell = [corner(row, column), corner(row + 1, column + 1)];
            area.draw(&Rectangle::new(cell, colour(value, self.reach).filled()))?;
        }
        outline(area, (left, top), (width, height))
    }
}

/// The colours of a heat map and their values.
pub(crate) struct ColourBar {
    reach: f32,
    scale: Scale,
}

impl ColourBar {
    pub(crate) fn new(reach: f32) -> Self {
        let span = f64::from(reach);
        Self {
            reach,
            scale: Scale::exact(-span, span, 5),
        }
    }

    /// Its width in pixels, with labels.
    pub(crate) fn width(&self) -> i32 {
        px(BAR) + label_width(&self.scale)
    }

    pub(crate) fn draw(&self, area: &Area<'_>, (left, top): (i32, i32), height: i32) -> Drawn {
        let beside = anchored(&ink::text(ink::LABEL, ink::QUIET), HPos::Left, VPos::Center);
        let width = px(BAR);
        let (low, high) = (self.scale.low, self.scale.high);
        for row in 0..height {
            let value = high - (high - low) * (f64::from(row) + 0.5) / f64::from(height);
            let strip = [(left, top + row), (left + width, top + row + 1)];
            let colour = colour(value as f32, self.reach);
            area.draw(&Rectangle::new(strip, colour.filled()))?;
        }
        outline(area, (left, top), (width, height))?;
        for &tick in &self.scale.ticks {
            let y = top + ((high - tick) / (high - low) * f64::from(height)).round() as i32;
            let x = left + width + px(6.0);
            area.draw_text(&self.scale.label(tick), &beside, (x, y))?;
        }
        Ok(())
    }
}

fn colour(value: f32, reach: f32) -> RGBColor {
    let [red, green, blue] = Palette::Diverging.colour(value, reach);
    RGBColor(red, green, blue)
}

/// A line around a rectangle.
fn outline(area: &Area<'_>, (x, y): (i32, i32), (width, height): (i32, i32)) -> Drawn {
    let line = |from: (i32, i32), to: (i32, i32)| {
        area.draw(&Rectangle::new([from, to], ink::AXIS.filled()))
    };
    line((x - 2, y - 2), (x + width + 2, y))?;
    line((x - 2, y + height), (x + width + 2, y + height + 2))?;
    line((x - 2, y), (x, y + height))?;
    line((x + width, y), (x + width + 2, y + height))
}
