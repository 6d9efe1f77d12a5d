//! The whole state of the fake behind one lock.
//!
//! Owns webhooks, channels, threads, pauses that were announced, and the steps of one request's life. Must not know
//! sockets. Cannot fail; what is refused is an answer.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use hyper::{HeaderMap, Method, Uri};
use tokio::time::Instant;

use super::answer::Reply;
use super::exchange::{Asked, Exchange};
use super::fault::{Fault, RequestView, Scope, Script};
use super::limits::{Announce, Guard, Limiter, Payer, Standing, Verdict};
use super::route::{self, Action, BotAction, Route};
use super::routes;
use super::seen::{Answer, Keep, Message, Request, Seen};
use super::validate::{self, Form};
use super::violation::{Rule, Violation};
use crate::calendar;
use crate::rng::{Rng, mix};
use crate::secrets;

const KEPT_HEADERS: [&str; 5] = [
    "user-agent",
    "content-type",
    "content-length",
    "accept",
    "authorization",
];

type Observer = Box<dyn FnMut(&Message) + Send>;
type EditObserver = Box<dyn FnMut(&Message, &Message) + Send>;
type ExchangeObserver = Box<dyn FnMut(&Exchange) + Send>;

pub(crate) struct State {
    pub(crate) seen: Seen,
    pub(crate) limiter: Limiter,
    pub(crate) script: Script,
    /// Moves when the faults are cleared: ends stalls.
    pub(crate) releases: u64,
    pub(crate) observer: Option<Observer>,
    pub(crate) edit_observer: Option<EditObserver>,
    pub(crate) exchange_observer: Option<ExchangeObserver>,
    webhooks: BTreeMap<u64, Webhook>,
    pauses: HashMap<Pause, Instant>,
    gone: BTreeSet<u64>,
    deleted_channels: BTreeSet<u64>,
    /// The bot's messages by mark, whatever the channel, and until when a second attempt finds them.
    marks: HashMap<String, (Instant, u64)>,
    next_request: u64,
    last_snowflake: u64,
    token_seed: u64,
}

#[derive(Debug, Clone)]
pub(crate) struct Webhook {
    pub(crate) token: String,
    pub(crate) channel: u64,
    threads: BTreeSet<u64>,
}

/// What a client was told not to use for a while.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Pause {
    /// A route of a webhook: posts and edits have a limit each.
    Webhook(u64, Errand),
    Channel(u64),
    Everything,
}

/// What a request is about, as far as limits go: Discord has a bucket for each route.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Errand {
    Post,
    Edit,
    Other,
}

impl Errand {
    const fn of(method: &Method) -> Self {
        match *method {
            Method::POST => Self::Post,
            Method::PATCH => Self::Edit,
            _ => Self::Other,
        }
    }
}

/// Who makes a request, as far as its headers tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Caller {
    Bot,
    Anybody,
}

/// A request that arrived.
pub(crate) struct Arrival {
    pub(crate) seq: u64,
    pub(crate) now: Instant,
    pub(crate) route: Result<Route, route::Fault>,
    pub(crate) verdict: Verdict,
    pub(crate) announce: Announce,
    pub(crate) cut: bool,
    pub(crate) content_type: String,
    /// The bot's token came with it.
    pub(crate) is_of_bot: bool,
}

/// What is to be done with a request whose body was read.
#[derive(Debug)]
pub(crate) enum Decision {
    Fault(Fault),
    Serve,
}

impl fmt::Debug for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("State")
            .field("seen", &self.seen)
            .finish_non_exhaustive()
    }
}

impl State {
    pub(crate) fn new(keep: Keep) -> Self {
        Self {
            seen: Seen::new(keep),
            limiter: Limiter::default(),
            script: Script::default(),
            releases: 0,
            observer: None,
            edit_observer: None,
            exchange_observer: None,
            webhooks: BTreeMap::new(),
            pauses: HashMap::new(),
            gone: BTreeSet::new(),
            deleted_channels: BTreeSet::new(),
            marks: HashMap::new(),
            next_request: 1,
            last_snowflake: 0,
            token_seed: Rng::new(u64::from(std::process::id())).next_u64(),
        }
    }

