//! Marginals as small multiples.

use std::path::Path;

use plotters::coord::ranged1d::Ranged;
use plotters::element::{PathElement, Rectangle};
use plotters::style::Color;
use plotters::style::text_anchor::{HPos, VPos};

use super::{Marginal, Shape};
use crate::ReportError;
use crate::axes::{self, Rules, anchored};
use crate::canvas::{Area, Drawn, EDGE, WIDTH, chart, px};
use crate::font;
use crate::ink;
use crate::scale::Scale;

/// Sizes in points of the page.
const COLUMNS: usize = 3;
const SINGLE: f64 = 420.0;
const HISTOGRAM: f64 = 200.0;
const TITLE_LINE: f64 = 24.0;
const TOP: f64 = 6.0;
/// Height below the bars of categories, for tick labels.
const FOOT: f64 = 26.0;
const LEGEND: f64 = 30.0;
const GUTTER: f64 = 20.0;
/// Height of a category, and largest width of its name.
const CATEGORY: f64 = 18.0;
const NAMES: f64 = 100.0;

/// Draws the marginals in three columns, or a single one alone: data as filled bars, samples as a line or a second bar.
pub(crate) fn marginals(panels: &[Marginal], path: &Path) -> Result<(), ReportError> {
    let rows = panels.chunks(COLUMNS).map(|row| {
        let heights = row.iter().map(Marginal::height);
        (row, heights.fold(0.0, f64::max))
    });
    let rows: Vec<(&[Marginal], f64)> = rows.collect();
    let heights: f64 = rows.iter().map(|(_, height)| height + GUTTER).sum();
    let (page, width) = match panels.len() {
        1 => (SINGLE + 2.0 * EDGE, SINGLE),
        _ => {
            let gutters = (COLUMNS - 1) as f64 * GUTTER;
            (WIDTH, (WIDTH - 2.0 * EDGE - gutters) / COLUMNS as f64)
        }
    };
    chart(
        path,
        (page, 2.0 * EDGE + LEGEND + heights - GUTTER),
        |area| {
            draw_legend(area)?;
            let mut top = EDGE + LEGEND;
            for (row, height) in rows {
                for (column, marginal) in row.iter().enumerate() {
                    let left = EDGE + column as f64 * (width + GUTTER);
                    let size = (px(width), px(marginal.height()));
                    marginal.draw(&area.clone().shrink((px(left), px(top)), size))?;
                }
                top += height + GUTTER;
            }
            Ok(())
        },
    )
}

fn draw_legend(area: &Area<'_>) -> Drawn {
    let quiet = ink::text(ink::LABEL, ink::QUIET);
    let (left, top) = (px(EDGE), px(EDGE + 4.0));
    let square = [(left, top), (left + px(14.0), top + px(10.0))];
    area.draw(&Rectangle::new(square, ink::PALE.filled()))?;
    area.draw_text("data", &quiet, (left + px(20.0), top))?;
    let left = left + px(70.0);
    let square = [(left, top), (left + px(14.0), top + px(10.0))];
    area.draw(&Rectangle::new(square, ink::SERIES[1].filled()))?;
    area.draw_text("samples", &quiet, (left + px(20.0), top))
}

impl Marginal {
    /// The height of the panel in points.
    fn height(&self) -> f64 {
        match self.shape {
            Shape::Bins { .. } => HISTOGRAM,
            Shape::Categories(_) => TITLE_LINE + TOP + self.shares.len() as f64 * CATEGORY + FOOT,
        }
    }

