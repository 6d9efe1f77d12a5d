//! Gathers what RCON answers and what the log tells into one picture.
//!
//! Owns what follows from what: since when somebody is there, what the game does, what is not known any more. Must not
//! know connections or files. Cannot fail.

mod attendance;

use std::time::Duration;

use super::restarts::Restarts;
use super::snapshot::{End, GameState, GameTime, LastSave, Link, LinkDown, Snapshot, WhyDown};
use super::ups::{self, Company, Meter, Pace, TickAnswer};
use super::{Exact, Now, Read, Sample, Surface, Unread};
use attendance::{Attendance, Connection};

/// A save that nobody ended is forgotten after so long.
const LONGEST_SAVE_MS: i64 = 10 * 60_000;

/// What is watched, and how.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct WatchOptions {
    /// How the pace is measured.
    pub ups: ups::Options,
    /// When the server is restarted, as far as that is planned.
    pub restarts: Restarts,
}

/// A change of the connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LinkChange {
    /// An attempt is under way.
    Connecting,
    /// Logged in.
    Up,
    /// An answer is overdue.
    Silent,
    /// An attempt has failed, or the connection has ended.
    Down {
        /// Why.
        why: WhyDown,
        /// The same for the operator.
        detail: String,
    },
}

/// What a line of the server's logs tells. The texts are hostile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogSign<'a> {
    /// A line was written, whatever it says.
    Line,
    /// The run began: players can join.
    Started {
        /// The game's version, where the log told it.
        version: Option<&'a str>,
    },
    /// The run ended in order.
    Stopped,
    /// The run ended otherwise.
    Crashed,
    /// The game began to save.
    SaveBegan,
    /// It has saved.
    SaveEnded {
        /// How long that took, where both ends were told.
        took: Option<Duration>,
    },
    /// A player came.
    Joined(&'a str),
    /// A player went.
    Left(&'a str),
}

/// What the log told of the present run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Run {
    Unknown,
    Begun,
    Ended { at_ms: i64, end: End },
}

/// What is known of one server, growing.
#[derive(Debug, Clone, PartialEq)]
pub struct Watch {
    options: WatchOptions,
    link: Link,
    /// Since when the connection stands that stands now.
    up_since_ms: Option<i64>,
    /// When the connection that is being restored was lost.
    lost_ms: Option<i64>,
    attendance: Attendance,
    meter: Meter,
    known: Snapshot,
    run: Run,
    saving_since_ms: Option<i64>,
}

