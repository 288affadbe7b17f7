//! `paysage evaluate`.

use std::fmt::Write;

use paysage::{
    kernels::{RandomKey, select_device},
    layers::AnyLayer,
    metrics::{Sites, free_energy, pseudo_log_likelihood, reconstruction_error},
    models::{BoltzmannMachine, Exact, ExactError},
};
use serde_json::{Map, Value};

use crate::{arguments::Evaluate, failure::Failure, output, source};

/// Up to so many states in all rows together, as a power of 2, exact likelihoods of a deep machine
/// enumerate the hidden ones of each row.
const ROW_STATES: f64 = 24.0;

/// Up to so many values in all rows together, pseudo-likelihoods ask about every one of them.
const ALL_SITES: usize = 20_000;

pub(crate) fn run(words: &Evaluate) -> Result<(), Failure> {
    let device = select_device(words.device)?;
    let machine = BoltzmannMachine::<AnyLayer>::load(&words.model, &device)?;
    let table = source::load(&words.data, words.preparation)?;
    source::check(&table, &machine, &words.model)?;

    let mut results: Vec<(&str, Value)> = vec![("rows", table.rows().into())];
    let mut put = |name, value: f64| results.push((name, value.into()));
    put(
        "reconstruction_error",
        reconstruction_error(&machine, &table),
    );
    let sites = if table.values().len() <= ALL_SITES {
        Sites::All
    } else {
        Sites::Random {
            count: 5,
            key: RandomKey::new(0),
        }
    };
    // Metrics that a machine does not have are left out: continuous units have no
    // pseudo-likelihood, deep machines no free energy.
    if let Ok(value) = pseudo_log_likelihood(&machine, &table, sites) {
        put("pseudo_log_likelihood", value);
    }
    if let Ok(value) = free_energy(&machine, &table) {
        put("free_energy", value);
    }
    match Exact::new(&machine) {
        Ok(exact) => {
            put("log_partition_exact", exact.log_partition());
            let row = Exact::log2_states(&machine).map_or(f64::INFINITY, |(_, row)| row);
            if row + (table.rows() as f64).log2() <= ROW_STATES
                && let Ok(value) = exact.mean_log_likelihood(&table)
            {
                put("log_likelihood_exact", value);
            }
        }
        Err(ExactError::TooManyStates { .. } | ExactError::NoClosedForm) => {}
        Err(error @ ExactError::NotNormalizable { .. }) => return Err(Failure::work(error)),
    }
    if words.json {
        let pairs = results.into_iter();
        let object: Map<String, Value> = pairs.map(|(k, v)| (k.to_owned(), v)).collect();
        return output::print(format_args!("{}\n", Value::from(object)));
    }
    let mut text = String::new();
    for (name, value) in &results {
        let (name, value) = (name.replace('_', " "), in_words(name, value));
        writeln!(text, "{name:<24}{value}").expect("a string takes all");
    }
    output::print(text)
}

/// A value with its unit.
fn in_words(name: &str, value: &Value) -> String {
    match (name, value.as_f64()) {
        ("rows", _) => value.to_string(),
        (_, None) => "not a finite number".into(),
        ("reconstruction_error", Some(x)) => format!("{x:.5} squared per unit"),
        ("log_partition_exact", Some(x)) => format!("{x:.4} nats"),
        (_, Some(x)) => format!("{x:.4} nats a row"),
    }
}
