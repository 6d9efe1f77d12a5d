//! The gateway's state behind one lock: the bot's account, sessions, limits.
//!
//! Owns sessions and their history, and who is connected. Must not know sockets. Cannot fail; what is refused is an
//! answer.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::mpsc::Sender;
use tokio::time::Instant;

use super::fault::{ConnectionFault, Script};
use super::intents;
use super::seen::{GatewayRule, GatewaySeen, GatewayViolation};
use crate::discord::bot::Dialogue;
use crate::discord::guild::GuildCard;
use crate::discord::people::People;

/// Discord's usual heartbeat interval.
const INTERVAL: Duration = Duration::from_millis(41_250);
/// GUILDS, GUILD_MESSAGES, MESSAGE_CONTENT and the others that are not privileged.
const DEFAULT_INTENTS: u64 = 0b1_1111_1111_1111_1111 & !(1 << 1) & !(1 << 8);

/// The bot's account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// The only token that is accepted.
    pub token: String,
    /// The bot's user.
    pub user: u64,
    /// Its name.
    pub name: String,
    /// Its application.
    pub application: u64,
    /// The intents that it may ask for; asking for others is closed with 4014.
    pub allowed_intents: u64,
    /// The Discord servers that it is in.
    pub guilds: Vec<u64>,
}

/// Whether heartbeats are answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Acks {
    /// As they should.
    Answer,
    /// Never: the connection is a zombie.
    Silence,
}

/// What holds for identifies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SessionLimit {
    /// In a day.
    pub total: u64,
    /// Left.
    pub remaining: u64,
    /// Until they are filled up.
    pub reset_after: Duration,
    /// Identifies in 5 s.
    pub max_concurrency: u64,
}

impl Default for SessionLimit {
    fn default() -> Self {
        Self {
            total: 1000,
            remaining: 1000,
            reset_after: Duration::from_secs(14_400),
            max_concurrency: 1,
        }
    }
}

/// What a connection's task is told.
#[derive(Debug, Clone)]
pub(super) enum Command {
    Send(String),
    Pieces {
        text: String,
        pieces: usize,
        pause: Duration,
    },
    Half(String),
    Close(u16),
    Cut,
}

#[derive(Debug, Default)]
struct Session {
    seq: u64,
    /// What it asked to be told of.
    intents: u64,
    /// Everything that was told, from sequence number 1.
    history: Vec<String>,
    /// The connection that it is told on.
    link: Option<u64>,
}

#[derive(Debug)]
pub(crate) struct World {
    pub(crate) account: Account,
    pub(crate) url: String,
    pub(crate) limit: SessionLimit,
    pub(crate) seen: GatewaySeen,
    /// Interactions that were told, and what they got.
    pub(crate) dialogues: BTreeMap<u64, Dialogue>,
    /// The commands as they were registered last, by Discord server; everywhere: `""`.
    pub(crate) commands: BTreeMap<String, Value>,
    /// How often commands were registered.
    pub(crate) registrations: usize,
    /// What people wrote, as `MESSAGE_CREATE` has it, in order.
    pub(crate) written: Vec<Value>,
    /// Reactions of the bot to that: message and emoji.
    pub(crate) reactions: Vec<(u64, String)>,
    /// How the Discord server is set up.
    pub(crate) guild: GuildCard,
    /// Who used a command, and what became of them.
    pub(crate) people: People,
    pub(super) acks: Acks,
    pub(super) interval: Duration,
    pub(super) resume_url: Option<String>,
    pub(super) script: Script,
    sessions: BTreeMap<String, Session>,
    links: BTreeMap<u64, Sender<Command>>,
    next_link: u64,
    next_session: u64,
    fatal: Option<u16>,
}