    /// The webhook with this id; an unknown one is made, in a channel of its own.
    pub(crate) fn webhook(&mut self, id: u64) -> &mut Webhook {
        let token_seed = self.token_seed;
        self.webhooks.entry(id).or_insert_with(|| Webhook {
            token: secrets::token(&mut Rng::new(mix(token_seed ^ id)), 68),
            channel: 1_000_000_000_000 + id,
            threads: BTreeSet::new(),
        })
    }

    pub(crate) fn known(&self, id: u64) -> Option<&Webhook> {
        self.webhooks.get(&id)
    }

    pub(crate) fn add_thread(&mut self, webhook: u64, thread: u64) {
        self.webhook(webhook).threads.insert(thread);
    }

    pub(crate) fn delete_channel(&mut self, channel: u64) {
        self.deleted_channels.insert(channel);
    }

    pub(crate) fn has_channel(&self, channel: u64) -> bool {
        !self.deleted_channels.contains(&channel)
    }

    pub(crate) fn delete_webhook(&mut self, id: u64) {
        self.webhooks.remove(&id);
    }

    /// First step: the head was read.
    pub(crate) fn arrive(
        &mut self,
        method: &Method,
        uri: &Uri,
        headers: &HeaderMap,
        caller: Caller,
        now: Instant,
    ) -> Arrival {
        let seq = self.next_request;
        self.next_request += 1;
        let route = route::parse(method, uri);
        let (webhook, token) = route
            .as_ref()
            .map_or((None, ""), |route| (Some(route.webhook), &route.token));
        let is_bots = matches!(
            &route,
            Ok(Route {
                action: Action::Bot(_),
                ..
            })
        );
        let channel = webhook.filter(|_| is_bots).or_else(|| {
            webhook
                .and_then(|id| self.webhooks.get(&id))
                .map(|webhook| webhook.channel)
        });
        let posting = matches!(
            route,
            Ok(Route {
                action: Action::Execute { .. } | Action::Bot(BotAction::Post),
                ..
            })
        );
        let posting_in = channel.filter(|_| posting);
        let path = uri.path_and_query().map_or("", |path| path.as_str());
        self.seen.arrived(
            Request {
                seq,
                at: now,
                method: method.clone(),
                path: if token.is_empty() {
                    path.to_owned()
                } else {
                    path.replace(token, "TOKEN")
                },
                webhook,
                headers: kept(headers),
                body: Bytes::new(),
                early_by: self.early_by(webhook, Errand::of(method), channel, now),
                answer: Answer::Pending,
            },
            posting_in,
        );
        self.note_head(seq, &route, method, headers);
        let payer = Payer {
            webhook: webhook.unwrap_or(0),
            method: method.clone(),
            channel: posting_in,
        };
        let verdict = self.limiter.admit(&payer, now);
        let view = RequestView {
            seq,
            webhook: webhook.unwrap_or(0),
            method,
            body: b"",
        };
        let cut = verdict.refusal.is_none() && self.script.cuts_before_reading(&view);
        if webhook.is_some_and(|id| self.gone.contains(&id)) {
            self.seen.totals().after_gone += 1;
        }
        if let Some(refusal) = verdict.refusal {
            let of_channel = refusal.of == Guard::Channel;
            let pause = match (refusal.scope, webhook, channel) {
                (Scope::Global, ..) => Pause::Everything,
                (_, _, Some(channel)) if of_channel => Pause::Channel(channel),
                (_, webhook, _) => Pause::Webhook(webhook.unwrap_or(0), Errand::of(method)),
            };
            self.pauses.insert(pause, now + refusal.retry_after);
            self.seen.totals().over_true_limit += 1;
        }
        Arrival {
            seq,
            now,
            route,
            verdict,
            announce: self.limiter.limits.announce,
            cut,
            content_type: headers
                .get("content-type")
                .and_then(|value| value.to_str().ok())
                .unwrap_or_default()
                .to_owned(),
            is_of_bot: caller == Caller::Bot,
        }
    }

    fn early_by(
        &self,
        webhook: Option<u64>,
        errand: Errand,
        channel: Option<u64>,
        now: Instant,
    ) -> Option<Duration> {
        // The hidden limit of a channel is one of messages.
        let channel = channel.filter(|_| errand != Errand::Edit);
        let pauses = [
            Some(Pause::Everything),
            webhook.map(|webhook| Pause::Webhook(webhook, errand)),
            channel.map(Pause::Channel),
        ]
        .into_iter()
        .flatten();
        let until = pauses.filter_map(|pause| self.pauses.get(&pause)).max()?;
        (*until > now).then(|| *until - now)
    }

