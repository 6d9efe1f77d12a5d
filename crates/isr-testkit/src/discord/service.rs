//! One request's life: arrival, body, fault or service, answer.
//!
//! Owns the order of these steps and what each fault does. Must not know sockets beyond "answer" and "cut".

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Limited};
use hyper::body::Incoming;
use hyper::{Method, Request, Response};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use super::answer::{AnswerBody, Cut, Manner, Reply, ceil_ms};
use super::bot;
use super::exchange::Asked;
use super::fault::{Fault, LimitHeaders, RateLimit, RequestView, Scope};
use super::gateway::World;
use super::guild;
use super::limits::{Announce, Guard, Refusal};
use super::route::{Action, BotAction, Route};
use super::seen::{Answer, Message};
use super::shapes;
use super::state::{Arrival, Caller, Decision, State};
use super::validate;
use super::violation::Rule;
use crate::watched::Watched;

/// A request may have 25 MiB.
const LONGEST_BODY: usize = 25 << 20;

/// The name that webhooks have of their own.
const WEBHOOK_NAME: &str = "Captain Hook";

/// The name of the bot as its messages show it.
const BOT_NAME: &str = "factory-bot";

/// What a scripted good rejection names.
const FORCED: validate::Refused = validate::Refused {
    code: 50035,
    path: String::new(),
    fault: "BASE_TYPE_BAD_LENGTH",
};

pub(crate) async fn serve(
    state: Arc<Watched<State>>,
    world: Arc<Watched<World>>,
    request: Request<Incoming>,
) -> Result<Response<AnswerBody>, Cut> {
    let (head, body) = request.into_parts();
    let asked = Asked::of(&head);
    if let Some(route) = world.read(|world| bot::route_of(world, &head.method, &head.uri)) {
        let body = Limited::new(body, LONGEST_BODY)
            .collect()
            .await
            .map_err(|_| Cut)?;
        let posted = match &route {
            bot::BotRoute::History { channel, .. } => {
                if let Some(reply) = state.change(|state| fault_of_history(state, *channel)) {
                    state.change(|state| state.exchanged(&asked, &Bytes::new(), &reply));
                    return Ok(reply.deliver(Manner::Whole));
                }
                state.read(|state| posted_in(state, *channel))
            }
            _ => Vec::new(),
        };
        let body = body.to_bytes();
        let (broken, reply) = world.change(|world| bot::serve(world, &route, &head.headers, &body, posted));
        // These requests are not numbered.
        state.change(|state| {
            broken
                .into_iter()
                .for_each(|(rule, detail)| state.broke(0, rule, detail));
            state.exchanged(&asked, &body, &reply);
        });
        return Ok(reply.deliver(Manner::Whole));
    }
    if let Some(route) = guild::route_of(&head.method, &head.uri) {
        let body = Limited::new(body, LONGEST_BODY)
            .collect()
            .await
            .map_err(|_| Cut)?;
        let body = body.to_bytes();
        let scripted = state.change(|state| fault_about_people(state, &head.method, route));
        if let Some(Fault::Delay(delay)) = scripted {
            sleep(delay).await;
        }
        let fault = state.change(|state| fault_of_channel(state, route));
        let reply = if let Some(reply) = fault.or_else(|| refusal(&scripted?)) {
            reply
        } else if world.read(|world| bot::is_authorised(world, &head.headers)) {
            world.change(|world| guild::serve(world, &state, route, &body))
        } else {
            Reply::error(401, 0, "401: Unauthorized")
        };
        state.change(|state| state.exchanged(&asked, &body, &reply));
        return Ok(reply.deliver(Manner::Whole));
    }
    let caller = if world.read(|world| bot::is_authorised(world, &head.headers)) {
        Caller::Bot
    } else {
        Caller::Anybody
    };
    let now = Instant::now();
    let arrival = state.change(|state| state.arrive(&head.method, &head.uri, &head.headers, caller, now));
    let life = Life {
        state: &state,
        world: &world,
        arrival,
        method: head.method,
        asked,
        body: Bytes::new(),
    };
    if life.arrival.cut {
        life.state.change(|state| state.seen.totals().faults += 1);
        return Err(life.cut());
    }
    let Ok(body) = Limited::new(body, LONGEST_BODY).collect().await else {
        // The client went away in the middle of its request.
        return Err(life.cut());
    };
    let body = body.to_bytes();
    Life {
        body: body.clone(),
        ..life
    }
    .run(body)
    .await
}

