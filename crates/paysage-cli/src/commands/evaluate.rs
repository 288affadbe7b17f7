//! `paysage evaluate`.

use std::fmt::Write;

use paysage::{
    kernels::RandomKey,
    layers::AnyLayer,
    metrics::{
        Elbo, FreeEnergy, Measurement, Metric, MetricError, PseudoLogLikelihood,
        ReconstructionError,
    },
    models::Silent,
    tap::{Solver, TapEstimator},
};
use serde_json::{Map, Value};

use crate::{
    arguments::Evaluate, config::tap_order, failure::Failure, likelihood, model::Model, output,
};

pub(crate) fn run(words: &Evaluate) -> Result<(), Failure> {
    let model = Model::load(&words.model, words.device)?;
    let machine = &model.machine;
    let estimator = likelihood::estimator(&words.likelihood, machine)?;
    let reading = model.reading(words.preparation, words.labels.as_ref())?;
    let table = reading.load(&words.data)?.table;
    model.check(&table)?;

    let mut results: Vec<(&str, Value)> = vec![("rows", table.rows().into())];
    let key = RandomKey::new(words.likelihood.seed);
    let measure = |metric: &dyn Metric<AnyLayer>| -> Result<Measurement, MetricError> {
        metric.run(machine, &table, key, &mut Silent)
    };
    // Metrics that are not defined for a machine are left out: deep machines have no free energy, and
    // so no pseudo-likelihood.
    if let Ok(found) = measure(&ReconstructionError) {
        results.push(("reconstruction_error", found.value.into()));
    }
    let pseudo = measure(&PseudoLogLikelihood::default()).ok();
    if let Some(found) = &pseudo {
        results.push(("pseudo_log_likelihood", found.value.into()));
        if words.json
            && let Some(error) = found.standard_error
        {
            results.push(("pseudo_log_likelihood_standard_error", error.into()));
        }
    }
    if let Ok(found) = measure(&FreeEnergy) {
        results.push(("free_energy", found.value.into()));
    }
    let order = tap_order(words.tap_order)?;
    let tap = order.map(|order| {
        let solver = Solver {
            order,
            ..Solver::default()
        };
        let estimator = TapEstimator {
            solver,
            ..TapEstimator::default()
        };
        estimator.run(machine, &table, &mut Silent)
    });
    let tap = tap.transpose().map_err(|error| {
        Failure::input(format!("{}: --tap-order: {error}", words.model.display()))
    })?;
    let found = match &estimator {
        Some(estimator) => {
            let found = likelihood::estimate(estimator, machine, &table, key);
            Some(found.map_err(|failure| failure.at(&words.model))?)
        }
        None => None,
    };
    // The annealed likelihood of a deep machine depends on chains given each row; the ELBO does not.
    if let Some(found) = &found
        && machine.check_restricted().is_err()
    {
        let elbo = Elbo {
            log_partition: found.log_partition,
        };
        if let Ok(elbo) = measure(&elbo) {
            results.push(("elbo", elbo.value.into()));
        }
    }
    if words.json {
        let likelihood = found.iter().flat_map(likelihood::values);
        let tap = tap.iter().flat_map(likelihood::tap_values);
        let pairs = results.into_iter().chain(likelihood).chain(tap);
        let object: Map<String, Value> = pairs.map(|(k, v)| (k.to_owned(), v)).collect();
        return output::print(format_args!("{}\n", Value::from(object)));
    }
    let mut text = String::new();
    for (name, value) in &results {
        let mut value = in_words(name, value);
        if *name == "pseudo_log_likelihood"
            && let Some(error) = pseudo.as_ref().and_then(|found| found.standard_error)
        {
            value = format!("{value} (estimated, ± {})", likelihood::number(error, 4));
        }
        let name = name.replace('_', " ");
        writeln!(text, "{name:<24}{value}").expect("a string takes all");
    }
    if let (Some(found), Some(estimator)) = (&found, &estimator) {
        text.push_str(&likelihood::in_words(found, estimator));
    }
    if let Some(tap) = &tap {
        text.push_str(&likelihood::tap_in_words(tap));
    }
    output::print(text)
}

/// A value with its unit.
fn in_words(name: &str, value: &Value) -> String {
    match (name, value.as_f64()) {
        ("rows", _) => value.to_string(),
        (_, None) => "not a finite number".into(),
        ("reconstruction_error", Some(x)) => format!("{x:.5} (mean squared error per unit)"),
        (_, Some(x)) => format!("{} nats per row", likelihood::number(x, 4)),
    }
}
