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
            let next_attempt = self.attempt(&mut backoff).await;
            self.wait_until(next_attempt).await;
        }
        self.shared.link.send_replace(Link::Closed);
        self.refuse_all(&NotSent::Closed);
    }

    /// One connection from its beginning to its end. Says when to make the next.
    async fn attempt(&self, backoff: &mut Backoff) -> Instant {
        count(&self.shared.counts.attempts);
        let connected = tokio::select! {
            connected = connect(&self.shared.options) => connected,
            () = self.closed() => return Instant::now(),
        };
        match connected {
            Ok(connection) => self.serve(connection, backoff).await,
            Err(why) => self.note(why, backoff),
        }
    }

    async fn serve(&self, connection: Connection, backoff: &mut Backoff) -> Instant {
        count(&self.shared.counts.logins);
        self.shared.link.send_replace(Link::Up);
        let mut serving = Serving::new(&self.shared, connection);
        serving.run().await;
        if serving.has_answered() {
            backoff.reset();
        }
        // Requests are kept until the next attempt has failed: a server that restarts quickly costs nobody an error.
        self.shared.link.send_replace(Link::Connecting);
        later(backoff.next_pause())
    }

    fn note(&self, why: Down, backoff: &mut Backoff) -> Instant {
        let next_attempt = later(match why {
            Down::WrongPassword { .. } => backoff.wrong_password_pause(),
            _ => backoff.next_pause(),
        });
        self.shared.link.send_replace(Link::Down {
            why: why.clone(),
            next_attempt,
        });
        self.refuse_all(&NotSent::Down(why));
        next_attempt
    }

    fn refuse_all(&self, reason: &NotSent) {
        for request in self.shared.queue.drain() {
            // Nobody listens any more when this fails.
            drop(request.answer.send(Err(Failure::NotSent(reason.clone()))));
        }
    }

    async fn wait_until(&self, next_attempt: Instant) {
        tokio::select! {
            () = sleep_until(next_attempt) => {}
            () = self.closed() => {}
        }
    }

    async fn closed(&self) {
        while !self.shared.queue.is_closed() {
            self.shared.queue.changed().await;
        }
    }
}

fn later(pause: Duration) -> Instant {
    Instant::now() + pause
}
