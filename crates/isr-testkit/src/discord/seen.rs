//! What the fake has seen: requests, messages, violations, counters.
//!
//! Owns the records and how many of them are kept ([`Keep`]); counters go on whatever is kept. Cannot fail.

use std::collections::{BTreeMap, HashMap, VecDeque, vec_deque};
use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use hyper::Method;
use serde_json::Value;
use tokio::time::Instant;

use super::form_data::{self, Upload};
use super::violation::Violation;
use crate::calendar;

/// How many records of each kind are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keep {
    /// All: for tests.
    Everything,
    /// The last so many: for soaks. Observers still see every message.
    Last(usize),
}

/// One request.
#[derive(Debug, Clone)]
pub struct Request {
    /// Number, from 1, in order of arrival.
    pub seq: u64,
    /// When its head was read.
    pub at: Instant,
    /// The method.
    pub method: Method,
    /// Path and query; the token reads `TOKEN`.
    pub path: String,
    /// The webhook, when the address is understood.
    pub webhook: Option<u64>,
    /// `user-agent`, `content-type`, `content-length`, `accept`, `authorization`, as far as they came.
    pub headers: BTreeMap<String, String>,
    /// The body; empty until it is read whole.
    pub body: Bytes,
    /// For how much longer the client had been told (by a 429) not to make this request, if it had.
    pub early_by: Option<Duration>,
    /// What it was answered.
    pub answer: Answer,
}

impl Request {
    /// The body as JSON, or the JSON part of it; null when it is none.
    #[must_use]
    pub fn json(&self) -> Value {
        let kind = self.headers.get("content-type").map_or("", String::as_str);
        let form = form_data::read(kind, &self.body).unwrap_or_default();
        serde_json::from_slice(&form.json).unwrap_or_default()
    }
}

/// How a request ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// It is still going on.
    Pending,
    /// With this status.
    Status(u16),
    /// With this status, and the connection was closed in the middle of the body.
    Half(u16),
    /// The connection was closed instead.
    Cut,
    /// Never.
    Stalled,
}

/// One message as the channel shows it.
#[derive(Debug, Clone)]
pub struct Message {
    /// Its snowflake: rises with time.
    pub id: u64,
    /// The webhook; 0 for a message of the bot.
    pub webhook: u64,
    /// The webhook's channel, or the bot's.
    pub channel: u64,
    /// The thread in it.
    pub thread: Option<u64>,
    /// The name given with the message, when one was.
    pub username: Option<String>,
    /// The text, without white space around it (Discord removes it).
    pub text: String,
    /// Whom it pinged: `everyone`, `here`, `user ID`, `role ID`.
    pub pinged: Vec<String>,
    /// Message flags.
    pub flags: u64,
    /// The embeds, as they were sent.
    pub embeds: Vec<Value>,
    /// Rows of buttons below it, as they were sent.
    pub components: Vec<Value>,
    /// The files.
    pub files: Vec<Upload>,
    /// Number of the request that brought it.
    pub request: u64,
    /// When it was posted.
    pub at: Instant,
    /// How many times it was edited.
    pub edits: u32,
    /// When it was edited last, since the epoch.
    pub edited: Option<Duration>,
    /// Whether it was pinned.
    pub pinned: bool,
    /// Emoji that the bot reacted with.
    pub reactions: Vec<String>,
}

impl Message {
    /// The place it went to: `WEBHOOK` or `WEBHOOK/THREAD`.
    #[must_use]
    pub fn destination(&self) -> String {
        match self.thread {
            None => self.webhook.to_string(),
            Some(thread) => format!("{}/{thread}", self.webhook),
        }
    }

    /// Its lines.
    pub fn lines(&self) -> std::str::Lines<'_> {
        self.text.lines()
    }
}

/// Totals since the start.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counters {
    /// Requests that arrived, whatever became of them.
    pub requests: u64,
    /// Messages posted.
    pub messages: u64,
    /// Edits carried out.
    pub edits: u64,
    /// Messages posted whose request got no whole success answer: a resend of them is a duplicate.
    pub unconfirmed: u64,
    /// 429 answers, by the true limits and by the script.
    pub rate_limited: u64,
    /// 429 answers by the true limits.
    pub over_true_limit: u64,
    /// Invalid requests as Discord counts them: 401, 403, and 429 but for scope `shared`.
    pub invalid: u64,
    /// The most invalid requests in any 10 minutes.
    pub most_invalid_in_10_min: usize,
    /// Requests made although a 429 before had said to wait longer.
    pub early: u64,
    /// Requests to a webhook that had answered 404 or 401 before.
    pub after_gone: u64,
    /// Scripted faults that happened.
    pub faults: u64,
    /// Broken rules.
    pub violations: u64,
    /// The most requests of one webhook in any 2 s.
    pub most_per_webhook_in_2s: usize,
    /// The most messages tried in one channel in any 60 s.
    pub most_per_channel_in_60s: usize,
    /// The most requests in any second.
    pub most_in_1s: usize,
}

/// Counts what happened within a sliding time, and remembers the most.
#[derive(Debug, Default)]
struct Busiest {
    recent: VecDeque<Instant>,
    most: usize,
}

impl Busiest {
    fn hit(&mut self, span: Duration, now: Instant) -> usize {
        while self.recent.front().is_some_and(|hit| *hit + span <= now) {
            self.recent.pop_front();
        }
        self.recent.push_back(now);
        self.most = self.most.max(self.recent.len());
        self.most
    }
}

