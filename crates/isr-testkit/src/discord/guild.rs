//! The bot's half of the API that sets a Discord server up: its application, roles, channels, webhooks.
//!
//! Owns what the Discord server looks like to the bot, and which right each of these requests needs. Must not know messages.
//! Cannot fail; what is refused is an answer.

use std::collections::BTreeMap;

use bytes::Bytes;
use hyper::{Method, Uri};
use serde_json::{Value, json};

use super::answer::Reply;
use super::gateway::{Account, World};
use super::shapes;
use super::state::State;
use crate::watched::Watched;

/// The intent to read what people write, in identifies and, limited, in an application's flags.
const MESSAGE_CONTENT_INTENT: u64 = 1 << 15;
/// The flags that an application may change by itself.
const LIMITED_FLAGS: u64 = 1 << 13 | 1 << 15 | shapes::MESSAGE_CONTENT_LIMITED;
const ADMINISTRATOR: u64 = 1 << 3;
const MANAGE_CHANNELS: u64 = 1 << 4;
const MANAGE_WEBHOOKS: u64 = 1 << 29;
/// What the bot is invited with.
const INVITED: u64 = 274_878_024_768;
/// The role that the bot has by itself.
const OWN_ROLE: u64 = 900_000_000_000_000_001;

/// A channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChannelCard {
    /// Its id.
    pub id: u64,
    /// Its name.
    pub name: String,
    /// What kind, as Discord numbers them.
    pub kind: u64,
    /// Its category, of a thread its channel.
    pub parent: Option<u64>,
    /// Role or member, allowed bits, denied bits.
    pub overwrites: Vec<(u64, u64, u64)>,
}

/// How the Discord server is set up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GuildCard {
    /// What everybody may do.
    pub everyone: u64,
    /// What the bot's own role grants.
    pub own_role: u64,
    /// The channels and threads.
    pub channels: Vec<ChannelCard>,
    /// Whether the application may switch intents on by itself: not once it needs a review.
    pub intents_by_itself: bool,
    webhooks: BTreeMap<u64, (u64, String)>,
}

impl Default for GuildCard {
    fn default() -> Self {
        Self {
            everyone: 0,
            own_role: INVITED,
            channels: vec![ChannelCard {
                id: 300_000_000_000_000_001,
                name: "factorio".into(),
                kind: 0,
                parent: None,
                overwrites: Vec::new(),
            }],
            intents_by_itself: true,
            webhooks: BTreeMap::new(),
        }
    }
}

impl GuildCard {
    /// The role that the bot has by itself.
    pub const OWN_ROLE: u64 = OWN_ROLE;
}

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum GuildRoute {
    Application,
    ChangeApplication,
    Guild(u64),
    Member(u64, u64),
    Channels(u64),
    CreateChannel(u64),
    Channel(u64),
    Webhooks(u64),
    CreateWebhook(u64),
}

/// The route, when it is one of these.
pub(super) fn route_of(method: &Method, uri: &Uri) -> Option<GuildRoute> {
    let path = uri.path().strip_prefix("/api/v10/")?;
    let parts: Vec<&str> = path.split('/').collect();
    let number = |text: &str| text.parse::<u64>().ok();
    match (method, &parts[..]) {
        (&Method::GET, ["applications", "@me"]) => Some(GuildRoute::Application),
        (&Method::PATCH, ["applications", "@me"]) => Some(GuildRoute::ChangeApplication),
        (&Method::GET, ["guilds", guild]) => Some(GuildRoute::Guild(number(guild)?)),
        (&Method::GET, ["guilds", guild, "members", user]) => {
            Some(GuildRoute::Member(number(guild)?, number(user)?))
        }
        (&Method::GET, ["guilds", guild, "channels"]) => Some(GuildRoute::Channels(number(guild)?)),
        (&Method::POST, ["guilds", guild, "channels"]) => Some(GuildRoute::CreateChannel(number(guild)?)),
        (&Method::GET, ["channels", channel]) => Some(GuildRoute::Channel(number(channel)?)),
        (&Method::GET, ["channels", channel, "webhooks"]) => Some(GuildRoute::Webhooks(number(channel)?)),
        (&Method::POST, ["channels", channel, "webhooks"]) => {
            Some(GuildRoute::CreateWebhook(number(channel)?))
        }
        _ => None,
    }
}

