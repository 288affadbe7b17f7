//! Axes of a plot: grid lines, base line, ticks and labels.

use std::ops::Range;

use plotters::chart::{ChartBuilder, ChartContext, LabelAreaPosition};
use plotters::coord::cartesian::Cartesian2d;
use plotters::coord::ranged1d::{KeyPointHint, NoDefaultFormatting, Ranged, ValueFormatter};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color, TextStyle};

use crate::canvas::{Area, Canvas, Drawn, px};
use crate::font;
use crate::ink;
use crate::scale::Scale;

/// A plot with axes, for data.
pub(crate) type Plot<'p, 'a> = ChartContext<'p, Canvas<'a>, Cartesian2d<Scale, Scale>>;

/// Height in points below a plot, for tick labels and the axis title.
pub(crate) const FOOT: f64 = 42.0;
/// Width in points to the right of a plot, for half of its last label.
pub(crate) const MARGIN: f64 = 12.0;

/// Grid lines behind the data.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rules {
    /// Horizontal lines.
    Across,
    /// Horizontal and vertical lines.
    Both,
}

/// Width in pixels of the labels of a vertical axis.
pub(crate) fn label_width(scale: &Scale) -> i32 {
    let size = f64::from(px(ink::LABEL));
    let widest = scale
        .ticks
        .iter()
        .map(|&tick| font::width(&scale.label(tick), size));
    widest.fold(0.0, f64::max).ceil() as i32 + px(10.0)
}

/// Draws axes that fill `area` and returns the plot inside them. `side` is the width in pixels
/// of the labels on the left; `titles` are the titles below the horizontal axis and above the vertical one.
pub(crate) fn frame<'a, 'p>(
    area: &Area<'a>,
    (x, y): (&Scale, &Scale),
    side: i32,
    titles: (&str, &str),
    rules: Rules,
) -> Drawn<Plot<'p, 'a>>
where
    'a: 'p,
{
    let quiet = ink::text(ink::LABEL, ink::QUIET);
    let mut plot = ChartBuilder::on(area)
        .margin_top(px(head(titles.1)))
        .margin_right(px(MARGIN))
        .set_label_area_size(LabelAreaPosition::Left, side)
        .set_label_area_size(LabelAreaPosition::Bottom, px(FOOT))
        .build_cartesian_2d(x.clone(), y.clone())?;
    let mut mesh = plot.configure_mesh();
    mesh.bold_line_style(ink::RULE.stroke_width(2))
        .axis_style(ink::AXIS.stroke_width(2))
        .label_style(quiet.clone())
        .disable_y_axis()
        .set_tick_mark_size(LabelAreaPosition::Bottom, px(4.0));
    if rules == Rules::Across {
        mesh.disable_x_mesh();
    }
    mesh.draw()?;

    let (width, height) = area.dim_in_pixel();
    let (width, height) = (width as i32, height as i32);
    let (top, base) = (px(head(titles.1)), height - px(FOOT));
    // plotters draws labels only beside an axis line, which the grid lines replace.
    let beside = anchored(&quiet, HPos::Right, VPos::Center);
    for tick in &y.ticks {
        area.draw_text(
            &y.label(*tick),
            &beside,
            (side - px(7.0), y.map(tick, (base, top))),
        )?;
    }
    let below = anchored(&quiet, HPos::Center, VPos::Bottom);
    let middle = (side + width - px(MARGIN)) / 2;
    area.draw_text(titles.0, &below, (middle, height - px(1.0)))?;
    area.draw_text(titles.1, &quiet, (side, px(2.0)))?;
    Ok(plot)
}

/// Height in points above a plot, for the title of its vertical axis.
pub(crate) fn head(titles: &str) -> f64 {
    if titles.is_empty() { 6.0 } else { 22.0 }
}

/// The same text style with another anchor.
pub(crate) fn anchored<'t>(style: &TextStyle<'t>, h: HPos, v: VPos) -> TextStyle<'t> {
    style.pos(Pos::new(h, v))
}

impl Ranged for Scale {
    type FormatOption = NoDefaultFormatting;
    type ValueType = f64;

    fn map(&self, value: &f64, (start, end): (i32, i32)) -> i32 {
        let share = (value - self.low) / (self.high - self.low);
        start + (share * f64::from(end - start)).round() as i32
    }

    fn key_points<Hint: KeyPointHint>(&self, hint: Hint) -> Vec<f64> {
        // There are no minor ticks.
        if hint.weight().allow_light_points() {
            Vec::new()
        } else {
            self.ticks.clone()
        }
    }

    fn range(&self) -> Range<f64> {
        self.low..self.high
    }
}

impl ValueFormatter<f64> for Scale {
    fn format_ext(&self, tick: &f64) -> String {
        self.label(*tick)
    }
}
