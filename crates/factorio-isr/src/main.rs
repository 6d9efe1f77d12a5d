//! The binary: command line, configuration, one command, one exit code.

use std::process::ExitCode;

use clap::Parser;
use factorio_isr::cli::Cli;
use factorio_isr::commands::{self, Exit};

fn main() -> ExitCode {
    match commands::dispatch(Cli::parse()) {
        Ok(exit) => exit.into(),
        Err(error) => {
            commands::complain(&error);
            Exit::Failed.into()
        }
    }
}
