//! A fake Discord: a real HTTP server on 127.0.0.1 that speaks the webhook API, and a gateway for bots beside it.
//!
//! Owns what Discord owns: webhooks in channels, rate limits announced and hidden, the check of every form, the order
//! of messages, the bot's account and its sessions ([`gateway`]); and faults on demand. It records every request and every broken rule. Must not know the client: what
//! it believes about Discord comes from Discord's documentation, and what is only lore can be switched off
//! ([`Limits`]). Fails only where no port can be bound.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use std::time::Duration;
//! use isr_testkit::discord::{FakeDiscord, Fault, FaultRule};
//!
//! let discord = FakeDiscord::start().await?;
//! let url = discord.url(41);                                  // http://127.0.0.1:PORT/api/webhooks/41/TOKEN
//! discord.inject(FaultRule::new(Fault::Status(502)).times(2).on_webhook(41));
//! // … let the program post to `url` …
//! # let _ = url; let n = 0;
//! discord.wait_for_messages(n, Duration::from_secs(10)).await?;
//! discord.assert_no_violations();
//! # Ok(()) }
//! ```
//!
//! Times follow tokio's clock: with a paused clock the limits pause too. The fake lives as long as a handle to it.

mod answer;
mod bot;
mod commands;
mod exchange;
mod fault;
mod form_data;
pub mod gateway;
mod guild;
mod limits;
mod people;
mod route;
mod routes;
mod seen;
mod service;
mod shapes;
mod state;
mod validate;
mod violation;

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

pub use bot::Dialogue;
pub use exchange::Exchange;
pub use fault::{Fault, FaultRule, LimitBody, LimitHeaders, RateLimit, RequestView, Scope};
pub use form_data::Upload;
pub use guild::{ChannelCard, GuildCard, TopicChange};
pub use limits::{Announce, Limits, Rate, Shape};
pub use people::{KnownPerson, Letterbox};
pub use routes::ROUTES;
pub use seen::{Answer, Counters, Keep, Message, Request, Seen};
pub use violation::{Rule, Violation};

use crate::port::Port;
use crate::watched::{Late, Watched};
use gateway::{FakeGateway, World};
use state::State;

/// The handle. Clones are the same fake; the last one to go closes it.
#[derive(Clone)]
pub struct FakeDiscord {
    state: Arc<Watched<State>>,
    port: Arc<Port>,
    gateway: FakeGateway,
}

impl fmt::Debug for FakeDiscord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FakeDiscord")
            .field("addr", &self.addr())
            .finish_non_exhaustive()
    }
}

impl FakeDiscord {
    /// Starts with Discord's limits, keeping all records.
    ///
    /// # Errors
    /// When no loopback port can be bound.
    pub async fn start() -> io::Result<Self> {
        Self::start_keeping(Keep::Everything).await
    }

    /// Starts with Discord's limits, keeping so many records.
    ///
    /// # Errors
    /// When no loopback port can be bound.
    pub async fn start_keeping(keep: Keep) -> io::Result<Self> {
        let state = Arc::new(Watched::new(State::new(keep)));
        let gateway = FakeGateway::start().await?;
        let (for_port, world) = (Arc::clone(&state), gateway.world());
        let port =
            Port::open(move |stream| converse(Arc::clone(&for_port), Arc::clone(&world), stream)).await?;
        Ok(Self {
            state,
            port: Arc::new(port),
            gateway,
        })
    }

    /// The gateway that this Discord's bot is told of.
    #[must_use]
    pub const fn gateway(&self) -> &FakeGateway {
        &self.gateway
    }

    /// The address of the API, without a slash at its end.
    #[must_use]
    pub fn api(&self) -> String {
        format!("http://{}/api/v10", self.addr())
    }

    /// Where it listens.
    #[must_use]
    pub fn addr(&self) -> SocketAddr {
        self.port.addr()
    }

    /// The address of a webhook, as Discord hands it out. A new id is a new webhook in a channel of its own.
    #[must_use]
    pub fn url(&self, webhook: u64) -> String {
        format!(
            "http://{}/api/webhooks/{webhook}/{}",
            self.addr(),
            self.token(webhook)
        )
    }

