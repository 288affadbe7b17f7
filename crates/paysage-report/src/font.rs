//! Text with the embedded font.
//!
//! `plotters` ignores the left bearing of glyphs, so text is laid out here, with subpixel positions.

use std::sync::LazyLock;

use ab_glyph::{Font, FontRef, Glyph, PxScale, Rect, ScaleFont, point};

static FONT: LazyLock<FontRef<'static>> = LazyLock::new(|| {
    FontRef::try_from_slice(epaint_default_fonts::UBUNTU_LIGHT).expect("the embedded font is whole")
});

/// The height of a capital letter and the depth of a descender, in ems of the embedded font.
pub(crate) const CAPITAL: f64 = 0.69;
pub(crate) const DESCENDER: f64 = 0.2;

/// Width in pixels of `text` at `size` pixels per em.
pub(crate) fn width(text: &str, size: f64) -> f64 {
    set(text, size).1
}

/// The text, or as much of its beginning and end as fits `most` pixels at `size`, with an ellipsis between.
pub(crate) fn fit(text: &str, size: f64, most: f64) -> String {
    if width(text, size) <= most {
        return text.to_owned();
    }
    let fits = |kept: &usize| width(&shortened(text, *kept), size) <= most;
    let kept = (0..text.chars().count()).take_while(fits).last();
    shortened(text, kept.unwrap_or(0))
}

/// So many letters of the beginning and the end of a text, with an ellipsis between: names often differ
/// in their ends only. A text without more letters stays as it is.
pub(crate) fn shortened(text: &str, kept: usize) -> String {
    let count = text.chars().count();
    if count <= kept {
        return text.to_owned();
    }
    let (head, tail) = (kept.div_ceil(2), kept / 2);
    let start = text.chars().take(head);
    let end = text.chars().skip(count - tail);
    start.chain(['…']).chain(end).collect()
}

/// Calls `dot(x, y, cover)` for each pixel that the text touches, its base line starting at `x, y`.
pub(crate) fn draw(text: &str, size: f64, (x, y): (f64, f64), mut dot: impl FnMut(i32, i32, f64)) {
    for glyph in set(text, size).0 {
        ink(glyph, (x, y), &mut dot);
    }
}

/// Calls `dot(x, y, cover)` for each pixel of a glyph that is moved by `x, y`.
fn ink(mut glyph: Glyph, (x, y): (f64, f64), dot: &mut impl FnMut(i32, i32, f64)) {
    glyph.position += point(x as f32, y as f32);
    if let Some(outline) = FONT.outline_glyph(glyph) {
        let corner = outline.px_bounds().min;
        outline.draw(|dx, dy, cover| {
            dot(
                corner.x as i32 + dx as i32,
                corner.y as i32 + dy as i32,
                f64::from(cover),
            );
        });
    }
}

/// Calls `dot(x, y, cover)` for each pixel of a text that is stretched to a box with this top left corner
/// and size. Signs that are lower than a capital letter, such as a hyphen, or narrower than half of it,
/// keep their proportions to one.
pub(crate) fn stretch(
    text: &str,
    (left, top): (f64, f64),
    (width, height): (f64, f64),
    mut dot: impl FnMut(i32, i32, f64),
) {
    const SIZE: f64 = 100.0;
    let outlines = set(text, SIZE).0.into_iter();
    let bounds = outlines.filter_map(|glyph| Some(FONT.outline_glyph(glyph)?.px_bounds()));
    let joined = bounds.reduce(|a, b| Rect {
        min: point(a.min.x.min(b.min.x), a.min.y.min(b.min.y)),
        max: point(a.max.x.max(b.max.x), a.max.y.max(b.max.y)),
    });
    let Some(bounds) = joined else { return };
    let (narrow, low) = (CAPITAL * SIZE / 2.0, CAPITAL * SIZE);
    let wide = f64::from(bounds.width()).max(narrow);
    let high = f64::from(bounds.height()).max(low);
    let (across, down) = (width / wide, height / high);
    let scale = em_scale(SIZE);
    let scale = PxScale {
        x: scale.x * across as f32,
        y: scale.y * down as f32,
    };
    let middle = f64::from(bounds.min.x + bounds.max.x) / 2.0 * across;
    // Below the top of a capital letter, where signs are lower than one.
    let highest = f64::from(bounds.min.y).min(-low) * down;
    let corner = (left + width / 2.0 - middle, top - highest);
    for glyph in laid_out(text, scale).0 {
        ink(glyph, corner, &mut dot);
    }
}

