//! The figures of one game, for `/metrics`.
//!
//! Owns which of them are told and when they go: a figure that is not known is not there, it is never zero in its place.
//! Labels are the server's tag, and the names of at most [`MOST_SURFACES`] surfaces and [`MOST_MADE`] things that are made.
//! Cannot fail.

use std::collections::BTreeMap;
use std::sync::atomic::AtomicU64;

use factorio_rcon::session::Counts;
use isr_core::game::{GameState, Link, Matter, Snapshot};
use isr_core::source::ServerTag;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;

use super::probes::Outcome;
use super::turns::Question;
use crate::metrics::{AskedLabels, Metrics, ProductionLabels, ServerLabel, SurfaceLabels, VersionLabels};

/// Surfaces of which the evolution is told: players can make any number of platforms, but those have no enemies.
const MOST_SURFACES: usize = 32;
/// Things of which the production is told: those that are made most.
const MOST_MADE: usize = 24;
/// Longer names are cut.
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
    made: Vec<ProductionLabels>,
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
        self.exact(snapshot);
        self.version(snapshot);
    }

    /// Tells what the session has counted.
    pub(super) fn count(&self, counts: Counts) {
        let mut told = self.told();
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
            Outcome::OnlyWarned | Outcome::NoAnswer => {}
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
                    surface: shortened(name),
                };
                (label, surface.evolution)
            })
            .collect();
        replace(family, &mut self.told().surfaces, now);
    }

    /// What Lua told, where it did.
    fn exact(&self, snapshot: &Snapshot) {
        let games = &self.metrics.games;
        let exact = snapshot.exact.as_deref();
        let research = exact.and_then(|exact| exact.research.as_ref().ok()?.as_ref());
        self.real(&games.research_progress, research.map(|now| now.progress));
        let platforms = exact.and_then(|exact| exact.platforms.as_ref().ok());
        self.whole(&games.platforms, platforms.map(|all| i64::from(all.count)));
        let rockets = exact.and_then(|exact| i64::try_from(*exact.rockets.as_ref().ok()?).ok());
        self.whole(&games.rockets, rockets);
        let mut sums: BTreeMap<(Matter, &str), f64> = BTreeMap::new();
        for made in exact
            .iter()
            .filter_map(|exact| exact.production.as_ref().ok())
            .flatten()
        {
            *sums.entry((made.matter, &made.name)).or_default() += made.made;
        }
        let mut most: Vec<_> = sums.into_iter().collect();
        most.sort_by(|(_, one), (_, other)| other.total_cmp(one));
        let now = most.into_iter().take(MOST_MADE).map(|((matter, name), made)| {
            let label = ProductionLabels {
                server: self.label.server.clone(),
                kind: match matter {
                    Matter::Item => "item",
                    Matter::Fluid => "fluid",
                },
                name: shortened(name),
            };
            (label, made)
        });
        replace(&games.production, &mut self.told().made, now.collect());
    }

    fn told(&self) -> std::sync::MutexGuard<'_, Told> {
        self.told
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    fn version(&self, snapshot: &Snapshot) {
        let family = &self.metrics.games.info;
        let now = snapshot.version.as_ref().map(|version| VersionLabels {
            server: self.label.server.clone(),
            version: version.clone(),
        });
        let mut told = self.told();
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

/// Tells these figures, and takes those back that were told before and are no more.
fn replace<L>(family: &Family<L, Gauge<f64, AtomicU64>>, told: &mut Vec<L>, now: Vec<(L, f64)>)
where
    L: Clone + std::hash::Hash + Eq,
{
    for gone in told
        .iter()
        .filter(|label| !now.iter().any(|(known, _)| known == *label))
    {
        family.remove(gone);
    }
    for (label, value) in &now {
        family.get_or_create(label).set(*value);
    }
    *told = now.into_iter().map(|(label, _)| label).collect();
}

fn shortened(name: &str) -> String {
    name.chars().take(LONGEST_NAME).collect()
}
