//! Claims and verdicts: what a lane takes, and what became of it.
//!
//! Owns the states of a row after its insertion. Must not know when an attempt is made. A claim is durable before its
//! caller learns of it, so that an attempt is recorded before it begins (G2).

use isr_core::delivery::{ClaimedDelivery, DeliveryId, Destination, Pings};
use isr_core::source::{GenerationId, ServerTag};
use isr_core::suppressed::RuleName;
use rusqlite::{OptionalExtension as _, Row, params};

use crate::columns::{count, meaningless, read_quantity};
use crate::form;
use crate::work::{ROW_OVERHEAD_BYTES, Work};

/// The rule under which a delivery is counted that is claimed again although an earlier attempt may have arrived.
pub const RULE_UNCERTAIN_RESEND: &str = "uncertain_resend";

/// The longest reason that is kept with a dead letter, in characters.
const MAX_REASON: usize = 1000;

/// How much one claim takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClaimLimits {
    /// Rows, at least one.
    pub rows: usize,
    /// Code points of text, counting one separator between rows. The first row is taken whatever its length.
    pub code_points: usize,
}

/// What became of a claimed delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settlement {
    /// The row number, from [`ClaimedDelivery::seq`].
    pub seq: i64,
    /// The verdict.
    pub verdict: Verdict,
}

/// The verdict of a lane on one delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Accepted by the destination.
    Delivered {
        /// Discord's id of the message.
        message_id: Option<u64>,
    },
    /// Accepted, as a part of a line that was there or was posted with it: a word or a number more.
    Merged {
        /// Discord's id of the message that shows it.
        message_id: Option<u64>,
        /// The rule by which, to be counted.
        rule: RuleName,
    },
    /// An attempt begins with so many rows, of which this is the first. It stays in flight.
    Attempting {
        /// The rows of the message.
        rows: u32,
    },
    /// The message that it was to change cannot be changed: it is about to be posted as one of its own. It stays in flight.
    PostedInstead,
    /// To be tried again; the row keeps its place in the lane.
    Retry {
        /// Whether the attempt may have been accepted all the same.
        uncertain: bool,
    },
    /// Claimed, but no attempt was made: as if it had never been claimed.
    Unsent,
    /// Refused for good.
    Dead {
        /// What the destination said; holds no secret.
        reason: String,
    },
    /// Given up because it waited for too long.
    Expired,
}

const SELECT: &str = "
    SELECT seq, server, kind, text, username, happened_ms, seen_ms, attempts, uncertain,
           form, subject, pings, attachment,
           (SELECT state FROM delivery first WHERE first.seq = d.changes),
           (SELECT message_id FROM delivery first WHERE first.seq = d.changes),
           (SELECT id FROM generation g WHERE g.generation = d.generation), line_offset, part, attempt_rows
    FROM delivery d INDEXED BY delivery_open
    WHERE lane = ?1 AND state <= 1 AND state = 0 ORDER BY seq LIMIT ?2";

/// Claims the next rows of a lane: in order, all under one webhook name.
pub(crate) fn claim(
    work: &mut Work<'_>,
    destination: &Destination,
    limits: ClaimLimits,
    now_ms: i64,
) -> rusqlite::Result<Vec<ClaimedDelivery>> {
    let Some(lane) = work.ledger.find_lane(destination).map(|lane| lane.number) else {
        return Ok(Vec::new());
    };
    let claimed = select(work, lane, limits)?;
    let mut mark = work.conn.prepare_cached(
        "UPDATE delivery SET state = 1, attempts = attempts + 1, changed_ms = ?2 WHERE seq = ?1",
    )?;
    for row in &claimed {
        mark.execute([row.seq, now_ms])?;
        // Changing a message again shows nothing twice.
        if row.uncertain && row.changes.is_none() {
            work.ledger.tally(&row.server, RULE_UNCERTAIN_RESEND, 1);
        }
    }
    Ok(claimed)
}

fn select(work: &Work<'_>, lane: i64, limits: ClaimLimits) -> rusqlite::Result<Vec<ClaimedDelivery>> {
    let mut statement = work.conn.prepare_cached(SELECT)?;
    let mut rows = statement.query([lane, count(limits.rows.max(1))])?;
    let mut claimed: Vec<ClaimedDelivery> = Vec::new();
    let mut code_points = 0;
    while let Some(row) = rows.next()? {
        if row.get::<_, Option<i64>>(13)?.is_some_and(|state| state <= 1) {
            // The message that it changes is yet to be posted, or is being posted.
            break;
        }
        let next = read(row)?;
        code_points += next.text.chars().count();
        if let Some(first) = claimed.first() {
            code_points += 1;
            if first.username != next.username || code_points > limits.code_points {
                break;
            }
        }
        claimed.push(next);
    }
    Ok(claimed)
}

fn read(row: &Row<'_>) -> rusqlite::Result<ClaimedDelivery> {
    Ok(ClaimedDelivery {
        seq: row.get(0)?,
        id: DeliveryId {
            generation: GenerationId(row.get::<_, Option<i64>>(15)?.unwrap_or_default()),
            offset: row.get::<_, i64>(16)?.cast_unsigned(),
            part: row.get(17)?,
        },
        server: ServerTag::parse(row.get_ref(1)?.as_str()?).map_err(|_| meaningless(1, "a server tag"))?,
        kind: row.get(2)?,
        text: row.get(3)?,
        username: row.get(4)?,
        happened_ms: row.get(5)?,
        seen_ms: row.get(6)?,
        attempts: row.get::<_, u32>(7)?.saturating_add(1),
        uncertain: row.get(8)?,
        form: form::read(row, 9, 12)?,
        subject: row.get(10)?,
        pings: row
            .get_ref(11)?
            .as_str_or_null()?
            .map_or(Pings::Nobody, Pings::decode),
        changes: row.get::<_, Option<i64>>(14)?.map(i64::cast_unsigned),
        attempt_rows: row.get(18)?,
    })
}

