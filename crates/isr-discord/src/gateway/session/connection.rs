//! One connection: its stage, its heartbeat, and what was sent through it.
//!
//! Owns what ends with the connection. Must not decide what follows its end. Pure.

use std::time::Duration;

use super::{Compression, HELLO_DEADLINE, JOIN_DEADLINE, Purpose};
use crate::gateway::inflate::Inflater;
use crate::limiter::Window;

/// Discord cuts a connection that sends more than 120 payloads in 60 s; what is counted here stays below.
const SENDS: (usize, Duration) = (120, Duration::from_secs(60));
/// Heartbeats that the gateway asks for are answered while fewer than this were sent within the minute, so that a peer
/// that asks without end cannot make us break its own rule.
const ANSWERED_BELOW: usize = 60;
/// Discord's heartbeat interval is 41.25 s. Anything outside of these is a fault of the peer.
const INTERVALS: (Duration, Duration) = (Duration::from_secs(5), Duration::from_secs(180));
const USUAL_INTERVAL: Duration = Duration::from_millis(41_250);

/// How far a connection has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// Waiting for the greeting.
    Greeting { deadline: Duration },
    /// Waiting until the caller has stored that we identify.
    Keeping { deadline: Duration },
    /// Introduced; waiting for READY or RESUMED.
    Joining { deadline: Duration },
    /// Events arrive.
    Live { since: Duration },
}

/// A connection that is made.
pub(super) struct Connection {
    pub(super) purpose: Purpose,
    pub(super) stage: Stage,
    pub(super) inflater: Option<Inflater>,
    pub(super) heart: Option<Heart>,
    /// The last event on this connection, for heartbeats.
    pub(super) seq: Option<u64>,
    sends: Window,
}

impl std::fmt::Debug for Connection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Connection")
            .field("purpose", &self.purpose)
            .field("stage", &self.stage)
            .field("heart", &self.heart)
            .finish_non_exhaustive()
    }
}

/// The heartbeat.
#[derive(Debug)]
pub(super) struct Heart {
    interval: Duration,
    due: Duration,
    /// When the oldest beat without an answer was sent.
    unanswered: Option<Duration>,
    /// We were not listening, so silence proves nothing this time.
    is_excused: bool,
}

/// What a heartbeat that was due came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Beat {
    NotYet,
    Send,
    Dead,
}

impl Heart {
    /// `first` is the pause before the first beat, as a part of the interval.
    pub(super) fn new(
        interval: Option<Duration>,
        first: impl FnOnce(Duration) -> Duration,
        now: Duration,
    ) -> Self {
        let interval = interval.map_or(USUAL_INTERVAL, |told| told.clamp(INTERVALS.0, INTERVALS.1));
        Self {
            interval,
            due: now + first(interval),
            unanswered: None,
            is_excused: false,
        }
    }

    /// Silence while nothing was read proves nothing.
    fn beat(&mut self, hearing: Hearing, now: Duration) -> Beat {
        if now < self.due {
            return Beat::NotYet;
        }
        let is_excused = std::mem::take(&mut self.is_excused) || hearing == Hearing::Stalled;
        if self.unanswered.is_some() && !is_excused {
            return Beat::Dead;
        }
        self.unanswered = Some(now);
        self.due = now + self.interval;
        Beat::Send
    }

    /// The gateway answered. Gives how long that took.
    pub(super) fn answered(&mut self, now: Duration) -> Option<Duration> {
        self.unanswered.take().map(|sent| now.saturating_sub(sent))
    }
}

/// Whether what arrives is being read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hearing {
    Listening,
    Stalled,
}

impl Connection {
    pub(super) fn new(purpose: Purpose, compression: Compression, deadline: Duration) -> Self {
        Self {
            purpose,
            stage: Stage::Greeting { deadline },
            inflater: (compression == Compression::ZlibStream).then(Inflater::new),
            heart: None,
            seq: None,
            sends: Window::new(SENDS.0, SENDS.1),
        }
    }

    pub(super) const fn is_live(&self) -> bool {
        matches!(self.stage, Stage::Live { .. })
    }

    pub(super) fn deadline(&self) -> Option<Duration> {
        let stage = match self.stage {
            Stage::Greeting { deadline } | Stage::Keeping { deadline } | Stage::Joining { deadline } => {
                Some(deadline)
            }
            Stage::Live { .. } => None,
        };
        let beat = self.heart.as_ref().map(|heart| heart.due);
        [stage, beat].into_iter().flatten().min()
    }

    /// For how long the gateway was silent, if that was too long.
    pub(super) fn overdue(&self, hearing: Hearing, now: Duration) -> Option<Duration> {
        match self.stage {
            Stage::Greeting { deadline } => (deadline <= now).then_some(HELLO_DEADLINE),
            Stage::Joining { deadline } if hearing == Hearing::Listening => {
                (deadline <= now).then_some(JOIN_DEADLINE)
            }
            Stage::Joining { .. } | Stage::Keeping { .. } | Stage::Live { .. } => None,
        }
    }

    pub(super) fn beat(&mut self, hearing: Hearing, now: Duration) -> Beat {
        self.heart
            .as_mut()
            .map_or(Beat::NotYet, |heart| heart.beat(hearing, now))
    }

    pub(super) fn excuse_silence(&mut self) {
        if let Some(heart) = &mut self.heart {
            heart.is_excused = true;
        }
    }

    /// A replay is under way: that is not silence.
    pub(super) fn spoke(&mut self, now: Duration) {
        if let Stage::Joining { deadline } = &mut self.stage {
            *deadline = now + JOIN_DEADLINE;
        }
    }

    pub(super) fn count_send(&mut self, now: Duration) {
        self.sends.record(now);
    }

    /// Whether a heartbeat that the gateway asked for may be sent.
    pub(super) fn may_answer(&self, now: Duration) -> bool {
        self.sends.used(now) < ANSWERED_BELOW
    }
}
