//! A TCP proxy on loopback that breaks connections on purpose.
//!
//! Owns the way of bytes between a program and a fake: pass, delay, throttle, cut, reset, stall, refuse, per direction,
//! changeable while bytes flow. Must not know what the bytes mean. Fails only where no port can be bound.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> std::io::Result<()> {
//! use isr_testkit::{discord::FakeDiscord, proxy::{Behaviour, Ending, FaultProxy, Flow}};
//!
//! let discord = FakeDiscord::start().await?;
//! let proxy = FaultProxy::start(discord.addr()).await?;
//! let url = proxy.through(&discord.url(1));
//! // The answer of every connection breaks off after its first 100 bytes:
//! proxy.set(Behaviour { to_client: Flow::cut_after(100, Ending::Reset), ..Behaviour::default() });
//! # let _ = url; Ok(()) }
//! ```

mod flow;

use std::collections::VecDeque;
use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::sync::watch;

pub use flow::{Ending, Flow};

use crate::port::Port;
use crate::watched::{Late, Watched};

/// How connections are treated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Behaviour {
    /// What happens to a new connection.
    pub connect: Connect,
    /// Bytes from the program to the fake.
    pub to_upstream: Flow,
    /// Bytes from the fake to the program.
    pub to_client: Flow,
}

impl Behaviour {
    /// No byte passes any more in either direction, and nothing closes: a half-open peer.
    #[must_use]
    pub const fn frozen() -> Self {
        Self {
            connect: Connect::Pass,
            to_upstream: Flow::cut_after(0, Ending::Stall),
            to_client: Flow::cut_after(0, Ending::Stall),
        }
    }

    /// Every chunk of bytes is late by this, in both directions.
    #[must_use]
    pub const fn delayed(delay: Duration) -> Self {
        Self {
            connect: Connect::Pass,
            to_upstream: Flow::delayed(delay),
            to_client: Flow::delayed(delay),
        }
    }
}

/// What happens to a new connection. To refuse connections, use [`FaultProxy::refuse_connections`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Connect {
    /// It is joined to the fake.
    #[default]
    Pass,
    /// It is closed at once.
    Close,
    /// It is reset at once.
    Reset,
    /// It is accepted, and then nothing happens.
    Ignore,
}

/// Totals since the start.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Connections accepted.
    pub connections: u64,
    /// Connections that are open now.
    pub open: u64,
    /// Bytes passed to the fake.
    pub to_upstream: u64,
    /// Bytes passed to the program.
    pub to_client: u64,
    /// Connections ended by a fault.
    pub broken: u64,
}

/// The proxy. It lives as long as the handle; then its connections close.
pub struct FaultProxy {
    port: Port,
    shared: Arc<Shared>,
}

struct Shared {
    upstream: SocketAddr,
    behaviour: watch::Sender<Behaviour>,
    coming: Watched<VecDeque<Behaviour>>,
    counts: Watched<Counts>,
}

impl fmt::Debug for FaultProxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FaultProxy")
            .field("addr", &self.addr())
            .field("counts", &self.counts())
            .finish()
    }
}

impl FaultProxy {
    /// Starts a proxy before this address. At first everything passes.
    ///
    /// # Errors
    /// When no loopback port can be bound.
    pub async fn start(upstream: SocketAddr) -> io::Result<Self> {
        let shared = Arc::new(Shared {
            upstream,
            behaviour: watch::Sender::new(Behaviour::default()),
            coming: Watched::new(VecDeque::new()),
            counts: Watched::new(Counts::default()),
        });
        let for_port = Arc::clone(&shared);
        let port = Port::open(move |client| connection(Arc::clone(&for_port), client)).await?;
        Ok(Self { port, shared })
    }

    /// Where it listens.
    #[must_use]
    pub fn addr(&self) -> SocketAddr {
        self.port.addr()
    }

    /// The same address (`http://…`), but through this proxy.
    #[must_use]
    pub fn through(&self, url: &str) -> String {
        url.replacen(&self.shared.upstream.to_string(), &self.addr().to_string(), 1)
    }

