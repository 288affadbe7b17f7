//! The log-likelihood of rows: options, progress and output.

use std::{
    io::{self, IsTerminal},
    time::Duration,
};

use indicatif::{ProgressBar, ProgressStyle};
use paysage::{
    data::Table,
    kernels::RandomKey,
    layers::{AnyLayer, Layer},
    metrics::{
        Annealing, How, Interval, Likelihood, LikelihoodError, LikelihoodEstimator, LogPartition,
        Method, Starts,
    },
    models::{BoltzmannMachine, ExactError, Stage},
    report::grouped,
    tap::TapLikelihood,
};
use serde_json::Value;

use crate::{
    arguments::{Likelihood as Choice, LikelihoodWords},
    config::MOST_NUMBERS,
    failure::Failure,
    output,
};

/// Largest number of temperatures of the first run.
const MOST_TEMPERATURES: usize = 10_000_000;

/// Number of states of a sum that takes a second or longer.
const LONG_SUM: usize = 1 << 20;

/// Largest time limit, about thirty years in seconds.
const MOST_SECONDS: f64 = 1e9;

/// The settings of the command line; `None` for `--likelihood none`.
pub(crate) fn estimator(
    words: &LikelihoodWords,
    machine: &BoltzmannMachine<AnyLayer>,
) -> Result<Option<LikelihoodEstimator>, Failure> {
    let widest = machine.layers.iter().map(Layer::units).max().unwrap_or(1);
    let most_chains = MOST_NUMBERS / widest.max(1);
    let (chains, temperatures) = (words.chains, words.temperatures);
    if chains > most_chains {
        return Err(Failure::input(format!(
            "--chains: expected at most {most_chains} for this model, got {chains}"
        )));
    }
    if temperatures > MOST_TEMPERATURES {
        return Err(Failure::input(format!(
            "--temperatures: expected at most {MOST_TEMPERATURES}, got {temperatures}"
        )));
    }
    if !(words.gap > 0.0 && words.gap.is_finite()) {
        let gap = words.gap;
        let message = format!("--gap: expected a number of nats above 0, got {gap}");
        return Err(Failure::input(message));
    }
    if !(0.0..=MOST_SECONDS).contains(&words.budget) {
        let budget = words.budget;
        let message = format!(
            "--budget: expected a number of seconds from 0 to {MOST_SECONDS}, got {budget}"
        );
        return Err(Failure::input(message));
    }
    let method = match words.likelihood {
        Choice::None => return Ok(None),
        Choice::Auto => Method::Auto,
        Choice::Exact => Method::Exact,
        Choice::Ais => Method::Annealing,
    };
    Ok(Some(LikelihoodEstimator {
        method,
        annealing: Annealing {
            chains,
            temperatures,
            ..Annealing::default()
        },
        gap: words.gap,
        budget: Duration::from_secs_f64(words.budget),
        ..LikelihoodEstimator::default()
    }))
}

/// The log-likelihood of a table, with a progress bar on a terminal.
pub(crate) fn estimate(
    estimator: &LikelihoodEstimator,
    machine: &BoltzmannMachine<AnyLayer>,
    table: &Table,
    key: RandomKey,
) -> Result<Likelihood, Failure> {
    let mut shown = Shown::new();
    let mut progress = |stage: Stage, done: usize, total: usize| shown.show(stage, done, total);
    let found = estimator.run(machine, table, key, &mut progress);
    shown.bar.finish_and_clear();
    found.map_err(|error| match error {
        LikelihoodError::Exact(ExactError::TooManyStates { .. } | ExactError::NoClosedForm) => {
            Failure::input(format!("--likelihood exact: {error}; use auto or ais"))
        }
        LikelihoodError::TooFewChains { .. } => Failure::input(format!("--chains: {error}")),
        LikelihoodError::NoTemperatures => Failure::input(format!("--temperatures: {error}")),
        LikelihoodError::Exact(ExactError::NotNormalizable { .. }) => {
            Failure::input(format!("{error}; --likelihood none leaves it out"))
        }
        LikelihoodError::NotFinite => Failure::work(error),
        LikelihoodError::Rows(_) => Failure::input(error),
    })
}

