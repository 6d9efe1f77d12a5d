//! The one task behind a session: connect, serve, wait, again, for ever.
//!
//! Owns when an attempt is made and what waiting requests are told when it fails. Ends when the last session is dropped.
//! Should it panic, it may be run again: what was on its way is told as unknown, what waits is kept.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

use super::backoff::Backoff;
use super::counts::count;
use super::failure::NotSent;
use super::link::{Down, Link};
use super::login::{Connection, connect};
use super::serving::Serving;
use super::{Failure, Shared};

/// However often somebody asks for an attempt, the next one begins so long after the last has failed.
const LEAST_APART: Duration = Duration::from_secs(1);

/// The wait for the next attempt.
struct Pause {
    until: Instant,
    /// From then on it ends when somebody asks for it.
    may_end_from: Instant,
}

/// Drives one session. Spawn [`Driver::run`]; without it nothing is sent.
#[derive(Debug)]
pub struct Driver {
    shared: Arc<Shared>,
}

impl Driver {
    pub(super) const fn new(shared: Arc<Shared>) -> Self {
        Self { shared }
    }

    /// Works until the last session is dropped. Running it twice at a time is harmless: the second waits for the first.
    pub async fn run(&self) {
        let _alone = self.shared.driving.lock().await;
        let mut backoff = Backoff::new();
        // One that died may have left another word behind.
        self.shared.link.send_replace(Link::Connecting);
        while !self.shared.queue.is_closed() {
            let pause = self.attempt(&mut backoff).await;
            self.wait(pause, &mut backoff).await;
        }
        self.shared.link.send_replace(Link::Closed);
        self.refuse_all(&NotSent::Closed);
    }

    /// One connection from its beginning to its end. Says when to make the next.
    async fn attempt(&self, backoff: &mut Backoff) -> Pause {
        count(&self.shared.counts.attempts);
        let connected = tokio::select! {
            connected = connect(&self.shared.options) => connected,
            () = self.closed() => return Pause::of(Duration::ZERO),
        };
        match connected {
            Ok(connection) => self.serve(connection, backoff).await,
            Err(why) => self.note(why, backoff),
        }
    }

    async fn serve(&self, connection: Connection, backoff: &mut Backoff) -> Pause {
        count(&self.shared.counts.logins);
        self.shared.link.send_replace(Link::Up);
        let mut serving = Serving::new(&self.shared, connection);
        serving.run().await;
        if serving.has_answered() {
            backoff.reset();
        }
        // Requests are kept until the next attempt has failed: a server that restarts quickly costs nobody an error.
        self.shared.link.send_replace(Link::Connecting);
        Pause::of(backoff.next_pause())
    }

    fn note(&self, why: Down, backoff: &mut Backoff) -> Pause {
        let pause = match why {
            Down::WrongPassword { .. } => Pause::in_full(backoff.wrong_password_pause()),
            _ => Pause::of(backoff.next_pause()),
        };
        self.shared.link.send_replace(Link::Down {
            why: why.clone(),
            next_attempt: pause.until,
        });
        self.refuse_all(&NotSent::Down(why));
        pause
    }

    fn refuse_all(&self, reason: &NotSent) {
        for request in self.shared.queue.drain() {
            // Nobody listens any more when this fails.
            drop(request.answer.send(Err(Failure::NotSent(reason.clone()))));
        }
    }

    async fn wait(&self, pause: Pause, backoff: &mut Backoff) {
        let hurried = async {
            self.shared.hurry.notified().await;
            sleep_until(pause.may_end_from).await;
        };
        tokio::select! {
            () = sleep_until(pause.until) => {}
            () = hurried, if pause.may_end_from < pause.until => backoff.reset(),
            () = self.closed() => {}
        }
    }

    async fn closed(&self) {
        while !self.shared.queue.is_closed() {
            self.shared.queue.changed().await;
        }
    }
}

impl Pause {
    fn of(pause: Duration) -> Self {
        let now = Instant::now();
        Self {
            until: now + pause,
            may_end_from: now + pause.min(LEAST_APART),
        }
    }

    /// One that nobody can shorten.
    fn in_full(pause: Duration) -> Self {
        let until = Instant::now() + pause;
        Self {
            until,
            may_end_from: until,
        }
    }
}
