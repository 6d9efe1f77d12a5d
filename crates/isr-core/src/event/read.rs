//! Turns what the grammar understood into what can be posted.
//!
//! Owns which facts are events of their own, and leaves out the steps of a normal login and what a mod merely
//! repeats of the game's own lines. The server's life is not told here: see
//! [`server_state`](crate::server_state). Must not know wording. Cannot fail: what is no event is `None`.

use factorio_log::{Fact, Who};

use super::{Actor, Effect, Event};

/// What the game writes when no reason was given.
const NO_REASON: &[u8] = b"unspecified";

/// Refusals with which every verified login begins; the client tries again by itself.
const HANDSHAKE: [&[u8]; 2] = [b"UserVerificationMissing", b"PasswordMissing"];

/// The event that a fact is by itself.
///
/// Copies the texts out of the line; bad UTF-8 becomes U+FFFD.
#[must_use]
pub fn event_of(fact: &Fact<'_>) -> Option<Event> {
    Some(match *fact {
        Fact::Join { player } => Event::Join {
            player: text(player.name),
        },
        Fact::Leave { player } => Event::Leave {
            player: text(player.name),
        },
        Fact::Chat { player, text: said } => spoken(player, said),
        Fact::Shout { player, text: said } => Event::Shout {
            player: text(player.name),
            text: text(said),
        },
        Fact::Milestone { player, text: done } => Event::Milestone {
            player: text(player),
            text: text(done),
        },
        Fact::Task { player, text: done } => Event::Task {
            player: text(player),
            text: text(done),
        },
        Fact::Death { player, cause } | Fact::ModDeath { player, cause, .. } => Event::Death {
            player: text(player),
            cause: cause.map(text),
        },
        Fact::ModRocket { count, .. } => Event::Rocket { count },
        Fact::Color { player, color } => Event::Color {
            player: text(player.name),
            color: text(color),
        },
        _ => return research(fact).or_else(|| decision(fact)).or_else(|| report(fact)),
    })
}

fn spoken(player: Who<'_>, said: &[u8]) -> Event {
    if player.is_server() {
        Event::ServerChat { text: text(said) }
    } else {
        Event::Chat {
            player: text(player.name),
            text: text(said),
        }
    }
}

fn research(fact: &Fact<'_>) -> Option<Event> {
    Some(match *fact {
        Fact::Research { technology } => Event::Research {
            technology: text(technology),
        },
        Fact::ModResearchFinished {
            technology, level, ..
        } => Event::Research {
            technology: with_level(technology, level),
        },
        Fact::ModResearchStarted {
            technology, level, ..
        } => Event::ResearchStarted {
            technology: with_level(technology, level),
        },
        Fact::ModResearchCancelled { technology } => Event::ResearchCancelled {
            technology: text(technology),
        },
        _ => return None,
    })
}

/// The level says something only where it is above one and not already a part of the name.
fn with_level(technology: &[u8], level: Option<u64>) -> String {
    let name = text(technology);
    match level.filter(|level| *level > 1).map(|level| level.to_string()) {
        Some(level) if !name.ends_with(&format!("-{level}")) => format!("{name} {level}"),
        _ => name,
    }
}

/// What somebody with the right to do so did to a player, or by command.
fn decision(fact: &Fact<'_>) -> Option<Event> {
    Some(match *fact {
        Fact::Kick { player, by, reason } => Event::Kick {
            player: text(player.name),
            by: actor(by),
            reason: given(reason),
        },
        Fact::Ban {
            player, by, reason, ..
        } => Event::Ban {
            player: text(player.name),
            by: actor(by),
            reason: given(reason),
        },
        Fact::Unban { player, by } => Event::Unban {
            player: text(player.name),
            by: actor(by),
        },
        Fact::Promote { player, by, pending } => Event::Promote {
            player: text(player.name),
            by: actor(by),
            effect: effect(pending),
        },
        Fact::Demote { player, by, pending } => Event::Demote {
            player: text(player.name),
            by: actor(by),
            effect: effect(pending),
        },
        Fact::Command { player, text: lua } => Event::Command {
            by: actor(player),
            text: text(lua),
        },
        _ => return None,
    })
}