/// How many settlements took effect.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Settled {
    /// Verdicts that were recorded.
    pub applied: u64,
    /// Verdicts on rows that are not in flight (settled before, or removed): ignored.
    pub ignored: u64,
}

/// Records verdicts. A verdict on a row that is not in flight changes nothing, so that settling twice is harmless.
pub(crate) fn settle(work: &mut Work<'_>, settlements: &[Settlement]) -> rusqlite::Result<Settled> {
    let mut settled = Settled::default();
    for settlement in settlements {
        match apply(work, settlement)? {
            Some(row) => {
                settled.applied += 1;
                match &settlement.verdict {
                    Verdict::Merged { rule, .. } => work.ledger.tally(&row.server, rule.as_str(), 1),
                    // The message may have been changed and removed since.
                    Verdict::PostedInstead if row.uncertain => {
                        work.ledger.tally(&row.server, RULE_UNCERTAIN_RESEND, 1);
                    }
                    _ => {}
                }
                account(work, &settlement.verdict, &row);
            }
            None => settled.ignored += 1,
        }
    }
    Ok(settled)
}

struct SettledRow {
    lane: i64,
    server: ServerTag,
    bytes: u64,
    uncertain: bool,
}

fn apply(work: &Work<'_>, settlement: &Settlement) -> rusqlite::Result<Option<SettledRow>> {
    const RETURNING: &str = "RETURNING lane, octet_length(text) + ifnull(octet_length(username), 0)
        + ifnull(octet_length(attachment), 0), server, uncertain";
    let read = |row: &Row<'_>| {
        Ok(SettledRow {
            lane: row.get(0)?,
            bytes: read_quantity(row, 1)? + ROW_OVERHEAD_BYTES,
            server: ServerTag::parse(row.get_ref(2)?.as_str()?)
                .map_err(|_| meaningless(2, "a server tag"))?,
            uncertain: row.get(3)?,
        })
    };
    let run = |change: &str, value: &dyn rusqlite::ToSql| {
        let sql =
            format!("UPDATE delivery SET {change}, changed_ms = ?3 WHERE seq = ?1 AND state = 1 {RETURNING}");
        let mut statement = work.conn.prepare_cached(&sql)?;
        statement
            .query_row(params![settlement.seq, value, work.now_ms], read)
            .optional()
    };
    match &settlement.verdict {
        Verdict::Delivered { message_id } | Verdict::Merged { message_id, .. } => {
            run("state = 2, message_id = ?2", &message_id.map(u64::cast_signed))
        }
        Verdict::Attempting { rows } => run("attempt_rows = ?2", rows),
        Verdict::PostedInstead => run("changes = ?2", &rusqlite::types::Null),
        // What may stand there is repeated with the rows that it stands there with.
        Verdict::Retry { uncertain } => run(
            "state = 0, uncertain = max(uncertain, ?2), attempt_rows = iif(max(uncertain, ?2), attempt_rows, NULL)",
            uncertain,
        ),
        Verdict::Unsent => run(
            "state = 0, attempts = max(attempts - 1, 0), attempt_rows = iif(uncertain, attempt_rows, NULL)",
            &rusqlite::types::Null,
        ),
        Verdict::Dead { reason } => run(
            "state = 3, reason = ?2",
            &reason.chars().take(MAX_REASON).collect::<String>(),
        ),
        Verdict::Expired => run("state = 4, reason = ?2", &"waited for too long"),
    }
}

fn account(work: &mut Work<'_>, verdict: &Verdict, row: &SettledRow) {
    let Some(lane) = work.ledger.lane_mut(row.lane) else {
        return;
    };
    match verdict {
        Verdict::Attempting { .. } | Verdict::PostedInstead | Verdict::Retry { .. } | Verdict::Unsent => {}
        Verdict::Delivered { .. } | Verdict::Merged { .. } => lane.removed(row.bytes),
        Verdict::Dead { .. } | Verdict::Expired => {
            lane.removed(row.bytes);
            lane.gave_up();
        }
    }
}

/// Returns what a lane had in flight to waiting, marked uncertain: it may have been sent. Gives the number of rows.
pub(crate) fn release(work: &Work<'_>, destination: &Destination) -> rusqlite::Result<u64> {
    match work.ledger.find_lane(destination) {
        Some(lane) => release_lane(work.conn, lane.number),
        None => Ok(0),
    }
}

/// See [`release`]; by number of the lane.
pub(crate) fn release_lane(conn: &rusqlite::Connection, lane: i64) -> rusqlite::Result<u64> {
    let released = conn
        .prepare_cached(
            "UPDATE delivery INDEXED BY delivery_in_flight SET state = 0, uncertain = 1 WHERE lane = ?1 AND state = 1",
        )?
        .execute([lane])?;
    Ok(u64::try_from(released).unwrap_or(u64::MAX))
}
