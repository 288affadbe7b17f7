//! The program `paysage`: Boltzmann machines for people who write no Rust.
//!
//! Results go to stdout, progress and complaints to stderr. The exit status is 0 when the work is
//! done, 1 when it failed, 2 when the words or the data were wrong.

mod arguments;
mod columns;
mod commands;
mod config;
mod failure;
mod figures;
mod likelihood;
mod model;
mod output;
mod rows;
mod run_folder;
mod source;
mod stop;

use std::process::ExitCode;

use clap::Parser;

use crate::arguments::{Arguments, Command};

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let done = match arguments.command {
        Command::Train(train) => commands::train::run(*train),
        Command::Evaluate(evaluate) => commands::evaluate::run(&evaluate),
        Command::Sample(sample) => commands::sample::run(&sample),
        Command::Impute(impute) => commands::impute::run(&impute),
        Command::Predict(predict) => commands::predict::run(&predict),
        Command::Counterfactual(ask) => commands::counterfactual::run(&ask),
        Command::Inspect(inspect) => commands::inspect::run(&inspect),
        Command::Report(report) => commands::report::run(&report),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            output::say(format_args!("paysage: {failure}"));
            failure.exit_code()
        }
    }
}
