//! What somebody wants, as a value that can only mean one thing.
//!
//! Owns the way from the options of an interaction to it. Nothing that a person typed gets past here but inside the types
//! of the RCON crate, which hold what the game cannot take for something else. Must not know who asks or which server.
//! Fails with [`Fault`].

use factorio_rcon::command::{
    Ban, Demote, Kick, Mute, PlayerName, Promote, Reason, SaveName, ServerSave, SurfaceName, Unban, Unmute,
    Whisper, WhitelistAdd, WhitelistRemove, WhitelistSwitch,
};
use factorio_rcon::gate::ChatText;
use isr_core::command::Verb;
use isr_core::command::tree::Takes;
use isr_core::voice::CommandWord;
use isr_core::watching::Watched;
use isr_discord::gateway::event::{Choice, CommandOption};

use super::house::Deed;
use super::looks::Look;
use super::lua::Script;

/// What somebody wants.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Request {
    /// It is about no server, or about all of them.
    Servers,
    /// A server for what follows.
    Connect(String),
    /// What there is.
    Help,
    /// The card.
    Status,
    /// How the connection is.
    Health,
    /// A question to the game.
    Ask(Question),
    /// A change of the game.
    Do(Box<Change>),
    /// A question to the store.
    Look(Look),
    /// Something about this program.
    Deed(Deed),
    /// Something for the person alone.
    Personal(Personal),
}

/// What somebody wants to be told, for themselves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Personal {
    /// This, from now on.
    Watch(Watched, Wherever),
    /// What they are told of.
    List,
    /// The one of this number no more; without one nothing any more.
    Unwatch(Option<i64>),
    /// Proving which player they are.
    Link,
    /// To be none any more.
    Unlink,
}

/// Where somebody wants to be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wherever {
    /// By direct message.
    Directly,
    /// In the channel in which it was asked for.
    Here,
}

impl Personal {
    fn watch(options: Options<'_>) -> Result<Self, Fault> {
        let wherever = match options.text("where") {
            None | Some("direct") => Wherever::Directly,
            Some("here") => Wherever::Here,
            Some(_) => return Err(Fault::with(CommandWord::BadChoice, "words", "direct, here")),
        };
        let what = match options.required("event")? {
            "player" => Watched::Player(options.player()?.as_str().to_owned()),
            "research" => Watched::Research,
            "server" => Watched::Server,
            "list" => return Ok(Self::List),
            _ => {
                return Err(Fault::with(
                    CommandWord::BadChoice,
                    "words",
                    words_of(Verb::Watch),
                ));
            }
        };
        Ok(Self::Watch(what, wherever))
    }

    fn unwatch(options: Options<'_>) -> Result<Self, Fault> {
        let number = options.required("number")?.trim();
        match (number, number.parse()) {
            ("all", _) => Ok(Self::Unwatch(None)),
            (_, Ok(number)) => Ok(Self::Unwatch(Some(number))),
            _ => Err(Fault::new(CommandWord::BadNumberOfWatch)),
        }
    }
}

/// A question to the game.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Question {
    Players,
    Version,
    Seed,
    Evolution(Option<SurfaceName>),
    Admins,
    Time,
    Bans,
    Whitelist,
}

impl Question {
    /// The question whose answer is a list in pages.
    pub(super) const fn paged(verb: Verb) -> Option<Self> {
        match verb {
            Verb::Players => Some(Self::Players),
            Verb::Admins => Some(Self::Admins),
            Verb::Bans => Some(Self::Bans),
            Verb::Whitelist => Some(Self::Whitelist),
            Verb::Evolution => Some(Self::Evolution(None)),
            _ => None,
        }
    }
}

/// A change of the game.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Change {
    Kick(Kick),
    Ban(Ban),
    Unban(Unban),
    Mute(Mute),
    Unmute(Unmute),
    Promote(Promote),
    Demote(Demote),
    Save(ServerSave),
    Say(ChatText),
    Whisper(Whisper),
    WhitelistAdd(WhitelistAdd),
    WhitelistRemove(WhitelistRemove),
    WhitelistSwitch(WhitelistSwitch),
    Stop,
    /// A script of ours, with what was typed in its places.
    Lua(Script),
    /// A line that somebody typed; the gate of the server judges it.
    Line(String),
}

/// What is wrong with what was typed: a sentence and its parts, which are finished text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) word: CommandWord,
    pub(super) parts: Vec<(&'static str, String)>,
}

impl Fault {
    pub(super) const fn new(word: CommandWord) -> Self {
        Self {
            word,
            parts: Vec::new(),
        }
    }

    pub(super) fn with(word: CommandWord, name: &'static str, value: impl Into<String>) -> Self {
        Self {
            word,
            parts: vec![(name, value.into())],
        }
    }
}

/// The options of a command.
#[derive(Debug, Clone, Copy)]
pub(super) struct Options<'a>(pub(super) &'a [CommandOption]);