/// The keys and values of the JSON object.
pub(crate) fn values(likelihood: &Likelihood) -> Vec<(&'static str, Value)> {
    let (z, rows) = (likelihood.log_partition, likelihood.log_likelihood);
    match &likelihood.how {
        How::Exact => vec![
            ("log_partition_exact", z.value.into()),
            ("log_likelihood_exact", rows.value.into()),
        ],
        How::Annealing {
            log_partition: run,
            row_sweeps,
            reached,
        } => vec![
            ("log_partition_ais", z.value.into()),
            ("log_partition_ais_low", z.low.into()),
            ("log_partition_ais_high", z.high.into()),
            ("log_partition_ais_forward", run.forward.value.into()),
            ("log_partition_ais_reverse", run.reverse.value.into()),
            ("log_likelihood_ais", rows.value.into()),
            ("log_likelihood_ais_low", rows.low.into()),
            ("log_likelihood_ais_high", rows.high.into()),
            ("ais_standard_error", run.forward.standard_error.into()),
            ("ais_effective_chains", run.forward.effective_chains.into()),
            ("ais_chains", run.annealing.chains.into()),
            ("ais_temperatures", run.annealing.temperatures.into()),
            ("ais_starts_exactly", (run.starts == Starts::Exact).into()),
            ("ais_consistent", run.is_consistent().into()),
            ("ais_gap_reached", (*reached).into()),
        ]
        .into_iter()
        .chain(row_sweeps.map(|sweeps| ("ais_row_sweeps", sweeps.into())))
        .collect(),
    }
}

/// The log-likelihood as text, with notes.
pub(crate) fn in_words(likelihood: &Likelihood, estimator: &LikelihoodEstimator) -> String {
    let (z, rows) = (likelihood.log_partition, likelihood.log_likelihood);
    let mut lines = Vec::new();
    match &likelihood.how {
        How::Exact => {
            lines.push(("log partition", format!("{} nats", number(z.value, 4))));
            let rows = format!("{} nats per row (exact)", number(rows.value, 4));
            lines.push(("log likelihood", rows));
        }
        How::Annealing {
            log_partition: run,
            row_sweeps,
            reached,
        } => {
            lines.push(("log partition", format!("{} nats", between(z))));
            let (chains, steps) = (run.annealing.chains, run.annealing.temperatures);
            let (chains, steps) = (grouped(chains), grouped(steps));
            let how = format!("AIS, {chains} chains × {steps} temperatures, 95 %");
            let rows = format!("{} nats per row ({how})", between(rows));
            lines.push(("log likelihood", rows));
            let notes = notes(run, *row_sweeps, *reached, estimator);
            lines.extend(notes.into_iter().map(|note| ("", note)));
        }
    }
    let line = |(name, words): &(&str, String)| format!("{name:<24}{words}\n");
    lines.iter().map(line).collect()
}

/// The keys and values of an estimate by TAP.
pub(crate) fn tap_values(tap: &TapLikelihood) -> Vec<(&'static str, Value)> {
    vec![
        ("log_partition_tap", tap.log_partition.into()),
        ("log_partition_tap_of_all", tap.log_partition_of_all.into()),
        ("log_partition_tap_low", tap.log_partition_low.into()),
        ("free_energy_tap", tap.free_energy.into()),
        ("log_likelihood_tap", tap.log_likelihood.into()),
        ("tap_converged", tap.converged.into()),
        ("tap_starts", tap.starts.into()),
        ("tap_fixed_points", tap.fixed_points.into()),
        ("tap_beyond_mean_field", tap.beyond_mean_field.into()),
        ("tap_residual", tap.residual.into()),
        ("tap_rows_converged", tap.rows_converged.into()),
    ]
}

