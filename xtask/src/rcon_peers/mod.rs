//! `cargo xtask rcon-peers`: the RCON library against servers and clients that others wrote.
//!
//! Owns which public packages are peers, at which versions, and what they have to agree on. Installs them from PyPI, npm
//! and crates.io below the target folder. Needs python3 with venv, node and npm. Fails at the first disagreement.

mod bridge;
mod clients;
mod install;
mod servers;

use anyhow::Result;

use crate::block_on;

/// Installs the peers and lets them talk.
pub(crate) fn run() -> Result<()> {
    let peers = install::install()?;
    block_on(async {
        let served = servers::check(&peers).await?;
        let asked = clients::check(&peers).await?;
        println!("\n{served} servers and {asked} clients of others agree with factorio-rcon.");
        Ok(())
    })
}
