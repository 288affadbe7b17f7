//! The options of `paysage completions` and `paysage man`.

use std::path::PathBuf;

use clap::Args;
use clap_complete::Shell;

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  paysage completions bash > ~/.local/share/bash-completion/completions/paysage
  paysage completions fish > ~/.config/fish/completions/paysage.fish
  paysage completions zsh > ~/.zfunc/_paysage    (with `fpath+=~/.zfunc` before `compinit` in ~/.zshrc)")]
pub(crate) struct Completions {
    /// Shell
    #[arg(value_name = "SHELL", value_enum)]
    pub(crate) shell: Shell,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  paysage man | man -l -
  paysage man --out ~/.local/share/man/man1

The folder gets paysage.1 and a page for each command: paysage-train.1 and so on.")]
pub(crate) struct Man {
    /// Folder of the pages of all commands [default: the page of the program, on the standard output]
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
}
