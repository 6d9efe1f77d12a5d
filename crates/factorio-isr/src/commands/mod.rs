//! One module a command. Each returns an [`Exit`]; printing to people happens here and nowhere below.

pub mod check;
pub mod completions;
pub mod demo;
pub mod doctor;
pub mod healthcheck;
pub mod outbox;
pub mod parse;
pub mod replay;
pub mod run;

use std::process::ExitCode;

/// How the program ends (design: 0 clean, 2 usage, 78 configuration or state refused, 1 anything else).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// All went well.
    Clean,
    /// Something failed while running.
    Failed,
    /// The command line was wrong.
    Usage,
    /// The configuration or the state folder was refused; the reasons were printed.
    Refused,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Clean => 0,
            Exit::Failed => 1,
            Exit::Usage => 2,
            Exit::Refused => 78,
        })
    }
}
