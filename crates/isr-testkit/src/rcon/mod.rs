//! A fake Factorio server: a real TCP server on 127.0.0.1 with a small world behind it, and the logs that the game writes.
//!
//! Owns what the game does on its RCON port, quirks included: one packet answers a login, replies are never split, an empty
//! body gets no answer, nothing is answered while it saves, a later short command may overtake an earlier long one while
//! players are on, request id 0 brings console lines along, 128 connections at most, `/quit` just closes. Its frames are
//! its own code, and it shares no type with any client. Records every command. Time passes when a test says so
//! ([`World::pass`]); the binary `factorio-isr-sim` lets it pass by itself. Fails only where no port can be bound.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use isr_testkit::rcon::{FakeFactorio, Script};
//!
//! let game = FakeFactorio::start("secret").await?;
//! game.world(|world| world.join("alice"));
//! game.script("/time", Script::Silence);      // only this command, from now on
//! // … let the program ask at `game.addr()` …
//! game.world(|world| world.pass(std::time::Duration::from_secs(86_400)));
//! assert!(game.world(|world| world.achievements_are_on()));
//! # Ok(()) }
//! ```

mod connection;
mod frame;
mod state;
mod world;

use std::fmt;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

pub use state::{Login, Received, Script};
pub use world::{Autosave, Industry, Pause, Platform, SaveOutcome, SaveWay, Surface, World};

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
        Self::start_at((Ipv4Addr::LOCALHOST, 0).into(), password).await
    }

    /// The same at this address.
    ///
    /// # Errors
    /// When it cannot be bound.
    pub async fn start_at(address: SocketAddr, password: &str) -> io::Result<Self> {
        let state = Arc::new(Watched::new(State::new(password)));
        let served = Arc::clone(&state);
        let port = Port::open_at(address, move |stream| {
            connection::serve(stream, Arc::clone(&served))
        })
        .await?;
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

    /// From now on every silent command is answered with this text, and no script runs.
    pub fn answer_lua_with(&self, reply: &str) {
        self.state
            .change(|state| state.lua_reply = Some(reply.to_owned()));
    }

    /// The main thread stands still: neither commands nor logins are answered, but none is lost.
    pub fn begin_save(&self) {
        self.state.change(|state| state.world.hold_save(true));
    }

    /// What waited is answered now.
    pub fn end_save(&self) {
        self.state.change(|state| state.world.hold_save(false));
    }

    /// Calls the closure for every command from now on, in the order of reading, and keeps none any more: for long runs. It
    /// must not call this fake.
    pub fn observe(&self, observer: impl FnMut(&Received) + Send + 'static) {
        self.state.change(|state| {
            state.keeps = false;
            state.observer = Some(Box::new(observer));
        });
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

    /// Waits until this text was received, whatever else is asked meanwhile.
    ///
    /// # Errors
    ///
    /// [`Late`] with what was received by the deadline.
    pub async fn wait_for_command(&self, text: &str, deadline: Duration) -> Result<(), Late> {
        let seen = |state: &State| state.received.iter().any(|seen| seen.text == text).then_some(());
        self.state
            .wait(deadline, seen, |state| format!("{:?}", state.received))
            .await
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

    /// Writes the game's logs in this folder from now on; see [`World::write_logs`].
    ///
    /// # Errors
    /// When a file cannot be made.
    pub fn write_logs(&self, folder: &Path) -> io::Result<()> {
        self.world(|world| world.write_logs(folder))
    }

    /// The game ends as by a signal: it saves, says goodbye and lets its port go.
    pub async fn shut_down(&self) {
        self.world(World::shut_down);
        self.stop().await;
    }

    /// The game ends by an error that only its log tells.
    pub async fn crash(&self, reason: &str) {
        self.world(|world| world.crash(reason));
        self.stop().await;
    }

    /// The game starts again after it ended, on the same port and with the same map.
    ///
    /// # Errors
    /// When the port was taken meanwhile.
    pub async fn boot(&self) -> io::Result<()> {
        self.world(World::boot);
        self.start_again().await
    }

    /// Waits until the game has ended, by `/quit` for example.
    ///
    /// # Errors
    /// [`Late`].
    pub async fn wait_for_the_end(&self, deadline: Duration) -> Result<(), Late> {
        let ended = |state: &State| (!state.world.is_running()).then_some(());
        self.state.wait(deadline, ended, |_| "it runs".into()).await
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
