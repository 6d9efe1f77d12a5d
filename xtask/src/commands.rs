//! `cargo xtask commands`: rewrites docs/commands.md.
//!
//! Owns the call alone: the test that guards the page also writes it when it is told to. Fails as it does.

use anyhow::Result;

use crate::shell;

pub(crate) fn run() -> Result<()> {
    let line = "cargo test --quiet --locked -p factorio-isr --lib the_page_of_commands";
    shell::run(line, &[("UPDATE_COMMANDS", "1")])?;
    println!("docs/commands.md is up to date.");
    Ok(())
}
