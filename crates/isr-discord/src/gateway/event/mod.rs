//! What the gateway tells of, as types: only what a relay can use.
//!
//! Owns the table from an event's name to its type. Reading is lenient (`fields`); an event whose ids are
//! missing is of no use and is counted by whoever reads it. Everything in here was written by strangers: text is to be
//! escaped, ids are to be checked against the configuration. Must not know what the bot does with it.

mod guild;
mod interaction;
mod message;

pub use guild::{Channel, Guild, GuildGone};
pub use interaction::{
    Choice, CommandOption, Interaction, InteractionKind, InteractionToken, Member, ModalField,
};
pub use message::{Attachment, Author, Mention, Message, Quoted};

use super::fields::{Fields, Frame};

/// Something that happened on Discord.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// A new session began. What happened before it is not told any more.
    Ready(Box<Ready>),
    /// The former session goes on, and everything missed was told before this.
    Resumed,
    /// A message was posted.
    Message(Box<Message>),
    /// A message was changed. Discord also tells this when it adds a link preview: [`Message::edited`] says.
    MessageEdited(Box<Message>),
    /// Messages were deleted.
    MessagesDeleted {
        /// The channel.
        channel: u64,
        /// The messages.
        ids: Vec<u64>,
    },
    /// Somebody used a command, a button or a form. It has to be answered within three seconds.
    Interaction(Box<Interaction>),
    /// A Discord server is there: after [`Event::Ready`], after an outage, when the bot was invited, or changed.
    Guild(Box<Guild>),
    /// A Discord server is not there any more.
    GuildGone {
        /// The server.
        id: u64,
        /// For how long.
        why: GuildGone,
    },
    /// A channel or a thread is there or was changed.
    Channel(Box<Channel>),
    /// A channel or a thread was deleted.
    ChannelGone {
        /// The channel or thread.
        id: u64,
        /// The Discord server.
        guild: Option<u64>,
    },
}

impl Event {
    /// Reads one payload as the gateway sends it, outside of any session: for tests and recordings. None for what is no
    /// event, or none that a relay can use.
    #[must_use]
    pub fn of_payload(json: &str) -> Option<Self> {
        let frame = Frame::open(json).filter(|frame| frame.op == 0)?;
        match &*frame.name {
            "READY" => Some(Self::Ready(Box::new(Ready::read(&frame.data())))),
            "RESUMED" => Some(Self::Resumed),
            _ => match read(&frame) {
                Reading::Event(event) => Some(event),
                Reading::Other | Reading::Unusable => None,
            },
        }
    }
}

/// What the beginning of a session tells.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ready {
    /// The bot's user.
    pub user: u64,
    /// The bot's name.
    pub name: String,
    /// The application, under which commands are registered.
    pub application: u64,
    /// The Discord servers that it is in. Their details follow.
    pub guilds: Vec<u64>,
}

impl Ready {
    pub(super) fn read(fields: &Fields<'_>) -> Self {
        let user = fields.object("user").unwrap_or_default();
        let application = fields.object("application").unwrap_or_default();
        Self {
            user: user.id("id").unwrap_or_default(),
            name: user.text("username").unwrap_or_default(),
            application: application.id("id").unwrap_or_default(),
            guilds: fields
                .objects("guilds")
                .filter_map(|guild| guild.id("id"))
                .collect(),
        }
    }
}

/// What became of a dispatched event.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Reading {
    /// Of use to us.
    Event(Event),
    /// Of no use to a relay.
    Other,
    /// It should have been of use, but what makes it so is missing.
    Unusable,
}

impl From<Option<Event>> for Reading {
    fn from(event: Option<Event>) -> Self {
        event.map_or(Self::Unusable, Self::Event)
    }
}

/// Reads a dispatch that is neither READY nor RESUMED.
pub(super) fn read(frame: &Frame<'_>) -> Reading {
    let message = || Message::read(&frame.data()).map(Box::new);
    match &*frame.name {
        "MESSAGE_CREATE" => message().map(Event::Message).into(),
        "MESSAGE_UPDATE" => message().map(Event::MessageEdited).into(),
        "MESSAGE_DELETE" | "MESSAGE_DELETE_BULK" => deleted(&frame.data()).into(),
        "INTERACTION_CREATE" => Interaction::read(&frame.data())
            .map(|interaction| Event::Interaction(Box::new(interaction)))
            .into(),
        "GUILD_CREATE" | "GUILD_UPDATE" => Guild::read(&frame.data())
            .map(|guild| Event::Guild(Box::new(guild)))
            .into(),
        "GUILD_DELETE" => guild_gone(&frame.data()).into(),
        "CHANNEL_CREATE" | "CHANNEL_UPDATE" | "THREAD_CREATE" | "THREAD_UPDATE" => {
            Channel::read(&frame.data(), None)
                .map(|channel| Event::Channel(Box::new(channel)))
                .into()
        }
        "CHANNEL_DELETE" | "THREAD_DELETE" => channel_gone(&frame.data()).into(),
        _ => Reading::Other,
    }
}

fn deleted(fields: &Fields<'_>) -> Option<Event> {
    let mut ids = fields.ids("ids");
    ids.extend(fields.id("id"));
    let channel = fields.id("channel_id")?;
    (!ids.is_empty()).then_some(Event::MessagesDeleted { channel, ids })
}

fn guild_gone(fields: &Fields<'_>) -> Option<Event> {
    let why = if fields.flag("unavailable") == Some(true) {
        GuildGone::Outage
    } else {
        GuildGone::Removed
    };
    Some(Event::GuildGone {
        id: fields.id("id")?,
        why,
    })
}

fn channel_gone(fields: &Fields<'_>) -> Option<Event> {
    Some(Event::ChannelGone {
        id: fields.id("id")?,
        guild: fields.id("guild_id"),
    })
}

#[cfg(test)]
mod tests;
