//! A message that somebody posted.
//!
//! Owns what of a message a relay can use: text, author, and what the text refers to. Whether to relay it is not
//! decided here, but everything that the decision needs is: see [`Message::is_from_person`].

use crate::gateway::fields::Fields;

/// A message, as far as a relay can use it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Message {
    /// Its id: rises with time.
    pub id: u64,
    /// The channel or thread.
    pub channel: u64,
    /// The Discord server. None in a direct message.
    pub guild: Option<u64>,
    /// Who wrote it. An edit may lack it.
    pub author: Option<Author>,
    /// The name that the author has on this server.
    pub nick: Option<String>,
    /// The author's roles on this server.
    pub roles: Vec<u64>,
    /// The text as Discord keeps it: with markdown and `<@ID>` for mentions. Empty without the intent to read it.
    pub content: String,
    /// What kind of message, as Discord numbers them: 0 an ordinary one, 19 a reply, most others noise of the system.
    pub kind: u64,
    /// The webhook or application that posted it.
    pub webhook: Option<u64>,
    /// Files.
    pub attachments: Vec<Attachment>,
    /// Names of stickers.
    pub stickers: Vec<String>,
    /// Who is mentioned in the text.
    pub mentions: Vec<Mention>,
    /// The message that this one answers or forwards.
    pub quoted: Option<Quoted>,
    /// When the text was changed, as Discord writes times. None: never.
    pub edited: Option<String>,
    /// The client's or bot's own mark of the message.
    pub nonce: Option<String>,
}

/// Who wrote a message.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Author {
    /// The user.
    pub id: u64,
    /// The unique name.
    pub name: String,
    /// The name that is shown, when one was chosen.
    pub shown_name: Option<String>,
    /// Whether it is a program.
    pub bot: bool,
}

/// A file of a message.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Attachment {
    /// Its name.
    pub name: String,
    /// Where it is.
    pub url: String,
    /// Its MIME type.
    pub kind: Option<String>,
    /// Its size in bytes.
    pub size: Option<u64>,
}

/// Somebody who is mentioned in a text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Mention {
    /// The user.
    pub id: u64,
    /// The name to show: that on the server, else the chosen one, else the unique one.
    pub name: String,
}

/// The message that another one refers to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Quoted {
    /// The message, unless it is hidden.
    pub id: Option<u64>,
    /// Its author. None when Discord did not send the message along, or in a forward.
    pub author: Option<Author>,
    /// Its text.
    pub content: String,
    /// Whether it is forwarded rather than answered.
    pub forwarded: bool,
}

impl Message {
    pub(in crate::gateway) fn read(fields: &Fields<'_>) -> Option<Self> {
        let member = fields.object("member").unwrap_or_default();
        Some(Self {
            id: fields.id("id")?,
            channel: fields.id("channel_id")?,
            guild: fields.id("guild_id"),
            author: fields.object("author").and_then(|author| Author::read(&author)),
            nick: member.word("nick"),
            roles: member.ids("roles"),
            content: fields.text("content").unwrap_or_default(),
            kind: fields.number("type").unwrap_or_default(),
            webhook: fields.id("webhook_id"),
            attachments: fields
                .objects("attachments")
                .map(|file| Attachment::read(&file))
                .collect(),
            stickers: fields
                .objects("sticker_items")
                .filter_map(|sticker| sticker.word("name"))
                .collect(),
            mentions: fields
                .objects("mentions")
                .filter_map(|user| Mention::read(&user))
                .collect(),
            quoted: Quoted::read(fields),
            edited: fields.word("edited_timestamp"),
            nonce: fields
                .word("nonce")
                .or_else(|| fields.number("nonce").map(|n| n.to_string())),
        })
    }

    /// Reads a list of messages, as the API answers. None when it is no whole list; what is no message is left out.
    pub(crate) fn read_list(json: &str) -> Option<Vec<Self>> {
        // A list inside an object, so that it is read as leniently as every other one.
        serde_json::from_str::<Vec<&serde_json::value::RawValue>>(json).ok()?;
        let whole = format!("{{\"messages\":{json}}}");
        let list = Fields::read(&whole);
        Some(
            list.objects("messages")
                .filter_map(|message| Self::read(&message))
                .collect(),
        )
    }

    /// Whether a person wrote it: neither a bot, nor a webhook, nor Discord itself. Only such messages may be relayed
    /// into the game, or two relays would answer each other for ever.
    #[must_use]
    pub fn is_from_person(&self) -> bool {
        let is_person = self.author.as_ref().is_some_and(|author| !author.bot);
        is_person && self.webhook.is_none() && matches!(self.kind, 0 | 19)
    }

    /// The name to show for its author: that on the server, else the chosen one, else the unique one.
    #[must_use]
    pub fn shown_name(&self) -> Option<&str> {
        let author = self.author.as_ref()?;
        Some(
            self.nick
                .as_deref()
                .or(author.shown_name.as_deref())
                .unwrap_or(&author.name),
        )
    }
}

impl Author {
    pub(in crate::gateway) fn read(fields: &Fields<'_>) -> Option<Self> {
        Some(Self {
            id: fields.id("id")?,
            name: fields.text("username").unwrap_or_default(),
            shown_name: fields.word("global_name"),
            // What cannot be read might be a bot, but Discord leaves the field out for people.
            bot: fields.flag("bot").unwrap_or(fields.has("bot")),
        })
    }
}

impl Attachment {
    fn read(fields: &Fields<'_>) -> Self {
        Self {
            name: fields.text("filename").unwrap_or_default(),
            url: fields.text("url").unwrap_or_default(),
            kind: fields.word("content_type"),
            size: fields.number("size"),
        }
    }
}

impl Mention {
    fn read(fields: &Fields<'_>) -> Option<Self> {
        let author = Author::read(fields)?;
        let nick = fields.object("member").and_then(|member| member.word("nick"));
        Some(Self {
            id: author.id,
            name: nick.or(author.shown_name).unwrap_or(author.name),
        })
    }
}

impl Quoted {
    fn read(fields: &Fields<'_>) -> Option<Self> {
        let reference = fields.object("message_reference")?;
        let forwarded = reference.number("type") == Some(1);
        let snapshot = fields
            .objects("message_snapshots")
            .next()
            .and_then(|snapshot| snapshot.object("message"));
        let message = snapshot
            .filter(|_| forwarded)
            .or_else(|| fields.object("referenced_message"))
            .unwrap_or_default();
        Some(Self {
            id: reference.id("message_id"),
            author: message.object("author").and_then(|author| Author::read(&author)),
            content: message.text("content").unwrap_or_default(),
            forwarded,
        })
    }
}
