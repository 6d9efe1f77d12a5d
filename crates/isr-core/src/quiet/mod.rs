//! Quiet by edits: a line that says again what stands there already changes that message instead of adding another.
//!
//! Owns which lines may be merged: a join with the leave before it, a line with the same line right above. Nothing is
//! ever dropped: what is merged is shown, as a word or a number. Must not know how a message is edited, and reads no
//! clock. Cannot fail: a line that cannot be merged is posted.

mod board;
mod flaps;
mod sheet;
mod words;

use std::time::Duration;

pub use board::{Board, Change, Next, Room};
pub use sheet::{Sheet, Taken};
pub use words::QuietWords;

use crate::delivery::{ClaimedDelivery, Form, Pings, is_speech};
use crate::source::ServerTag;
use crate::suppressed::RuleName;

/// The rule under which a join is counted that was merged with the leave before it.
pub const RULE_REJOIN_MERGED: RuleName = RuleName::fixed("rejoin_merged");
/// The rule under which a line is counted that was counted up in the same line above it.
pub const RULE_REPEAT_COUNTED: RuleName = RuleName::fixed("repeat_counted");

/// What the lines of each server are merged by: several servers may share a destination.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct QuietRules {
    servers: Vec<(ServerTag, Quiet)>,
    others: Quiet,
}

impl QuietRules {
    /// The rules of these servers; the lines of others (of a server that is configured no more) are merged by default.
    #[must_use]
    pub fn new(servers: Vec<(ServerTag, Quiet)>) -> Self {
        Self {
            servers,
            others: Quiet::default(),
        }
    }

    /// The rules of a server.
    #[must_use]
    pub fn of(&self, server: &ServerTag) -> &Quiet {
        self.servers
            .iter()
            .find(|(tag, _)| tag == server)
            .map_or(&self.others, |(_, quiet)| quiet)
    }
}

/// What every line of is shown, however often it comes, beside speech: what is told in bursts that people watch.
const NEVER_COUNTED: [&str; 2] = ["research", "rocket"];

/// What one server's lines are merged by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quiet {
    /// A join so soon after the leave of the same player changes the leave; none: every join is posted.
    pub merge_rejoins: Option<Duration>,
    /// The same line again is counted in the message above, by an edit at most this often; none: it is posted.
    pub count_repeats: Option<Duration>,
    /// How merged lines read.
    pub words: QuietWords,
}

impl Default for Quiet {
    fn default() -> Self {
        Self {
            merge_rejoins: Some(Duration::from_secs(30)),
            count_repeats: Some(Duration::from_secs(5)),
            words: QuietWords::default(),
        }
    }
}

/// Whether equal lines like this one may be counted.
fn is_countable(row: &ClaimedDelivery) -> bool {
    row.form == Form::Line
        && row.pings == Pings::Nobody
        && !is_speech(&row.kind)
        && !NEVER_COUNTED.contains(&row.kind.as_str())
}

fn is_join(row: &ClaimedDelivery) -> bool {
    row.form == Form::Line && row.kind == "join" && row.pings == Pings::Nobody
}

#[cfg(test)]
mod tests;
