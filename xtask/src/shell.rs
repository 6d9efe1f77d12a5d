//! Runs other programs with their output passed through, and names what failed.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

/// The workspace's folder.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .map_or_else(|| PathBuf::from("."), Path::to_path_buf)
}

/// Where cargo puts what it builds.
pub(crate) fn target_dir() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), |folder| root().join(folder))
}

/// Runs a command line in the workspace's folder.
pub(crate) fn run(line: &str, variables: &[(&str, &str)]) -> Result<()> {
    finish(command(line)?.envs(variables.iter().copied()), line)
}

/// Runs `before`, then words that may hold blanks, then the words of `after`, in the workspace's folder.
pub(crate) fn run_words<'a>(
    before: &[&str],
    between: impl IntoIterator<Item = &'a OsStr>,
    after: &str,
) -> Result<()> {
    let mut command = command(&before.join(" "))?;
    finish(
        command.args(between).args(after.split_whitespace()),
        &before.join(" "),
    )
}

/// Runs a command line in the workspace's folder and gives what it wrote to standard output.
pub(crate) fn output(line: &str) -> Result<String> {
    let output = command(line)?
        .stderr(Stdio::inherit())
        .output()
        .with_context(|| not_started(line))?;
    if !output.status.success() {
        bail!("`{line}` failed ({})", output.status);
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Whether a command line runs and succeeds, its output hidden.
pub(crate) fn succeeds(line: &str) -> bool {
    let Ok(mut command) = command(line) else {
        return false;
    };
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

fn command(line: &str) -> Result<Command> {
    let mut words = line.split_whitespace();
    let mut command = Command::new(words.next().context("an empty command line")?);
    command.args(words).current_dir(root());
    Ok(command)
}

fn finish(command: &mut Command, line: &str) -> Result<()> {
    let status = command.status().with_context(|| not_started(line))?;
    if !status.success() {
        bail!("`{line}` failed ({status})");
    }
    Ok(())
}

fn not_started(line: &str) -> String {
    format!(
        "`{}` could not be started: is it installed?",
        line.split_whitespace().next().unwrap_or_default()
    )
}
