//! Quiet hours: what is not posted until they end, and is told in one digest then.
//!
//! Owns which events are held back, and until when. What people say to each other and what cannot wait is not, unless the
//! configuration names it. Must not know where held events are kept. Cannot fail.

use crate::delivery::{NewDelivery, is_speech};
use crate::event::Audience;
use crate::hours::Hours;
use crate::route::{KindPattern, Subject};

/// Kinds that are not held back unless somebody names them, beside speech: what an admin gets up for.
const GETS_ADMINS_UP: [&str; 2] = ["server_crashed", "desync"];

/// The quiet hours of a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuietHours {
    /// When it is quiet.
    pub hours: Hours,
    /// The kinds that are held back; without any: all that everyone may see and that can wait.
    pub kinds: Vec<KindPattern>,
}

impl QuietHours {
    /// Until when an event is held back (Unix milliseconds), if it is. `now_ms` is the time of posting.
    #[must_use]
    pub fn hold_until(&self, subject: &Subject<'_>, now_ms: i64) -> Option<i64> {
        let waits = if self.kinds.is_empty() {
            subject.audience == Audience::Everyone
                && !is_speech(subject.kind)
                && !GETS_ADMINS_UP.contains(&subject.kind)
        } else {
            self.kinds.iter().any(|kind| kind.holds(subject.kind))
        };
        if waits { self.hours.end_after(now_ms) } else { None }
    }
}

/// A delivery that is not made before its time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// What would be posted.
    pub delivery: NewDelivery,
    /// When the quiet hours end, Unix milliseconds.
    pub until_ms: i64,
}

#[cfg(test)]
mod tests {
    use jiff::civil::time;
    use jiff::tz::TimeZone;

    use super::*;
    use crate::event::EventKind;

    const HOUR: i64 = 3_600_000;

    fn night(kinds: &[&str]) -> QuietHours {
        QuietHours {
            hours: Hours::new(time(22, 0, 0, 0), time(6, 0, 0, 0), TimeZone::UTC),
            kinds: kinds.iter().map(|kind| KindPattern::parse(kind)).collect(),
        }
    }

    fn held(hours: &QuietHours, kind: EventKind, at_ms: i64) -> Option<i64> {
        let subject = Subject {
            kind: kind.as_str(),
            audience: kind.audience(),
            pattern: None,
            channel: None,
        };
        hours.hold_until(&subject, at_ms)
    }

    #[test]
    fn what_can_wait_is_held_until_the_end_and_nothing_outside_the_hours() {
        let quiet = night(&[]);
        assert_eq!(held(&quiet, EventKind::Join, 23 * HOUR), Some(30 * HOUR));
        assert_eq!(held(&quiet, EventKind::Join, 12 * HOUR), None);
        for kind in [EventKind::Chat, EventKind::ServerCrashed, EventKind::Command] {
            assert_eq!(held(&quiet, kind, 23 * HOUR), None, "{kind}");
        }
    }

    #[test]
    fn what_is_named_is_held_and_nothing_else() {
        let quiet = night(&["chat"]);
        assert!(held(&quiet, EventKind::Chat, 23 * HOUR).is_some());
        assert_eq!(held(&quiet, EventKind::Join, 23 * HOUR), None);
    }
}
