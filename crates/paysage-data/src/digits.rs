//! Synthetic handwritten digits.

// One point per line would hide the shapes.
#[rustfmt::skip]
mod glyphs;
mod pen;
mod style;

use std::ops::RangeInclusive;

use rayon::prelude::*;

use crate::builtin::built_in_images;
use crate::random::{Purpose, Stream};
use crate::table::Table;

/// A million images take 3.1 GB.
pub(crate) const ROWS: RangeInclusive<usize> = 1..=1_000_000;

/// The height and width of an image, as in MNIST.
pub(crate) const SIDE: usize = 28;

/// Synthetic images of the handwritten digits 0 to 9 in random writing styles.
///
/// They replace MNIST where nothing can be downloaded, and have its conventions: 28 by 28
/// pixels, 0 for paper and 1 for ink, strokes 2 to 3 pixels wide, the digit about 20 pixels high
/// and its centre of mass in the middle. Pixels are black or white, as Bernoulli units take them,
/// or grey values `k/255` with soft edges.
///
/// Row `r` shows the digit `r mod 10`, so that any run of rows holds all ten about equally often.
/// Each digit has several shapes, and each image its own slant, proportions, curvature and stroke
/// width. A row depends on its number and the seed alone, not on the number of rows or threads.
///
/// ```
/// use paysage_data::Digits;
///
/// let table = Digits { rows: 100, gray: true, ..Digits::default() }.generate();
/// assert_eq!((table.rows(), table.columns()), (100, 784));
/// assert!(table.values().iter().all(|x| (0.0..=1.0).contains(x)));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Digits {
    /// Number of images.
    pub rows: usize,
    /// Random seed.
    pub seed: u64,
    /// Whether pixels are grey; otherwise those above one half are 1 and the others 0.
    pub gray: bool,
}

impl Default for Digits {
    fn default() -> Self {
        Self {
            rows: 10_000,
            seed: 0,
            gray: false,
        }
    }
}

impl Digits {
    /// Generates the table: `[rows, 784]`, its rows images.
    ///
    /// # Panics
    ///
    /// When there are no rows.
    pub fn generate(&self) -> Table {
        assert!(self.rows > 0, "digits: expected at least one row, got 0");
        let mut values = vec![0.0; self.rows * SIDE * SIDE];
        values
            .par_chunks_exact_mut(SIDE * SIDE)
            .enumerate()
            .for_each(|(row, image)| {
                let mut stream = Stream::new(Purpose::Digits, self.seed, row as u64);
                let strokes = style::write(glyphs::choose(digit(row), &mut stream), &mut stream);
                pen::draw(&strokes, image);
                if !self.gray {
                    image.iter_mut().for_each(|x| *x = f32::from(*x > 0.5));
                }
            });
        built_in_images("builtin:digits", SIDE, values)
    }

    /// The digit of each row of the table.
    ///
    /// ```
    /// let digits = paysage_data::Digits { rows: 12, ..Default::default() };
    /// assert_eq!(digits.labels(), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1]);
    /// ```
    pub fn labels(&self) -> Vec<usize> {
        (0..self.rows).map(digit).collect()
    }
}

fn digit(row: usize) -> usize {
    row % 10
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ImageShape;
    use crate::testing::in_threads;

    #[test]
    fn images_follow_the_conventions_of_mnist() {
        let table = Digits {
            rows: 2000,
            seed: 0,
            gray: true,
        }
        .generate();
        assert_eq!(
            table.image(),
            Some(ImageShape {
                height: 28,
                width: 28
            })
        );
        let mut total = 0.0;
        for row in 0..table.rows() {
            let image = table.row(row);
            let levels = image.iter().map(|x| x * 255.0);
            assert!(
                levels
                    .into_iter()
                    .all(|x| (0.0..=255.0).contains(&x) && (x - x.round()).abs() < 1e-4)
            );
            let ink: f32 = image.iter().sum();
            let centre = |along: fn(usize) -> usize| {
                let moment: f32 = image
                    .iter()
                    .enumerate()
                    .map(|(pixel, x)| along(pixel) as f32 * x)
                    .sum();
                moment / ink
            };
            for centre in [centre(|pixel| pixel / 28), centre(|pixel| pixel % 28)] {
                assert!((centre - 13.5).abs() < 1.5, "row {row}: {centre}");
            }
            // Nothing is cut off: the outermost pixels are paper.
            for k in 0..28 {
                let border = [
                    image[k],
                    image[27 * 28 + k],
                    image[28 * k],
                    image[28 * k + 27],
                ];
                assert_eq!(border, [0.0; 4], "row {row}");
            }
            assert!(image.iter().any(|&x| x > 0.8), "row {row}");
            total += f64::from(ink);
        }
        // MNIST's mean grey is 0.131.
        let mean = total / table.values().len() as f64;
        assert!((0.10..0.16).contains(&mean), "{mean}");
    }

    #[test]
    fn no_two_images_are_alike() {
        let table = Digits {
            rows: 1000,
            seed: 0,
            gray: true,
        }
        .generate();
        let images: std::collections::HashSet<Vec<u32>> = (0..1000)
            .map(|row| table.row(row).iter().map(|x| x.to_bits()).collect())
            .collect();
        assert_eq!(images.len(), 1000);
    }

    #[test]
    fn the_nearest_image_shows_the_same_digit() {
        let digits = Digits {
            rows: 2000,
            seed: 0,
            gray: true,
        };
        let (table, labels) = (digits.generate(), digits.labels());
        let digits = Digits {
            rows: 200,
            seed: 1,
            gray: true,
        };
        let (others, other_labels) = (digits.generate(), digits.labels());
        let distance =
            |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum::<f32>();
        let right = (0..others.rows())
            .filter(|&row| {
                let nearest = (0..table.rows())
                    .map(|other| (distance(others.row(row), table.row(other)), labels[other]))
                    .min_by(|a, b| a.0.total_cmp(&b.0));
                nearest.unwrap().1 == other_labels[row]
            })
            .count();
        // As for MNIST, where 2000 images give about 91 %.
        assert!(right >= 180, "{right} of 200");
    }

    #[test]
    fn rows_depend_on_seed_and_number_alone() {
        let digits = Digits {
            rows: 40,
            seed: 5,
            gray: true,
        };
        let table = in_threads(1, || digits.generate());
        assert_eq!(table, in_threads(3, || digits.generate()));
        assert_eq!(
            table.head(7),
            Digits {
                rows: 7,
                seed: 5,
                gray: true
            }
            .generate()
        );
        assert_ne!(
            table,
            Digits {
                rows: 40,
                seed: 6,
                gray: true
            }
            .generate()
        );
    }

    #[test]
    fn values_are_pinned() {
        const INK: [u32; 10] = [
            28831, 19689, 22311, 29367, 23177, 28373, 34973, 19837, 32770, 25229,
        ];
        let table = Digits {
            rows: 10,
            seed: 0,
            gray: true,
        }
        .generate();
        for (row, expected) in INK.into_iter().enumerate() {
            let ink: f32 = table.row(row).iter().map(|x| (x * 255.0).round()).sum();
            // The last bit of a platform's sine may tip a pixel to the next level.
            assert!((ink as u32).abs_diff(expected) <= 2, "row {row}: {ink}");
        }
    }

    #[test]
    fn black_and_white_digits_are_the_grey_ones_cut_at_a_half() {
        let gray = Digits {
            rows: 20,
            seed: 3,
            gray: true,
        };
        let binary = Digits {
            gray: false,
            ..gray
        };
        assert_eq!(crate::threshold(&gray.generate(), 0.5), binary.generate());
    }
}