    /// The secret part of a webhook's address.
    #[must_use]
    pub fn token(&self, webhook: u64) -> String {
        self.state.change(|state| state.webhook(webhook).token.clone())
    }

    /// Puts a webhook into a channel: webhooks of one channel share its hidden limit.
    pub fn put_webhook(&self, webhook: u64, channel: u64) {
        self.state
            .change(|state| state.webhook(webhook).channel = channel);
    }

    /// Gives a webhook's channel a thread. Unknown threads are answered 404.
    pub fn add_thread(&self, webhook: u64, thread: u64) {
        self.state.change(|state| state.add_thread(webhook, thread));
    }

    /// Deletes a webhook: from now on 404, until [`url`](Self::url) makes it again (with the same token).
    pub fn delete_webhook(&self, webhook: u64) {
        self.state.change(|state| state.delete_webhook(webhook));
    }

    /// Deletes a channel: from now on the bot gets 404 there.
    pub fn delete_channel(&self, channel: u64) {
        self.state.change(|state| state.delete_channel(channel));
    }

    /// Changes how the bot finds its Discord server: roles, channels, what it may do there.
    pub fn change_guild(&self, change: impl FnOnce(&mut GuildCard)) {
        self.gateway.world().change(|world| change(&mut world.guild));
    }

    /// Looks at the Discord server as the bot finds it. The closure must not call this fake.
    pub fn look_at_guild<R>(&self, look: impl FnOnce(&GuildCard) -> R) -> R {
        self.gateway.world().read(|world| look(&world.guild))
    }

    /// Waits until the Discord server is as it is wished.
    ///
    /// # Errors
    /// [`Late`] with the changes of topics.
    pub async fn wait_for_guild(
        &self,
        deadline: Duration,
        mut holds: impl FnMut(&GuildCard) -> bool,
    ) -> Result<(), Late> {
        let found = |world: &World| holds(&world.guild).then_some(());
        let told = |world: &World| format!("{:?}", world.guild.topic_changes);
        self.gateway.world().wait(deadline, found, told).await
    }

    /// Changes somebody whom the bot has met: who used a command.
    ///
    /// # Panics
    /// When nobody of that id did.
    #[track_caller]
    pub fn change_person(&self, id: u64, change: impl FnOnce(&mut KnownPerson)) {
        let found = self.gateway.world().change(|world| {
            let person = world.people.get_mut(id);
            person.map(change)
        });
        assert!(found.is_some(), "the bot has not met {id}");
    }

    /// The channel of direct messages with somebody, once the bot opened it.
    #[must_use]
    pub fn direct_with(&self, person: u64) -> Option<u64> {
        let world = self.gateway.world();
        world.read(|world| world.people.direct_with(person))
    }

    /// How often the bot asked for a channel of direct messages.
    #[must_use]
    pub fn openings(&self) -> usize {
        self.gateway.world().read(|world| world.people.openings())
    }

    /// Deletes a message, as a moderator does: edits of it are answered 404 from now on. Says whether it was there.
    #[must_use]
    pub fn delete_message(&self, id: u64) -> bool {
        self.state.change(|state| state.seen.forget_message(id))
    }

    /// Replaces the limits. What was used stays used.
    pub fn set_limits(&self, limits: Limits) {
        self.state.change(|state| state.limiter.limits = limits);
    }

    /// Changes the limits in place, in the middle of whatever goes on (scenario D05).
    pub fn change_limits(&self, change: impl FnOnce(&mut Limits)) {
        self.state.change(|state| change(&mut state.limiter.limits));
    }

    /// Adds a fault to the script: a [`Fault`] alone happens once, to the next request.
    pub fn inject(&self, rule: impl Into<FaultRule>) {
        let rule = rule.into();
        self.state.change(|state| state.script.add(rule));
    }

    /// Ends all faults; stalled connections are cut.
    pub fn clear_faults(&self) {
        self.state.change(State::clear_faults);
    }

