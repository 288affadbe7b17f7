//! Bars and stripes: a small data set with an exactly known distribution.

use std::ops::RangeInclusive;

use crate::builtin::built_in_images;
use crate::table::Table;

/// Size 16 has 2¹⁷ images of 256 pixels.
pub(crate) const SIZE: RangeInclusive<usize> = 1..=16;

/// All images of `size` by `size` pixels, 0 or 1, that are made of whole columns or whole rows.
///
/// The first `2^size` rows of the table are bars: in row `i`, the
/// pixels of column `c` are 1 where bit `c` of `i` is set. The same number of stripes follows, which
/// have rows of pixels in the same way.
/// The empty and the full image are both bars and stripes and occur twice: `2 · 2^size` rows, of
/// which `2 · 2^size − 2` are distinct. The largest mean log-likelihood that a model of it can
/// reach, the negative entropy, is `−ln(2^size) − (1 − 2 · 2^−size) ln 2` nats for size 2 and above.
///
/// ```
/// use paysage_data::BarsAndStripes;
///
/// let table = BarsAndStripes { size: 2 }.generate();
/// assert_eq!(table.rows(), 8);
/// assert_eq!(table.row(1), [1.0, 0.0, 1.0, 0.0]); // the left column
/// assert_eq!(table.row(5), [1.0, 1.0, 0.0, 0.0]); // the upper row
/// ```
///
/// MacKay, *Information Theory, Inference, and Learning Algorithms* (2003), section 43.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BarsAndStripes {
    /// The height and width of the images, 1 to 16.
    pub size: usize,
}

impl Default for BarsAndStripes {
    fn default() -> Self {
        Self { size: 4 }
    }
}

impl BarsAndStripes {
    /// Generates the table: `[2 · 2^size, size²]`.
    ///
    /// # Panics
    ///
    /// When the size is not 1 to 16.
    pub fn generate(&self) -> Table {
        let size = self.size;
        assert!(
            SIZE.contains(&size),
            "bars and stripes: expected a size of 1 to 16, got {size}"
        );
        let mut values = Vec::with_capacity((2 * size * size) << size);
        for bars in [true, false] {
            for pattern in 0..1usize << size {
                for pixel in 0..size * size {
                    let line = if bars { pixel % size } else { pixel / size };
                    values.push(f32::from((pattern >> line & 1) as u8));
                }
            }
        }
        built_in_images("builtin:bars-and-stripes", size, values)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ImageShape;
    use std::collections::HashMap;

    #[test]
    fn each_image_comes_once_for_each_way_to_draw_it() {
        for size in 2..=6 {
            let table = BarsAndStripes { size }.generate();
            assert_eq!((table.rows(), table.columns()), (2 << size, size * size));
            assert_eq!(
                table.image(),
                Some(ImageShape {
                    height: size,
                    width: size
                })
            );
            let mut counts: HashMap<Vec<bool>, usize> = HashMap::new();
            for row in 0..table.rows() {
                let image: Vec<bool> = table.row(row).iter().map(|&x| x == 1.0).collect();
                let (first_row, first_column) = (
                    &image[..size],
                    image.iter().step_by(size).copied().collect::<Vec<_>>(),
                );
                let bars = image.chunks(size).all(|row| row == first_row);
                let stripes =
                    (0..size).all(|c| image.iter().skip(c).step_by(size).eq(first_column.iter()));
                assert!(bars || stripes);
                *counts.entry(image).or_default() += 1;
            }
            assert_eq!(counts.len(), (2 << size) - 2);
            assert_eq!(counts[&vec![false; size * size]], 2);
            assert_eq!(counts[&vec![true; size * size]], 2);
        }
    }

    #[test]
    fn the_entropy_is_as_documented() {
        let size = 4;
        let rows = f64::from(2 << size);
        // 2·2ⁿ − 4 images of probability 1/rows and two of 2/rows.
        let expected = (rows - 4.0) / rows * (1.0 / rows).ln() + 4.0 / rows * (2.0 / rows).ln();
        let n = f64::from(1 << size);
        let documented = -n.ln() - (1.0 - 2.0 / n) * 2f64.ln();
        assert!((expected - documented).abs() < 1e-12);
    }

    #[test]
    #[should_panic(expected = "1 to 16")]
    fn a_size_out_of_range_is_the_callers_mistake() {
        BarsAndStripes { size: 17 }.generate();
    }
}