/// A scripted answer to the question for a channel's history. Only a rule that names the method is one for it.
fn fault_of_history(state: &mut State, channel: u64) -> Option<Reply> {
    fault_of(state, &Method::GET, channel)
}

/// A scripted answer to the change of a channel, or to what is asked of its webhooks. Only a rule that names the method is one
/// for it.
fn fault_of_channel(state: &mut State, route: guild::GuildRoute) -> Option<Reply> {
    let (method, channel) = route.of_channel()?;
    fault_of(state, &method, channel)
}

fn fault_of(state: &mut State, method: &Method, channel: u64) -> Option<Reply> {
    let fault = state.script.draw_of_method(&RequestView {
        seq: 0,
        webhook: channel,
        method,
        body: b"",
    })?;
    match fault {
        Fault::RateLimit(limit) => Some(Reply::rate_limited(limit)),
        other => refusal(&other),
    }
}

/// A scripted answer to what is asked about people, by their ids (of the opening of direct messages 0). Only a rule that names
/// the method is one for it.
fn fault_about_people(state: &mut State, method: &Method, route: guild::GuildRoute) -> Option<Fault> {
    let webhook = match route {
        guild::GuildRoute::Member(_, person) => person,
        guild::GuildRoute::Guild(guild) => guild,
        guild::GuildRoute::OpenDirect => 0,
        _ => return None,
    };
    let (seq, body) = (0, &b""[..]);
    state.script.draw_of_method(&RequestView {
        seq,
        webhook,
        method,
        body,
    })
}

/// What the bot posted in a channel.
fn posted_in(state: &State, channel: u64) -> Vec<Value> {
    let own = |message: &&Message| message.webhook == 0 && message.channel == channel;
    let messages = state.seen.messages().filter(own);
    messages
        .map(|message| shapes::message(message, BOT_NAME))
        .collect()
}

struct Life<'a> {
    state: &'a Watched<State>,
    world: &'a Watched<World>,
    arrival: Arrival,
    method: Method,
    asked: Asked,
    /// Empty until it is read whole.
    body: Bytes,
}

