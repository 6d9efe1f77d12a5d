//! The gateway half of the fake Discord: a real WebSocket server on 127.0.0.1.
//!
//! Owns what Discord's gateway owns: sessions with their history (a resume replays what was missed), heartbeats,
//! identify budgets, close codes, transport compression; and faults on demand. It checks everything that a client sends
//! against Discord's documented rules and records it. Must not know the client. Fails only where no port can be bound.
//!
//! Times follow tokio's clock. The address that a client is told comes from `GET /gateway/bot` of the
//! [`FakeDiscord`](super::FakeDiscord) that it belongs to.

mod check;
mod converse;
mod fault;
mod intents;
mod seen;
mod sent;
mod squeeze;
mod world;

use std::fmt;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

pub use fault::{ConnectionFault, Times};
pub use seen::{Beat, GatewayRule, GatewaySeen, GatewayViolation, Introduction};
pub use sent::{CommandCall, PersonCard, message_create};
pub use world::{Account, Acks, SessionLimit};

use super::bot::Dialogue;
use crate::port::Port;
use crate::watched::{Late, Watched};
use world::Command;

pub(super) use world::World;

/// The handle. Clones are the same fake; the last one to go closes it.
#[derive(Clone)]
pub struct FakeGateway {
    world: Arc<Watched<World>>,
    port: Arc<Port>,
}

impl fmt::Debug for FakeGateway {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FakeGateway")
            .field("url", &self.url())
            .finish_non_exhaustive()
    }
}

impl FakeGateway {
    pub(super) async fn start() -> io::Result<Self> {
        let world = Arc::new(Watched::new(World::new()));
        let for_port = Arc::clone(&world);
        let port = Port::open(move |stream| converse::converse(Arc::clone(&for_port), stream)).await?;
        let url = format!("ws://{}", port.addr());
        world.change(|world| world.url = url);
        Ok(Self {
            world,
            port: Arc::new(port),
        })
    }

    pub(super) fn world(&self) -> Arc<Watched<World>> {
        Arc::clone(&self.world)
    }

