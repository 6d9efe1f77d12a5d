//! What goes into the session and what comes out.
//!
//! Owns the words between the machine and its driver. Must not know what either does with them.

use crate::gateway::event::Event;
use crate::gateway::facts::{FactsFault, GatewayFacts};
use crate::gateway::payload::{Intents, Presence};
use crate::gateway::state::GatewayState;
use crate::gateway::status::Loss;
use crate::token::BotToken;
use crate::url::{GatewayUrl, HostClass};

/// What does not change while the program runs.
#[derive(Debug, Clone)]
pub(in crate::gateway) struct Plan {
    pub(in crate::gateway) token: BotToken,
    pub(in crate::gateway) intents: Intents,
    /// What kind of machine the API is on: it tells where the gateway is.
    pub(in crate::gateway) teller: HostClass,
    pub(in crate::gateway) gateway: Option<GatewayUrl>,
    pub(in crate::gateway) resume: Option<GatewayUrl>,
    pub(in crate::gateway) compression: Compression,
}

/// Whether the gateway compresses what it sends.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Compression {
    /// One zlib stream for the life of a connection: about a fifth of the bytes, at 50 KiB of memory.
    #[default]
    ZlibStream,
    /// Not at all.
    Off,
}

/// How to leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Leave {
    /// The session stays alive for some minutes: a program that is started again goes on where it was, and nobody sees
    /// the bot go.
    ForAWhile,
    /// The bot goes offline at once, and the session ends.
    ForGood,
}

/// What happened.
#[derive(Debug)]
pub(in crate::gateway) enum Input<'a> {
    /// The API answered, or did not.
    Facts(Result<GatewayFacts, FactsFault>),
    /// The connection is made.
    Connected,
    /// The state is stored.
    Kept,
    /// A text message arrived.
    Text(&'a str),
    /// A binary message arrived.
    Binary(&'a [u8]),
    /// The connection was lost, or not made.
    Lost(Loss),
    /// The event was handed over, and the next message may be told.
    HandedOver,
    /// Hand-over has to wait: nothing is read meanwhile.
    Stalled,
    /// The bot shall be seen like this.
    Present(Presence),
    /// It shall end.
    Stop(Leave),
    /// Nobody takes events any more.
    Unheard,
}

/// What to do.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::gateway) enum Action {
    /// Ask the API where the gateway is; answer with [`Input::Facts`].
    Ask,
    /// Connect; answer with [`Input::Connected`] or [`Input::Lost`].
    Connect { url: GatewayUrl, query: &'static str },
    /// Let the caller store this; answer with [`Input::Kept`].
    Keep(GatewayState),
    /// Send this text.
    Send(String),
    /// Hand this event over; answer with [`Input::HandedOver`], and tell no message before.
    HandOver(Event),
    /// Close with this code, or give the connection up that is being made.
    Disconnect(u16),
}
