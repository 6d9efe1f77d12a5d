//! How long something has been seen, on the clock that nobody sets.
//!
//! Owns the waits of the rules that look at a snapshot. They are counted from when a thing was first seen here: neither a
//! sign that is read late nor a clock that is put forward sets anything off. Must not know what is seen. Cannot fail.

use std::collections::BTreeMap;
use std::time::Duration;

use super::Rule;
use crate::game::Mono;

/// The waits of one server's rules.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Waits(BTreeMap<Rule, Wait>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Wait {
    /// What is waited for, by the moment that it is said to have begun.
    began_ms: i64,
    seen: Mono,
}

impl Waits {
    /// Whether what a rule sees has been seen for so long. It goes by the moment at which it began, and there is none
    /// where the rule sees nothing.
    pub(super) fn have_passed(
        &mut self,
        rule: Rule,
        began_ms: Option<i64>,
        after: Duration,
        now: Mono,
    ) -> bool {
        let Some(began_ms) = began_ms else {
            self.0.remove(&rule);
            return false;
        };
        let anew = Wait { began_ms, seen: now };
        let wait = self.0.entry(rule).or_insert(anew);
        if wait.began_ms != began_ms {
            *wait = anew;
        }
        now.since(wait.seen) >= after
    }
}