    /// Whether no fault is left to happen (those until cleared are always left).
    #[must_use]
    pub fn faults_spent(&self) -> bool {
        self.state.read(|state| state.script.is_spent())
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

    /// Closes every connection (idle ones too) and goes on listening.
    pub fn cut_connections(&self) {
        self.port.cut();
    }

    /// Calls the closure for every message from now on, in order, whatever is kept. It must not call this fake.
    pub fn observe(&self, observer: impl FnMut(&Message) + Send + 'static) {
        self.state
            .change(|state| state.observer = Some(Box::new(observer)));
    }

    /// Calls the closure for every edit from now on: the message as it was shown before, and as it is shown now. It must
    /// not call this fake.
    pub fn observe_edits(&self, observer: impl FnMut(&Message, &Message) + Send + 'static) {
        self.state
            .change(|state| state.edit_observer = Some(Box::new(observer)));
    }

    /// Calls the closure for every request that is answered from now on, with its answer. It must not call this fake.
    pub fn observe_exchanges(&self, observer: impl FnMut(&Exchange) + Send + 'static) {
        self.state
            .change(|state| state.exchange_observer = Some(Box::new(observer)));
    }

    /// The requests, in order of arrival.
    #[must_use]
    pub fn requests(&self) -> Vec<Request> {
        self.look(|seen| seen.requests().cloned().collect())
    }

    /// The messages, in order.
    #[must_use]
    pub fn messages(&self) -> Vec<Message> {
        self.look(|seen| seen.messages().cloned().collect())
    }

    /// The texts of the messages, in order.
    #[must_use]
    pub fn texts(&self) -> Vec<String> {
        self.look(|seen| seen.messages().map(|message| message.text.clone()).collect())
    }

    /// Every broken rule.
    #[must_use]
    pub fn violations(&self) -> Vec<Violation> {
        self.look(|seen| seen.violations().cloned().collect())
    }

    /// The totals.
    #[must_use]
    pub fn counters(&self) -> Counters {
        self.look(Seen::counters)
    }

    /// Looks at everything without copying. The closure must not call this fake.
    pub fn look<R>(&self, look: impl FnOnce(&Seen) -> R) -> R {
        self.state.read(|state| look(&state.seen))
    }

    /// Waits until the predicate holds; it is asked after every change.
    ///
    /// # Errors
    /// [`Late`] with the totals and the last messages.
    pub async fn wait_for(
        &self,
        deadline: Duration,
        mut holds: impl FnMut(&Seen) -> bool,
    ) -> Result<(), Late> {
        let found = |state: &State| holds(&state.seen).then_some(());
        self.state
            .wait(deadline, found, |state| state.seen.to_string())
            .await
    }

    /// Waits until so many messages were posted since the start.
    ///
    /// # Errors
    /// [`Late`] with the totals and the last messages.
    pub async fn wait_for_messages(&self, count: u64, deadline: Duration) -> Result<(), Late> {
        self.wait_for(deadline, |seen| seen.counters().messages >= count)
            .await
    }

    /// Waits until a message holds this text.
    ///
    /// # Errors
    /// [`Late`] with the totals and the last messages.
    pub async fn wait_for_text(&self, text: &str, deadline: Duration) -> Result<(), Late> {
        self.wait_for(deadline, |seen| seen.has_text(text)).await
    }

    /// Panics with the list when a rule was broken.
    ///
    /// # Panics
    /// When a rule was broken.
    #[track_caller]
    pub fn assert_no_violations(&self) {
        let broken = self.violations();
        let list: Vec<String> = broken.iter().map(ToString::to_string).collect();
        assert!(
            broken.is_empty(),
            "Discord's rules were broken:\n{}",
            list.join("\n")
        );
        self.gateway.assert_no_violations();
    }
}

async fn converse(state: Arc<Watched<State>>, world: Arc<Watched<World>>, stream: TcpStream) {
    let service = service_fn(move |request| service::serve(Arc::clone(&state), Arc::clone(&world), request));
    // How a connection ends is the client's affair, or a scripted cut.
    drop(
        http1::Builder::new()
            .serve_connection(TokioIo::new(stream), service)
            .await,
    );
}
