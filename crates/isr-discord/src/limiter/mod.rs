//! When a request may leave.
//!
//! A pure state machine: it reads no clock, sleeps never and sends nothing. Time is a [`Duration`] since any fixed
//! point of a monotonic clock, the same for all calls. One limiter serves all webhooks of a process; ask it under one
//! lock. It keeps, from the narrowest to the widest:
//!
//! - per lane: latched (deleted thread), parked (403: one attempt in 15 minutes);
//! - per webhook: latched (401, 404), our own ceiling of 5 requests in any 2 s;
//! - per webhook and [`Route`]: the bucket that headers describe, the pause after a 429;
//! - per channel: the hidden limit, shared by all its webhooks: a bucket of 30 refilled at 0.5 per second;
//! - per bot, and for all webhooks of this address: our own ceiling of 40 requests in any second;
//! - for all: the pause after a global 429 or one without headers, and the budget of invalid requests.
//!
//! For a bot each channel counts as a webhook does above; only a refused token (401) latches all its channels. Answers to
//! interactions are no business of a limiter: Discord counts them apart, and one that waits is late.
//!
//! Several lanes may use it at once, on one webhook or one channel. The invariant: a request is counted from the
//! moment it is admitted until its [`Ticket`] is handed back, and its place is freed by the time of its answer, never
//! by that of its beginning, so that delays of the network cannot make the server see more than the limit.
//!
//! Between requests begun on webhooks that share a channel and the first answers that say so, the channel's limit
//! cannot be known: at most one request per webhook goes uncounted until then, and is counted afterwards.

mod answer;
mod bucket;
mod channel;
mod gate;
mod key;
mod observe;
mod route;
mod window;

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use isr_core::delivery::Destination;

pub use self::answer::{Admission, Latch, Readiness, Ticket, Wait, WaitReason};
use self::channel::Channel;
use self::gate::{Closed, Gate};
pub use self::key::LaneKey;
use self::key::{ChannelKey, WebhookKey};
pub use self::route::Route;
use self::route::RouteLimits;
pub(crate) use self::window::Window;
use crate::jitter::Jitter;
use crate::outcome::Attempt;

/// Our own ceiling per webhook: so many requests …
pub const WEBHOOK_BURST: usize = 5;
/// … in any stretch of this length.
pub const WEBHOOK_SPAN: Duration = Duration::from_secs(2);
/// Our own ceiling for everything that a bot, or this address without one, asks for: so many requests …
pub const TOGETHER: usize = 40;
/// … begun in any stretch of this length. Discord allows 50; the rest is for answers that arrive together.
pub const TOGETHER_SPAN: Duration = Duration::from_secs(1);
/// At most so many invalid requests (401, 403, 429 that is not shared) …
pub const INVALID_BUDGET: usize = 90;
/// … in any stretch of this length. Discord blocks an address at 10,000.
pub const INVALID_SPAN: Duration = Duration::from_secs(600);
/// What may be put off leaves so many requests of its webhook free …
const KEPT_OF_WEBHOOK: usize = 3;
/// … and so many of its channel.
const KEPT_OF_CHANNEL: usize = 15;
/// … and so many of what goes out in a second.
const KEPT_OF_ALL: usize = 10;
/// How often a lane that was refused with 403 is tried.
pub const PARK_INTERVAL: Duration = Duration::from_secs(15 * 60);
/// When to look again if only the answer of another request can help.
const RECHECK: Duration = Duration::from_millis(50);
/// A ticket that was not handed back for so long was lost with its task. Longer than any attempt may take.
const TICKET_LIFE: Duration = Duration::from_secs(120);

/// Decides when requests leave. See the module.
#[derive(Debug)]
pub struct Limiter {
    flights: Vec<Flight>,
    next_flight: u64,
    lanes: HashMap<LaneKey, Lane>,
    webhooks: HashMap<WebhookKey, Webhook>,
    /// Bots whose token is refused: nothing of theirs is tried (scenario D06).
    refused_bots: HashSet<u64>,
    channels: HashMap<ChannelKey, Channel>,
    /// What went out lately, by bot; without one by this address.
    together: HashMap<Option<u64>, Window>,
    global: Gate,
    invalid: Window,
    jitter: Jitter,
}

/// How much of the limits a request leaves alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kept {
    Nothing,
    ForOthers,
}

