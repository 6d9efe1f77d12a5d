//! The console's own lines: the body behind `DATE TIME [TAG] `.
//!
//! Owns the templates of each tag. Must not know shapes, engine lines or mods. A body that does not follow its template
//! is `None`. Everything a player typed stands behind the first `": "` and is never read for structure.

mod moderation;

pub(crate) use self::moderation::{Ban, ban};

use crate::fact::Fact;
use crate::name::Who;
use crate::scan::{filled, split_last, split_once, without_dot};

/// Whether the console itself writes this tag.
pub(crate) fn is_tag(tag: &[u8]) -> bool {
    matches!(
        tag,
        b"CHAT"
            | b"JOIN"
            | b"LEAVE"
            | b"SHOUT"
            | b"COMMAND"
            | b"KICK"
            | b"BAN"
            | b"UNBANNED"
            | b"PROMOTE"
            | b"DEMOTE"
            | b"COLOR"
            | b"WARNING"
    )
}

/// Reads the body behind a console tag.
pub(crate) fn tagged<'a>(tag: &[u8], body: &'a [u8]) -> Option<Fact<'a>> {
    match tag {
        b"CHAT" => said(body).map(|(player, text)| Fact::Chat { player, text }),
        b"JOIN" => Some(Fact::Join {
            player: moved(body, b" joined the game")?,
        }),
        b"LEAVE" => Some(Fact::Leave {
            player: moved(body, b" left the game")?,
        }),
        b"SHOUT" => said(body).map(|(player, text)| Fact::Shout { player, text }),
        b"COMMAND" => command(body),
        b"KICK" => moderation::kick(body),
        b"BAN" => {
            let Ban {
                player,
                on_map,
                by,
                reason,
            } = ban(body)?;
            Some(Fact::Ban {
                player,
                on_map,
                by,
                reason,
            })
        }
        b"UNBANNED" => moderation::unban(body),
        b"PROMOTE" => moderation::promote(body),
        b"DEMOTE" => moderation::demote(body),
        b"COLOR" => color(body),
        b"WARNING" => Some(warning(body)),
        _ => None,
    }
}

/// Whether bare lines behind this tag belong to it: the text of a command may hold newlines.
pub(crate) fn runs_on(tag: &[u8]) -> bool {
    tag == b"COMMAND"
}

/// Reads the line that the game prints when a Lua command failed: dated since 0.17, bare in 0.14.
pub(crate) fn command_error(body: &[u8]) -> Option<Fact<'_>> {
    Some(Fact::CommandError {
        text: body.strip_prefix(b"Cannot execute command. Error: ")?,
    })
}

/// `WHO: TEXT`, split at the first `": "`.
pub(crate) fn said(body: &[u8]) -> Option<(Who<'_>, &[u8])> {
    let (who, text) = split_once(body, b": ").or_else(|| Some((body.strip_suffix(b":")?, &b""[..])))?;
    Some((Who::present(who)?, text))
}

/// `WHO did something`, to the end of the line. The game writes no full stop here, its locale text has one.
fn moved<'a>(body: &'a [u8], did: &[u8]) -> Option<Who<'a>> {
    Who::present(without_dot(body).strip_suffix(did)?)
}

fn command(body: &[u8]) -> Option<Fact<'_>> {
    let (who, text) = split_once(body, b" (command): ")?;
    Some(Fact::Command {
        player: Who::present(who)?,
        text,
    })
}

/// `NAME's color is now COLOUR`, with a full stop since 1.1.
fn color(body: &[u8]) -> Option<Fact<'_>> {
    let (who, color) = split_once(body, b"'s color is now ")?;
    Some(Fact::Color {
        player: Who::present(who)?,
        color: without_dot(color),
    })
}

/// Any warning is one; the known templates also name the player and the command.
fn warning(text: &[u8]) -> Fact<'_> {
    let attempt = tried_using(text).or_else(|| not_allowed(text));
    let (player, command) = attempt.map_or((None, None), |(player, command)| (Some(player), command));
    Fact::Warning {
        text,
        player,
        command,
    }
}

type Attempt<'a> = (&'a [u8], Option<&'a [u8]>);

