//! Dialects that write through `log()`: the body of `Script` lines of one mod.
//!
//! Owns the forms of Event Logger and KBVE. Must not know printed lines. Player names follow the account name rules
//! here, as they come from the mod's own variables without a tag. A body that is no known form is `None`.

use crate::fact::Fact;
use crate::name::{Who, is_account_name};
use crate::scan::{decimal, filled, first_word, number, split_last, split_once};

/// Whether a `Script` line comes from Event Logger, whose folder was named in more than one way:
/// `@__event-logger__/logger.lua:44` and `@__Factorio-Event-Logger__/logger.lua:65`.
pub(super) fn is_event_logger(place: &[u8]) -> bool {
    const NAME: &[u8] = b"event-logger";
    let folder = place
        .strip_prefix(b"@__")
        .and_then(|rest| split_once(rest, b"__/"));
    let Some((folder, _)) = folder else { return false };
    folder.len() >= NAME.len() && folder[folder.len() - NAME.len()..].eq_ignore_ascii_case(NAME)
}

/// Reads a line of Event Logger. `[ARTILLERY]` lines run two names together and stay plain `Script` lines.
pub(super) fn event_logger(text: &[u8]) -> Option<Fact<'_>> {
    let (tag, body) = split_once(text.strip_prefix(b"[")?, b"] ")?;
    match tag {
        b"JOIN" => Some(Fact::ModJoin {
            tick: None,
            player: name(body)?,
        }),
        b"LEAVE" => {
            let (player, reason) = first_word(body);
            Some(Fact::ModLeave {
                tick: None,
                player: name(player)?,
                reason: reason.and_then(filled),
            })
        }
        b"DIED" => {
            let (player, cause) = first_word(body);
            let cause = cause.and_then(filled).filter(|cause| *cause != b"no-cause");
            Some(Fact::ModDeath {
                tick: None,
                player: name(player)?,
                cause,
            })
        }
        b"CHAT" => {
            let (player, text) = split_once(body, b": ")?;
            Some(Fact::ModChat {
                player: Who::named(filled(player)?),
                text,
            })
        }
        b"RESEARCH STARTED" => {
            let (technology, level) = levelled(body)?;
            Some(Fact::ModResearchStarted {
                tick: None,
                technology,
                level,
            })
        }
        b"RESEARCH FINISHED" => {
            let (technology, level) = levelled(body)?;
            Some(Fact::ModResearchFinished {
                tick: None,
                technology,
                level,
            })
        }
        b"RESEARCH CANCELLED" => Some(Fact::ModResearchCancelled {
            technology: filled(body)?,
        }),
        b"ROCKET" => (body == b"ROCKET LAUNCHED").then_some(Fact::ModRocket {
            tick: None,
            count: None,
        }),
        b"EVOLUTION" => Some(Fact::ModEvolution {
            factor: decimal(body)?,
        }),
        b"STATS" => player_stats(body),
        _ => None,
    }
}

/// Reads a line of the KBVE relay: `[STATS] kind=player_event event=join player=NAME game_tick=N`.
pub(super) fn kbve(text: &[u8]) -> Option<Fact<'_>> {
    let fields = text.strip_prefix(b"[STATS] ")?;
    let field = |wanted: &[u8]| {
        let mut pairs = fields
            .split(|byte| *byte == b' ')
            .filter_map(|pair| split_once(pair, b"="));
        pairs.find_map(|(key, value)| (key == wanted).then_some(value))
    };
    (field(b"kind")? == b"player_event").then_some(())?;
    let player = name(field(b"player")?)?;
    let tick = field(b"game_tick").and_then(number);
    match field(b"event")? {
        b"join" => Some(Fact::ModJoin { tick, player }),
        b"leave" => Some(Fact::ModLeave {
            tick,
            player,
            reason: None,
        }),
        _ => None,
    }
}

fn name(text: &[u8]) -> Option<&[u8]> {
    is_account_name(text).then_some(text)
}