    /// A scripted 429 announces a pause too.
    pub(crate) fn pause(
        &mut self,
        webhook: u64,
        method: &Method,
        scope: Scope,
        retry_after: Duration,
        now: Instant,
    ) {
        let pause = if scope == Scope::Global {
            Pause::Everything
        } else {
            Pause::Webhook(webhook, Errand::of(method))
        };
        self.pauses.insert(pause, now + retry_after);
    }

    fn note_head(
        &mut self,
        seq: u64,
        route: &Result<Route, route::Fault>,
        method: &Method,
        headers: &HeaderMap,
    ) {
        let header = |name: &str| {
            headers
                .get(name)
                .and_then(|value| value.to_str().ok())
                .unwrap_or_default()
        };
        let agent = header("user-agent");
        if !is_bot_agent(agent) {
            self.broke(
                seq,
                Rule::UserAgent,
                format!("{agent:?} is not DiscordBot (URL, VERSION)"),
            );
        }
        let known = header("content-type")
            .split(';')
            .next()
            .is_some_and(|kind| matches!(kind.trim(), "application/json" | "multipart/form-data"));
        if (method == Method::POST || method == Method::PATCH) && !known {
            self.broke(seq, Rule::ContentType, format!("{:?}", header("content-type")));
        }
        match route {
            Err((rule, detail)) => self.broke(seq, *rule, detail.clone()),
            Ok(Route {
                action: Action::Execute { wait: false },
                ..
            }) => {
                self.broke(
                    seq,
                    Rule::Wait,
                    "without wait=true a message that is not saved gives no error".into(),
                );
            }
            Ok(_) => {}
        }
    }

    pub(crate) fn broke(&mut self, request: u64, rule: Rule, detail: String) {
        self.seen.broke(Violation {
            request,
            rule,
            detail,
        });
    }

    /// Second step: the body was read.
    pub(crate) fn decide(&mut self, seq: u64, webhook: u64, method: &Method, body: &Bytes) -> Decision {
        self.seen.body_read(seq, body.clone());
        match self.script.draw(&RequestView {
            seq,
            webhook,
            method,
            body,
        }) {
            Some(fault) => {
                self.seen.totals().faults += 1;
                Decision::Fault(fault)
            }
            None => Decision::Serve,
        }
    }

    /// Last step: the answer is settled. `scope` is that of a 429.
    pub(crate) fn settle(&mut self, arrival: &Arrival, answer: Answer, scope: Option<Scope>) {
        self.seen.answered(arrival.seq, answer);
        let (Answer::Status(status) | Answer::Half(status)) = answer else {
            return;
        };
        self.seen.totals().rate_limited += u64::from(status == 429);
        if matches!(status, 401 | 403) || (status == 429 && scope != Some(Scope::Shared)) {
            self.seen.answered_invalid(arrival.now);
        }
        if let (
            401 | 404,
            Ok(Route {
                webhook,
                action: Action::Execute { .. } | Action::Inspect,
                ..
            }),
        ) = (status, &arrival.route)
        {
            self.gone.insert(*webhook);
        }
    }

    /// A request got this answer, as it goes over the wire.
    pub(crate) fn exchanged(&mut self, asked: &Asked, body: &Bytes, reply: &Reply) {
        let is_served = (200..300).contains(&reply.status);
        if is_served && !routes::is_listed(asked.method(), asked.path()) {
            let detail = format!(
                "{} {} is not in the fake's list of routes",
                asked.method(),
                asked.path()
            );
            self.broke(0, Rule::Route, detail);
        }
        if let Some(observer) = &mut self.exchange_observer {
            let (kind, answer) = reply.parts();
            observer(&asked.answered(body, reply.status, kind, answer));
        }
    }

    /// Forgets faults, and that webhooks were gone because of them. Announced pauses stay: clients have to keep them.
    pub(crate) fn clear_faults(&mut self) {
        self.script.clear();
        self.gone.clear();
        self.releases += 1;
    }

    /// The thread is one of the webhook's channel.
    pub(crate) fn has_thread(&self, webhook: u64, thread: u64) -> bool {
        self.webhooks
            .get(&webhook)
            .is_some_and(|webhook| webhook.threads.contains(&thread))
    }

