//! The bot's half of the API that sets a Discord server up: its application, roles, channels, webhooks.
//!
//! Owns what the Discord server looks like to the bot, and which right each of these requests needs. Must not know messages.
//! Cannot fail; what is refused is an answer.

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use hyper::{Method, Uri};
use serde_json::{Value, json};
use tokio::time::Instant;

use super::answer::{Reply, ceil_ms};
use super::fault::{RateLimit, Scope};
use super::gateway::{Account, World};
use super::shapes;
use super::state::State;
use super::violation::Rule;
use crate::watched::Watched;

/// The intent to read what people write, in identifies and, limited, in an application's flags.
const MESSAGE_CONTENT_INTENT: u64 = 1 << 15;
/// The flags that an application may change by itself.
const LIMITED_FLAGS: u64 = 1 << 13 | 1 << 15 | shapes::MESSAGE_CONTENT_LIMITED;
const ADMINISTRATOR: u64 = 1 << 3;
const MANAGE_CHANNELS: u64 = 1 << 4;
const MANAGE_WEBHOOKS: u64 = 1 << 29;
/// Name and topic of a channel may be changed so often …
const CHANGES: usize = 2;
/// … in any stretch of this length.
const CHANGES_SPAN: Duration = Duration::from_secs(600);
/// The longest topic of a text channel.
const TOPIC_LIMIT: usize = 1024;
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
    /// The topics of channels that have one.
    pub topics: BTreeMap<u64, String>,
    /// Every change of a topic by the bot, in order.
    pub topic_changes: Vec<TopicChange>,
    webhooks: BTreeMap<u64, String>,
}

/// A topic that the bot has changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopicChange {
    /// The channel.
    pub channel: u64,
    /// What it says since then.
    pub topic: String,
    /// When.
    pub at: Instant,
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
            topics: BTreeMap::new(),
            topic_changes: Vec::new(),
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
    ChangeChannel(u64),
    Webhooks(u64),
    CreateWebhook(u64),
    OpenDirect,
}

impl GuildRoute {
    /// Method and channel of what can be scripted to fail.
    pub(super) const fn of_channel(self) -> Option<(Method, u64)> {
        match self {
            Self::ChangeChannel(channel) => Some((Method::PATCH, channel)),
            Self::CreateWebhook(channel) => Some((Method::POST, channel)),
            _ => None,
        }
    }
}