/// Glyphs along a base line from the origin, and their width.
fn set(text: &str, size: f64) -> (Vec<Glyph>, f64) {
    laid_out(text, em_scale(size))
}

/// The scale at which an em has so many pixels. ab_glyph scales by the line height instead.
fn em_scale(size: f64) -> PxScale {
    let em = FONT.units_per_em().unwrap_or(1000.0);
    PxScale::from(size as f32 * FONT.height_unscaled() / em)
}

fn laid_out(text: &str, scale: PxScale) -> (Vec<Glyph>, f64) {
    let font = FONT.as_scaled(scale);
    let mut x = 0.0;
    let mut previous = None;
    let glyphs = text
        .chars()
        .map(|letter| {
            let id = font.glyph_id(letter);
            if let Some(previous) = previous.replace(id) {
                x += font.kern(previous, id);
            }
            let glyph = id.with_scale_and_position(scale, point(x, 0.0));
            x += font.h_advance(id);
            glyph
        })
        .collect();
    (glyphs, f64::from(x))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_font_has_every_sign_that_charts_use() {
        for letter in "aZ0−-.,β·½²…".chars() {
            assert_ne!(FONT.glyph_id(letter).0, 0, "{letter}");
        }
    }

    #[test]
    fn width_grows_with_text_and_size() {
        assert!(width("mm", 20.0) > width("m", 20.0));
        assert!((width("m", 40.0) - 2.0 * width("m", 20.0)).abs() < 0.1);
        let mut ink = 0.0;
        draw("m", 20.0, (0.0, 20.0), |_, _, cover| ink += cover);
        assert!(ink > 10.0);
    }

    /// The smallest and largest x and y of the ink of a stretched text.
    fn extent(text: &str, corner: (f64, f64), size: (f64, f64)) -> [i32; 4] {
        let mut found = [i32::MAX, i32::MIN, i32::MAX, i32::MIN];
        stretch(text, corner, size, |x, y, cover| {
            if cover > 0.5 {
                found = [
                    found[0].min(x),
                    found[1].max(x),
                    found[2].min(y),
                    found[3].max(y),
                ];
            }
        });
        found
    }

    #[test]
    fn letters_fill_their_box() {
        let near = |found: i32, expected: i32| (found - expected).abs() <= 2;
        for (text, size) in [
            ("W", (80.0, 20.0)),
            ("C", (20.0, 90.0)),
            ("no", (60.0, 40.0)),
        ] {
            let [left, right, top, bottom] = extent(text, (10.0, 30.0), size);
            let (width, height) = (size.0 as i32, size.1 as i32);
            assert!(
                near(left, 10) && near(right, 10 + width),
                "{text} {left} {right}"
            );
            assert!(near(bottom, 30 + height), "{text} {bottom}");
            assert!(near(top, 30) || text == "no", "{text} {top}");
        }
        // A hyphen is no block, and an I no bar of the whole width.
        let [_, _, top, bottom] = extent("-", (0.0, 0.0), (50.0, 100.0));
        assert!(top > 30 && bottom - top < 30, "{top} {bottom}");
        let [left, right, _, _] = extent("I", (0.0, 0.0), (50.0, 100.0));
        assert!(left > 10 && right < 40, "{left} {right}");
        stretch(" ", (0.0, 0.0), (5.0, 5.0), |_, _, _| panic!("no ink"));
    }

    #[test]
    fn long_text_is_shortened() {
        assert_eq!(fit("short", 20.0, 1000.0), "short");
        let fitted = fit("a long name of a column", 20.0, 100.0);
        assert!(
            fitted.starts_with("a l") && fitted.contains('…') && fitted.ends_with("mn"),
            "{fitted}"
        );
        assert!(width(&fitted, 20.0) <= 100.0);
        assert_eq!(fit("name", 20.0, 0.0), "…");
        // Names that differ in their ends only stay different.
        let names = ["temperature at noon 1", "temperature at noon 2"];
        let [first, second] = names.map(|name| fit(name, 20.0, 80.0));
        assert_ne!(first, second);
        assert_eq!(shortened("temperature", 5), "tem…re");
        assert_eq!(shortened("äöü", 3), "äöü");
    }
}