/// `Player NAME tried using the command "TEXT".` (`a command` in 0.16), the map editor or the cheat command.
fn tried_using(text: &[u8]) -> Option<Attempt<'_>> {
    let (who, what) = split_once(text.strip_prefix(b"Player ")?, b" tried using ")?;
    let quoted = || Some(split_last(split_once(what, b"command \"")?.1, b"\"")?.0);
    Some((Who::present(who)?.name, quoted()))
}

/// `NAME tried to run a command, which isn't allowed for them: TEXT`
fn not_allowed(text: &[u8]) -> Option<Attempt<'_>> {
    let (who, command) = split_once(text, b" tried to run a command, which isn't allowed for them: ")?;
    Some((Who::present(who)?.name, filled(command)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn who(name: &'static str, tag: Option<&'static str>) -> Who<'static> {
        Who {
            name: name.as_bytes(),
            tag: tag.map(str::as_bytes),
        }
    }

    #[test]
    fn chat_splits_at_the_first_colon_and_space() {
        let (speaker, text) = said(b"Jack19 Train whisperer: look: [JOIN] x joined the game").expect("chat");
        assert_eq!(speaker, who("Jack19", Some("Train whisperer")));
        assert_eq!(text, b"look: [JOIN] x joined the game");
        assert_eq!(said(b"bob:"), Some((who("bob", None), &b""[..])));
        assert!(said(b"no colon").is_none());
        assert!(said(b": text").is_none());
    }

    #[test]
    fn joins_and_leaves_take_the_first_word_and_end_with_the_template() {
        assert_eq!(
            tagged(b"JOIN", b"bob joined the game"),
            Some(Fact::Join {
                player: who("bob", None)
            })
        );
        let tagged_player = who("bob", Some("the builder"));
        assert_eq!(
            tagged(b"LEAVE", b"bob the builder left the game"),
            Some(Fact::Leave {
                player: tagged_player
            })
        );
        assert_eq!(tagged(b"JOIN", b"bob joined the game again"), None);
        assert_eq!(tagged(b"JOIN", b" joined the game"), None);
        assert_eq!(tagged(b"JOIN", b"bob left the game"), None);
    }

    #[test]
    fn colours_come_with_and_without_a_full_stop() {
        let green = Some(Fact::Color {
            player: who("Dr.Gadorcha", None),
            color: b"green",
        });
        assert_eq!(tagged(b"COLOR", b"Dr.Gadorcha's color is now green."), green);
        assert_eq!(tagged(b"COLOR", b"Dr.Gadorcha's color is now green"), green);
    }

    #[test]
    fn warnings_name_the_player_and_the_command_where_they_can() {
        for (text, player, command) in [
            (
                "Player bob tried using a command \"x \"y\"\"",
                Some("bob"),
                Some("x \"y\""),
            ),
            (
                "Player bob [R] tried using the command \"x\".",
                Some("bob"),
                Some("x"),
            ),
            ("Player bob tried using the Map Editor.", Some("bob"), None),
            ("Player bob tried using the cheat command.", Some("bob"), None),
            (
                "bob tried to run a command, which isn't allowed for them: /x",
                Some("bob"),
                Some("/x"),
            ),
            (
                "Using Lua console commands will disable achievements, please repeat the command to proceed.",
                None,
                None,
            ),
        ] {
            let (player, command) = (player.map(str::as_bytes), command.map(str::as_bytes));
            let expected = Fact::Warning {
                text: text.as_bytes(),
                player,
                command,
            };
            assert_eq!(tagged(b"WARNING", text.as_bytes()), Some(expected), "{text}");
        }
    }

    #[test]
    fn commands_split_before_the_lua_text() {
        let fact = tagged(b"COMMAND", b"StudMuffin the best (command): x (command): y");
        let text = &b"x (command): y"[..];
        assert_eq!(
            fact,
            Some(Fact::Command {
                player: who("StudMuffin", Some("the best")),
                text
            })
        );
        assert_eq!(tagged(b"COMMAND", b"bob: x"), None);
        assert_eq!(tagged(b"MUTE", b"bob: x"), None);
    }
}
