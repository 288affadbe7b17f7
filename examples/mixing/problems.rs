//! Data with several modes, and machines trained on them.

use std::{fs, path::Path};

use paysage::{
    burn::tensor::{Tensor, TensorData},
    data::{ReadOptions, Table},
    prelude::*,
    training::{CallbackError, Control, Epoch},
};

use crate::Outcome;

/// A data set and a direction between its modes.
pub(crate) struct Problem {
    pub(crate) name: &'static str,
    pub(crate) rows: Table,
    visible: LayerKind,
    hidden: usize,
    epochs: usize,
    learning_rate: f64,
    /// The fraction of the training in which the learning rate grows from 0.
    warm_up: f64,
    direction: Vec<f64>,
    /// The first and the third quartile of the projections of the rows.
    pub(crate) quartiles: [f64; 2],
}

/// The number of rows in each training step.
const BATCH: usize = 500;

/// Letters of an alignment.
const LETTERS: &str = "ACDEFGHIKLMNPQRSTVWY-";

/// Configurations of the Ising model below the critical temperature: magnetized up or down.
pub(crate) fn ising(quick: bool) -> Outcome<Problem> {
    let rows = if quick { 500 } else { 5000 };
    let rows = read(&format!("builtin:ising?size=12&temperature=2&rows={rows}"))?;
    let direction = vec![1.0 / rows.columns() as f64; rows.columns()];
    let visible = LayerKind::bernoulli(rows.columns());
    Ok(Problem::new("Ising 12 × 12, T = 2", rows, visible, direction).with(72, 150, 0.05))
}

/// Digits 0 and 1.
pub(crate) fn digits(folder: &Path) -> Outcome<Problem> {
    let file = |name: &str| folder.join(name).to_string_lossy().into_owned();
    let read = ReadOptions {
        threshold: Some(0.5),
        labels: Some(file("train-labels-idx1-ubyte.gz")),
        ..ReadOptions::new(file("train-images-idx3-ubyte.gz"))
    };
    let table = read.read()?.table;
    let pixels = 784;
    let mut values = Vec::new();
    let mut sums = [vec![0.0; pixels], vec![0.0; pixels]];
    let mut counts = [0.0; 2];
    for row in (0..table.rows()).map(|row| table.row(row)) {
        let (image, labels) = row.split_at(pixels);
        for class in 0..2 {
            if labels[class] == 1.0 {
                values.extend_from_slice(image);
                counts[class] += 1.0;
                for (sum, x) in sums[class].iter_mut().zip(image) {
                    *sum += f64::from(*x);
                }
            }
        }
    }
    let rows = Table::new("digits 0 and 1", pixels, values)?;
    let [zeros, ones] = &sums;
    let means = zeros.iter().zip(ones);
    let direction = means
        .map(|(zero, one)| zero / counts[0] - one / counts[1])
        .collect();
    let visible = LayerKind::bernoulli(pixels);
    let problem = Problem::new("MNIST-01", rows, visible, direction);
    Ok(problem.with(60, 300, 0.012).warmed_up(0.6))
}

/// An alignment of a protein family.
pub(crate) fn proteins(path: &Path) -> Outcome<Problem> {
    let text = fs::read_to_string(path)?;
    let mut sequences: Vec<String> = Vec::new();
    for line in text.lines() {
        match (line.starts_with('>'), sequences.last_mut()) {
            (true, _) => sequences.push(String::new()),
            (false, Some(sequence)) => sequence.push_str(line.trim()),
            (false, None) => {}
        }
    }
    let (states, mut values) = (LETTERS.len(), Vec::new());
    let sites = sequences.first().map_or(0, String::len);
    for sequence in sequences
        .iter()
        .filter(|s| s.chars().all(|c| LETTERS.contains(c)))
    {
        for place in sequence.chars().filter_map(|c| LETTERS.find(c)) {
            values.extend((0..states).map(|state| f32::from(u8::from(state == place))));
        }
    }
    let rows = Table::new(path.to_string_lossy(), sites * states, values)?;
    let direction = first_component(&rows);
    let visible = LayerKind::onehot(sites, states);
    Ok(Problem::new("WW domain", rows, visible, direction).with(50, 60, 0.05))
}

impl Problem {
    fn new(name: &'static str, rows: Table, visible: LayerKind, direction: Vec<f64>) -> Self {
        let project = |row: &[f32]| -> f64 {
            row.iter()
                .zip(&direction)
                .map(|(x, d)| f64::from(*x) * d)
                .sum()
        };
        let projected = (0..rows.rows()).map(|row| project(rows.row(row)));
        let mut projected: Vec<f64> = projected.collect();
        projected.sort_by(f64::total_cmp);
        let quartiles = [1, 3].map(|k| projected[k * projected.len() / 4]);
        Self {
            name,
            rows,
            visible,
            hidden: 0,
            epochs: 0,
            learning_rate: 0.0,
            warm_up: 0.0,
            direction,
            quartiles,
        }
    }

    fn with(mut self, hidden: usize, epochs: usize, learning_rate: f64) -> Self {
        (self.hidden, self.epochs, self.learning_rate) = (hidden, epochs, learning_rate);
        self
    }