/// What the game, the engine or a mod has to say.
fn report(fact: &Fact<'_>) -> Option<Event> {
    Some(match *fact {
        Fact::CommandError { text: words } => Event::CommandError { text: text(words) },
        Fact::Warning {
            text: words, player, ..
        } => Event::Warning {
            player: player.map(text),
            text: text(words),
        },
        Fact::EngineRefused { player, reason, .. } if !HANDSHAKE.contains(&reason) => Event::Refused {
            player: player.map(text).unwrap_or_default(),
            reason: text(reason),
        },
        Fact::EngineDesync { peer, .. } => Event::Desync { peer: Some(peer) },
        Fact::EngineMatchingGame { .. } | Fact::EngineMatchingOk => Event::Matching,
        Fact::EngineError { text: words, .. } => Event::EngineError { text: text(words) },
        Fact::ModMessage { text: words, .. } => Event::Message { text: text(words) },
        Fact::ModAdminMessage { text: words } => Event::AdminMessage { text: text(words) },
        Fact::ModReport { text: words } => Event::Report { text: text(words) },
        _ => return None,
    })
}

fn actor(who: Who<'_>) -> Actor {
    Actor::from_name(&String::from_utf8_lossy(who.name))
}

const fn effect(pending: bool) -> Effect {
    if pending { Effect::OnJoining } else { Effect::Now }
}

fn given(reason: Option<&[u8]>) -> Option<String> {
    reason
        .filter(|reason| *reason != NO_REASON && !reason.is_empty())
        .map(text)
}

fn text(bytes: &[u8]) -> String {
    // Nearly all of it is good, and seen to be so much faster than by looking for what is bad.
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => String::from_utf8_lossy(bytes).into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chat_of_the_server_is_a_kind_of_its_own() {
        let said = |name: &'static [u8]| {
            event_of(&Fact::Chat {
                player: Who::named(name),
                text: b"hi",
            })
        };
        assert_eq!(said(b"<server>"), Some(Event::ServerChat { text: "hi".into() }));
        assert_eq!(
            said(b"Bob"),
            Some(Event::Chat {
                player: "Bob".into(),
                text: "hi".into()
            })
        );
    }

    #[test]
    fn the_steps_of_a_login_are_no_refusals() {
        let refused = |reason: &'static [u8]| {
            event_of(&Fact::EngineRefused {
                address: b"192.0.2.1:1",
                player: Some(b"Bob"),
                reason,
            })
        };
        assert_eq!(refused(b"UserVerificationMissing"), None);
        assert_eq!(refused(b"PasswordMissing"), None);
        let expected = Event::Refused {
            player: "Bob".into(),
            reason: "PasswordMismatch".into(),
        };
        assert_eq!(refused(b"PasswordMismatch"), Some(expected));
    }

    #[test]
    fn a_missing_reason_is_no_reason() {
        let kick = |reason| {
            event_of(&Fact::Kick {
                player: Who::named(b"Bob"),
                by: Who::named(b"<script>"),
                reason,
            })
        };
        for reason in [None, Some(&b"unspecified"[..]), Some(b"")] {
            let expected = Event::Kick {
                player: "Bob".into(),
                by: Actor::Script,
                reason: None,
            };
            assert_eq!(kick(reason), Some(expected));
        }
        assert!(matches!(kick(Some(b"afk")), Some(Event::Kick { reason: Some(why), .. }) if why == "afk"));
    }

    #[test]
    fn a_level_is_told_once() {
        assert_eq!(
            with_level(b"mining-productivity-4", Some(4)),
            "mining-productivity-4"
        );
        assert_eq!(
            with_level(b"mining-productivity", Some(4)),
            "mining-productivity 4"
        );
        assert_eq!(with_level(b"automation", Some(1)), "automation");
    }

    #[test]
    fn what_a_mod_repeats_is_not_told_again() {
        assert_eq!(
            event_of(&Fact::ModJoin {
                tick: None,
                player: b"Bob"
            }),
            None
        );
        assert_eq!(
            event_of(&Fact::ModChat {
                player: Who::named(b"Bob"),
                text: b"hi"
            }),
            None
        );
        assert_eq!(event_of(&Fact::LogOpened), None);
        assert_eq!(event_of(&Fact::EngineGoodbye), None);
    }
}
