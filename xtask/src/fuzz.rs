//! `cargo xtask fuzz`: every target of `fuzz/`, one after the other, with a corpus that is kept between runs.
//!
//! Owns the order and the place of the corpus (`target/fuzz-corpus/TARGET`). The targets find the faults. Fails when
//! something has to be installed first, and at the first finding.

use std::fs;

use anyhow::{Context, Result, bail, ensure};

use crate::shell;

/// Real logs: what the first run begins with.
const SEEDS: &str = "crates/factorio-log/tests/data/logs";

/// Options of `cargo xtask fuzz`.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Minutes for each target.
    #[arg(long, default_value_t = 10, value_name = "N", conflicts_with = "seconds")]
    minutes: u64,
    /// Seconds for each target, for a smoke.
    #[arg(long, value_name = "N")]
    seconds: Option<u64>,
    /// Only these targets.
    #[arg(value_name = "TARGET")]
    targets: Vec<String>,
}

pub(crate) fn run(options: &Options) -> Result<()> {
    name_what_is_missing()?;
    let seconds = options.seconds.unwrap_or(options.minutes * 60);
    let known = targets()?;
    let chosen = if options.targets.is_empty() {
        known.clone()
    } else {
        options.targets.clone()
    };
    ensure!(!chosen.is_empty(), "fuzz/Cargo.toml names no target");
    for target in &chosen {
        ensure!(
            known.contains(target),
            "there is no fuzz target {target}; there are: {}",
            known.join(", ")
        );
    }
    for target in &chosen {
        let corpus = shell::target_dir().join("fuzz-corpus").join(target);
        fs::create_dir_all(&corpus).with_context(|| format!("make {}", corpus.display()))?;
        println!(
            "\n=== fuzz target {target}: {seconds} s, corpus {}",
            corpus.display()
        );
        shell::run_words(
            &["rustup", "run", "nightly", "cargo", "fuzz", "run", target],
            [corpus.as_os_str(), SEEDS.as_ref()],
            &format!("-- -max_total_time={seconds} -max_len=65536 -timeout=10 -print_final_stats=1"),
        )
        .with_context(|| {
            format!("fuzz target {target}: the input that failed is in fuzz/artifacts/{target}")
        })?;
    }
    println!("\n{} without a finding, {seconds} s each.", chosen.join(", "));
    Ok(())
}

fn name_what_is_missing() -> Result<()> {
    let needs = [
        (
            "rustup run nightly cargo --version",
            "rustup toolchain install nightly --profile minimal",
        ),
        (
            "rustup run nightly cargo fuzz --version",
            "cargo install --locked cargo-fuzz",
        ),
    ];
    let missing: Vec<_> = needs
        .iter()
        .filter(|(probe, _)| !shell::succeeds(probe))
        .map(|(_, remedy)| *remedy)
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    bail!(
        "fuzzing needs the nightly toolchain and cargo-fuzz; install what is missing:\n  {}",
        missing.join("\n  ")
    );
}

fn targets() -> Result<Vec<String>> {
    let listed = shell::output("rustup run nightly cargo fuzz list")?;
    Ok(listed.split_whitespace().map(str::to_owned).collect())
}
