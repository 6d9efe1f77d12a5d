//! What a client may send, and what it gets when it sends something else.
//!
//! Owns Discord's documented rules: size, rate, order, and the form of identify, resume, heartbeat and presence. Must
//! not know sockets. Cannot fail; a broken rule is a verdict.

use std::collections::VecDeque;
use std::time::Duration;

use serde_json::Value;
use tokio::time::Instant;

use super::seen::GatewayRule;

const SIZE: usize = 4096;
const RATE: (usize, Duration) = (120, Duration::from_secs(60));
const PRESENCES: (usize, Duration) = (5, Duration::from_secs(20));
/// Heartbeats may be this much late, for the way.
const GRACE: Duration = Duration::from_secs(1);
/// All intents that exist: 0 to 16, 20, 21, 24, 25.
const INTENTS: u64 = 0x1_FFFF | 1 << 20 | 1 << 21 | 1 << 24 | 1 << 25;

/// What a payload is.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Said {
    Heartbeat(Option<u64>),
    Identify(Value),
    Resume {
        session: String,
        seq: u64,
        said: Value,
    },
    Presence(Value),
    /// Voice states and member requests, which we do not check.
    Other,
}

/// A broken rule, and the close code that it earns.
pub(super) type Broken = (GatewayRule, String, Option<u16>);

/// What is remembered of one connection.
#[derive(Debug, Default)]
pub(super) struct Conduct {
    sends: VecDeque<Instant>,
    presences: VecDeque<Instant>,
    last_beat: Option<Instant>,
    pub(super) has_introduced_itself: bool,
}

impl Conduct {
    /// Reads a payload.
    pub(super) fn read(&mut self, text: &str, token: &str, now: Instant) -> Result<Said, Broken> {
        if text.len() > SIZE {
            return Err((GatewayRule::Size, format!("{} bytes", text.len()), Some(4002)));
        }
        if count(&mut self.sends, RATE.1, now) > RATE.0 {
            return Err((GatewayRule::Rate, "more than 120 in 60 s".into(), Some(4008)));
        }
        let payload: Value = serde_json::from_str(text).unwrap_or_default();
        let Some(op) = payload["op"].as_u64() else {
            return Err((GatewayRule::Decode, text.chars().take(80).collect(), Some(4002)));
        };
        let data = &payload["d"];
        match op {
            1 => heartbeat(data),
            2 | 6 if self.has_introduced_itself => {
                Err((GatewayRule::Order, "introduced twice".into(), Some(4005)))
            }
            2 => self.introduced(identify(data, token)),
            6 => self.introduced(resume(data, token)),
            3 | 4 | 8 | 31 if !self.has_introduced_itself => Err((
                GatewayRule::Order,
                format!("opcode {op} before identify"),
                Some(4003),
            )),
            3 => self.presence(data, now),
            4 | 8 | 31 => Ok(Said::Other),
            _ => Err((GatewayRule::Opcode, format!("opcode {op}"), Some(4001))),
        }
    }

    fn introduced(&mut self, said: Result<Said, Broken>) -> Result<Said, Broken> {
        self.has_introduced_itself = true;
        said
    }

    /// A heartbeat came: whether it was late.
    pub(super) fn beat(&mut self, greeted: Instant, interval: Duration, now: Instant) -> Option<Broken> {
        let since = self.last_beat.replace(now).unwrap_or(greeted);
        let gap = now - since;
        (gap > interval + GRACE).then(|| {
            (
                GatewayRule::HeartbeatLate,
                format!("{gap:?} after the last"),
                None,
            )
        })
    }

    fn presence(&mut self, data: &Value, now: Instant) -> Result<Said, Broken> {
        presence_form(data)?;
        if count(&mut self.presences, PRESENCES.1, now) > PRESENCES.0 {
            return Err((GatewayRule::Presence, "more than 5 in 20 s".into(), Some(4008)));
        }
        Ok(Said::Presence(data.clone()))
    }
}

fn count(recent: &mut VecDeque<Instant>, span: Duration, now: Instant) -> usize {
    while recent.front().is_some_and(|first| *first + span <= now) {
        recent.pop_front();
    }
    recent.push_back(now);
    recent.len()
}

