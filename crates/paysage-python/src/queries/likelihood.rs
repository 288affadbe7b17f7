//! Likelihoods and metrics.

use std::time::Duration;

use numpy::PyArray1;
use paysage::{
    data::Rows,
    inference::{ConditionalLikelihood, PartitionFunction, RowScores},
    kernels::{Child, RandomKey},
    layers::AnyLayer,
    metrics::{
        Annealing, Evaluation, GibbsChains, How, Interval, Likelihood, LikelihoodEstimator, Method,
        MetricName, PseudoLogLikelihood, ReconstructionError, Sites,
    },
};
use pyo3::{prelude::*, types::PyDict};

use super::Machine;
use crate::{fault::Fault, watch::Watch};

/// Most chains of metrics that need samples.
const MOST_CHAINS: usize = 10_000;

/// Free energies and log-likelihoods of rows.
pub(crate) struct Scored {
    free_energy: Vec<Interval>,
    log_likelihood: Option<Vec<Interval>>,
    doubts: Vec<String>,
}

impl Scored {
    pub(crate) fn into_dict(self, py: Python<'_>) -> PyResult<Bound<'_, PyDict>> {
        let found = PyDict::new(py);
        let intervals = [
            ("free_energy", Some(self.free_energy)),
            ("log_likelihood", self.log_likelihood),
        ];
        for (name, intervals) in intervals {
            let Some(intervals) = intervals else { continue };
            let set = |ending, of: fn(&Interval) -> f64| {
                let values = intervals.iter().map(of).collect();
                found.set_item(format!("{name}{ending}"), PyArray1::from_vec(py, values))
            };
            set("", |interval| interval.value)?;
            set("_low", |interval| interval.low)?;
            set("_high", |interval| interval.high)?;
        }
        found.set_item("doubts", self.doubts)?;
        Ok(found)
    }
}

pub(crate) fn scores(
    machine: &Machine,
    rows: &dyn Rows,
    log_partition: Option<(f64, f64, f64)>,
    key: RandomKey,
    mut watch: Watch,
) -> Result<Scored, Fault> {
    let usual = RowScores::default();
    let question = RowScores {
        log_partition: match log_partition {
            None => usual.log_partition,
            Some((low, value, high)) => PartitionFunction::Known(Interval { low, value, high }),
        },
        ..usual
    };
    let (mut free_energy, mut log_likelihood, mut doubts) = (Vec::new(), None, Vec::new());
    for part in question.run(machine, rows, key, &mut watch)? {
        let part = part?;
        free_energy.extend(part.free_energy);
        if let Some(of_part) = part.log_likelihood {
            log_likelihood.get_or_insert_with(Vec::new).extend(of_part);
        }
        let of_rows = part.annealing.iter().flat_map(|it| it.doubts());
        let all = part.log_partition_doubts.into_iter().chain(of_rows);
        doubts.extend(all.map(|doubt| doubt.to_string()));
    }
    doubts.sort();
    doubts.dedup();
    Ok(Scored {
        free_energy,
        log_likelihood,
        doubts,
    })
}

pub(crate) fn pseudo_log_likelihood(
    machine: &Machine,
    rows: &dyn Rows,
    sites: Option<usize>,
    key: RandomKey,
    mut watch: Watch,
) -> Result<Vec<f64>, Fault> {
    let metric = PseudoLogLikelihood {
        sites: sites.map_or(Sites::All, |count| Sites::Random { count }),
    };
    Ok(metric.of_rows(machine, rows, key, &mut watch)?)
}

pub(crate) fn reconstruction_error(
    machine: &Machine,
    rows: &dyn Rows,
    mut watch: Watch,
) -> Result<Vec<f64>, Fault> {
    Ok(ReconstructionError.of_rows(machine, rows, &mut watch)?)
}

/// Names, values and standard errors; all metrics of samples have the same chains.
pub(crate) fn metrics(
    machine: &Machine,
    rows: &dyn Rows,
    names: &[String],
    (samples, sweeps): (Option<usize>, usize),
    seed: u64,
    mut watch: Watch,
) -> Result<Vec<(String, f64, Option<f64>)>, Fault> {
    let key = RandomKey::new(seed);
    let chains = GibbsChains {
        count: samples.unwrap_or(rows.count().clamp(2, MOST_CHAINS)),
        sweeps,
    };
    let (mut state, mut found) = (None, Vec::new());
    for text in names {
        let of = |error: &dyn std::fmt::Display| Fault::value(format_args!("{text}: {error}"));
        let name: MetricName = text.parse().map_err(|error| of(&error))?;
        let metric = name.metric::<AnyLayer>(chains);
        let metric = metric.ok_or_else(|| of(&"needs training and validation rows"))?;
        if metric.uses_chains() && state.is_none() {
            let key = key.child(Child::MetricChains);
            let drawn = chains.run(machine, key, &mut watch);
            state = Some(drawn.map_err(|error| of(&error))?);
        }
        let pending = metric.start(Evaluation {
            machine,
            rows,
            chains: state.as_ref(),
            key,
            progress: &mut watch,
        });
        let value = pending.map_err(|error| of(&error))?.read();
        let error = value.standard_error.filter(|_| !value.exact);
        found.push((text.clone(), value.value, error));
    }
    Ok(found)
}

pub(crate) fn estimator(
    method: &str,
    (chains, temperatures): (usize, usize),
    gap: f64,
    budget: f64,
) -> Result<LikelihoodEstimator, Fault> {
    let method = match method {
        "auto" => Method::Auto,
        "exact" => Method::Exact,
        "ais" => Method::Annealing,
        other => {
            return Err(Fault::value(format_args!(
                "method: expected auto, exact or ais, got {other}"
            )));
        }
    };
    if gap.is_nan() || gap <= 0.0 {
        return Err(Fault::value(format_args!(
            "gap: expected a number of nats above 0, got {gap}"
        )));
    }
    let budget = Duration::try_from_secs_f64(budget).map_err(|_| {
        Fault::value(format_args!(
            "budget: expected a number of seconds from 0, got {budget}"
        ))
    })?;
    Ok(LikelihoodEstimator {
        method,
        annealing: Annealing {
            chains,
            temperatures,
            ..Annealing::default()
        },
        gap,
        budget,
        ..LikelihoodEstimator::default()
    })
}

pub(crate) fn likelihood_dict<'py>(
    py: Python<'py>,
    found: &Likelihood,
    log_volume: f64,
) -> PyResult<Bound<'py, PyDict>> {
    let dict = PyDict::new(py);
    for (name, interval) in [
        ("log_likelihood", found.log_likelihood),
        ("log_partition", found.log_partition),
    ] {
        dict.set_item(name, interval.value)?;
        dict.set_item(format!("{name}_low"), interval.low)?;
        dict.set_item(format!("{name}_high"), interval.high)?;
    }
    dict.set_item("exact", matches!(found.how, How::Exact))?;
    let doubts = found.how.doubts().into_iter();
    dict.set_item(
        "doubts",
        doubts.map(|it| it.to_string()).collect::<Vec<_>>(),
    )?;
    dict.set_item("log_volume", log_volume)?;
    Ok(dict)
}

pub(crate) fn conditional(
    machine: &Machine,
    rows: &dyn Rows,
    (target, given): (&[bool], &[bool]),
    key: RandomKey,
    mut watch: Watch,
) -> Result<Vec<(f64, f64, f64)>, Fault> {
    let question = ConditionalLikelihood::default();
    let mut found = Vec::new();
    for part in question.run(machine, rows, target, given, key, &mut watch)? {
        let rows = part?.rows();
        found.extend(rows.iter().map(|row| (row.low, row.value, row.high)));
    }
    Ok(found)
}
