//! A figure as it is embedded in the page.

use std::fmt::Display;
use std::fs;

use base64::display::Base64Display;
use base64::prelude::BASE64_STANDARD;
use png::Unit;

use crate::{Figure, ReportError};

/// The width in points that the style sheet leaves to a figure on a wide screen.
const FULL_WIDTH: u32 = 790;

/// A figure and the content of its file.
pub(crate) struct Plate<'a> {
    pub(crate) figure: &'a Figure,
    bytes: Vec<u8>,
    /// Width and height on the page.
    pub(crate) size: (u32, u32),
    /// Class in the style sheet.
    pub(crate) class: &'static str,
}

impl<'a> Plate<'a> {
    pub(crate) fn read(figure: &'a Figure) -> Result<Self, ReportError> {
        let path = || figure.path.clone();
        let bytes = fs::read(&figure.path).map_err(|source| ReportError::Read {
            path: path(),
            source,
        })?;
        let reader = png::Decoder::new(std::io::Cursor::new(&bytes))
            .read_info()
            .map_err(|source| ReportError::NotPng {
                path: path(),
                source,
            })?;
        let info = reader.info();
        // 96 points per inch; one pixel per point where the file has no resolution.
        let density = match info.pixel_dims {
            Some(dots) if dots.unit == Unit::Meter => f64::from(dots.xppu) * 0.0254 / 96.0,
            _ => 1.0,
        };
        let density = density.clamp(0.1, 10.0);
        let points = |pixels: u32| (f64::from(pixels) / density).round().max(1.0) as u32;
        let size = (points(info.width), points(info.height));
        let class = match size.0 {
            // High-resolution charts, whose text must be legible on a phone.
            _ if density > 1.5 => "chart",
            // Shown at its size: squares with hard edges.
            ..=FULL_WIDTH => "sharp",
            // Reduced: hard edges would drop whole lines of pixels.
            _ => "smooth",
        };
        Ok(Self {
            figure,
            bytes,
            size,
            class,
        })
    }

    /// The file as text that needs no escaping.
    pub(crate) fn base64(&self) -> impl Display + '_ {
        Base64Display::new(&self.bytes, &BASE64_STANDARD)
    }
}