/// A request that was admitted and whose ticket was not handed back.
#[derive(Debug, Clone, Copy)]
struct Flight {
    number: u64,
    lane: LaneKey,
    route: Route,
    channel: ChannelKey,
    begun: Duration,
}

#[derive(Debug)]
struct Lane {
    channel: ChannelKey,
    latch: Option<Latch>,
    parked_until: Option<Duration>,
}

#[derive(Debug)]
struct Webhook {
    latch: Option<Latch>,
    window: Window,
    posts: RouteLimits,
    edits: RouteLimits,
    deletes: RouteLimits,
    reactions: RouteLimits,
    pins: RouteLimits,
    reads: RouteLimits,
    topics: RouteLimits,
    webhooks: RouteLimits,
}

impl Webhook {
    const fn route(&self, route: Route) -> &RouteLimits {
        match route {
            Route::Post => &self.posts,
            Route::Edit => &self.edits,
            Route::Delete => &self.deletes,
            Route::React => &self.reactions,
            Route::Pin => &self.pins,
            Route::Read => &self.reads,
            Route::Topic => &self.topics,
            Route::Webhooks => &self.webhooks,
        }
    }

    const fn route_mut(&mut self, route: Route) -> &mut RouteLimits {
        match route {
            Route::Post => &mut self.posts,
            Route::Edit => &mut self.edits,
            Route::Delete => &mut self.deletes,
            Route::React => &mut self.reactions,
            Route::Pin => &mut self.pins,
            Route::Read => &mut self.reads,
            Route::Topic => &mut self.topics,
            Route::Webhooks => &mut self.webhooks,
        }
    }

    const fn new_window() -> Window {
        Window::new(WEBHOOK_BURST, WEBHOOK_SPAN)
    }
}

impl Limiter {
    /// A limiter that has seen nothing yet. `jitter` spreads the ends of pauses.
    #[must_use]
    pub fn new(jitter: Jitter) -> Self {
        Self {
            flights: Vec::new(),
            next_flight: 0,
            lanes: HashMap::new(),
            webhooks: HashMap::new(),
            refused_bots: HashSet::new(),
            channels: HashMap::new(),
            together: HashMap::new(),
            global: Gate::default(),
            invalid: Window::new(INVALID_BUDGET, INVALID_SPAN),
            jitter,
        }
    }

    /// Whether a message of this lane may be posted now. Changes nothing that matters; [`Limiter::admit`] decides.
    pub fn ready(&mut self, lane: &LaneKey, now: Duration) -> Readiness {
        self.ready_on(lane, Route::Post, now)
    }

    /// Whether a request of this lane may take this route now.
    pub fn ready_on(&mut self, lane: &LaneKey, route: Route, now: Duration) -> Readiness {
        self.ready_beside(Kept::Nothing, lane, route, now)
    }

    /// Whether a request that can be put off (a card is changed) may take this route now: only where enough is left for
    /// all that comes meanwhile, so that it delays nothing. Then admit it as any other.
    pub fn ready_in_passing(&mut self, lane: &LaneKey, route: Route, now: Duration) -> Readiness {
        self.ready_beside(Kept::ForOthers, lane, route, now)
    }

    fn ready_beside(&mut self, kept: Kept, lane: &LaneKey, route: Route, now: Duration) -> Readiness {
        self.expire_tickets(now);
        if let Some(latch) = self.latch(lane) {
            return Readiness::Latched(latch);
        }
        match self
            .waits(kept, lane, route, now)
            .into_iter()
            .flatten()
            .max_by_key(|wait| wait.until)
        {
            Some(wait) => Readiness::Wait(wait),
            None => Readiness::Ready,
        }
    }

    /// Admits one new message of this lane, or says why not. An admitted request is counted at once.
    pub fn admit(&mut self, lane: &LaneKey, now: Duration) -> Admission {
        self.admit_on(lane, Route::Post, now)
    }

    /// As [`Limiter::admit`], for a request on this route.
    pub fn admit_on(&mut self, lane: &LaneKey, route: Route, now: Duration) -> Admission {
        match self.ready_on(lane, route, now) {
            Readiness::Wait(wait) => return Admission::Wait(wait),
            Readiness::Latched(latch) => return Admission::Latched(latch),
            Readiness::Ready => {}
        }
        let number = self.next_flight;
        self.next_flight += 1;
        let channel = self.lane_mut(lane).channel;
        self.webhook_mut(lane).route_mut(route).gate.pass(number);
        if route.is_of_messages() {
            self.channel_mut(channel).gate.pass(number);
        }
        self.global.pass(number);
        self.flights.push(Flight {
            number,
            lane: *lane,
            route,
            channel,
            begun: now,
        });
        Admission::Go(Ticket { flight: number })
    }

