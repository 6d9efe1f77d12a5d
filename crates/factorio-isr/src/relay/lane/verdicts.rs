//! What becomes of deliveries after an attempt.
//!
//! Owns the passage from an outcome to verdicts in the store, and what is counted. Must not begin an attempt. Fails never:
//! verdicts are written until they are.

use std::time::Duration;

use isr_core::quiet::Taken;
use isr_core::source::ServerTag;
use isr_core::suppressed::RuleName;
use isr_store::{Settlement, Verdict};

use super::{Lane, STORE_PAUSE, millis, now_ms};
use crate::metrics::{DestinationLabel, OutcomeLabels, RuleLabels};
use crate::relay::compose::Composed;
use crate::relay::sink::{AttemptOutcome, OutgoingMessage, Sink};
use crate::status::DestinationState;

impl<S: Sink> Lane<S> {
    pub(super) async fn conclude(&mut self, composed: Composed, outcome: AttemptOutcome) {
        let count = composed.taken.len();
        let outcome = self.judged(outcome);
        self.count_attempt(count, &outcome);
        match outcome {
            AttemptOutcome::Delivered { message_id } => {
                let Composed { sheet, taken, .. } = composed;
                self.unanswered = None;
                self.board.posted(message_id, sheet, self.clock());
                self.settle_accepted(taken, message_id).await;
                tracing::info!(destination = %self.options.label, lines = count, "message_sent");
            }
            AttemptOutcome::NotAccepted { why, back_off } => {
                self.again(count, why, Certainty::NotAccepted, back_off).await
            }
            AttemptOutcome::Uncertain { why } => {
                // It may stand there, below everything else.
                self.board.posted(None, None, self.clock());
                self.keep_unanswered(composed);
                self.unanswered(count, why).await;
            }
            // It was judged above.
            AttemptOutcome::AlreadyGone => {}
            AttemptOutcome::Closed { why } => {
                self.unanswered = None;
                self.closed(why).await;
            }
            AttemptOutcome::Rejected { why } => {
                self.unanswered = None;
                self.rejected(&composed.message, count, why).await;
            }
        }
    }

    /// What is gone can only have been there when it was sent before.
    fn judged(&self, outcome: AttemptOutcome) -> AttemptOutcome {
        let is_repetition = self.held.front().is_some_and(|row| row.uncertain);
        match outcome {
            AttemptOutcome::AlreadyGone if is_repetition => AttemptOutcome::Delivered { message_id: None },
            AttemptOutcome::AlreadyGone => AttemptOutcome::Rejected {
                why: "the destination says that the message is gone, which was not sent before".to_owned(),
            },
            other => other,
        }
    }

    /// The first deliveries are shown by this message.
    pub(super) async fn settle_accepted(&mut self, taken: Vec<Taken>, message_id: Option<u64>) {
        let now = now_ms();
        let done: Vec<_> = self.held.drain(..taken.len()).collect();
        let waits: Vec<_> = done
            .iter()
            .map(|row| Duration::from_millis(now.saturating_sub(row.seen_ms).max(0).unsigned_abs()))
            .collect();
        let mut merged = Vec::new();
        let settlements = done.into_iter().zip(taken).map(|(row, taken)| Settlement {
            seq: row.seq,
            verdict: match taken {
                Taken::Added => Verdict::Delivered { message_id },
                Taken::Merged(rule) => {
                    merged.push((row.server, rule.clone()));
                    Verdict::Merged { message_id, rule }
                }
            },
        });
        let settlements = settlements.collect();
        self.settle(settlements).await;
        self.count_merged(merged);
        self.metrics
            .count_delivered(&self.options.label, waits.into_iter());
        self.alone = self.alone.saturating_sub(1);
        self.backoff.reset();
        self.show(DestinationState::Working);
    }

    /// The first deliveries were told by somebody else.
    pub(super) async fn let_go(&mut self, count: usize, rule: &RuleName) {
        let gone: Vec<_> = self.held.drain(..count).collect();
        let settlements = gone.iter().map(|row| Settlement {
            seq: row.seq,
            verdict: Verdict::Merged {
                message_id: None,
                rule: rule.clone(),
            },
        });
        self.settle(settlements.collect()).await;
        self.count_merged(gone.into_iter().map(|row| (row.server, rule.clone())).collect());
    }

    fn count_merged(&self, merged: Vec<(ServerTag, RuleName)>) {
        for (server, rule) in merged {
            let labels = RuleLabels {
                server: server.to_string(),
                rule: rule.as_str().to_owned(),
            };
            self.metrics.suppressed.get_or_create(&labels).inc();
        }
    }

