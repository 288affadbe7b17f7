//! The options of a log-likelihood.

use std::time::Duration;

use paysage::{
    layers::{AnyLayer, Layer},
    metrics::{Annealing, LikelihoodEstimator, Method},
    models::BoltzmannMachine,
};

use crate::{
    arguments::{LikelihoodChoice, LikelihoodOptions},
    failure::Failure,
};

/// Largest number of values of the states of chains: 8 GiB.
const MOST_VALUES: usize = 1 << 31;

/// Largest number of temperatures of the first run.
const MOST_TEMPERATURES: usize = 10_000_000;

/// Largest time limit, about thirty years in seconds.
const MOST_SECONDS: f64 = 1e9;

/// Checks the options of annealing and refuses those that have no effect. The settings; `None` for
/// `--likelihood none`.
pub(crate) fn estimator(
    choice: LikelihoodChoice,
    options: &LikelihoodOptions,
    machine: &BoltzmannMachine<AnyLayer>,
) -> Result<Option<LikelihoodEstimator>, Failure> {
    check(options, machine)?;
    let method = match choice {
        LikelihoodChoice::None => {
            return refuse_any(options, "with --likelihood none: leave it out").map(|()| None);
        }
        LikelihoodChoice::Exact => {
            refuse_any(options, "with --likelihood exact: leave it out")?;
            Method::Exact
        }
        LikelihoodChoice::Auto => Method::Auto,
        LikelihoodChoice::Ais => Method::Annealing,
    };
    let default = LikelihoodEstimator::default();
    let annealing = default.annealing;
    Ok(Some(LikelihoodEstimator {
        method,
        annealing: Annealing {
            chains: options.chains.unwrap_or(annealing.chains),
            temperatures: options.temperatures.unwrap_or(annealing.temperatures),
            ..annealing
        },
        gap: options.gap.unwrap_or(default.gap),
        budget: options
            .budget
            .map_or(default.budget, Duration::from_secs_f64),
        ..default
    }))
}

/// Refuses any option of annealing.
pub(crate) fn refuse_any(options: &LikelihoodOptions, why: &str) -> Result<(), Failure> {
    refuse(
        &[
            ("--gap", options.gap.is_some()),
            ("--budget", options.budget.is_some()),
            ("--chains", options.chains.is_some()),
            ("--temperatures", options.temperatures.is_some()),
        ],
        why,
    )
}

/// Refuses the options of annealed chains where an exact sum was chosen automatically.
pub(crate) fn refuse_without_effect(options: &LikelihoodOptions) -> Result<(), Failure> {
    refuse(
        &[
            ("--chains", options.chains.is_some()),
            ("--temperatures", options.temperatures.is_some()),
        ],
        "on this model, whose log-likelihood is an exact sum: leave it out, or use --likelihood ais",
    )
}

fn refuse(options: &[(&str, bool)], why: &str) -> Result<(), Failure> {
    match options.iter().find(|(_, given)| *given) {
        Some((option, _)) => Err(Failure::input(format!("{option} has no effect {why}"))),
        None => Ok(()),
    }
}

fn check(options: &LikelihoodOptions, machine: &BoltzmannMachine<AnyLayer>) -> Result<(), Failure> {
    let widest = machine.layers.iter().map(Layer::units).max().unwrap_or(1);
    let most_chains = MOST_VALUES / widest.max(1);
    let fault = if let Some(chains) = options.chains.filter(|&chains| chains > most_chains) {
        format!("--chains: expected at most {most_chains} for this model, got {chains}")
    } else if let Some(temperatures) = options.temperatures.filter(|&n| n > MOST_TEMPERATURES) {
        format!("--temperatures: expected at most {MOST_TEMPERATURES}, got {temperatures}")
    } else if let Some(gap) = options.gap.filter(|gap| !(*gap > 0.0 && gap.is_finite())) {
        format!("--gap: expected a number of nats above 0, got {gap}")
    } else if let Some(budget) = options.budget.filter(|x| !(0.0..=MOST_SECONDS).contains(x)) {
        format!("--budget: expected a number of seconds from 0 to {MOST_SECONDS}, got {budget}")
    } else {
        return Ok(());
    };
    Err(Failure::input(fault))
}
