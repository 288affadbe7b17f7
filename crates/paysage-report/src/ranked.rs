//! Sorted quantities of units, one panel for each layer.

use std::path::Path;

use plotters::element::{Circle, Rectangle};
use plotters::style::Color;

use crate::ReportError;
use crate::axes::{self, Rules};
use crate::canvas::{Area, Drawn, EDGE, GUTTER, WIDTH, chart, px};
use crate::ink;
use crate::scale::{Scale, bounds};

/// Sizes in points of the page.
const SINGLE: f64 = 600.0;
const PANEL: f64 = 290.0;
const HEADER: f64 = 50.0;

/// Units of a layer, sorted.
pub(crate) struct Ranked {
    pub(crate) title: String,
    pub(crate) note: String,
    pub(crate) axis: &'static str,
    /// The range of the axis; `None`: that of the bars.
    pub(crate) range: Option<(f64, f64)>,
    pub(crate) units: Vec<Bar>,
}

/// A unit: a bar from `low` to `high`, and a dot.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Bar {
    pub(crate) low: f64,
    pub(crate) high: f64,
    pub(crate) dot: Option<f64>,
}

/// Draws the panels in two columns.
pub(crate) fn ranked(panels: &[Ranked], path: &Path) -> Result<(), ReportError> {
    let (width, columns) = match panels.len() {
        1 => (SINGLE, 1),
        _ => (WIDTH, 2),
    };
    let rows = panels.len().div_ceil(columns) as f64;
    let height = rows * PANEL + (rows - 1.0) * GUTTER + 2.0 * EDGE;
    let panel = (width - 2.0 * EDGE - (columns - 1) as f64 * GUTTER) / columns as f64;
    chart(path, (width, height), |area| {
        for (index, units) in panels.iter().enumerate() {
            let left = EDGE + (index % columns) as f64 * (panel + GUTTER);
            let top = EDGE + (index / columns) as f64 * (PANEL + GUTTER);
            let size = (px(panel), px(PANEL));
            units.draw(&area.clone().shrink((px(left), px(top)), size))?;
        }
        Ok(())
    })
}

impl Ranked {
    fn draw(&self, area: &Area<'_>) -> Drawn {
        let (title, quiet) = (
            ink::text(ink::TITLE, ink::STRONG),
            ink::text(ink::LABEL, ink::QUIET),
        );
        area.draw_text(&self.title, &title, (0, px(4.0)))?;
        area.draw_text(&self.note, &quiet, (0, px(25.0)))?;
        let (width, height) = area.dim_in_pixel();
        let header = px(HEADER);
        let size = (width as i32, height as i32 - header);
        let body = area.clone().shrink((0, header), size);
        let count = self.units.len() as f64;
        let x = Scale::whole(0.5, count + 0.5, 6);
        let ends = self.units.iter().flat_map(|unit| [unit.low, unit.high]);
        let Some((low, high)) = self.range.or_else(|| bounds(ends)) else {
            return Ok(());
        };
        // Bars from 0 stand on the axis.
        let air = 0.05 * (high - low);
        let y = Scale::exact(if low == 0.0 { 0.0 } else { low - air }, high + air, 4);
        let side = axes::label_width(&y);
        let titles = ("rank", self.axis);
        let mut plot = axes::frame(&body, (&x, &y), side, titles, Rules::Across)?;
        // A gap between bars where they are wide enough.
        let step = f64::from(width as i32 - side) / count;
        let half = if step > 8.0 { 0.4 } else { 0.5 };
        let has_dots = self.units.iter().any(|unit| unit.dot.is_some());
        let colour = if has_dots { ink::PALE } else { ink::SERIES[0] };
        let bars = self.units.iter().enumerate().map(|(index, unit)| {
            let middle = index as f64 + 1.0;
            let corners = [(middle - half, unit.high), (middle + half, unit.low)];
            Rectangle::new(corners, colour.filled())
        });
        plot.draw_series(bars)?;
        let radius = (step / 2.0 / f64::from(px(1.0))).clamp(1.0, 3.0);
        let dots = self.units.iter().enumerate();
        let dots = dots.filter_map(|(index, unit)| Some((index as f64 + 1.0, unit.dot?)));
        plot.draw_series(dots.map(|dot| Circle::new(dot, px(radius), ink::SERIES[0].filled())))?;
        Ok(())
    }
}
