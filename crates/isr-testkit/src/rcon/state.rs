//! What all connections to one fake share.
//!
//! Owns the record of what came, the scripts, and the world. Cannot fail.

use std::collections::{BTreeSet, HashMap};

use tokio::time::Instant;

use super::world::World;

/// The most connections that the game keeps.
pub(super) const MOST_CONNECTIONS: usize = 128;

/// A command that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    /// Which connection, counted from 1.
    pub connection: u64,
    /// The request id.
    pub id: i32,
    /// The text; bad UTF-8 becomes U+FFFD.
    pub text: String,
}

/// A login.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Login {
    /// When.
    pub at: Instant,
    /// Whether the password was right.
    pub accepted: bool,
}

/// How one command is answered, instead of by the world.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Script {
    /// With this text.
    Text(String),
    /// Not at all.
    Silence,
    /// With this text under the request id plus this number.
    OtherId(i32, String),
    /// With so many bytes of the packet for this text, and then nothing more.
    Partly(usize, String),
    /// With these bytes, whatever they are.
    Bytes(Vec<u8>),
    /// It runs, and the connection is closed before the answer.
    Close,
}

/// Who is told of every command.
pub(super) type Observer = Box<dyn FnMut(&Received) + Send>;

pub(super) struct State {
    pub(super) password: String,
    pub(super) scripts: HashMap<String, Script>,
    pub(super) lua_reply: Option<String>,
    pub(super) received: Vec<Received>,
    /// Whether all that came is kept.
    pub(super) keeps: bool,
    pub(super) observer: Option<Observer>,
    pub(super) logins: Vec<Login>,
    pub(super) open: BTreeSet<u64>,
    pub(super) connected: u64,
    pub(super) world: World,
}

impl State {
    pub(super) fn new(password: &str) -> Self {
        Self {
            password: password.to_owned(),
            scripts: HashMap::new(),
            lua_reply: None,
            received: Vec::new(),
            keeps: true,
            observer: None,
            logins: Vec::new(),
            open: BTreeSet::new(),
            connected: 0,
            world: World::default(),
        }
    }

    /// A command came.
    pub(super) fn note(&mut self, received: Received) {
        if let Some(observer) = &mut self.observer {
            observer(&received);
        }
        if self.keeps {
            self.received.push(received);
        }
    }

    /// A number for a new connection, or none when there are too many, or nobody to take it.
    pub(super) fn admit(&mut self) -> Option<u64> {
        if self.open.len() >= MOST_CONNECTIONS || !self.world.is_running() {
            return None;
        }
        self.connected += 1;
        self.open.insert(self.connected);
        Some(self.connected)
    }

    /// The connection that request id 0 brings console lines to: the first of those that are open.
    pub(super) fn is_first(&self, connection: u64) -> bool {
        self.open.first() == Some(&connection)
    }
}
