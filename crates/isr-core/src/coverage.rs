//! Which events the configured streams can give, and which they cannot.
//!
//! Owns what is known about the three kinds of files that people point us at, and how to tell them apart by their
//! lines. Must not open files. Cannot fail.

use factorio_log::Shape;

use crate::event::EventKind;

/// What the file at `log_path` holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LogContent {
    /// What `--console-log` writes: dated lines between frames.
    ConsoleLog,
    /// A capture of standard output: dated lines, engine lines and bare lines.
    Capture,
    /// `factorio-current.log`: engine lines only, never chat or joins.
    GameLog,
    /// Not a file of the game: console lines that were heard through RCON, without frames.
    Heard,
    /// Nothing that tells yet.
    Unknown,
}

/// The streams of one server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Streams {
    /// Only `log_path`.
    Alone(LogContent),
    /// `log_path`, with a `factorio-current.log` beside it.
    WithGameLog(LogContent),
}

/// Whether the streams can give a kind of event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Given {
    /// Yes.
    Yes,
    /// Yes, with a limit that this says.
    Partly(&'static str),
    /// Only when a mod or a scenario writes it; this says how.
    WithMod(&'static str),
    /// No; this says what would help.
    No(&'static str),
}

/// What can be said of every kind, in the order of [`EventKind::ALL`].
pub fn coverage(streams: Streams) -> impl Iterator<Item = (EventKind, Given)> {
    EventKind::ALL
        .into_iter()
        .map(move |kind| (kind, given(kind, streams)))
}

fn given(kind: EventKind, streams: Streams) -> Given {
    let (content, game_log) = match streams {
        Streams::Alone(content) => (content, false),
        Streams::WithGameLog(content) => (content, true),
    };
    let engine = game_log || matches!(content, LogContent::Capture | LogContent::GameLog);
    match family(kind) {
        Family::Console => console(content),
        Family::Life if engine => Given::Yes,
        Family::Life => frames(kind, content),
        Family::Engine if engine => Given::Yes,
        Family::Engine => Given::No("set game_log to factorio-current.log, which holds the engine's lines"),
        Family::Mod => modded(content, engine),
        Family::Pattern => {
            Given::WithMod("a pattern of your own, or of the pack that comes with the program")
        }
    }
}

/// Where a kind is written.
enum Family {
    Console,
    Life,
    Engine,
    Mod,
    Pattern,
}

const fn family(kind: EventKind) -> Family {
    use EventKind as K;
    match kind {
        K::Join
        | K::Leave
        | K::Chat
        | K::Shout
        | K::ServerChat
        | K::Kick
        | K::Ban
        | K::Unban
        | K::Promote => Family::Console,
        K::Demote | K::Command | K::CommandError | K::Warning | K::Color => Family::Console,
        K::ServerStarted | K::ServerStopped | K::ServerCrashed => Family::Life,
        K::Desync | K::Refused | K::Matching | K::EngineError | K::SlowSave => Family::Engine,
        K::Milestone
        | K::Task
        | K::Research
        | K::ResearchStarted
        | K::ResearchCancelled
        | K::Death
        | K::Rocket => Family::Mod,
        K::Message | K::AdminMessage | K::Report => Family::Mod,
        K::Custom => Family::Pattern,
    }
}

const fn console(content: LogContent) -> Given {
    match content {
        LogContent::ConsoleLog | LogContent::Capture | LogContent::Heard => Given::Yes,
        LogContent::GameLog => Given::No(
            "factorio-current.log never holds it: start the game with --console-log FILE and set log_path to that file",
        ),
        LogContent::Unknown => {
            Given::Partly("if log_path is the --console-log file or a capture of standard output")
        }
    }
}

fn frames(kind: EventKind, content: LogContent) -> Given {
    match (kind, content) {
        (_, LogContent::Unknown) => Given::Partly("by the frames of the console log"),
        (_, LogContent::Heard) => {
            Given::No("RCON does not hand it out; the alerts tell when a server is down, up or restarted")
        }
        (EventKind::ServerCrashed, _) => {
            Given::Partly("only when the next run begins; set game_log to learn of it at once")
        }
        _ => Given::Yes,
    }
}

const fn modded(content: LogContent, engine: bool) -> Given {
    match (content, engine) {
        (LogContent::Capture, _) => Given::WithMod("a mod or a scenario that prints or logs it"),
        (_, true) => {
            Given::WithMod("a mod that writes it with log(); what print() writes is only on standard output")
        }
        (LogContent::Unknown, false) => {
            Given::Partly("if log_path is a capture of standard output, and a mod writes it")
        }
        (LogContent::Heard, false) => Given::No("RCON does not hand out what mods write"),
        (LogContent::ConsoleLog | LogContent::GameLog, false) => Given::No(
            "the console log never holds what mods write: set game_log, or set log_path to a capture of standard output",
        ),
    }
}

/// Counts the shapes of a file's first lines to tell what it is.
#[derive(Debug, Clone, Copy, Default)]
pub struct ShapeCensus {
    console: u32,
    engine: u32,
}

impl ShapeCensus {
    /// Takes in one line.
    pub const fn add(&mut self, shape: Shape) {
        match shape {
            Shape::Framed | Shape::Dated => self.console = self.console.saturating_add(1),
            Shape::Engine => self.engine = self.engine.saturating_add(1),
            Shape::Bare => {}
        }
    }

    /// What the file holds, as far as its lines tell. A capture in which nobody has said a word yet looks like a
    /// `factorio-current.log`: the name of the file may settle it.
    #[must_use]
    pub const fn content(self) -> LogContent {
        match (self.console, self.engine) {
            (0, 0) => LogContent::Unknown,
            (_, 0) => LogContent::ConsoleLog,
            (0, _) => LogContent::GameLog,
            (_, _) => LogContent::Capture,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(kind: EventKind, streams: Streams) -> Given {
        coverage(streams)
            .find(|(k, _)| *k == kind)
            .map(|(_, given)| given)
            .unwrap()
    }

    #[test]
    fn each_file_gives_what_it_holds() {
        use EventKind::{Chat, Death, Desync, ServerCrashed, ServerStarted};
        let console = Streams::Alone(LogContent::ConsoleLog);
        assert_eq!(of(Chat, console), Given::Yes);
        assert_eq!(of(ServerStarted, console), Given::Yes);
        assert!(matches!(of(ServerCrashed, console), Given::Partly(_)));
        assert!(matches!(of(Desync, console), Given::No(_)));
        assert!(matches!(of(Death, console), Given::No(_)));
        let heard = Streams::Alone(LogContent::Heard);
        assert_eq!(of(Chat, heard), Given::Yes);
        for kind in [ServerStarted, ServerCrashed, Desync, Death] {
            assert!(matches!(of(kind, heard), Given::No(_)));
        }
        let both = Streams::WithGameLog(LogContent::ConsoleLog);
        for kind in [Chat, ServerStarted, ServerCrashed, Desync] {
            assert_eq!(of(kind, both), Given::Yes);
            assert_eq!(of(kind, Streams::Alone(LogContent::Capture)), Given::Yes);
        }
        assert!(matches!(
            of(Chat, Streams::Alone(LogContent::GameLog)),
            Given::No(_)
        ));
        assert!(matches!(of(Death, both), Given::WithMod(_)));
    }

    #[test]
    fn a_few_lines_tell_what_a_file_is() {
        let content = |shapes: &[Shape]| {
            let mut census = ShapeCensus::default();
            shapes.iter().for_each(|shape| census.add(*shape));
            census.content()
        };
        assert_eq!(content(&[Shape::Bare]), LogContent::Unknown);
        assert_eq!(content(&[Shape::Framed, Shape::Dated]), LogContent::ConsoleLog);
        assert_eq!(content(&[Shape::Engine, Shape::Bare]), LogContent::GameLog);
        assert_eq!(content(&[Shape::Engine, Shape::Dated]), LogContent::Capture);
    }
}
