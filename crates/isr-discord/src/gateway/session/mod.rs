//! The gateway session as a pure state machine: what happened and the time go in, what to do comes out.
//!
//! Owns every decision: when to connect, whether to resume or to identify, when a silent peer is dead, how long to
//! wait. Must not know sockets, tasks or clocks: time is a value, counted from the start of the program. Whoever drives
//! it carries out the [`Action`]s in order, tells the outcomes as [`Input`]s, and wakes it at [`Session::deadline`]. It
//! cannot fail; it ends when Discord refuses us for good or when it is told to.

mod arrival;
mod connection;
mod presence;
mod terms;
mod trouble;

use std::collections::VecDeque;
use std::time::Duration;

use super::budget::Budget;
use super::close::Refusal;
use super::facts::{FactsFault, GatewayFacts};
use super::socket::ConnectFault;
use super::state::{GatewayState, SavedSession};
use super::status::{GatewayCounts, GatewayEnd, GatewayStatus, Link, Loss, WaitReason};
use crate::backoff::Backoff;
use crate::jitter::Jitter;
use crate::url::{GatewayUrl, HostClass};
use connection::Connection;
use presence::Shown;
pub(in crate::gateway) use terms::{Action, Input, Plan};
pub use terms::{Compression, Leave};

/// How long the API may take to say where the gateway is.
pub(super) const ASK_DEADLINE: Duration = Duration::from_secs(15);
/// How long a connection may take: lookup, TCP, TLS and the WebSocket handshake.
pub(super) const CONNECT_DEADLINE: Duration = Duration::from_secs(15);
/// How long the gateway may take to greet.
const HELLO_DEADLINE: Duration = Duration::from_secs(10);
/// How long it may be silent between our introduction and READY or RESUMED. A replay counts as speaking.
const JOIN_DEADLINE: Duration = Duration::from_secs(30);
/// How long the caller may take to store the state. Then we go on: a bot that is deaf because a disk is full helps nobody.
const KEEP_DEADLINE: Duration = Duration::from_secs(2);
/// Pauses after trouble grow to this.
const LONGEST_PAUSE: Duration = Duration::from_secs(120);
/// So often the session's own address may fail; then the general one is tried in turn.
const UNREACHED_RESUMES: u32 = 2;

/// Why a connection is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Purpose {
    Identify,
    Resume,
}

#[derive(Debug)]
enum Phase {
    Waiting { until: Duration, why: WaitReason },
    Asking { deadline: Duration },
    Connecting { deadline: Duration, purpose: Purpose },
    Connected(Box<Connection>),
    Over(GatewayEnd),
}

/// A session that can go on.
#[derive(Debug)]
struct Going {
    id: String,
    resume: Option<GatewayUrl>,
    /// The last event that was read: from here it goes on in this process.
    read: u64,
    /// The last event that was handed over: from here it goes on in the next process.
    handed: u64,
}

/// The machine.
#[derive(Debug)]
pub(super) struct Session {
    plan: Plan,
    jitter: Jitter,
    backoff: Backoff,
    budget: Budget,
    /// The wall clock's time at the machine's time zero.
    wall: Duration,
    going: Option<Going>,
    told: Option<GatewayUrl>,
    phase: Phase,
    /// The driver could not hand an event over at once, and reads nothing meanwhile.
    is_stalled: bool,
    refused_resumes: u32,
    unreached_resumes: u32,
    presence: Shown,
    actions: VecDeque<Action>,
    latency: Option<Duration>,
    last_loss: Option<Loss>,
    counts: GatewayCounts,
}

