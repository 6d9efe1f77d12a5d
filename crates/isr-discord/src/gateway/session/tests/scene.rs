//! A machine, its clock, and what a well-behaved gateway would say.

use std::time::Duration;

use serde_json::{Value, json};

use crate::gateway::event::Event;
use crate::gateway::facts::GatewayFacts;
use crate::gateway::payload::Intents;
use crate::gateway::session::{Action, Compression, Input, Plan, Session};
use crate::gateway::state::GatewayState;
use crate::jitter::Jitter;
use crate::token::BotToken;
use crate::url::{GatewayUrl, HostClass};

pub(super) const GENERAL: &str = "wss://gateway.discord.gg";
pub(super) const OWN: &str = "wss://gateway-us-east1-b.discord.gg";
pub(super) const INTERVAL: Duration = Duration::from_millis(41_250);
/// The wall clock at time zero: some day of 2026.
pub(super) const WALL: Duration = Duration::from_secs(1_790_000_000);

pub(super) const fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

pub(super) fn plan() -> Plan {
    Plan {
        token: BotToken::parse("MTIz.a.b").unwrap(),
        intents: Intents::CHAT,
        teller: HostClass::Discord,
        gateway: None,
        resume: None,
        compression: Compression::Off,
    }
}

pub(super) struct Scene {
    pub(super) session: Session,
    pub(super) now: Duration,
}

impl Scene {
    pub(super) fn new(seed: u64) -> Self {
        Self::from(&GatewayState::default(), seed)
    }

    pub(super) fn from(saved: &GatewayState, seed: u64) -> Self {
        let mut session = Session::new(plan(), saved, Jitter::seeded(seed), WALL);
        session.wake(Duration::ZERO);
        Self {
            session,
            now: Duration::ZERO,
        }
    }

    pub(super) fn tell(&mut self, input: Input<'_>) {
        self.session.handle(input, self.now);
    }

    pub(super) fn say(&mut self, message: &Value) {
        self.tell(Input::Text(&message.to_string()));
    }

    pub(super) fn actions(&mut self) -> Vec<Action> {
        std::iter::from_fn(|| self.session.next_action()).collect()
    }

    /// The only thing that is to be done now.
    pub(super) fn action(&mut self) -> Action {
        let mut actions = self.actions();
        assert_eq!(actions.len(), 1, "{actions:?}");
        actions.remove(0)
    }

    /// What is sent now, and nothing else is done.
    pub(super) fn sent(&mut self) -> Value {
        match self.action() {
            Action::Send(text) => serde_json::from_str(&text).unwrap(),
            other => panic!("{other:?}"),
        }
    }

    /// Lets time pass to the next moment that matters.
    pub(super) fn skip(&mut self) {
        self.now = self.session.deadline(self.now).unwrap().max(self.now);
        self.session.wake(self.now);
    }

    pub(super) fn pass(&mut self, time: Duration) {
        self.now += time;
        self.session.wake(self.now);
    }

    /// Takes the event that is handed over now.
    pub(super) fn event(&mut self) -> Event {
        match self.action() {
            Action::HandOver(event) => {
                self.tell(Input::HandedOver);
                event
            }
            other => panic!("{other:?}"),
        }
    }

    pub(super) fn facts() -> GatewayFacts {
        GatewayFacts {
            url: GatewayUrl::parse(GENERAL).ok(),
            limit: None,
        }
    }

    pub(super) fn hello(&mut self) {
        self.say(&json!({"op": 10, "s": null, "t": null, "d": {"heartbeat_interval": 41_250}}));
    }

    pub(super) fn ack(&mut self) {
        self.say(&json!({"op": 11}));
    }

    /// Answers the heartbeats of so much time.
    pub(super) fn live_for(&mut self, time: Duration) {
        let end = self.now + time;
        while let Some(next) = self.session.deadline(self.now).filter(|next| *next <= end) {
            self.now = next;
            self.session.wake(next);
            assert_eq!(self.sent()["op"], 1);
            self.ack();
        }
        self.pass(end - self.now);
    }

    /// From nothing to READY with sequence number 1.
    pub(super) fn join(&mut self) {
        assert_eq!(self.action(), Action::Ask);
        self.tell(Input::Facts(Ok(Self::facts())));
        assert!(matches!(self.action(), Action::Connect { .. }));
        self.tell(Input::Connected);
        self.hello();
        assert!(matches!(self.action(), Action::Keep(_)));
        self.tell(Input::Kept);
        assert_eq!(self.sent()["op"], 2);
        self.ready("first");
    }

    pub(super) fn ready(&mut self, session: &str) {
        let ready = json!({"v": 10, "session_id": session, "resume_gateway_url": OWN,
            "user": {"id": "123", "username": "bot"}, "application": {"id": "124"},
            "guilds": [{"id": "9", "unavailable": true}]});
        self.say(&json!({"op": 0, "s": 1, "t": "READY", "d": ready}));
        let actions = self.actions();
        assert!(
            matches!(actions[..], [Action::HandOver(Event::Ready(_))]),
            "{actions:?}"
        );
        self.tell(Input::HandedOver);
    }

    pub(super) fn post(&mut self, seq: u64) {
        let message =
            json!({"id": (1000 + seq).to_string(), "channel_id": "7", "content": format!("m{seq}")});
        self.say(&json!({"op": 0, "s": seq, "t": "MESSAGE_CREATE", "d": message}));
    }

    /// Posts, and takes the event; its text.
    pub(super) fn receive(&mut self, seq: u64) -> String {
        self.post(seq);
        match self.event() {
            Event::Message(message) => message.content,
            other => panic!("{other:?}"),
        }
    }

    /// Waits out the pause; where it connects then.
    pub(super) fn reconnect(&mut self) -> String {
        self.skip();
        match self.action() {
            Action::Connect { url, .. } => url.to_string(),
            other => panic!("{other:?}"),
        }
    }
}
