//! What arrives on a connection, and the heartbeat that keeps it.
//!
//! Owns the meaning of each opcode (Discord's documents, gateway opcodes). What is not understood is counted and passed
//! over: a payload that nobody expected never costs the session.

use std::time::Duration;

use super::connection::{Beat, Hearing, Heart, Stage};
use super::{Action, Going, JOIN_DEADLINE, KEEP_DEADLINE, Phase, Purpose, Session};
use crate::gateway::event::{self, Event, Reading, Ready};
use crate::gateway::fields::{Fields, Frame};
use crate::gateway::payload;
use crate::gateway::state::is_session_id;
use crate::gateway::status::Loss;
use crate::url::GatewayUrl;

impl Session {
    fn hearing(&self) -> Hearing {
        if self.is_stalled {
            Hearing::Stalled
        } else {
            Hearing::Listening
        }
    }

    pub(super) fn wake_connection(&mut self, now: Duration) {
        let hearing = self.hearing();
        let Phase::Connected(connection) = &mut self.phase else {
            return;
        };
        if let Some(silence) = connection.overdue(hearing, now) {
            return self.lose(Loss::Silent(silence), now);
        }
        if hearing == Hearing::Stalled {
            connection.spoke(now);
        }
        match connection.beat(hearing, now) {
            Beat::NotYet => {}
            Beat::Send => {
                connection.count_send(now);
                let text = payload::heartbeat(connection.seq);
                self.actions.push_back(Action::Send(text));
            }
            Beat::Dead => {
                self.counts.zombies += 1;
                return self.lose(Loss::Zombie, now);
            }
        }
        if let Phase::Connected(connection) = &self.phase
            && matches!(connection.stage, Stage::Keeping { deadline } if deadline <= now)
        {
            self.introduce(now);
        }
    }

    pub(super) fn inflate(&mut self, bytes: &[u8], now: Duration) {
        let Phase::Connected(connection) = &mut self.phase else {
            return;
        };
        // The message is read while the machine changes, so the inflater is taken out for that time.
        let Some(mut inflater) = connection.inflater.take() else {
            return self.lose(Loss::Protocol, now);
        };
        match inflater.push(bytes) {
            Ok(None) => {}
            Ok(Some(message)) => match std::str::from_utf8(message) {
                Ok(text) => self.arrived(text, now),
                Err(_) => self.counts.unreadable += 1,
            },
            Err(_) => return self.lose(Loss::Damaged, now),
        }
        if let Phase::Connected(connection) = &mut self.phase {
            connection.inflater = Some(inflater);
        }
    }

    pub(super) fn arrived(&mut self, text: &str, now: Duration) {
        let Phase::Connected(connection) = &mut self.phase else {
            return;
        };
        let Some(frame) = Frame::open(text) else {
            self.counts.unreadable += 1;
            return;
        };
        match frame.op {
            0 => self.dispatched(&frame, now),
            1 if connection.may_answer(now) => {
                connection.count_send(now);
                let text = payload::heartbeat(connection.seq);
                self.actions.push_back(Action::Send(text));
            }
            7 => self.lose(Loss::AskedTo, now),
            9 => {
                if !frame.is_true() {
                    self.forget_session();
                }
                self.lose(Loss::InvalidSession, now);
            }
            10 => self.greeted(&frame.data(), now),
            11 => {
                let latency = connection.heart.as_mut().and_then(|heart| heart.answered(now));
                self.latency = latency.or(self.latency);
            }
            _ => {}
        }
    }

    fn greeted(&mut self, hello: &Fields<'_>, now: Duration) {
        let Phase::Connected(connection) = &mut self.phase else {
            return;
        };
        if !matches!(connection.stage, Stage::Greeting { .. }) {
            return;
        }
        let interval = hello.number("heartbeat_interval").map(Duration::from_millis);
        // All copies that were cut off together must not beat together.
        let jitter = &mut self.jitter;
        connection.heart = Some(Heart::new(
            interval,
            |interval| jitter.between(Duration::ZERO, interval),
            now,
        ));
        connection.seq = self.going.as_ref().map(|going| going.read);
        if connection.purpose == Purpose::Resume {
            return self.introduce(now);
        }
        // Counted and stored before it leaves: a program that dies right after it shall know of it.
        connection.stage = Stage::Keeping {
            deadline: now + KEEP_DEADLINE,
        };
        self.budget.identified(now);
        let state = self.state(now);
        self.actions.push_back(Action::Keep(state));
    }

