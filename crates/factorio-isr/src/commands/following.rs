//! What `run` does with a configuration that was loaded anew: accept it, or say why not.
//!
//! Owns the words about it and what was in use before. Must not know files or how the relay goes on. A refused
//! configuration changes nothing: the one in use stays, and `/health` says so until the files are mended.

use std::path::PathBuf;
use std::time::Instant;

use crate::config::{Config, Loaded, Refused};
use crate::metrics::ReloadLabel;
use crate::relay::Relay;
use crate::reload::{ReloadTold, ReloadWish, Reloaded, difference, waits_for_start};

/// At most so many files are named in one line of the log.
const MOST_FILES: usize = 10;

/// The configuration in use, and the one of the start.
pub(super) struct Following {
    started: Config,
    current: Loaded,
    /// Who waits to hear what came of loading it anew.
    asking: Vec<ReloadWish>,
}

impl Following {
    /// Nothing has changed since the start.
    pub(super) fn new(loaded: Loaded) -> Self {
        Self {
            started: loaded.config.clone(),
            current: loaded,
            asking: Vec::new(),
        }
    }

    /// The configuration in use.
    pub(super) const fn config(&self) -> &Config {
        &self.current.config
    }

    /// Somebody waits for what comes of loading the configuration anew.
    pub(super) fn asked(&mut self, wish: ReloadWish) {
        self.asking.retain(|wish| !wish.answer.is_closed());
        self.asking.push(wish);
    }

    /// Puts an accepted configuration to use; reports a refused one.
    pub(super) fn heed(&mut self, reloaded: Reloaded, relay: &mut Relay) {
        let files = named(&reloaded.changed);
        let problems = reloaded
            .outcome
            .as_ref()
            .err()
            .map_or(0, |refused| refused.problems.len());
        relay.status().set_refused_problems(problems);
        let metrics = relay.metrics();
        metrics
            .config_problems
            .set(i64::try_from(problems).unwrap_or(i64::MAX));
        let outcome = if problems == 0 { "accepted" } else { "refused" };
        metrics
            .config_reloads
            .get_or_create(&ReloadLabel { outcome })
            .inc();
        let begun = reloaded.begun;
        let told = match reloaded.outcome {
            Ok(loaded) => self.accept(loaded, &files, begun, relay),
            Err(refused) => {
                refuse(&refused, &files);
                ReloadTold::Refused { problems }
            }
        };
        // What was read before somebody asked may be what they mended since.
        for wish in self.asking.extract_if(.., |wish| wish.asked <= begun) {
            let _nobody_waits = wish.answer.send(told.clone());
        }
    }

    fn accept(&mut self, loaded: Loaded, files: &str, begun: Instant, relay: &mut Relay) -> ReloadTold {
        let changed = difference(&self.current, &loaded);
        let changes = changed.to_string();
        relay.reload(&loaded.config);
        let took_ms = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        tracing::info!(files, changes, took_ms, "config_reloaded");
        let waiting = waits_for_start(&self.started, &loaded.config);
        if !waiting.is_empty() {
            let settings = waiting.join(", ");
            tracing::warn!(settings, "config_waits: these take effect at the next start");
        }
        for note in loaded
            .notes
            .iter()
            .filter(|note| !self.current.notes.contains(note))
        {
            tracing::warn!(note = %note, "configuration_note");
        }
        self.current = loaded;
        ReloadTold::Accepted {
            changed: changed.names(),
            waiting,
        }
    }
}

fn refuse(refused: &Refused, files: &str) {
    tracing::error!(
        files,
        problems = refused.problems.len(),
        "config_refused: the configuration in use stays"
    );
    for problem in &refused.problems {
        tracing::error!(problem = %problem, "config_problem");
    }
}

fn named(changed: &[PathBuf]) -> String {
    let mut names: Vec<String> = changed
        .iter()
        .take(MOST_FILES)
        .map(|path| path.display().to_string())
        .collect();
    if changed.len() > MOST_FILES {
        names.push(format!("and {} more", changed.len() - MOST_FILES));
    }
    names.join(", ")
}
