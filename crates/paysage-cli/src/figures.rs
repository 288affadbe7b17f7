//! What a run shows in pictures.

use std::path::PathBuf;

use paysage::{
    data::{ImageShape, Table},
    kernels::{Child, RandomKey},
    layers::AnyLayer,
    models::{BoltzmannMachine, State},
    report::{
        EpochRecord, Figure, ImageGrid, Palette, compare_grids, compare_moments, histogram,
        interleave_grids, learning_curves, weight_map,
    },
    samplers::{Clamp, Conditions, Gibbs, MeanField, Sampler, hidden_means},
};

use crate::{config::Config, failure::Failure, run_folder::RunFolder};

/// Sweeps of the chains whose states are shown.
const SWEEPS: usize = 1000;

/// Images in a grid, and its columns.
const IMAGES: usize = 100;
const COLUMNS: usize = 10;

/// Draws all figures of a run into its folder.
pub(crate) fn draw(
    folder: &RunFolder,
    config: &Config,
    machine: &BoltzmannMachine<AnyLayer>,
    table: &Table,
    records: &[EpochRecord],
    chains: Option<&State>,
) -> Result<Vec<Figure>, Failure> {
    let artist = Artist {
        folder,
        machine,
        table,
        chains,
        key: RandomKey::new(config.seed).child(Child::Figures),
    };
    let mut figures = vec![artist.figure(
        "learning_curves",
        "Learning curves",
        "Every metric at the end of each epoch.",
        |path| Ok(learning_curves(records, path)?),
    )?];
    match table.image() {
        Some(shape) => figures.extend(artist.images(shape)?),
        None => figures.extend(artist.columns()?),
    }
    figures.push(artist.figure(
        "weight_histogram",
        "Weights",
        "How the weights of the first connection are distributed.",
        |path| Ok(histogram("weights", &artist.weights(), path)?),
    )?);
    Ok(figures)
}

struct Artist<'a> {
    folder: &'a RunFolder,
    machine: &'a BoltzmannMachine<AnyLayer>,
    table: &'a Table,
    /// The chains that training carried on, where it had some.
    chains: Option<&'a State>,
    key: RandomKey,
}

