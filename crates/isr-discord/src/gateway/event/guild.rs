//! Discord servers, channels and threads.
//!
//! Owns what of them a relay can use: names, and which channel a thread belongs to (its messages arrive with the
//! thread's id).

use crate::gateway::fields::Fields;

/// A Discord server.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Guild {
    /// Its id.
    pub id: u64,
    /// Its name. Absent during an outage.
    pub name: Option<String>,
    /// Its owner, who passes every permission check.
    pub owner: Option<u64>,
    /// Its channels and threads that the bot may see. Only told when the server appears.
    pub channels: Vec<Channel>,
    /// The names of its roles.
    pub roles: Vec<(u64, String)>,
}

/// For how long a Discord server is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GuildGone {
    /// Discord has an outage; it will be back.
    Outage,
    /// The bot was removed, or the server was deleted.
    Removed,
}

/// A channel or thread.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Channel {
    /// Its id.
    pub id: u64,
    /// The Discord server.
    pub guild: Option<u64>,
    /// Of a thread its channel, of a channel its category.
    pub parent: Option<u64>,
    /// Its name.
    pub name: Option<String>,
    /// What kind, as Discord numbers them: 0 text, 5 announcements, 10 to 12 threads, 15 a forum.
    pub kind: u64,
}

impl Guild {
    pub(super) fn read(fields: &Fields<'_>) -> Option<Self> {
        let id = fields.id("id")?;
        let channels = fields.objects("channels").chain(fields.objects("threads"));
        Some(Self {
            id,
            name: fields.word("name"),
            owner: fields.id("owner_id"),
            channels: channels
                .filter_map(|channel| Channel::read(&channel, Some(id)))
                .collect(),
            roles: fields
                .objects("roles")
                .filter_map(|role| Some((role.id("id")?, role.text("name")?)))
                .collect(),
        })
    }
}

impl Channel {
    /// In a list of its server a channel does not name the server.
    pub(super) fn read(fields: &Fields<'_>, guild: Option<u64>) -> Option<Self> {
        Some(Self {
            id: fields.id("id")?,
            guild: fields.id("guild_id").or(guild),
            parent: fields.id("parent_id"),
            name: fields.word("name"),
            kind: fields.number("type").unwrap_or_default(),
        })
    }

    /// Whether it is a thread; its [`parent`](Self::parent) is then its channel.
    #[must_use]
    pub const fn is_thread(&self) -> bool {
        matches!(self.kind, 10..=12)
    }
}
