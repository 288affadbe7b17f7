//! Grids of images.

use std::path::Path;

use crate::ReportError;
use crate::palette::{Palette, Rgb};
use crate::picture::Picture;

/// The colour between images, visible on light and dark pages.
const SEPARATOR: Rgb = [204, 207, 212];

/// Grid of images of the same size, with a thin line around each.
///
/// A pixel of an image is drawn as a square of `magnify` by `magnify` pixels. With
/// line width `s` (1 where `magnify` is 1, else 2), `c` images per row and `r` rows, the picture is
/// `c * (width * magnify + s) + s` pixels wide and `r * (height * magnify + s) + s` high.
///
/// ```
/// use paysage_report::{ImageGrid, Palette};
///
/// let values = [0.0, 1.0, 0.5, 0.0, 1.0, 1.0, 0.0, 0.2];
/// let grid = ImageGrid {
///     values: &values, // two images of 2 x 2
///     height: 2,
///     width: 2,
///     columns: 2,
///     palette: Palette::Ink,
///     magnify: 8,
/// };
/// # let folder = tempfile::tempdir()?;
/// grid.write(&folder.path().join("images.png"))?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct ImageGrid<'a> {
    /// The images one after another, each row-major.
    pub values: &'a [f32],
    /// The height of an image.
    pub height: usize,
    /// The width of an image.
    pub width: usize,
    /// Number of images per row; fewer images make one shorter row.
    pub columns: usize,
    /// Colours of the values.
    pub palette: Palette,
    /// Side length in pixels of a value.
    pub magnify: usize,
}

impl ImageGrid<'_> {
    /// Writes the grid as a PNG file.
    ///
    /// # Errors
    ///
    /// When a size is zero ([`ReportError::ZeroSize`]), there are no values
    /// ([`ReportError::Nothing`]), they are not a whole number of images
    /// ([`ReportError::NotWholeImages`]), the picture is too large
    /// ([`ReportError::TooLarge`]), or the file cannot be written.
    pub fn write(&self, path: &Path) -> Result<(), ReportError> {
        self.draw(path)?.write(path)
    }

    pub(crate) fn draw(&self, path: &Path) -> Result<Picture, ReportError> {
        self.check(path)?;
        let (wide, high) = self.cell();
        let columns = self.columns.min(self.images());
        let rows = self.images().div_ceil(columns);
        let side = |cells: usize, cell: usize| {
            cells
                .saturating_mul(cell.saturating_add(self.line()))
                .saturating_add(self.line())
        };
        let mut picture = Picture::new(side(columns, wide), side(rows, high), path)?;
        for index in 0..self.images() {
            let x = index % columns * (wide + self.line());
            let y = index / columns * (high + self.line());
            self.draw_image(&mut picture, index, (x, y));
        }
        Ok(picture)
    }

    /// Checks the sizes and the number of values.
    pub(crate) fn check(&self, path: &Path) -> Result<(), ReportError> {
        for (size, what) in [
            (self.height, "the height of an image"),
            (self.width, "the width of an image"),
            (self.columns, "the number of columns"),
            (self.magnify, "the magnification"),
        ] {
            if size == 0 {
                return Err(ReportError::ZeroSize {
                    path: path.into(),
                    what,
                });
            }
        }
        if self.values.is_empty() {
            return Err(ReportError::Nothing {
                path: path.into(),
                needed: "image",
            });
        }
        match self.height.checked_mul(self.width) {
            Some(pixels) if self.values.len().is_multiple_of(pixels) => Ok(()),
            _ => Err(ReportError::NotWholeImages {
                path: path.into(),
                values: self.values.len(),
                height: self.height,
                width: self.width,
            }),
        }
    }

    pub(crate) fn images(&self) -> usize {
        self.values.len() / (self.height * self.width)
    }

    /// The width of the line around an image.
    pub(crate) fn line(&self) -> usize {
        self.magnify.min(2)
    }

    /// The width and height in pixels of an image without its line.
    pub(crate) fn cell(&self) -> (usize, usize) {
        (
            self.width.saturating_mul(self.magnify),
            self.height.saturating_mul(self.magnify),
        )
    }

    /// Draws an image and the line around it, whose upper left corner is given.
    pub(crate) fn draw_image(&self, picture: &mut Picture, index: usize, (x, y): (usize, usize)) {
        let (wide, high) = self.cell();
        let line = self.line();
        picture.fill((x, y), (wide + 2 * line, high + 2 * line), SEPARATOR);
        let pixels = self.height * self.width;
        let values = &self.values[index * pixels..][..pixels];
        let reach = self.palette.reach(values);
        for (place, &value) in values.iter().enumerate() {
            let corner = (
                x + line + place % self.width * self.magnify,
                y + line + place / self.width * self.magnify,
            );
            let colour = self.palette.colour(value, reach);
            picture.fill(corner, (self.magnify, self.magnify), colour);
        }
    }
}
