//! The likelihood of rows, as it shows itself and as it is said.

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
        Method, Stage, Starts,
    },
    models::{BoltzmannMachine, ExactError},
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

/// The most temperatures of a first run: a slip of the hand must not ask for more.
const MOST_TEMPERATURES: usize = 10_000_000;

/// A sum of more states than this takes a second or longer.
const LONG_SUM: usize = 1 << 20;

/// The longest budget, some thirty years in seconds.
const MOST_SECONDS: f64 = 1e9;

/// The settings that the command line makes, checked; nothing where no likelihood is asked for.
pub(crate) fn estimator(
    words: &LikelihoodWords,
    machine: &BoltzmannMachine<AnyLayer>,
) -> Result<Option<LikelihoodEstimator>, Failure> {
    let widest = machine.layers.iter().map(Layer::units).max().unwrap_or(1);
    let most_chains = MOST_NUMBERS / widest.max(1);
    let (chains, temperatures) = (words.chains, words.temperatures);
    if chains > most_chains {
        return Err(Failure::input(format!(
            "--chains is {chains}: of this model at most {most_chains} chains can run at once"
        )));
    }
    if temperatures > MOST_TEMPERATURES {
        return Err(Failure::input(format!(
            "--temperatures is {temperatures}: it must be at most {MOST_TEMPERATURES}"
        )));
    }
    if !(words.gap > 0.0 && words.gap.is_finite()) {
        let gap = words.gap;
        let message = format!("--gap is {gap}: it must be a number of nats above 0");
        return Err(Failure::input(message));
    }
    if !(0.0..=MOST_SECONDS).contains(&words.budget) {
        let budget = words.budget;
        let message = format!("--budget is {budget}: it must be a number of seconds from 0 on");
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
        key: RandomKey::new(words.seed),
        ..LikelihoodEstimator::default()
    }))
}

/// The likelihood of a table, with a bar on a terminal.
pub(crate) fn estimate(
    estimator: &LikelihoodEstimator,
    machine: &BoltzmannMachine<AnyLayer>,
    table: &Table,
) -> Result<Likelihood, Failure> {
    let mut shown = Shown::new();
    let found = estimator.estimate(machine, table, &mut |stage, done, all| {
        shown.show(stage, done, all);
    });
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

/// The likelihood in sentences, and what there is to know of it.
pub(crate) fn in_words(likelihood: &Likelihood, estimator: &LikelihoodEstimator) -> String {
    let (z, rows) = (likelihood.log_partition, likelihood.log_likelihood);
    let mut lines = Vec::new();
    match &likelihood.how {
        How::Exact => {
            lines.push(("log partition", format!("{} nats", number(z.value, 4))));
            let rows = format!("{} nats a row (exact)", number(rows.value, 4));
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
            let rows = format!("{} nats a row ({how})", between(rows));
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

/// The same in a sentence.
pub(crate) fn tap_in_words(tap: &TapLikelihood) -> String {
    let (converged, starts, points) = (tap.converged, tap.starts, tap.fixed_points);
    let name = "log likelihood (TAP)";
    if converged == 0 {
        return format!("{name:<24}none: no one of {starts} starts converged\n");
    }
    let rows = number(tap.log_likelihood, 2);
    let mut text = format!(
        "{name:<24}{rows} nats a row; no bound\n\
         {:<24}{converged} of {starts} starts converged, to {points} fixed points\n",
        ""
    );
    if tap.beyond_mean_field.is_finite() {
        let beyond = number(tap.beyond_mean_field, 2);
        let line = format!("{:<24}terms beyond mean field of up to {beyond} nats\n", "");
        text.push_str(&line);
    }
    if tap.rows_converged < tap.rows {
        let lost = grouped(tap.rows - tap.rows_converged);
        let line = format!(
            "{:<24}of {lost} rows the free energy has not converged\n",
            ""
        );
        text.push_str(&line);
    }
    text
}

/// An interval in as many digits as it supports, and not rounded inwards.
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
            "the lower bound rests on chains after {sweeps} sweeps, which may not have mixed"
        ));
    }
    if let Some(sweeps) = row_sweeps {
        let sweeps = grouped(sweeps);
        notes.push(format!(
            "the upper bound rests on chains after {sweeps} sweeps under each row, which may not \
             have mixed"
        ));
    }
    if !run.is_consistent() {
        notes.push(
            "the bounds contradict each other: those chains have not mixed; all is spanned that \
             either direction says"
                .to_owned(),
        );
    } else if !reached {
        let (gap, budget) = (estimator.gap, estimator.budget.as_secs_f64());
        notes.push(format!(
            "wider than --gap {gap}: allow more than --budget {budget} seconds"
        ));
    }
    notes
}

/// A number with a minus sign, where there is one, that is as long as a plus.
pub(crate) fn number(x: f64, digits: usize) -> String {
    format!("{x:.digits$}").replace('-', "−")
}

/// A bar where stderr is a terminal, and otherwise a line for each run.
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
        // The threads of a sum tell of it in any order.
        let again = stage != Stage::Sum && (done as u64) < self.bar.position();
        if self.stage != Some(stage) || again {
            self.stage = Some(stage);
            self.bar.reset();
            self.bar.set_message(words(stage));
            self.bar.set_length(all as u64);
            // Where it is no terminal, a line for what takes long.
            let is_long = match stage {
                Stage::Forward | Stage::Rows => true,
                Stage::Sum => all > LONG_SUM,
                Stage::Pilot | Stage::Mixing | Stage::Reverse => false,
            };
            if is_long && !self.terminal {
                output::say(format_args!("{} in {} steps", words(stage), grouped(all)));
            }
        }
        self.bar.set_position(done as u64);
    }
}

fn words(stage: Stage) -> &'static str {
    match stage {
        Stage::Sum => "summing states",
        Stage::Pilot => "looking where steps must be small",
        Stage::Forward => "annealing to the model",
        Stage::Mixing => "mixing chains of the model",
        Stage::Reverse => "annealing from the model",
        Stage::Rows => "annealing under rows",
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
