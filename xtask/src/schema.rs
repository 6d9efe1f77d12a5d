//! `cargo xtask schema`: rewrites the JSON Schema of the configuration file.
//!
//! Owns the call alone: the test that guards the committed schema also writes it when it is told to. Fails as it does.

use anyhow::Result;

use crate::shell;

pub(crate) fn run() -> Result<()> {
    let line = "cargo test --quiet --locked -p factorio-isr --lib --features schema schema";
    shell::run(line, &[("UPDATE_SCHEMA", "1")])?;
    println!("docs/factorio-isr.schema.json is up to date.");
    Ok(())
}
