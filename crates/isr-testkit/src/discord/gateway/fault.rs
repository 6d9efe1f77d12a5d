//! What goes wrong with connections to come.
//!
//! Owns the script: faults in order, each so many times. Cannot fail.

use std::collections::VecDeque;
use std::time::Duration;

/// What goes wrong with one connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConnectionFault {
    /// It is accepted and cut before a byte is said.
    CutAtOnce,
    /// The handshake is answered with this status of HTTP.
    RefuseHandshake(u16),
    /// The handshake is never answered.
    StallHandshake,
    /// Closed with this code instead of the greeting.
    CloseBeforeHello(u16),
    /// Never greeted.
    NoHello,
    /// Greeted so much later.
    LateHello(Duration),
    /// Closed with this code right after the greeting.
    CloseAfterHello(u16),
    /// Closed with this code when the client identifies or resumes.
    CloseAtIntroduction(u16),
    /// Never let in.
    IgnoreIntroduction,
    /// Opcode 9 when the client identifies or resumes; the session stays.
    InvalidResumable,
    /// Opcode 9 when the client identifies or resumes; the session is gone.
    InvalidForGood,
    /// Opcode 7 as soon as the client is let in.
    AskToReconnect,
    /// Closed with this code as soon as the client is let in.
    CloseWhenJoined(u16),
    /// What is sent, the greeting included, is no zlib stream.
    DamagedStream,
}

/// How many times.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Times {
    /// So many connections.
    Exactly(usize),
    /// Until the faults are cleared.
    UntilCleared,
}

#[derive(Debug, Default)]
pub(super) struct Script(VecDeque<(ConnectionFault, Times)>);

impl Script {
    pub(super) fn add(&mut self, fault: ConnectionFault, times: Times) {
        self.0.push_back((fault, times));
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    /// The fault of the next connection.
    pub(super) fn draw(&mut self) -> Option<ConnectionFault> {
        let (fault, times) = self.0.front_mut()?;
        let fault = *fault;
        if let Times::Exactly(left) = times {
            *left = left.saturating_sub(1);
            if *left == 0 {
                self.0.pop_front();
            }
        }
        Some(fault)
    }
}