impl Session {
    /// A machine at its time zero, which is `wall` after 1970. What was stored is taken up as far as it fits the plan.
    pub(super) fn new(plan: Plan, saved: &GatewayState, jitter: Jitter, wall: Duration) -> Self {
        let fits = |saved: &&SavedSession| {
            saved.is_sane() && saved.bot == plan.token.bot() && saved.intents == plan.intents.bits()
        };
        let told = |text: &String| GatewayUrl::told(text, plan.teller).ok();
        let going = saved.session.as_ref().filter(fits).map(|session| Going {
            id: session.id.clone(),
            resume: session.resume.as_ref().and_then(told),
            read: session.seq,
            handed: session.seq,
        });
        Self {
            budget: Budget::new(saved.ages(wall), Duration::ZERO),
            backoff: Backoff::up_to(jitter.clone(), LONGEST_PAUSE),
            told: saved.gateway.as_ref().and_then(told),
            going,
            plan,
            jitter,
            wall,
            phase: Phase::Waiting {
                until: Duration::ZERO,
                why: WaitReason::Pause,
            },
            is_stalled: false,
            refused_resumes: 0,
            unreached_resumes: 0,
            presence: Shown::new(),
            actions: VecDeque::new(),
            latency: None,
            last_loss: None,
            counts: GatewayCounts::default(),
        }
    }

    /// The next thing to do.
    pub(super) fn next_action(&mut self) -> Option<Action> {
        self.actions.pop_front()
    }

    #[cfg(test)]
    fn has_actions(&self) -> bool {
        !self.actions.is_empty()
    }

    /// Why it ended, once it has.
    pub(super) const fn end(&self) -> Option<GatewayEnd> {
        match self.phase {
            Phase::Over(end) => Some(end),
            _ => None,
        }
    }

    /// When to wake it, whatever happens or not.
    pub(super) fn deadline(&self, now: Duration) -> Option<Duration> {
        match &self.phase {
            Phase::Waiting { until, .. } => Some(*until),
            Phase::Asking { deadline } | Phase::Connecting { deadline, .. } => Some(*deadline),
            Phase::Connected(connection) => {
                let presence = self.presence_due(connection, now);
                [connection.deadline(), presence].into_iter().flatten().min()
            }
            Phase::Over(_) => None,
        }
    }

    /// What to store.
    pub(super) fn state(&self, now: Duration) -> GatewayState {
        let session = self.going.as_ref().map(|going| SavedSession {
            bot: self.plan.token.bot(),
            intents: self.plan.intents.bits(),
            id: going.id.clone(),
            resume: going.resume.as_ref().map(ToString::to_string),
            seq: going.handed,
        });
        let wall = self.wall + now;
        let millis = |age: Duration| u64::try_from(wall.saturating_sub(age).as_millis()).unwrap_or(u64::MAX);
        GatewayState {
            session,
            identifies: self.budget.ages(now).map(millis).collect(),
            gateway: self.told.as_ref().map(ToString::to_string),
        }
    }

    /// What is to be said about it.
    pub(super) fn status(&self) -> GatewayStatus {
        let link = match &self.phase {
            Phase::Waiting { why, .. } => Link::Waiting(*why),
            Phase::Connected(connection) if connection.is_live() => Link::Live,
            Phase::Asking { .. } | Phase::Connecting { .. } | Phase::Connected(_) => Link::Connecting,
            Phase::Over(end) => Link::Over(*end),
        };
        GatewayStatus {
            link,
            last_loss: self.last_loss.clone(),
            latency: self.latency,
            counts: self.counts,
        }
    }

    /// Something happened.
    pub(super) fn handle(&mut self, input: Input<'_>, now: Duration) {
        match input {
            Input::HandedOver => self.handed_over(),
            Input::Stalled => {
                self.counts.stalls += 1;
                self.is_stalled = true;
            }
            Input::Present(presence) => self.presence.wanted = Some(presence),
            Input::Stop(leave) => self.stop(leave),
            Input::Unheard => self.finish(GatewayEnd::Unheard, 4000),
            Input::Lost(loss) => self.lose(loss, now),
            Input::Facts(facts) => self.learn(facts, now),
            Input::Connected => self.connected(now),
            Input::Kept => self.kept(now),
            Input::Text(text) => self.arrived(text, now),
            Input::Binary(bytes) => self.inflate(bytes, now),
        }
        self.wake(now);
    }

    /// Time passed.
    pub(super) fn wake(&mut self, now: Duration) {
        match &mut self.phase {
            Phase::Waiting { until, .. } if *until <= now => self.begin(now),
            Phase::Asking { deadline } if *deadline <= now => {
                self.learn(Err(FactsFault::Unreachable("no answer in time".into())), now);
            }
            Phase::Connecting { deadline, .. } if *deadline <= now => {
                self.lose(Loss::Connect(ConnectFault::Deadline), now);
            }
            Phase::Connected(_) => {
                self.wake_connection(now);
                self.show_presence(now);
            }
            _ => {}
        }
    }