impl<'a> Options<'a> {
    /// The text of an option. What holds nothing counts as absent.
    pub(super) fn text(self, name: &str) -> Option<&'a str> {
        match self.value(name)? {
            Choice::Text(text) if !text.trim().is_empty() => Some(text),
            _ => None,
        }
    }

    fn value(self, name: &str) -> Option<&'a Choice> {
        let found = self.0.iter().find(|option| option.name == name)?;
        Some(&found.value)
    }

    pub(super) fn required(self, name: &'static str) -> Result<&'a str, Fault> {
        self.text(name)
            .ok_or_else(|| Fault::with(CommandWord::Missing, "option", name))
    }

    fn player(self) -> Result<PlayerName, Fault> {
        PlayerName::new(self.required("player")?).map_err(|_| Fault::new(CommandWord::BadPlayer))
    }

    fn reason(self) -> Result<Option<Reason>, Fault> {
        let reason = self.text("reason").map(Reason::new).transpose();
        reason.map_err(|_| Fault::new(CommandWord::BadReason))
    }

    /// A text for the game's chat; several lines become one.
    fn message(self) -> Result<ChatText, Fault> {
        ChatText::tidied(self.required("message")?)
            .ok()
            .filter(|text| text.as_str().len() <= LONGEST_MESSAGE)
            .ok_or_else(|| Fault::new(CommandWord::BadMessage))
    }
}

/// Bytes of a text for the game's chat: room is left for who says it.
const LONGEST_MESSAGE: usize = 1_900;

impl Request {
    /// Reads what a command was given at a moment. `speaker` says `/factorio-more say`.
    ///
    /// # Errors
    /// [`Fault`] when it means nothing.
    pub(super) fn read(
        verb: Verb,
        options: Options<'_>,
        (speaker, now_ms): (&str, i64),
    ) -> Result<Self, Fault> {
        Ok(match verb {
            Verb::Servers => Self::Servers,
            Verb::Connect => Self::Connect(options.required("server")?.to_owned()),
            Verb::Help => Self::Help,
            Verb::Status => Self::Status,
            Verb::Health => Self::Health,
            Verb::Players => Self::Ask(Question::Players),
            Verb::Version => Self::Ask(Question::Version),
            Verb::Seed => Self::Ask(Question::Seed),
            Verb::Evolution => Self::Ask(Question::Evolution(surface(options)?)),
            Verb::Admins => Self::Ask(Question::Admins),
            Verb::Time => Self::Ask(Question::Time),
            Verb::Bans => Self::Ask(Question::Bans),
            Verb::Whitelist if options.text("action") == Some("list") => Self::Ask(Question::Whitelist),
            Verb::Stats => Self::Look(Look::stats(options, now_ms)?),
            Verb::Recap => Self::Look(Look::recap(options)?),
            Verb::Outbox => Self::Look(Look::Outbox),
            Verb::Maintenance => match Deed::maintenance(options)? {
                Some(deed) => Self::Deed(deed),
                None => Self::Look(Look::Works),
            },
            Verb::ConfigReload => Self::Deed(Deed::Reload),
            Verb::OutboxRetry => Self::Deed(Deed::OutboxRetry),
            Verb::OutboxDrop => Self::Deed(Deed::OutboxDrop),
            Verb::Watch => Self::Personal(Personal::watch(options)?),
            Verb::Unwatch => Self::Personal(Personal::unwatch(options)?),
            Verb::Link => Self::Personal(Personal::Link),
            Verb::Unlink => Self::Personal(Personal::Unlink),
            _ => Self::Do(Box::new(Change::read(verb, options, speaker)?)),
        })
    }
}

impl Change {
    fn read(verb: Verb, options: Options<'_>, speaker: &str) -> Result<Self, Fault> {
        Ok(match verb {
            Verb::Kick => Self::Kick(Kick {
                player: options.player()?,
                reason: options.reason()?,
            }),
            Verb::Ban => Self::Ban(Ban {
                player: options.player()?,
                reason: options.reason()?,
            }),
            Verb::Unban => Self::Unban(Unban(options.player()?)),
            Verb::Mute => Self::Mute(Mute(options.player()?)),
            Verb::Unmute => Self::Unmute(Unmute(options.player()?)),
            Verb::Promote => Self::Promote(Promote(options.player()?)),
            Verb::Demote => Self::Demote(Demote(options.player()?)),
            Verb::Save => {
                let name = options
                    .text("name")
                    .map(|name| SaveName::new(name.trim()))
                    .transpose();
                Self::Save(ServerSave(name.map_err(|_| Fault::new(CommandWord::BadSave))?))
            }
            Verb::Broadcast => Self::Say(options.message()?),
            Verb::Say => Self::Say(said_by(speaker, &options.message()?)?),
            Verb::Whisper => Self::Whisper(Whisper {
                player: options.player()?,
                text: options.message()?,
            }),
            Verb::Whitelist => Self::whitelist(options)?,
            Verb::Stop => Self::Stop,
            Verb::Rcon => Self::Line(options.required("command")?.to_owned()),
            Verb::Clock => Self::Lua(Script::clock(options.text("value"))?),
            Verb::Speed => Self::Lua(Script::speed(options.value("value"))?),
            Verb::Research => Self::Lua(Script::research(
                options.text("action"),
                options.text("technology"),
                options.text("force"),
            )?),
            Verb::Servers
            | Verb::Connect
            | Verb::Help
            | Verb::Status
            | Verb::Health
            | Verb::Players
            | Verb::Version
            | Verb::Seed
            | Verb::Evolution
            | Verb::Admins
            | Verb::Time
            | Verb::Bans
            | Verb::Stats
            | Verb::Recap
            | Verb::Outbox
            | Verb::Maintenance
            | Verb::ConfigReload
            | Verb::OutboxRetry
            | Verb::OutboxDrop
            | Verb::Watch
            | Verb::Unwatch
            | Verb::Link
            | Verb::Unlink => return Err(Fault::new(CommandWord::UnknownCommand)),
        })
    }

