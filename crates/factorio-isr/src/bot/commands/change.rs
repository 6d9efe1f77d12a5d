//! Commands that change a game.
//!
//! Owns which line each becomes, what is asked before, and what its answer means. Must not know a session: a line goes out
//! and a text comes back. Fails with the gate's refusal.

use factorio_rcon::command::{Ask, PlayerName, Quit};
use factorio_rcon::gate::{Class, Line, Lua, Policy, Refusal, classify};
use factorio_rcon::reply::{SaveReply, Unreadable, Verdict};
use isr_core::command::tree::Spec;
use isr_core::masks::without_password;
use isr_core::voice::CommandWord as W;

use super::lua::{self, About, Frozen, Told};
use super::request::Change;
use super::tell::{Reply, Teller, block, code};

/// The words that take a script; the others that end achievements take none.
const SCRIPTS: [&str; 3] = ["command", "silent-command", "measured-command"];

impl Change {
    /// The line for the console.
    ///
    /// # Errors
    /// [`Refusal`] where this server does not allow it.
    pub(super) fn line(&self, policy: &Policy) -> Result<Line, Refusal> {
        let line = match self {
            Self::Kick(ask) => ask.command()?.into(),
            Self::Ban(ask) => ask.command()?.into(),
            Self::Unban(ask) => ask.command()?.into(),
            Self::Mute(ask) => ask.command()?.into(),
            Self::Unmute(ask) => ask.command()?.into(),
            Self::Promote(ask) => ask.command()?.into(),
            Self::Demote(ask) => ask.command()?.into(),
            Self::Save(ask) => ask.command()?.into(),
            Self::Say(text) => text.clone().into(),
            Self::Whisper(ask) => ask.command()?.into(),
            Self::WhitelistAdd(ask) => ask.command()?.into(),
            Self::WhitelistRemove(ask) => ask.command()?.into(),
            Self::WhitelistSwitch(ask) => ask.command()?.into(),
            Self::Stop => Quit.command()?.into(),
            Self::Lua(script) => silent(&script.text, policy)?,
            Self::Line(text) => typed(text, policy)?,
        };
        policy.admit(&line).map(|()| line)
    }

    /// What is asked before it is done: the question and what follows from it.
    pub(super) fn question(&self, spec: &Spec, line: &Line, teller: &Teller<'_>) -> String {
        let command = spec.typed();
        let named = |player: &PlayerName| {
            let player = teller.name(player.as_str());
            teller.say(W::ConfirmPlayer, &[("command", &command), ("player", &player)])
        };
        let is_lua = classify(line.text()).is_lua();
        let (title, consequence) = match self {
            Self::Ban(ban) => (named(&ban.player), W::ConfirmBan),
            Self::Promote(promote) => (named(&promote.0), W::ConfirmPromote),
            Self::Stop => (teller.say(W::Confirm, &[("command", &command)]), W::ConfirmStop),
            Self::Line(_) => {
                let consequence = if is_lua { W::ConfirmLua } else { W::ConfirmRcon };
                (
                    teller.say(W::ConfirmLine, &[("line", &code(&without_password(line.text())))]),
                    consequence,
                )
            }
            Self::Lua(script) => {
                let command = code(&format!("{command} {}", script.wish));
                (teller.say(W::Confirm, &[("command", &command)]), W::ConfirmLua)
            }
            _ => {
                let consequence = if is_lua { W::ConfirmLua } else { W::ConfirmRcon };
                (teller.say(W::Confirm, &[("command", &command)]), consequence)
            }
        };
        format!(
            "{title}\n{}\n{}",
            teller.word(consequence),
            teller.word(W::ConfirmUntil)
        )
    }

