//! The rules that look at a snapshot.
//!
//! Owns what each of them calls bad, good and not to be seen. Must not know where snapshots come from. Cannot fail.

use std::collections::BTreeMap;
use std::time::Duration;

use super::latch::{Latch, Observed, Verdict, Voice};
use super::smooth::{Smoothed, Smoothing};
use super::wait::Waits;
use super::{Alert, Ending, Judge, News, Rule, Settings, Step, ago, stored};
use crate::game::ups::{NORMAL_UPS, Pace};
use crate::game::{GameState, Link, Mono, Now, Since, Snapshot};

/// A snapshot that is older says nothing of now.
const STALE: Duration = Duration::from_secs(150);
/// A line that was written so long before a player came may be all that there was to write.
const QUIET_BEFORE_MS: i64 = 60_000;
/// What this program has not heard of since its start may take so long: a host that starts has a map to load, and a log
/// that was not read for a while is read from where it was left.
const FIRST_CONTACT: Duration = Duration::from_secs(300);
/// The longest version that is remembered, in characters.
const VERSION: usize = 32;

/// What the rules look at beside the snapshot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Signals {
    /// Maintenance is on until then, Unix milliseconds.
    pub maintenance_until_ms: Option<i64>,
    /// Whether a log of this server is followed.
    pub log: LogSource,
    /// The room where the program keeps its state, where it can be told.
    pub disk: Option<DiskRoom>,
}

/// Whether a log of a server is followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LogSource {
    /// None is.
    #[default]
    None,
    /// One is.
    Followed,
}

/// Room on a disk, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DiskRoom {
    /// For us.
    pub free: u64,
    /// In all.
    pub total: u64,
}

/// All rules of one server that look at snapshots.
#[derive(Debug, Clone, PartialEq)]
pub struct Desk {
    settings: Settings,
    latches: BTreeMap<Rule, Latch>,
    smoothing: Smoothing,
    smoothed: Option<Smoothed>,
    target: f64,
    looked: Option<Mono>,
    version: Version,
    waits: Waits,
    contact: Contact,
    log_followed: Option<Mono>,
}

/// Whether RCON has answered since the program began.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Contact {
    #[default]
    Never,
    Had,
}

/// The version that was seen last.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Version {
    seen: Option<String>,
    told_ms: Option<i64>,
}

/// What one look at the updates per second is worth.
enum Look {
    NotDue,
    Taken(Observed),
}

impl Desk {
    /// The rules that run here. The others belong to the [`LogDesk`](super::LogDesk).
    pub const RULES: [Rule; 6] = [
        Rule::UpsLow,
        Rule::ServerDown,
        Rule::RconLost,
        Rule::LogSilent,
        Rule::DiskFull,
        Rule::GameUpdated,
    ];