    /// Where it listens: `ws://127.0.0.1:PORT`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("ws://{}", self.port.addr())
    }

    /// The bot's token, which is the only one that is accepted.
    #[must_use]
    pub fn token(&self) -> String {
        self.world.read(|world| world.account.token.clone())
    }

    /// Changes the bot's account: its token, its ids, the intents that it may ask for.
    pub fn change_account(&self, change: impl FnOnce(&mut Account)) {
        self.world.change(|world| change(&mut world.account));
    }

    /// Whether heartbeats are answered, from now on.
    pub fn set_acks(&self, acks: Acks) {
        self.world.change(|world| world.acks = acks);
    }

    /// The heartbeat interval of connections from now on.
    pub fn set_interval(&self, interval: Duration) {
        self.world.change(|world| world.interval = interval);
    }

    /// What `GET /gateway/bot` tells of identifies, and what holds.
    pub fn set_limit(&self, limit: SessionLimit) {
        self.world.change(|world| world.limit = limit);
    }

    /// Where READY sends clients to resume, instead of here.
    pub fn set_resume_url(&self, url: &str) {
        self.world.change(|world| world.resume_url = Some(url.to_owned()));
    }

    /// Adds a fault for connections to come, after those that were added before.
    pub fn inject(&self, fault: ConnectionFault, times: Times) {
        self.world.change(|world| world.script.add(fault, times));
    }

    /// Ends the faults of connections to come.
    pub fn clear_faults(&self) {
        self.world.change(|world| world.script.clear());
    }

    /// Something happened: every session is told, at once or when it resumes. Gives the sequence number of the last.
    pub fn dispatch(&self, name: &str, data: &Value) -> u64 {
        self.world.change(|world| world.dispatch(name, data))
    }

    /// Somebody wrote this while nobody listens: only the history tells it.
    pub fn write_unheard(&self, message: &Value) {
        self.world.change(|world| world.written.push(message.clone()));
    }

    /// The reactions of the bot to a person's message.
    #[must_use]
    pub fn reactions(&self, message: u64) -> Vec<String> {
        self.world.read(|world| {
            let own = world.reactions.iter().filter(|(to, _)| *to == message);
            own.map(|(_, emoji)| emoji.clone()).collect()
        })
    }

    /// Waits until the bot reacted to a person's message.
    ///
    /// # Errors
    /// [`Late`] with all reactions.
    pub async fn wait_for_reaction(&self, message: u64, emoji: &str, deadline: Duration) -> Result<(), Late> {
        let found = |world: &World| {
            let is_there = world
                .reactions
                .iter()
                .any(|(to, with)| *to == message && with == emoji);
            is_there.then_some(())
        };
        self.world
            .wait(deadline, found, |world| format!("{:?}", world.reactions))
            .await
    }

    /// What an interaction got so far.
    #[must_use]
    pub fn dialogue(&self, interaction: u64) -> Option<Dialogue> {
        self.world
            .read(|world| world.dialogues.get(&interaction).cloned())
    }

    /// The commands as they were registered last in a Discord server, or everywhere; null when they never were.
    #[must_use]
    pub fn commands(&self, guild: Option<u64>) -> Value {
        let key = guild.map(|guild| guild.to_string()).unwrap_or_default();
        self.world
            .read(|world| world.commands.get(&key).cloned().unwrap_or_default())
    }

    /// Registers commands as another program would have.
    pub fn set_commands(&self, guild: Option<u64>, commands: Value) {
        let key = guild.map(|guild| guild.to_string()).unwrap_or_default();
        self.world.change(|world| world.commands.insert(key, commands));
    }

    /// How often commands were registered by a request.
    #[must_use]
    pub fn registrations(&self) -> usize {
        self.world.read(|world| world.registrations)
    }

    /// Sends this payload on every connection, outside of any session: opcode 1, 7, 9, or nonsense.
    pub fn send(&self, payload: &Value) {
        self.command(&Command::Send(payload.to_string()));
    }

    /// Sends these bytes as one text message on every connection.
    pub fn send_text(&self, text: &str) {
        self.command(&Command::Send(text.to_owned()));
    }

    /// Sends an event in so many pieces, of which each is a frame, so far apart.
    pub fn send_slowly(&self, payload: &Value, pieces: usize, pause: Duration) {
        self.command(&Command::Pieces {
            text: payload.to_string(),
            pieces,
            pause,
        });
    }

    /// Sends the first half of this payload as half a frame, and cuts every connection.
    pub fn send_half_and_cut(&self, payload: &Value) {
        self.command(&Command::Half(payload.to_string()));
    }

    /// Something happened, and every connection is cut in the middle of telling it: a session hears it when it resumes.
    /// Gives the sequence number of the last.
    pub fn dispatch_half_and_cut(&self, name: &str, data: &Value) -> u64 {
        self.world
            .change(|world| world.dispatch_by(name, data, Command::Half))
    }

    /// What Discord refused for good was mended by somebody: connections are no broken rule any more.
    pub fn mend(&self) {
        self.world.change(World::mend);
    }

    /// Closes every connection with this code.
    pub fn close(&self, code: u16) {
        self.world.change(|world| world.note_close(code));
        self.command(&Command::Close(code));
    }

    /// Cuts every connection without a word.
    pub fn cut(&self) {
        self.command(&Command::Cut);
    }

    /// Forgets all sessions: a resume is answered with opcode 9.
    pub fn forget_sessions(&self) {
        self.world.change(World::forget_sessions);
    }

    fn command(&self, command: &Command) {
        self.world.change(|world| world.command(command));
    }

    /// The bot is in these Discord servers from now on; who is connected is told nothing.
    pub fn set_guilds(&self, guilds: Vec<u64>) {
        self.world.change(|world| world.account.guilds = guilds);
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

    /// Looks at everything seen. The closure must not call this fake.
    pub fn look<R>(&self, look: impl FnOnce(&GatewaySeen) -> R) -> R {
        self.world.read(|world| look(&world.seen))
    }

    /// How many connections are past READY or RESUMED.
    #[must_use]
    pub fn joined(&self) -> usize {
        self.world.read(World::joined)
    }

    /// Waits until the predicate holds; it is asked after every change.
    ///
    /// # Errors
    /// [`Late`] with what was seen.
    pub async fn wait_for(
        &self,
        deadline: Duration,
        mut holds: impl FnMut(&GatewaySeen) -> bool,
    ) -> Result<(), Late> {
        let found = |world: &World| holds(&world.seen).then_some(());
        self.world
            .wait(deadline, found, |world| world.seen.to_string())
            .await
    }

    /// Waits until an interaction got what is wished.
    ///
    /// # Errors
    /// [`Late`] with what it got.
    pub async fn wait_for_dialogue(
        &self,
        interaction: u64,
        deadline: Duration,
        mut holds: impl FnMut(&Dialogue) -> bool,
    ) -> Result<(), Late> {
        let found = |world: &World| {
            let dialogue = world.dialogues.get(&interaction);
            dialogue.is_some_and(&mut holds).then_some(())
        };
        let told = |world: &World| format!("{:?}", world.dialogues.get(&interaction));
        self.world.wait(deadline, found, told).await
    }

    /// Waits until a client is past READY or RESUMED.
    ///
    /// # Errors
    /// [`Late`] with what was seen.
    pub async fn wait_until_joined(&self, deadline: Duration) -> Result<(), Late> {
        let found = |world: &World| (world.joined() > 0).then_some(());
        self.world
            .wait(deadline, found, |world| world.seen.to_string())
            .await
    }

    /// Panics with the list when a rule was broken.
    ///
    /// # Panics
    /// When a rule was broken.
    #[track_caller]
    pub fn assert_no_violations(&self) {
        let broken: Vec<String> = self.look(|seen| seen.violations.iter().map(ToString::to_string).collect());
        assert!(
            broken.is_empty(),
            "rules of Discord's gateway were broken:\n{}",
            broken.join("\n")
        );
    }
}