impl Artist<'_> {
    fn figure(
        &self,
        name: &str,
        heading: &str,
        caption: &str,
        draw: impl FnOnce(&PathBuf) -> Result<(), Failure>,
    ) -> Result<Figure, Failure> {
        let path = self.folder.figures().join(format!("{name}.png"));
        draw(&path)?;
        Ok(Figure {
            heading: heading.into(),
            caption: caption.into(),
            path,
        })
    }

    /// For rows that are images.
    fn images(&self, shape: ImageShape) -> Result<Vec<Figure>, Failure> {
        let rows = self.first_rows(IMAGES);
        let fantasies = self.visible_means(self.chains(IMAGES));
        let samples = self.figure(
            "samples",
            "Samples beside data",
            &format!(
                "Left: rows of the data. Right: chains after {SWEEPS} Gibbs sweeps from {}; pixels \
                 show the mean given the hidden units.",
                self.start_in_words()
            ),
            |path| {
                let (left, right) = (
                    ("data", grid(&rows, shape)),
                    ("samples", grid(&fantasies, shape)),
                );
                Ok(compare_grids(left, right, path)?)
            },
        )?;
        let originals = self.first_rows(IMAGES / 2);
        let rebuilt = self.reconstructions(IMAGES / 2);
        let reconstructions = self.figure(
            "reconstructions",
            "Reconstructions",
            "Each row of the data above what its hidden means make of it.",
            |path| {
                let above = ("data", grid(&originals, shape));
                Ok(interleave_grids(
                    above,
                    ("reconstructions", grid(&rebuilt, shape)),
                    path,
                )?)
            },
        )?;
        let receptive = self.receptive_fields();
        let weights = self.figure(
            "weights",
            "What the hidden units look at",
            "The weights of hidden units as images, each scaled to its own largest weight: red \
             raises, blue lowers. Those with the largest weights come first.",
            |path| {
                let mut grid = grid(&receptive, shape);
                grid.palette = Palette::Diverging;
                Ok(grid.write(path)?)
            },
        )?;
        Ok(vec![samples, reconstructions, weights])
    }

    /// For rows that are columns of a table.
    fn columns(&self) -> Result<Vec<Figure>, Failure> {
        let count = self.table.rows().min(2000);
        let rows = self.first_rows(count);
        let chains = self.chains(count);
        let samples: Vec<f32> = self
            .machine
            .visible_of(&chains)
            .into_data()
            .iter()
            .collect();
        if samples.iter().any(|x| !x.is_finite()) {
            return Err(Failure::work(
                "the chains of this machine run away to infinity, so it cannot be normalized: \
                 train it for fewer epochs or with a smaller --learning-rate",
            ));
        }
        let moments = self.figure(
            "moments",
            "Samples beside data",
            "Means of the columns and covariances of their pairs, data against samples: on the \
             diagonal they agree.",
            |path| {
                Ok(compare_moments(
                    self.table.columns(),
                    &rows,
                    &samples,
                    path,
                )?)
            },
        )?;
        let [target, domain] = self.machine.connections[0].weight.dims();
        let weights = self.figure(
            "weights",
            "The weight matrix",
            "Visible units down, hidden units across.",
            |path| Ok(weight_map(target, domain, &self.weights(), path)?),
        )?;
        Ok(vec![moments, weights])
    }

    fn first_rows(&self, count: usize) -> Vec<f32> {
        let count = count.min(self.table.rows());
        self.table.gather(&(0..count).collect::<Vec<_>>())
    }

    /// Chains after many sweeps: they go on from those of the training, which have mixed for as
    /// long as it lasted, or else start without a field.
    fn chains(&self, count: usize) -> State {
        let (machine, key) = (self.machine, self.key);
        let start = match self.chains {
            Some(chains) => chains.cycled(count),
            None => machine.random_state(count, key.split(0)),
        };
        Gibbs.run(machine, start, &Conditions::default(), SWEEPS, key.split(1))
    }

    fn reconstructions(&self, count: usize) -> Vec<f32> {
        let indices: Vec<usize> = (0..count.min(self.table.rows())).collect();
        let rows = self.machine.rows(self.table, &indices);
        self.visible_means(hidden_means(self.machine, rows))
    }

    fn visible_means(&self, state: State) -> Vec<f32> {
        let held = Conditions::clamped(Clamp::none().layers(&self.machine.hidden()));
        let state = MeanField.sweep(self.machine, state, &held, self.key);
        self.machine.visible_of(&state).into_data().iter().collect()
    }

    fn start_in_words(&self) -> &'static str {
        match self.chains {
            Some(_) => "the persistent chains of the training",
            None => "a random start",
        }
    }

    /// The weights of the first connection, visible units as rows.
    fn weights(&self) -> Vec<f32> {
        self.machine.connections[0]
            .weight
            .to_data()
            .iter()
            .collect()
    }

    /// The columns of the weights, those of largest norm first, as many as fit a grid.
    fn receptive_fields(&self) -> Vec<f32> {
        let transposed = self.machine.connections[0].weight.clone().transpose();
        let [_, width] = transposed.dims();
        let flat: Vec<f32> = transposed.into_data().iter().collect();
        let norm = |field: &[f32]| field.iter().map(|w| w * w).sum::<f32>();
        let mut fields: Vec<&[f32]> = flat.chunks(width).collect();
        fields.sort_by(|a, b| norm(b).total_cmp(&norm(a)));
        fields.truncate(IMAGES);
        fields.concat()
    }
}

fn grid(values: &[f32], shape: ImageShape) -> ImageGrid<'_> {
    ImageGrid {
        values,
        height: shape.height,
        width: shape.width,
        columns: COLUMNS,
        palette: Palette::Ink,
        // Small images such as 3 × 3 patterns are enlarged to be seen.
        magnify: (56 / shape.height.max(shape.width)).clamp(1, 8),
    }
}
