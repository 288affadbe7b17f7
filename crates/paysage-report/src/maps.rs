//! Symmetric matrices as heat maps, side by side.

use std::path::Path;

use plotters::style::text_anchor::{HPos, VPos};

use crate::ReportError;
use crate::axes::{anchored, label_width};
use crate::canvas::{Area, Drawn, EDGE, GUTTER, WIDTH, chart, px};
use crate::correlation::Symmetric;
use crate::font;
use crate::heat::{ColourBar, Heat};
use crate::ink;
use crate::scale::Scale;

/// Sizes in points of the page.
const SINGLE: f64 = 480.0;
const HEADER: f64 = 50.0;
const LINE: f64 = 20.0;
/// Height of a label, and largest width of names.
const LABEL_LINE: f64 = 15.0;
const NAMES: f64 = 150.0;
/// Height below a map, for the title of its numbers.
const FOOT: f64 = 24.0;

/// Matrices of numbers from −1 to 1 in two columns, with one colour bar.
pub(crate) struct Maps {
    pub(crate) maps: Vec<Map>,
    pub(crate) labels: Labels,
    /// Lines of text in the place after the last map.
    pub(crate) text: Vec<String>,
}

/// A matrix and what is written above it.
pub(crate) struct Map {
    pub(crate) title: String,
    pub(crate) note: String,
    pub(crate) matrix: Symmetric,
}

/// Labels of the rows.
pub(crate) enum Labels {
    /// Names, the same for all maps, at the left of the first column.
    Names(Vec<String>),
    /// Ranks from 1.
    Ranks,
}

impl Maps {
    pub(crate) fn write(&self, path: &Path) -> Result<(), ReportError> {
        let layout = Arrangement::new(self);
        chart(path, layout.size, |area| self.draw(&layout, area))
    }

    fn draw(&self, layout: &Arrangement, area: &Area<'_>) -> Drawn {
        let bar = ColourBar::new(1.0);
        for (index, map) in self.maps.iter().enumerate() {
            let (x, y) = layout.corner(index);
            let (title, quiet) = (
                ink::text(ink::TITLE, ink::STRONG),
                ink::text(ink::LABEL, ink::QUIET),
            );
            area.draw_text(&map.title, &title, (x, y + px(4.0)))?;
            area.draw_text(&map.note, &quiet, (x, y + px(25.0)))?;
            let corner = (x, y + px(HEADER));
            let heat = Heat {
                cells: (map.matrix.size, map.matrix.size),
                values: &map.matrix.values,
                reach: 1.0,
            };
            heat.draw(area, corner, (layout.side, layout.side))?;
            if index % layout.columns == 0 || matches!(self.labels, Labels::Ranks) {
                self.draw_labels(area, map.matrix.size, corner, layout.side)?;
            }
        }
        let (x, y) = layout.corner(self.maps.len());
        let quiet = ink::text(ink::LABEL, ink::QUIET);
        for (line, text) in self.text.iter().enumerate() {
            let top = y + px(HEADER) + line as i32 * px(LINE);
            area.draw_text(text, &quiet, (x, top))?;
        }
        bar.draw(area, (layout.bar, px(EDGE + HEADER)), layout.side)
    }

    fn draw_labels(
        &self,
        area: &Area<'_>,
        count: usize,
        (left, top): (i32, i32),
        side: i32,
    ) -> Drawn {
        let beside = anchored(
            &ink::text(ink::LABEL, ink::QUIET),
            HPos::Right,
            VPos::Center,
        );
        let middle = |row: f64| top + (row / count as f64 * f64::from(side)).round() as i32;
        let draw =
            |text: &str, row: f64| area.draw_text(text, &beside, (left - px(7.0), middle(row)));
        match &self.labels {
            Labels::Names(names) => {
                // As many names as have room.
                let step = (count as f64 * f64::from(px(LABEL_LINE)) / f64::from(side)).ceil();
                for (row, name) in names.iter().enumerate().step_by(step.max(1.0) as usize) {
                    let name = font::fit(name, f64::from(px(ink::LABEL)), f64::from(px(NAMES)));
                    draw(&name, row as f64 + 0.5)?;
                }
            }
            Labels::Ranks => {
                let ticks = ranks(count);
                for &tick in &ticks.ticks {
                    draw(&ticks.label(tick), tick - 0.5)?;
                }
                let below = anchored(&ink::text(ink::LABEL, ink::QUIET), HPos::Center, VPos::Top);
                area.draw_text("rank", &below, (left + side / 2, top + side + px(6.0)))?;
            }
        }
        Ok(())
    }
}

/// Ticks of so many numbers from 1.
pub(crate) fn ranks(count: usize) -> Scale {
    Scale::whole(1.0, count as f64, 5)
}

/// Places of the maps.
struct Arrangement {
    /// Width and height of the figure in points.
    size: (f64, f64),
    columns: usize,
    /// Side length of a map, and width of the labels at its left, in pixels.
    side: i32,
    labels: [i32; 2],
    /// Height below a map, in pixels.
    foot: i32,
    /// Left edge of the colour bar.
    bar: i32,
}

impl Arrangement {
    fn new(maps: &Maps) -> Self {
        let columns = maps.maps.len().clamp(1, 2);
        let labels = match &maps.labels {
            Labels::Names(names) => {
                let size = f64::from(px(ink::LABEL));
                let widths = names.iter().map(|name| font::width(name, size));
                let widest = widths.fold(0.0, f64::max).min(f64::from(px(NAMES)));
                [widest.ceil() as i32 + px(10.0), 0]
            }
            Labels::Ranks => {
                let largest = maps.maps.iter().map(|map| map.matrix.size).max();
                [label_width(&ranks(largest.unwrap_or(1))); 2]
            }
        };
        let bar = px(GUTTER) + ColourBar::new(1.0).width();
        let width = px(if columns == 1 { SINGLE } else { WIDTH });
        let taken = px(2.0 * EDGE) + labels[..columns].iter().sum::<i32>() + bar;
        let gutter = (columns as i32 - 1) * px(GUTTER);
        let side = (width - taken - gutter) / columns as i32;
        let cells = maps.maps.len() + usize::from(!maps.text.is_empty());
        let rows = cells.div_ceil(columns).max(1) as f64;
        let points = f64::from(side) / f64::from(px(1.0));
        let foot = match maps.labels {
            Labels::Names(_) => 0.0,
            Labels::Ranks => FOOT,
        };
        let height = 2.0 * EDGE + rows * (HEADER + points + foot) + (rows - 1.0) * GUTTER;
        Self {
            size: (f64::from(width) / f64::from(px(1.0)), height),
            columns,
            side,
            labels,
            foot: px(foot),
            bar: width - px(EDGE) - bar + px(GUTTER),
        }
    }

    /// The upper left corner of the title of a map, which is above the map itself.
    fn corner(&self, index: usize) -> (i32, i32) {
        let (row, column) = ((index / self.columns) as i32, index % self.columns);
        let before: i32 = self.labels[..=column].iter().sum();
        let x = px(EDGE) + before + column as i32 * (self.side + px(GUTTER));
        (
            x,
            px(EDGE) + row * (px(HEADER) + self.side + self.foot + px(GUTTER)),
        )
    }
}