    /// What the game's answer means.
    pub(super) fn told(&self, line: &Line, reply: &str, teller: &Teller<'_>) -> Reply {
        let ruled = |read: Result<Verdict, Unreadable>, player: &PlayerName, words: Verdicts| match read {
            Ok(verdict) => ruling(verdict, player, words, reply, teller),
            Err(unreadable) => teller.unreadable(&unreadable),
        };
        match self {
            Self::Kick(ask) => ruled(ask.read(reply), &ask.player, (W::Kicked, W::Kicked)),
            Self::Ban(ask) => ruled(ask.read(reply), &ask.player, (W::Banned, W::AlreadyBanned)),
            Self::Unban(ask) => ruled(ask.read(reply), &ask.0, (W::Unbanned, W::WasNotBanned)),
            Self::Mute(ask) => ruled(ask.read(reply), &ask.0, (W::Muted, W::AlreadyMuted)),
            Self::Unmute(ask) => ruled(ask.read(reply), &ask.0, (W::Unmuted, W::WasNotMuted)),
            Self::Promote(ask) => ruled(ask.read(reply), &ask.0, (W::Promoted, W::AlreadyAdmin)),
            Self::Demote(ask) => ruled(ask.read(reply), &ask.0, (W::Demoted, W::WasNotAdmin)),
            Self::WhitelistAdd(ask) => ruled(ask.read(reply), &ask.0, (W::Listed, W::AlreadyListed)),
            Self::WhitelistRemove(ask) => ruled(ask.read(reply), &ask.0, (W::Unlisted, W::WasNotListed)),
            Self::Whisper(ask) => match ask.read(reply) {
                Ok(Verdict::Silent | Verdict::Done) => {
                    let (player, text) = (teller.name(ask.player.as_str()), teller.speech(ask.text.as_str()));
                    Reply::good(teller.say(W::Whispered, &[("player", &player), ("text", &text)]))
                }
                Ok(verdict) => ruling(verdict, &ask.player, (W::NotOnline, W::NotOnline), reply, teller),
                // The game's words for it are not known: they are shown.
                Err(_) => noted(teller, &whispered(teller, ask), reply),
            },
            Self::WhitelistSwitch(switch) => match switch.read(reply) {
                Ok(_) => {
                    let word = match switch {
                        factorio_rcon::command::WhitelistSwitch::On => W::WhitelistOn,
                        factorio_rcon::command::WhitelistSwitch::Off => W::WhitelistOff,
                    };
                    noted(teller, &teller.say(word, &[]), reply)
                }
                Err(unreadable) => teller.unreadable(&unreadable),
            },
            Self::Save(save) => match (save.read(reply), &save.0) {
                (Ok(SaveReply::Silent), None) => noted(teller, &teller.say(W::Saving, &[]), reply),
                (Ok(SaveReply::Silent), Some(name)) => noted(
                    teller,
                    &teller.say(W::SavingAs, &[("name", name.as_str())]),
                    reply,
                ),
                (Ok(SaveReply::Notice(notice)), _) if notice.starts_with("Cannot save") => {
                    refused(teller, &teller.say(W::NotSaved, &[]), reply)
                }
                (Ok(SaveReply::Notice(_)), _) => noted(teller, &teller.say(W::Saving, &[]), reply),
                (Err(unreadable), _) => teller.unreadable(&unreadable),
            },
            Self::Say(text) => {
                let text = teller.speech(text.as_str());
                Reply::good(teller.say(W::Said, &[("text", &text)]))
            }
            Self::Stop => Reply::good(teller.say(W::Stopping, &[])),
            Self::Lua(script) => scripted(&script.about, reply, teller),
            Self::Line(_) => {
                let title = teller.say(W::Ran, &[("line", &code(&without_password(line.text())))]);
                match reply.trim() {
                    "" => noted(teller, &title, reply),
                    answer => Reply::good(format!("{title}\n{}", block(answer))),
                }
            }
        }
    }
}

/// The word where it is done and the word where it was so before.
type Verdicts = (W, W);

fn ruling(verdict: Verdict, player: &PlayerName, words: Verdicts, reply: &str, teller: &Teller<'_>) -> Reply {
    let player = teller.name(player.as_str());
    let say = |word| teller.say(word, &[("player", &player)]);
    match verdict {
        Verdict::Done | Verdict::Silent => noted(teller, &say(words.0), reply),
        Verdict::UponJoining => noted(teller, &say(W::UponJoining), reply),
        Verdict::AlreadySo => refused(teller, &say(words.1), reply),
        Verdict::NoSuchPlayer => refused(teller, &say(W::NoSuchPlayer), reply),
        Verdict::NotOnline => refused(teller, &say(W::NotOnline), reply),
    }
}

fn whispered(teller: &Teller<'_>, ask: &factorio_rcon::command::Whisper) -> String {
    let (player, text) = (teller.name(ask.player.as_str()), teller.speech(ask.text.as_str()));
    teller.say(W::Whispered, &[("player", &player), ("text", &text)])
}

fn noted(teller: &Teller<'_>, text: &str, reply: &str) -> Reply {
    Reply::good(format!("{text}\n{}", teller.answered(reply)))
}

