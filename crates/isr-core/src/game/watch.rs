//! Gathers what RCON answers and what the log tells into one picture.
//!
//! Owns what follows from what: since when somebody is there, what the game does, what is not known any more. Must not
//! know connections or files. Cannot fail.

mod attendance;
mod known;
mod signs;

use std::sync::Arc;
use std::time::Duration;

use super::restarts::Restarts;
use super::snapshot::{End, GameState, GameTime, LastSave, Link, LinkDown, Snapshot, WhyDown};
use super::ups::{self, Company, Meter, Pace, TickAnswer};
use super::{Exact, Mono, Now, Sample, Unread};
use attendance::{Attendance, Connection};
pub use signs::{LinkChange, LogSign};

/// A save that nobody ended is forgotten after so long.
const LONGEST_SAVE: Duration = Duration::from_secs(600);
/// What the log tells is told in whole seconds and read a moment later. What is older by more, and older than the game's
/// last answer, is of no run that ends or begins now.
const READ_LATE_MS: i64 = 10_000;
/// A game that ends may still answer what it was asked just before.
const LAST_WORDS: Duration = Duration::from_secs(5);
/// A save's end is taken for now if its line is no older.
const SAVE_READ_LATE: Duration = Duration::from_secs(2);

/// What is watched, and how.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct WatchOptions {
    /// How the pace is measured.
    pub ups: ups::Options,
    /// When the server is restarted, as far as that is planned.
    pub restarts: Restarts,
}

/// What the log told of the present run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Run {
    Unknown,
    Begun,
    Ended(Ended),
    /// The log says so, but the game has answered since, and the connection stands: an old line, a slow clock, or a game that
    /// is about to go.
    Doubted(Ended),
}

/// The end of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Ended {
    at_ms: i64,
    end: End,
    told: Mono,
}

/// How far a connection has come that is not [`Link::Up`] yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Login {
    Awaited,
    /// It was taken. Some servers take each login and never answer.
    Unproven,
}

/// A save that has begun.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Saving {
    since_ms: i64,
    told: Mono,
}

/// What is known of one server, growing.
#[derive(Debug, Clone, PartialEq)]
pub struct Watch {
    options: WatchOptions,
    link: Link,
    login: Login,
    /// Since when an answer is overdue.
    silent: Option<Mono>,
    /// When the game answered last, Unix milliseconds.
    answered_ms: Option<i64>,
    /// Since when the connection stands that stands now.
    up_since_ms: Option<i64>,
    /// When the connection that is being restored was lost.
    lost: Option<(i64, Mono)>,
    attendance: Attendance,
    meter: Meter,
    known: Snapshot,
    run: Run,
    saving: Option<Saving>,
}

impl Watch {
    /// A server of which nothing is known yet.
    #[must_use]
    pub fn new(options: WatchOptions) -> Self {
        Self {
            meter: Meter::new(options.ups),
            options,
            link: Link::None,
            login: Login::Awaited,
            silent: None,
            answered_ms: None,
            up_since_ms: None,
            lost: None,
            attendance: Attendance::default(),
            known: Snapshot::default(),
            run: Run::Unknown,
            saving: None,
        }
    }

    /// Goes by these options from now on, as after a reload.
    pub fn follow(&mut self, options: WatchOptions) {
        if options.ups != self.options.ups {
            self.meter = Meter::new(options.ups);
        }
        self.options = options;
    }

    /// Learns of a change of the connection.
    pub fn link(&mut self, change: LinkChange, now: Now) {
        let now_ms = now.unix_ms;
        if !matches!(change, LinkChange::Up | LinkChange::Silent) {
            self.login = Login::Awaited;
        }
        self.link = match change {
            LinkChange::Up if self.connection() == Connection::Missing => {
                self.login = Login::Unproven;
                return;
            }
            LinkChange::Up => self.up(now),
            LinkChange::Silent if self.connection() == Connection::Missing => return,
            LinkChange::Silent => {
                self.silent.get_or_insert(now.mono);
                Link::Silent {
                    since_ms: match self.link {
                        Link::Silent { since_ms } => since_ms,
                        _ => now_ms,
                    },
                }
            }
            LinkChange::Connecting => match self.link {
                Link::None => Link::Connecting { since_ms: now_ms },
                // An attempt to get back is no news.
                Link::Connecting { .. } | Link::Down(_) => return,
                Link::Up { .. } | Link::Silent { .. } => self.lost(WhyDown::Ended, String::new(), now),
            },
            LinkChange::Down { why, detail } => self.lost(why, detail, now),
        };
    }