    /// Treats all connections like this from now on, the open ones too. Bytes "after" which something ends are counted
    /// from here.
    pub fn set(&self, behaviour: Behaviour) {
        self.shared.behaviour.send_replace(behaviour);
    }

    /// Passes everything again. Stalled bytes flow on.
    pub fn heal(&self) {
        self.set(Behaviour::default());
    }

    /// Treats the next `count` new connections like this, for all their life; then as [`set`](Self::set) says.
    pub fn for_next_connections(&self, count: usize, behaviour: Behaviour) {
        self.shared
            .coming
            .change(|coming| coming.extend(std::iter::repeat_n(behaviour, count)));
    }

    /// Closes the port and every connection. When it returns, connections are refused.
    pub async fn refuse_connections(&self) {
        self.port.shut().await;
    }

    /// Listens again, on the same port.
    ///
    /// # Errors
    /// When somebody else took the port meanwhile.
    pub async fn accept_connections(&self) -> io::Result<()> {
        self.port.reopen().await
    }

    /// Closes every connection and goes on listening.
    pub fn cut_connections(&self) {
        self.port.cut();
    }

    /// The totals.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.shared.counts.read(|counts| *counts)
    }

    /// Waits until the totals are as wished.
    ///
    /// # Errors
    /// [`Late`] with the totals.
    pub async fn wait_for(
        &self,
        deadline: Duration,
        mut holds: impl FnMut(Counts) -> bool,
    ) -> Result<(), Late> {
        let found = |counts: &Counts| holds(*counts).then_some(());
        self.shared
            .counts
            .wait(deadline, found, |counts| format!("{counts:?}"))
            .await
    }
}

/// Counts a connection as open for as long as it lives, however it ends.
struct Open<'a>(&'a Shared);

impl<'a> Open<'a> {
    fn new(shared: &'a Shared) -> Self {
        shared.counts.change(|counts| {
            counts.connections += 1;
            counts.open += 1;
        });
        Self(shared)
    }
}

impl Drop for Open<'_> {
    fn drop(&mut self) {
        self.0.counts.change(|counts| counts.open -= 1);
    }
}

async fn connection(shared: Arc<Shared>, client: TcpStream) {
    let _open = Open::new(&shared);
    // A behaviour of its own never changes: its sender is kept here.
    let own = shared.coming.change(VecDeque::pop_front).map(watch::Sender::new);
    let mut behaviour = own.as_ref().unwrap_or(&shared.behaviour).subscribe();
    let connect = behaviour.borrow_and_update().connect;
    match connect {
        Connect::Pass => {}
        Connect::Close => return shared.counts.change(|counts| counts.broken += 1),
        Connect::Reset => {
            shared.counts.change(|counts| counts.broken += 1);
            return flow::reset(&client);
        }
        Connect::Ignore => return std::future::pending().await,
    }
    let Ok(upstream) = TcpStream::connect(shared.upstream).await else {
        return;
    };
    drop(upstream.set_nodelay(true));
    if let Some(ending) = join(&shared, &client, &upstream, &behaviour).await {
        shared.counts.change(|counts| counts.broken += 1);
        if ending == Ending::Reset {
            flow::reset(&client);
            flow::reset(&upstream);
        }
    }
}

/// Pumps both ways until both ends are done, or one way is ended by a fault.
async fn join(
    shared: &Shared,
    client: &TcpStream,
    upstream: &TcpStream,
    behaviour: &watch::Receiver<Behaviour>,
) -> Option<Ending> {
    let there = flow::pump(
        client,
        upstream,
        behaviour.clone(),
        |b| b.to_upstream,
        |passed| {
            shared.counts.change(|counts| counts.to_upstream += passed);
        },
    );
    let back = flow::pump(
        upstream,
        client,
        behaviour.clone(),
        |b| b.to_client,
        |passed| {
            shared.counts.change(|counts| counts.to_client += passed);
        },
    );
    tokio::pin!(there, back);
    tokio::select! {
        ended = &mut there => match ended { Some(ending) => Some(ending), None => back.await },
        ended = &mut back => match ended { Some(ending) => Some(ending), None => there.await },
    }
}