    /// A desk with the states that the store has, as rule and text. Rules of others and unknown texts are left alone.
    #[must_use]
    pub fn restore<'a>(settings: Settings, rows: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let rows = stored(rows);
        let text = |rule: Rule| rows.get(&rule).map_or("", String::as_str);
        let latched = Self::RULES.into_iter().filter(|rule| *rule != Rule::GameUpdated);
        Self {
            settings,
            latches: latched.map(|rule| (rule, Latch::from_text(text(rule)))).collect(),
            smoothing: Smoothing::default(),
            smoothed: None,
            target: NORMAL_UPS,
            looked: None,
            version: Version::from_text(text(Rule::GameUpdated)),
            waits: Waits::default(),
            contact: Contact::Never,
            log_followed: None,
        }
    }

    /// Goes by these settings from now on. What lasts for a rule that is off now ends at the next look.
    pub fn follow(&mut self, settings: Settings) {
        self.settings = settings;
    }

    /// Looks. To be called for each snapshot, and every few seconds with the last one: some rules wait.
    pub fn step(&mut self, snapshot: &Snapshot, signals: &Signals, now: Now) -> Vec<Step> {
        let voice = |rule: Rule| {
            let is_on = signals
                .maintenance_until_ms
                .is_some_and(|until| until > now.unix_ms);
            if is_on && rule.is_kept_back_by_maintenance() {
                Voice::KeptBack
            } else {
                Voice::Free
            }
        };
        if matches!(snapshot.link, Link::Up { .. }) {
            self.contact = Contact::Had;
        }
        self.log_followed = match signals.log {
            LogSource::None => None,
            LogSource::Followed => self.log_followed.or(Some(now.mono)),
        };
        let mut steps = Vec::new();
        for rule in Self::RULES {
            let step = match rule {
                Rule::GameUpdated => self.updated(snapshot, voice(rule), now.unix_ms),
                _ => self.latched(rule, snapshot, signals, voice(rule), now),
            };
            steps.extend(step);
        }
        steps
    }

    fn latched(
        &mut self,
        rule: Rule,
        snapshot: &Snapshot,
        signals: &Signals,
        voice: Voice,
        now: Now,
    ) -> Option<Step> {
        let now_ms = now.unix_ms;
        let before = self.latches.get(&rule).copied().unwrap_or_default();
        let seen = match rule {
            _ if !self.settings.is_on(rule) => Observed::Void(Ending::GivenUp),
            Rule::UpsLow => match self.pace(snapshot, voice, now) {
                Look::NotDue => return None,
                Look::Taken(seen) => seen,
            },
            Rule::ServerDown => self.server(snapshot, now.mono),
            Rule::RconLost => self.rcon(snapshot, now.mono),
            Rule::LogSilent => self.log(snapshot, signals, before, now.mono),
            _ => self.disk(signals, now_ms),
        };
        let (after, verdict) = before.step_with(seen, &self.settings.tuning(rule), voice, now_ms);
        let news = verdict.and_then(|verdict| self.news(rule, verdict, snapshot, signals, now));
        if verdict.is_some() && news.is_none() {
            // What cannot be told has not been told.
            return None;
        }
        self.latches.insert(rule, after);
        let state = (after.to_text() != before.to_text()).then(|| after.to_text());
        (state.is_some() || news.is_some()).then_some(Step { rule, state, news })
    }

    fn news(
        &self,
        rule: Rule,
        verdict: Verdict,
        snapshot: &Snapshot,
        signals: &Signals,
        now: Now,
    ) -> Option<News> {
        Some(match verdict {
            Verdict::Fire { since_ms } => News::Fired(self.alert(rule, since_ms, snapshot, signals, now)?),
            Verdict::End { ending, lasted } => News::Ended { ending, lasted },
            Verdict::Remind { lasting } => News::StillSo { lasting },
        })
    }

    fn alert(
        &self,
        rule: Rule,
        since_ms: i64,
        snapshot: &Snapshot,
        signals: &Signals,
        now: Now,
    ) -> Option<Alert> {
        Some(match (rule, &snapshot.game, &snapshot.link) {
            (Rule::UpsLow, ..) => {
                let Smoothed { raw, sma, ema } = self.smoothed?;
                Alert::UpsLow {
                    raw,
                    sma,
                    ema,
                    threshold: self.settings.ups_warning * self.target / NORMAL_UPS,
                    lasting: ago(now.unix_ms, since_ms),
                }
            }
            (Rule::ServerDown, GameState::Down { end, .. }, _) => Alert::ServerDown { end: *end, since_ms },
            (Rule::RconLost, _, Link::Down(down)) => Alert::RconLost {
                since_ms,
                why: down.why,
            },
            (Rule::LogSilent, ..) => Alert::LogSilent {
                player: self.unlogged(snapshot, now.mono)?.0.to_owned(),
                since_ms,
            },
            (Rule::DiskFull, ..) => Alert::DiskFull {
                room: signals.disk?,
                below: self.settings.disk_free_below,
            },
            _ => return None,
        })
    }

    fn pace(&mut self, snapshot: &Snapshot, voice: Voice, now: Now) -> Look {
        // A look that comes a moment early is not put off by a whole interval.
        let every = self.settings.check_interval.mul_f64(0.95);
        if self.looked.is_some_and(|looked| now.mono.since(looked) < every) {
            return Look::NotDue;
        }
        self.looked = Some(now.mono);
        let ups = match snapshot.pace {
            _ if ago(now.unix_ms, snapshot.at.unix_ms) > STALE => return Look::Taken(Observed::Unseen),
            Pace::Running(ups) => ups,
            Pace::Standing | Pace::AutoPaused => {
                self.smoothing.forget();
                return Look::Taken(Observed::Void(Ending::Paused));
            }
            Pace::Unknown => return Look::Taken(Observed::Unseen),
        };
        let speed = ups.target / NORMAL_UPS;
        if ups.plus_minus > self.settings.ups_plus_minus * speed {
            return Look::Taken(Observed::Unseen);
        }
        if (ups.target - self.target).abs() > f64::EPSILON {
            self.target = ups.target;
            self.smoothing.forget();
        }
        let smoothed = self.smoothing.with(ups.value, self.settings.ema_alpha);
        self.smoothed = Some(smoothed);
        let judged = match self.settings.judge {
            Judge::Raw => smoothed.raw,
            Judge::Sma => smoothed.sma,
            Judge::Ema => smoothed.ema,
        };
        let began_ms = now.unix_ms.saturating_sub(millis(self.settings.check_interval));
        Look::Taken(if smoothed.raw >= self.settings.ups_recovery * speed {
            Observed::Good
        } else if judged >= self.settings.ups_warning * speed {
            Observed::Between
        } else if voice == Voice::KeptBack {
            // What is slow while somebody works on the server is counted anew afterwards.
            Observed::Unseen
        } else {
            Observed::Bad { since_ms: began_ms }
        })
    }

    fn server(&mut self, snapshot: &Snapshot, now: Mono) -> Observed {
        let ended_ms = match snapshot.game {
            GameState::Down { since_ms, .. } => Some(since_ms),
            _ => None,
        };
        let has_lasted =
            self.waits
                .have_passed(Rule::ServerDown, ended_ms, self.settings.server_down_after, now);
        match snapshot.game {
            GameState::Down { since_ms, .. } if has_lasted => Observed::Bad { since_ms },
            GameState::Down { .. } | GameState::Unknown => Observed::Unseen,
            GameState::Running | GameState::Paused | GameState::AutoPaused | GameState::Saving { .. } => {
                Observed::Good
            }
        }
    }

    fn rcon(&mut self, snapshot: &Snapshot, now: Mono) -> Observed {
        // That the game has ended is told by another rule; when it has begun again, it is given the whole time to answer.
        let has_ended = matches!(snapshot.game, GameState::Down { .. });
        let lost_ms = match &snapshot.link {
            Link::Down(down) if !has_ended => Some(down.since_ms),
            _ => None,
        };
        let after = match self.contact {
            Contact::Never => self.settings.rcon_lost_after.max(FIRST_CONTACT),
            Contact::Had => self.settings.rcon_lost_after,
        };
        let has_lasted = self.waits.have_passed(Rule::RconLost, lost_ms, after, now);
        match &snapshot.link {
            Link::Down(down) if has_lasted => Observed::Bad {
                since_ms: down.since_ms,
            },
            Link::Down(_) | Link::Silent { .. } | Link::Connecting { .. } => Observed::Unseen,
            Link::Up { .. } => Observed::Good,
            Link::None => Observed::Void(Ending::GivenUp),
        }
    }

    fn log(&mut self, snapshot: &Snapshot, signals: &Signals, latch: Latch, now: Mono) -> Observed {
        if signals.log == LogSource::None {
            return Observed::Void(Ending::GivenUp);
        }
        let came_ms = self.unlogged(snapshot, now).map(|(_, came_ms)| came_ms);
        let has_lasted =
            self.waits
                .have_passed(Rule::LogSilent, came_ms, self.settings.log_silent_after, now);
        if let Some(since_ms) = came_ms.filter(|_| has_lasted) {
            return Observed::Bad { since_ms };
        }
        let speaks_again = latch.since_ms().is_none_or(|since_ms| {
            snapshot
                .last_log_line_ms
                .is_some_and(|line_ms| line_ms > since_ms)
        });
        if speaks_again {
            Observed::Good
        } else {
            Observed::Unseen
        }
    }

    /// The player who came first of those of whom the log told nothing, and when. A line is written for whoever joins; so
    /// a player who is there without any line since, or shortly before, is one whose line nobody wrote. Only players whom
    /// a list showed count, whose moments are of our own clock as those of the lines are.
    fn unlogged<'a>(&self, snapshot: &'a Snapshot, now: Mono) -> Option<(&'a str, i64)> {
        if !matches!(snapshot.link, Link::Up { .. }) {
            return None;
        }
        // That no line was read yet means something only where there was time to read one.
        let followed = self
            .log_followed
            .is_some_and(|since| now.since(since) >= self.settings.log_silent_after.max(FIRST_CONTACT));
        let came = snapshot.players.iter().flat_map(|players| &players.online);
        came.filter_map(|player| match player.since {
            Since::At(at_ms) => Some((player.name.as_str(), at_ms)),
            Since::Told(_) | Since::Before(_) => None,
        })
        .filter(|(_, at_ms)| {
            let last = snapshot.last_log_line_ms;
            last.map_or(followed, |line_ms| {
                line_ms < at_ms.saturating_sub(QUIET_BEFORE_MS)
            })
        })
        .min_by_key(|(_, at_ms)| *at_ms)
    }

    fn disk(&self, signals: &Signals, now_ms: i64) -> Observed {
        let below = self.settings.disk_free_below;
        match signals.disk {
            None => Observed::Unseen,
            Some(room) if room.free < below => Observed::Bad { since_ms: now_ms },
            Some(room) if room.free >= below.saturating_add(below / 4) => Observed::Good,
            Some(_) => Observed::Between,
        }
    }

    fn updated(&mut self, snapshot: &Snapshot, voice: Voice, now_ms: i64) -> Option<Step> {
        let rule = Rule::GameUpdated;
        let to: String = snapshot.version.as_deref()?.chars().take(VERSION).collect();
        let from = match &self.version.seen {
            Some(seen) if *seen == to => return None,
            // Whoever updates in maintenance is not called for it; players who need the new version read of it once it is
            // over. Until then the former one stays what was seen, so that the way there and back is no news at all.
            Some(_) if voice == Voice::KeptBack && self.settings.is_on(rule) => return None,
            seen => seen.clone(),
        };
        self.version.seen = Some(to.clone());
        let told_ms = self.version.told_ms.map(|told| told.min(now_ms));
        let has_cooled = told_ms.is_none_or(|told| ago(now_ms, told) >= self.settings.cooldown_of(rule));
        let is_told = has_cooled && self.settings.is_on(rule);
        let news = from
            .filter(|_| is_told)
            .map(|from| News::Fired(Alert::GameUpdated { from, to }));
        if news.is_some() {
            self.version.told_ms = Some(now_ms);
        }
        Some(Step {
            rule,
            state: Some(self.version.to_text()),
            news,
        })
    }
}

fn millis(span: Duration) -> i64 {
    i64::try_from(span.as_millis()).unwrap_or(i64::MAX)
}

impl Version {
    /// `version TOLD SEEN`, the version last because it may hold anything.
    fn to_text(&self) -> String {
        let told = self
            .told_ms
            .map_or_else(|| "-".to_owned(), |told| told.to_string());
        format!("version {told} {}", self.seen.as_deref().unwrap_or_default())
    }

    fn from_text(text: &str) -> Self {
        let words: Vec<&str> = text.splitn(3, ' ').collect();
        match words.as_slice() {
            ["version", told, seen] if !seen.is_empty() => Self {
                seen: Some((*seen).to_owned()),
                told_ms: told.parse().ok(),
            },
            _ => Self::default(),
        }
    }
}