impl Watch {
    /// A server of which nothing is known yet.
    #[must_use]
    pub fn new(options: WatchOptions) -> Self {
        Self {
            meter: Meter::new(options.ups),
            options,
            link: Link::None,
            up_since_ms: None,
            lost_ms: None,
            attendance: Attendance::default(),
            known: Snapshot::default(),
            run: Run::Unknown,
            saving_since_ms: None,
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
        self.link = match change {
            LinkChange::Up => {
                if let Some(lost_ms) = self.lost_ms.take() {
                    self.attendance.came_back(lost_ms, now_ms);
                }
                Link::Up {
                    since_ms: *self.up_since_ms.get_or_insert(now_ms),
                }
            }
            LinkChange::Silent if self.connection() == Connection::Missing => return,
            LinkChange::Silent => Link::Silent {
                since_ms: match self.link {
                    Link::Silent { since_ms } => since_ms,
                    _ => now_ms,
                },
            },
            LinkChange::Connecting => match self.link {
                Link::None => Link::Connecting { since_ms: now_ms },
                // An attempt to get back is no news.
                Link::Connecting { .. } | Link::Down(_) => return,
                Link::Up { .. } | Link::Silent { .. } => self.lost(WhyDown::Ended, String::new(), now_ms),
            },
            LinkChange::Down { why, detail } => self.lost(why, detail, now_ms),
        };
    }

    fn lost(&mut self, why: WhyDown, detail: String, now_ms: i64) -> Link {
        self.up_since_ms = None;
        let since_ms = *self.lost_ms.get_or_insert(lost_at(&self.link, now_ms));
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
        let known = &mut self.known;
        known.at = sample.at;
        note(&mut known.evolution, &sample.evolution);
        note(&mut known.version, &sample.version);
        note(&mut known.seed, &sample.seed);
        note(&mut known.admins, &sample.admins);
        note(&mut known.exact, &sample.exact);
        if let Ok(settings) = &sample.settings
            && let Some(name) = settings.iter().find(|setting| setting.key == "name")
        {
            known.server_name = Some(name.value.clone());
        }
        match &sample.players {
            Ok(names) => self.attendance.listed(names, sample.at.unix_ms),
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
            Ok(exact) => self.meter.ticks(&TickAnswer {
                asked: exact.asked,
                tick: exact.tick,
                speed: exact.speed,
            }),
            Err(Unread::NotAsked | Unread::NoAnswer) => {}
            Err(Unread::Unsupported | Unread::NotUnderstood(_)) => self.meter.without_ticks(),
        }
        if sample.was_answered() {
            // Whoever answers is up, and does not stand still for a save.
            self.run = Run::Begun;
            self.saving_since_ms = None;
        }
    }

    /// Learns what a line of the log told, and when that happened by the log's own account (Unix milliseconds).
    pub fn told(&mut self, sign: &LogSign<'_>, happened_ms: i64, now: Now) {
        self.known.last_log_line_ms = Some(now.unix_ms);
        // The log's clock may be ahead of ours; what it tells has happened all the same.
        let happened_ms = happened_ms.min(now.unix_ms);
        match *sign {
            LogSign::Line => {}
            LogSign::Started { version } => {
                self.run = Run::Begun;
                self.saving_since_ms = None;
                self.meter.restart();
                self.attendance.emptied();
                if let Some(version) = version {
                    self.known.version = Some(version.to_owned());
                }
            }
            LogSign::Stopped => self.run_ended(happened_ms, End::Stopped),
            LogSign::Crashed => self.run_ended(happened_ms, End::Crashed),
            LogSign::SaveBegan => self.saving_since_ms = Some(happened_ms),
            LogSign::SaveEnded { took } => {
                self.saving_since_ms = None;
                self.known.last_save = Some(LastSave {
                    at_ms: happened_ms,
                    took,
                });
                if let Some(took) = took {
                    let began = now.mono.before(took);
                    self.meter.stood(began, now.mono);
                }
            }
            LogSign::Joined(name) => self.attendance.joined(name, happened_ms),
            LogSign::Left(name) => self.attendance.left(name, happened_ms),
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
        let pace = if self.connection() == Connection::Stands && !matches!(self.run, Run::Ended { .. }) {
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

    fn run_ended(&mut self, happened_ms: i64, end: End) {
        self.run = Run::Ended {
            at_ms: happened_ms,
            end,
        };
        self.saving_since_ms = None;
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
        if let Run::Ended { at_ms, end } = self.run {
            return GameState::Down { since_ms: at_ms, end };
        }
        let saving = self
            .saving_since_ms
            .filter(|since| now.unix_ms.saturating_sub(*since) <= LONGEST_SAVE_MS);
        if let Some(since_ms) = saving {
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

/// What was read is known; what could not be read this time stays known; what was not understood is not.
fn note<T: Clone>(known: &mut Option<T>, read: &Read<T>) {
    match read {
        Ok(value) => *known = Some(value.clone()),
        Err(Unread::NotAsked | Unread::NoAnswer) => {}
        Err(Unread::Unsupported | Unread::NotUnderstood(_)) => *known = None,
    }
}

impl Sample {
    /// Whether the game answered anything.
    #[must_use]
    pub fn was_answered(&self) -> bool {
        fn is<T>(read: &Read<T>) -> bool {
            !matches!(read, Err(Unread::NotAsked | Unread::NoAnswer))
        }
        is(&self.players)
            || is(&self.time)
            || is::<Vec<Surface>>(&self.evolution)
            || is(&self.version)
            || is(&self.seed)
            || is(&self.admins)
            || is(&self.settings)
            || is::<Exact>(&self.exact)
    }
}

#[cfg(test)]
mod tests;
