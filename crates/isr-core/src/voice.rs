//! How events read on Discord.
//!
//! Owns the default wording and the promise that whatever an event holds, each line that comes out is escaped, one
//! line, and leaves room for a late mark in one message. Must not know destinations or time. Cannot fail.

use std::borrow::Cow;

use crate::event::{Actor, Effect, Event, Evidence};
use crate::redact::redact;
pub use crate::template::Line;
use crate::text::{clean, cut, escape, is_blank, readable, split, units};

/// The most messages that one chat line becomes; what is beyond is counted in a note.
pub const MOST_PARTS: usize = 5;

/// The most characters of a player's name that are shown.
const NAME_CHARACTERS: usize = 60;

/// Room for reasons, technologies, causes and the like, in UTF-16 units.
const SHORT_ROOM: usize = 400;

/// Room for commands, warnings and errors, in UTF-16 units.
const LONG_ROOM: usize = 1200;

/// The wording of factorio-isr when nobody configured another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DefaultVoice;

impl DefaultVoice {
    /// The lines for an event: one, or up to [`MOST_PARTS`] for long chat.
    #[must_use]
    pub fn render(&self, event: &Event) -> Vec<Line> {
        match event {
            Event::Chat { player, text } => spoken(&format!("💬 {}: ", bold(player)), text),
            Event::Shout { player, text } => spoken(&format!("📢 {} shouts: ", bold(player)), text),
            Event::ServerChat { text } => spoken("🖥️ **[SERVER]**: ", text),
            Event::Message { text } => spoken("📣 ", text),
            Event::Custom(custom) => {
                let lines = custom.lines(Line::LIMIT, MOST_PARTS);
                lines.into_iter().map(Line::of).collect()
            }
            other => vec![Line::of(told(other))],
        }
    }

    /// The lines for an event that is posted under the player's own name as webhook name: chat is the player's words
    /// alone, everything else is as [`DefaultVoice::render`] has it.
    #[must_use]
    pub fn render_as_speaker(&self, event: &Event) -> Vec<Line> {
        match event {
            Event::Chat { text, .. } => spoken("", text),
            Event::Shout { text, .. } => spoken("📢 ", text),
            Event::Custom(custom) => match (event.speaker(), &custom.message) {
                (Some(_), Some(said)) => spoken("", said),
                _ => self.render(event),
            },
            other => self.render(other),
        }
    }
}

/// Speech: literal, in as many lines as it needs, each with the speaker in front.
fn spoken(opening: &str, text: &str) -> Vec<Line> {
    let clean = clean(text);
    let text = readable(&clean);
    if is_blank(&text) {
        return vec![Line::of(format!("{opening}*(blank)*"))];
    }
    let parts = split(text.trim(), Line::LIMIT - units(opening), MOST_PARTS).parts;
    parts
        .into_iter()
        .map(|part| Line::of(format!("{opening}{part}")))
        .collect()
}

/// Everything that is told in one line.
fn told(event: &Event) -> String {
    match event {
        Event::Join { player } => format!("✅ {} joined the server", bold(player)),
        Event::Leave { player } => format!("❌ {} left the server", bold(player)),
        Event::Milestone { player, text } => {
            format!("🏆 {} completed milestone: *{}*", bold(player), word(text))
        }
        Event::Task { player, text } => format!("✔️ {} completed task: *{}*", bold(player), word(text)),
        Event::Research { technology } => format!("🔬 Research completed: **{}**", word(technology)),
        Event::ResearchStarted { technology } => format!("🔬 Research started: **{}**", word(technology)),
        Event::ResearchCancelled { technology } => format!("🔬 Research cancelled: **{}**", word(technology)),
        Event::Death { player, cause: None } => format!("💀 {} died", bold(player)),
        Event::Death {
            player,
            cause: Some(cause),
        } => {
            format!("💀 {} was killed by {}", bold(player), word(cause))
        }
        Event::Rocket { count: None } => "🚀 A rocket was launched".to_owned(),
        Event::Rocket { count: Some(count) } => format!("🚀 Rocket number **{count}** was launched"),
        other => told_of_admins(other),
    }
}

