//! What a lane takes from the outbox.
//!
//! Owns how many deliveries are held, which of the first may share a message, and that those which waited for too long are
//! given up. Must not know what becomes of a message. Fails never: a store that cannot be reached is tried again.

use isr_core::delivery::{ClaimedDelivery, Form};
use isr_core::text::CONTENT_LIMIT;
use isr_store::{ClaimLimits, Settlement, Verdict};

use super::{Lane, STORE_PAUSE, millis, now_ms};
use crate::relay::sink::Sink;

/// At most so many deliveries are claimed at once.
const ROWS_PER_CLAIM: usize = 200;
/// At most so many are held: equal ones, which become one line, wait here to be counted together.
pub(super) const MOST_HELD: usize = 1000;
/// More that wait stand under no names of their own: each change of the speaker would be a message, and a channel takes so
/// many at once, then one in two seconds.
const MOST_UNDER_NAMES: u64 = 30;
/// A message that has less room than this is not filled up further: a claim costs a commit.
const WORTH_CLAIMING: usize = 200;

impl<S: Sink> Lane<S> {
    /// So many of the first deliveries may share a message: up to the one that changes a message of its own. What may stand
    /// there already is repeated without company where the destination recognises it.
    pub(super) fn sharing(&self) -> usize {
        let Some(first) = self.held.front() else { return 0 };
        let recognises = self.sink.recognises_repeats();
        let is_alike = |row: &ClaimedDelivery| row.uncertain == first.uncertain && row.attempt_rows.is_none();
        let shares = |row: &&ClaimedDelivery| row.changes.is_none() && (is_alike(row) || !recognises);
        self.held.iter().skip(1).take_while(shares).count() + 1
    }

    /// Fills `held` up to one message; tells how many came. Late marks leave a rest of the last claim.
    pub(super) async fn claim(&mut self) -> usize {
        let room = MOST_HELD.saturating_sub(self.held.len());
        let limits = match self.missing() {
            0 => ClaimLimits {
                rows: ROWS_PER_CLAIM.min(room),
                code_points: CONTENT_LIMIT.saturating_sub(self.held_code_points()),
            },
            // Whatever fills a message that is repeated.
            missing => ClaimLimits {
                rows: missing.min(room),
                code_points: usize::MAX,
            },
        };
        if limits.rows == 0 || limits.code_points < WORTH_CLAIMING && !self.held.is_empty() {
            return 0;
        }
        match self
            .store
            .claim(&self.options.destination, limits, now_ms())
            .await
        {
            Ok(claimed) => {
                let count = claimed.len();
                self.held.extend(claimed);
                count
            }
            Err(error) if error.is_fatal() => {
                self.stop.stopping().await;
                0
            }
            Err(error) => {
                tracing::warn!(destination = %self.options.label, error = &error as &dyn std::error::Error, "claim_failed");
                self.pause(STORE_PAUSE).await;
                0
            }
        }
    }

    /// How much of a message is held. Equal lines below each other count once: mostly they become one.
    fn held_code_points(&self) -> usize {
        let mut before = None;
        let lengths = self.held.iter().map(|row| {
            let is_new = before.replace(&row.text) != Some(&row.text);
            if is_new { row.text.chars().count() + 1 } else { 0 }
        });
        lengths.sum()
    }

    /// Who cannot speak under their own name is named in the text. So is whoever waits behind many, and whoever shares a
    /// message that may stand there: it was the same when that was posted, whatever a new start knows of it.
    pub(super) fn name_speakers(&mut self) {
        let together = self.together().unwrap_or_default();
        let mut names = self.held.iter().take(together).map(|row| &row.username);
        let is_of_one = names.next().is_none_or(|first| names.all(|name| name == first));
        let is_crowded = self.sink.may_name_speakers() && self.waiting() > MOST_UNDER_NAMES;
        let rows = self.held.iter_mut().enumerate();
        for (index, row) in rows.filter(|(_, row)| row.form == Form::Line) {
            let is_named = is_crowded || index < together && !is_of_one;
            let Some(name) = row
                .username
                .take_if(|name| is_named || !self.sink.posts_under(name))
            else {
                continue;
            };
            let words = &self.options.quiet.of(&row.server).words;
            row.text = words.spoken(&name, &row.text);
            self.names_speakers = true;
        }
    }

    /// Whether others may share the message of speakers who are named in it: a claim ends where the name changes.
    pub(super) fn shares_with_others(&self) -> bool {
        self.names_speakers && self.alone == 0 && self.together().is_none()
    }

    /// Gives up what has waited for too long.
    pub(super) async fn expire(&mut self) {
        let oldest = now_ms().saturating_sub(millis(self.options.give_up_after));
        let expired: Vec<_> = self
            .held
            .iter()
            .filter(|row| row.seen_ms < oldest)
            .map(|row| row.seq)
            .collect();
        if expired.is_empty() {
            return;
        }
        self.held.retain(|row| row.seen_ms >= oldest);
        self.metrics
            .count_given_up(&self.options.label, &self.metrics.expired, expired.len() as u64);
        tracing::warn!(destination = %self.options.label, count = expired.len(), "deliveries_given_up: they waited too long");
        self.settle(
            expired
                .into_iter()
                .map(|seq| Settlement {
                    seq,
                    verdict: Verdict::Expired,
                })
                .collect(),
        )
        .await;
    }
}