    fn draw(&self, area: &Area<'_>) -> Drawn {
        let (width, height) = area.dim_in_pixel();
        let (title, label) = (f64::from(px(ink::TITLE)), f64::from(px(ink::LABEL)));
        let missing = match self.missing {
            0.0 => String::new(),
            share => format!(", {:.0} % missing", (100.0 * share).max(1.0)),
        };
        let most = f64::from(width) - font::width(&missing, label);
        let name = font::fit(&self.name, title, most);
        area.draw_text(&name, &ink::text(ink::TITLE, ink::STRONG), (0, px(4.0)))?;
        let left = font::width(&name, title).ceil() as i32;
        let quiet = ink::text(ink::LABEL, ink::QUIET);
        area.draw_text(&missing, &quiet, (left, px(5.5)))?;
        let header = px(TITLE_LINE);
        let size = (width as i32, height as i32 - header);
        let body = area.clone().shrink((0, header), size);
        match &self.shape {
            Shape::Bins { low, width } => self.draw_bins(&body, *low, *width),
            Shape::Categories(names) => self.draw_categories(&body, names),
        }
    }

    /// The largest fraction with some room, as the end of an axis.
    fn most(&self) -> f64 {
        let shares = self.shares.iter().flatten();
        shares.fold(0.01, |most: f64, &share| most.max(share)) * 1.05
    }

    fn draw_bins(&self, area: &Area<'_>, low: f64, width: f64) -> Drawn {
        let high = low + width * self.shares.len() as f64;
        let air = 0.02 * (high - low);
        let x = Scale::exact(low - air, high + air, 3);
        let y = Scale::exact(0.0, self.most(), 3);
        let side = axes::label_width(&y);
        let mut plot = axes::frame(area, (&x, &y), side, ("", ""), Rules::Across)?;
        let edge = |bin: usize| low + width * bin as f64;
        let bars = self.shares.iter().enumerate().map(|(bin, [data, _])| {
            let corners = [(edge(bin), *data), (edge(bin + 1), 0.0)];
            Rectangle::new(corners, ink::PALE.filled())
        });
        plot.draw_series(bars)?;
        let mut line = vec![(low, 0.0)];
        for (bin, [_, samples]) in self.shares.iter().enumerate() {
            line.extend([(edge(bin), *samples), (edge(bin + 1), *samples)]);
        }
        line.push((high, 0.0));
        plot.draw_series([PathElement::new(line, ink::SERIES[1].stroke_width(3))])?;
        Ok(())
    }

    fn draw_categories(&self, area: &Area<'_>, names: &[String]) -> Drawn {
        let quiet = ink::text(ink::LABEL, ink::QUIET);
        let label = f64::from(px(ink::LABEL));
        let names: Vec<String> = names
            .iter()
            .map(|name| font::fit(name, label, f64::from(px(NAMES))))
            .collect();
        let widest = names.iter().map(|name| font::width(name, label));
        let left = widest.fold(0.0, f64::max).ceil() as i32 + px(8.0);
        let right = area.dim_in_pixel().0 as i32 - px(axes::MARGIN);
        let shares = Scale::exact(0.0, self.most(), 3);
        let (top, base) = (px(TOP), px(TOP) + self.shares.len() as i32 * px(CATEGORY));
        let beside = anchored(&quiet, HPos::Right, VPos::Center);
        let below = anchored(&quiet, HPos::Center, VPos::Top);
        for tick in &shares.ticks {
            let x = shares.map(tick, (left, right));
            let rule = [(x - 1, top), (x + 1, base)];
            area.draw(&Rectangle::new(rule, ink::RULE.filled()))?;
            area.draw_text(&shares.label(*tick), &below, (x, base + px(6.0)))?;
        }
        for (row, (name, [data, samples])) in names.iter().zip(&self.shares).enumerate() {
            let y = top + row as i32 * px(CATEGORY);
            let middle = y + px(CATEGORY) / 2;
            area.draw_text(name, &beside, (left - px(6.0), middle))?;
            let bar = |from: i32, share: f64| {
                [
                    (left, from),
                    (shares.map(&share, (left, right)), from + px(6.0)),
                ]
            };
            let (upper, lower) = (middle - px(6.0), middle);
            area.draw(&Rectangle::new(bar(upper, *data), ink::PALE.filled()))?;
            area.draw(&Rectangle::new(
                bar(lower, *samples),
                ink::SERIES[1].filled(),
            ))?;
        }
        area.draw(&Rectangle::new(
            [(left - 2, top), (left, base)],
            ink::AXIS.filled(),
        ))
    }
}
