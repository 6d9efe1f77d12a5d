//! Somebody used a command, a button, a form, or types the value of an option.
//!
//! Owns the form of these. Discord says who it was and what they may do in that channel; that is checked again by
//! whoever carries it out. The token that answers it is a secret and is not shown.

use std::fmt;

use serde_json::Value;
use zeroize::Zeroizing;

use super::message::Author;
use crate::gateway::fields::Fields;

/// How deep options may stand in each other: command, group, subcommand, option.
const DEPTH: u8 = 4;
/// Discord allows 25 options on each level.
const OPTIONS: usize = 25;
/// The longest token that is kept; Discord's have about 220 characters.
const TOKEN_LIMIT: usize = 2048;

/// One use of a command, button or form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Interaction {
    /// Its id.
    pub id: u64,
    /// The application that it is for.
    pub application: u64,
    /// What answers it, for fifteen minutes.
    pub token: InteractionToken,
    /// What was used.
    pub kind: InteractionKind,
    /// The Discord server. None in a direct message.
    pub guild: Option<u64>,
    /// The channel or thread.
    pub channel: Option<u64>,
    /// Who used it. None when Discord did not say, and then nothing may be done.
    pub member: Option<Member>,
    /// What the bot may do in that channel, as Discord's permission bits.
    pub bot_permissions: Option<u64>,
    /// The language of the person, as Discord names it (`de`, `en-US`).
    pub locale: Option<String>,
    /// The language of the Discord server.
    pub guild_locale: Option<String>,
}

/// What was used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InteractionKind {
    /// A command with its options.
    Command {
        /// The command's id.
        id: Option<u64>,
        /// Its name.
        name: String,
        /// Its options; a subcommand is an option with options.
        options: Vec<CommandOption>,
    },
    /// Somebody is typing the value of an option and wants choices.
    Autocomplete {
        /// The command's id.
        id: Option<u64>,
        /// Its name.
        name: String,
        /// Its options so far; the one being typed is [`CommandOption::focused`].
        options: Vec<CommandOption>,
    },
    /// A button or a select menu of a message.
    Component {
        /// The name that we gave it.
        custom_id: String,
        /// What was selected in a menu.
        values: Vec<String>,
        /// The message that it stands in.
        message: Option<u64>,
    },
    /// A form that was filled in.
    Modal {
        /// The name that we gave it.
        custom_id: String,
        /// What was filled in.
        fields: Vec<ModalField>,
    },
    /// Something that Discord invented since.
    Other(u64),
}

/// An option of a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommandOption {
    /// Its name.
    pub name: String,
    /// Its value, or what stands below it.
    pub value: Choice,
    /// Whether this one is being typed.
    pub focused: bool,
}

/// The value of an option.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Choice {
    /// A subcommand or a group of them.
    Below(Vec<CommandOption>),
    /// Text; also the id of a user, role or channel.
    Text(String),
    /// A whole number.
    Whole(i64),
    /// A number, as it was written.
    Number(String),
    /// Yes or no.
    Flag(bool),
    /// Nothing that we can read.
    Absent,
}

/// One field of a filled-in form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModalField {
    /// The name that we gave it.
    pub custom_id: String,
    /// What was written.
    pub value: String,
}

/// Who used it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Member {
    /// The user.
    pub user: Author,
    /// The name on this server.
    pub nick: Option<String>,
    /// The roles on this server.
    pub roles: Vec<u64>,
    /// What the person may do in this channel, as Discord's permission bits. None in a direct message.
    pub permissions: Option<u64>,
}

/// What answers an interaction. A secret while it lives; `Debug` does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct InteractionToken(Zeroizing<String>);

impl InteractionToken {
    /// Checks a token: it becomes part of an address.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let is_safe = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '=' | ':' | '~');
        let fits = (1..=TOKEN_LIMIT).contains(&text.len()) && text.chars().all(is_safe);
        (fits && text != "." && text != "..").then(|| Self(Zeroizing::new(text.to_owned())))
    }

    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for InteractionToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("InteractionToken(…)")
    }
}

impl Interaction {
    pub(in crate::gateway) fn read(fields: &Fields<'_>) -> Option<Self> {
        Some(Self {
            id: fields.id("id")?,
            application: fields.id("application_id")?,
            token: InteractionToken::parse(&fields.text("token")?)?,
            kind: InteractionKind::read(fields),
            guild: fields.id("guild_id"),
            channel: fields.id("channel_id"),
            member: Member::read(fields),
            bot_permissions: fields.number("app_permissions"),
            locale: fields.word("locale"),
            guild_locale: fields.word("guild_locale"),
        })
    }
}

impl InteractionKind {
    fn read(fields: &Fields<'_>) -> Self {
        let data = fields.object("data").unwrap_or_default();
        let name = || data.text("name").unwrap_or_default();
        let custom_id = || data.text("custom_id").unwrap_or_default();
        match fields.number("type").unwrap_or_default() {
            2 => Self::Command {
                id: data.id("id"),
                name: name(),
                options: options(&data, DEPTH),
            },
            4 => Self::Autocomplete {
                id: data.id("id"),
                name: name(),
                options: options(&data, DEPTH),
            },
            3 => Self::Component {
                custom_id: custom_id(),
                values: data.texts("values"),
                message: fields.object("message").and_then(|message| message.id("id")),
            },
            5 => Self::Modal {
                custom_id: custom_id(),
                fields: modal_fields(&data, DEPTH),
            },
            other => Self::Other(other),
        }
    }
}

fn options(fields: &Fields<'_>, depth: u8) -> Vec<CommandOption> {
    let Some(depth) = depth.checked_sub(1) else {
        return Vec::new();
    };
    let read = |option: Fields<'_>| {
        let value = if option.has("options") || matches!(option.number("type"), Some(1 | 2)) {
            Choice::Below(options(&option, depth))
        } else {
            Choice::read(&option)
        };
        Some(CommandOption {
            name: option.word("name")?,
            value,
            focused: option.flag("focused") == Some(true),
        })
    };
    fields.objects("options").take(OPTIONS).filter_map(read).collect()
}

/// The fields of a form stand in rows or labels.
fn modal_fields(fields: &Fields<'_>, depth: u8) -> Vec<ModalField> {
    let Some(depth) = depth.checked_sub(1) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    let below = fields.objects("components").chain(fields.object("component"));
    for part in below.take(OPTIONS) {
        if let (Some(custom_id), Some(value)) = (part.word("custom_id"), part.text("value")) {
            found.push(ModalField { custom_id, value });
        }
        found.append(&mut modal_fields(&part, depth));
    }
    found
}

impl Choice {
    fn read(fields: &Fields<'_>) -> Self {
        let value = fields
            .raw("value")
            .and_then(|json| serde_json::from_str(json).ok());
        match value {
            Some(Value::String(_)) => fields.text("value").map_or(Self::Absent, Self::Text),
            Some(Value::Bool(flag)) => Self::Flag(flag),
            Some(Value::Number(number)) => number
                .as_i64()
                .map_or_else(|| Self::Number(number.to_string()), Self::Whole),
            _ => Self::Absent,
        }
    }
}

impl Member {
    fn read(fields: &Fields<'_>) -> Option<Self> {
        let Some(member) = fields.object("member") else {
            // In a direct message there is only a user.
            let user = fields.object("user").and_then(|user| Author::read(&user))?;
            return Some(Self {
                user,
                ..Self::default()
            });
        };
        Some(Self {
            user: member.object("user").and_then(|user| Author::read(&user))?,
            nick: member.word("nick"),
            roles: member.ids("roles"),
            permissions: member.number("permissions"),
        })
    }
}
