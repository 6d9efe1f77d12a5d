//! The figures of one game, for `/metrics`.
//!
//! Owns which of them are told and when they go: a figure that is not known is not there, it is never zero in its place.
//! Labels are the server's tag, and the names of at most [`MOST_SURFACES`] surfaces. Cannot fail.

use factorio_rcon::session::Counts;
use isr_core::game::{GameState, Link, Snapshot};
use isr_core::source::ServerTag;

use super::probes::{Outcome, Question};
use crate::metrics::{AskedLabels, Metrics, ServerLabel, SurfaceLabels, VersionLabels};

/// Surfaces of which the evolution is told: players can make any number of platforms, but those have no enemies.
const MOST_SURFACES: usize = 32;
/// Longer names of surfaces are cut.
const LONGEST_NAME: usize = 64;

/// Where the figures of one game are told. When it is dropped, they go.
#[derive(Debug)]
pub(super) struct Figures {
    metrics: Metrics,
    label: ServerLabel,
    has_rcon: bool,
    told: std::sync::Mutex<Told>,
}

/// What was told last, so that it can be taken back.
#[derive(Debug, Default)]
struct Told {
    surfaces: Vec<SurfaceLabels>,
    version: Option<VersionLabels>,
    counts: Counts,
}

impl Figures {
    pub(super) fn new(tag: &ServerTag, has_rcon: bool, metrics: Metrics) -> Self {
        Self {
            metrics,
            label: ServerLabel {
                server: tag.to_string(),
            },
            has_rcon,
            told: std::sync::Mutex::default(),
        }
    }

    /// Tells what is known now.
    pub(super) fn tell(&self, snapshot: &Snapshot) {
        if !self.has_rcon {
            return;
        }
        let games = &self.metrics.games;
        let is_up = matches!(snapshot.link, Link::Up { .. } | Link::Silent { .. });
        games.up.get_or_create(&self.label).set(i64::from(is_up));
        let players = snapshot.players.as_ref().map(|players| players.online.len());
        self.whole(
            &games.players_online,
            players.and_then(|count| i64::try_from(count).ok()),
        );
        let ups = snapshot.pace.ups();
        self.real(&games.ups, ups.map(|ups| ups.value));
        self.real(&games.ups_precision, ups.map(|ups| ups.plus_minus));
        let played = snapshot.game_time.map(|time| time.played.as_secs_f64());
        self.real(&games.game_time, played);
        let paused = match snapshot.game {
            GameState::Unknown => None,
            GameState::Paused | GameState::AutoPaused => Some(1),
            GameState::Running | GameState::Saving { .. } | GameState::Down { .. } => Some(0),
        };
        self.whole(&games.paused, paused);
        let saved = snapshot.last_save.map(|save| save.at_ms as f64 / 1_000.0);
        self.real(&games.last_save, saved);
        self.evolution(snapshot);
        self.version(snapshot);
    }

    /// Tells what the session has counted.
    pub(super) fn count(&self, counts: Counts) {
        let mut told = self
            .told
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        let before = std::mem::replace(&mut told.counts, counts);
        let links = &self.metrics.links;
        for (family, now, before) in [
            (&links.attempts, counts.attempts, before.attempts),
            (&links.logins, counts.logins, before.logins),
            (&links.sent, counts.sent, before.sent),
            (&links.answered, counts.answered, before.answered),
            (&links.stray, counts.stray, before.stray),
            (&links.late, counts.late, before.late),
        ] {
            family
                .get_or_create(&self.label)
                .inc_by(now.saturating_sub(before));
        }
    }

    /// Counts what came of a question.
    pub(super) fn asked(&self, question: Question, outcome: Outcome) {
        let links = &self.metrics.links;
        match outcome {
            Outcome::Answered(took) => links.reply_seconds.observe(took.as_secs_f64()),
            Outcome::NotUnderstood => {
                let label = AskedLabels {
                    server: self.label.server.clone(),
                    command: question.as_str(),
                };
                links.not_understood.get_or_create(&label).inc();
            }
            Outcome::NoAnswer => {}
        }
    }

    fn whole(&self, family: &crate::metrics::WholeByServer, value: Option<i64>) {
        match value {
            Some(value) => drop(family.get_or_create(&self.label).set(value)),
            None => drop(family.remove(&self.label)),
        }
    }

    fn real(&self, family: &crate::metrics::RealByServer, value: Option<f64>) {
        match value {
            Some(value) => drop(family.get_or_create(&self.label).set(value)),
            None => drop(family.remove(&self.label)),
        }
    }

    fn evolution(&self, snapshot: &Snapshot) {
        let family = &self.metrics.games.evolution;
        let known = snapshot.evolution.iter().flatten().take(MOST_SURFACES);
        let now: Vec<(SurfaceLabels, f64)> = known
            .map(|surface| {
                let name = surface.name.as_deref().unwrap_or("all");
                let label = SurfaceLabels {
                    server: self.label.server.clone(),
                    surface: name.chars().take(LONGEST_NAME).collect(),
                };
                (label, surface.evolution)
            })
            .collect();
        let mut told = self
            .told
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        for gone in told
            .surfaces
            .iter()
            .filter(|label| !now.iter().any(|(known, _)| known == *label))
        {
            family.remove(gone);
        }
        for (label, evolution) in &now {
            family.get_or_create(label).set(*evolution);
        }
        told.surfaces = now.into_iter().map(|(label, _)| label).collect();
    }

    fn version(&self, snapshot: &Snapshot) {
        let family = &self.metrics.games.info;
        let now = snapshot.version.as_ref().map(|version| VersionLabels {
            server: self.label.server.clone(),
            version: version.clone(),
        });
        let mut told = self
            .told
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        if told.version == now {
            return;
        }
        if let Some(before) = told.version.take() {
            family.remove(&before);
        }
        if let Some(label) = &now {
            family.get_or_create(label).set(1);
        }
        told.version = now;
    }
}

impl Drop for Figures {
    fn drop(&mut self) {
        self.tell(&Snapshot::default());
        self.metrics.games.up.remove(&self.label);
    }
}
