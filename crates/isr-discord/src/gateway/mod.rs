//! The gateway: the connection through which Discord tells what happens.
//!
//! Owns the bot's session with Discord: it stays connected for ever, resumes where it was, and gives up only when
//! Discord says that trying again is of no use. Must not know what the bot does with an event. It never speaks for the
//! bot in channels: that is the API's part, which goes on working while the gateway is away.
//!
//! The parts, from pure to impure:
//!
//! - [`close`]: what Discord's close codes mean, and what to do.
//! - [`event`]: what is told, as types; read leniently, so that a change at Discord never costs an event.
//! - [`state`]: what the caller stores, so that a restart goes on where it was.
//! - [`budget`]: how often we may identify and connect.
//! - `session`: every decision, as a pure machine: bytes and time in, actions out.
//! - `socket`, `driver`: the thin part that opens sockets.
//!
//! **Hand-over.** Events wait in a queue of [`GatewayOptions::queue`] places. When it is full, nothing is thrown away:
//! reading stops, heartbeats go on, and Discord keeps what follows. If Discord cuts such a connection, the session is
//! resumed from the last event that was handed over. So whoever takes events has to take them quickly, and answer
//! interactions (three seconds) from a task of their own.
//!
//! **Stopping.** [`GatewayHandle::stop`] closes the connection within [`Leave`]'s manner and at most six seconds; what
//! is in the queue can still be taken, then the queue ends. [`Gateway::run`] gives the state to store.

pub mod budget;
pub mod close;
mod doorway;
mod driver;
pub mod event;
mod facts;
mod fields;
mod inflate;
mod payload;
mod session;
mod socket;
pub mod state;
pub mod status;

use std::num::NonZeroUsize;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::sync::{mpsc, oneshot, watch};

pub use event::Event;
pub use payload::{Intents, Presence, Standing};
pub use session::{Compression, Leave};
pub use socket::ConnectFault;
pub use state::GatewayState;
pub use status::{GatewayCounts, GatewayEnd, GatewayStatus, Link, Loss, WaitReason};

pub(crate) use facts::{FactsFault, GatewayFacts};

use crate::bot::BotClient;
use crate::client::ClientOptions;
use crate::jitter::Jitter;
use crate::token::BotToken;
use crate::url::{ApiBase, GatewayUrl};
use driver::{Driver, Ends};
use session::{Plan, Session};

/// No message of Discord is larger, compressed or not.
const MESSAGE_LIMIT: usize = 16 << 20;
/// Places for events. A busy evening has a few a second.
const QUEUE: NonZeroUsize = NonZeroUsize::new(512).expect("not zero");
/// Orders that wait; each is carried out at once.
const ORDERS: usize = 8;

/// What a gateway session needs to know.
#[derive(Debug, Clone)]
pub struct GatewayOptions {
    /// The bot's token.
    pub token: BotToken,
    /// Which events are wanted.
    pub intents: Intents,
    /// Where Discord's API is: it tells where the gateway is.
    pub api: ApiBase,
    /// Where the gateway is, whatever the API says: for tests and proxies.
    pub gateway: Option<GatewayUrl>,
    /// Where sessions are resumed, whatever Discord says: for tests and proxies.
    pub resume: Option<GatewayUrl>,
    /// Whether Discord compresses what it sends.
    pub compression: Compression,
    /// Places in the queue of events.
    pub queue: NonZeroUsize,
}

impl GatewayOptions {
    /// A session with Discord itself.
    #[must_use]
    pub fn new(token: BotToken, intents: Intents) -> Self {
        Self {
            token,
            intents,
            api: ApiBase::default(),
            gateway: None,
            resume: None,
            compression: Compression::default(),
            queue: QUEUE,
        }
    }
}

/// A state that has to be stored now: we are about to identify. That a session has begun is worth storing as well, see
/// [`GatewayHandle::state`].
#[derive(Debug)]
pub struct StateToKeep {
    /// What to store.
    pub state: GatewayState,
    receipt: oneshot::Sender<()>,
}

impl StateToKeep {
    fn new(state: GatewayState) -> (Self, oneshot::Receiver<()>) {
        let (receipt, kept) = oneshot::channel();
        (Self { state, receipt }, kept)
    }

    /// It is stored. The session waits two seconds for this before it identifies; dropping it does the same.
    pub fn kept(self) {
        drop(self.receipt);
    }
}

/// What the session can be told while it runs.
enum Order {
    Present(Presence),
    Tell(oneshot::Sender<GatewayState>),
    Stop(Leave),
}

/// A session that is ready to run.
pub struct Gateway(Driver);

/// What comes out of a session.
#[derive(Debug)]
pub struct GatewayStream {
    /// Events, in Discord's order. Ends after the session.
    pub events: mpsc::Receiver<Event>,
    /// States to store. Whoever stores none may drop it.
    pub states: mpsc::Receiver<StateToKeep>,
}

/// Steers a running session. The session ends when the last one is dropped.
#[derive(Debug, Clone)]
pub struct GatewayHandle {
    orders: mpsc::Sender<Order>,
    status: watch::Receiver<GatewayStatus>,
}

impl Gateway {
    /// A session that goes on from what was stored; see [`GatewayState`]. Opens nothing before it runs.
    #[must_use]
    pub fn new(
        options: GatewayOptions,
        saved: &GatewayState,
        jitter: Jitter,
    ) -> (Self, GatewayHandle, GatewayStream) {
        let (orders, order_queue) = mpsc::channel(ORDERS);
        let (event_sender, events) = mpsc::channel(options.queue.get());
        let (state_sender, states) = mpsc::channel(1);
        let (status_sender, status) = watch::channel(GatewayStatus::default());
        let api = BotClient::new(
            options.api.clone(),
            options.token.clone(),
            ClientOptions::default(),
        );
        let plan = Plan {
            token: options.token,
            intents: options.intents,
            teller: options.api.host_class(),
            gateway: options.gateway,
            resume: options.resume,
            compression: options.compression,
        };
        // Only to tell the age of what was stored; nothing waits for this clock.
        let wall = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or(Duration::ZERO);
        let ends = Ends {
            orders: order_queue,
            events: event_sender,
            states: state_sender,
            status: status_sender,
        };
        let driver = Driver::new(Session::new(plan, saved, jitter, wall), api, ends);
        let handle = GatewayHandle { orders, status };
        (Self(driver), handle, GatewayStream { events, states })
    }

    /// Runs until Discord refuses us for good or until it is told to stop. Gives the reason and what to store.
    pub async fn run(self) -> (GatewayEnd, GatewayState) {
        self.0.run().await
    }
}

impl GatewayHandle {
    /// Lets the bot be seen like this, as soon as Discord's limit allows; only the last wish counts.
    pub async fn present(&self, presence: Presence) {
        // A session that ended is not seen at all.
        drop(self.orders.send(Order::Present(presence)).await);
    }

    /// What to store now. None when the session has ended: then [`Gateway::run`] gave it.
    pub async fn state(&self) -> Option<GatewayState> {
        let (answer, told) = oneshot::channel();
        self.orders.send(Order::Tell(answer)).await.ok()?;
        told.await.ok()
    }

    /// Ends it.
    pub async fn stop(&self, leave: Leave) {
        // It may have ended already.
        drop(self.orders.send(Order::Stop(leave)).await);
    }

    /// How it is. Can be waited on.
    #[must_use]
    pub fn status(&self) -> watch::Receiver<GatewayStatus> {
        self.status.clone()
    }
}
