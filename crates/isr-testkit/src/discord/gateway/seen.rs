//! What the gateway has seen: connections, introductions, heartbeats, and broken rules.
//!
//! Owns the records. Cannot fail.

use std::fmt;

use serde_json::Value;
use tokio::time::Instant;

/// A client introduced itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Introduction {
    /// When.
    pub at: Instant,
    /// The connection, from 1.
    pub connection: u64,
    /// What it said, without the token.
    pub said: Value,
}

/// A heartbeat.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Beat {
    /// When.
    pub at: Instant,
    /// The connection, from 1.
    pub connection: u64,
    /// The sequence number in it.
    pub seq: Option<u64>,
}

/// A rule of Discord's gateway.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum GatewayRule {
    /// The query is not `v=10&encoding=json` with `compress=zlib-stream` or nothing.
    Query,
    /// A payload of more than 4,096 bytes.
    Size,
    /// More than 120 payloads in 60 s.
    Rate,
    /// A payload that is no JSON object, or binary.
    Decode,
    /// An opcode that no client sends.
    Opcode,
    /// Something else than a heartbeat before identifying or resuming, or identifying twice.
    Order,
    /// An identify without token, intents or properties, or with fields of the wrong type.
    IdentifyForm,
    /// Two identifies within 5 s.
    IdentifyRate,
    /// An identify although none was left.
    IdentifyBudget,
    /// A resume without token, session or sequence number.
    ResumeForm,
    /// A sequence number that was never sent.
    Sequence,
    /// A heartbeat later than the interval.
    HeartbeatLate,
    /// A presence that is malformed, or more than 5 in 20 s.
    Presence,
    /// A connection after a close code after which none may follow.
    AfterFatal,
}

/// One broken rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GatewayViolation {
    /// The connection, from 1.
    pub connection: u64,
    /// The rule.
    pub rule: GatewayRule,
    /// What exactly.
    pub detail: String,
}

impl fmt::Display for GatewayViolation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "connection {}: {:?}: {}",
            self.connection, self.rule, self.detail
        )
    }
}

/// Everything seen.
#[derive(Debug, Default)]
pub struct GatewaySeen {
    /// When the API was asked where the gateway is.
    pub asked: Vec<Instant>,
    /// When connections were accepted.
    pub connects: Vec<Instant>,
    /// Identifies.
    pub identifies: Vec<Introduction>,
    /// Resumes.
    pub resumes: Vec<Introduction>,
    /// Resumes that were let in.
    pub resumed: usize,
    /// Heartbeats.
    pub beats: Vec<Beat>,
    /// Presence updates.
    pub presences: Vec<Value>,
    /// How clients closed: with a code, or without a word.
    pub farewells: Vec<Option<u16>>,
    /// Broken rules.
    pub violations: Vec<GatewayViolation>,
}

impl fmt::Display for GatewaySeen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} connects, {} identifies, {} resumes ({} let in), {} heartbeats, farewells {:?}",
            self.connects.len(),
            self.identifies.len(),
            self.resumes.len(),
            self.resumed,
            self.beats.len(),
            self.farewells
        )?;
        for violation in self.violations.iter().take(5) {
            write!(f, "\n  {violation}")?;
        }
        Ok(())
    }
}
