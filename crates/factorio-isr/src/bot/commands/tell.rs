//! What people read.
//!
//! Owns how texts of the game and of people are made harmless, and the sentences that every command may need. Addresses and
//! passwords never stand in one: why a server is not reachable is told in the words of the card. Cannot fail.

use factorio_rcon::Failure;
use factorio_rcon::gate::Refusal;
use factorio_rcon::reply::{Unreadable, Why};
use factorio_rcon::session::{Lost, NotSent};
use isr_core::command::tree::Spec;
use isr_core::command::{Denied, Level};
use isr_core::redact::redact;
use isr_core::text::{clean, cut, is_blank, is_invisible};
use isr_core::voice::{CommandWord, Voice};
use isr_discord::{Embed, ReplyButton};

use super::request::Fault;
use crate::game::why_down;

/// Room for one name, in UTF-16 units.
const NAME_ROOM: usize = 64;
/// Room for what somebody said, or the game.
const SPEECH_ROOM: usize = 900;
/// Room for a whole reply of the game, in characters.
const RAW_ROOM: usize = 1_700;

/// Whether it is what was wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tone {
    /// It is.
    Good,
    /// It is not, and only who asked reads it.
    Bad,
}

/// What is answered, and what the audit log says of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Reply {
    pub(super) text: String,
    pub(super) embeds: Vec<Embed>,
    pub(super) buttons: Vec<ReplyButton>,
    pub(super) tone: Tone,
    /// One word for the audit log.
    pub(super) outcome: &'static str,
}

impl Reply {
    pub(super) const fn good(text: String) -> Self {
        Self {
            text,
            embeds: Vec::new(),
            buttons: Vec::new(),
            tone: Tone::Good,
            outcome: "done",
        }
    }

    pub(super) fn bad(text: String, outcome: &'static str) -> Self {
        Self {
            tone: Tone::Bad,
            outcome,
            ..Self::good(text)
        }
    }
}

/// Speaks about one server.
#[derive(Debug, Clone, Copy)]
pub(super) struct Teller<'a> {
    pub(super) voice: &'a Voice,
    /// The server's name for people, as it was configured.
    pub(super) server: &'a str,
}

