//! `paysage man`.

use std::{io, path::Path};

use clap::{Command, CommandFactory};
use paysage::data::replace_file;

use crate::{
    arguments::{Arguments, Man},
    failure::Failure,
    output,
};

pub(crate) fn run(options: &Man) -> Result<(), Failure> {
    let mut program = Arguments::command().disable_help_subcommand(true);
    program.build();
    let Some(folder) = &options.out else {
        let page = page(program).map_err(Failure::work)?;
        return output::print(String::from_utf8_lossy(&page));
    };
    let commands = program.get_subcommands().cloned();
    let mut commands = [program.clone()].into_iter().chain(commands);
    commands.try_for_each(|command| write(command, folder))
}

/// Writes the page of a command to a folder.
fn write(command: Command, folder: &Path) -> Result<(), Failure> {
    // "paysage-train" of the command "train".
    let name = command.get_display_name().unwrap_or(command.get_name());
    let path = folder.join(format!("{name}.1"));
    let written = page(command).and_then(|page| replace_file(&path, |out| out.write_all(&page)));
    written.map_err(|source| {
        Failure::work(format_args!(
            "{}: {source}: choose a folder that exists, can be written and has room",
            path.display()
        ))
    })?;
    output::written(&path)
}

fn page(command: Command) -> io::Result<Vec<u8>> {
    let mut page = Vec::new();
    clap_mangen::Man::new(command).render(&mut page)?;
    Ok(page)
}
