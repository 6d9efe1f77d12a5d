//! A fake Factorio server on its RCON side: a real TCP server on 127.0.0.1 with a small world behind it.
//!
//! Owns what the game does on that port, quirks included: one packet answers a login, replies are never split, an empty
//! body gets no answer, nothing is answered while it saves, a later short command may overtake an earlier long one while
//! players are on, request id 0 brings console lines along, 128 connections at most, `/quit` just closes. Its frames are
//! its own code, and it shares no type with any client. Records every command. Fails only where no port can be bound.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use isr_testkit::rcon::{FakeFactorio, Script};
//!
//! let game = FakeFactorio::start("secret").await?;
//! game.world(|world| world.join("alice"));
//! game.script("/time", Script::Silence);      // only this command, from now on
//! // … let the program ask at `game.addr()` …
//! assert!(game.world(|world| world.achievements_are_on()));
//! # Ok(()) }
//! ```

mod connection;
mod frame;
mod state;
mod world;

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

pub use state::{Login, Received, Script};
pub use world::{Surface, World};

use crate::port::Port;
use crate::watched::{Late, Watched};
use state::State;

/// The handle. Clones are the same fake; the last one to go closes it.
#[derive(Clone)]
pub struct FakeFactorio {
    state: Arc<Watched<State>>,
    port: Arc<Port>,
}

impl fmt::Debug for FakeFactorio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FakeFactorio")
            .field("addr", &self.addr())
            .finish_non_exhaustive()
    }
}

impl FakeFactorio {
    /// Starts a 2.0 server with an empty world.
    ///
    /// # Errors
    /// When no loopback port can be bound.
    pub async fn start(password: &str) -> io::Result<Self> {
        let state = Arc::new(Watched::new(State::new(password)));
        let served = Arc::clone(&state);
        let port = Port::open(move |stream| connection::serve(stream, Arc::clone(&served))).await?;
        Ok(Self {
            state,
            port: Arc::new(port),
        })
    }

    /// Where it listens.
    #[must_use]
    pub fn addr(&self) -> SocketAddr {
        self.port.addr()
    }

    /// Looks at the world or changes it.
    pub fn world<R>(&self, visit: impl FnOnce(&mut World) -> R) -> R {
        self.state.change(|state| visit(&mut state.world))
    }

    /// From now on the password is this one.
    pub fn set_password(&self, password: &str) {
        self.state
            .change(|state| password.clone_into(&mut state.password));
    }

    /// From now on exactly this command is answered so, instead of by the world.
    pub fn script(&self, command: &str, script: Script) {
        self.state
            .change(|state| state.scripts.insert(command.to_owned(), script));
    }

    /// The main thread stands still: neither commands nor logins are answered, but none is lost.
    pub fn begin_save(&self) {
        self.state.change(|state| state.saving = true);
    }

    /// What waited is answered now.
    pub fn end_save(&self) {
        self.state.change(|state| state.saving = false);
    }

    /// Every command that was read, in the order of reading.
    #[must_use]
    pub fn received(&self) -> Vec<Received> {
        self.state.read(|state| state.received.clone())
    }

    /// How often exactly this text was read as a command.
    #[must_use]
    pub fn times_received(&self, text: &str) -> usize {
        self.state
            .read(|state| state.received.iter().filter(|seen| seen.text == text).count())
    }

    /// Every login, in order.
    #[must_use]
    pub fn logins(&self) -> Vec<Login> {
        self.state.read(|state| state.logins.clone())
    }

    /// How many connections are open.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.state.read(|state| state.open.len())
    }

    /// Waits until so many commands were read.
    ///
    /// # Errors
    /// [`Late`].
    pub async fn wait_for_commands(&self, count: usize, deadline: Duration) -> Result<Vec<Received>, Late> {
        let enough = |state: &State| (state.received.len() >= count).then(|| state.received.clone());
        self.state
            .wait(deadline, enough, |state| format!("{:?}", state.received))
            .await
    }

    /// Waits until so many logins were answered.
    ///
    /// # Errors
    /// [`Late`].
    pub async fn wait_for_logins(&self, count: usize, deadline: Duration) -> Result<Vec<Login>, Late> {
        let enough = |state: &State| (state.logins.len() >= count).then(|| state.logins.clone());
        self.state
            .wait(deadline, enough, |state| format!("{:?}", state.logins))
            .await
    }

    /// Drops every connection and goes on listening.
    pub fn cut(&self) {
        self.port.cut();
    }

    /// Stops: new connections are refused.
    pub async fn stop(&self) {
        self.port.shut().await;
    }

    /// Starts again on the same port, with the same world.
    ///
    /// # Errors
    /// When the port was taken meanwhile.
    pub async fn start_again(&self) -> io::Result<()> {
        self.port.reopen().await
    }
}