    /// Hands a ticket back with what came of it.
    pub fn observe(&mut self, ticket: Ticket, attempt: &Attempt, now: Duration) {
        let Ticket { flight } = ticket;
        if let Some(flight) = self.end_flight(flight) {
            self.settle(flight, attempt, now);
        }
    }

    /// Hands a ticket back without knowing what came of it: the attempt was dropped.
    pub fn abandon(&mut self, ticket: Ticket, now: Duration) {
        let Ticket { flight } = ticket;
        if let Some(flight) = self.end_flight(flight) {
            self.settle_unknown(flight, now);
        }
    }

    /// Whether it is known which channel a lane posts to: its address names a thread, or an answer named the channel.
    ///
    /// Worth asking after a 429. A lane that only ever meets a channel that others keep full hears nothing but 429s
    /// and so never learns whom it shares the channel with; ask the webhook then
    /// ([`WebhookClient::inspect`](crate::WebhookClient::inspect)) and tell with [`Limiter::learn_channel`].
    #[must_use]
    pub fn knows_channel(&self, lane: &LaneKey) -> bool {
        matches!(self.channel_of(lane), ChannelKey::Id(_))
    }

    /// Tells which channel a lane posts to, when that is known otherwise than from the answer to a message.
    pub fn learn_channel(&mut self, lane: &LaneKey, channel_id: u64, now: Duration) {
        self.move_lane(lane, channel_id, now);
    }

    /// An operator or a new configuration asks to try a destination again: lifts its latch and its parking, and the
    /// latch of its webhook. Says whether anything was lifted. Rate limits stay.
    pub fn release(&mut self, destination: &Destination) -> bool {
        let mut lifted = false;
        for (key, lane) in self
            .lanes
            .iter_mut()
            .filter(|(key, _)| key.destination() == *destination)
        {
            lifted |= lane.latch.take().is_some() | lane.parked_until.take().is_some();
            if let Some(webhook) = self.webhooks.get_mut(&key.webhook) {
                lifted |= webhook.latch.take().is_some();
            }
            if let Some(bot) = key.bot() {
                lifted |= self.refused_bots.remove(&bot);
            }
        }
        lifted
    }

    /// Why a lane is latched, if it is.
    #[must_use]
    pub fn latch(&self, lane: &LaneKey) -> Option<Latch> {
        let is_refused = |bot| self.refused_bots.contains(&bot);
        if lane.bot().is_some_and(is_refused) {
            return Some(Latch::Unauthorised);
        }
        let own = self.lanes.get(lane).and_then(|lane| lane.latch);
        own.or_else(|| self.webhooks.get(&lane.webhook).and_then(|webhook| webhook.latch))
    }

    /// Invalid requests in the last 10 minutes.
    #[must_use]
    pub fn invalid_requests(&self, now: Duration) -> usize {
        self.invalid.used(now)
    }

    /// Until when everything waits because of a global 429, if it does.
    #[must_use]
    pub fn global_pause(&self, now: Duration) -> Option<Duration> {
        self.global.paused_until(now)
    }