impl World {
    pub(super) fn new() -> Self {
        Self {
            // The first part is the bot's id in base64, as in a real one.
            account: Account {
                token: "MTExMTIyMjIzMzMzNDQ0NDU1.GfAkEx.gateway-token-that-nobody-may-ever-show".into(),
                user: 111_122_223_333_444_455,
                name: "factory-bot".into(),
                application: 111_122_223_333_444_455,
                allowed_intents: DEFAULT_INTENTS,
                guilds: vec![1_000_000_000_000_000_001],
            },
            url: String::new(),
            limit: SessionLimit::default(),
            seen: GatewaySeen::default(),
            dialogues: BTreeMap::new(),
            commands: BTreeMap::new(),
            registrations: 0,
            written: Vec::new(),
            reactions: Vec::new(),
            guild: GuildCard::default(),
            people: People::default(),
            acks: Acks::Answer,
            interval: INTERVAL,
            resume_url: None,
            script: Script::default(),
            sessions: BTreeMap::new(),
            links: BTreeMap::new(),
            next_link: 1,
            next_session: 1,
            fatal: None,
        }
    }

    /// A connection was accepted. Its number, and what goes wrong with it.
    pub(super) fn accept(&mut self, commands: Sender<Command>) -> (u64, Option<ConnectionFault>) {
        let link = self.next_link;
        self.next_link += 1;
        self.links.insert(link, commands);
        self.seen.connects.push(Instant::now());
        if let Some(code) = self.fatal {
            self.broke(
                link,
                GatewayRule::AfterFatal,
                format!("after {code} nobody may connect"),
            );
        }
        (link, self.script.draw())
    }

    pub(super) fn leave(&mut self, link: u64) {
        self.links.remove(&link);
        for session in self.sessions.values_mut() {
            if session.link == Some(link) {
                session.link = None;
            }
        }
    }

    /// The client ended its session by closing with 1000 or 1001.
    pub(super) fn end_session_of(&mut self, link: u64) {
        self.sessions.retain(|_, session| session.link != Some(link));
    }

    pub(super) fn broke(&mut self, connection: u64, rule: GatewayRule, detail: String) {
        self.seen.violations.push(GatewayViolation {
            connection,
            rule,
            detail,
        });
    }

    /// The connection is closed with this code.
    pub(super) fn note_close(&mut self, code: u16) {
        if matches!(code, 4004 | 4010..=4014) {
            self.fatal = Some(code);
        }
    }

    pub(super) fn joined(&self) -> usize {
        self.sessions
            .values()
            .filter(|session| session.link.is_some())
            .count()
    }

    pub(super) fn forget_sessions(&mut self) {
        self.sessions.clear();
    }

    pub(super) fn command(&mut self, command: &Command) {
        self.links
            .retain(|_, link| link.try_send(command.clone()).is_ok());
    }

    pub(super) fn mend(&mut self) {
        self.fatal = None;
    }

    pub(super) fn dispatch(&mut self, name: &str, data: &Value) -> u64 {
        self.dispatch_by(name, data, Command::Send)
    }

    /// The same, told in this way.
    pub(super) fn dispatch_by(&mut self, name: &str, data: &Value, way: fn(String) -> Command) -> u64 {
        if name == "INTERACTION_CREATE"
            && let (Some(id), Some(token)) = (data["id"].as_str(), data["token"].as_str())
        {
            let id = id.parse().unwrap_or_default();
            let kind = data["type"].as_u64().unwrap_or_default();
            let channel = data["channel_id"]
                .as_str()
                .and_then(|channel| channel.parse().ok());
            let dialogue = Dialogue::new(token, kind, id, channel.unwrap_or_default());
            self.dialogues.insert(id, dialogue);
            self.people.meet(&data["member"]);
        }
        if name == "MESSAGE_CREATE" {
            self.written.push(data.clone());
        }
        let mut last = 0;
        for session in self.sessions.values_mut() {
            let Some(data) = intents::seen_with(session.intents, self.account.user, name, data) else {
                continue;
            };
            let text = session.tell(name, &data);
            last = session.seq;
            let Some(link) = session.link else { continue };
            let behind = self
                .links
                .get(&link)
                .is_some_and(|link| link.try_send(way(text)).is_err());
            if behind {
                // Its task ends when nobody can tell it anything any more.
                self.links.remove(&link);
            }
        }
        last
    }

