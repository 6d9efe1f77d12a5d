//! The program under test: builds it and says where it lies.
//!
//! Owns the two builds that are measured and judged. Must not know what is done with them. Fails when the build fails.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use tempfile::TempDir;

use crate::shell;

/// Which build of the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Build {
    /// Quick to make; for smokes.
    Debug,
    /// What is shipped; for figures and long runs.
    Release,
}

impl Build {
    /// Its name, as cargo names the folder.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Debug => "debug",
            Self::Release => "release",
        }
    }
}

/// A copy of the program: a build that goes on beside a long run must not change what is judged.
#[derive(Debug)]
pub(crate) struct Program {
    folder: TempDir,
}

impl Program {
    /// Where it lies, for as long as this lives.
    pub(crate) fn path(&self) -> PathBuf {
        self.folder.path().join("factorio-isr")
    }

    fn copy_of(built: &Path) -> Result<Self> {
        let program = Self {
            folder: tempfile::Builder::new().prefix("isr-program-").tempdir()?,
        };
        fs::copy(built, program.path()).with_context(|| format!("copy {}", built.display()))?;
        Ok(program)
    }
}

/// The given program, or the build that is wanted, made now.
pub(crate) fn locate(given: Option<&PathBuf>, build: Build) -> Result<Program> {
    if let Some(program) = given {
        ensure!(
            program.is_file(),
            "{} is not a file: name a built factorio-isr",
            program.display()
        );
        return Program::copy_of(program);
    }
    match build {
        Build::Debug => shell::run("cargo build --locked --quiet -p factorio-isr", &[])?,
        Build::Release => shell::run("cargo build --locked --quiet --release -p factorio-isr", &[])?,
    }
    Program::copy_of(&shell::target_dir().join(build.name()).join("factorio-isr"))
}
