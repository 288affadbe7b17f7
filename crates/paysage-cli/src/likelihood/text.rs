//! Log-likelihoods as JSON and as text.

use std::fmt::Display;

use paysage::{
    metrics::{Interval, LikelihoodEstimator, LogPartition, Starts},
    report::grouped,
};
use serde_json::Value;

use super::Found;
use crate::output::number;

/// The keys and values of the JSON object.
pub(crate) fn values(found: &Found) -> Vec<(&'static str, Value)> {
    let (z, rows) = (found.log_partition, found.log_likelihood);
    let mut values: Vec<(&'static str, Value)> = match &found.run {
        None => vec![("log_partition_exact", z.value.into())],
        Some(run) => vec![
            ("log_partition_ais", z.value.into()),
            ("log_partition_ais_low", z.low.into()),
            ("log_partition_ais_high", z.high.into()),
            ("log_partition_ais_forward", run.forward.value.into()),
            ("log_partition_ais_reverse", run.reverse.value.into()),
            ("ais_standard_error", run.forward.standard_error.into()),
            ("ais_effective_chains", run.forward.effective_chains.into()),
            ("ais_chains", run.annealing.chains.into()),
            ("ais_temperatures", run.annealing.temperatures.into()),
            ("ais_starts_exactly", (run.starts == Starts::Exact).into()),
            ("ais_consistent", run.is_consistent().into()),
        ],
    };
    if is_exact(found) {
        values.push(("log_likelihood_exact", rows.value.into()));
    } else {
        values.extend([
            ("log_likelihood_ais", rows.value.into()),
            ("log_likelihood_ais_low", rows.low.into()),
            ("log_likelihood_ais_high", rows.high.into()),
            ("ais_gap_reached", found.reached.into()),
        ]);
    }
    let sweeps = found.row_sweeps;
    values.extend(sweeps.map(|sweeps| ("ais_row_sweeps", sweeps.into())));
    values
}

/// The log-likelihood as text, with notes.
pub(crate) fn text(found: &Found, estimator: &LikelihoodEstimator) -> String {
    let (z, rows) = (found.log_partition, found.log_likelihood);
    let partition = match found.run {
        None => number(z.value, 4),
        Some(_) => between(z),
    };
    let mut text = line("log partition", format!("{partition} nats"));
    let rows = match &found.run {
        _ if is_exact(found) => format!("{} nats per row (exact)", number(rows.value, 4)),
        None => format!("{} nats per row (AIS given each row, 95 %)", between(rows)),
        Some(run) => {
            let (chains, steps) = (run.annealing.chains, run.annealing.temperatures);
            let (chains, steps) = (grouped(chains), grouped(steps));
            let how = format!("AIS, {chains} chains × {steps} temperatures, 95 %");
            format!("{} nats per row ({how})", between(rows))
        }
    };
    text += &line("log likelihood", rows);
    if found.free_energy.is_some() {
        text += &line("", "of the observed values of each row");
    }
    let mut all = notes(found.run.as_ref(), found.row_sweeps);
    if !found.reached && found.run.is_none_or(|run| run.is_consistent()) {
        let (gap, budget) = (estimator.gap, estimator.budget.as_secs_f64());
        all.push(match found.free_energy {
            Some(_) => {
                format!("wider than --gap {gap}, which missing values do not allow to reach")
            }
            None => format!("wider than --gap {gap}: increase --budget (now {budget} seconds)"),
        });
    }
    text.extend(all.iter().map(|note| line("", note)));
    text
}

/// What the bounds depend on.
pub(crate) fn notes(run: Option<&LogPartition>, row_sweeps: Option<usize>) -> Vec<String> {
    let mut notes = Vec::new();
    if let Some(Starts::Chains { sweeps }) = run.map(|run| run.starts) {
        let sweeps = grouped(sweeps);
        notes.push(format!(
            "the lower bound depends on chains after {sweeps} sweeps, which may not have mixed"
        ));
    }
    if let Some(sweeps) = row_sweeps {
        let sweeps = grouped(sweeps);
        notes.push(format!(
            "the upper bound depends on chains after {sweeps} sweeps given each row, which may not \
             have mixed"
        ));
    }
    if run.is_some_and(|run| !run.is_consistent()) {
        notes.push(
            "the bounds contradict each other, so the chains have not mixed; the interval is the \
             union of both directions"
                .to_owned(),
        );
    }
    notes
}

/// A line of the output.
pub(crate) fn line(name: &str, value: impl Display) -> String {
    format!("{name:<22}  {value}\n")
}

fn is_exact(found: &Found) -> bool {
    found.run.is_none() && found.row_sweeps.is_none()
}

/// An interval with the digits that its width supports, rounded outwards.
fn between(interval: Interval) -> String {
    let digits = (1.0 - interval.width().max(1e-6).log10().floor()).clamp(1.0, 6.0) as usize;
    let unit = 10_f64.powi(digits as i32);
    let low = (interval.low * unit).floor() / unit;
    let high = (interval.high * unit).ceil() / unit;
    format!(
        "between {} and {}",
        number(low, digits),
        number(high, digits)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_are_rounded_outwards() {
        let interval = |low, high| Interval {
            low,
            value: 0.5 * (low + high),
            high,
        };
        let text = between(interval(-86.1234, -85.8123));
        assert_eq!(text, "between −86.13 and −85.81");
        let text = between(interval(0.0, 0.0));
        assert_eq!(text, "between 0.000000 and 0.000000");
    }
}