    /// The bot reacts to a message of a person; says whether there is one.
    pub(crate) fn react(&mut self, channel: u64, message: u64, emoji: &str) -> bool {
        let (channel, id) = (channel.to_string(), message.to_string());
        let is_there = self
            .written
            .iter()
            .any(|written| written["id"] == id && written["channel_id"] == channel);
        let reaction = (message, emoji.to_owned());
        if is_there && !self.reactions.contains(&reaction) {
            self.reactions.push(reaction);
        }
        is_there
    }

    /// Begins a session on a connection; what is told on it.
    pub(super) fn begin(&mut self, link: u64, intents: u64) -> Vec<String> {
        let id = format!("session-{:08x}", self.next_session);
        self.next_session += 1;
        let account = &self.account;
        let guilds: Vec<Value> = account
            .guilds
            .iter()
            .map(|guild| json!({"id": guild.to_string(), "unavailable": true}))
            .collect();
        let ready = json!({
            "v": 10,
            "user": {"id": account.user.to_string(), "username": account.name, "discriminator": "0000",
                "bot": true, "avatar": null, "global_name": null, "verified": true, "flags": 0},
            "guilds": guilds,
            "session_id": id,
            "resume_gateway_url": self.resume_url.as_ref().unwrap_or(&self.url),
            "session_type": "normal",
            "shard": [0, 1],
            "application": {"id": account.application.to_string(), "flags": 0},
            "_trace": ["[\"fake\"]"],
        });
        let mut session = Session {
            link: Some(link),
            intents,
            ..Session::default()
        };
        let mut told = vec![session.tell("READY", &ready)];
        let guilds = account.guilds.iter().map(|guild| guild_json(*guild));
        for guild in
            guilds.filter_map(|guild| intents::seen_with(intents, account.user, "GUILD_CREATE", &guild))
        {
            told.push(session.tell("GUILD_CREATE", &guild));
        }
        self.sessions.insert(id, session);
        told
    }

    /// Goes on with a session on another connection: what was missed, or the reason why not.
    pub(super) fn resume(&mut self, link: u64, id: &str, seq: u64) -> Result<Vec<String>, Refused> {
        let session = self.sessions.get_mut(id).ok_or(Refused::UnknownSession)?;
        let known = usize::try_from(seq)
            .ok()
            .filter(|known| *known <= session.history.len());
        let known = known.ok_or(Refused::UnknownSequence)?;
        let mut missed = session.history[known..].to_vec();
        missed.push(session.tell("RESUMED", &json!({"_trace": []})));
        session.link = Some(link);
        self.seen.resumed += 1;
        Ok(missed)
    }

    /// The last sequence number of the session that this connection belongs to.
    pub(super) fn seq_of(&self, link: u64) -> Option<u64> {
        self.sessions
            .values()
            .find(|session| session.link == Some(link))
            .map(|session| session.seq)
    }
}

/// Why a session does not go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refused {
    UnknownSession,
    UnknownSequence,
}

impl Session {
    fn tell(&mut self, name: &str, data: &Value) -> String {
        self.seq += 1;
        let text = json!({"op": 0, "s": self.seq, "t": name, "d": data}).to_string();
        self.history.push(text.clone());
        text
    }
}

fn guild_json(id: u64) -> Value {
    json!({
        "id": id.to_string(), "name": "Factory", "owner_id": "200000000000000001", "unavailable": false,
        "large": false, "member_count": 3, "joined_at": "2026-01-01T00:00:00.000000+00:00",
        "channels": [{"id": "300000000000000001", "type": 0, "name": "factorio", "position": 0, "parent_id": null}],
        "threads": [], "members": [], "presences": [], "voice_states": [],
        "roles": [{"id": id.to_string(), "name": "@everyone", "permissions": "0"}],
        "emojis": [], "features": [], "preferred_locale": "en-US",
    })
}
