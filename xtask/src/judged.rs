//! What every run under faults is told on the command line: which program is judged, by which seed, for how long.
//!
//! Owns these options and what follows from them. Must not know what a run does. Fails when the program cannot be built.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::Result;
use isr_testkit::rng::Rng;

use crate::program::{self, Build, Program};

/// From this length on, memory and descriptors are judged, not only told.
pub(crate) const LONG: Duration = Duration::from_secs(600);

/// Which program, by which seed.
#[derive(Debug, clap::Args)]
pub(crate) struct Judged {
    /// Repeats a run.
    #[arg(long, value_name = "S")]
    seed: Option<u64>,
    /// Judge this program instead of building one.
    #[arg(long, value_name = "FILE")]
    program: Option<PathBuf>,
}

impl Judged {
    /// The dice.
    pub(crate) fn rng(&self) -> Rng {
        self.seed
            .map_or_else(|| Rng::from_environment("XTASK_SEED"), Rng::new)
    }

    /// The program, built where none was named.
    pub(crate) fn program(&self, build: Build) -> Result<Program> {
        program::locate(self.program.as_ref(), build)
    }

    /// Whether the result is one of this source: that of a program from elsewhere is not.
    pub(crate) const fn is_of_this_source(&self) -> bool {
        self.program.is_none()
    }
}

/// For how long.
#[derive(Debug, clap::Args)]
pub(crate) struct Length {
    /// Length in minutes; judges the release build.
    #[arg(
        long,
        value_name = "N",
        required_unless_present = "seconds",
        conflicts_with = "seconds"
    )]
    minutes: Option<u64>,
    /// Length in seconds, for a smoke; judges the debug build.
    #[arg(long, value_name = "N")]
    seconds: Option<u64>,
}

impl Length {
    /// A smoke is short and judges what is built anyway.
    pub(crate) const fn build(&self) -> Build {
        match self.minutes {
            Some(_) => Build::Release,
            None => Build::Debug,
        }
    }

    /// The time of the faults.
    pub(crate) fn span(&self) -> Duration {
        Duration::from_secs(self.seconds.unwrap_or(self.minutes.unwrap_or(30) * 60))
    }
}

/// Which build, for runs that count rounds.
#[derive(Debug, clap::Args)]
pub(crate) struct Which {
    /// Judge the release build.
    #[arg(long, conflicts_with = "program")]
    release: bool,
}

impl Which {
    pub(crate) const fn build(&self) -> Build {
        if self.release {
            Build::Release
        } else {
            Build::Debug
        }
    }
}
