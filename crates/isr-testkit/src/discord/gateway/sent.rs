//! Events as Discord words them.
//!
//! Owns the JSON of messages and interactions, with every field that Discord sends, so that a client sees the real
//! thing. Cannot fail.

use serde_json::{Value, json};

/// Who does something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonCard {
    /// The user.
    pub id: u64,
    /// The unique name.
    pub name: String,
    /// The name on the server.
    pub nick: Option<String>,
    /// The roles on the server.
    pub roles: Vec<u64>,
    /// Permission bits in the channel.
    pub permissions: u64,
}

impl PersonCard {
    /// Somebody without roles and with the permissions of everybody.
    #[must_use]
    pub fn new(id: u64, name: &str) -> Self {
        Self {
            id,
            name: name.to_owned(),
            nick: None,
            roles: Vec::new(),
            permissions: 0x0400 | 0x0800,
        }
    }

    fn user(&self) -> Value {
        json!({
            "id": self.id.to_string(), "username": self.name, "global_name": null, "avatar": null,
            "discriminator": "0", "public_flags": 0, "avatar_decoration_data": null, "primary_guild": null,
        })
    }

    fn member(&self) -> Value {
        json!({
            "nick": self.nick, "avatar": null, "joined_at": "2026-01-01T00:00:00.000000+00:00",
            "premium_since": null, "deaf": false, "mute": false, "flags": 0, "pending": false,
            "roles": self.roles.iter().map(ToString::to_string).collect::<Vec<_>>(),
        })
    }
}

/// A person's message in a channel of a server, as `MESSAGE_CREATE` tells it. Fields of it may be changed afterwards.
#[must_use]
pub fn message_create(id: u64, guild: u64, channel: u64, author: &PersonCard, content: &str) -> Value {
    json!({
        "id": id.to_string(), "type": 0, "content": content, "channel_id": channel.to_string(),
        "guild_id": guild.to_string(), "author": author.user(), "member": author.member(),
        "timestamp": "2026-11-26T12:00:00.000000+00:00", "edited_timestamp": null, "tts": false, "flags": 0,
        "mention_everyone": false, "mentions": [], "mention_roles": [], "attachments": [], "embeds": [],
        "components": [], "pinned": false, "nonce": id.to_string(), "channel_type": 0, "referenced_message": null,
    })
}

/// A use of a command.
#[derive(Debug, Clone)]
pub struct CommandCall {
    /// The interaction.
    pub id: u64,
    /// What answers it.
    pub token: String,
    /// The application.
    pub application: u64,
    /// The server.
    pub guild: u64,
    /// The channel.
    pub channel: u64,
    /// Who used it.
    pub person: PersonCard,
    /// The command's name.
    pub name: String,
    /// Its options, as Discord nests them.
    pub options: Value,
}

impl CommandCall {
    /// As `INTERACTION_CREATE` tells it.
    #[must_use]
    pub fn event(&self) -> Value {
        self.of_kind(2)
    }

    /// The same while it is being typed.
    #[must_use]
    pub fn autocomplete(&self) -> Value {
        self.of_kind(4)
    }

    /// A click on a button of a message that answered an earlier command.
    #[must_use]
    pub fn click(&self, custom_id: &str) -> Value {
        let mut event = self.of_kind(3);
        event["data"] = json!({"custom_id": custom_id, "component_type": 2, "id": 2});
        event["message"] = json!({
            "id": "800000000000000001", "type": 20, "content": "", "channel_id": self.channel.to_string(),
            "author": {"id": self.application.to_string(), "username": "factory-bot", "bot": true},
            "application_id": self.application.to_string(), "webhook_id": self.application.to_string(),
            "flags": 64, "embeds": [], "attachments": [], "components": [], "mentions": [], "mention_roles": [],
            "timestamp": "2026-11-26T12:00:00.000000+00:00", "edited_timestamp": null, "pinned": false, "tts": false,
            "mention_everyone": false,
        });
        event
    }

    /// A click on a button of a message that the bot posted by itself.
    #[must_use]
    pub fn click_below(&self, message: u64, custom_id: &str) -> Value {
        let mut event = self.click(custom_id);
        let told = &mut event["message"];
        told["id"] = message.to_string().into();
        (told["type"], told["flags"]) = (0.into(), 0.into());
        if let Some(fields) = told.as_object_mut() {
            fields.remove("webhook_id");
        }
        event
    }

    /// A form that was filled in: the names of its inputs and what was typed.
    #[must_use]
    pub fn submit(&self, custom_id: &str, inputs: &[(&str, &str)]) -> Value {
        let mut event = self.of_kind(5);
        let input = |(name, value): &(&str, &str)| json!({"type": 18, "id": 2, "component": {"type": 4, "id": 3, "custom_id": name, "value": value}});
        let inputs: Vec<Value> = inputs.iter().map(input).collect();
        event["data"] = json!({"custom_id": custom_id, "components": inputs});
        event
    }

    /// The same in a direct message: there is a user, and no member.
    #[must_use]
    pub fn in_private(&self) -> Value {
        let mut event = self.of_kind(2);
        event["user"] = self.person.user();
        for name in ["guild_id", "guild", "member", "guild_locale"] {
            if let Some(fields) = event.as_object_mut() {
                fields.remove(name);
            }
        }
        event["context"] = 1.into();
        event
    }

    fn of_kind(&self, kind: u64) -> Value {
        let mut member = self.person.member();
        member["user"] = self.person.user();
        member["permissions"] = self.person.permissions.to_string().into();
        json!({
            "version": 1, "type": kind, "id": self.id.to_string(), "token": self.token,
            "application_id": self.application.to_string(), "guild_id": self.guild.to_string(),
            "guild": {"id": self.guild.to_string(), "locale": "en-US", "features": []},
            "channel_id": self.channel.to_string(),
            "channel": {"id": self.channel.to_string(), "type": 0, "name": "factorio"},
            "member": member, "locale": "en-GB", "guild_locale": "en-US", "app_permissions": "2147483647",
            "entitlements": [], "authorizing_integration_owners": {"0": self.guild.to_string()}, "context": 0,
            "attachment_size_limit": 10_485_760,
            "data": {"id": "700000000000000001", "name": self.name, "type": 1, "guild_id": self.guild.to_string(),
                "options": self.options},
        })
    }
}
