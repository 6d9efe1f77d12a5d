//! What a session is told of by its intents.
//!
//! Owns which event needs which intent, and what of a message is left out without the one for content. Pure. Cannot fail.

use serde_json::{Value, json};

const GUILDS: u64 = 1;
const GUILD_MEMBERS: u64 = 1 << 1;
const GUILD_MODERATION: u64 = 1 << 2;
const GUILD_MESSAGES: u64 = 1 << 9;
const GUILD_MESSAGE_REACTIONS: u64 = 1 << 10;
const DIRECT_MESSAGES: u64 = 1 << 12;
const MESSAGE_CONTENT: u64 = 1 << 15;

/// The event as a session with these intents sees it; `None` when it does not. Interactions need no intent.
pub(super) fn seen_with(intents: u64, bot: u64, name: &str, data: &Value) -> Option<Value> {
    let is_private = data["guild_id"].is_null();
    let needed = match name {
        "MESSAGE_CREATE" | "MESSAGE_UPDATE" | "MESSAGE_DELETE" if is_private => DIRECT_MESSAGES,
        "MESSAGE_CREATE" | "MESSAGE_UPDATE" | "MESSAGE_DELETE" | "MESSAGE_DELETE_BULK" => GUILD_MESSAGES,
        _ if name.starts_with("MESSAGE_REACTION_") => GUILD_MESSAGE_REACTIONS,
        _ if name.starts_with("GUILD_MEMBER_") => GUILD_MEMBERS,
        _ if name.starts_with("GUILD_BAN_") => GUILD_MODERATION,
        _ if name.starts_with("GUILD_") || name.starts_with("CHANNEL_") || name.starts_with("THREAD_") => {
            GUILDS
        }
        _ => 0,
    };
    if intents & needed != needed {
        return None;
    }
    let mut data = data.clone();
    let is_message = matches!(name, "MESSAGE_CREATE" | "MESSAGE_UPDATE");
    if is_message && !is_private && intents & MESSAGE_CONTENT == 0 && !concerns(bot, &data) {
        data["content"] = "".into();
        for list in ["embeds", "attachments", "components"] {
            data[list] = json!([]);
        }
        if let Some(fields) = data.as_object_mut() {
            fields.remove("poll");
        }
    }
    Some(data)
}

/// Whether the bot wrote the message or is mentioned in it.
fn concerns(bot: u64, message: &Value) -> bool {
    let bot = bot.to_string();
    let is_bot = |user: &Value| user["id"].as_str() == Some(&*bot);
    let mut mentions = message["mentions"].as_array().into_iter().flatten();
    is_bot(&message["author"]) || mentions.any(is_bot)
}
