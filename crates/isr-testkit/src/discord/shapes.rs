//! Discord's objects as the API tells them.
//!
//! Owns their fields: all that Discord's description of the API requires, in its types. Must not know when they are told.
//! Cannot fail.

use serde_json::{Value, json};

use super::form_data::Upload;
use super::gateway::Account;
use super::seen::Message;
use super::state::Webhook;
use crate::calendar;

/// Where files lie.
const FILES: &str = "https://cdn.discordapp.com/attachments";

/// The intent to read what people write, in identifies and, limited, in an application's flags.
const MESSAGE_CONTENT_INTENT: u64 = 1 << 15;
pub(super) const MESSAGE_CONTENT_LIMITED: u64 = 1 << 19;

/// A message that a webhook or the bot posted.
pub(super) fn message(message: &Message, author_name: &str) -> Value {
    let channel = message.thread.unwrap_or(message.channel);
    let file = |file: &Upload| attachment(file, channel, message.id);
    let author = author(
        message.webhook,
        message.username.as_deref().unwrap_or(author_name),
    );
    let mut told = message_of(message.id, channel, author, message.flags);
    told["content"] = message.text.as_str().into();
    told["attachments"] = message.files.iter().map(file).collect();
    told["embeds"] = embeds(&message.embeds);
    told["components"] = components(&message.components);
    told["pinned"] = message.pinned.into();
    let is_for_all = |who: &String| who == "everyone" || who == "here";
    told["mention_everyone"] = message.pinged.iter().any(is_for_all).into();
    if message.webhook != 0 {
        told["webhook_id"] = message.webhook.to_string().into();
    }
    if let Some(edited) = message.edited {
        told["edited_timestamp"] = calendar::iso(edited).into();
    }
    told
}

/// A message that answers an interaction.
pub(super) fn reply(id: u64, channel: u64, account: &Account, form: &Value) -> Value {
    let author = author(account.user, &account.name);
    let list = |name: &str| form[name].as_array().cloned().unwrap_or_default();
    let mut told = message_of(id, channel, author, form["flags"].as_u64().unwrap_or(0));
    told["content"] = form["content"].as_str().unwrap_or_default().into();
    told["embeds"] = embeds(&list("embeds"));
    told["components"] = components(&list("components"));
    told["application_id"] = account.application.to_string().into();
    told["webhook_id"] = account.application.to_string().into();
    told["type"] = 20.into();
    told
}

fn message_of(id: u64, channel: u64, author: Value, flags: u64) -> Value {
    json!({
        "id": id.to_string(), "type": 0, "content": "", "channel_id": channel.to_string(), "author": author,
        "attachments": [], "embeds": [], "mentions": [], "mention_roles": [], "components": [], "pinned": false,
        "tts": false, "flags": flags, "mention_everyone": false, "edited_timestamp": null,
        "timestamp": calendar::iso(calendar::since_epoch()),
    })
}

pub(super) fn author(id: u64, name: &str) -> Value {
    json!({
        "id": id.to_string(), "username": name, "avatar": null, "discriminator": "0000", "bot": true,
        "global_name": null, "public_flags": 0, "flags": 0, "primary_guild": null,
    })
}

/// Embeds of a message come back with their kind, and with what was left out.
fn embeds(sent: &[Value]) -> Value {
    let told = sent.iter().map(|embed| {
        let mut embed = embed.clone();
        embed["type"] = "rich".into();
        let fields = embed.get_mut("fields").and_then(Value::as_array_mut);
        for field in fields.into_iter().flatten().filter_map(Value::as_object_mut) {
            field.entry("inline").or_insert(Value::Bool(false));
        }
        embed
    });
    told.collect()
}

/// Components come back with numbers, counted through the message.
fn components(sent: &[Value]) -> Value {
    let mut next = 0;
    let mut numbered = |component: &mut Value| {
        next += 1;
        component["id"] = next.into();
    };
    let mut told = sent.to_vec();
    for row in &mut told {
        numbered(row);
        row["components"]
            .as_array_mut()
            .into_iter()
            .flatten()
            .for_each(&mut numbered);
    }
    told.into()
}

fn attachment(file: &Upload, channel: u64, message: u64) -> Value {
    let address = format!("{FILES}/{channel}/{message}/{}", file.name);
    let mut told = json!({
        "id": (message + 1 + file.number).to_string(), "filename": file.name, "size": file.bytes.len(),
        "content_type": file.kind, "url": address, "proxy_url": address,
    });
    if let Some(description) = &file.description {
        told["description"] = description.as_str().into();
    }
    told
}

