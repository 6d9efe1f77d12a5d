//! The `limits:` section.
//!
//! Owns the ranges in which each limit makes sense. Must not know what a limit is used for. A value out of range
//! becomes a problem.

use std::time::Duration;

use super::findings::{Field, Findings};
use super::raw::{RawLimits, RawOutbox, RawRetention};
use super::scalar::{self, Within, show_duration};
use super::settings::{Bytes, Limits, OutboxLimits, Retention, Rows, WhenFull};

const SECOND: Duration = Duration::from_secs(1);
const HOUR: Duration = Duration::from_hours(1);
const DAY: Duration = Duration::from_hours(24);
const YEAR: Duration = Duration::from_hours(24 * 366);

/// Resolves the section.
pub(crate) fn resolve(raw: &RawLimits, findings: &mut Findings) -> Limits {
    let default = Limits::default();
    let mut time = |key: &str, field: &Field, default: Duration, low: Duration, high: Duration| {
        let parse = |text: &str| scalar::duration(text, Within(low, high));
        findings.settle(&format!("limits.{key}"), field, default, parse, show_duration)
    };
    Limits {
        max_event_age: time(
            "max_event_age",
            &raw.max_event_age,
            default.max_event_age,
            60 * SECOND,
            YEAR,
        ),
        give_up_after: time(
            "give_up_after",
            &raw.give_up_after,
            default.give_up_after,
            60 * SECOND,
            YEAR,
        ),
        late_after: time("late_after", &raw.late_after, default.late_after, SECOND, DAY),
        poll_interval: time(
            "poll_interval",
            &raw.poll_interval,
            default.poll_interval,
            SECOND / 10,
            60 * SECOND,
        ),
        rotation_wait: time(
            "rotation_wait",
            &raw.rotation_wait,
            default.rotation_wait,
            SECOND,
            HOUR,
        ),
        park_interval: time(
            "park_interval",
            &raw.park_interval,
            default.park_interval,
            60 * SECOND,
            DAY,
        ),
        stop_grace: time(
            "stop_grace",
            &raw.stop_grace,
            default.stop_grace,
            Duration::ZERO,
            HOUR,
        ),
        max_line: {
            let parse = |text: &str| scalar::size(text, Within(Bytes(1 << 10), Bytes(16 << 20)));
            findings.settle(
                "limits.max_line",
                &raw.max_line,
                default.max_line,
                parse,
                Bytes::to_string,
            )
        },
        outbox: outbox(&raw.outbox, default.outbox, findings),
        retention: retention(&raw.retention, default.retention, findings),
    }
}

fn outbox(raw: &RawOutbox, default: OutboxLimits, findings: &mut Findings) -> OutboxLimits {
    const POLICIES: [(&str, WhenFull); 3] = [
        ("pause", WhenFull::Pause),
        ("drop-oldest", WhenFull::DropOldest),
        ("drop_oldest", WhenFull::DropOldest),
    ];
    let rows = |text: &str| scalar::rows(text, Within(Rows(100), Rows(100_000_000)));
    let bytes = |text: &str| scalar::size(text, Within(Bytes(1 << 20), Bytes(1 << 40)));
    let policy = |text: &str| scalar::choice(text, &POLICIES);
    OutboxLimits {
        max_rows: findings.settle(
            "limits.outbox.max_rows",
            &raw.max_rows,
            default.max_rows,
            rows,
            Rows::to_string,
        ),
        max_bytes: findings.settle(
            "limits.outbox.max_bytes",
            &raw.max_bytes,
            default.max_bytes,
            bytes,
            Bytes::to_string,
        ),
        when_full: findings.settle(
            "limits.outbox.when_full",
            &raw.when_full,
            default.when_full,
            policy,
            |policy| policy.as_str().to_owned(),
        ),
    }
}

fn retention(raw: &RawRetention, default: Retention, findings: &mut Findings) -> Retention {
    let mut time = |key: &str, field: &Field, default: Duration, low: Duration| {
        let parse = |text: &str| scalar::duration(text, Within(low, 10 * YEAR));
        findings.settle(
            &format!("limits.retention.{key}"),
            field,
            default,
            parse,
            show_duration,
        )
    };
    Retention {
        delivered: time("delivered", &raw.delivered, default.delivered, Duration::ZERO),
        statistics: time("statistics", &raw.statistics, default.statistics, DAY),
        dead_letters: time("dead_letters", &raw.dead_letters, default.dead_letters, HOUR),
        audit: findings.settle(
            "limits.retention.audit",
            &raw.audit,
            default.audit,
            |text| scalar::duration(text, Within(DAY, 10 * YEAR)).map(Some),
            |kept| kept.as_ref().map_or_else(|| "for ever".to_owned(), show_duration),
        ),
    }
}
