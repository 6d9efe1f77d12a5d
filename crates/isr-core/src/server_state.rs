//! Whether one server is up, told from the lines of one stream, so that each start, stop and crash is a fact once.
//!
//! Owns the rules what counts as a start, a stop and a crash. It is a reducer: state and sign in, state and facts
//! out. Must not know lines, files or wording. Cannot fail; the stored form of a newer or damaged state reads as
//! «unknown», which posts nothing that a line does not say.
//!
//! Which stream feeds it is the business of [`Role`](crate::interpreter::Role): signs of engine lines and signs of
//! the console log's frames never reach the same state, unless one file holds both; then a fact that both tell is
//! posted when the first of them comes.

use std::time::Duration;

use factorio_log::{Fact, Uptime};

use crate::event::{Event, Evidence};

/// A save that takes at least so long is told: most servers stand still meanwhile.
const SLOW_SAVE: Duration = Duration::from_secs(15);

/// Longest version that is remembered, in bytes.
const VERSION_BYTES: usize = 32;

/// Longest word of a stop that is remembered, in bytes.
const REASON_BYTES: usize = 32;

/// What a line says about the server's life. The words are the line's bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sign<'a> {
    /// The first line of a run: `Factorio 2.0.42 (build …)`.
    Version(&'a [u8]),
    /// The game went from creating to running: players can join.
    InGame,
    /// The engine went into a state from which it does not come back, in the engine's word.
    Failed(&'a [u8]),
    /// The engine reported an error that ends the run, in its words.
    Fatal(&'a [u8]),
    /// The process was asked to end, by that signal.
    Signal(&'a [u8]),
    /// The engine ends, for that reason.
    Quitting(&'a [u8]),
    /// The last line of a run.
    Goodbye,
    /// The game began to save.
    SaveBegan(Uptime),
    /// It has saved.
    SaveEnded(Uptime),
    /// The console log was opened: a run began.
    LogOpened,
    /// The console log was closed: the run ended in order.
    LogClosed,
}

impl<'a> Sign<'a> {
    /// Reads the sign in a fact, when there is one, and when the process had been up for so long.
    #[must_use]
    pub fn of(fact: &Fact<'a>, uptime: Option<Uptime>) -> Option<Self> {
        Some(match *fact {
            Fact::EngineVersion { version, .. } => Self::Version(version),
            Fact::EngineState {
                from: b"CreatingGame",
                to: b"InGame",
                ..
            } => Self::InGame,
            Fact::EngineState {
                to: to @ (b"Failed" | b"InitializationFailed"),
                ..
            } => Self::Failed(to),
            Fact::EngineError { file, text } if ends_the_run(file, text) => Self::Fatal(text),
            Fact::EngineSignal { signal, .. } => Self::Signal(signal),
            Fact::EngineQuitting { reason } => Self::Quitting(reason),
            Fact::EngineGoodbye => Self::Goodbye,
            Fact::EngineTimedAutosave { .. }
            | Fact::EngineLeaveAutosave { .. }
            | Fact::EngineSaveStart { .. } => Self::SaveBegan(uptime?),
            Fact::EngineSaveDone => Self::SaveEnded(uptime?),
            Fact::LogOpened => Self::LogOpened,
            Fact::LogClosed => Self::LogClosed,
            _ => return None,
        })
    }
}

/// Errors after which the engine does not go on. Their openings are English in every language; what follows is not.
fn ends_the_run(file: &[u8], text: &[u8]) -> bool {
    const OPENINGS: [&[u8]; 4] = [
        b"Exception at tick ",
        b"MultiplayerManager failed: ",
        b"Unexpected error occurred",
        b"Factorio crashed",
    ];
    file == b"CrashHandler.cpp" || OPENINGS.iter().any(|opening| text.starts_with(opening))
}

/// How far a save has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SaveStep {
    /// It began.
    Began,
    /// It is done.
    Ended {
        /// How long it took, where its beginning was seen.
        took: Option<Duration>,
    },
}

/// How far the present run has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Phase {
    /// Nothing was seen yet.
    #[default]
    Unknown,
    /// A run began, players cannot join yet.
    Starting,
    /// Players can join; the start was told.
    Up,
    /// The end was told.
    Down,
}

/// The state of one server as one stream tells it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ServerState {
    phase: Phase,
    /// Of the present run.
    version: Option<String>,
    /// What asked the present run to end.
    asked_by: Option<String>,
    /// When the present run began to save, unless it has ended that.
    saving: Option<Uptime>,
}

/// The facts that one sign tells: none, one, or the end of one run and the start of the next.
pub type Told = [Option<Event>; 2];

const NOTHING: Told = [None, None];

impl ServerState {
    /// The version of the present run.
    pub(crate) fn version(&self) -> Option<&str> {
        self.version.as_deref()
    }

    /// Whether a run began, let players in, and has not ended.
    pub(crate) fn is_up(&self) -> bool {
        self.phase == Phase::Up
    }

    /// Takes in a sign and says which facts are new.
    pub fn observe(&mut self, sign: &Sign<'_>) -> Told {
        match *sign {
            Sign::Version(version) => {
                let ended = self.begin_run();
                self.version = Some(shortened(version, VERSION_BYTES));
                [ended, None]
            }
            Sign::LogOpened => {
                let ended = if self.phase == Phase::Up {
                    self.begin_run()
                } else {
                    None
                };
                [ended, self.started()]
            }
            Sign::InGame => [self.started(), None],
            Sign::Signal(name) => {
                self.asked_by = Some(shortened(name, REASON_BYTES));
                NOTHING
            }
            Sign::SaveBegan(uptime) => {
                self.saving = Some(uptime);
                NOTHING
            }
            Sign::SaveEnded(uptime) => [self.saved(uptime), None],
            Sign::Quitting(reason) => self.stopped(Some(reason)),
            Sign::Goodbye | Sign::LogClosed => self.stopped(None),
            Sign::Failed(b"InitializationFailed") => self.crashed(b"the game could not be started"),
            Sign::Failed(_) => self.crashed(b"the game failed"),
            Sign::Fatal(words) => self.crashed(words),
        }
    }

    /// Starts over for a new run. Tells of the end of the one before when that end was not seen.
    fn begin_run(&mut self) -> Option<Event> {
        let unseen_end = matches!(self.phase, Phase::Up | Phase::Starting);
        *self = Self {
            phase: Phase::Starting,
            ..Self::default()
        };
        unseen_end.then_some(Event::ServerCrashed {
            evidence: Evidence::NoGoodbye,
        })
    }

    fn started(&mut self) -> Option<Event> {
        let news = self.phase != Phase::Up;
        self.phase = Phase::Up;
        news.then(|| Event::ServerStarted {
            version: self.version.clone(),
        })
    }

    /// What a sign that is about to be [observed](Self::observe) says about a save, of any length.
    pub(crate) fn save_step(&self, sign: &Sign<'_>) -> Option<SaveStep> {
        match *sign {
            Sign::SaveBegan(_) => Some(SaveStep::Began),
            Sign::SaveEnded(ended) => {
                let took = self.saving.and_then(|began| ended.ms.checked_sub(began.ms));
                Some(SaveStep::Ended {
                    took: took.map(Duration::from_millis),
                })
            }
            _ => None,
        }
    }

    fn saved(&mut self, ended: Uptime) -> Option<Event> {
        let began = self.saving.take()?;
        let took = Duration::from_millis(ended.ms.checked_sub(began.ms)?);
        (took >= SLOW_SAVE).then_some(Event::SlowSave { took })
    }

    fn stopped(&mut self, reason: Option<&[u8]>) -> Told {
        // A run that never let players in, as when the game only creates a map, ends without news.
        let news = matches!(self.phase, Phase::Up | Phase::Unknown);
        self.phase = Phase::Down;
        let asked_by = self.asked_by.take();
        if !news {
            return NOTHING;
        }
        // A plain «signal» says less than the name of the signal that came before it.
        let reason = match (reason, asked_by) {
            (Some(b"signal") | None, Some(name)) => Some(name),
            (reason, _) => reason.map(|r| shortened(r, REASON_BYTES)),
        };
        [Some(Event::ServerStopped { reason }), None]
    }

    fn crashed(&mut self, words: &[u8]) -> Told {
        if self.phase == Phase::Down {
            return NOTHING;
        }
        self.phase = Phase::Down;
        [
            Some(Event::ServerCrashed {
                evidence: Evidence::Error(String::from_utf8_lossy(words).into_owned()),
            }),
            None,
        ]
    }

    /// The stored form: the phase, then version and reason, each with its length, then the uptime at which a save began,
    /// if one did. At most 75 bytes.
    pub(crate) fn encode(&self, out: &mut Vec<u8>) {
        out.push(match self.phase {
            Phase::Unknown => 0,
            Phase::Starting => 1,
            Phase::Up => 2,
            Phase::Down => 3,
        });
        for text in [&self.version, &self.asked_by] {
            let text = text.as_deref().unwrap_or_default();
            out.push(u8::try_from(text.len()).unwrap_or_default());
            out.extend_from_slice(text.as_bytes());
        }
        if let Some(began) = self.saving {
            out.extend_from_slice(&began.ms.to_le_bytes());
        }
    }

    /// The reverse of [`ServerState::encode`]. What cannot be read stays unknown.
    pub(crate) fn decode(bytes: &[u8]) -> Self {
        let Some((phase, rest)) = bytes.split_first() else {
            return Self::default();
        };
        let phase = match phase {
            1 => Phase::Starting,
            2 => Phase::Up,
            3 => Phase::Down,
            _ => Phase::Unknown,
        };
        let (version, rest) = text(rest, VERSION_BYTES);
        let (asked_by, rest) = text(rest, REASON_BYTES);
        let saving = rest.try_into().ok().map(u64::from_le_bytes);
        Self {
            phase,
            version,
            asked_by,
            saving: saving.map(|ms| Uptime { ms }),
        }
    }
}

fn text(bytes: &[u8], longest: usize) -> (Option<String>, &[u8]) {
    let Some((length, rest)) = bytes.split_first() else {
        return (None, &[]);
    };
    let Some((text, rest)) = rest.split_at_checked(usize::from(*length)) else {
        return (None, &[]);
    };
    let text = std::str::from_utf8(text)
        .ok()
        .filter(|t| !t.is_empty() && t.len() <= longest);
    (text.map(str::to_owned), rest)
}

fn shortened(text: &[u8], bytes: usize) -> String {
    // Bad UTF-8 may grow to three times its length: cut before and after.
    let text = String::from_utf8_lossy(&text[..text.len().min(bytes)]);
    text[..text.floor_char_boundary(bytes)].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts<'a>(signs: impl IntoIterator<Item = Sign<'a>>) -> Vec<Event> {
        let mut state = ServerState::default();
        signs
            .into_iter()
            .flat_map(|sign| state.observe(&sign))
            .flatten()
            .collect()
    }

    fn started(version: Option<&str>) -> Event {
        Event::ServerStarted {
            version: version.map(str::to_owned),
        }
    }

    fn stopped(reason: Option<&str>) -> Event {
        Event::ServerStopped {
            reason: reason.map(str::to_owned),
        }
    }

    const NO_GOODBYE: Event = Event::ServerCrashed {
        evidence: Evidence::NoGoodbye,
    };

    #[test]
    fn an_orderly_run_starts_once_and_stops_once() {
        let run = [
            Sign::Version(b"2.0.42"),
            Sign::InGame,
            Sign::Signal(b"SIGTERM"),
            Sign::Quitting(b"signal"),
            Sign::Goodbye,
        ];
        let twice = run.into_iter().chain(run);
        let expected = [started(Some("2.0.42")), stopped(Some("SIGTERM"))];
        assert_eq!(facts(twice), [expected.clone(), expected].concat());
    }

    #[test]
    fn old_versions_only_say_goodbye() {
        let signs = [Sign::Version(b"0.14.21"), Sign::InGame, Sign::Goodbye];
        assert_eq!(facts(signs), [started(Some("0.14.21")), stopped(None)]);
    }

    #[test]
    fn a_run_that_only_creates_a_map_is_no_news() {
        let signs = [
            Sign::Version(b"2.0.42"),
            Sign::Quitting(b"signal"),
            Sign::Goodbye,
            Sign::Version(b"2.0.42"),
        ];
        assert_eq!(facts(signs), []);
    }

    #[test]
    fn a_run_without_goodbye_is_told_when_the_next_one_begins() {
        let signs = [
            Sign::Version(b"2.0.1"),
            Sign::InGame,
            Sign::Version(b"2.0.1"),
            Sign::InGame,
        ];
        assert_eq!(
            facts(signs),
            [started(Some("2.0.1")), NO_GOODBYE, started(Some("2.0.1"))]
        );
    }

    #[test]
    fn an_error_is_one_crash_and_not_also_a_stop() {
        let signs = [
            Sign::InGame,
            Sign::Fatal(b"Exception at tick 5"),
            Sign::Failed(b"Failed"),
            Sign::Quitting(b"multiplayer error"),
            Sign::Goodbye,
        ];
        let crash = Event::ServerCrashed {
            evidence: Evidence::Error("Exception at tick 5".into()),
        };
        assert_eq!(facts(signs), [started(None), crash]);
    }

    #[test]
    fn frames_alone_tell_start_stop_and_a_missing_close() {
        use Sign::{LogClosed, LogOpened};
        let signs = [LogOpened, LogClosed, LogOpened, LogOpened];
        assert_eq!(
            facts(signs),
            [
                started(None),
                stopped(None),
                started(None),
                NO_GOODBYE,
                started(None)
            ]
        );
        assert_eq!(facts([LogClosed, LogClosed]), [stopped(None)]);
    }

    #[test]
    fn a_file_that_holds_frames_and_engine_lines_tells_each_fact_once() {
        let signs = [
            Sign::Version(b"2.0.1"),
            Sign::LogOpened,
            Sign::InGame,
            Sign::Quitting(b"signal"),
            Sign::LogClosed,
            Sign::Goodbye,
        ];
        assert_eq!(facts(signs), [started(Some("2.0.1")), stopped(Some("signal"))]);
    }

    fn began(ms: u64) -> Sign<'static> {
        Sign::SaveBegan(Uptime { ms })
    }

    fn ended(ms: u64) -> Sign<'static> {
        Sign::SaveEnded(Uptime { ms })
    }

    #[test]
    fn a_save_is_told_when_it_was_slow_and_not_otherwise() {
        let slow = Event::SlowSave {
            took: Duration::from_millis(15_000),
        };
        assert_eq!(facts([began(1_000), ended(15_999)]), []);
        // The save of the last leave is announced twice; an end is told of one beginning only.
        assert_eq!(
            facts([began(1), began(1_000), ended(16_000), ended(90_000)]),
            [slow]
        );
        assert_eq!(facts([ended(90_000)]), []);
        assert_eq!(facts([began(90_000), ended(1_000)]), []);
    }

    #[test]
    fn a_save_that_a_stop_cut_short_is_not_ended_by_the_next_run() {
        let signs = [
            Sign::InGame,
            began(1_000),
            Sign::Goodbye,
            Sign::Version(b"2.0.42"),
            ended(90_000),
        ];
        assert_eq!(facts(signs), [started(None), stopped(None)]);
    }

    #[test]
    fn a_save_that_is_in_progress_comes_back_from_the_stored_form() {
        let mut state = ServerState::default();
        let _ = state.observe(&began(1_000));
        let mut bytes = Vec::new();
        state.encode(&mut bytes);
        let [told, _] = ServerState::decode(&bytes).observe(&ended(21_000));
        assert!(matches!(told, Some(Event::SlowSave { took }) if took.as_secs() == 20));
    }

    #[test]
    fn the_stored_form_comes_back_and_damage_reads_as_unknown() {
        let mut state = ServerState::default();
        let signs = [
            Sign::Version(b"2.0.42"),
            Sign::InGame,
            Sign::Signal(b"SIGINT"),
            began(u64::MAX),
        ];
        for sign in signs {
            let _ = state.observe(&sign);
        }
        let mut bytes = Vec::new();
        state.encode(&mut bytes);
        assert_eq!(ServerState::decode(&bytes), state);
        assert_eq!(ServerState::decode(&[]), ServerState::default());
        for end in 0..bytes.len() {
            let _ = ServerState::decode(&bytes[..end]);
        }
        assert_eq!(ServerState::decode(&[2, 200, 1]).phase, Phase::Up);
        let _ = state.observe(&Sign::Version(&[0xff; 100]));
        let mut bytes = Vec::new();
        state.encode(&mut bytes);
        assert!(bytes.len() <= 75);
        assert_eq!(ServerState::decode(&bytes), state);
    }
}
