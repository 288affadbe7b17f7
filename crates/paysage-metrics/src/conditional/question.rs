//! Columns to be predicted.

use burn::tensor::{Bool, Tensor, TensorData};
use paysage_layers::{Layer, Trainable};
use paysage_models::{BoltzmannMachine, States};
use paysage_samplers::{Clamp, Conditions, Gibbs, Imputation, Sampler, check_sites};

use super::{
    PredictionError,
    given_all::GivenAll,
    part::{Parted, selected},
    sums::LogSums,
};

/// How many values the rows that are asked about at once may have, one row for each outcome.
const VALUES: usize = 1 << 20;

/// The most outcomes that are told apart, as a power of 2.
const OUTCOMES: u32 = 16;

/// Columns and what may stand in them.
pub(super) struct Question<L: Layer> {
    /// The machine, with these columns as layers of their own that are not held.
    pub parted: Parted<L>,
    pub columns: Vec<usize>,
    pub outcomes: Tensor<2>,
    /// The outcomes as rows, zero in all other columns, and where the columns are.
    as_rows: Tensor<2>,
    mask: Tensor<2, Bool>,
}

impl<L: Trainable> Question<L> {
    pub fn new(machine: &BoltzmannMachine<L>, columns: &[usize]) -> Result<Self, PredictionError> {
        let units = machine.visible_units();
        let mut known = vec![true; units];
        for &column in columns {
            let columns = units;
            *known
                .get_mut(column)
                .ok_or(PredictionError::NoSuchColumn { column, columns })? = false;
        }
        let columns: Vec<usize> = (0..units).filter(|&column| !known[column]).collect();
        if columns.is_empty() {
            return Err(PredictionError::NoColumns);
        }
        let data = TensorData::new(known.clone(), [1, units]);
        let mask = Tensor::<2, Bool>::from_data(data, &machine.device()).bool_not();
        check_sites(machine, &mask)?;
        let parted = Parted::new(machine, &known);
        let layers = parted.free.iter();
        let layers = layers.map(|&layer| &parted.machine.layers[layer]);
        let mut start = 0;
        for layer in layers.clone() {
            if !layer.domain().is_finite() {
                let column = columns[start];
                return Err(PredictionError::RealValued { column });
            }
            start += layer.units();
        }
        let states = States::of_layers(layers);
        let log2_outcomes = states.log2_count();
        if log2_outcomes > f64::from(OUTCOMES) {
            return Err(PredictionError::TooManyOutcomes {
                log2_outcomes,
                limit: OUTCOMES,
            });
        }
        let count = states.count();
        let all: Vec<usize> = (0..count).collect();
        let (mut outcomes, mut as_rows) =
            (vec![0.0; count * columns.len()], vec![0.0; count * units]);
        let mut start = 0;
        for table in states.units(&all) {
            let width = table.len() / count;
            for (outcome, values) in table.chunks(width).enumerate() {
                for (place, &value) in (start..).zip(values) {
                    outcomes[outcome * columns.len() + place] = value;
                    as_rows[outcome * units + columns[place]] = value;
                }
            }
            start += width;
        }
        let tensor = |values: Vec<f32>, width: usize| {
            let options = (&machine.device(), machine.dtype());
            Tensor::<2>::from_data(TensorData::new(values, [count, width]), options)
        };
        Ok(Self {
            parted,
            outcomes: tensor(outcomes, columns.len()),
            as_rows: tensor(as_rows, units),
            columns,
            mask,
        })
    }

    /// By the sum of each row with each outcome in it.
    pub fn exact(&self, sums: &LogSums<L>, rows: &Tensor<2>) -> Tensor<2> {
        let ([batch, units], outcomes) = (rows.dims(), self.outcomes.dims()[0]);
        let at_once = (VALUES / (units * outcomes)).max(1);
        let mut probabilities: Vec<f64> = Vec::with_capacity(batch * outcomes);
        for rows in rows.clone().split(at_once, 0) {
            let count = rows.dims()[0];
            let each: Vec<usize> = (0..count * outcomes).map(|pair| pair / outcomes).collect();
            let shape = [count * outcomes, units];
            let filled = selected(&rows, 0, &each).mask_where(
                self.mask.clone().expand(shape),
                self.as_rows.clone().repeat_dim(0, count),
            );
            let logs = sums.of_rows(count * outcomes, Some(&filled));
            for logs in logs.chunks(outcomes) {
                let largest = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                let weights: Vec<f64> = logs.iter().map(|log| (log - largest).exp()).collect();
                let sum: f64 = weights.iter().sum();
                probabilities.extend(weights.into_iter().map(|weight| weight / sum));
            }
        }
        let data = TensorData::new(probabilities, [batch, outcomes]);
        Tensor::from_data(data, (&rows.device(), rows.dtype()))
    }

    /// The mean over chains of the distribution given everything else, and its standard error.
    pub fn by_chains(&self, rows: &Tensor<2>, chains: &Imputation) -> (Tensor<2>, Tensor<2>) {
        let machine = &self.parted.machine;
        let (batch, outcomes) = (rows.dims()[0], self.outcomes.dims()[0]);
        let held = Conditions::clamped(Clamp::none().layers(&self.parted.held));
        let shown = machine.state_from_visible(self.parted.shown(rows));
        let given_all = GivenAll::new(&self.parted, &self.outcomes);
        let means = (0..chains.count as u64).map(|chain| {
            let key = chains.key.split(chain);
            let mut state = machine.random_state(batch, key.split(0));
            for &layer in &self.parted.held {
                state.layers[layer] = shown.layers[layer].clone();
            }
            let mut state = Gibbs.run(machine, state, &held, chains.burn_in, key.split(1));
            let mut sum = Tensor::zeros([batch, outcomes], (&rows.device(), rows.dtype()));
            for sweep in 0..chains.sweeps as u64 {
                state = Gibbs.sweep(machine, state, &held, key.split(2).split(sweep));
                sum = sum + given_all.probabilities(&state);
            }
            sum / chains.sweeps as f64
        });
        let means: Vec<Tensor<2>> = means.collect();
        let means = Tensor::stack::<3>(means, 0);
        let count = chains.count as f64;
        let mean = means.clone().mean_dim(0);
        let squares = (means - mean.clone()).square().sum_dim(0) / (count * (count - 1.0));
        (mean.squeeze_dim(0), squares.sqrt().squeeze_dim(0))
    }
}