fn told_of_admins(event: &Event) -> String {
    match event {
        Event::Kick { player, by, reason } => {
            format!(
                "👢 {} was kicked by {}{}",
                bold(player),
                actor(by),
                because(reason.as_deref())
            )
        }
        Event::Ban { player, by, reason } => {
            format!(
                "🔨 {} was banned by {}{}",
                bold(player),
                actor(by),
                because(reason.as_deref())
            )
        }
        Event::Unban { player, by } => format!("🕊️ {} was unbanned by {}", bold(player), actor(by)),
        Event::Promote {
            player,
            by,
            effect: Effect::Now,
        } => {
            format!("👑 {} was promoted to admin by {}", bold(player), actor(by))
        }
        Event::Promote {
            player,
            by,
            effect: Effect::OnJoining,
        } => {
            format!(
                "👑 {} was promoted by {} and will be an admin on joining",
                bold(player),
                actor(by)
            )
        }
        Event::Demote {
            player,
            by,
            effect: Effect::Now,
        } => {
            format!("📉 {} was demoted from admin by {}", bold(player), actor(by))
        }
        Event::Demote {
            player,
            by,
            effect: Effect::OnJoining,
        } => {
            format!(
                "📉 {} was taken off the admin list by {}",
                bold(player),
                actor(by)
            )
        }
        Event::Command { by, text } => {
            format!("🔧 {} ran a command: {}", actor(by), redacted(text, LONG_ROOM))
        }
        Event::CommandError { text } => format!("🔧 A command failed: {}", redacted(text, LONG_ROOM)),
        Event::Warning { text, .. } => format!("⚠️ {}", redacted(text, LONG_ROOM)),
        Event::Color { player, color } => format!("🎨 {} changed colour to {}", bold(player), word(color)),
        Event::Refused { player, reason } => {
            format!(
                "⛔ {} was refused: {}",
                bold(player),
                redacted(reason, SHORT_ROOM)
            )
        }
        other => told_of_server(other),
    }
}

fn told_of_server(event: &Event) -> String {
    match event {
        Event::ServerStarted {
            version: Some(version),
        } => {
            format!("🟢 Server started (Factorio {})", word(version))
        }
        Event::ServerStarted { version: None } => "🟢 Server started".to_owned(),
        Event::ServerStopped { reason } => match reason.as_deref().filter(|r| !is_blank(r)) {
            Some(reason) => format!("🔴 Server stopped ({})", redacted(reason, SHORT_ROOM)),
            None => "🔴 Server stopped".to_owned(),
        },
        Event::ServerCrashed {
            evidence: Evidence::Error(text),
        } => {
            format!("💥 Server crashed: {}", redacted(text, LONG_ROOM))
        }
        Event::ServerCrashed {
            evidence: Evidence::NoGoodbye,
        } => "💥 The run before this one ended without a goodbye: a crash, a kill or a power cut".to_owned(),
        Event::Desync { peer: Some(peer) } => {
            format!("🔀 A player's game went out of step (connection {peer})")
        }
        Event::Desync { peer: None } => "🔀 A player's game went out of step".to_owned(),
        Event::AdminMessage { text } => format!("📣 {}", redacted(text, LONG_ROOM)),
        Event::Report { text } => format!("🚩 {}", redacted(text, LONG_ROOM)),
        Event::Matching => "📡 The game is in the public server list".to_owned(),
        Event::EngineError { text } => format!("❗ {}", redacted(text, LONG_ROOM)),
        // Every other kind is told before; a kind without a sentence of its own still says what it is.
        other => format!("ℹ️ {}", other.kind()),
    }
}

/// A player's name: the first characters, escaped, in bold.
fn bold(name: &str) -> String {
    let name = clean(name);
    let name = name.trim();
    if is_blank(name) {
        return "**(no name)**".to_owned();
    }
    match name.char_indices().nth(NAME_CHARACTERS) {
        Some((end, _)) => format!("**{}…**", escape(&name[..end])),
        None => format!("**{}**", escape(name)),
    }
}

fn actor(by: &Actor) -> Cow<'static, str> {
    match by {
        Actor::Player(name) => Cow::Owned(bold(name)),
        Actor::Server => Cow::Borrowed("the server"),
        Actor::Script => Cow::Borrowed("a script"),
    }
}

fn because(reason: Option<&str>) -> String {
    reason
        .filter(|r| !is_blank(r))
        .map_or_else(String::new, |r| format!(": {}", redacted(r, SHORT_ROOM)))
}

/// A short text of a player or a mod, on one line.
fn word(text: &str) -> String {
    shown(readable(&clean(text)).trim(), SHORT_ROOM)
}

/// A text of the engine or an admin, without addresses, ids and home folders.
fn redacted(text: &str, room: usize) -> String {
    shown(redact(&readable(&clean(text))).trim(), room)
}

fn shown(text: &str, room: usize) -> String {
    if is_blank(text) {
        "(blank)".to_owned()
    } else {
        cut(text, room).text
    }
}