fn heartbeat(data: &Value) -> Result<Said, Broken> {
    match data {
        Value::Null => Ok(Said::Heartbeat(None)),
        _ => data
            .as_u64()
            .map(|seq| Said::Heartbeat(Some(seq)))
            .ok_or_else(|| (GatewayRule::Decode, format!("heartbeat {data}"), Some(4002))),
    }
}

fn without_token(data: &Value) -> Value {
    let mut said = data.clone();
    if let Some(fields) = said.as_object_mut() {
        fields.remove("token");
    }
    said
}

fn authenticate(data: &Value, token: &str) -> Result<(), Broken> {
    match data["token"].as_str() {
        None => Err((GatewayRule::IdentifyForm, "no token".into(), Some(4002))),
        // A wrong token is an operator's mistake, not a broken rule; it is told apart by the code.
        Some(given) if given != token => Err((GatewayRule::IdentifyForm, "wrong token".into(), Some(4004))),
        Some(_) => Ok(()),
    }
}

fn identify(data: &Value, token: &str) -> Result<Said, Broken> {
    let wrong = |what: &str| (GatewayRule::IdentifyForm, what.to_owned(), Some(4002));
    authenticate(data, token)?;
    let properties = &data["properties"];
    for name in ["os", "browser", "device"] {
        if properties[name].as_str().is_none_or(str::is_empty) {
            return Err(wrong(&format!("properties.{name}")));
        }
    }
    let intents = data["intents"].as_u64().ok_or_else(|| wrong("intents"))?;
    if intents & !INTENTS != 0 {
        return Err((
            GatewayRule::IdentifyForm,
            format!("intents {intents}"),
            Some(4013),
        ));
    }
    if let Some(shard) = data.get("shard") {
        let of = |place: usize| shard[place].as_u64();
        if of(0).zip(of(1)).is_none_or(|(number, all)| number >= all) {
            return Err((GatewayRule::IdentifyForm, format!("shard {shard}"), Some(4010)));
        }
    }
    if let Some(threshold) = data.get("large_threshold")
        && !threshold.as_u64().is_some_and(|n| (50..=250).contains(&n))
    {
        return Err(wrong("large_threshold"));
    }
    if data["compress"].as_bool() == Some(true) {
        return Err(wrong(
            "compress: payload compression excludes transport compression",
        ));
    }
    if let Some(presence) = data.get("presence") {
        presence_form(presence)?;
    }
    let known = [
        "token",
        "properties",
        "intents",
        "large_threshold",
        "compress",
        "presence",
        "shard",
    ];
    match data
        .as_object()
        .and_then(|fields| fields.keys().find(|name| !known.contains(&name.as_str())))
    {
        Some(name) => Err(wrong(&format!("unknown field {name}"))),
        None => Ok(Said::Identify(without_token(data))),
    }
}

fn resume(data: &Value, token: &str) -> Result<Said, Broken> {
    authenticate(data, token)?;
    match (data["session_id"].as_str(), data["seq"].as_u64()) {
        (Some(session), Some(seq)) => Ok(Said::Resume {
            session: session.to_owned(),
            seq,
            said: without_token(data),
        }),
        _ => Err((GatewayRule::ResumeForm, data.to_string(), Some(4002))),
    }
}

fn presence_form(data: &Value) -> Result<(), Broken> {
    let wrong = |what: &str| (GatewayRule::Presence, what.to_owned(), Some(4002));
    let statuses = ["online", "dnd", "idle", "invisible", "offline"];
    if !data["status"]
        .as_str()
        .is_some_and(|status| statuses.contains(&status))
    {
        return Err(wrong("status"));
    }
    if !data["afk"].is_boolean() || !(data["since"].is_null() || data["since"].is_u64()) {
        return Err(wrong("afk or since"));
    }
    let activities = data["activities"].as_array().ok_or_else(|| wrong("activities"))?;
    for activity in activities {
        let short = |name: &str| {
            activity[name]
                .as_str()
                .is_some_and(|text| (1..=128).contains(&text.chars().count()))
        };
        if !short("name") || activity["type"].as_u64().is_none_or(|kind| kind > 5) {
            return Err(wrong("activity"));
        }
        if activity["type"] == 4 && !short("state") {
            return Err(wrong("a custom status without state"));
        }
    }
    Ok(())
}
