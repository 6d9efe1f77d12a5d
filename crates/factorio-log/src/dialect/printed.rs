//! Dialects that `print`: whole bare lines without a date.
//!
//! Owns the forms of FactoriGO, FactoCord, RedMew, M45 and 3RaGaming. Must not know `Script` lines. Lines of these
//! programs that say nothing to people (`[GT] …`, `[DATA-SET]…`) are `None`, as is any line that breaks its form.

use crate::console::{self, Ban};
use crate::fact::Fact;
use crate::name::{Who, is_account_name};
use crate::scan::{filled, first_word, leading_number, number, split_once, without_dot};

/// `[FactoriGOChatBot]: "TICK [EVENT:…]"`. One captured line carries a second bracket in front.
pub(super) fn factorigo(line: &[u8]) -> Option<Fact<'_>> {
    let line = line
        .strip_prefix(b"[")
        .filter(|rest| rest.starts_with(b"["))
        .unwrap_or(line);
    let quoted = line
        .strip_prefix(b"[FactoriGOChatBot]: \"")?
        .strip_suffix(b"\"")?;
    let (tick, rest) = leading_number(quoted)?;
    let tick = Some(tick);
    let (event, arguments) = split_once(rest.strip_prefix(b" [")?.strip_suffix(b"]")?, b":")?;
    match event {
        b"PLAYER_DIED" => {
            let mut parts = arguments.split(|byte| *byte == b':');
            let player = parts.next().and_then(filled)?;
            Some(Fact::ModDeath {
                tick,
                player,
                cause: parts.next().and_then(filled),
            })
        }
        b"RESEARCH_STARTED" => Some(Fact::ModResearchStarted {
            tick,
            technology: filled(arguments)?,
            level: None,
        }),
        b"RESEARCH_FINISHED" => Some(Fact::ModResearchFinished {
            tick,
            technology: filled(arguments)?,
            level: None,
        }),
        b"ROCKET_LAUNCHED" => Some(Fact::ModRocket {
            tick,
            count: Some(number(arguments)?),
        }),
        _ => None,
    }
}

/// `0000-00-00 00:00:00 [DISCORD] TEXT`: a fake date, which is no time at all.
pub(super) fn factocord(line: &[u8]) -> Option<Fact<'_>> {
    let text = line.strip_prefix(b"0000-00-00 00:00:00 [DISCORD] ")?;
    Some(Fact::ModMessage {
        channel: None,
        text: filled(text)?,
    })
}

/// `[TAG]TEXT` without a space, and a bare `[BAN] …` with one.
pub(super) fn redmew(line: &[u8]) -> Option<Fact<'_>> {
    let (tag, text) = split_once(line.strip_prefix(b"[")?, b"]")?;
    match tag {
        b"DISCORD" | b"DISCORD-BOLD" | b"DISCORD-EMBED" | b"DISCORD-RAW" => Some(Fact::ModMessage {
            channel: None,
            text: filled(text)?,
        }),
        b"DISCORD-NAMED" | b"DISCORD-NAMED-BOLD" | b"DISCORD-NAMED-EMBED" | b"DISCORD-NAMED-RAW" => {
            let (channel, text) = split_once(text, b" ")?;
            Some(Fact::ModMessage {
                channel: Some(filled(channel)?),
                text: filled(text)?,
            })
        }
        _ if tag.starts_with(b"DISCORD-ADMIN") => Some(Fact::ModAdminMessage { text: filled(text)? }),
        b"PLAYER-JOIN" => Some(Fact::ModJoin {
            tick: None,
            player: name(first_word(text).0)?,
        }),
        b"PLAYER-LEAVE" => {
            let (player, reason) = first_word(text);
            Some(Fact::ModLeave {
                tick: None,
                player: name(player)?,
                reason: reason.and_then(filled),
            })
        }
        b"PLAYER-CHAT" => spoken(text),
        b"BAN" => {
            let Ban {
                player,
                on_map,
                by,
                reason,
            } = console::ban(text.strip_prefix(b" ")?)?;
            Some(Fact::ModBan {
                player,
                on_map,
                by,
                reason,
            })
        }
        _ => None,
    }
}

