//! Log-likelihoods as JSON and as text.

use std::fmt::Display;

use paysage::{
    metrics::{Doubt, Interval, LikelihoodEstimator, RowAnnealing, Starts},
    report::grouped,
};
use serde_json::Value;

use super::Found;
use crate::output::{self, number};

/// The keys and values of the JSON object.
pub(crate) fn values(found: &Found) -> Vec<(&'static str, Value)> {
    let (z, rows) = (found.log_partition, found.log_likelihood);
    let mut values: Vec<(&'static str, Value)> = match &found.run {
        None => vec![("log_partition_exact", z.value.into())],
        Some(run) => {
            let mut values: Vec<(&'static str, Value)> = vec![
                ("log_partition_ais", z.value.into()),
                ("log_partition_ais_low", z.low.into()),
                ("log_partition_ais_high", z.high.into()),
                ("log_partition_ais_forward", run.first.forward.value.into()),
                ("log_partition_ais_reverse", run.first.reverse.value.into()),
                (
                    "ais_standard_error",
                    run.first.forward.standard_error.into(),
                ),
                (
                    "ais_effective_chains",
                    run.first.forward.effective_chains.into(),
                ),
            ];
            if let Some(second) = run.second {
                values.extend([
                    (
                        "log_partition_ais_uniform_forward",
                        second.forward.value.into(),
                    ),
                    (
                        "log_partition_ais_uniform_reverse",
                        second.reverse.value.into(),
                    ),
                ]);
            }
            values.extend([
                ("ais_chains", run.annealing.chains.into()),
                ("ais_temperatures", run.annealing.temperatures.into()),
                ("ais_starts_exactly", (run.starts == Starts::Exact).into()),
            ]);
            if let Starts::Replicas {
                sweeps,
                replicas,
                arrivals,
            } = run.starts
            {
                values.extend([
                    ("ais_replicas", replicas.into()),
                    ("ais_replica_sweeps", sweeps.into()),
                    ("ais_replica_arrivals", arrivals.into()),
                    ("ais_effective_samples", run.effective_samples().into()),
                ]);
            }
            values.push(("ais_consistent", run.is_consistent().into()));
            values
        }
    };
    if is_exact(found) {
        values.push(("log_likelihood_exact", rows.value.into()));
    } else {
        values.extend([
            ("log_likelihood_ais", rows.value.into()),
            ("log_likelihood_ais_low", rows.low.into()),
            ("log_likelihood_ais_high", rows.high.into()),
            ("ais_gap_reached", found.reached.into()),
            ("unreliable", (!found.doubts.is_empty()).into()),
        ]);
        let doubts = found.doubts.iter().map(Doubt::to_string);
        values.push(("unreliable_because", doubts.collect::<Vec<_>>().into()));
    }
    let sweeps = found.rows.map(|rows| ("ais_row_sweeps", rows.steps.into()));
    values.extend(sweeps);
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
    let confidence = match found.doubts.is_empty() {
        true => "95 %",
        false => "unreliable",
    };
    let rows = match &found.run {
        _ if is_exact(found) => format!("{} nats per row (exact)", number(rows.value, 4)),
        None => format!(
            "{} nats per row (AIS given each row, {confidence})",
            between(rows)
        ),
        Some(run) => {
            let (chains, steps) = (run.annealing.chains, run.annealing.temperatures);
            let (chains, steps) = (grouped(chains), grouped(steps));
            let how = format!("AIS, {chains} chains × {steps} temperatures, {confidence}");
            format!("{} nats per row ({how})", between(rows))
        }
    };
    text += &line("log likelihood", rows);
    if found.free_energy.is_some() {
        text += &line("", "of the observed values of each row");
    }
    let mut all = notes(&found.doubts);
    if !found.reached && found.doubts.is_empty() {
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

/// The reasons why an interval is not reliable, and the remedy.
pub(crate) fn notes(doubts: &[Doubt]) -> Vec<String> {
    let mut notes: Vec<String> = doubts.iter().map(Doubt::to_string).collect();
    if !notes.is_empty() {
        notes.push("the interval may not hold the true value: increase --budget".to_owned());
    }
    notes
}

/// Says why bounds of free energies of rows are not reliable, if they are not.
pub(crate) fn note_rows(annealing: Option<RowAnnealing>) {
    for doubt in annealing.iter().flat_map(RowAnnealing::doubts) {
        output::say(format_args!(
            "paysage: note: bounds of free energies are unreliable: {doubt}"
        ));
    }
}

/// A line of the output.
pub(crate) fn line(name: &str, value: impl Display) -> String {
    format!("{name:<22}  {value}\n")
}

fn is_exact(found: &Found) -> bool {
    found.run.is_none() && found.rows.is_none()
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