    /// Leaves deliveries of which nobody knows whether they are shown for another attempt, which counts as one of these.
    pub(super) async fn unanswered(&mut self, taken: usize, why: &'static str) {
        self.again(taken, why, Certainty::Unknown, true).await;
    }

    /// The message that the first delivery changes shows what it showed, or the new already: changing it again is harmless.
    pub(super) async fn not_changed(&mut self, why: &'static str) {
        self.again(1, why, Certainty::NotAccepted, true).await;
    }

    /// Leaves the deliveries at the head of the lane for another attempt.
    async fn again(&mut self, taken: usize, why: &'static str, certainty: Certainty, back_off: bool) {
        let uncertain = matches!(certainty, Certainty::Unknown);
        let verdict = |index| {
            if index < taken {
                Verdict::Retry { uncertain }
            } else {
                Verdict::Unsent
            }
        };
        let rows = self.held.drain(..).enumerate();
        let settlements = rows
            .map(|(index, row)| Settlement {
                seq: row.seq,
                verdict: verdict(index),
            })
            .collect();
        self.settle(settlements).await;
        self.show(DestinationState::Retrying(why));
        if back_off {
            let pause = self.backoff.next_pause();
            tracing::warn!(destination = %self.options.label, why, pause_ms = millis(pause), "attempt_failed");
            self.pause(pause).await;
        }
    }

    /// One message was refused for good: alone it is given up, in company the culprit is looked for.
    async fn rejected(&mut self, message: &OutgoingMessage, taken: usize, why: String) {
        if taken > 1 {
            tracing::warn!(destination = %self.options.label, lines = message.lines, why, "message_refused: its lines are sent one by one");
            self.alone = taken;
            return;
        }
        let Some(row) = self.held.pop_front() else { return };
        tracing::error!(
            destination = %self.options.label, number = row.seq, kind = row.kind, why,
            "delivery_given_up: see `factorio-isr outbox list --state dead`"
        );
        self.metrics
            .count_given_up(&self.options.label, &self.metrics.dead_lettered, 1);
        self.alone = self.alone.saturating_sub(1);
        self.settle(vec![Settlement {
            seq: row.seq,
            verdict: Verdict::Dead { reason: why },
        }])
        .await;
    }

    /// Nothing is taken there any more: trying each message once would be refused as often as there are messages.
    async fn closed(&mut self, why: &'static str) {
        let mut count = 0;
        self.alone = 0;
        while !self.held.is_empty() && !self.stop.is_stopping() {
            let gone: Vec<_> = self.held.drain(..).collect();
            count += gone.len();
            let settlements = gone.into_iter().map(|row| Settlement {
                seq: row.seq,
                verdict: Verdict::Dead {
                    reason: why.to_owned(),
                },
            });
            self.settle(settlements.collect()).await;
            self.claim().await;
        }
        tracing::warn!(destination = %self.options.label, count, why, "destination_closed: what waited for it is given up");
        self.metrics
            .count_given_up(&self.options.label, &self.metrics.dead_lettered, count as u64);
    }

    /// Writes verdicts; goes on trying until they are written, for nothing may be sent again meanwhile.
    pub(super) async fn settle(&self, settlements: Vec<Settlement>) {
        loop {
            match self.store.settle(settlements.clone()).await {
                Ok(()) => return,
                Err(error) if error.is_fatal() => return self.stop.clone().stopping().await,
                Err(error) => {
                    tracing::error!(destination = %self.options.label, error = &error as &dyn std::error::Error, "settle_failed");
                    tokio::time::sleep(STORE_PAUSE).await;
                }
            }
        }
    }

    fn count_attempt(&self, taken: usize, outcome: &AttemptOutcome) {
        let name = match outcome {
            AttemptOutcome::Delivered { .. } | AttemptOutcome::AlreadyGone => "delivered",
            AttemptOutcome::NotAccepted { .. } => "not_accepted",
            AttemptOutcome::Uncertain { .. } => "uncertain",
            AttemptOutcome::Closed { .. } | AttemptOutcome::Rejected { .. } => "rejected",
        };
        self.count_resent(taken);
        self.metrics
            .attempts
            .get_or_create(&OutcomeLabels {
                destination: self.options.label.clone(),
                outcome: name,
            })
            .inc();
    }

    /// Counts what may be shown twice now.
    pub(super) fn count_resent(&self, taken: usize) {
        let resent = self.held.iter().take(taken).filter(|row| row.uncertain).count();
        if resent > 0 {
            let label = DestinationLabel {
                destination: self.options.label.clone(),
            };
            self.metrics
                .uncertain_resends
                .get_or_create(&label)
                .inc_by(resent as u64);
        }
    }
}

/// Whether an attempt that failed may have been accepted all the same.
enum Certainty {
    NotAccepted,
    Unknown,
}
