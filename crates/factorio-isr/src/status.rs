//! What works and what does not, right now: the source of `/health`, `/ready` and the notes of `doctor`.
//!
//! Owns one small shared state that the reader, the lanes and the store's keeper write and the HTTP endpoint reads.
//! Its words hold server tags and destination labels only: never player names, paths, URLs or addresses. Must not
//! know how anything is repaired. Nothing here fails.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use isr_core::source::{ServerTag, SourceId};
use serde::Serialize;
use tokio::sync::Notify;

use crate::supervisor::Restarts;

/// A reader that has not turned for so long is stuck (a hung network file system, for example).
const READER_STUCK_AFTER: Duration = Duration::from_secs(15);

/// How one source is doing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SourceState {
    /// Not looked at yet.
    Starting,
    /// It is used when it is there, and it is not.
    NotUsed,
    /// The file is not there (yet); it is read from its beginning when it appears.
    Waiting,
    /// Its position is fixed and lines are read as they come.
    Reading,
    /// It cannot be read; the reason holds no path.
    Stuck(&'static str),
}

/// How one destination is doing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DestinationState {
    /// The last attempt went through, or none was needed yet.
    Working,
    /// Attempts fail and are repeated.
    Retrying(&'static str),
    /// No attempt until the configuration changes or an operator asks for it.
    Dead(&'static str),
    /// One attempt every quarter of an hour.
    Parked(&'static str),
}

/// Whether a game answers on RCON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GameAnswers {
    /// It does, or it is only saving.
    Yes,
    /// There is no connection.
    No,
}

/// How the store is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StoreState {
    /// Commits succeed.
    Working,
    /// The disk is full: reading is paused, the log itself is the buffer.
    DiskFull,
    /// The outbox is at its cap: reading is paused.
    OutboxFull,
    /// Commits fail for another reason.
    Failing,
}

#[derive(Debug, Default)]
struct Parts {
    sources: BTreeMap<SourceId, SourceState>,
    destinations: BTreeMap<String, DestinationState>,
    /// Servers whose RCON is required and does not work.
    silent_games: BTreeSet<ServerTag>,
    store: Option<StoreState>,
    store_damage: bool,
    /// What is wrong with the bot.
    bot: Option<String>,
    /// Problems of a changed configuration that is not used because of them.
    refused_problems: usize,
}

/// The shared state; clones are handles on the same one.
#[derive(Debug, Clone)]
pub struct Status {
    parts: Arc<Mutex<Parts>>,
    restarts: Restarts,
    epoch: Instant,
    reader_beat_ms: Arc<AtomicU64>,
    /// Rung when a destination gets into trouble.
    trouble: Arc<Notify>,
}

/// The verdict of `/health`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Some log that exists does not have its position yet.
    Starting,
    /// Everything works.
    Healthy,
    /// Something named does not; the rest does.
    Degraded,
    /// Nothing can be relayed.
    Unhealthy,
}

/// One thing that does not work.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Trouble {
    /// The server concerned.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub server: Option<String>,
    /// The destination concerned, by its configured label.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub destination: Option<String>,
    /// What is wrong, in a few words.
    pub reason: String,
}

/// The body of `/health`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HealthReport {
    /// The verdict.
    pub status: Verdict,
    /// Always `factorio-isr`.
    pub service: &'static str,
    /// The program's version.
    pub version: &'static str,
    /// What does not work; empty when healthy.
    pub troubles: Vec<Trouble>,
}

impl Status {
    /// A state in which the given sources are still to be looked at.
    #[must_use]
    pub fn new(sources: impl IntoIterator<Item = SourceId>, restarts: Restarts) -> Self {
        let sources = sources
            .into_iter()
            .map(|id| (id, SourceState::Starting))
            .collect();
        Self {
            parts: Arc::new(Mutex::new(Parts {
                sources,
                ..Parts::default()
            })),
            restarts,
            epoch: Instant::now(),
            reader_beat_ms: Arc::new(AtomicU64::new(0)),
            trouble: Arc::default(),
        }
    }

    fn parts(&self) -> MutexGuard<'_, Parts> {
        self.parts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes that the reader is turning.
    pub fn reader_beat(&self) {
        self.reader_beat_ms.store(self.elapsed_ms(), Ordering::Relaxed);
    }