    /// Everything that a request of this lane has to wait for.
    fn waits(&self, kept: Kept, lane: &LaneKey, route: Route, now: Duration) -> [Option<Wait>; 9] {
        let channel_key = self.channel_of(lane);
        // What is kept for others counts as if it were under way.
        let (kept_of_webhook, kept_of_channel, kept_of_all) = match kept {
            Kept::Nothing => (0, 0, 0),
            Kept::ForOthers => (KEPT_OF_WEBHOOK, KEPT_OF_CHANNEL, KEPT_OF_ALL),
        };
        let writes = |flight: &Flight| flight.route.is_of_messages();
        let on_webhook =
            kept_of_webhook + self.in_flight(|flight| flight.lane.webhook == lane.webhook && writes(flight));
        let on_route = self.in_flight(|flight| flight.lane.webhook == lane.webhook && flight.route == route);
        let on_channel =
            kept_of_channel + self.in_flight(|flight| flight.channel == channel_key && writes(flight));
        let webhook = self.webhooks.get(&lane.webhook);
        let limits = webhook.map(|webhook| webhook.route(route));
        let channel = self.channels.get(&channel_key);
        let wait = |reason, until: Option<Duration>| until.map(|until| Wait { until, reason });
        let closed = |reason, gate: Option<&Gate>| match gate?.closed(now)? {
            Closed::Until(until) => Some(Wait { until, reason }),
            Closed::Probing(until) => Some(Wait {
                until,
                reason: WaitReason::Probe,
            }),
        };
        let parked_until = self
            .lanes
            .get(lane)
            .and_then(|lane| lane.parked_until)
            .filter(|until| *until > now);
        let ceiling = match webhook {
            Some(webhook) => webhook.window.wait(on_webhook, now),
            None => Webhook::new_window().wait(on_webhook, now),
        };
        let just_begun = kept_of_all
            + self.in_flight(|flight| flight.lane.bot() == lane.bot() && flight.begun + TOGETHER_SPAN > now);
        let together = match self.together.get(&lane.bot()) {
            Some(window) => window.wait(just_begun, now),
            None => Self::new_together().wait(just_begun, now),
        };
        // What stands in a channel can be read however much was posted there, and by who may not post.
        let of_messages = |wait: Option<Wait>| wait.filter(|_| route.is_of_messages());
        [
            of_messages(wait(WaitReason::Parked, parked_until)),
            wait(
                WaitReason::InvalidBudget,
                self.invalid.wait(self.flights.len(), now),
            ),
            wait(WaitReason::Together, together),
            of_messages(wait(WaitReason::Ceiling, ceiling)),
            wait(
                WaitReason::Bucket,
                limits
                    .and_then(|it| it.bucket.as_ref())
                    .and_then(|it| it.wait(on_route, now)),
            ),
            of_messages(wait(
                WaitReason::Channel,
                channel.and_then(|it| it.wait(on_channel, now)),
            )),
            closed(WaitReason::WebhookPause, limits.map(|it| &it.gate)),
            of_messages(closed(WaitReason::ChannelPause, channel.map(|it| &it.gate))),
            closed(WaitReason::GlobalPause, Some(&self.global)),
        ]
    }

    const fn new_together() -> Window {
        Window::new(TOGETHER, TOGETHER_SPAN)
    }

    fn in_flight(&self, is_meant: impl Fn(&Flight) -> bool) -> usize {
        self.flights.iter().filter(|flight| is_meant(flight)).count()
    }

    fn channel_of(&self, lane: &LaneKey) -> ChannelKey {
        self.lanes
            .get(lane)
            .map_or_else(|| lane.stated_channel(), |lane| lane.channel)
    }

    fn lane_mut(&mut self, lane: &LaneKey) -> &mut Lane {
        self.lanes.entry(*lane).or_insert_with(|| Lane {
            channel: lane.stated_channel(),
            latch: None,
            parked_until: None,
        })
    }

    fn webhook_mut(&mut self, lane: &LaneKey) -> &mut Webhook {
        self.webhooks.entry(lane.webhook).or_insert_with(|| Webhook {
            latch: None,
            window: Webhook::new_window(),
            posts: RouteLimits::default(),
            edits: RouteLimits::default(),
            deletes: RouteLimits::default(),
            reactions: RouteLimits::default(),
            pins: RouteLimits::default(),
            reads: RouteLimits::default(),
            topics: RouteLimits::default(),
            webhooks: RouteLimits::default(),
        })
    }

    fn channel_mut(&mut self, channel: ChannelKey) -> &mut Channel {
        self.channels.entry(channel).or_insert_with(Channel::new)
    }

    fn end_flight(&mut self, number: u64) -> Option<Flight> {
        let place = self.flights.iter().position(|flight| flight.number == number)?;
        Some(self.flights.swap_remove(place))
    }

    /// Ends the requests whose tickets were lost, mostly with a task that panicked.
    fn expire_tickets(&mut self, now: Duration) {
        let is_lost = |flight: &Flight| flight.begun + TICKET_LIFE <= now;
        while let Some(place) = self.flights.iter().position(is_lost) {
            let lost = self.flights.swap_remove(place);
            self.settle_unknown(lost, now);
        }
    }
}

#[cfg(test)]
mod tests;