/// Everything seen. What tests wait on.
#[derive(Debug)]
pub struct Seen {
    keep: Keep,
    requests: VecDeque<Request>,
    messages: VecDeque<Message>,
    violations: VecDeque<Violation>,
    counters: Counters,
    per_webhook: HashMap<u64, Busiest>,
    per_channel: HashMap<u64, Busiest>,
    overall: Busiest,
    invalid: Busiest,
}

impl Seen {
    pub(crate) fn new(keep: Keep) -> Self {
        Self {
            keep,
            requests: VecDeque::new(),
            messages: VecDeque::new(),
            violations: VecDeque::new(),
            counters: Counters::default(),
            per_webhook: HashMap::new(),
            per_channel: HashMap::new(),
            overall: Busiest::default(),
            invalid: Busiest::default(),
        }
    }

    /// The requests that are kept, in order of arrival.
    #[must_use]
    pub fn requests(&self) -> vec_deque::Iter<'_, Request> {
        self.requests.iter()
    }

    /// The messages that are kept, in order.
    #[must_use]
    pub fn messages(&self) -> vec_deque::Iter<'_, Message> {
        self.messages.iter()
    }

    /// The violations that are kept, in order.
    #[must_use]
    pub fn violations(&self) -> vec_deque::Iter<'_, Violation> {
        self.violations.iter()
    }

    /// The totals.
    #[must_use]
    pub const fn counters(&self) -> Counters {
        self.counters
    }

    /// Whether a message with this text in it was posted.
    #[must_use]
    pub fn has_text(&self, text: &str) -> bool {
        self.messages.iter().any(|message| message.text.contains(text))
    }

    pub(super) const fn totals(&mut self) -> &mut Counters {
        &mut self.counters
    }

    pub(super) fn arrived(&mut self, request: Request, channel: Option<u64>) {
        let now = request.at;
        self.counters.requests += 1;
        self.counters.early += u64::from(request.early_by.is_some());
        self.counters.most_in_1s = self.overall.hit(Duration::from_secs(1), now);
        if let Some(webhook) = request.webhook {
            let most = self
                .per_webhook
                .entry(webhook)
                .or_default()
                .hit(Duration::from_secs(2), now);
            self.counters.most_per_webhook_in_2s = self.counters.most_per_webhook_in_2s.max(most);
        }
        if let Some(channel) = channel {
            let most = self
                .per_channel
                .entry(channel)
                .or_default()
                .hit(Duration::from_secs(60), now);
            self.counters.most_per_channel_in_60s = self.counters.most_per_channel_in_60s.max(most);
        }
        push(self.keep, &mut self.requests, request);
    }

    pub(super) fn body_read(&mut self, seq: u64, body: Bytes) {
        if let Some(request) = self.request_mut(seq) {
            request.body = body;
        }
    }

    pub(super) fn answered(&mut self, seq: u64, answer: Answer) {
        if let Some(request) = self.request_mut(seq) {
            request.answer = answer;
        }
    }

    pub(super) fn answered_invalid(&mut self, now: Instant) {
        self.counters.invalid += 1;
        self.counters.most_invalid_in_10_min = self.invalid.hit(Duration::from_secs(600), now);
    }

    pub(super) fn posted(&mut self, message: Message) {
        self.counters.messages += 1;
        push(self.keep, &mut self.messages, message);
    }

    pub(super) fn broke(&mut self, violation: Violation) {
        self.counters.violations += 1;
        push(self.keep, &mut self.violations, violation);
    }

    pub(super) fn message(&self, id: u64) -> Option<&Message> {
        self.messages.iter().rev().find(|message| message.id == id)
    }

    /// Changes a message; the one before and the one after.
    pub(super) fn edit(&mut self, id: u64, change: impl FnOnce(&mut Message)) -> Option<(Message, Message)> {
        let message = self.messages.iter_mut().rev().find(|message| message.id == id)?;
        let before = message.clone();
        message.edits += 1;
        message.edited = Some(calendar::since_epoch());
        change(message);
        self.counters.edits += 1;
        Some((before, message.clone()))
    }

    pub(super) fn message_mut(&mut self, id: u64) -> Option<&mut Message> {
        self.messages.iter_mut().rev().find(|message| message.id == id)
    }

    pub(super) fn forget_message(&mut self, id: u64) -> bool {
        let before = self.messages.len();
        self.messages.retain(|message| message.id != id);
        self.messages.len() < before
    }

    /// Numbers are without gaps and the oldest records go first: the place follows from the number.
    fn request_mut(&mut self, seq: u64) -> Option<&mut Request> {
        let first = self.requests.front()?.seq;
        self.requests
            .get_mut(usize::try_from(seq.checked_sub(first)?).ok()?)
    }
}

impl fmt::Display for Seen {
    /// The totals and the last few messages: what a failed wait shows.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.counters)?;
        for violation in self.violations.iter().take(5) {
            write!(f, "\n  {violation}")?;
        }
        for request in self.requests.iter().rev().take(3).rev() {
            write!(
                f,
                "\n  request {} {} {}: {:?}",
                request.seq, request.method, request.path, request.answer
            )?;
        }
        for message in self.messages.iter().rev().take(3).rev() {
            write!(f, "\n  message {}: {:.200}", message.id, message.text)?;
        }
        Ok(())
    }
}

fn push<T>(keep: Keep, records: &mut VecDeque<T>, record: T) {
    records.push_back(record);
    if let Keep::Last(most) = keep {
        while records.len() > most.max(1) {
            records.pop_front();
        }
    }
}
