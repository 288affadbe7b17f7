//! Text with the embedded font.
//!
//! `plotters` ignores the left bearing of glyphs, so text is laid out here, with subpixel positions.

use std::sync::LazyLock;

use ab_glyph::{Font, FontRef, Glyph, PxScale, ScaleFont, point};

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

/// The text, or as much of its beginning as fits `most` pixels at `size`, with an ellipsis.
pub(crate) fn fit(text: &str, size: f64, most: f64) -> String {
    if width(text, size) <= most {
        return text.to_owned();
    }
    let letters: Vec<char> = text.chars().collect();
    let shortened =
        |count: usize| -> String { letters[..count].iter().chain(['…'].iter()).collect() };
    let fitting = (0..letters.len()).take_while(|&count| width(&shortened(count), size) <= most);
    shortened(fitting.last().unwrap_or(0))
}

/// Calls `dot(x, y, cover)` for each pixel that the text touches, its base line starting at `x, y`.
pub(crate) fn draw(text: &str, size: f64, (x, y): (f64, f64), mut dot: impl FnMut(i32, i32, f64)) {
    for mut glyph in set(text, size).0 {
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
}

/// Glyphs along a base line from the origin, and their width.
fn set(text: &str, size: f64) -> (Vec<Glyph>, f64) {
    // ab_glyph scales by the line height instead of the em.
    let em = FONT.units_per_em().unwrap_or(1000.0);
    let scale = PxScale::from(size as f32 * FONT.height_unscaled() / em);
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

    #[test]
    fn long_text_is_shortened() {
        assert_eq!(fit("short", 20.0, 1000.0), "short");
        let fitted = fit("a long name of a column", 20.0, 60.0);
        assert!(
            fitted.starts_with("a l") && fitted.ends_with('…'),
            "{fitted}"
        );
        assert!(width(&fitted, 20.0) <= 60.0);
        assert_eq!(fit("name", 20.0, 0.0), "…");
    }
}
