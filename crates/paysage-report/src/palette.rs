//! Colour maps.

/// A colour: red, green, blue.
pub(crate) type Rgb = [u8; 3];

/// Colour of NaN: yellow, which no palette contains.
const NOT_A_NUMBER: Rgb = [240, 228, 66];

const BLUE: [Rgb; 3] = [[255, 255, 255], [103, 169, 207], [33, 102, 172]];
const RED: [Rgb; 3] = [[255, 255, 255], [239, 138, 98], [178, 24, 43]];

/// Colour map of the values of an image. NaN is yellow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Palette {
    /// 0 is black and 1 is white; values outside are clamped.
    Gray,
    /// 0 is white and 1 is black; values outside are clamped.
    #[default]
    Ink,
    /// Symmetric about 0: blue below, white at 0, red above. Scaled to the largest magnitude of each
    /// image, so images differ in pattern and not in strength.
    Diverging,
}

impl Palette {
    /// The magnitude of full colour in an image.
    pub(crate) fn reach(self, values: &[f32]) -> f32 {
        match self {
            Palette::Gray | Palette::Ink => 1.0,
            Palette::Diverging => largest_magnitude(values),
        }
    }

    /// The colour of `value`, where `reach` has full colour.
    pub(crate) fn colour(self, value: f32, reach: f32) -> Rgb {
        match self {
            _ if value.is_nan() => NOT_A_NUMBER,
            Palette::Gray => [level(value); 3],
            Palette::Ink => [255 - level(value); 3],
            Palette::Diverging if value < 0.0 => mix(&BLUE, -value / reach),
            Palette::Diverging if value > 0.0 => mix(&RED, value / reach),
            Palette::Diverging => RED[0],
        }
    }
}

/// The largest finite magnitude; 0 where there is none.
pub(crate) fn largest_magnitude(values: &[f32]) -> f32 {
    values
        .iter()
        .map(|value| value.abs())
        .filter(|value| value.is_finite())
        .fold(0.0, f32::max)
}

fn level(value: f32) -> u8 {
    (value.clamp(0.0, 1.0) * 255.0).round() as u8
}

/// Linear between three stops at 0, 1/2 and 1.
fn mix(stops: &[Rgb; 3], share: f32) -> Rgb {
    let place = share.clamp(0.0, 1.0) * 2.0;
    let (from, to, part) = if place < 1.0 {
        (stops[0], stops[1], place)
    } else {
        (stops[1], stops[2], place - 1.0)
    };
    std::array::from_fn(|i| {
        (f32::from(from[i]) + (f32::from(to[i]) - f32::from(from[i])) * part).round() as u8
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gray_and_ink_are_negatives_and_clamp() {
        for (value, gray) in [(0.0, 0), (1.0, 255), (-3.0, 0), (9.0, 255), (0.5, 128)] {
            assert_eq!(Palette::Gray.colour(value, 1.0), [gray; 3]);
            assert_eq!(Palette::Ink.colour(value, 1.0), [255 - gray; 3]);
        }
    }

    #[test]
    fn diverging_is_white_at_zero_and_full_at_its_reach() {
        let reach = Palette::Diverging.reach(&[1.0, -4.0, f32::INFINITY]);
        assert_eq!(reach, 4.0);
        assert_eq!(Palette::Diverging.colour(0.0, reach), [255; 3]);
        assert_eq!(Palette::Diverging.colour(4.0, reach), RED[2]);
        assert_eq!(Palette::Diverging.colour(-4.0, reach), BLUE[2]);
        assert_eq!(Palette::Diverging.colour(2.0, reach), RED[1]);
        assert_eq!(Palette::Diverging.colour(f32::NEG_INFINITY, reach), BLUE[2]);
        assert_eq!(Palette::Diverging.colour(0.0, 0.0), [255; 3]);
    }

    #[test]
    fn nan_has_a_colour_of_its_own() {
        for palette in [Palette::Gray, Palette::Ink, Palette::Diverging] {
            assert_eq!(palette.colour(f32::NAN, 1.0), NOT_A_NUMBER);
        }
    }
}
