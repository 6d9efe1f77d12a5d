//! What one event leaves behind in the statistics.
//!
//! Owns the choice of what is kept of each event: kind, player, one detail (the cause of a death, the technology), and
//! what it does to sessions. Names are cut to a bound. Never holds what a player said. Cannot fail.

use crate::delivery::KindName;
use crate::event::{Event, EventKind};
use crate::source::{GenerationId, ServerTag};
use crate::text::{clean, is_blank};

/// The longest name of a player that is kept; the game allows 60.
pub const PLAYER_CHARACTERS: usize = 64;
/// The longest cause or technology that is kept.
pub const DETAIL_CHARACTERS: usize = 80;

/// What a fact does to the sessions of its server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Nothing.
    None,
    /// Opens the player's session.
    Opens,
    /// Closes the player's session.
    Closes,
    /// Closes all sessions that began before: the server's run ended.
    EndsRun,
}

/// One fact of a server's statistics, and the line that it was read from: a line is counted once, however often it is
/// read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    /// The server.
    pub server: ServerTag,
    /// The generation of the line's file.
    pub generation: GenerationId,
    /// The line's first byte.
    pub offset: u64,
    /// When it happened, Unix milliseconds.
    pub at_ms: i64,
    /// What is counted; nothing for a frame that only ends sessions.
    pub kind: Option<KindName>,
    /// The player.
    pub player: Option<String>,
    /// The cause of a death, the technology of a research.
    pub detail: Option<String>,
    /// What it does to sessions.
    pub step: Step,
}

impl Fact {
    /// What is kept of an event. Where a pattern speaks for a line that the program understands by itself, that counts.
    #[must_use]
    pub fn of(event: &Event, server: &ServerTag, generation: GenerationId, offset: u64, at_ms: i64) -> Self {
        let (kind, step) = match event.understood() {
            Some(own) => (own.kind_name(), step_of(own.kind())),
            None => (event.kind_name(), Step::None),
        };
        let event = event.understood().unwrap_or(event);
        Self {
            server: server.clone(),
            generation,
            offset,
            at_ms,
            kind: Some(kind),
            player: player_of(event).and_then(|name| kept(name, PLAYER_CHARACTERS)),
            detail: detail_of(event).and_then(|text| kept(text, DETAIL_CHARACTERS)),
            step,
        }
    }

    /// A frame of the console log: the run before it has ended.
    #[must_use]
    pub fn run_ended(server: &ServerTag, generation: GenerationId, offset: u64, at_ms: i64) -> Self {
        Self {
            server: server.clone(),
            generation,
            offset,
            at_ms,
            kind: None,
            player: None,
            detail: None,
            step: Step::EndsRun,
        }
    }
}

const fn step_of(kind: EventKind) -> Step {
    match kind {
        EventKind::Join => Step::Opens,
        EventKind::Leave => Step::Closes,
        EventKind::ServerStarted | EventKind::ServerStopped | EventKind::ServerCrashed => Step::EndsRun,
        _ => Step::None,
    }
}

/// Whom an event is counted for.
fn player_of(event: &Event) -> Option<&str> {
    match event {
        Event::Custom(custom) => custom.sure_player(),
        event => event.player(),
    }
}

fn detail_of(event: &Event) -> Option<&str> {
    match event {
        Event::Death { cause, .. } => cause.as_deref(),
        Event::Research { technology } => Some(technology),
        _ => None,
    }
}

/// A name without control characters, within its bound; nothing when it is blank.
fn kept(name: &str, characters: usize) -> Option<String> {
    let name = clean(name);
    let name = name.trim();
    let beyond = (name.len() > characters).then(|| name.char_indices().nth(characters));
    let end = beyond.flatten().map_or(name.len(), |(at, _)| at);
    (!is_blank(name)).then(|| name[..end].to_owned())
}

#[cfg(test)]
mod tests {
    use factorio_log::{Context, Grammar};

    use super::*;
    use crate::pattern::{Definition, Form, PatternSet, Reading, Scratch, State, Tier};

    fn fact(event: &Event) -> Fact {
        let server = ServerTag::parse("a").unwrap();
        Fact::of(event, &server, GenerationId(1), 7, 1000)
    }

    #[test]
    fn what_a_player_says_is_counted_and_never_kept() {
        let fact = fact(&Event::Chat {
            player: "Ann".into(),
            text: "my secret".into(),
        });
        assert_eq!(
            (fact.player.as_deref(), fact.detail.as_deref()),
            (Some("Ann"), None)
        );
        assert!(!format!("{fact:?}").contains("secret"));
    }

    #[test]
    fn words_that_a_pattern_takes_for_a_player_are_not_kept() {
        let player = |expression: &str, kind: &str, line: &str| {
            let definition = Definition {
                name: "x".to_owned(),
                expression: expression.to_owned(),
                form: Form::Positional,
                kind: KindName::named(kind),
                emoji: String::new(),
                template: None,
                state: State::On,
                priority: 1,
                channel: None,
                tier: Tier::Own,
            };
            let (set, _) = PatternSet::compile(&[definition]);
            let line = Grammar::new().read(&mut Context::new(), line.as_bytes());
            match set.read(&line, &mut Scratch::default()) {
                Reading::Event(custom) => fact(&Event::Custom(custom)).player,
                other => panic!("{other:?}"),
            }
        };
        let ann = Some("Ann".to_owned());
        let said = "[PLAYER-CHAT] Ann: my secret";
        assert_eq!(player(r"^\[PLAYER-CHAT\] (.*)", "chat", said), None);
        assert_eq!(player(r"^\[PLAYER-CHAT\] \S+ (\w+)", "chat", said), None);
        assert_eq!(player(r"^\[PLAYER-CHAT\] (.*)", "mod.x", said), None);
        assert_eq!(player(r"^\[PLAYER-CHAT\] (\w+): (.*)", "chat", said), ann);
        assert_eq!(player(r"^\[PLAYER-CHAT\] (?P<player>\w+)", "chat", said), ann);
        assert_eq!(player(r"^\[SILO\] (\w+)", "mod.x", "[SILO] Ann"), ann);
    }

    #[test]
    fn deaths_keep_their_cause_and_researches_their_technology() {
        let death = fact(&Event::Death {
            player: "Ann".into(),
            cause: Some("medium-biter".into()),
        });
        assert_eq!(death.detail.as_deref(), Some("medium-biter"));
        let research = fact(&Event::Research {
            technology: "rocket-silo".into(),
        });
        assert_eq!(
            (research.player, research.detail.as_deref()),
            (None, Some("rocket-silo"))
        );
    }

    #[test]
    fn names_are_cut_and_blank_ones_are_nobody() {
        let long = fact(&Event::Join {
            player: "x".repeat(5000),
        });
        assert_eq!(long.player.map(|name| name.len()), Some(PLAYER_CHARACTERS));
        let blank = fact(&Event::Join {
            player: "\u{202e} \u{200b}".into(),
        });
        assert_eq!(blank.player, None);
    }

    #[test]
    fn the_name_that_somebody_refused_typed_is_not_kept() {
        let refused = fact(&Event::Refused {
            player: "Ann".into(),
            reason: "PasswordMismatch".into(),
        });
        assert_eq!(refused.player, None);
    }
}