/// A webhook.
pub(super) fn webhook(id: u64, webhook: &Webhook, name: &str) -> Value {
    json!({
        "id": id.to_string(), "type": 1, "name": name, "avatar": null, "channel_id": webhook.channel.to_string(),
        "guild_id": "1000000000000000001", "application_id": null, "token": webhook.token,
    })
}

/// The bot's user, as it is told itself.
pub(super) fn user(account: &Account) -> Value {
    json!({
        "id": account.user.to_string(), "username": account.name, "discriminator": "0000", "bot": true,
        "avatar": null, "global_name": null, "flags": 0, "public_flags": 0, "verified": true, "primary_guild": null,
        "mfa_enabled": false, "locale": "en-US", "email": null,
    })
}

/// The bot's application, as its owner is told.
pub(super) fn application(account: &Account) -> Value {
    let flags = if account.allowed_intents & MESSAGE_CONTENT_INTENT == 0 {
        0
    } else {
        MESSAGE_CONTENT_LIMITED
    };
    let owner = json!({
        "id": "200000000000000001", "username": "owner", "discriminator": "0", "avatar": null, "global_name": null,
        "flags": 0, "public_flags": 0, "primary_guild": null,
    });
    json!({
        "id": account.application.to_string(), "name": account.name, "icon": null, "description": "", "type": null,
        "bot_public": false, "bot_require_code_grant": false, "verify_key": "0".repeat(64), "flags": flags,
        "flags_new": flags.to_string(), "redirect_uris": [], "interactions_endpoint_url": null,
        "role_connections_verification_url": null, "owner": owner, "team": null,
        "approximate_guild_count": account.guilds.len(), "approximate_user_install_count": 0,
        "approximate_user_authorization_count": 0, "explicit_content_filter": 0, "eligible_oauth2_scopes": [],
    })
}

/// A Discord server, as a member is told in a list.
pub(super) fn guild(id: u64) -> Value {
    json!({
        "id": id.to_string(), "name": "Factory", "icon": null, "banner": null, "owner": false, "permissions": "0",
        "features": [],
    })
}

/// A Discord server, as it is told alone, with these roles: id, name and permission bits.
pub(super) fn whole_guild(id: u64, roles: &[(u64, &str, u64)]) -> Value {
    let role = |(id, name, permissions): &(u64, &str, u64)| {
        json!({
            "id": id.to_string(), "name": name, "permissions": permissions.to_string(), "position": 0, "color": 0,
            "colors": {"primary_color": 0, "secondary_color": null, "tertiary_color": null}, "hoist": false,
            "managed": true, "mentionable": false, "icon": null, "unicode_emoji": null, "flags": 0,
        })
    };
    let mut told = json!({
        "id": id.to_string(), "name": "Factory", "owner_id": "200000000000000001", "region": "deprecated",
        "emojis": [], "stickers": [], "features": [], "roles": roles.iter().map(role).collect::<Value>(),
        "preferred_locale": "en-US", "afk_timeout": 300, "system_channel_flags": 0, "widget_enabled": false,
        "verification_level": 0, "default_message_notifications": 0, "mfa_level": 0, "explicit_content_filter": 0,
        "max_members": 500_000, "max_stage_video_channel_users": 50, "max_video_channel_users": 25,
        "premium_tier": 0, "premium_subscription_count": 0, "premium_progress_bar_enabled": false, "nsfw": false,
        "nsfw_level": 0,
    });
    for name in [
        "icon",
        "description",
        "home_header",
        "splash",
        "discovery_splash",
        "banner",
        "application_id",
        "afk_channel_id",
        "system_channel_id",
        "widget_channel_id",
        "max_presences",
        "vanity_url_code",
        "rules_channel_id",
        "safety_alerts_channel_id",
        "public_updates_channel_id",
        "incidents_data",
    ] {
        told[name] = Value::Null;
    }
    told
}

/// The bot as a member with these roles.
pub(super) fn member(account: &Account, roles: &[u64]) -> Value {
    json!({
        "user": author(account.user, &account.name), "roles": roles.iter().map(ToString::to_string).collect::<Value>(),
        "nick": null, "avatar": null, "banner": null, "communication_disabled_until": null, "premium_since": null,
        "joined_at": "2026-01-01T00:00:00.000000+00:00", "deaf": false, "mute": false, "pending": false, "flags": 0,
    })
}

/// A message that a person wrote, as the history tells it: without the server, and without the author's name there.
pub(super) fn history(written: &Value) -> Value {
    let mut told = written.clone();
    if let Some(fields) = told.as_object_mut() {
        for name in ["guild_id", "member", "channel_type"] {
            fields.remove(name);
        }
    }
    told["author"]["flags"] = 0.into();
    told
}
