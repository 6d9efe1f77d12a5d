//! Messages that are changed instead of posting others.
//!
//! Owns what becomes of an edit: made, put off where Discord lets us make it later, repeated where nobody knows whether it
//! was made (an edit may be made twice), or posted instead. Must not decide what is merged. Fails never.

use std::time::Duration;

use isr_core::delivery::Form;
use isr_core::quiet::{Change, Taken};
use isr_store::{Settlement, Verdict};
use tokio::time::Instant;

use super::Lane;
use crate::relay::sink::{Edit, EditOutcome, Sink};
use crate::status::DestinationState;

/// What follows in the lane waits for a change of a message no longer than this. Else it goes first.
const WORTH_WAITING: Duration = Duration::from_secs(5);
/// So many changes are put off at most; what follows waits for further ones.
const MOST_PUT_OFF: usize = 100;
/// An edit whose answer was lost is made so often at most; then what it was to tell is posted.
const MOST_EDITS: u32 = 5;

/// An edit of lines of which nobody knows whether it was made. Its deliveries are the first that are held.
#[derive(Debug)]
pub(super) struct Unconfirmed {
    change: Change,
    attempts: u32,
}

impl Unconfirmed {
    /// How many deliveries it tells.
    pub(super) fn rows(&self) -> usize {
        self.change.merged.len()
    }
}

impl<S: Sink> Lane<S> {
    /// Changes the message that the first delivery is about. Where Discord will never let us, it is posted instead; where
    /// it lets us later, that is waited for.
    pub(super) async fn change_message(&mut self, message_id: u64) {
        let Some(row) = self.held.front_mut() else { return };
        let edit = match row.form {
            Form::Embed => Edit::embed(row.text.clone()),
            Form::Line | Form::Alone | Form::Picture(_) => Edit::text(row.text.clone()),
        };
        match self.sink.edit(message_id, &edit).await {
            EditOutcome::Edited => {
                self.settle_accepted(vec![Taken::Added], Some(message_id)).await;
                tracing::info!(destination = %self.options.label, "message_edited");
            }
            EditOutcome::NotNow { why, after: None } | EditOutcome::Uncertain { why } => {
                self.not_changed(why).await;
            }
            EditOutcome::NotNow {
                after: Some(pause), ..
            } if pause <= WORTH_WAITING => self.pause(pause).await,
            EditOutcome::NotNow {
                after: Some(pause),
                why,
            } if self.put_off.len() < MOST_PUT_OFF => self.put_off(pause, why),
            EditOutcome::NotNow {
                after: Some(pause), ..
            } => self.pause(pause).await,
            EditOutcome::Gone => self.post_instead("the message is gone").await,
            EditOutcome::Refused { why } => self.post_instead(&why).await,
        }
    }

    /// Lets what follows go first.
    fn put_off(&mut self, pause: Duration, why: &str) {
        let Some(row) = self.held.pop_front() else { return };
        tracing::info!(destination = %self.options.label, why, seconds = pause.as_secs(), "message_not_edited: it waits");
        self.put_off.push((Instant::now() + pause, row));
    }

    pub(super) fn take_up_put_off(&mut self) {
        let now = Instant::now();
        let due = self.put_off.iter().position(|(due, _)| *due <= now);
        if let Some(due) = due {
            let (_, row) = self.put_off.remove(due);
            self.held.push_front(row);
        }
    }

    /// Written down first: a post, unlike an edit, may show twice what is sent again after a kill.
    async fn post_instead(&mut self, why: &str) {
        tracing::info!(destination = %self.options.label, why, "message_not_edited: posting instead");
        let Some(row) = self.held.front_mut() else { return };
        row.changes = None;
        let seq = row.seq;
        let verdict = Verdict::PostedInstead;
        self.settle(vec![Settlement { seq, verdict }]).await;
    }

    /// Changes a message of lines. Where that certainly fails, for whatever reason, what was to be told is posted.
    pub(super) async fn edit(&mut self, change: Change) {
        self.count_resent(change.merged.len());
        self.edit_again(Unconfirmed { change, attempts: 0 }).await;
    }

    /// Makes an edit, perhaps one that was made before: that changes nothing more.
    pub(super) async fn edit_again(&mut self, unconfirmed: Unconfirmed) {
        let Unconfirmed { change, attempts } = unconfirmed;
        let edit = Edit::text(change.sheet.content());
        let is_first = attempts == 0;
        match self.sink.edit(change.message_id, &edit).await {
            EditOutcome::Edited => {
                let taken = change.merged.iter().cloned().map(Taken::Merged).collect();
                let message_id = change.message_id;
                self.board.edited(change, self.clock());
                self.settle_accepted(taken, Some(message_id)).await;
                tracing::info!(destination = %self.options.label, "message_edited");
            }
            EditOutcome::Gone => self.not_edited(&change, "the message is gone").await,
            EditOutcome::NotNow { why, .. } if is_first => self.not_edited(&change, why).await,
            EditOutcome::Refused { why } if is_first => self.not_edited(&change, &why).await,
            EditOutcome::Refused { why } => {
                tracing::info!(destination = %self.options.label, why, "message_not_edited: posting instead");
                self.perhaps_edited(&change, "Discord refuses to change the message")
                    .await;
            }
            EditOutcome::NotNow {
                why,
                after: Some(pause),
            } if pause > WORTH_WAITING => self.perhaps_edited(&change, why).await,
            EditOutcome::NotNow { why, .. } | EditOutcome::Uncertain { why }
                if attempts + 1 >= MOST_EDITS =>
            {
                self.perhaps_edited(&change, why).await;
            }
            EditOutcome::NotNow { why, after } => {
                let attempts = attempts + 1;
                self.unconfirmed = Some(Unconfirmed { change, attempts });
                self.before_next_edit(why, after).await;
            }
            EditOutcome::Uncertain { why } => {
                let attempts = attempts + 1;
                self.unconfirmed = Some(Unconfirmed { change, attempts });
                self.before_next_edit(why, None).await;
            }
        }
    }

    async fn before_next_edit(&mut self, why: &'static str, after: Option<Duration>) {
        self.show(DestinationState::Retrying(why));
        let pause = after.unwrap_or_else(|| self.backoff.next_pause());
        tracing::info!(destination = %self.options.label, why, "message_perhaps_edited: the same edit is made again");
        self.pause(pause).await;
    }

    /// The message may tell it already, and its lines are posted all the same.
    async fn perhaps_edited(&mut self, change: &Change, why: &'static str) {
        self.board.forget(change.message_id);
        self.unanswered(change.merged.len(), why).await;
    }

    /// Another copy speaks here now; what the edit may have told is told, or let go, like everything else.
    pub(super) async fn leave_edit(&mut self, edit: &Unconfirmed) {
        self.perhaps_edited(&edit.change, "another copy speaks").await;
    }

    async fn not_edited(&mut self, change: &Change, why: &str) {
        tracing::info!(destination = %self.options.label, why, "message_not_edited: posting instead");
        self.board.forget(change.message_id);
        self.give_back().await;
    }
}
