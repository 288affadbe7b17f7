//! Target columns and their outcomes.

use burn::tensor::{Bool, Tensor, TensorData};
use paysage_layers::{Layer, Trainable};
use paysage_models::{BoltzmannMachine, States};

use crate::{InferenceError, check_sites};

/// The largest number of joint outcomes, as a power of 2.
const OUTCOMES: u32 = 16;

/// Target columns of a prediction.
pub(super) struct Targets {
    /// Number of visible units.
    pub units: usize,
    /// Columns of discrete units, in order.
    pub discrete: Vec<usize>,
    /// Columns of real-valued units, in order.
    pub real: Vec<usize>,
}

impl Targets {
    /// The target columns, counted from 0, in any order.
    pub fn new<L: Trainable>(
        machine: &BoltzmannMachine<L>,
        columns: &[usize],
    ) -> Result<Self, InferenceError> {
        let units = machine.visible_units();
        let mut target = vec![false; units];
        for &column in columns {
            let columns = units;
            *target
                .get_mut(column)
                .ok_or(InferenceError::NoSuchColumn { column, columns })? = true;
        }
        if columns.is_empty() {
            return Err(InferenceError::NoTargets);
        }
        let mask = TensorData::new(target.clone(), [1, units]);
        check_sites(machine, &Tensor::from_data(mask, &machine.device()))?;
        let (mut discrete, mut real) = (Vec::new(), Vec::new());
        for (layer, span) in machine.visible_spans() {
            let columns = span.filter(|&column| target[column]);
            match is_discrete(&machine.layers[layer]) {
                true => discrete.extend(columns),
                false => real.extend(columns),
            }
        }
        Ok(Self {
            units,
            discrete,
            real,
        })
    }

    /// Whether a column is a target.
    pub fn contains(&self, column: usize) -> bool {
        self.discrete.contains(&column) || self.real.contains(&column)
    }

    /// For each visible unit, whether it is no target.
    pub fn others(&self) -> Vec<bool> {
        (0..self.units)
            .map(|column| !self.contains(column))
            .collect()
    }

    /// For each visible unit, whether it is no real-valued target.
    pub fn all_but_real(&self) -> Vec<bool> {
        (0..self.units)
            .map(|column| !self.real.contains(&column))
            .collect()
    }
}

/// Whether the units of a layer take a finite number of values.
pub(super) fn is_discrete<L: Layer>(layer: &L) -> bool {
    layer.domain().is_finite()
}

/// The joint outcomes of discrete target columns.
pub(super) struct Outcomes {
    /// The outcomes, the last site changing fastest: `[outcomes, columns]`.
    pub values: Tensor<2>,
    /// The outcomes as rows, zero in all other columns: `[outcomes, visible units]`.
    pub rows: Tensor<2>,
    /// True for the columns: `[1, visible units]`.
    pub mask: Tensor<2, Bool>,
}

impl Outcomes {
    pub fn new<L: Trainable>(
        machine: &BoltzmannMachine<L>,
        targets: &Targets,
    ) -> Result<Self, InferenceError> {
        let (columns, units) = (&targets.discrete, targets.units);
        let layers = machine.visible_spans().filter_map(|(layer, span)| {
            let width = columns.iter().filter(|c| span.contains(c)).count();
            (width > 0).then(|| (width, machine.layers[layer].domain()))
        });
        let states = States::new(layers);
        let log2_outcomes = states.log2_count();
        if log2_outcomes > f64::from(OUTCOMES) {
            return Err(InferenceError::TooManyOutcomes {
                log2_outcomes,
                limit: OUTCOMES,
            });
        }
        let count = states.count();
        let all: Vec<usize> = (0..count).collect();
        let mut values = vec![0.0; count * columns.len()];
        let mut rows = vec![0.0; count * units];
        let mut start = 0;
        for table in states.units(&all) {
            let width = table.len() / count;
            for (outcome, units_of) in table.chunks(width).enumerate() {
                for (place, &value) in (start..).zip(units_of) {
                    values[outcome * columns.len() + place] = value;
                    rows[outcome * units + columns[place]] = value;
                }
            }
            start += width;
        }
        let options = (&machine.device(), machine.dtype());
        let tensor = |values: Vec<f32>, width: usize| {
            Tensor::<2>::from_data(TensorData::new(values, [count, width]), options)
        };
        let mask: Vec<bool> = (0..units).map(|column| columns.contains(&column)).collect();
        Ok(Self {
            values: tensor(values, columns.len()),
            rows: tensor(rows, units),
            mask: Tensor::from_data(TensorData::new(mask, [1, units]), &machine.device()),
        })
    }

    /// Number of outcomes.
    pub fn count(&self) -> usize {
        self.rows.dims()[0]
    }
}
