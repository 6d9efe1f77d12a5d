//! The digests at the end of quiet hours.
//!
//! Owns when they are told, and their identity. Digest and held lines change places in one transaction, so that a kill
//! neither loses nor repeats a line. Must not know which hours are quiet: every held line carries its end. A failure is
//! logged, and the lines stay until the next look. While nothing is held it sleeps.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use isr_core::delivery::{DeliveryId, Form, KindName, NewDelivery, Pings};
use isr_core::digest::{DigestWords, HeldLine, digest};
use isr_core::source::{GenerationId, ServerTag};
use isr_core::suppressed::RuleName;
use isr_core::voice::Voice;
use isr_store::{HeldRow, IngestBatch, Store, Tally};

use super::lanes::Bells;
use super::moment::{self, now_ms};
use crate::config::Config;
use crate::metrics::{Metrics, RuleLabels};
use crate::supervisor::Stop;

/// The pause after the store could not be read or written.
const RETRY_MS: i64 = 5000;
/// What was read in the last moment of the hours is committed by then.
const GRACE_MS: i64 = 2000;
/// Turns the first line's number into the generation of a digest.
const DIGESTS: i64 = 0x1C69_B3F7_4AC4_AE35;

/// The rule of lines that a digest tells by their number only.
const RULE_QUIET_HOURS: RuleName = RuleName::fixed("quiet_hours");

/// The voices of the servers, in which their digests are told. Clones share them.
#[derive(Debug, Clone, Default)]
pub(super) struct Voices(Arc<Mutex<HashMap<ServerTag, Arc<Voice>>>>);

impl Voices {
    /// Goes by this configuration from now on.
    pub(super) fn follow(&self, config: &Config) {
        let servers = config.servers.iter();
        let voices = servers.map(|server| (server.tag.clone(), Arc::clone(&server.voice)));
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = voices.collect();
    }

    /// That of a server; the default one where the server is no longer configured.
    fn of(&self, server: &ServerTag) -> Arc<Voice> {
        let voices = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        voices.get(server).cloned().unwrap_or_default()
    }
}

/// What telling needs.
#[derive(Debug, Clone)]
pub(super) struct Teller {
    pub(super) store: Store,
    pub(super) bells: Bells,
    pub(super) metrics: Metrics,
    pub(super) voices: Voices,
}

/// Tells what was held back, whenever quiet hours have ended.
pub(super) async fn tell(teller: Teller, mut stop: Stop) {
    let mut due_ms = teller.due();
    while moment::near(due_ms, teller.bells.of_digests(), &mut stop).await {
        due_ms = teller.due();
        let now_ms = now_ms();
        if due_ms.is_some_and(|due| due <= now_ms) {
            due_ms = match teller.tell_due(now_ms).await {
                Outcome::Told => teller.due(),
                Outcome::NotTold => Some(now_ms.saturating_add(RETRY_MS)),
            };
        }
    }
}

/// Whether everything that was due is in the outbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Told,
    NotTold,
}

impl Teller {
    /// When the first digest is to be told.
    fn due(&self) -> Option<i64> {
        let ends = self.store.health().held_until_ms?;
        Some(ends.saturating_add(GRACE_MS))
    }

    /// Tells the lines whose quiet hours have ended.
    async fn tell_due(&self, now_ms: i64) -> Outcome {
        let rows = match self.store.due_held(now_ms.saturating_sub(GRACE_MS)).await {
            Ok(rows) => rows,
            Err(error) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "digests_not_read");
                return Outcome::NotTold;
            }
        };
        let mut outcome = Outcome::Told;
        for group in rows.chunk_by(|a, b| a.destination == b.destination && a.server == b.server) {
            if self.tell_one(group, now_ms).await == Outcome::NotTold {
                outcome = Outcome::NotTold;
            }
        }
        outcome
    }

    /// Tells the lines of one server at one destination.
    async fn tell_one(&self, rows: &[HeldRow], now_ms: i64) -> Outcome {
        let Some(first) = rows.first() else {
            return Outcome::Told;
        };
        let voice = self.voices.of(&first.server);
        let batch = digest_of(first, rows, &voice.words().digest, now_ms);
        let tallies = batch.tallies.clone();
        if let Err(error) = self.store.commit(batch).await {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "digest_not_stored: it is tried again"
            );
            return Outcome::NotTold;
        }
        tracing::info!(server = %first.server, lines = rows.len(), "quiet_hours_ended");
        for tally in tallies {
            let labels = RuleLabels {
                server: tally.server.to_string(),
                rule: tally.rule.as_str().to_owned(),
            };
            self.metrics.suppressed.get_or_create(&labels).inc_by(tally.count);
        }
        self.bells.ring(&first.destination);
        Outcome::Told
    }
}

/// The digest of lines, and their release.
fn digest_of(first: &HeldRow, rows: &[HeldRow], words: &DigestWords, now_ms: i64) -> IngestBatch {
    let lines: Vec<HeldLine<'_>> = rows
        .iter()
        .map(|row| HeldLine {
            kind: &row.kind,
            text: &row.text,
            happened_ms: row.happened_ms,
        })
        .collect();
    let told = digest(&lines, words);
    let delivery = |(part, text): (u32, String)| NewDelivery {
        id: DeliveryId {
            generation: GenerationId((first.number ^ DIGESTS) & i64::MAX),
            offset: 0,
            part,
        },
        destination: first.destination.clone(),
        server: first.server.clone(),
        kind: KindName::fixed("digest"),
        form: Form::Alone,
        text,
        username: None,
        subject: None,
        pings: Pings::Nobody,
        happened_ms: now_ms,
        seen_ms: now_ms,
    };
    let left_out = Tally {
        server: first.server.clone(),
        rule: RULE_QUIET_HOURS,
        count: told.left_out as u64,
    };
    IngestBatch {
        deliveries: (0..).zip(told.parts).map(delivery).collect(),
        released: rows.iter().map(|row| row.number).collect(),
        tallies: if left_out.count > 0 {
            vec![left_out]
        } else {
            Vec::new()
        },
        ..IngestBatch::default()
    }
}