    fn up(&mut self, now: Now) -> Link {
        (self.login, self.silent) = (Login::Awaited, None);
        if let Some((_, lost)) = self.lost.take() {
            self.attendance.came_back(now.mono.since(lost));
        }
        Link::Up {
            since_ms: *self.up_since_ms.get_or_insert(now.unix_ms),
        }
    }

    fn lost(&mut self, why: WhyDown, detail: String, now: Now) -> Link {
        self.up_since_ms = None;
        let first_sign = (
            lost_at(&self.link, now.unix_ms),
            self.silent.take().unwrap_or(now.mono),
        );
        let (since_ms, _) = *self.lost.get_or_insert(first_sign);
        if let Run::Doubted(ended) = self.run {
            self.run_ended(ended);
        }
        Link::Down(LinkDown {
            since_ms,
            why,
            detail,
        })
    }

    fn connection(&self) -> Connection {
        match self.link {
            Link::Up { .. } | Link::Silent { .. } => Connection::Stands,
            Link::None | Link::Connecting { .. } | Link::Down(_) => Connection::Missing,
        }
    }

    /// Learns what a round of probes read.
    pub fn took(&mut self, sample: &Sample) {
        let is_answered = sample.was_answered();
        if is_answered {
            if self.login == Login::Unproven {
                self.link = self.up(sample.at);
            }
            // Whoever answers is up, and does not stand still for a save.
            self.run = match self.run {
                // If the connection goes as well, these were its last words.
                Run::Ended(ended) | Run::Doubted(ended) if sample.at.mono.since(ended.told) < LAST_WORDS => {
                    Run::Doubted(ended)
                }
                _ => Run::Begun,
            };
            self.saving = None;
            self.answered_ms = Some(sample.at.unix_ms);
        }
        let known = &mut self.known;
        known.at = sample.at;
        known::note_all(known, sample);
        match &sample.players {
            Ok(names) => self.attendance.listed(names, sample.at),
            Err(Unread::NotAsked | Unread::NoAnswer) => {}
            Err(Unread::Unsupported | Unread::NotUnderstood(_)) => self.attendance.unreadable(),
        }
        if let Ok(time) = &sample.time {
            self.meter.seconds(time);
            self.known.game_time = Some(GameTime {
                played: time.game_time,
                at_ms: sample.at.unix_ms,
            });
        }
        match &sample.exact {
            Ok(exact) => self.exactly(exact, sample.at),
            Err(Unread::NotAsked | Unread::NoAnswer) => {}
            Err(Unread::Unsupported | Unread::NotUnderstood(_)) => {
                self.known.exact = None;
                self.meter.without_ticks();
            }
        }
    }

    /// Takes in what Lua told; a tick is a sixtieth of the second that `/time` counts.
    fn exactly(&mut self, exact: &Exact, at: Now) {
        self.meter.ticks(&TickAnswer {
            asked: exact.asked,
            tick: exact.tick,
            speed: exact.speed,
        });
        self.known.game_time = Some(GameTime {
            played: Duration::from_secs(exact.tick / 60),
            at_ms: at.unix_ms,
        });
        let exact = match &self.known.exact {
            Some(before) => exact.clone().over(before),
            None => exact.clone(),
        };
        self.known.exact = Some(Arc::new(exact));
    }

    /// Learns what a line of the log told, and when that happened by the log's own account (Unix milliseconds).
    pub fn told(&mut self, sign: &LogSign<'_>, happened_ms: i64, now: Now) {
        if *sign == LogSign::GoesOn {
            self.run = Run::Begun;
            return;
        }
        self.known.last_log_line_ms = Some(now.unix_ms);
        // The log's clock may be ahead of ours; what it tells has happened all the same.
        let happened_ms = happened_ms.min(now.unix_ms);
        match *sign {
            LogSign::Line | LogSign::GoesOn => {}
            LogSign::Started { .. } if self.is_outdated(happened_ms) => self.run = Run::Begun,
            LogSign::SaveBegan if self.is_outdated(happened_ms) => {}
            LogSign::Started { version } => {
                self.run = Run::Begun;
                self.saving = None;
                self.meter.restart();
                self.attendance.emptied();
                if let Some(version) = version {
                    self.known.version = Some(version.to_owned());
                }
            }
            LogSign::Stopped => self.told_of_the_end(happened_ms, End::Stopped, now.mono),
            LogSign::Crashed => self.told_of_the_end(happened_ms, End::Crashed, now.mono),
            LogSign::SaveBegan => {
                self.saving = Some(Saving {
                    since_ms: happened_ms,
                    told: now.mono,
                });
            }
            LogSign::SaveEnded { took } => self.saved(happened_ms, took, now),
            LogSign::Joined(name) => self.attendance.joined(name, happened_ms, now.mono),
            LogSign::Left(name) => self.attendance.left(name, now.mono),
        }
    }

