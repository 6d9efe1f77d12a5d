//! Messages whose answer was lost: repeated exactly, where the destination recognises what it has.
//!
//! Owns that a second attempt has the same deliveries, and so the same nonce, as the first: as it was, as long as this lane
//! runs; after a kill the same deliveries, for their number is noted before an attempt begins (where it is not clear from
//! which of them are in flight). Must not know why an answer was lost. Fails never: where the deliveries are not there any
//! more, what is left is posted as usual.

use std::time::Duration;

use isr_core::fold::Moment;
use isr_core::quiet::Board;
use isr_store::{Settlement, Verdict};

use super::Lane;
use crate::relay::compose::{Composed, Composer, compose};
use crate::relay::sink::Sink;

/// A message of which nobody knows whether it was posted.
#[derive(Debug)]
pub(super) struct Unanswered {
    /// The numbers of its deliveries.
    rows: Vec<i64>,
    composed: Composed,
}

impl<S: Sink> Lane<S> {
    /// Whether the first delivery may stand in the destination, which will recognise it.
    pub(super) fn repeats(&self) -> bool {
        self.sink.recognises_repeats() && self.held.front().is_some_and(|row| row.uncertain)
    }

    /// How many of the first deliveries have to go out together.
    pub(super) fn together(&self) -> Option<usize> {
        let first = self.held.front().filter(|_| self.repeats())?;
        let known = self.unanswered.as_ref();
        match known.filter(|known| known.rows.first() == Some(&first.seq)) {
            Some(known) => Some(known.rows.len()),
            None => first.attempt_rows.and_then(|rows| usize::try_from(rows).ok()),
        }
    }

    /// How many deliveries of a message that is repeated are not held yet.
    pub(super) fn missing(&self) -> usize {
        let together = self.together().unwrap_or_default();
        together.saturating_sub(self.held.len())
    }

    /// The message of the first deliveries.
    pub(super) fn next_message(&self) -> Option<Composed> {
        let mut composed = match self.together() {
            _ if self.alone > 0 => self.composed(1),
            Some(rows) => return self.repeated().or_else(|| self.marked(self.composed_of(rows))),
            None => self.composed(self.sharing()),
        };
        composed = composed.or_else(|| self.composed(1));
        self.marked(composed)
    }

    fn composed(&self, most: usize) -> Option<Composed> {
        let composer = Composer {
            board: &self.board,
            quiet: &self.options.quiet,
            moment: self.moment(),
            clock: self.clock(),
        };
        compose(self.held.iter().take(most), composer)
    }

    /// A mark of this store: another program of the same bot makes other ones of the same deliveries.
    fn marked(&self, composed: Option<Composed>) -> Option<Composed> {
        composed.map(|mut composed| {
            let nonce = composed.message.nonce.take();
            composed.message.nonce = nonce.map(|nonce| nonce.mixed_with(self.store.identity()));
            composed
        })
    }

    /// The message as it was.
    fn repeated(&self) -> Option<Composed> {
        let known = self.unanswered.as_ref()?;
        let held = self.held.iter().map(|row| row.seq);
        let is_whole = held.take(known.rows.len()).eq(known.rows.iter().copied());
        let is_possible = known
            .composed
            .message
            .username
            .as_ref()
            .is_none_or(|name| self.sink.posts_under(name));
        (is_whole && is_possible).then(|| known.composed.clone())
    }

    /// A message of exactly these deliveries, rather without their times than without one of them. What else stands in the
    /// destination was not known at the first attempt, or is no more.
    fn composed_of(&self, rows: usize) -> Option<Composed> {
        let timeless = Moment {
            late_after: Duration::MAX,
            ..self.moment()
        };
        let exact = [self.moment(), timeless].into_iter().find_map(|moment| {
            let composer = Composer {
                board: &Board::default(),
                quiet: &self.options.quiet,
                moment,
                clock: self.clock(),
            };
            compose(self.held.iter().take(rows), composer).filter(|composed| composed.taken.len() == rows)
        });
        exact.or_else(|| self.composed(self.sharing()))
    }

    /// Notes how many deliveries are in the message that is about to be sent, where that is not clear after a kill.
    pub(super) async fn note_attempt(&mut self, composed: &Composed) {
        let others = self.held.len() > 1;
        let Some(first) = self.held.front_mut() else {
            return;
        };
        let rows = u32::try_from(composed.taken.len()).ok();
        let is_clear = !others && !first.uncertain && first.attempt_rows.is_none();
        let Some(count) =
            rows.filter(|_| self.sink.recognises_repeats() && !is_clear && first.attempt_rows != rows)
        else {
            return;
        };
        first.attempt_rows = rows;
        let seq = first.seq;
        let verdict = Verdict::Attempting { rows: count };
        self.settle(vec![Settlement { seq, verdict }]).await;
    }

    /// Keeps what is to be repeated. Before its deliveries are given back.
    pub(super) fn keep_unanswered(&mut self, composed: Composed) {
        if self.sink.recognises_repeats() {
            let held = self.held.iter().take(composed.taken.len());
            let rows = held.map(|row| row.seq).collect();
            self.unanswered = Some(Unanswered { rows, composed });
        }
    }
}