/// The route, when it is one of these.
pub(super) fn route_of(method: &Method, uri: &Uri) -> Option<GuildRoute> {
    let path = uri.path().strip_prefix("/api/v10/")?;
    let parts: Vec<&str> = path.split('/').collect();
    let number = |text: &str| text.parse::<u64>().ok();
    match (method, &parts[..]) {
        (&Method::GET, ["applications", "@me"]) => Some(GuildRoute::Application),
        (&Method::PATCH, ["applications", "@me"]) => Some(GuildRoute::ChangeApplication),
        (&Method::POST, ["users", "@me", "channels"]) => Some(GuildRoute::OpenDirect),
        (&Method::GET, ["guilds", guild]) => Some(GuildRoute::Guild(number(guild)?)),
        (&Method::GET, ["guilds", guild, "members", user]) => {
            Some(GuildRoute::Member(number(guild)?, number(user)?))
        }
        (&Method::GET, ["guilds", guild, "channels"]) => Some(GuildRoute::Channels(number(guild)?)),
        (&Method::POST, ["guilds", guild, "channels"]) => Some(GuildRoute::CreateChannel(number(guild)?)),
        (&Method::GET, ["channels", channel]) => Some(GuildRoute::Channel(number(channel)?)),
        (&Method::PATCH, ["channels", channel]) => Some(GuildRoute::ChangeChannel(number(channel)?)),
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
    let (account, card, people) = (&mut world.account, &mut world.guild, &mut world.people);
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
        GuildRoute::Member(guild, _) if !account.guilds.contains(&guild) => {
            Reply::error(404, 10004, "Unknown Guild")
        }
        GuildRoute::Member(_, user) => match (people.member(user), people.get(user)) {
            (Some(member), _) => Reply::json(200, &member),
            (None, Some(_)) => Reply::error(404, 10007, "Unknown Member"),
            (None, None) => Reply::error(404, 10013, "Unknown User"),
        },
        GuildRoute::OpenDirect => {
            let (broken, reply) = people.open(body);
            if let Some((rule, detail)) = broken {
                state.change(|state| state.broke(0, rule, detail));
            }
            reply
        }
        GuildRoute::Channel(id) | GuildRoute::Webhooks(id) | GuildRoute::CreateWebhook(id)
            if people.channel(id).is_some() =>
        {
            match (route, people.channel(id)) {
                (GuildRoute::Channel(_), Some(channel)) => Reply::json(200, &channel),
                _ => Reply::error(400, 50024, "Cannot execute action on a DM channel"),
            }
        }
        GuildRoute::Channels(guild) => {
            let is_thread = |channel: &&ChannelCard| (10..=12).contains(&channel.kind);
            let shown = card.channels.iter().filter(|channel| !is_thread(channel));
            let list: Value = shown.map(|channel| channel_json(channel, guild, card)).collect();
            Reply::json(200, &list)
        }
        GuildRoute::CreateChannel(guild) => create_channel(card, guild, &form, state),
        GuildRoute::Channel(id) if !state.read(|state| state.has_channel(id)) => {
            Reply::error(404, 10003, "Unknown Channel")
        }
        GuildRoute::Channel(id) => match (
            card.channels.iter().find(|it| it.id == id),
            account.guilds.first(),
        ) {
            (Some(channel), Some(guild)) => Reply::json(200, &channel_json(channel, *guild, card)),
            _ => Reply::error(404, 10003, "Unknown Channel"),
        },
        GuildRoute::ChangeChannel(id) => match account.guilds.first() {
            Some(guild) => change_channel(card, (id, *guild), &form, state),
            None => Reply::error(404, 10003, "Unknown Channel"),
        },
        GuildRoute::Webhooks(_) | GuildRoute::CreateWebhook(_)
            if card.own_role & (MANAGE_WEBHOOKS | ADMINISTRATOR) == 0 =>
        {
            Reply::error(403, 50013, "Missing Permissions")
        }
        GuildRoute::Webhooks(channel) => {
            // Listed until somebody deletes it or moves it to another channel.
            let own = card.webhooks.iter().filter(|(id, _)| {
                state.read(|state| state.known(**id).is_some_and(|it| it.channel == channel))
            });
            let list: Value = own
                .map(|(id, name)| webhook_json(*id, channel, name, account, state))
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
            card.webhooks.insert(id, name.clone());
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
    let told = channel_json(&channel, guild, card);
    card.channels.push(channel);
    Reply::json(201, &told)
}

/// Only the topic: a relay has no business with anything else.
fn change_channel(
    card: &mut GuildCard,
    (id, guild): (u64, u64),
    form: &Value,
    state: &Watched<State>,
) -> Reply {
    let Some(channel) = card.channels.iter().find(|it| it.id == id).cloned() else {
        return Reply::error(404, 10003, "Unknown Channel");
    };
    let denied = |(_, _, denied): &(u64, u64, u64)| denied & MANAGE_CHANNELS != 0;
    let is_granted = card.own_role & MANAGE_CHANNELS != 0 && !channel.overwrites.iter().any(denied);
    if !is_granted && card.own_role & ADMINISTRATOR == 0 {
        return Reply::error(403, 50013, "Missing Permissions");
    }
    let fields: Vec<&String> = form
        .as_object()
        .into_iter()
        .flat_map(|form| form.keys())
        .collect();
    let topic = form["topic"].as_str().unwrap_or_default();
    let is_good = fields == ["topic"]
        && (form["topic"].is_string() || form["topic"].is_null())
        && matches!(channel.kind, 0 | 5)
        && topic.chars().count() <= TOPIC_LIMIT;
    if !is_good {
        state.change(|state| state.broke(0, Rule::Channel, format!("channel {id}: {form}")));
        return Reply::error(400, 50035, "Invalid Form Body");
    }
    let now = Instant::now();
    let own = card.topic_changes.iter().filter(|change| change.channel == id);
    let lately: Vec<Instant> = own
        .map(|change| change.at)
        .filter(|at| *at + CHANGES_SPAN > now)
        .collect();
    if lately.len() >= CHANGES {
        let wait = lately[lately.len() - CHANGES] + CHANGES_SPAN - now;
        return Reply::rate_limited(RateLimit::new(Scope::User, ceil_ms(wait)));
    }
    card.topic_changes.push(TopicChange {
        channel: id,
        topic: topic.to_owned(),
        at: now,
    });
    card.topics.insert(id, topic.to_owned());
    Reply::json(200, &channel_json(&channel, guild, card))
}

fn guild_json(guild: u64, card: &GuildCard) -> Value {
    let roles = [
        (guild, "@everyone", card.everyone),
        (OWN_ROLE, "factory-bot", card.own_role),
    ];
    shapes::whole_guild(guild, &roles)
}

fn channel_json(channel: &ChannelCard, guild: u64, card: &GuildCard) -> Value {
    let overwrite = |(id, allow, deny): &(u64, u64, u64)| {
        let kind = u8::from(*id != guild && *id != OWN_ROLE);
        json!({"id": id.to_string(), "type": kind, "allow": allow.to_string(), "deny": deny.to_string()})
    };
    json!({
        "id": channel.id.to_string(), "type": channel.kind, "name": channel.name, "guild_id": guild.to_string(),
        "position": 0, "parent_id": channel.parent.map(|parent| parent.to_string()), "topic": card.topics.get(&channel.id), "nsfw": false,
        "permission_overwrites": channel.overwrites.iter().map(overwrite).collect::<Value>(), "flags": 0,
    })
}

fn webhook_json(id: u64, channel: u64, name: &str, account: &Account, state: &Watched<State>) -> Value {
    let token = state.change(|state| state.webhook(id).token.clone());
    json!({
        "id": id.to_string(), "type": 1, "name": name, "avatar": null, "channel_id": channel.to_string(),
        "guild_id": account.guilds.first().map(ToString::to_string), "token": token,
        "application_id": account.application.to_string(), "user": shapes::author(account.user, &account.name),
    })
}
