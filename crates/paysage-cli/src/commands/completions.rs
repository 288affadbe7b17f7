//! `paysage completions`.

use clap::CommandFactory;
use clap_complete::generate;

use crate::{
    arguments::{Arguments, Completions},
    failure::Failure,
    output,
};

pub(crate) fn run(options: &Completions) -> Result<(), Failure> {
    let mut script = Vec::new();
    generate(
        options.shell,
        &mut Arguments::command(),
        "paysage",
        &mut script,
    );
    output::print(String::from_utf8_lossy(&script))
}
