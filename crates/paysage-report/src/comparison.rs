//! Pairs of image grids, side by side or interleaved.

use std::path::Path;

use crate::ReportError;
use crate::font;
use crate::grid::ImageGrid;
use crate::palette::Rgb;
use crate::picture::Picture;

const INK: Rgb = [28, 30, 34];

/// Draws two captioned grids side by side, such as data and samples.
///
/// # Errors
///
/// As [`ImageGrid::write`], for either grid.
///
/// ```
/// use paysage_report::{ImageGrid, Palette, compare_grids};
///
/// let (data, samples) = ([0.0, 1.0, 1.0, 0.0], [0.1, 0.8, 0.9, 0.3]);
/// let grid = |values| ImageGrid {
///     values,
///     height: 2,
///     width: 2,
///     columns: 1,
///     palette: Palette::Ink,
///     magnify: 16,
/// };
/// # let folder = tempfile::tempdir()?;
/// let path = folder.path().join("samples.png");
/// compare_grids(("data", grid(&data)), ("samples", grid(&samples)), &path)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn compare_grids(
    left: (&str, ImageGrid<'_>),
    right: (&str, ImageGrid<'_>),
    path: &Path,
) -> Result<(), ReportError> {
    let pictures = [left.1.draw(path)?, right.1.draw(path)?];
    let grids: usize = pictures.iter().map(Picture::width).sum();
    let size = caption_size(grids);
    let top = caption_height(size);
    let gap = size.ceil() as usize * 2;
    let columns = [(left.0, &pictures[0]), (right.0, &pictures[1])].map(|(caption, picture)| {
        (
            caption,
            picture,
            picture.width().max(text_width(caption, size)),
        )
    });
    let width = columns[0].2 + gap + columns[1].2;
    let height = top + pictures[0].height().max(pictures[1].height());
    let mut whole = Picture::new(width, height, path)?;
    let mut x = 0;
    for (caption, picture, column) in columns {
        write_caption(&mut whole, caption, size, x);
        whole.paste(picture, (x, top));
        x += column + gap;
    }
    whole.write(path)
}

/// Draws the images of two grids in pairs, one above the other, such as originals and reconstructions.
/// Columns, palette and magnification are those of `upper`; number and size of the images must be equal.
///
/// # Errors
///
/// [`ReportError::UnlikeGrids`] where number or size of the images differ; otherwise as
/// [`ImageGrid::write`].
///
/// ```
/// use paysage_report::{ImageGrid, Palette, interleave_grids};
///
/// let (originals, means) = ([0.0, 1.0, 1.0, 0.0], [0.1, 0.8, 0.9, 0.3]);
/// let grid = |values| ImageGrid {
///     values,
///     height: 2,
///     width: 2,
///     columns: 1,
///     palette: Palette::Ink,
///     magnify: 16,
/// };
/// # let folder = tempfile::tempdir()?;
/// let path = folder.path().join("reconstructions.png");
/// interleave_grids(("originals", grid(&originals)), ("reconstructions", grid(&means)), &path)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn interleave_grids(
    upper: (&str, ImageGrid<'_>),
    lower: (&str, ImageGrid<'_>),
    path: &Path,
) -> Result<(), ReportError> {
    let shape = |grid: &ImageGrid<'_>| (grid.images(), grid.height, grid.width);
    upper.1.check(path)?;
    lower.1.check(path)?;
    if shape(&upper.1) != shape(&lower.1) {
        return Err(ReportError::UnlikeGrids {
            path: path.into(),
            left: shape(&upper.1),
            right: shape(&lower.1),
        });
    }
    let grid = upper.1;
    let lower_grid = ImageGrid {
        palette: grid.palette,
        magnify: grid.magnify,
        ..lower.1
    };
    let columns = grid.columns.min(grid.images());
    let (wide, high) = grid.cell();
    let (step, line) = (wide.saturating_add(grid.line()), grid.line());
    let pair = high
        .saturating_add(line)
        .saturating_mul(2)
        .saturating_add(line);
    let width = columns.saturating_mul(step).saturating_add(line);
    let size = caption_size(width);
    let (top, gap) = (caption_height(size), (high / 5).max(3 * line));
    let rows = grid.images().div_ceil(columns);
    let height = rows
        .saturating_mul(pair.saturating_add(gap))
        .saturating_add(top)
        - gap;
    let caption = format!("{} above, {} below", upper.0, lower.0);
    let mut whole = Picture::new(width.max(text_width(&caption, size)), height, path)?;
    write_caption(&mut whole, &caption, size, 0);
    for index in 0..grid.images() {
        let x = index % columns * step;
        let y = top + index / columns * (pair + gap);
        grid.draw_image(&mut whole, index, (x, y));
        lower_grid.draw_image(&mut whole, index, (x, y + high + line));
    }
    whole.write(path)
}

/// Captions scale with the picture, which a page reduces to its width.
fn caption_size(width: usize) -> f64 {
    (width as f64 / 48.0).clamp(14.0, 40.0)
}

fn caption_height(size: f64) -> usize {
    (1.7 * size).ceil() as usize
}

fn text_width(text: &str, size: f64) -> usize {
    font::width(text, size).ceil() as usize + 1
}

fn write_caption(picture: &mut Picture, text: &str, size: f64, x: usize) {
    let base = (x as f64, (1.0 * size).round());
    font::draw(text, size, base, |x, y, cover| {
        picture.blend(x, y, INK, cover)
    });
}