/// `[MSG] TEXT`, of which deaths and research are known, `[CMD] …` and `[REPORT] …`.
pub(super) fn m45(line: &[u8]) -> Option<Fact<'_>> {
    let (tag, text) = split_once(line.strip_prefix(b"[")?, b"] ")?;
    match tag {
        b"MSG" => Some(
            m45_death(text)
                .or_else(|| m45_research(text))
                .unwrap_or(Fact::ModMessage { channel: None, text }),
        ),
        b"CMD" => m45_command(text),
        b"REPORT" => Some(Fact::ModReport { text: filled(text)? }),
        _ => None,
    }
}

/// `NAME was killed by CAUSE at [gps=…]`
fn m45_death(text: &[u8]) -> Option<Fact<'_>> {
    let (player, rest) = split_once(text, b" was killed")?;
    let (cause, _) = split_once(rest, b" at [gps=")?;
    let cause = if cause.is_empty() {
        None
    } else {
        Some(filled(cause.strip_prefix(b" by ")?)?)
    };
    Some(Fact::ModDeath {
        tick: None,
        player: name(player)?,
        cause,
    })
}

/// `Research X completed.`
fn m45_research(text: &[u8]) -> Option<Fact<'_>> {
    let technology = without_dot(text.strip_prefix(b"Research ")?).strip_suffix(b" completed")?;
    Some(Fact::ModResearchFinished {
        tick: None,
        technology: filled(technology)?,
        level: None,
    })
}

/// `NAME: n, COMMAND: c, ARGS: a`
fn m45_command(text: &[u8]) -> Option<Fact<'_>> {
    let (player, rest) = split_once(text.strip_prefix(b"NAME: ")?, b", COMMAND: ")?;
    let (command, text) = split_once(rest, b", ARGS: ")?;
    Some(Fact::ModCommand {
        player: name(player)?,
        command: filled(command)?,
        text,
    })
}

/// `[WEB] NAME: TEXT`
pub(super) fn three_ra_gaming(line: &[u8]) -> Option<Fact<'_>> {
    spoken(line.strip_prefix(b"[WEB] ")?)
}

fn spoken(text: &[u8]) -> Option<Fact<'_>> {
    let (player, text) = split_once(text, b": ")?;
    Some(Fact::ModChat {
        player: Who::present(player)?,
        text: filled(text)?,
    })
}

