//! The program `paysage`: training and using Boltzmann machines from the command line.
//!
//! Results go to stdout, progress and errors to stderr. The exit status is 0 when the work is done, 1
//! when it failed, 2 when an option or the data are invalid.

#![forbid(unsafe_code)]

mod arguments;
mod assignments;
mod commands;
mod device;
mod failure;
mod figure;
mod likelihood;
mod model;
mod output;
mod stop;

use std::process::ExitCode;

use clap::Parser;
use paysage::{data::quiet_decoders, kernels::allow_capture};

use crate::arguments::{Arguments, Command};

fn main() -> ExitCode {
    quiet_decoders();
    // This program uses a GPU from one thread at a time.
    allow_capture(true);
    let arguments = Arguments::parse();
    let done = match arguments.command {
        Command::Train(train) => commands::train::run(&train),
        Command::Evaluate(evaluate) => commands::evaluate::run(&evaluate),
        Command::Sample(sample) => commands::sample::run(&sample),
        Command::Impute(impute) => commands::impute::run(&impute),
        Command::Predict(predict) => commands::predict::run(&predict),
        Command::Counterfactual(options) => commands::counterfactual::run(&options),
        Command::Transform(transform) => commands::transform::run(&transform),
        Command::Score(score) => commands::score::run(&score),
        Command::Couplings(couplings) => commands::couplings::run(&couplings),
        Command::Mutations(mutations) => commands::mutations::run(&mutations),
        Command::Gauge(gauge) => commands::gauge::run(&gauge),
        Command::Import(import) => commands::import::run(&import),
        Command::Export(export) => commands::export::run(&export),
        Command::Inspect(inspect) => commands::inspect::run(&inspect),
        Command::Report(report) => commands::report::run(&report),
        Command::Devices => commands::devices::run(),
        Command::Completions(completions) => commands::completions::run(&completions),
        Command::Man(man) => commands::man::run(&man),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            output::say(format_args!("paysage: {failure}"));
            failure.exit_code()
        }
    }
}