impl Life<'_> {
    async fn run(self, body: Bytes) -> Result<Response<AnswerBody>, Cut> {
        if let Some(refusal) = self.arrival.verdict.refusal {
            self.state
                .change(|state| state.seen.body_read(self.arrival.seq, body));
            return Ok(self.over_limit(refusal));
        }
        let webhook = self.arrival.route.as_ref().map_or(0, |route| route.webhook);
        match self
            .state
            .change(|state| state.decide(self.arrival.seq, webhook, &self.method, &body))
        {
            Decision::Serve => {
                let reply = self.execute(&body);
                Ok(self.answer(reply, Manner::Whole))
            }
            Decision::Fault(fault) => self.fail(fault, &body).await,
        }
    }

    /// 429 of a true limit. Only the webhook's own limit is told of in headers, and none when headers are withheld.
    fn over_limit(&self, refusal: Refusal) -> Response<AnswerBody> {
        let mut limit = RateLimit::new(refusal.scope, ceil_ms(refusal.retry_after));
        if self.arrival.announce == Announce::Nothing {
            limit.headers = LimitHeaders::RetryAfterOnly;
        }
        let reply = Reply::rate_limited(limit);
        if refusal.of == Guard::Global {
            self.answer_bare(reply, Manner::Whole)
        } else {
            self.answer(reply, Manner::Whole)
        }
    }

    async fn fail(self, fault: Fault, body: &Bytes) -> Result<Response<AnswerBody>, Cut> {
        if let Some(reply) = refusal(&fault) {
            return Ok(self.answer(reply, Manner::Whole));
        }
        match fault {
            Fault::RateLimit(limit) => Ok(self.limit(limit)),
            Fault::AcceptThenCut => {
                self.execute_unconfirmed(body);
                Err(self.cut())
            }
            Fault::AcceptThenStatus(status) => {
                self.execute_unconfirmed(body);
                Ok(self.answer(Reply::error(status, 0, "a scripted fault"), Manner::Whole))
            }
            Fault::HalfAnswer => {
                let reply = self.execute_unconfirmed(body);
                Ok(self.answer(reply, Manner::Half))
            }
            Fault::SlowBody { bytes, tick } => {
                let reply = self.execute(body);
                Ok(self.answer(reply, Manner::Slow { bytes, tick }))
            }
            Fault::AcceptThenStall => {
                self.execute_unconfirmed(body);
                Err(self.stall().await)
            }
            Fault::Stall => Err(self.stall().await),
            Fault::Delay(delay) => {
                sleep(delay).await;
                let reply = self.execute(body);
                Ok(self.answer(reply, Manner::Whole))
            }
            // Everything else is a cut, or an answer that `refusal` has given.
            _ => Err(self.cut()),
        }
    }

    /// Carries the request out.
    fn execute(&self, body: &Bytes) -> Reply {
        if let Some(reply) = self.react_to_a_person().or_else(|| self.refused_by_a_person()) {
            return reply;
        }
        self.state.change(|state| execute(state, &self.arrival, body))
    }

    /// The bot reacts to a message that a person wrote, which the gateway's half knows.
    fn react_to_a_person(&self) -> Option<Reply> {
        let Ok(Route {
            webhook: channel,
            action: Action::Bot(BotAction::React(message, emoji)),
            ..
        }) = &self.arrival.route
        else {
            return None;
        };
        let is_allowed = self.arrival.is_of_bot && self.state.read(|state| state.has_channel(*channel));
        let reacted = is_allowed && self.world.change(|world| world.react(*channel, *message, emoji));
        reacted.then(|| Reply::empty(204))
    }

    /// The bot posts a direct message that the person does not take.
    fn refused_by_a_person(&self) -> Option<Reply> {
        let Ok(Route {
            webhook: channel,
            action: Action::Bot(BotAction::Post),
            ..
        }) = &self.arrival.route
        else {
            return None;
        };
        self.world
            .read(|world| world.people.refusal(*channel))
            .filter(|_| self.arrival.is_of_bot)
    }

    /// Carries it out; the client will not get the success told whole.
    fn execute_unconfirmed(&self, body: &Bytes) -> Reply {
        self.state.change(|state| {
            let before = state.seen.counters().messages;
            let reply = execute(state, &self.arrival, body);
            let posted = state.seen.counters().messages - before;
            state.seen.totals().unconfirmed += posted;
            reply
        })
    }

    fn limit(&self, limit: RateLimit) -> Response<AnswerBody> {
        let webhook = self.arrival.route.as_ref().map_or(0, |route| route.webhook);
        let wait = Duration::try_from_secs_f64(limit.retry_after).unwrap_or_default();
        self.state
            .change(|state| state.pause(webhook, &self.method, limit.scope, wait, self.arrival.now));
        let reply = Reply::rate_limited(limit);
        match self.arrival.standing() {
            Some(standing) if limit.headers == LimitHeaders::All => {
                let mut standing = standing.clone();
                if limit.scope == Scope::User {
                    (standing.remaining, standing.reset_after) = (0, wait);
                }
                self.answer_bare(reply.announcing(&standing), Manner::Whole)
            }
            _ => self.answer_bare(reply, Manner::Whole),
        }
    }

    /// Answers with the headers of the webhook's limit. Pages of the network in front have none.
    fn answer(&self, reply: Reply, manner: Manner) -> Response<AnswerBody> {
        let reply = match self.arrival.standing() {
            Some(standing) if !reply.is_html() => reply.announcing(standing),
            _ => reply,
        };
        self.answer_bare(reply, manner)
    }

    fn answer_bare(&self, reply: Reply, manner: Manner) -> Response<AnswerBody> {
        let answer = match manner {
            Manner::Half => Answer::Half(reply.status),
            Manner::Whole | Manner::Slow { .. } => Answer::Status(reply.status),
        };
        self.state.change(|state| {
            state.settle(&self.arrival, answer, reply.scope);
            if manner != Manner::Half {
                state.exchanged(&self.asked, &self.body, &reply);
            }
        });
        reply.deliver(manner)
    }

    fn cut(&self) -> Cut {
        self.state
            .change(|state| state.settle(&self.arrival, Answer::Cut, None));
        Cut
    }

    /// Waits until the faults are cleared, then cuts. The client may go away before.
    async fn stall(&self) -> Cut {
        let began = self.state.change(|state| {
            state.settle(&self.arrival, Answer::Stalled, None);
            state.releases
        });
        let released = |state: &State| (state.releases > began).then_some(());
        // A day outlasts every test; then it is cut as well.
        drop(
            self.state
                .wait(Duration::from_secs(86_400), released, |_| String::new())
                .await,
        );
        Cut
    }
}