    pub(super) fn kept(&mut self, now: Duration) {
        if let Phase::Connected(connection) = &self.phase
            && matches!(connection.stage, Stage::Keeping { .. })
        {
            self.introduce(now);
        }
    }

    fn introduce(&mut self, now: Duration) {
        let Phase::Connected(connection) = &mut self.phase else {
            return;
        };
        let text = match (connection.purpose, &self.going) {
            (Purpose::Resume, Some(going)) => payload::resume(&self.plan.token, &going.id, going.read),
            (Purpose::Resume, None) => return,
            (Purpose::Identify, _) => {
                self.counts.identifies += 1;
                self.presence.introduced();
                payload::identify(&self.plan.token, self.plan.intents, self.presence.wanted.as_ref())
            }
        };
        connection.stage = Stage::Joining {
            deadline: now + JOIN_DEADLINE,
        };
        connection.count_send(now);
        self.actions.push_back(Action::Send(text));
    }

    fn dispatched(&mut self, frame: &Frame<'_>, now: Duration) {
        let Phase::Connected(connection) = &mut self.phase else {
            return;
        };
        connection.spoke(now);
        let is_joining = match connection.stage {
            Stage::Joining { .. } => true,
            Stage::Live { .. } => false,
            // Nobody was let in yet.
            Stage::Greeting { .. } | Stage::Keeping { .. } => {
                self.counts.unreadable += 1;
                return;
            }
        };
        if &*frame.name == "READY" && is_joining {
            return self.ready(&frame.data(), frame.seq, now);
        }
        if let Some(seq) = frame.seq {
            let is_replay = is_joining && connection.purpose == Purpose::Resume;
            let is_known = self.going.as_ref().is_some_and(|going| seq <= going.read);
            if is_replay && is_known && &*frame.name != "RESUMED" {
                self.counts.replayed += 1;
                return;
            }
            connection.seq = Some(seq);
            if let Some(going) = &mut self.going {
                going.read = seq;
            }
        }
        if &*frame.name == "RESUMED" && is_joining {
            self.counts.resumes += 1;
            self.live(now);
            return self.hand_over(Event::Resumed);
        }
        match event::read(frame) {
            Reading::Event(event) => return self.hand_over(event),
            Reading::Other => {}
            Reading::Unusable => self.counts.unusable += 1,
        }
        if let Some(going) = &mut self.going {
            going.handed = going.read;
        }
    }

    fn ready(&mut self, fields: &Fields<'_>, seq: Option<u64>, now: Duration) {
        let seq = seq.unwrap_or_default();
        let resume = fields
            .text("resume_gateway_url")
            .and_then(|url| GatewayUrl::told(&url, self.plan.teller).ok());
        // Without a name it cannot go on later; now it works all the same.
        let id = fields.text("session_id").filter(|id| is_session_id(id));
        self.going = id.map(|id| Going {
            id,
            resume,
            read: seq,
            handed: seq,
        });
        if let Phase::Connected(connection) = &mut self.phase {
            connection.seq = Some(seq);
        }
        self.live(now);
        self.hand_over(Event::Ready(Box::new(Ready::read(fields))));
    }

    fn live(&mut self, now: Duration) {
        self.refused_resumes = 0;
        self.unreached_resumes = 0;
        if let Phase::Connected(connection) = &mut self.phase {
            connection.stage = Stage::Live { since: now };
        }
    }

    fn hand_over(&mut self, event: Event) {
        self.actions.push_back(Action::HandOver(event));
    }
}
