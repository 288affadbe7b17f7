//! Hidden units, missing values, predictions and counterfactuals.

use numpy::PyArray1;
use paysage::{
    data::{Layout, Rows},
    inference::{
        AverageEffect, ChainSettings, Counterfactual, HiddenInference, HiddenRepresentation,
        HiddenValues, Imputation, Predictor, RealValue, outcome_names,
    },
    kernels::RandomKey,
};
use pyo3::{prelude::*, types::PyDict};

use super::{Machine, values};
use crate::{
    arrays::{Numbers, single},
    fault::Fault,
    watch::Watch,
};

pub(crate) fn representation(
    layer: Option<usize>,
    sample: bool,
    by_chains: bool,
    chains: ChainSettings,
) -> HiddenRepresentation {
    HiddenRepresentation {
        hidden_layer: layer,
        values: match sample {
            true => HiddenValues::Sample,
            false => HiddenValues::Means,
        },
        inference: match by_chains {
            true => HiddenInference::Chains,
            false => HiddenInference::MeanField,
        },
        chains,
    }
}

pub(crate) fn transform(
    question: &HiddenRepresentation,
    machine: &Machine,
    rows: &dyn Rows,
    key: RandomKey,
    mut watch: Watch,
) -> Result<Numbers, Fault> {
    let mut units = Numbers::of(machine.dtype());
    for part in question.run(machine, rows, key, &mut watch)? {
        units.extend(part?.units);
    }
    Ok(units)
}

/// Units of rows whose missing values were imputed.
#[derive(Default)]
pub(crate) struct Imputations {
    mode: Vec<f32>,
    mean: Vec<f32>,
    standard_deviation: Vec<f32>,
    draws: Vec<Vec<f32>>,
}

impl Imputations {
    pub(crate) fn into_dict(self, py: Python<'_>, units: usize) -> PyResult<Bound<'_, PyDict>> {
        let found = PyDict::new(py);
        found.set_item("mode", single(py, self.mode, units)?)?;
        found.set_item("mean", single(py, self.mean, units)?)?;
        let deviation = single(py, self.standard_deviation, units)?;
        found.set_item("standard_deviation", deviation)?;
        let draws = self.draws.into_iter();
        let draws = draws.map(|draw| single(py, draw, units));
        found.set_item("draws", draws.collect::<PyResult<Vec<_>>>()?)?;
        Ok(found)
    }
}

pub(crate) fn impute(
    machine: &Machine,
    rows: &dyn Rows,
    (chains, keeps_draws): (ChainSettings, bool),
    key: RandomKey,
    mut watch: Watch,
) -> Result<Imputations, Fault> {
    let mut found = Imputations::default();
    if keeps_draws {
        found.draws = vec![Vec::new(); chains.chains];
    }
    for part in (Imputation { chains }).run(machine, rows, key, &mut watch)? {
        let part = part?;
        found.mode.extend(values(part.mode));
        found.mean.extend(values(part.mean));
        found
            .standard_deviation
            .extend(values(part.standard_deviation));
        for (all, draw) in found.draws.iter_mut().zip(part.draws) {
            all.extend(values(draw));
        }
    }
    Ok(found)
}

/// Predictive distributions of columns.
#[derive(Default)]
pub(crate) struct Predicted {
    outcomes: Vec<String>,
    probabilities: Vec<f32>,
    /// For each real column its name, and means, deviations and ends of the interval of all rows.
    real: Vec<(String, [Vec<f64>; 4])>,
}

impl Predicted {
    pub(crate) fn into_dict(self, py: Python<'_>) -> PyResult<Bound<'_, PyDict>> {
        let found = PyDict::new(py);
        let count = self.outcomes.len();
        found.set_item("outcomes", self.outcomes)?;
        found.set_item("probabilities", single(py, self.probabilities, count)?)?;
        let real = PyDict::new(py);
        for (name, parts) in self.real {
            let parts = parts.map(|part| PyArray1::from_vec(py, part));
            real.set_item(name, parts)?;
        }
        found.set_item("real", real)?;
        Ok(found)
    }
}

pub(crate) fn predict(
    layout: &Layout,
    (machine, rows): (&Machine, &dyn Rows),
    targets: &[usize],
    (chains, coverage): (ChainSettings, f64),
    key: RandomKey,
    mut watch: Watch,
) -> Result<Predicted, Fault> {
    let predictor = Predictor {
        chains,
        coverage,
        ..Predictor::default()
    };
    let mut found = Predicted::default();
    for part in predictor.run(machine, rows, targets, key, &mut watch)? {
        let part = part?;
        if let Some(discrete) = part.discrete {
            if found.outcomes.is_empty() {
                let outcomes = discrete.outcome_values();
                found.outcomes = outcome_names(layout, &discrete.columns, &outcomes);
            }
            found.probabilities.extend(values(discrete.probabilities));
        }
        if let Some(real) = part.real {
            if found.real.is_empty() {
                let names = real.columns.iter().map(|&unit| layout.column_of(unit).name);
                found.real = names.map(|name| (name, Default::default())).collect();
            }
            for row in &real.rows {
                let columns = row.iter().zip(&real.columns).zip(&mut found.real);
                for ((value, &unit), (_, parts)) in columns {
                    let RealValue {
                        mean,
                        standard_deviation,
                        low,
                        high,
                        ..
                    } = value.restored(layout, unit);
                    let values = [mean, standard_deviation, low, high];
                    parts
                        .iter_mut()
                        .zip(values)
                        .for_each(|(all, x)| all.push(x));
                }
            }
        }
    }
    Ok(found)
}

/// Units of one sample of each row, mean effects, and their standard errors.
type Effects = (Vec<f32>, Vec<f64>, Option<Vec<f64>>);

pub(crate) fn counterfactual(
    machine: &Machine,
    rows: &dyn Rows,
    change: &[f32],
    (sweeps, repeats): (usize, usize),
    key: RandomKey,
    mut watch: Watch,
) -> Result<Effects, Fault> {
    let question = Counterfactual {
        sweeps,
        repeats,
        ..Counterfactual::default()
    };
    let (mut units, mut average) = (Vec::new(), AverageEffect::default());
    for samples in question.run(machine, rows, change, key, &mut watch)? {
        let samples = samples?;
        units.extend(values(samples.counterfactual[0].clone()));
        average.add(&samples);
    }
    Ok((units, average.effect(), average.standard_error()))
}