    fn whitelist(options: Options<'_>) -> Result<Self, Fault> {
        Ok(match options.required("action")? {
            "add" => Self::WhitelistAdd(WhitelistAdd(options.player()?)),
            "remove" => Self::WhitelistRemove(WhitelistRemove(options.player()?)),
            "enable" => Self::WhitelistSwitch(WhitelistSwitch::On),
            "disable" => Self::WhitelistSwitch(WhitelistSwitch::Off),
            _ => {
                return Err(Fault::with(
                    CommandWord::BadAction,
                    "words",
                    words_of(Verb::Whitelist),
                ));
            }
        })
    }
}

/// The words that the first option of a command takes.
pub(super) fn words_of(verb: Verb) -> String {
    match verb.spec().parameters.first().map(|parameter| parameter.takes) {
        Some(Takes::OneOf(words)) => words.join(", "),
        _ => String::new(),
    }
}

fn surface(options: Options<'_>) -> Result<Option<SurfaceName>, Fault> {
    match options.text("target").map(str::trim) {
        None => Ok(None),
        Some(all) if all.eq_ignore_ascii_case("all") => Ok(None),
        Some(name) => SurfaceName::new(name)
            .map(Some)
            .map_err(|_| Fault::new(CommandWord::BadSurface)),
    }
}

/// A text with the name of who says it. In the name nothing may look like the game's markup or end the name early.
fn said_by(speaker: &str, text: &ChatText) -> Result<ChatText, Fault> {
    let plain = |c: char| match c {
        '[' | '<' => '(',
        ']' | '>' => ')',
        ':' => ' ',
        other => other,
    };
    let name: String = speaker.chars().map(plain).take(LONGEST_NAME).collect();
    ChatText::tidied(&format!("{}: {}", name.trim(), text.as_str()))
        .map_err(|_| Fault::new(CommandWord::BadMessage))
}

/// Discord's names have at most 32 characters.
const LONGEST_NAME: usize = 32;

#[cfg(test)]
mod tests {
    use super::*;

    fn option(name: &str, value: &str) -> CommandOption {
        CommandOption {
            name: name.into(),
            value: Choice::Text(value.into()),
            focused: false,
        }
    }

    fn read(verb: Verb, options: &[(&str, &str)]) -> Result<Request, CommandWord> {
        let options: Vec<CommandOption> = options.iter().map(|(name, value)| option(name, value)).collect();
        Request::read(verb, Options(&options), ("Ann: [x]", 0)).map_err(|fault| fault.word)
    }

    #[test]
    fn every_command_is_read_and_what_is_missing_is_named() {
        for spec in isr_core::command::tree::ALL {
            let needs_something = spec.parameters.iter().any(|parameter| parameter.required);
            assert_eq!(read(spec.verb, &[]).is_err(), needs_something, "{}", spec.name);
        }
        assert_eq!(read(Verb::Kick, &[("player", "  ")]), Err(CommandWord::Missing));
        assert_eq!(
            read(Verb::Whitelist, &[("action", "add")]),
            Err(CommandWord::Missing)
        );
        assert_eq!(
            read(Verb::Whitelist, &[("action", "burn")]),
            Err(CommandWord::BadAction)
        );
    }

    #[test]
    fn what_the_game_would_take_for_something_else_is_refused() {
        for name in ["two words", "a\nb", "a\u{2028}b", &"x".repeat(200)] {
            assert_eq!(
                read(Verb::Ban, &[("player", name)]),
                Err(CommandWord::BadPlayer),
                "{name:?}"
            );
        }
        let reason = read(
            Verb::Kick,
            &[("player", "ann"), ("reason", "a\n/c game.print(1)")],
        );
        assert_eq!(reason, Err(CommandWord::BadReason));
        assert_eq!(read(Verb::Save, &[("name", "../x")]), Err(CommandWord::BadSave));
        assert_eq!(
            read(Verb::Evolution, &[("target", "a\nb")]),
            Err(CommandWord::BadSurface)
        );
    }

    #[test]
    fn who_speaks_is_named_and_cannot_pretend() {
        let Ok(Request::Do(change)) = read(Verb::Say, &[("message", "/c boo\nsecond")]) else {
            panic!("not read");
        };
        let Change::Say(text) = *change else {
            panic!("{change:?}")
        };
        assert_eq!(text.as_str(), "Ann  (x): c boo second");
    }
}
