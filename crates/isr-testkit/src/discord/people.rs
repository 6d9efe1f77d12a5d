//! The people whom the bot can meet: who belongs to the Discord server, with which roles, and who takes its direct messages.
//!
//! Owns the channels of direct messages and Discord's rules for them: a recipient has to exist, and a message arrives only while
//! both share a Discord server and the person lets it. Must not know how messages are kept. Cannot fail; what is refused is an
//! answer.

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::answer::Reply;
use super::violation::Rule;

/// Discord calls a bot that opens more than one in this time one that opens them too fast.
const OPENED_EVERY: Duration = Duration::from_millis(900);
/// The ids of channels of direct messages begin here.
const FIRST_DIRECT: u64 = 400_000_000_000_000_000;

/// Whether somebody takes direct messages of the bot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Letterbox {
    /// They arrive.
    Open,
    /// They are refused with 403, code 50007.
    Closed,
}

/// Somebody whom the bot has met.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownPerson {
    /// The unique name.
    pub name: String,
    /// The roles in the Discord server; none: they left it.
    pub roles: Option<Vec<u64>>,
    /// Whether direct messages arrive.
    pub letterbox: Letterbox,
}

/// Everybody whom the bot has met.
#[derive(Debug, Default)]
pub(crate) struct People {
    known: BTreeMap<u64, KnownPerson>,
    /// Channels of direct messages, by person.
    direct: BTreeMap<u64, u64>,
    opened: Vec<Instant>,
}

impl People {
    /// Somebody used a command.
    pub(crate) fn meet(&mut self, member: &Value) {
        let id = member["user"]["id"].as_str().and_then(|id| id.parse().ok());
        let (Some(id), Some(name)) = (id, member["user"]["username"].as_str()) else {
            return;
        };
        let roles = member["roles"].as_array().into_iter().flatten();
        let roles = roles.filter_map(|role| role.as_str()?.parse().ok()).collect();
        self.known.entry(id).or_insert_with(|| KnownPerson {
            name: name.to_owned(),
            roles: Some(roles),
            letterbox: Letterbox::Open,
        });
    }

    pub(crate) fn get(&self, id: u64) -> Option<&KnownPerson> {
        self.known.get(&id)
    }

    pub(crate) fn get_mut(&mut self, id: u64) -> Option<&mut KnownPerson> {
        self.known.get_mut(&id)
    }

    pub(crate) fn direct_with(&self, person: u64) -> Option<u64> {
        self.direct.get(&person).copied()
    }

    /// How often a channel of direct messages was asked for.
    pub(crate) fn openings(&self) -> usize {
        self.opened.len()
    }

    /// Whose direct messages a channel holds.
    fn owner(&self, channel: u64) -> Option<(u64, &KnownPerson)> {
        let (person, _) = self.direct.iter().find(|(_, its)| **its == channel)?;
        Some((*person, self.known.get(person)?))
    }

    /// A member of the Discord server, as it is told.
    pub(crate) fn member(&self, person: u64) -> Option<Value> {
        let known = self.known.get(&person)?;
        let roles: Value = known.roles.as_ref()?.iter().map(ToString::to_string).collect();
        Some(json!({
            "user": user(person, known), "roles": roles, "nick": null, "avatar": null, "banner": null,
            "communication_disabled_until": null, "premium_since": null,
            "joined_at": "2026-01-01T00:00:00.000000+00:00", "deaf": false, "mute": false, "pending": false, "flags": 0,
        }))
    }

    /// `POST /users/@me/channels`: rules that were broken, and the answer.
    pub(crate) fn open(&mut self, body: &Bytes) -> (Option<(Rule, String)>, Reply) {
        let now = Instant::now();
        let is_fast = self.opened.last().is_some_and(|last| now < *last + OPENED_EVERY);
        self.opened.push(now);
        let form: Value = serde_json::from_slice(body).unwrap_or_default();
        let is_form = form.as_object().is_some_and(|form| form.len() == 1);
        let person = form["recipient_id"]
            .as_str()
            .and_then(|id| id.parse::<u64>().ok());
        let Some(person) = person.filter(|_| is_form) else {
            let broken = (Rule::Direct, format!("no recipient in {form}"));
            return (Some(broken), Reply::error(400, 50033, "Invalid Recipient(s)"));
        };
        let broken = is_fast.then(|| (Rule::Direct, "direct messages are opened too fast".to_owned()));
        let Some(known) = self.known.get(&person) else {
            return (broken, Reply::error(400, 50033, "Invalid Recipient(s)"));
        };
        let next = FIRST_DIRECT + self.direct.len() as u64;
        let channel = *self.direct.entry(person).or_insert(next);
        (broken, Reply::json(200, &channel_json(channel, person, known)))
    }

    /// A channel of direct messages, as it is told.
    pub(crate) fn channel(&self, channel: u64) -> Option<Value> {
        let (person, known) = self.owner(channel)?;
        Some(channel_json(channel, person, known))
    }

    /// Why the bot may not post in a channel of direct messages.
    pub(crate) fn refusal(&self, channel: u64) -> Option<Reply> {
        let (_, known) = self.owner(channel)?;
        if known.roles.is_none() {
            let why = "Cannot send a message to a user with whom you have no mutual guilds";
            return Some(Reply::error(403, 50278, why));
        }
        let is_closed = known.letterbox == Letterbox::Closed;
        is_closed.then(|| Reply::error(403, 50007, "Cannot send messages to this user"))
    }
}

fn user(id: u64, known: &KnownPerson) -> Value {
    json!({
        "id": id.to_string(), "username": known.name, "avatar": null, "discriminator": "0", "global_name": null,
        "public_flags": 0, "flags": 0, "primary_guild": null,
    })
}

fn channel_json(id: u64, person: u64, known: &KnownPerson) -> Value {
    json!({
        "id": id.to_string(), "type": 1, "flags": 0, "last_message_id": null, "recipients": [user(person, known)],
    })
}
