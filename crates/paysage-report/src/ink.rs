//! Colours and sizes of charts.

use plotters::style::{IntoFont, RGBColor, TextStyle};

use crate::canvas::px;

/// Titles and values.
pub(crate) const STRONG: RGBColor = RGBColor(28, 30, 34);
/// Labels of axes and ticks.
pub(crate) const QUIET: RGBColor = RGBColor(92, 96, 104);
/// The base line of an axis.
pub(crate) const AXIS: RGBColor = RGBColor(150, 154, 160);
/// Grid lines.
pub(crate) const RULE: RGBColor = RGBColor(230, 232, 235);

/// Colours of series: the colour-blind safe palette of Okabe and Ito without yellow.
pub(crate) const SERIES: [RGBColor; 6] = [
    RGBColor(0, 114, 178),
    RGBColor(213, 94, 0),
    RGBColor(0, 158, 115),
    RGBColor(204, 121, 167),
    RGBColor(230, 159, 0),
    RGBColor(86, 180, 233),
];

/// The first colour of series, pale: behind other colours.
pub(crate) const PALE: RGBColor = RGBColor(178, 209, 230);

/// Sizes of text in points of the page.
pub(crate) const TITLE: f64 = 15.0;
pub(crate) const LABEL: f64 = 13.0;

/// Text of a size and colour, anchored at its top left corner.
pub(crate) fn text(size: f64, colour: RGBColor) -> TextStyle<'static> {
    ("embedded", f64::from(px(size))).into_font().color(&colour)
}
