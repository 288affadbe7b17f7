//! The metrics of `--metrics`.

use paysage::{
    data::Rows,
    kernels::{Child, RandomKey},
    layers::AnyLayer,
    metrics::{Evaluation, GibbsChains, Measurement, Metric, MetricError, MetricName},
    models::{BoltzmannMachine, Progress},
};

use super::{Results, error_of, nats, squared_error};
use crate::{
    arguments::Evaluate,
    failure::Failure,
    output::{decimals, number},
};

/// Default largest number of chains, and default number of sweeps.
const MOST_CHAINS: usize = 10_000;
const SWEEPS: usize = 1000;

type AnyMetric = Box<dyn Metric<AnyLayer>>;

/// The Gibbs chains of metrics that need samples, for so many rows.
pub(super) fn chains(options: &Evaluate, rows: usize) -> Result<GibbsChains, Failure> {
    let chains = GibbsChains {
        count: options.samples.unwrap_or(rows.clamp(2, MOST_CHAINS)),
        sweeps: options.sweeps.unwrap_or(SWEEPS),
    };
    let uses_chains = metrics(&options.metrics, chains).any(|(_, metric)| metric.uses_chains());
    for (option, value) in [("--samples", options.samples), ("--sweeps", options.sweeps)] {
        match value {
            Some(_) if !uses_chains => {
                return Err(Failure::input(format_args!(
                    "{option} has no effect without --metrics that use samples, such as \
                     energy_distance: leave it out"
                )));
            }
            Some(0) => {
                return Err(Failure::input(format_args!(
                    "{option}: expected at least 1, got 0"
                )));
            }
            _ => {}
        }
    }
    Ok(chains)
}

/// Checks that no metric compares all rows with one another, for which they must be in memory.
pub(super) fn check_streamed(names: &[MetricName]) -> Result<(), Failure> {
    let chains = GibbsChains {
        count: 1,
        sweeps: 1,
    };
    let compares = |(name, metric): &(MetricName, AnyMetric)| {
        metric.uses_chains() || name.is_of_reconstructions()
    };
    match metrics(names, chains).find(compares) {
        Some((name, _)) => Err(Failure::input(format_args!(
            "--memory: the metric {name} needs all rows in memory: leave --memory out, or evaluate a sample \
             of the rows"
        ))),
        None => Ok(()),
    }
}

/// Measures the metrics, all with the same chains.
pub(super) fn measure(
    names: &[MetricName],
    chains: GibbsChains,
    (machine, rows): (&BoltzmannMachine<AnyLayer>, &dyn Rows),
    key: RandomKey,
    progress: &mut dyn Progress,
    results: &mut Results,
) -> Result<(), Failure> {
    let mut state = None;
    for (name, metric) in metrics(names, chains) {
        let failure =
            |error: MetricError| Failure::input(format_args!("--metrics: {name}: {error}"));
        if metric.uses_chains() && state.is_none() {
            let key = key.child(Child::MetricChains);
            state = Some(chains.run(machine, key, progress).map_err(failure)?);
        }
        let found = metric.start(Evaluation {
            machine,
            rows,
            chains: state.as_ref(),
            key,
            progress: &mut *progress,
        });
        let found = found.map_err(failure)?.read();
        results.number(name.as_str(), found.value, text(name, &found));
        results.error(name.as_str(), &found);
    }
    Ok(())
}

/// The metrics of these names, each once.
fn metrics(
    names: &[MetricName],
    chains: GibbsChains,
) -> impl Iterator<Item = (MetricName, AnyMetric)> + '_ {
    let first = move |&(place, name): &(usize, &MetricName)| !names[..place].contains(name);
    let names_once = names.iter().enumerate().filter(first);
    names_once.filter_map(move |(_, &name)| Some((name, name.metric(chains)?)))
}

/// A value with its unit and its error.
fn text(name: MetricName, found: &Measurement) -> String {
    let value = found.value;
    match name {
        MetricName::ReconstructionError => squared_error(value),
        MetricName::PseudoLogLikelihood | MetricName::FreeEnergy => nats(value) + &error_of(found),
        MetricName::KlDivergence
        | MetricName::ReverseKlDivergence
        | MetricName::JensenShannonDivergence
        | MetricName::KlDivergenceReconstructions
        | MetricName::ReverseKlDivergenceReconstructions
        | MetricName::JensenShannonDivergenceReconstructions => {
            format!("{} nats", number(value, 4))
        }
        MetricName::DeadHiddenUnits | MetricName::SaturatedHiddenUnits => number(value, 0),
        _ => {
            let digits = decimals(value.abs());
            match found.standard_error {
                Some(error) => format!("{} ± {}", number(value, digits), number(error, digits)),
                None => number(value, digits),
            }
        }
    }
}
