//! The digests at the end of quiet hours.
//!
//! Owns when they are told, and their identity. Digest and held lines change places in one transaction, so that a kill
//! neither loses nor repeats a line. Must not know which hours are quiet: every held line carries its end. A failure is
//! logged, and the lines stay until the next look.

use std::time::Duration;

use isr_core::delivery::{DeliveryId, Form, KindName, NewDelivery, Pings};
use isr_core::digest::{HeldLine, digest};
use isr_core::source::GenerationId;
use isr_core::suppressed::RuleName;
use isr_store::{HeldRow, IngestBatch, Store, Tally};
use jiff::Timestamp;

use super::lanes::Bells;
use super::upkeep::goes_on_after;
use crate::metrics::{Metrics, RuleLabels};
use crate::supervisor::Stop;

/// How often is looked whether hours have ended.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// What was read in the last moment of the hours is committed by then.
const GRACE_MS: i64 = 2000;
/// Turns the first line's number into the generation of a digest.
const DIGESTS: i64 = 0x1C69_B3F7_4AC4_AE35;

/// The rule of lines that a digest tells by their number only.
const RULE_QUIET_HOURS: RuleName = RuleName::fixed("quiet_hours");

/// Tells what was held back, whenever quiet hours have ended.
pub(super) async fn tell(store: Store, bells: Bells, metrics: Metrics, mut stop: Stop) {
    loop {
        let now_ms = Timestamp::now().as_millisecond();
        match store.due_held(now_ms.saturating_sub(GRACE_MS)).await {
            Ok(rows) => {
                for group in rows.chunk_by(|a, b| a.destination == b.destination && a.server == b.server) {
                    tell_one(&store, &bells, &metrics, group, now_ms).await;
                }
            }
            Err(error) => tracing::warn!(error = &error as &dyn std::error::Error, "digests_not_read"),
        }
        if !goes_on_after(LOOK_EVERY, &mut stop).await {
            return;
        }
    }
}

/// Tells the lines of one server at one destination.
async fn tell_one(store: &Store, bells: &Bells, metrics: &Metrics, rows: &[HeldRow], now_ms: i64) {
    let Some(first) = rows.first() else { return };
    let batch = digest_of(first, rows, now_ms);
    let tallies = batch.tallies.clone();
    if let Err(error) = store.commit(batch).await {
        tracing::warn!(
            error = &error as &dyn std::error::Error,
            "digest_not_stored: it is tried again"
        );
        return;
    }
    tracing::info!(server = %first.server, lines = rows.len(), "quiet_hours_ended");
    for tally in tallies {
        let labels = RuleLabels {
            server: tally.server.to_string(),
            rule: tally.rule.as_str().to_owned(),
        };
        metrics.suppressed.get_or_create(&labels).inc_by(tally.count);
    }
    bells.ring(&first.destination);
}

/// The digest of lines, and their release.
fn digest_of(first: &HeldRow, rows: &[HeldRow], now_ms: i64) -> IngestBatch {
    let lines: Vec<HeldLine<'_>> = rows
        .iter()
        .map(|row| HeldLine {
            kind: &row.kind,
            text: &row.text,
            happened_ms: row.happened_ms,
        })
        .collect();
    let told = digest(&lines);
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