    fn elapsed_ms(&self) -> u64 {
        u64::try_from(self.epoch.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    fn reader_silent_for(&self) -> Duration {
        Duration::from_millis(
            self.elapsed_ms()
                .saturating_sub(self.reader_beat_ms.load(Ordering::Relaxed)),
        )
    }

    /// Sets the state of a source; tells whether that changed anything.
    pub fn set_source(&self, id: &SourceId, state: SourceState) -> bool {
        let mut parts = self.parts();
        match parts.sources.get_mut(id) {
            Some(known) if *known == state => false,
            Some(known) => {
                *known = state;
                true
            }
            None => parts.sources.insert(id.clone(), state).is_none(),
        }
    }

    /// Sets the state of a destination; tells whether that changed anything.
    pub fn set_destination(&self, label: &str, state: DestinationState) -> bool {
        let mut parts = self.parts();
        if parts.destinations.get(label) == Some(&state) {
            return false;
        }
        let is_trouble = state != DestinationState::Working;
        parts.destinations.insert(label.to_owned(), state);
        drop(parts);
        if is_trouble {
            self.trouble.notify_one();
        }
        true
    }

    /// Waits until a destination is in trouble; returns at once while one is. For one waiting task.
    pub async fn destination_trouble(&self) {
        while !self.has_destination_trouble() {
            self.trouble.notified().await;
        }
    }

    /// A destination has no lane any more.
    pub fn forget_destination(&self, label: &str) {
        self.parts().destinations.remove(label);
    }

    /// A source is no longer read.
    pub fn forget_source(&self, id: &SourceId) {
        self.parts().sources.remove(id);
    }

    /// Notes whether a game whose RCON is required answers there.
    pub fn set_game(&self, server: &ServerTag, answers: GameAnswers) {
        let mut parts = self.parts();
        match answers {
            GameAnswers::Yes => drop(parts.silent_games.remove(server)),
            GameAnswers::No => drop(parts.silent_games.insert(server.clone())),
        }
    }

    /// A game is no longer followed.
    pub fn forget_game(&self, server: &ServerTag) {
        self.parts().silent_games.remove(server);
    }

    /// Notes what is wrong with the bot, with what to do about it; nothing, when it works or there is none.
    pub fn set_bot(&self, trouble: Option<String>) {
        self.parts().bot = trouble;
    }

    /// Notes how many problems refuse the newest configuration, or that it is accepted.
    pub fn set_refused_problems(&self, problems: usize) {
        self.parts().refused_problems = problems;
    }

    /// The state of a destination, once it is known.
    #[must_use]
    pub fn destination(&self, label: &str) -> Option<DestinationState> {
        self.parts().destinations.get(label).cloned()
    }

    /// Whether any destination does not work.
    #[must_use]
    pub fn has_destination_trouble(&self) -> bool {
        self.parts()
            .destinations
            .values()
            .any(|state| *state != DestinationState::Working)
    }

    /// Sets the state of the store; tells whether that changed anything.
    pub fn set_store(&self, state: StoreState) -> bool {
        self.parts().store.replace(state) != Some(state)
    }

    /// Notes that damage was found in the store (`quick_check` after the start).
    pub fn set_store_damage(&self) {
        self.parts().store_damage = true;
    }

    /// Whether every log that exists has its position fixed.
    #[must_use]
    pub fn is_started(&self) -> bool {
        !self
            .parts()
            .sources
            .values()
            .any(|state| *state == SourceState::Starting)
    }

    /// How many panicked tasks were started again.
    #[must_use]
    pub fn restarts_total(&self) -> u64 {
        self.restarts.snapshot().values().map(|count| count.total).sum()
    }

    /// The verdict and what led to it.
    #[must_use]
    pub fn health(&self) -> HealthReport {
        let silent_for = self.reader_silent_for();
        let parts = self.parts();
        let mut troubles = source_troubles(&parts, silent_for);
        troubles.extend(destination_troubles(&parts));
        troubles.extend(game_troubles(&parts));
        troubles.extend(parts.bot.iter().map(|reason| Trouble {
            server: None,
            destination: None,
            reason: reason.clone(),
        }));
        troubles.extend(store_troubles(&parts));
        troubles.extend(refused_trouble(&parts));
        for task in self.restarts.degraded() {
            troubles.push(Trouble {
                server: None,
                destination: None,
                reason: format!("task {task} fails again and again"),
            });
        }
        let is_starting = parts
            .sources
            .values()
            .any(|state| *state == SourceState::Starting);
        let status = if nothing_can_be_relayed(&parts, silent_for) {
            Verdict::Unhealthy
        } else if is_starting {
            Verdict::Starting
        } else if troubles.is_empty() {
            Verdict::Healthy
        } else {
            Verdict::Degraded
        };
        HealthReport {
            status,
            service: "factorio-isr",
            version: env!("CARGO_PKG_VERSION"),
            troubles,
        }
    }
}

fn nothing_can_be_relayed(parts: &Parts, reader_silent_for: Duration) -> bool {
    let mut used = parts
        .sources
        .values()
        .filter(|state| **state != SourceState::NotUsed)
        .peekable();
    let all_stuck = used.peek().is_some() && used.all(|state| matches!(state, SourceState::Stuck(_)));
    let all_dead = !parts.destinations.is_empty()
        && parts
            .destinations
            .values()
            .all(|state| matches!(state, DestinationState::Dead(_)));
    // A damaged store answers nothing any more: a restart is what helps.
    let store_down = parts.store_damage || parts.store.is_some_and(|state| state != StoreState::Working);
    all_stuck || all_dead || store_down || reader_silent_for >= READER_STUCK_AFTER
}

fn source_troubles(parts: &Parts, reader_silent_for: Duration) -> Vec<Trouble> {
    let trouble = |server: &ServerTag, reason: &str| Trouble {
        server: Some(server.to_string()),
        destination: None,
        reason: reason.to_owned(),
    };
    let mut troubles: Vec<Trouble> = parts
        .sources
        .iter()
        .filter_map(|(id, state)| match state {
            SourceState::Starting => Some(trouble(&id.server, "starting")),
            SourceState::Waiting => Some(trouble(&id.server, "waiting for its log file")),
            SourceState::Stuck(reason) => Some(trouble(&id.server, reason)),
            SourceState::Reading | SourceState::NotUsed => None,
        })
        .collect();
    if reader_silent_for >= READER_STUCK_AFTER {
        let reason = format!(
            "the log reader has been stuck for {} s",
            reader_silent_for.as_secs()
        );
        troubles.push(Trouble {
            server: None,
            destination: None,
            reason,
        });
    }
    troubles
}

fn destination_troubles(parts: &Parts) -> Vec<Trouble> {
    let trouble = |label: &str, reason: &str| Trouble {
        server: None,
        destination: Some(label.to_owned()),
        reason: reason.to_owned(),
    };
    parts
        .destinations
        .iter()
        .filter_map(|(label, state)| match state {
            DestinationState::Working => None,
            DestinationState::Retrying(reason)
            | DestinationState::Dead(reason)
            | DestinationState::Parked(reason) => Some(trouble(label, reason)),
        })
        .collect()
}

fn game_troubles(parts: &Parts) -> impl Iterator<Item = Trouble> {
    parts.silent_games.iter().map(|server| Trouble {
        server: Some(server.to_string()),
        destination: None,
        reason: "RCON does not answer".to_owned(),
    })
}

fn store_troubles(parts: &Parts) -> Vec<Trouble> {
    let mut reasons = Vec::new();
    match parts.store {
        Some(StoreState::DiskFull) => reasons.push("the disk of the state folder is full: reading is paused"),
        Some(StoreState::OutboxFull) => reasons.push("the outbox is at its cap: reading is paused"),
        Some(StoreState::Failing) => reasons.push("the store cannot write: reading is paused"),
        Some(StoreState::Working) | None => {}
    }
    if parts.store_damage {
        reasons.push("the store is damaged: restart to set it aside");
    }
    reasons
        .into_iter()
        .map(|reason| Trouble {
            server: None,
            destination: None,
            reason: reason.to_owned(),
        })
        .collect()
}

fn refused_trouble(parts: &Parts) -> Option<Trouble> {
    let problems = match parts.refused_problems {
        0 => return None,
        1 => "1 problem".to_owned(),
        more => format!("{more} problems"),
    };
    Some(Trouble {
        server: None,
        destination: None,
        reason: format!(
            "config_refused: the changed configuration is not used ({problems}); run factorio-isr check"
        ),
    })
}

#[cfg(test)]
mod tests {
    use isr_core::source::Stream;

    use super::*;

    fn id(tag: &str) -> SourceId {
        SourceId {
            server: ServerTag::parse(tag).unwrap(),
            stream: Stream::Console,
        }
    }

    #[test]
    fn it_is_starting_until_every_source_was_looked_at() {
        let status = Status::new([id("a"), id("b")], Restarts::default());
        assert_eq!(status.health().status, Verdict::Starting);
        status.set_source(&id("a"), SourceState::Reading);
        assert_eq!(status.health().status, Verdict::Starting);
        status.set_source(&id("b"), SourceState::Waiting);
        assert_eq!(status.health().status, Verdict::Degraded);
        status.set_source(&id("b"), SourceState::Reading);
        assert_eq!(status.health().status, Verdict::Healthy);
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_waits_for_trouble_is_woken_by_nothing_else() {
        let status = Status::new([id("a")], Restarts::default());
        let day = Duration::from_secs(24 * 3600);
        status.set_destination("default", DestinationState::Working);
        let waited = tokio::time::timeout(day, status.destination_trouble()).await;
        assert!(waited.is_err());
        status.set_destination("default", DestinationState::Dead("webhook deleted"));
        status.destination_trouble().await;
        status.destination_trouble().await;
        status.set_destination("default", DestinationState::Working);
        let waited = tokio::time::timeout(day, status.destination_trouble()).await;
        assert!(waited.is_err(), "the trouble is over");
    }

    #[test]
    fn g8_one_bad_server_or_destination_degrades_and_only_all_of_them_make_it_unhealthy() {
        let status = Status::new([id("a"), id("b")], Restarts::default());
        status.set_source(&id("a"), SourceState::Stuck("its log is a folder"));
        status.set_source(&id("b"), SourceState::Reading);
        status.set_destination("default", DestinationState::Dead("webhook deleted"));
        status.set_destination("admins", DestinationState::Working);
        let report = status.health();
        assert_eq!(report.status, Verdict::Degraded);
        assert_eq!(report.troubles.len(), 2);

        status.set_destination("admins", DestinationState::Dead("webhook deleted"));
        assert_eq!(status.health().status, Verdict::Unhealthy);
        status.set_destination("admins", DestinationState::Working);
        status.set_source(&id("b"), SourceState::Stuck("permission denied"));
        assert_eq!(status.health().status, Verdict::Unhealthy);
    }

    #[test]
    fn r01_required_rcon_that_does_not_answer_degrades_and_never_more() {
        let status = Status::new([id("a")], Restarts::default());
        status.set_source(&id("a"), SourceState::Reading);
        let tag = ServerTag::parse("a").unwrap();
        status.set_game(&tag, GameAnswers::No);
        let report = status.health();
        assert_eq!(report.status, Verdict::Degraded);
        assert_eq!(report.troubles[0].server.as_deref(), Some("a"));
        status.set_game(&tag, GameAnswers::Yes);
        assert_eq!(status.health().status, Verdict::Healthy);
        status.set_game(&tag, GameAnswers::No);
        status.forget_game(&tag);
        assert_eq!(status.health().status, Verdict::Healthy);
    }

    #[test]
    fn s10_a_start_on_a_full_outbox_is_unhealthy_and_not_starting_for_ever() {
        let status = Status::new([id("a")], Restarts::default());
        status.set_store(StoreState::OutboxFull);
        assert_eq!(status.health().status, Verdict::Unhealthy);
        status.set_store(StoreState::Working);
        assert_eq!(status.health().status, Verdict::Starting);
    }

    #[test]
    fn s06_damage_found_while_running_is_unhealthy_also_while_no_line_comes() {
        let status = Status::new([id("a")], Restarts::default());
        status.set_source(&id("a"), SourceState::Reading);
        status.set_store_damage();
        assert_eq!(status.health().status, Verdict::Unhealthy);
    }

    #[test]
    fn s04_a_full_disk_is_unhealthy_and_recovers() {
        let status = Status::new([id("a")], Restarts::default());
        status.set_source(&id("a"), SourceState::Reading);
        assert!(status.set_store(StoreState::DiskFull));
        assert_eq!(status.health().status, Verdict::Unhealthy);
        assert!(status.set_store(StoreState::Working));
        assert_eq!(status.health().status, Verdict::Healthy);
    }
}
