//! Pictures in memory and PNG files.

use std::path::Path;

use png::{BitDepth, ColorType, Encoder, PixelDimensions, Unit};

use crate::ReportError;
use crate::files::write_atomically;
use crate::palette::Rgb;

/// Largest number of pixels of a picture: 300 MB of memory.
const MOST_PIXELS: usize = 100_000_000;

/// An 8-bit RGB picture in memory.
pub(crate) struct Picture {
    width: usize,
    height: usize,
    rgb: Vec<u8>,
    dots_per_metre: Option<u32>,
}

impl Picture {
    /// A white picture, or an error where it is too large, before memory is allocated.
    pub(crate) fn new(width: usize, height: usize, path: &Path) -> Result<Self, ReportError> {
        match width.checked_mul(height) {
            Some(pixels) if pixels <= MOST_PIXELS => Ok(Self {
                width,
                height,
                rgb: vec![255; pixels * 3],
                dots_per_metre: None,
            }),
            _ => Err(ReportError::TooLarge {
                path: path.into(),
                width,
                height,
            }),
        }
    }

    /// Sets the resolution in the file, so that a page shows a chart at its size.
    pub(crate) fn with_density(self, dots_per_metre: u32) -> Self {
        Self {
            dots_per_metre: Some(dots_per_metre),
            ..self
        }
    }

    pub(crate) fn width(&self) -> usize {
        self.width
    }

    pub(crate) fn height(&self) -> usize {
        self.height
    }

    /// Fills a rectangle, clipped to the picture.
    pub(crate) fn fill(
        &mut self,
        (x, y): (usize, usize),
        (width, height): (usize, usize),
        rgb: Rgb,
    ) {
        let (from, to) = (x.min(self.width), (x + width).min(self.width));
        for row in y.min(self.height)..(y + height).min(self.height) {
            let start = row * self.width;
            for pixel in self.rgb[(start + from) * 3..(start + to) * 3].chunks_exact_mut(3) {
                pixel.copy_from_slice(&rgb);
            }
        }
    }

    /// Blends a colour over a pixel; `cover` is its opacity.
    pub(crate) fn blend(&mut self, x: i32, y: i32, rgb: Rgb, cover: f64) {
        let (Ok(x), Ok(y)) = (usize::try_from(x), usize::try_from(y)) else {
            return;
        };
        if x >= self.width || y >= self.height || cover <= 0.0 {
            return;
        }
        let start = (y * self.width + x) * 3;
        for (old, new) in self.rgb[start..start + 3].iter_mut().zip(rgb) {
            let mixed = f64::from(*old) + (f64::from(new) - f64::from(*old)) * cover.min(1.0);
            *old = mixed.round() as u8;
        }
    }

    /// Copies another picture into this one.
    pub(crate) fn paste(&mut self, other: &Picture, (x, y): (usize, usize)) {
        for row in 0..other.height {
            let from = row * other.width * 3;
            let to = ((y + row) * self.width + x) * 3;
            let length = other.width * 3;
            self.rgb[to..to + length].copy_from_slice(&other.rgb[from..from + length]);
        }
    }

    pub(crate) fn write(&self, path: &Path) -> Result<(), ReportError> {
        let bytes = self.encode().map_err(|source| ReportError::Encoding {
            path: path.into(),
            source,
        })?;
        write_atomically(path, &bytes)
    }

    fn encode(&self) -> Result<Vec<u8>, png::EncodingError> {
        let mut bytes = Vec::new();
        // A picture has at most MOST_PIXELS pixels, so its sides fit.
        let mut encoder = Encoder::new(&mut bytes, self.width as u32, self.height as u32);
        encoder.set_color(ColorType::Rgb);
        encoder.set_depth(BitDepth::Eight);
        encoder.set_pixel_dims(self.dots_per_metre.map(|dots| PixelDimensions {
            xppu: dots,
            yppu: dots,
            unit: Unit::Meter,
        }));
        let mut writer = encoder.write_header()?;
        writer.write_image_data(&self.rgb)?;
        writer.finish()?;
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fills_and_blends_are_clipped_to_the_picture() {
        let mut picture = Picture::new(3, 2, Path::new("a.png")).unwrap();
        picture.fill((2, 1), (5, 5), [9, 8, 7]);
        picture.blend(0, 0, [0; 3], 0.5);
        picture.blend(-1, 7, [0; 3], 1.0);
        assert_eq!(picture.rgb[..6], [128, 128, 128, 255, 255, 255]);
        assert_eq!(picture.rgb[15..], [9, 8, 7]);
    }

    #[test]
    fn a_picture_that_is_too_large_is_an_error() {
        for width in [1_000_000, usize::MAX] {
            let result = Picture::new(width, 1_000_000, Path::new("a.png"));
            assert!(matches!(result, Err(ReportError::TooLarge { .. })));
        }
    }
}