    fn begin(&mut self, now: Duration) {
        if let Some(until) = self.budget.connect_wait(now) {
            self.wait(until, WaitReason::ConnectBudget);
        } else if self.going.is_some() {
            self.connect(Purpose::Resume, now);
        } else if let Some(until) = self.budget.identify_wait(now) {
            self.wait(until, WaitReason::IdentifyBudget);
        } else {
            self.actions.push_back(Action::Ask);
            self.phase = Phase::Asking {
                deadline: now + ASK_DEADLINE,
            };
        }
    }

    fn wait(&mut self, until: Duration, why: WaitReason) {
        self.phase = Phase::Waiting { until, why };
    }

    fn learn(&mut self, facts: Result<GatewayFacts, FactsFault>, now: Duration) {
        if !matches!(self.phase, Phase::Asking { .. }) {
            return;
        }
        match facts {
            Ok(facts) => {
                self.told = facts.url.or(self.told.take());
                if let Some(limit) = facts.limit {
                    self.budget.told(limit, now);
                }
            }
            Err(FactsFault::Unauthorised) => return self.finish(Refusal::BadToken.into(), 4000),
            Err(FactsFault::Limited(wait)) => {
                let spread = self.jitter.between(Duration::ZERO, Duration::from_secs(2));
                return self.wait(now + wait + spread, WaitReason::RateLimit);
            }
            // Without an answer the address that we know has to do.
            Err(FactsFault::Unreachable(why)) if self.general_url().is_none() => {
                return self.lose(Loss::Address(why), now);
            }
            Err(FactsFault::Unreachable(_)) => {}
        }
        match self.budget.identify_wait(now) {
            Some(until) => self.wait(until, WaitReason::IdentifyBudget),
            None => self.connect(Purpose::Identify, now),
        }
    }

    /// Where sessions begin: what an admin says, else what Discord told, else what Discord's documents say.
    fn general_url(&self) -> Option<GatewayUrl> {
        let known = self.plan.gateway.clone().or_else(|| self.told.clone());
        known.or_else(|| (self.plan.teller == HostClass::Discord).then(GatewayUrl::default))
    }

    /// Where this session goes on. An address of its own that does not answer is not insisted on.
    fn resume_url(&self) -> Option<GatewayUrl> {
        let own = self
            .plan
            .resume
            .clone()
            .or_else(|| self.plan.gateway.clone())
            .or_else(|| self.going.as_ref()?.resume.clone());
        let insists = self.unreached_resumes < UNREACHED_RESUMES || self.unreached_resumes % 2 == 1;
        own.filter(|_| insists).or_else(|| self.general_url())
    }

    fn connect(&mut self, purpose: Purpose, now: Duration) {
        let url = match purpose {
            Purpose::Identify => self.general_url(),
            Purpose::Resume => self.resume_url(),
        };
        let Some(url) = url else {
            // Only a resume can come here without an address: the next identify asks for one.
            self.going = None;
            return self.lose(Loss::Address("no address is known".into()), now);
        };
        self.budget.connected(now);
        self.counts.connects += 1;
        let query = match self.plan.compression {
            Compression::ZlibStream => "?v=10&encoding=json&compress=zlib-stream",
            Compression::Off => "?v=10&encoding=json",
        };
        self.actions.push_back(Action::Connect { url, query });
        self.phase = Phase::Connecting {
            deadline: now + CONNECT_DEADLINE,
            purpose,
        };
    }

    fn connected(&mut self, now: Duration) {
        if let Phase::Connecting { purpose, .. } = self.phase {
            let connection = Connection::new(purpose, self.plan.compression, now + HELLO_DEADLINE);
            self.phase = Phase::Connected(Box::new(connection));
        }
    }

    fn handed_over(&mut self) {
        self.counts.events += 1;
        if std::mem::take(&mut self.is_stalled)
            && let Phase::Connected(connection) = &mut self.phase
        {
            connection.excuse_silence();
        }
        if let Some(going) = &mut self.going {
            going.handed = going.read;
        }
    }
}

#[cfg(test)]
mod tests;