impl Teller<'_> {
    /// A word.
    pub(super) fn word(&self, word: CommandWord) -> &str {
        self.voice.words().command.get(word)
    }

    /// A sentence. The parts are finished text; `{server}` is filled in where it is none of them.
    pub(super) fn say(&self, word: CommandWord, parts: &[(&str, &str)]) -> String {
        let server = self.name(self.server);
        let mut all = parts.to_vec();
        all.push(("server", &server));
        self.voice.words().command.fill(word, &all)
    }

    /// A name of others, escaped and short.
    pub(super) fn name(&self, text: &str) -> String {
        let text = clean(text);
        if is_blank(&text) {
            return self.voice.words().nameless.clone();
        }
        cut(text.trim(), NAME_ROOM).text
    }

    /// What others said, escaped; addresses are taken out.
    pub(super) fn speech(&self, text: &str) -> String {
        let text = redact(text);
        let text = clean(&text);
        if is_blank(&text) {
            return self.voice.words().blank.clone();
        }
        cut(text.trim(), SPEECH_ROOM).text
    }

    pub(super) fn fault(&self, fault: &Fault) -> Reply {
        let parts: Vec<(&str, &str)> = fault
            .parts
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        Reply::bad(self.say(fault.word, &parts), "refused")
    }

    pub(super) fn denied(&self, spec: &Spec, denied: Denied) -> Reply {
        let command = spec.typed();
        let text = match denied {
            Denied::SwitchedOff => self.say(CommandWord::SwitchedOff, &[("command", &command)]),
            Denied::Needs(level) => {
                let level = self.word(match level {
                    Level::View => CommandWord::LevelView,
                    Level::Moderate => CommandWord::LevelModerate,
                    Level::Administer => CommandWord::LevelAdminister,
                });
                self.say(
                    CommandWord::NeedsLevel,
                    &[("command", &command), ("level", level)],
                )
            }
        };
        Reply::bad(text, "refused")
    }

    /// Why there is no answer.
    pub(super) fn failure(&self, spec: &Spec, failure: &Failure) -> Reply {
        let say = |word| self.say(word, &[]);
        match failure {
            Failure::Unknown(Lost::TooLong) => Reply::bad(say(CommandWord::TooLong), "done"),
            Failure::Unknown(Lost::Deadline | Lost::Disconnected) => {
                Reply::bad(say(CommandWord::Unanswered), "unknown")
            }
            Failure::NotSent(not_sent) => {
                let text = match not_sent {
                    NotSent::Refused(refusal) => self.refusal(spec, refusal),
                    NotSent::Down(down) => {
                        let why = self.voice.why_down(why_down(down));
                        self.say(CommandWord::Unreachable, &[("why", why)])
                    }
                    NotSent::QueueFull => say(CommandWord::Busy),
                    NotSent::Deadline | NotSent::Silent => say(CommandWord::SilentServer),
                    NotSent::Closed => say(CommandWord::Connecting),
                };
                Reply::bad(text, "not sent")
            }
        }
    }

    /// Why the gate did not let it through.
    fn refusal(&self, spec: &Spec, refusal: &Refusal) -> String {
        let command = spec.typed();
        match refusal {
            Refusal::ReadOnly => self.say(CommandWord::ReadOnly, &[("command", &command)]),
            Refusal::EndsAchievements { .. } | Refusal::LuaAsCommand { .. } => {
                self.say(CommandWord::LuaOff, &[("command", &command)])
            }
            Refusal::UnknownCommand { word } => {
                let word: String = word.chars().filter(|c| !is_invisible(*c) && *c != '`').collect();
                self.say(CommandWord::NoSuchCommand, &[("word", &word)])
            }
            Refusal::Secret => self.say(CommandWord::SecretLine, &[]),
            Refusal::NotACommand | Refusal::LooksLikeACommand => self.say(CommandWord::CommandAsChat, &[]),
            Refusal::Empty => self.say(CommandWord::NothingToSend, &[]),
            Refusal::TooLong { .. } => self.say(CommandWord::TooLongToSend, &[]),
            Refusal::NotOneLine | Refusal::Argument { .. } => self.say(CommandWord::NotOneLine, &[]),
        }
    }

    /// What the game said is no form that we know.
    pub(super) fn unreadable(&self, unreadable: &Unreadable) -> Reply {
        let text = match unreadable.why {
            Why::UnknownCommand => self.say(CommandWord::GameDoesNotKnow, &[]),
            Why::OnlyWarned => self.say(CommandWord::LuaWarned, &[]),
            Why::UnknownSurface | Why::UnknownSetting | Why::CommandFailed | Why::Form => {
                let answer = self.speech(&unreadable.shown);
                self.say(CommandWord::NotUnderstood, &[("answer", &answer)])
            }
        };
        Reply::bad(text, "not understood")
    }

    /// The line below a change: what the game answered.
    pub(super) fn answered(&self, reply: &str) -> String {
        match reply.trim() {
            "" => self.say(CommandWord::SaidNothing, &[]),
            answer => self.say(CommandWord::Answered, &[("answer", &self.speech(answer))]),
        }
    }
}

/// A reply of the game as a block in which nothing has a meaning.
pub(super) fn block(reply: &str) -> String {
    let reply = redact(reply);
    let harmless = |c: char| match c {
        '`' => Some('\u{2cb}'),
        '\n' => Some('\n'),
        c if is_invisible(c) => None,
        c => Some(c),
    };
    let text: String = reply.trim_end().chars().filter_map(harmless).collect();
    let cut_at = text.char_indices().nth(RAW_ROOM).map(|(at, _)| at);
    let (shown, more) = cut_at.map_or((text.as_str(), ""), |at| (&text[..at], "…"));
    format!("```\n{shown}{more}\n```")
}

/// A line as code: nothing in it has a meaning.
pub(super) fn code(line: &str) -> String {
    let harmless = |c: &char| !is_invisible(*c);
    let text: String = line
        .chars()
        .filter(harmless)
        .map(|c| if c == '`' { '\u{2cb}' } else { c })
        .take(SPEECH_ROOM)
        .collect();
    text.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_game_prints_stays_in_its_block() {
        let text = block("a ``` @everyone\n\u{202e}b 10.1.2.3:34197\n");
        assert_eq!(text.matches("```").count(), 2, "{text}");
        assert!(!text.contains("10.1.2.3") && !text.contains('\u{202e}'), "{text}");
        assert!(block(&"x".repeat(10_000)).len() < 2_000);
    }

    #[test]
    fn names_and_speech_are_escaped_and_addresses_are_gone() {
        let voice = Voice::default();
        let teller = Teller {
            voice: &voice,
            server: "**x**",
        };
        assert!(teller.say(CommandWord::NoBans, &[]).contains(r"\*\*x\*\*"));
        assert!(!teller.speech("reach me at 10.1.2.3:5").contains("10.1.2.3"));
        assert_eq!(teller.name("\u{200b}"), voice.words().nameless);
    }
}