/// Answers an authorised request.
pub(super) fn serve(world: &mut World, state: &Watched<State>, route: GuildRoute, body: &Bytes) -> Reply {
    let form: Value = serde_json::from_slice(body).unwrap_or_default();
    let (account, card) = (&mut world.account, &mut world.guild);
    match route {
        GuildRoute::Application => Reply::json(200, &shapes::application(account)),
        GuildRoute::ChangeApplication => change_application(account, card, &form),
        GuildRoute::Guild(guild) | GuildRoute::Channels(guild) | GuildRoute::CreateChannel(guild)
            if !account.guilds.contains(&guild) =>
        {
            Reply::error(404, 10004, "Unknown Guild")
        }
        GuildRoute::Guild(guild) => Reply::json(200, &guild_json(guild, card)),
        GuildRoute::Member(guild, user) if account.guilds.contains(&guild) && user == account.user => {
            let member = shapes::member(account, &[OWN_ROLE]);
            Reply::json(200, &member)
        }
        GuildRoute::Member(..) => Reply::error(404, 10007, "Unknown Member"),
        GuildRoute::Channels(guild) => {
            let is_thread = |channel: &&ChannelCard| (10..=12).contains(&channel.kind);
            let shown = card.channels.iter().filter(|channel| !is_thread(channel));
            let list: Value = shown.map(|channel| channel_json(channel, guild)).collect();
            Reply::json(200, &list)
        }
        GuildRoute::CreateChannel(guild) => create_channel(card, guild, &form, state),
        GuildRoute::Channel(id) => match (
            card.channels.iter().find(|it| it.id == id),
            account.guilds.first(),
        ) {
            (Some(channel), Some(guild)) => Reply::json(200, &channel_json(channel, *guild)),
            _ => Reply::error(404, 10003, "Unknown Channel"),
        },
        GuildRoute::Webhooks(_) | GuildRoute::CreateWebhook(_)
            if card.own_role & (MANAGE_WEBHOOKS | ADMINISTRATOR) == 0 =>
        {
            Reply::error(403, 50013, "Missing Permissions")
        }
        GuildRoute::Webhooks(channel) => {
            let own = card.webhooks.iter().filter(|(_, (of, _))| *of == channel);
            let list: Value = own
                .map(|(id, (_, name))| webhook_json(*id, channel, name, account, state))
                .collect();
            Reply::json(200, &list)
        }
        GuildRoute::CreateWebhook(channel) => {
            let name = form["name"].as_str().unwrap_or_default().trim().to_owned();
            let lower = name.to_lowercase();
            let is_name = (1..=80).contains(&name.chars().count());
            if !is_name || lower.contains("clyde") || lower.contains("discord") {
                return Reply::error(400, 50035, "Invalid Form Body");
            }
            let id = state.change(|state| {
                let id = state.snowflake();
                state.webhook(id).channel = channel;
                id
            });
            card.webhooks.insert(id, (channel, name.clone()));
            Reply::json(200, &webhook_json(id, channel, &name, account, state))
        }
    }
}

fn change_application(account: &mut Account, card: &GuildCard, form: &Value) -> Reply {
    let wanted = form["flags"].as_u64().unwrap_or_default();
    let now = shapes::application(account)["flags"].as_u64().unwrap_or_default();
    let changed = wanted ^ now;
    if changed & !LIMITED_FLAGS != 0 || !card.intents_by_itself {
        return Reply::error(400, 50035, "Invalid Form Body");
    }
    if wanted & shapes::MESSAGE_CONTENT_LIMITED != 0 {
        account.allowed_intents |= MESSAGE_CONTENT_INTENT;
    } else {
        account.allowed_intents &= !MESSAGE_CONTENT_INTENT;
    }
    Reply::json(200, &shapes::application(account))
}

fn create_channel(card: &mut GuildCard, guild: u64, form: &Value, state: &Watched<State>) -> Reply {
    if card.own_role & (MANAGE_CHANNELS | ADMINISTRATOR) == 0 {
        return Reply::error(403, 50013, "Missing Permissions");
    }
    let name = form["name"].as_str().unwrap_or_default();
    if !(1..=100).contains(&name.chars().count()) {
        return Reply::error(400, 50035, "Invalid Form Body");
    }
    let channel = ChannelCard {
        id: state.change(State::snowflake),
        // Names of text channels have neither capitals nor blanks.
        name: name.to_lowercase().replace(' ', "-"),
        kind: form["type"].as_u64().unwrap_or_default(),
        parent: None,
        overwrites: Vec::new(),
    };
    let told = channel_json(&channel, guild);
    card.channels.push(channel);
    Reply::json(201, &told)
}

fn guild_json(guild: u64, card: &GuildCard) -> Value {
    let roles = [
        (guild, "@everyone", card.everyone),
        (OWN_ROLE, "factory-bot", card.own_role),
    ];
    shapes::whole_guild(guild, &roles)
}

fn channel_json(channel: &ChannelCard, guild: u64) -> Value {
    let overwrite = |(id, allow, deny): &(u64, u64, u64)| {
        let kind = u8::from(*id != guild && *id != OWN_ROLE);
        json!({"id": id.to_string(), "type": kind, "allow": allow.to_string(), "deny": deny.to_string()})
    };
    json!({
        "id": channel.id.to_string(), "type": channel.kind, "name": channel.name, "guild_id": guild.to_string(),
        "position": 0, "parent_id": channel.parent.map(|parent| parent.to_string()), "topic": null, "nsfw": false,
        "permission_overwrites": channel.overwrites.iter().map(overwrite).collect::<Value>(), "flags": 0,
    })
}

fn webhook_json(id: u64, channel: u64, name: &str, account: &Account, state: &Watched<State>) -> Value {
    let token = state.change(|state| state.webhook(id).token.clone());
    json!({
        "id": id.to_string(), "type": 1, "name": name, "avatar": null, "channel_id": channel.to_string(),
        "guild_id": account.guilds.first().map(ToString::to_string), "token": token,
        "application_id": account.application.to_string(),
    })
}
