//! `cargo xtask pictures`: what Discord shows of this program, drawn from recorded payloads.
//!
//! Owns the files in `docs/pictures`: for each picture the payloads as the real program sent them (`NAME.json`, recorded
//! with `--record`) and the drawing of them (`NAME.svg`). The drawing depends on nothing but the payloads, so a test holds
//! one to the other. Fails when files cannot be read or written, or when the rehearsal fails.

mod canvas;
mod clock;
mod flow;
mod markdown;
mod message;
mod metrics;
mod steady;

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::Args;
use serde::{Deserialize, Serialize};

use crate::program::{self, Build};
use crate::rehearsal::{self, Length, Shown};
use crate::shell;

/// Options of `pictures`.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Record the payloads anew first: three minutes with the real program.
    #[arg(long)]
    record: bool,
    /// Use this program instead of building one.
    #[arg(long)]
    program: Option<PathBuf>,
}

/// One picture.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Picture {
    /// What it shows, for those who do not see it.
    pub(crate) about: String,
    /// When it is looked at, Unix seconds.
    pub(crate) now: i64,
    /// What stands in the channel.
    pub(crate) messages: Vec<Shown>,
}

fn folder() -> PathBuf {
    shell::root().join("docs/pictures")
}

/// Records, when that is wished, and draws.
pub(crate) async fn run(options: &Options) -> Result<()> {
    if options.record {
        record(options).await?;
    }
    for (path, text) in drawn()? {
        fs::write(&path, text).with_context(|| format!("write {}", path.display()))?;
        println!("drew {}", path.display());
    }
    Ok(())
}

/// Each drawing as it should be, with its place.
fn drawn() -> Result<Vec<(PathBuf, String)>> {
    let folder = folder();
    let mut names: Vec<PathBuf> = fs::read_dir(&folder)
        .with_context(|| format!("read {}", folder.display()))?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|ending| ending == "json"))
        .collect();
    names.sort();
    names
        .into_iter()
        .map(|path| {
            let text = fs::read_to_string(&path).with_context(|| format!("read {}", path.display()))?;
            let picture: Picture =
                serde_json::from_str(&text).with_context(|| format!("{} is no picture", path.display()))?;
            Ok((path.with_extension("svg"), message::draw(&picture)))
        })
        .collect()
}

async fn record(options: &Options) -> Result<()> {
    let program = program::locate(options.program.as_ref(), Build::Debug)?;
    let recording = rehearsal::play(&program.path(), Length::Full).await?;
    fs::create_dir_all(folder())?;
    for still in recording.stills {
        let picture = steady::picture(&still);
        let path = folder().join(format!("{}.json", still.name));
        let text = serde_json::to_string_pretty(&picture)? + "\n";
        fs::write(&path, text).with_context(|| format!("write {}", path.display()))?;
        println!("recorded {}", path.display());
    }
    for violation in &recording.violations {
        println!("a rule of Discord was broken: {violation}");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_picture_is_drawn_from_what_was_recorded() {
        let drawn = super::drawn().expect("the recorded payloads");
        assert!(!drawn.is_empty());
        for (path, text) in drawn {
            let there = std::fs::read_to_string(&path).unwrap_or_default();
            assert!(
                there == text,
                "{} is outdated: run `cargo xtask pictures`",
                path.display()
            );
        }
    }
}