    /// Whether the game has answered since, on a connection that stands.
    fn is_outdated(&self, happened_ms: i64) -> bool {
        let is_older = |answered_ms: i64| answered_ms > happened_ms.saturating_add(READ_LATE_MS);
        self.connection() == Connection::Stands && self.answered_ms.is_some_and(is_older)
    }

    fn told_of_the_end(&mut self, at_ms: i64, end: End, told: Mono) {
        let ended = Ended { at_ms, end, told };
        if self.is_outdated(at_ms) {
            self.run = Run::Doubted(ended);
        } else {
            self.run_ended(ended);
        }
    }

    fn saved(&mut self, at_ms: i64, took: Option<Duration>, now: Now) {
        self.saving = None;
        if self.known.last_save.is_none_or(|last| last.at_ms <= at_ms) {
            self.known.last_save = Some(LastSave { at_ms, took });
        }
        if let Some(took) = took {
            let late = Duration::from_millis(now.unix_ms.saturating_sub(at_ms).try_into().unwrap_or(0));
            let ended = now.mono.before(late.saturating_sub(SAVE_READ_LATE));
            self.meter.stood(ended.before(took), ended);
        }
    }

    /// How long to wait before `/time` is asked again.
    #[must_use]
    pub fn ask_time_after(&self) -> Duration {
        self.meter.ask_again_after(self.company())
    }

    /// The picture at a moment.
    #[must_use]
    pub fn snapshot(&self, now: Now) -> Snapshot {
        let pace = if self.connection() == Connection::Stands && !matches!(self.run, Run::Ended(_)) {
            self.meter.pace(now.mono, self.company())
        } else {
            Pace::Unknown
        };
        Snapshot {
            at: now,
            link: self.link.clone(),
            game: self.game(&pace, now),
            players: self.attendance.players(self.connection()),
            pace,
            next_restart_ms: self.options.restarts.next_ms(now.unix_ms),
            ..self.known.clone()
        }
    }

    fn run_ended(&mut self, ended: Ended) {
        self.run = Run::Ended(ended);
        self.saving = None;
        self.meter.restart();
        self.attendance.emptied();
    }

    fn company(&self) -> Company {
        match self.attendance.players(self.connection()) {
            None => Company::Unknown,
            Some(players) if players.online.is_empty() => Company::Nobody,
            Some(_) => Company::Somebody,
        }
    }

    fn game(&self, pace: &Pace, now: Now) -> GameState {
        if let Run::Ended(Ended { at_ms, end, .. }) = self.run {
            return GameState::Down { since_ms: at_ms, end };
        }
        let saving = self
            .saving
            .filter(|saving| now.mono.since(saving.told) <= LONGEST_SAVE);
        if let Some(Saving { since_ms, .. }) = saving {
            return GameState::Saving { since_ms };
        }
        match (&self.link, pace) {
            (Link::Silent { since_ms }, _) => GameState::Saving { since_ms: *since_ms },
            (Link::Up { .. }, Pace::AutoPaused) => GameState::AutoPaused,
            (Link::Up { .. }, Pace::Standing) => GameState::Paused,
            (Link::Up { .. }, Pace::Running(_) | Pace::Unknown) => GameState::Running,
            // Without RCON the log is all there is.
            (Link::None | Link::Connecting { .. }, _) if self.run == Run::Begun => GameState::Running,
            (Link::None | Link::Connecting { .. } | Link::Down(_), _) => GameState::Unknown,
        }
    }
}

/// When a connection was lost that is lost now: at the first sign of it.
const fn lost_at(link: &Link, now_ms: i64) -> i64 {
    match link {
        Link::Silent { since_ms } | Link::Connecting { since_ms } => *since_ms,
        Link::Down(down) => down.since_ms,
        Link::None | Link::Up { .. } => now_ms,
    }
}

#[cfg(test)]
mod tests;
