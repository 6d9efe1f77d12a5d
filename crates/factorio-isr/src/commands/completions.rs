//! `factorio-isr completions`: a completion script for a shell.

use clap::CommandFactory;
use clap_complete::Shell;

use super::Exit;
use crate::cli::Cli;

/// Prints the script.
#[must_use]
pub fn run(shell: Shell) -> Exit {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "factorio-isr", &mut script);
    super::show(&String::from_utf8_lossy(&script));
    Exit::Clean
}
