//! `paysage evaluate`.

use std::fmt::Write;

use paysage::{
    kernels::RandomKey,
    metrics::{Sites, free_energy, pseudo_log_likelihood, reconstruction_error, unnormalized_elbo},
    tap::{Solver, TapLikelihood},
};
use serde_json::{Map, Value};

use crate::{
    arguments::Evaluate, config::tap_order, failure::Failure, likelihood, model::Model, output,
};

/// Up to so many values in all rows together, pseudo-likelihoods ask about every one of them.
const ALL_SITES: usize = 20_000;

pub(crate) fn run(words: &Evaluate) -> Result<(), Failure> {
    let model = Model::load(&words.model, words.device)?;
    let machine = &model.machine;
    let estimator = likelihood::estimator(&words.likelihood, machine)?;
    let reading = model.reading(words.preparation, words.labels.as_ref())?;
    let table = reading.load(&words.data)?.table;
    model.check(&table)?;

    let mut results: Vec<(&str, Value)> = vec![("rows", table.rows().into())];
    let mut put = |name, value: f64| results.push((name, value.into()));
    put(
        "reconstruction_error",
        reconstruction_error(machine, &table),
    );
    let sites = if table.values().len() <= ALL_SITES {
        Sites::All
    } else {
        Sites::Random {
            count: 5,
            key: RandomKey::new(0),
        }
    };
    // Metrics that a machine does not have are left out: deep machines have no free energy, and so no
    // pseudo-likelihood.
    if let Ok(value) = pseudo_log_likelihood(machine, &table, sites) {
        put("pseudo_log_likelihood", value);
    }
    if let Ok(value) = free_energy(machine, &table) {
        put("free_energy", value);
    }
    let order = tap_order(words.tap_order)?;
    let tap = order.map(|order| {
        let solver = Solver {
            order,
            ..Solver::default()
        };
        TapLikelihood::estimate(machine, &table, &solver)
    });
    let tap = tap.transpose().map_err(|error| {
        Failure::input(format!("{}: --tap-order: {error}", words.model.display()))
    })?;
    let found = match &estimator {
        Some(estimator) => {
            let found = likelihood::estimate(estimator, machine, &table);
            Some(found.map_err(|failure| failure.at(&words.model))?)
        }
        None => None,
    };
    // Beside a likelihood of deep machines that rests on chains under each row, one that does not.
    if let Some(found) = &found
        && machine.check_restricted().is_err()
    {
        let elbo = unnormalized_elbo(machine, &table) - found.log_partition.value;
        results.push(("elbo", elbo.into()));
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
        let (name, value) = (name.replace('_', " "), in_words(name, value));
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
        ("reconstruction_error", Some(x)) => format!("{x:.5} squared per unit"),
        (_, Some(x)) => format!("{} nats a row", likelihood::number(x, 4)),
    }
}