/// The same as text.
pub(crate) fn tap_in_words(tap: &TapLikelihood) -> String {
    let (converged, starts, points) = (tap.converged, tap.starts, tap.fixed_points);
    let name = "log likelihood (TAP)";
    if converged == 0 {
        return format!("{name:<24}none: none of {starts} starts converged\n");
    }
    let rows = number(tap.log_likelihood, 2);
    let mut text = format!(
        "{name:<24}{rows} nats per row (estimate, not a bound)\n\
         {:<24}{converged} of {starts} starts converged, to {points} fixed points\n",
        ""
    );
    if tap.beyond_mean_field.is_finite() {
        let beyond = number(tap.beyond_mean_field, 2);
        let line = format!(
            "{:<24}second- and third-order terms: up to {beyond} nats\n",
            ""
        );
        text.push_str(&line);
    }
    if tap.log_partition < tap.log_partition_low {
        let low = number(tap.log_partition_low, 2);
        let line = format!("{:<24}invalid: ln Z is at least {low} nats\n", "");
        text.push_str(&line);
    }
    if tap.rows_converged < tap.rows {
        let lost = grouped(tap.rows - tap.rows_converged);
        let line = format!(
            "{:<24}the free energy of {lost} rows has not converged\n",
            ""
        );
        text.push_str(&line);
    }
    text
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

fn notes(
    run: &LogPartition,
    row_sweeps: Option<usize>,
    reached: bool,
    estimator: &LikelihoodEstimator,
) -> Vec<String> {
    let mut notes = Vec::new();
    if let Starts::Chains { sweeps } = run.starts {
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
    if !run.is_consistent() {
        notes.push(
            "the bounds contradict each other, so the chains have not mixed; the interval is the \
             union of both directions"
                .to_owned(),
        );
    } else if !reached {
        let (gap, budget) = (estimator.gap, estimator.budget.as_secs_f64());
        notes.push(format!(
            "wider than --gap {gap}: increase --budget (now {budget} seconds)"
        ));
    }
    notes
}

/// A number with a typographic minus sign.
pub(crate) fn number(x: f64, digits: usize) -> String {
    format!("{x:.digits$}").replace('-', "−")
}

/// Progress bar on a terminal, otherwise one line per run.
struct Shown {
    bar: ProgressBar,
    terminal: bool,
    stage: Option<Stage>,
}

impl Shown {
    fn new() -> Self {
        let style = ProgressStyle::with_template(
            "{msg} {bar:30.cyan/dim} {percent:>3} % · {per_sec} · {eta_precise} left",
        );
        Self {
            bar: ProgressBar::new(0).with_style(style.expect("a valid template")),
            terminal: io::stderr().is_terminal(),
            stage: None,
        }
    }

    fn show(&mut self, stage: Stage, done: usize, all: usize) {
        // The threads of a sum report in any order.
        let again = stage != Stage::ExactSum && (done as u64) < self.bar.position();
        if self.stage != Some(stage) || again {
            self.stage = Some(stage);
            self.bar.reset();
            self.bar.set_message(stage.to_string());
            self.bar.set_length(all as u64);
            // Without a terminal, one line for stages that take long.
            let is_long = match stage {
                Stage::ForwardAnnealing | Stage::RowAnnealing => true,
                Stage::ExactSum => all > LONG_SUM,
                _ => false,
            };
            if is_long && !self.terminal {
                output::say(format_args!("{stage}: {} steps", grouped(all)));
            }
        }
        self.bar.set_position(done as u64);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_by_thousands() {
        for (number, text) in [
            (7, "7"),
            (999, "999"),
            (1000, "1,000"),
            (1234567, "1,234,567"),
        ] {
            assert_eq!(grouped(number), text);
        }
        assert_eq!(number(-86.14, 1), "−86.1");
    }

    #[test]
    fn intervals_are_rounded_outwards() {
        let interval = |low, high| Interval {
            low,
            value: 0.5 * (low + high),
            high,
        };
        let words = between(interval(-86.1234, -85.8123));
        assert_eq!(words, "between −86.13 and −85.81");
        let words = between(interval(0.0, 0.0));
        assert_eq!(words, "between 0.000000 and 0.000000");
    }
}
