//! `paysage evaluate`.

mod named;

use paysage::{
    data::{DiskOptions, MatchOptions, Rows},
    kernels::RandomKey,
    layers::AnyLayer,
    metrics::{
        Elbo, FreeEnergy, Measurement, Metric, MetricError, PseudoLogLikelihood,
        ReconstructionError,
    },
};
use serde_json::{Map, Value};

use crate::{
    arguments::Evaluate,
    failure::Failure,
    likelihood::{self, line, tap_estimate, tap_text, tap_values},
    model::{load_for, rows},
    output::{self, Bar, number},
};

pub(crate) fn run(options: &Evaluate) -> Result<(), Failure> {
    let model = load_for(&options.model, &options.data)?;
    let machine = &model.machine;
    let estimator = likelihood::estimator(options.likelihood, &options.options, machine)?;
    let disk = options.data.disk();
    if disk.is_some() {
        named::check_streamed(&options.metrics)?;
    }
    let disk = disk.map(|disk| DiskOptions {
        carried: false,
        ..disk
    });
    let rows = &rows(&model, &matching(options), disk)?.rows;
    if let Some(estimator) = &estimator {
        let is_exact = match rows.is_complete() {
            true => estimator.is_exact(machine, &[rows]),
            false => estimator.is_exact(machine, &[]),
        };
        if is_exact.map_err(|error| likelihood::failure(error).at(&options.model.path))? {
            likelihood::refuse_without_effect(&options.options)?;
        }
    }

    let count = rows.count();
    let chains = named::chains(options, count)?;
    let mut results = Results::default();
    results.add("rows", count.into(), count.to_string());
    let key = RandomKey::new(options.model.seed);
    let mut bar = Bar::new("evaluating");
    // Before the metrics, as an order that does not exist is refused.
    let tap = options.tap_order.map(|order| {
        let found = tap_estimate(order, machine, rows, &mut bar);
        found.map_err(|failure| failure.at(&options.model.path))
    });
    let tap = tap.transpose()?;
    let usual = options.metrics.is_empty();
    if !usual {
        named::measure(
            &options.metrics,
            chains,
            (machine, rows),
            key,
            &mut bar,
            &mut results,
        )?;
    }
    let mut measure = |metric: &dyn Metric<AnyLayer>| match usual {
        true => defined(metric.run(machine, rows, key, &mut bar)),
        false => Ok(None),
    };
    if let Some(found) = measure(&ReconstructionError)? {
        results.number(
            "reconstruction_error",
            found.value,
            squared_error(found.value),
        );
    }
    if let Some(found) = measure(&PseudoLogLikelihood::default())? {
        let text = nats(found.value) + &error_of(&found);
        results.number("pseudo_log_likelihood", found.value, text);
        results.error("pseudo_log_likelihood", &found);
    }
    let free_energy = measure(&FreeEnergy)?.map(|found| found.value);
    let found = estimator.as_ref().map(|estimator| {
        let found = likelihood::estimate(estimator, machine, rows, key, &mut bar);
        found.map_err(|failure| failure.at(&options.model.path))
    });
    let found = found.transpose()?;
    let of_observed = found.as_ref().and_then(|found| found.free_energy);
    let of_observed = of_observed.filter(|interval| interval.width() == 0.0);
    let of_observed = of_observed.filter(|_| usual);
    if let Some(value) = free_energy.or(of_observed.map(|interval| interval.value)) {
        results.number("free_energy", value, nats(value));
    }
    // The annealed likelihood of a deep machine depends on chains given each row; the ELBO does not.
    if let Some(found) = &found
        && usual
        && machine.check_restricted().is_err()
    {
        let elbo = Elbo {
            log_partition: found.log_partition,
        };
        if let Some(elbo) = defined(elbo.run(machine, rows, key, &mut bar))? {
            results.number("elbo", elbo.value, nats(elbo.value));
        }
    }
    if let (Some(found), Some(estimator)) = (&found, &estimator) {
        results.extend(
            likelihood::values(found),
            likelihood::text(found, estimator),
        );
    }
    if let Some(tap) = &tap {
        results.extend(tap_values(tap), tap_text(tap));
    }
    let log_volume = model.log_volume(rows)?;
    if log_volume != 0.0 {
        let text = format!(
            "log densities are in standardized units: subtract {} nats per row for the original units",
            number(log_volume, 4)
        );
        results.extend(vec![("log_volume", log_volume.into())], line("", text));
    }
    drop(bar);
    match options.json {
        true => output::print(format_args!("{}\n", Value::from(results.json))),
        false => output::print(results.text),
    }
}

/// How the data are read, with the weights of their rows.
fn matching(options: &Evaluate) -> MatchOptions {
    MatchOptions {
        weights: options.weights.clone(),
        reweight: options.reweight,
        ..options.data.options()
    }
}

/// The results, as JSON and as text.
#[derive(Default)]
struct Results {
    json: Map<String, Value>,
    text: String,
}

impl Results {
    fn add(&mut self, key: &str, value: Value, text: String) {
        self.text += &line(&key.replace('_', " "), text);
        self.json.insert(key.to_owned(), value);
    }

    fn number(&mut self, key: &str, value: f64, text: String) {
        let text = match value.is_finite() {
            true => text,
            false => "not a finite number".to_owned(),
        };
        self.add(key, value.into(), text);
    }

    /// The standard error of an estimate, in the JSON object alone.
    fn error(&mut self, key: &str, found: &Measurement) {
        if let Some(error) = found.standard_error.filter(|_| !found.exact) {
            self.json
                .insert(format!("{key}_standard_error"), error.into());
        }
    }

    fn extend(&mut self, values: Vec<(&str, Value)>, text: String) {
        let pairs = values
            .into_iter()
            .map(|(key, value)| (key.to_owned(), value));
        self.json.extend(pairs);
        self.text += &text;
    }
}

/// A measurement, or nothing where the metric is not defined for the machine or the rows: the free
/// energy and the pseudo-log-likelihood of deep machines, the free energy and the ELBO of rows with
/// missing values.
fn defined(found: Result<Measurement, MetricError>) -> Result<Option<Measurement>, Failure> {
    match found {
        Ok(found) => Ok(Some(found)),
        Err(
            MetricError::Machine(_)
            | MetricError::Exact(_)
            | MetricError::MissingValues { .. }
            | MetricError::UnknownDensity { .. },
        ) => Ok(None),
        Err(error) => Err(Failure::input(error)),
    }
}

fn squared_error(value: f64) -> String {
    format!("{value:.5} (mean squared error per unit)")
}

fn nats(value: f64) -> String {
    format!("{} nats per row", number(value, 4))
}

/// The error of an estimate; nothing for an exact value.
fn error_of(found: &Measurement) -> String {
    match found.standard_error {
        _ if found.exact => String::new(),
        Some(error) => format!(" (estimated, ± {})", number(error, 4)),
        None => " (approximate: missing values are replaced by mean-field means)".to_owned(),
    }
}
