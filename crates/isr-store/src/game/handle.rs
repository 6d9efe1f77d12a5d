//! The store's handle, as far as games are concerned.
//!
//! Owns nothing: each method asks the writer.

use super::{AlertChange, AlertRow, CardPlace, CardState, Maintenance, SampleRow};
use crate::command::Command;
use crate::error::CommitError;
use crate::ingest::Committed;
use crate::store::Store;

impl Store {
    /// Keeps what was seen of servers in a minute; a minute that is kept already is written anew.
    ///
    /// # Errors
    /// [`CommitError`]; none of them is kept then.
    pub async fn record_samples(&self, rows: Vec<SampleRow>) -> Result<(), CommitError> {
        if rows.is_empty() {
            return Ok(());
        }
        self.ask(|answer| Command::Samples { rows, answer }).await
    }

    /// What the rules of alerts remember.
    ///
    /// # Errors
    /// [`CommitError`] when the store cannot be read.
    pub async fn alerts(&self) -> Result<Vec<AlertRow>, CommitError> {
        self.ask(|answer| Command::Alerts { answer }).await
    }

    /// Changes what rules remember and puts the posts that tell of it into the outbox, in one transaction.
    ///
    /// # Errors
    /// [`CommitError`]; nothing of it is in the store then, except after [`CommitError::SyncFailed`].
    pub async fn change_alerts(&self, changes: Vec<AlertChange>) -> Result<Committed, CommitError> {
        if changes.is_empty() {
            return Ok(Committed::default());
        }
        self.ask(|answer| Command::ChangeAlerts { changes, answer }).await
    }

    /// Where a card is.
    ///
    /// # Errors
    /// [`CommitError`] when the store cannot be read.
    pub async fn card(&self, place: &CardPlace) -> Result<CardState, CommitError> {
        let place = place.clone();
        self.ask(|answer| Command::Card { place, answer }).await
    }

    /// Notes where a card is. A card that is begun again while the answer to its first request is not known is counted
    /// under [`RULE_CARD_UNCERTAIN`](crate::RULE_CARD_UNCERTAIN).
    ///
    /// # Errors
    /// [`CommitError`]; nothing is noted then.
    pub async fn keep_card(&self, place: &CardPlace, state: CardState) -> Result<(), CommitError> {
        let place = place.clone();
        self.ask(|answer| Command::KeepCard { place, state, answer })
            .await
    }

    /// The planned work, past or not, as an operator wrote it down last.
    ///
    /// # Errors
    /// [`CommitError`] when the store cannot be read.
    pub async fn maintenance(&self) -> Result<Vec<Maintenance>, CommitError> {
        self.ask(|answer| Command::Maintenance { answer }).await
    }
}
