//! Backend of `plotters`: anti-aliased lines, dots and text on a [`Picture`].

use std::convert::Infallible;
use std::path::Path;

use plotters::coord::Shift;
use plotters::drawing::{DrawingArea, DrawingAreaErrorKind, IntoDrawingArea};
use plotters::style::text_anchor::{HPos, VPos};
use plotters_backend::{
    BackendColor, BackendCoord, BackendStyle, BackendTextStyle, DrawingBackend, DrawingErrorKind,
};

use crate::ReportError;
use crate::font;
use crate::picture::Picture;

/// Pixels per point of the page, for high-resolution screens and print.
const DENSITY: f64 = 2.0;

/// Points of the page per inch (96), in dots per meter.
pub(crate) const DOTS_PER_METRE: u32 = (96.0 * DENSITY / 0.0254) as u32;

/// Sizes of charts in points of the page: the width, the margin, and the space between panels.
pub(crate) const WIDTH: f64 = 760.0;
pub(crate) const EDGE: f64 = 6.0;
pub(crate) const GUTTER: f64 = 24.0;

/// A length on the page in pixels of the picture.
pub(crate) fn px(points: f64) -> i32 {
    (points * DENSITY).round() as i32
}

/// A part of a chart.
pub(crate) type Area<'a> = DrawingArea<Canvas<'a>, Shift>;

/// Result of drawing a part of a chart.
pub(crate) type Drawn<T = ()> = Result<T, DrawingAreaErrorKind<Infallible>>;

/// Draws a chart of `width` by `height` points and writes it.
pub(crate) fn chart(
    path: &Path,
    (width, height): (f64, f64),
    draw: impl FnOnce(&Area<'_>) -> Drawn,
) -> Result<(), ReportError> {
    let (width, height) = (px(width).max(1) as usize, px(height).max(1) as usize);
    let mut picture = Picture::new(width, height, path)?.with_density(DOTS_PER_METRE);
    draw(&Canvas(&mut picture).into_drawing_area()).map_err(|source| ReportError::Drawing {
        path: path.into(),
        source: Box::new(source),
    })?;
    picture.write(path)
}

pub(crate) struct Canvas<'a>(&'a mut Picture);

impl Canvas<'_> {
    /// A line with round ends, or a disc where both ends are one point. A coordinate is the
    /// corner of a pixel, so a straight line of even width covers whole pixels.
    fn capsule(&mut self, from: BackendCoord, to: BackendCoord, radius: f64, color: BackendColor) {
        let (x0, y0) = (f64::from(from.0), f64::from(from.1));
        let (dx, dy) = (f64::from(to.0) - x0, f64::from(to.1) - y0);
        let length = dx * dx + dy * dy;
        let reach = radius.ceil() as i32 + 1;
        let (red, green, blue) = color.rgb;
        for y in from.1.min(to.1) - reach..from.1.max(to.1) + reach {
            for x in from.0.min(to.0) - reach..from.0.max(to.0) + reach {
                let (px, py) = (f64::from(x) + 0.5 - x0, f64::from(y) + 0.5 - y0);
                let along = if length > 0.0 {
                    ((px * dx + py * dy) / length).clamp(0.0, 1.0)
                } else {
                    0.0
                };
                let distance = (px - along * dx).hypot(py - along * dy);
                let cover = (radius + 0.5 - distance).clamp(0.0, 1.0);
                self.0.blend(x, y, [red, green, blue], cover * color.alpha);
            }
        }
    }
}

type Done = Result<(), DrawingErrorKind<Infallible>>;

impl DrawingBackend for Canvas<'_> {
    type ErrorType = Infallible;

    fn get_size(&self) -> (u32, u32) {
        (self.0.width() as u32, self.0.height() as u32)
    }

    fn ensure_prepared(&mut self) -> Done {
        Ok(())
    }

    fn present(&mut self) -> Done {
        Ok(())
    }

    fn draw_pixel(&mut self, (x, y): BackendCoord, color: BackendColor) -> Done {
        let (red, green, blue) = color.rgb;
        self.0.blend(x, y, [red, green, blue], color.alpha);
        Ok(())
    }

    fn draw_line<S: BackendStyle>(
        &mut self,
        from: BackendCoord,
        to: BackendCoord,
        style: &S,
    ) -> Done {
        self.capsule(
            from,
            to,
            f64::from(style.stroke_width()) / 2.0,
            style.color(),
        );
        Ok(())
    }

    fn draw_path<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        path: I,
        style: &S,
    ) -> Done {
        let mut previous = None;
        for point in path {
            if let Some(previous) = previous.replace(point) {
                self.draw_line(previous, point, style)?;
            }
        }
        Ok(())
    }

    fn draw_circle<S: BackendStyle>(
        &mut self,
        center: BackendCoord,
        radius: u32,
        style: &S,
        _fill: bool,
    ) -> Done {
        self.capsule(center, center, f64::from(radius), style.color());
        Ok(())
    }

    fn draw_rect<S: BackendStyle>(
        &mut self,
        (left, top): BackendCoord,
        (right, bottom): BackendCoord,
        style: &S,
        _fill: bool,
    ) -> Done {
        let corner = (left.max(0) as usize, top.max(0) as usize);
        let size = (
            (right - left).max(0) as usize,
            (bottom - top).max(0) as usize,
        );
        let (red, green, blue) = style.color().rgb;
        self.0.fill(corner, size, [red, green, blue]);
        Ok(())
    }

    fn draw_text<T: BackendTextStyle>(
        &mut self,
        text: &str,
        style: &T,
        (x, y): BackendCoord,
    ) -> Done {
        let size = style.size();
        let left = match style.anchor().h_pos {
            HPos::Left => 0.0,
            HPos::Center => font::width(text, size) / 2.0,
            HPos::Right => font::width(text, size),
        };
        let down = match style.anchor().v_pos {
            VPos::Top => font::CAPITAL * size,
            VPos::Center => font::CAPITAL * size / 2.0,
            VPos::Bottom => -font::DESCENDER * size,
        };
        // Base lines are at whole pixels, which keeps them sharp.
        let base = (f64::from(x) - left, (f64::from(y) + down).round());
        let (red, green, blue) = style.color().rgb;
        font::draw(text, size, base, |x, y, cover| {
            self.0.blend(x, y, [red, green, blue], cover);
        });
        Ok(())
    }

    fn estimate_text_size<T: BackendTextStyle>(
        &self,
        text: &str,
        style: &T,
    ) -> Result<(u32, u32), DrawingErrorKind<Infallible>> {
        let size = style.size();
        Ok((font::width(text, size).ceil() as u32, size.ceil() as u32))
    }
}