    pub(crate) fn check(
        &mut self,
        seq: u64,
        kind: validate::Kind,
        content_type: &str,
        body: &Bytes,
    ) -> Result<Form, validate::Refused> {
        let checked = validate::read(kind, content_type, body);
        for (rule, detail) in checked.broken {
            self.broke(seq, rule, detail);
        }
        checked.refused.map_or(Ok(checked.form), Err)
    }

    pub(crate) fn post(&mut self, arrival: &Arrival, route: &Route, form: Form) -> Message {
        let channel = self.webhook(route.webhook).channel;
        self.posted(arrival, (route.webhook, channel, route.thread), form)
    }

    /// The bot posts, or finds that it has posted this already (Discord remembers for some minutes).
    pub(crate) fn post_as_bot(&mut self, arrival: &Arrival, channel: u64, form: Form) -> Message {
        const REMEMBERED: Duration = Duration::from_secs(300);
        let now = Instant::now();
        self.marks.retain(|_, (until, _)| *until > now);
        let mark = form.nonce.clone();
        let known = mark.as_ref().and_then(|mark| self.marks.get(mark));
        if let Some(message) = known.and_then(|(_, id)| self.seen.message(*id)) {
            return message.clone();
        }
        let message = self.posted(arrival, (0, channel, None), form);
        if let Some(mark) = mark {
            self.marks.insert(mark, (now + REMEMBERED, message.id));
        }
        message
    }

    fn posted(&mut self, arrival: &Arrival, place: (u64, u64, Option<u64>), form: Form) -> Message {
        let text = form.content.unwrap_or_default();
        let message = Message {
            id: self.snowflake(),
            webhook: place.0,
            channel: place.1,
            thread: place.2,
            username: form.username,
            pinged: validate::pinged(&text, &form.allowed),
            text,
            flags: form.flags,
            embeds: form.embeds,
            components: form.components.unwrap_or_default(),
            files: form.files,
            request: arrival.seq,
            at: Instant::now(),
            edits: 0,
            edited: None,
            pinned: false,
            reactions: Vec::new(),
        };
        self.seen.posted(message.clone());
        if let Some(observer) = &mut self.observer {
            observer(&message);
        }
        message
    }

    pub(crate) fn edit(&mut self, id: u64, form: Form) -> Option<Message> {
        let (before, after) = self.seen.edit(id, |message| {
            if let Some(content) = form.content {
                message.pinged.extend(validate::pinged(&content, &form.allowed));
                message.text = content;
            }
            if let Some(embeds) = form.edited_embeds {
                message.embeds = embeds;
            }
            if let Some(components) = form.components {
                message.components = components;
            }
        })?;
        if let Some(observer) = &mut self.edit_observer {
            observer(&before, &after);
        }
        Some(after)
    }

    pub(crate) fn snowflake(&mut self) -> u64 {
        const DISCORD_EPOCH_MS: u128 = 1_420_070_400_000;
        let ms = calendar::since_epoch()
            .as_millis()
            .saturating_sub(DISCORD_EPOCH_MS);
        let now = u64::try_from(ms).unwrap_or(0) << 22;
        self.last_snowflake = now.max(self.last_snowflake + 1);
        self.last_snowflake
    }
}

impl Arrival {
    pub(crate) const fn standing(&self) -> Option<&Standing> {
        self.verdict.standing.as_ref()
    }
}

fn kept(headers: &HeaderMap) -> BTreeMap<String, String> {
    let text = |name: &&str| {
        headers
            .get(*name)
            .map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
    };
    KEPT_HEADERS
        .iter()
        .filter_map(|name| Some(((*name).to_owned(), text(name)?)))
        .collect()
}

/// `DiscordBot (URL, VERSION)`, with anything behind.
fn is_bot_agent(agent: &str) -> bool {
    let inside = agent
        .strip_prefix("DiscordBot (")
        .and_then(|rest| rest.split_once(')'));
    let parts = inside.and_then(|(inside, _)| inside.split_once(", "));
    parts.is_some_and(|(url, version)| {
        (url.starts_with("https://") || url.starts_with("http://")) && !version.trim().is_empty()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_user_agent_has_discords_form() {
        assert!(is_bot_agent("DiscordBot (https://example.org, 1.0) more"));
        for bad in [
            "",
            "curl/8",
            "DiscordBot",
            "DiscordBot (example.org, 1)",
            "DiscordBot (https://e.org)",
        ] {
            assert!(!is_bot_agent(bad), "{bad}");
        }
    }
}