/// Faults that are answers and do nothing.
fn refusal(fault: &Fault) -> Option<Reply> {
    Some(match fault {
        Fault::Status(status) => Reply::error(*status, 0, "a scripted fault"),
        Fault::Html(status) => Reply::html(*status),
        Fault::Unauthorised => Reply::error(401, 0, "401: Unauthorized"),
        Fault::InvalidToken => Reply::error(401, 50027, "Invalid Webhook Token"),
        Fault::Forbidden => Reply::error(403, 50013, "Missing Permissions"),
        Fault::ReactionBlocked => Reply::error(403, 90001, "Reaction blocked"),
        Fault::NotFound => Reply::error(404, 10015, "Unknown Webhook"),
        Fault::MessageNotFound => unknown_message(),
        Fault::AnswerElsewhere => Reply::json(
            200,
            &json!({"id": "1", "channel_id": "1", "content": "elsewhere"}),
        ),
        Fault::BadRequest => Reply::refused(&validate::Refused {
            path: "content".into(),
            ..FORCED
        }),
        _ => return None,
    })
}

fn execute(state: &mut State, arrival: &Arrival, body: &Bytes) -> Reply {
    let reply = match &arrival.route {
        Err((Rule::Route, _)) => Err(Reply::error(404, 0, "404: Not Found")),
        Err((_, _)) => Err(Reply::refused(&FORCED)),
        Ok(Route {
            webhook: channel,
            action: Action::Bot(action),
            ..
        }) => act_as_bot(state, arrival, *channel, action, body),
        Ok(route) => authorised(state, route).and_then(|()| act(state, arrival, route, body)),
    };
    reply.unwrap_or_else(|refused| refused)
}

fn authorised(state: &mut State, route: &Route) -> Result<(), Reply> {
    match state.known(route.webhook) {
        None => Err(Reply::error(404, 10015, "Unknown Webhook")),
        Some(webhook) if webhook.token != route.token => {
            Err(Reply::error(401, 50027, "Invalid Webhook Token"))
        }
        Some(_) => Ok(()),
    }
}

