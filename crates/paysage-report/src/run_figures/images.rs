//! Figures of machines trained on images.

use paysage_data::ImageShape;
use paysage_layers::Trainable;

use super::Drawing;
use crate::{ImageGrid, Palette, ReportError, compare_grids, interleave_grids};

/// Number of images in a grid, and of its columns.
const IMAGES: usize = 100;
const COLUMNS: usize = 10;

impl<L: Trainable> Drawing<'_, L> {
    pub(super) fn images(&mut self, shape: ImageShape) -> Result<(), ReportError> {
        let pixels = shape.height * shape.width;
        let columns = self.run.rows.columns();
        // Label units follow the pixels.
        let images = |values: Vec<f32>| -> Vec<f32> {
            let rows = values.chunks(columns);
            rows.flat_map(|row| &row[..pixels.min(columns)])
                .copied()
                .collect()
        };
        let rows = self.random_rows(IMAGES)?;
        let samples = self.samples(IMAGES);
        let means = images(self.visible_means(samples.state));
        let data = images(rows.clone());
        if means.iter().all(|x| x.is_finite()) {
            let caption = format!(
                "Left: rows of the data. Right: samples after {} Gibbs sweeps from {}; pixels show \
                 the mean given the hidden units. Samples of a good model look like the data and are as \
                 varied.",
                samples.sweeps,
                self.start()
            );
            self.add("samples", "Samples and data", &caption, |path| {
                compare_grids(
                    ("data", grid(&data, shape)),
                    ("samples", grid(&means, shape)),
                    path,
                )
            })?;
        } else {
            self.note("No samples: the chains of this model diverge, so it cannot be normalized.");
        }
        let half = &rows[..rows.len().min(IMAGES / 2 * columns)];
        let reconstructed = images(self.reconstructions(half));
        let original = images(half.to_vec());
        let caption = "Rows of the data (above) and their reconstructions (below): the means of the \
                       visible units given the hidden means. What is blurred or missing below is not \
                       represented by the hidden units.";
        self.add("reconstructions", "Reconstructions", caption, |path| {
            let above = ("data", grid(&original, shape));
            interleave_grids(
                above,
                ("reconstructions", grid(&reconstructed, shape)),
                path,
            )
        })?;
        let fields = self.receptive_fields(pixels);
        if fields.is_empty() {
            return Ok(());
        }
        let caption = "Weights of the hidden units as images, in descending order of their norm, each \
                       scaled to its largest weight: red is positive, blue negative. Clear strokes or \
                       spots are learnt features, noise is a unit that has learnt little.";
        self.add(
            "weights",
            "Receptive fields of hidden units",
            caption,
            |path| {
                let mut grid = grid(&fields, shape);
                grid.palette = Palette::Diverging;
                grid.write(path)
            },
        )
    }

    /// The weights of the pixels of the first hidden layer, those of largest norm first, as many as fit a
    /// grid.
    fn receptive_fields(&self, pixels: usize) -> Vec<f32> {
        let Some(weights) = self.weights.first() else {
            return Vec::new();
        };
        let units = weights.by_norm().into_iter().take(IMAGES);
        let fields: Option<Vec<&[f32]>> = units.map(|unit| unit.get(..pixels)).collect();
        fields.unwrap_or_default().concat()
    }
}

fn grid(values: &[f32], shape: ImageShape) -> ImageGrid<'_> {
    ImageGrid {
        values,
        height: shape.height,
        width: shape.width,
        columns: COLUMNS,
        palette: Palette::Ink,
        // Small images such as 3 × 3 patterns are enlarged.
        magnify: (56 / shape.height.max(shape.width)).clamp(1, 8),
    }
}
