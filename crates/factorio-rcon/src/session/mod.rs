//! One connection to one server, kept up for ever.
//!
//! Owns the socket, the login, the queue and the deadlines of one server. A [`Session`] is what callers hold: cheap to
//! clone, usable from any task. A [`Driver`] is the one task behind it, which the owner of the program spawns and, should
//! it panic, runs again. Must not know what a reply means.
//!
//! What holds, whatever the server does:
//!
//! - **At most once.** A line leaves once or not at all; nothing is ever sent again by itself. A caller learns which of
//!   three it was: answered, [not sent](Failure::NotSent), or [unknown](Failure::Unknown) because the answer was lost.
//! - **A reply belongs to its request.** Ids are used once per connection, but for the one of the
//!   [console](Session::console), whose replies are for whoever listens to it. A reply without a waiting request is dropped
//!   and counted. A connection that stalls inside a packet is dropped.
//! - **A silent server is left alone.** The game does not answer while it saves. A request whose deadline passes keeps
//!   its place until the late answer comes, so that nothing is piled up in front of a server that does not listen; only
//!   when the silence lasts too long is the connection dropped.
//! - **Dropping a future is harmless.** A request that has not left is withdrawn; one that has left is forgotten, and its
//!   reply with it.
//! - **Every wait ends.** Looking up the name, connecting, logging in, writing and the reply have deadlines; the queue
//!   has a bound and refuses what does not fit.

mod backoff;
mod console;
mod counts;
mod driver;
mod failure;
mod link;
mod login;
mod options;
mod queue;
mod request;
mod serving;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Notify, oneshot, watch};
use tokio::time::{Instant, timeout_at};

pub use console::{Console, Gap, Heard};
pub use counts::Counts;
pub use driver::Driver;
pub use failure::{Failure, Lost, NotSent};
pub use link::{Down, Link, Step};
pub use options::{Deadlines, Options};
pub use queue::Priority;
pub use request::Reply;

use crate::command::Ask;
use crate::gate::Line;
use crate::reply::Unreadable;
use queue::{Closed, Queue};
use request::{Channel, Request, Ticket};

/// What session and driver share.
#[derive(Debug)]
struct Shared {
    options: Options,
    queue: Queue,
    link: watch::Sender<Link>,
    counts: counts::Counters,
    console: console::Inbox,
    /// Somebody knows that an attempt is worth it now.
    hurry: Notify,
    /// One driver at a time.
    driving: tokio::sync::Mutex<()>,
}

/// Ends the driver when the last session is dropped.
#[derive(Debug)]
struct Handle(Arc<Shared>);

impl Drop for Handle {
    fn drop(&mut self) {
        self.0.queue.close();
    }
}

/// The way to one server.
#[derive(Debug, Clone)]
pub struct Session {
    handle: Arc<Handle>,
}

impl Session {
    /// Makes a session and the driver that has to [run](Driver::run) for anything to happen. Opens nothing yet.
    #[must_use]
    pub fn new(options: Options) -> (Self, Driver) {
        let shared = Arc::new(Shared {
            queue: Queue::new(options.queue_length),
            options,
            link: watch::Sender::new(Link::Connecting),
            counts: counts::Counters::default(),
            console: console::Inbox::default(),
            hurry: Notify::new(),
            driving: tokio::sync::Mutex::new(()),
        });
        let handle = Arc::new(Handle(Arc::clone(&shared)));
        (Self { handle }, Driver::new(shared))
    }

    /// Sends a question or a change of a known type and reads its reply. The outer error says that there is none, the
    /// inner one that it was not understood.
    ///
    /// # Errors
    /// [`Failure`].
    pub async fn ask<A: Ask>(
        &self,
        ask: &A,
        priority: Priority,
    ) -> Result<Result<A::Answer, Unreadable>, Failure> {
        let command = ask.command().map_err(NotSent::Refused)?;
        let reply = self.send(command, priority).await?;
        Ok(ask.read(&reply.text()))
    }

