//! What the audit log says of a command.
//!
//! Owns the rows: one before a command leaves, one when its end is known, one for what somebody may not. Secrets are taken
//! out of the line. A command that cannot be noted before is not sent. Fails when the store fails.

use isr_core::masks::Masks;
use isr_core::source::ServerTag;
use isr_core::text::clean;
use isr_discord::gateway::event::{Interaction, Member};
use isr_store::{AuditEntry, AuditKind, CommitError, Person, Store};

use super::tell::Reply;
use crate::relay::audits::Audits;

/// Characters of a name that are kept.
const LONGEST_NAME: usize = 64;

/// One command and who gave it.
#[derive(Debug, Clone)]
pub(super) struct Note {
    /// What never stands in the log.
    masks: Masks,
    /// Told of every row.
    audits: Audits,
    pub(super) person: Person,
    pub(super) command: String,
    pub(super) server: Option<ServerTag>,
    pub(super) line: Option<String>,
}

impl Note {
    pub(super) fn of(
        (masks, audits): (&Masks, &Audits),
        interaction: &Interaction,
        member: &Member,
        command: String,
    ) -> Self {
        Self {
            masks: masks.clone(),
            audits: audits.clone(),
            person: Person {
                id: Some(member.user.id),
                name: clean(&name_of(member)).chars().take(LONGEST_NAME).collect(),
                guild: interaction.guild,
                channel: interaction.channel,
            },
            command,
            server: None,
            line: None,
        }
    }

    fn entry(&self, at_ms: i64, kind: AuditKind, outcome: &str, answer: Option<String>) -> AuditEntry {
        let masked = |text: &str| self.masks.apply(text).into_owned();
        AuditEntry {
            at_ms,
            kind,
            person: Person {
                name: masked(&self.person.name),
                ..self.person.clone()
            },
            server: self.server.clone(),
            command: masked(&self.command),
            line: self.line.as_deref().map(masked),
            outcome: outcome.to_owned(),
            answer: answer.as_deref().map(masked),
        }
    }

    /// The command is about to leave. Durable when this returns.
    pub(super) async fn sent(&self, store: &Store, at_ms: i64) -> Result<i64, CommitError> {
        let noted = store
            .audit(self.entry(at_ms, AuditKind::Sent, "sent", None))
            .await;
        self.audits.ring();
        noted
    }

    /// Its end is known.
    pub(super) async fn ended(
        &self,
        store: &Store,
        at_ms: i64,
        of: i64,
        reply: &Reply,
        answer: Option<String>,
    ) {
        let entry = self.entry(at_ms, AuditKind::Ended { of }, reply.outcome, answer);
        if let Err(error) = store.audit(entry).await {
            tracing::error!(%error, command = %self.command, outcome = reply.outcome, "audit_end_not_kept");
        }
        self.audits.ring();
    }

    /// Somebody wanted what they may not.
    pub(super) async fn refused(&self, store: &Store, at_ms: i64) {
        let entry = self.entry(at_ms, AuditKind::Refused, "refused", None);
        if let Err(error) = store.audit(entry).await {
            tracing::error!(%error, command = %self.command, "audit_refusal_not_kept");
        }
        self.audits.ring();
    }
}

/// The name that people see of a member.
pub(super) fn name_of(member: &Member) -> String {
    let shown = member.nick.clone().or_else(|| member.user.shown_name.clone());
    shown
        .filter(|name| !name.trim().is_empty())
        .unwrap_or_else(|| member.user.name.clone())
}