    /// The direction as a matrix of one column.
    pub(crate) fn direction(&self, machine: &BoltzmannMachine) -> Tensor<2> {
        let data = TensorData::new(self.direction.clone(), [self.direction.len(), 1]);
        Tensor::from_data(data, (&machine.device(), machine.dtype()))
    }

    /// Modes appear early in a training. Where the learning rate is too high then, their weights oscillate,
    /// and past machines lack one or the other.
    fn warmed_up(mut self, fraction: f64) -> Self {
        self.warm_up = fraction;
        self
    }

    /// The middle between the quartiles.
    pub(crate) fn middle(&self) -> f64 {
        0.5 * (self.quartiles[0] + self.quartiles[1])
    }

    /// Rows spread over the data, for the starts of chains.
    pub(crate) fn starts(&self, chains: usize) -> Vec<usize> {
        let rows = self.rows.rows();
        (0..chains)
            .map(|chain| chain * rows / chains % rows)
            .collect()
    }

    /// The trained machine and its past machines after each epoch, read from a folder where it has them.
    pub(crate) fn machines(
        &self,
        quick: bool,
        folder: Option<&Path>,
    ) -> Outcome<(BoltzmannMachine, Vec<BoltzmannMachine>)> {
        let Some(folder) = folder else {
            return self.trained(quick);
        };
        let device = default_device()?;
        let path = |epoch: usize| folder.join(format!("epoch-{epoch:04}.safetensors"));
        let kept = (0..).map(path).take_while(|path| path.exists());
        let kept = kept.map(|path| BoltzmannMachine::load(&path, &device));
        let mut past: Vec<_> = kept.collect::<Result<_, _>>()?;
        match past.pop() {
            Some(last) => Ok((last, past)),
            None => {
                let (machine, mut past) = self.trained(quick)?;
                past.pop();
                fs::create_dir_all(folder)?;
                for (epoch, machine) in past.iter().chain([&machine]).enumerate() {
                    machine.save(&path(epoch))?;
                }
                Ok((machine, past))
            }
        }
    }

    /// The trained machine, and its past machines after each epoch.
    fn trained(&self, quick: bool) -> Outcome<(BoltzmannMachine, Vec<BoltzmannMachine>)> {
        let device = default_device()?;
        let hidden = LayerKind::bernoulli(self.hidden);
        let layers = [self.visible, hidden].map(|kind| AnyLayer::from_kind(&kind, &device));
        let mut machine = BoltzmannMachine::chain(layers.into())?;
        machine.center_hidden();
        machine.center_visible(&self.rows)?;
        machine.initialize(Initialization::Glorot, &self.rows, RandomKey::new(1))?;
        let pcd = PersistentContrastiveDivergence {
            chains: 200,
            ..PersistentContrastiveDivergence::default()
        };
        let ptt = pcd.with_chain(GrowingTrajectory::default());
        let (rate, epochs) = (self.learning_rate, if quick { 5 } else { self.epochs });
        let steps = epochs * self.rows.rows().div_ceil(BATCH);
        let warm_up = (self.warm_up * steps as f64).max(1.0);
        let trainer = Trainer {
            epochs,
            batch_size: BATCH,
            optimizer: OptimizerKind::Sgd,
            learning_rate: Box::new(move |step| rate * ((step + 1) as f64 / warm_up).min(1.0)),
            constraints: vec![Box::new(Centering::default())],
            ..Trainer::new(ptt)
        };
        let mut past = Past(vec![machine.clone()]);
        let state = trainer.start(machine)?;
        let trained = trainer.fit(state, &self.rows, &mut [Box::new(&mut past)])?;
        Ok((trained.state.machine, past.0))
    }
}

/// Keeps the machine of every epoch.
struct Past(Vec<BoltzmannMachine>);

impl Callback<AnyLayer> for Past {
    fn after_epoch(&mut self, epoch: &mut Epoch<'_, AnyLayer>) -> Result<Control, CallbackError> {
        self.0.push(epoch.machine.clone());
        Ok(Control::Continue)
    }
}

/// The first principal component, by power iteration.
fn first_component(rows: &Table) -> Vec<f64> {
    let columns = rows.columns();
    let all = || (0..rows.rows()).map(|row| rows.row(row));
    let mut mean = vec![0.0; columns];
    for row in all() {
        for (sum, x) in mean.iter_mut().zip(row) {
            *sum += f64::from(*x) / rows.rows() as f64;
        }
    }
    let mut component: Vec<f64> = (0..columns).map(|c| 1.0 + (c % 7) as f64).collect();
    for _ in 0..50 {
        let mut next = vec![0.0; columns];
        for row in all() {
            let deviations = row.iter().zip(&mean).map(|(x, m)| f64::from(*x) - m);
            let deviations: Vec<f64> = deviations.collect();
            let dot: f64 = deviations.iter().zip(&component).map(|(d, c)| d * c).sum();
            next.iter_mut()
                .zip(&deviations)
                .for_each(|(sum, d)| *sum += dot * d);
        }
        let norm = next.iter().map(|x| x * x).sum::<f64>().sqrt();
        component = next.into_iter().map(|x| x / norm).collect();
    }
    component
}