fn act(state: &mut State, arrival: &Arrival, route: &Route, body: &Bytes) -> Result<Reply, Reply> {
    if let Some(thread) = route
        .thread
        .filter(|thread| !state.has_thread(route.webhook, *thread))
    {
        state.broke(arrival.seq, Rule::Thread, format!("no thread {thread}"));
        return Err(Reply::error(404, 10003, "Unknown Channel"));
    }
    match route.action {
        Action::Inspect => {
            let webhook = state.webhook(route.webhook);
            Ok(Reply::json(
                200,
                &shapes::webhook(route.webhook, webhook, WEBHOOK_NAME),
            ))
        }
        Action::Execute { wait } => {
            let form = state
                .check(
                    arrival.seq,
                    validate::Kind::NewMessage,
                    &arrival.content_type,
                    body,
                )
                .map_err(|r| Reply::refused(&r))?;
            if form.thread_name.is_some() {
                state.broke(
                    arrival.seq,
                    Rule::Thread,
                    "thread_name in a channel that is no forum".into(),
                );
                return Err(Reply::error(
                    400,
                    220_003,
                    "Webhooks can only create threads in forum channels",
                ));
            }
            let message = state.post(arrival, route, form);
            Ok(if wait {
                Reply::json(200, &shapes::message(&message, WEBHOOK_NAME))
            } else {
                Reply::empty(204)
            })
        }
        Action::ReadMessage(id) => {
            let message = state.seen.message(id).ok_or_else(unknown_message)?;
            Ok(Reply::json(200, &shapes::message(message, WEBHOOK_NAME)))
        }
        Action::EditMessage(id) => {
            let form = state
                .check(arrival.seq, validate::Kind::Edit, &arrival.content_type, body)
                .map_err(|r| Reply::refused(&r))?;
            let owned =
                |message: &Message| (message.webhook, message.thread) == (route.webhook, route.thread);
            let edited = state.seen.message(id).is_some_and(owned);
            let message = edited.then(|| state.edit(id, form)).flatten();
            let message = message.ok_or_else(unknown_message)?;
            Ok(Reply::json(200, &shapes::message(&message, WEBHOOK_NAME)))
        }
        Action::DeleteMessage(id) if state.seen.forget_message(id) => Ok(Reply::empty(204)),
        Action::DeleteMessage(_) | Action::Bot(_) => Err(unknown_message()),
    }
}

fn act_as_bot(
    state: &mut State,
    arrival: &Arrival,
    channel: u64,
    action: &BotAction,
    body: &Bytes,
) -> Result<Reply, Reply> {
    if !arrival.is_of_bot {
        return Err(Reply::error(401, 0, "401: Unauthorized"));
    }
    if !state.has_channel(channel) {
        return Err(Reply::error(404, 10003, "Unknown Channel"));
    }
    let is_there = |state: &State, id| state.seen.message(id).is_some_and(|it| it.channel == channel);
    let kind = match action {
        BotAction::Edit(_) => validate::Kind::BotEdit,
        _ => validate::Kind::BotMessage,
    };
    let form = |state: &mut State| {
        state
            .check(arrival.seq, kind, &arrival.content_type, body)
            .map_err(|refused| Reply::refused(&refused))
    };
    match action {
        BotAction::Post => {
            let form = form(state)?;
            let message = state.post_as_bot(arrival, channel, form);
            Ok(Reply::json(200, &shapes::message(&message, BOT_NAME)))
        }
        BotAction::Edit(id) => {
            let form = form(state)?;
            let edited = is_there(state, *id).then(|| state.edit(*id, form)).flatten();
            let message = edited.ok_or_else(unknown_message)?;
            Ok(Reply::json(200, &shapes::message(&message, BOT_NAME)))
        }
        BotAction::Delete(id) if is_there(state, *id) => {
            state.seen.forget_message(*id);
            Ok(Reply::empty(204))
        }
        BotAction::Pin(id) if is_there(state, *id) => {
            if let Some(message) = state.seen.message_mut(*id) {
                message.pinned = true;
            }
            Ok(Reply::empty(204))
        }
        BotAction::React(id, emoji) if is_there(state, *id) => {
            if let Some(message) = state.seen.message_mut(*id)
                && !message.reactions.contains(emoji)
            {
                message.reactions.push(emoji.clone());
            }
            Ok(Reply::empty(204))
        }
        BotAction::Delete(_) | BotAction::React(..) | BotAction::Pin(_) => Err(unknown_message()),
    }
}

fn unknown_message() -> Reply {
    Reply::error(404, 10008, "Unknown Message")
}