fn name(text: &[u8]) -> Option<&[u8]> {
    is_account_name(text).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(text: &[u8]) -> Option<Fact<'_>> {
        Some(Fact::ModMessage { channel: None, text })
    }

    #[test]
    fn factorigo_deaths_have_a_cause_or_none_and_may_have_counts() {
        let death = |cause| {
            Some(Fact::ModDeath {
                tick: Some(36_777),
                player: b"Mattie",
                cause,
            })
        };
        assert_eq!(
            factorigo(b"[FactoriGOChatBot]: \"36777 [PLAYER_DIED:Mattie:big worm:0:4]\""),
            death(Some(b"big worm"))
        );
        assert_eq!(
            factorigo(b"[FactoriGOChatBot]: \"36777 [PLAYER_DIED:Mattie::1:15]\""),
            death(None)
        );
        assert_eq!(
            factorigo(b"[[FactoriGOChatBot]: \"36777 [PLAYER_DIED:Mattie]\""),
            death(None)
        );
        for bad in [
            &b"[FactoriGOChatBot]: \"x [PLAYER_DIED:Mattie]\""[..],
            b"[FactoriGOChatBot]: \"1 [PLAYER_DIED:]\"",
            b"[FactoriGOChatBot]: \"1 [ROCKET_LAUNCHED:many]\"",
            b"[FactoriGOChatBot]: \"1 [ROCKET_LAUNCHED:1]",
            b"[[[FactoriGOChatBot]: \"1 [ROCKET_LAUNCHED:1]\"",
            b"[FactoriGOChatBot]: \"1 [UNKNOWN:1]\"",
        ] {
            assert_eq!(factorigo(bad), None);
        }
    }

    #[test]
    fn factocord_lines_have_a_date_that_is_none() {
        assert_eq!(factocord(b"0000-00-00 00:00:00 [DISCORD] hi"), message(b"hi"));
        assert_eq!(factocord(b"0000-00-00 00:00:00 [JOIN] x joined the game"), None);
    }

    #[test]
    fn redmew_tags_stand_without_a_space() {
        assert_eq!(redmew(b"[DISCORD]hi"), message(b"hi"));
        assert_eq!(redmew(b"[DISCORD-BOLD]hi"), message(b"hi"));
        let named = Some(Fact::ModMessage {
            channel: Some(b"bot-spam"),
            text: b"hi all",
        });
        assert_eq!(redmew(b"[DISCORD-NAMED]bot-spam hi all"), named);
        assert_eq!(
            redmew(b"[DISCORD-ADMIN]hi"),
            Some(Fact::ModAdminMessage { text: b"hi" })
        );
        assert_eq!(
            redmew(b"[DISCORD-ADMIN-EMBED]hi"),
            Some(Fact::ModAdminMessage { text: b"hi" })
        );
        assert_eq!(
            redmew(b"[PLAYER-JOIN]bob"),
            Some(Fact::ModJoin {
                tick: None,
                player: b"bob"
            })
        );
        let left = Some(Fact::ModLeave {
            tick: None,
            player: b"bob",
            reason: Some(b"quit"),
        });
        assert_eq!(redmew(b"[PLAYER-LEAVE]bob quit"), left);
        let chat = Some(Fact::ModChat {
            player: Who::named(b"bob"),
            text: b"[BAN] x",
        });
        assert_eq!(redmew(b"[PLAYER-CHAT]bob: [BAN] x"), chat);
        assert!(matches!(
            redmew(b"[BAN] bob was banned by <script>. Reason: x."),
            Some(Fact::ModBan { .. })
        ));
        for none in [
            &b"[DATA-SET]x"[..],
            b"[PING]x",
            b"[QUERY-PLAYERS]",
            b"[DISCORD]",
            b"[BAN]bob was banned by x.",
        ] {
            assert_eq!(redmew(none), None);
        }
    }

    #[test]
    fn m45_messages_tell_deaths_and_research_too() {
        let death = |cause| {
            Some(Fact::ModDeath {
                tick: None,
                player: b"bob",
                cause,
            })
        };
        assert_eq!(
            m45(b"[MSG] bob was killed by big-biter at [gps=1,2]"),
            death(Some(b"big-biter"))
        );
        assert_eq!(m45(b"[MSG] bob was killed at [gps=1,2]"), death(None));
        let text = &b"bob and eve was killed by x at [gps=1,2]"[..];
        assert_eq!(
            m45(b"[MSG] bob and eve was killed by x at [gps=1,2]"),
            message(text)
        );
        let done = Some(Fact::ModResearchFinished {
            tick: None,
            technology: b"logistics",
            level: None,
        });
        assert_eq!(m45(b"[MSG] Research logistics completed."), done);
        let command = Some(Fact::ModCommand {
            player: b"bob",
            command: b"register",
            text: b"a, b",
        });
        assert_eq!(m45(b"[CMD] NAME: bob, COMMAND: register, ARGS: a, b"), command);
        assert_eq!(
            m45(b"[REPORT] bob: help"),
            Some(Fact::ModReport { text: b"bob: help" })
        );
        assert_eq!(m45(b"[MILESTONE] bob completed: x"), None);
    }

    #[test]
    fn the_web_panel_speaks() {
        let chat = Some(Fact::ModChat {
            player: Who::named(b"admin"),
            text: b"hi",
        });
        assert_eq!(three_ra_gaming(b"[WEB] admin: hi"), chat);
        assert_eq!(three_ra_gaming(b"[WEB]admin: hi"), None);
    }
}
