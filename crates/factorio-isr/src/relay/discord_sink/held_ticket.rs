//! A ticket of the limiter while its request is on the way.
//!
//! Owns that it is handed back whatever happens: whoever asks may be dropped in the middle, as at a reload or a lost session,
//! and a ticket that nobody hands back stops everything for two minutes where it was the one that tries whether a limit is over.
//! Must not know what is asked. Cannot fail.

use isr_discord::{Attempt, Ticket};

use super::SharedLimiter;

/// Handed back with [`Self::observe`], or as unknown when it is dropped.
#[derive(Debug)]
pub(crate) struct HeldTicket<'a> {
    limiter: &'a SharedLimiter,
    ticket: Option<Ticket>,
}

impl<'a> HeldTicket<'a> {
    pub(super) fn new(limiter: &'a SharedLimiter, ticket: Ticket) -> Self {
        Self {
            limiter,
            ticket: Some(ticket),
        }
    }

    /// Tells the limiter what became of the request.
    pub(crate) fn observe(mut self, attempt: &Attempt) {
        if let Some(ticket) = self.ticket.take() {
            self.limiter
                .with(|limiter, now| limiter.observe(ticket, attempt, now));
        }
    }
}

impl Drop for HeldTicket<'_> {
    fn drop(&mut self) {
        if let Some(ticket) = self.ticket.take() {
            self.limiter.with(|limiter, now| limiter.abandon(ticket, now));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use isr_discord::{Admission, LimitScope, Outcome, Readiness, Route};
    use isr_testkit::discord::FakeDiscord;

    use super::*;
    use crate::relay::discord_sink::tests::account;

    #[tokio::test]
    async fn whoever_is_dropped_with_a_question_on_its_way_stops_nobody_else() {
        let discord = FakeDiscord::start().await.unwrap();
        let (limiter, client) = (SharedLimiter::new(), account(&discord).client);
        let (asked, waits) = (client.lane(1), client.lane(2));
        let limited = Attempt {
            outcome: Outcome::RateLimited {
                retry_after: Duration::from_millis(1),
                scope: LimitScope::Global,
            },
            signals: isr_discord::RateSignals::default(),
            status: Some(429),
            took: Duration::ZERO,
        };
        let admit = || {
            limiter.with(|limiter, now| match limiter.admit_on(&asked, Route::Read, now) {
                Admission::Go(ticket) => Some(ticket),
                _ => None,
            })
        };
        limiter.hold(admit().unwrap()).observe(&limited);
        let ready = || {
            limiter
                .with(|limiter, now| limiter.ready_in_passing(&waits, Route::Read, now) == Readiness::Ready)
        };
        let probe = loop {
            tokio::task::yield_now().await;
            if let Some(ticket) = admit() {
                break limiter.hold(ticket);
            }
        };
        assert!(!ready(), "one request tries whether the limit is over");
        drop(probe);
        assert!(ready());
    }
}