fn refused(teller: &Teller<'_>, text: &str, reply: &str) -> Reply {
    Reply::bad(format!("{text}\n{}", teller.answered(reply)), "nothing changed")
}

fn scripted(about: &About, reply: &str, teller: &Teller<'_>) -> Reply {
    match (lua::read(reply), about) {
        (Told::Clock { share, frozen }, About::Clock) => {
            let time = format!("{:.0} %", 100.0 * share);
            let word = match frozen {
                Frozen::Yes => W::ClockFrozen,
                Frozen::No => W::ClockTold,
            };
            Reply::good(teller.say(word, &[("time", &time)]))
        }
        (Told::Speed(speed), About::Speed) => {
            let speed = format!("{speed:.2}");
            Reply::good(teller.say(W::SpeedTold, &[("speed", &speed)]))
        }
        (Told::Researched { done, all }, About::Research { force, .. }) => {
            let parts = [
                ("force", &*teller.name(force)),
                ("done", &*done.to_string()),
                ("all", &*all.to_string()),
            ];
            Reply::good(teller.say(W::Researched, &parts))
        }
        (Told::NoForce, About::Research { force, .. }) => {
            let force = teller.name(force);
            Reply::bad(
                teller.say(W::NoSuchForce, &[("force", &force)]),
                "nothing changed",
            )
        }
        (Told::NoTechnology, About::Research { technology, .. }) => {
            let technology = teller.name(technology.as_deref().unwrap_or_default());
            let text = teller.say(W::NoSuchTechnology, &[("technology", &technology)]);
            Reply::bad(text, "nothing changed")
        }
        (Told::Nothing, _) => Reply::bad(teller.say(W::LuaWarned, &[]), "nothing said"),
        _ => {
            let answer = teller.speech(reply);
            Reply::bad(
                teller.say(W::NotUnderstood, &[("answer", &answer)]),
                "not understood",
            )
        }
    }
}

/// A line that somebody typed. Chat is for other commands: a forgotten slash is not said to everybody.
fn typed(text: &str, policy: &Policy) -> Result<Line, Refusal> {
    match classify(text) {
        Class::Chat => Err(Refusal::NotACommand),
        Class::Lua { word } if policy.lua().is_some() && SCRIPTS.contains(&word.name) => {
            let script = text.trim().split_once(char::is_whitespace);
            silent(script.map_or("", |(_, script)| script), policy)
        }
        _ => policy.command(text).map(Line::from),
    }
}

pub(super) fn silent(script: &str, policy: &Policy) -> Result<Line, Refusal> {
    let allowed = policy.lua().ok_or_else(|| Refusal::EndsAchievements {
        word: "silent-command".to_owned(),
    })?;
    if script
        .chars()
        .any(|c| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}'))
    {
        return Err(Refusal::NotOneLine);
    }
    Lua::silent(script, allowed).map(Line::from)
}

/// Whether a class is Lua.
trait IsLua {
    fn is_lua(&self) -> bool;
}

impl IsLua for Class<'_> {
    fn is_lua(&self) -> bool {
        matches!(self, Self::Lua { .. })
    }
}

#[cfg(test)]
mod tests {
    use factorio_rcon::gate::{LuaSwitch, Settings};

    use super::*;

    #[test]
    fn what_is_typed_passes_the_gate_or_nothing_does() {
        let policy = |lua| {
            Policy::new(&Settings {
                lua,
                ..Settings::default()
            })
            .unwrap()
        };
        let line = |text: &str, lua| {
            let line = Change::Line(text.into()).line(&policy(lua));
            line.map(|line| line.text().to_owned())
        };
        assert_eq!(line(" /P o ", LuaSwitch::Forbidden), Ok("/players o".into()));
        assert_eq!(line("time", LuaSwitch::Forbidden), Err(Refusal::NotACommand));
        for text in ["/sc game.print(1)", "/c x", "/editor", "/ c x"] {
            assert!(line(text, LuaSwitch::Forbidden).is_err(), "{text}");
        }
        assert_eq!(
            line("/sc x()", LuaSwitch::Allowed),
            Ok("/silent-command x()".into())
        );
        assert!(line("/sc x()\n/quit", LuaSwitch::Allowed).is_err());
        assert!(line("/time\n/quit", LuaSwitch::Allowed).is_err());
    }
}