/// `TECH LEVEL`, where the level may be the word `no-level`.
fn levelled(body: &[u8]) -> Option<(&[u8], Option<u64>)> {
    match split_last(body, b" ") {
        Some((technology, b"no-level")) => Some((filled(technology)?, None)),
        Some((technology, level)) => match number(level) {
            Some(level) => Some((filled(technology)?, Some(level))),
            None => Some((body, None)),
        },
        None => Some((filled(body)?, None)),
    }
}

/// `NAME BUILT TICKS`
fn player_stats(body: &[u8]) -> Option<Fact<'_>> {
    let (rest, ticks) = split_last(body, b" ")?;
    let (player, built) = split_last(rest, b" ")?;
    Some(Fact::ModPlayerStats {
        player: name(player)?,
        built: number(built)?,
        ticks: number(ticks)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn event_logger_is_known_by_its_folder() {
        assert!(is_event_logger(b"@__event-logger__/logger.lua:44"));
        assert!(is_event_logger(b"@__Factorio-Event-Logger__/logger.lua:65"));
        for other in [
            &b"@__my-mod__/event-logger__/x.lua:1"[..],
            b"=(command):1",
            b"@__event-logger",
            b"event-logger__/",
        ] {
            assert!(!is_event_logger(other));
        }
    }

    #[test]
    fn each_event_logger_line_is_read() {
        for (text, fact) in [
            (
                "[JOIN] bob",
                Fact::ModJoin {
                    tick: None,
                    player: b"bob",
                },
            ),
            (
                "[LEAVE] bob quit",
                Fact::ModLeave {
                    tick: None,
                    player: b"bob",
                    reason: Some(b"quit"),
                },
            ),
            (
                "[DIED] bob small-biter",
                Fact::ModDeath {
                    tick: None,
                    player: b"bob",
                    cause: Some(b"small-biter"),
                },
            ),
            (
                "[DIED] bob no-cause",
                Fact::ModDeath {
                    tick: None,
                    player: b"bob",
                    cause: None,
                },
            ),
            (
                "[CHAT] bob: [JOIN] eve",
                Fact::ModChat {
                    player: Who::named(b"bob"),
                    text: b"[JOIN] eve",
                },
            ),
            (
                "[RESEARCH STARTED] mining-productivity 4",
                Fact::ModResearchStarted {
                    tick: None,
                    technology: b"mining-productivity",
                    level: Some(4),
                },
            ),
            (
                "[RESEARCH FINISHED] logistics no-level",
                Fact::ModResearchFinished {
                    tick: None,
                    technology: b"logistics",
                    level: None,
                },
            ),
            (
                "[RESEARCH CANCELLED] logistics",
                Fact::ModResearchCancelled {
                    technology: b"logistics",
                },
            ),
            (
                "[ROCKET] ROCKET LAUNCHED",
                Fact::ModRocket {
                    tick: None,
                    count: None,
                },
            ),
            ("[EVOLUTION] 0.1234", Fact::ModEvolution { factor: 0.1234 }),
            (
                "[STATS] bob 12 3600",
                Fact::ModPlayerStats {
                    player: b"bob",
                    built: 12,
                    ticks: 3600,
                },
            ),
        ] {
            assert_eq!(event_logger(text.as_bytes()), Some(fact), "{text}");
        }
        for text in [
            "[JOIN] two words",
            "[ARTILLERY] ab",
            "[JOIN]bob",
            "[STATS] bob 12",
            "[EVOLUTION] nan",
        ] {
            assert_eq!(event_logger(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn kbve_tells_joins_and_leaves() {
        let joined = Some(Fact::ModJoin {
            tick: Some(77),
            player: b"bob",
        });
        assert_eq!(
            kbve(b"[STATS] kind=player_event event=join player=bob game_tick=77"),
            joined
        );
        let left = Some(Fact::ModLeave {
            tick: None,
            player: b"bob",
            reason: None,
        });
        assert_eq!(kbve(b"[STATS] kind=player_event event=leave player=bob"), left);
        assert_eq!(kbve(b"[STATS] kind=server event=join player=bob"), None);
        assert_eq!(kbve(b"[STATS] kind=player_event event=dance player=bob"), None);
    }
}