    /// Sends a line that passed the gate and waits for its reply, as long as the options say.
    ///
    /// # Errors
    /// [`Failure`].
    pub async fn send(&self, line: impl Into<Line>, priority: Priority) -> Result<Reply, Failure> {
        let within = self.shared().options.deadlines.reply;
        self.send_within(line, priority, within).await
    }

    /// The same with a deadline of its own, which covers the wait in the queue as well.
    ///
    /// # Errors
    /// [`Failure`].
    pub async fn send_within(
        &self,
        line: impl Into<Line>,
        priority: Priority,
        within: Duration,
    ) -> Result<Reply, Failure> {
        self.request(line.into(), priority, within, Channel::Own).await
    }

    /// Whether both are the way through the same connection.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.handle, &other.handle)
    }

    /// The game's console, through this session's connection. Have one at a time: what one has fetched no other sees.
    #[must_use]
    pub fn console(&self) -> Console {
        Console::new(self.clone())
    }

    async fn request(
        &self,
        line: Line,
        priority: Priority,
        within: Duration,
        channel: Channel,
    ) -> Result<Reply, Failure> {
        let shared = self.shared();
        shared.options.policy.admit(&line).map_err(NotSent::Refused)?;
        self.is_hopeless()?;
        let (answer, answered) = oneshot::channel();
        let ticket = Ticket::new();
        let deadline = Instant::now() + within;
        shared.queue.push(
            Request {
                line,
                channel,
                deadline,
                answer,
                ticket: Arc::clone(&ticket),
            },
            priority,
        )?;
        // Dropping this future withdraws the request if it has not left.
        let _withdrawal = ticket.withdrawn_on_drop();
        match timeout_at(deadline, answered).await {
            Ok(Ok(outcome)) => outcome,
            // The driver is gone: it panicked or was stopped.
            Ok(Err(_)) => Err(ticket.give_up(NotSent::Closed, Lost::Disconnected)),
            Err(_) => Err(ticket.give_up(self.late(), Lost::Deadline)),
        }
    }

    /// How the connection is now, and every change of it.
    #[must_use]
    pub fn link(&self) -> watch::Receiver<Link> {
        self.shared().link.subscribe()
    }

    /// Asks for an attempt to connect now, as when the game is known to have just started: the pause before the next one
    /// ends, and the pauses after it are short again. Called however often, attempts stay a second apart, and the minute
    /// after a refused password is waited out. Does nothing while the connection is [`Link::Up`].
    pub fn try_now(&self) {
        if *self.shared().link.borrow() != Link::Up {
            self.shared().hurry.notify_one();
        }
    }

    /// What has been counted since the session was made.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.shared().counts.read()
    }

    /// What this server's configuration allows.
    #[must_use]
    pub fn policy(&self) -> &crate::gate::Policy {
        &self.shared().options.policy
    }

    fn shared(&self) -> &Shared {
        &self.handle.0
    }

    /// A request is not kept while the last attempt to connect has failed: its caller is told at once.
    fn is_hopeless(&self) -> Result<(), NotSent> {
        match &*self.shared().link.borrow() {
            Link::Down { why, .. } => Err(NotSent::Down(why.clone())),
            Link::Closed => Err(NotSent::Closed),
            Link::Connecting | Link::Up | Link::Silent { .. } => Ok(()),
        }
    }

    /// Why a request did not get its turn in time.
    fn late(&self) -> NotSent {
        match &*self.shared().link.borrow() {
            Link::Silent { .. } => NotSent::Silent,
            _ => NotSent::Deadline,
        }
    }
}

impl From<Closed> for Failure {
    fn from(closed: Closed) -> Self {
        Self::NotSent(match closed {
            Closed::Full => NotSent::QueueFull,
            Closed::Ended => NotSent::Closed,
        })
    }
}
