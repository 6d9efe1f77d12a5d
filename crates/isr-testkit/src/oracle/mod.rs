//! Conservation: what was written is delivered, or accounted for, once, whole and in order.
//!
//! Owns the comparison of what a test wrote ([`log::numbered`](crate::log::numbered)) with what Discord accepted and
//! what the program says it gave up. Must not know how either got there. Memory is bounded: a bit per number.
//!
//! ```
//! use isr_testkit::{log::numbered, oracle::Oracle};
//!
//! let mut oracle = Oracle::new(7);
//! oracle.wrote(1, 0..3);
//! for id in [0, 1] {
//!     oracle.accepted("hook", None, &format!("💬 **{}**: {}", numbered::player(1, id), numbered::payload(1, id)));
//! }
//! oracle.account(1, [2], "aged out");
//! oracle.assert_clean();
//! ```
//!
//! Numbers of one server have to be written in rising order. A server's numbers are expected at every destination that
//! was named with [`Oracle::expect`]; without a name, at any one.

mod ids;
mod reading;
mod report;

use std::collections::{BTreeMap, BTreeSet};

use crate::discord::Message;
use crate::log::numbered::Numbered;
use ids::IdSet;
use reading::Found;
pub use report::{Liveness, Report};

/// The judge of one run.
#[derive(Debug, Default)]
pub struct Oracle {
    seed: u64,
    servers: BTreeMap<u16, Server>,
    corrupt: u64,
    other_lines: u64,
    counts: BTreeMap<String, u64>,
    live: Option<Liveness>,
    misuse: u64,
    examples: Vec<(Kind, String)>,
}

#[derive(Debug, Default)]
struct Server {
    written: IdSet,
    last_written: Option<u64>,
    accounted: IdSet,
    reasons: BTreeMap<String, u64>,
    expected: BTreeSet<String>,
    lanes: BTreeMap<String, Lane>,
    spurious: u64,
}

/// What one destination accepted of one server.
#[derive(Debug, Default)]
struct Lane {
    accepted: IdSet,
    greatest: Option<u64>,
    dup: u64,
    inversions: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Dup,
    Spurious,
    Corrupt,
    Inversion,
    Withdrawn,
}

impl Oracle {
    /// A judge that names this seed in its report.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self {
            seed,
            ..Self::default()
        }
    }

    /// These numbers were written to the server's log, in this order, and are to be delivered.
    pub fn wrote(&mut self, server: u16, ids: impl IntoIterator<Item = u64>) {
        let server = self.servers.entry(server).or_default();
        for id in ids {
            if server.last_written.is_some_and(|last| last >= id) {
                self.misuse += 1;
            }
            server.last_written = Some(id);
            server.written.insert(id);
        }
    }

    /// The server's numbers have to arrive at this destination (each one named, when there are several).
    pub fn expect(&mut self, server: u16, destination: &str) {
        self.servers
            .entry(server)
            .or_default()
            .expected
            .insert(destination.to_owned());
    }

    /// The program says that it gave these numbers up, for this reason.
    pub fn account(&mut self, server: u16, ids: impl IntoIterator<Item = u64>, reason: &str) {
        let server = self.servers.entry(server).or_default();
        let count = server.reasons.entry(reason.to_owned()).or_default();
        *count += ids.into_iter().filter(|id| server.accounted.insert(*id)).count() as u64;
    }

    /// The program says that it gave so many up, without naming them (a counter).
    pub fn account_count(&mut self, count: u64, reason: &str) {
        *self.counts.entry(reason.to_owned()).or_default() += count;
    }

    /// The text of a waiting or dead row is an account by number: every number in it is accounted for.
    pub fn account_text(&mut self, username: Option<&str>, text: &str, reason: &str) {
        for line in text.lines() {
            if let Found::Numbered(numbered) = reading::read(username, line) {
                self.account(numbered.server, [numbered.id], reason);
            }
        }
    }

    /// How the fresh event after the faults did.
    pub const fn saw_fresh_event(&mut self, live: Liveness) {
        self.live = Some(live);
    }

    /// Discord accepted a message.
    pub fn accepted_message(&mut self, message: &Message) {
        self.accepted(&message.destination(), message.username.as_deref(), &message.text);
    }

    /// This text was accepted at this destination, under this name where the message had one.
    pub fn accepted(&mut self, destination: &str, username: Option<&str>, text: &str) {
        for line in text.lines() {
            match reading::read(username, line) {
                Found::Other => self.other_lines += 1,
                Found::Spoilt(why) => {
                    self.corrupt += 1;
                    self.show(Kind::Corrupt, || {
                        format!("corrupt at {destination}: {why}: {line:.200}")
                    });
                }
                Found::Numbered(numbered) => self.accepted_id(destination, numbered.server, numbered.id),
            }
        }
    }

    /// A message that was accepted shows something else now: what it showed before counts no longer, and what it shows at
    /// the end does.
    pub fn edited_message(&mut self, before: &Message, after: &Message) {
        let (old, new) = (numbers(before), numbers(after));
        for numbered in old.iter().filter(|numbered| !new.contains(numbered)) {
            let lane = self
                .servers
                .get_mut(&numbered.server)
                .and_then(|server| server.lanes.get_mut(&before.destination()));
            if lane.is_some_and(|lane| lane.accepted.remove(numbered.id)) {
                self.show(Kind::Withdrawn, || {
                    format!("an edit took away: server {} id {}", numbered.server, numbered.id)
                });
            }
        }
        let username = after.username.as_deref();
        for line in after.lines() {
            match reading::read(username, line) {
                Found::Other => {}
                Found::Spoilt(why) => {
                    self.corrupt += 1;
                    self.show(Kind::Corrupt, || {
                        format!("corrupt by an edit: {why}: {line:.200}")
                    });
                }
                Found::Numbered(numbered) if old.contains(&numbered) => {}
                Found::Numbered(numbered) => {
                    self.accepted_id(&after.destination(), numbered.server, numbered.id);
                }
            }
        }
    }

    fn accepted_id(&mut self, destination: &str, number: u16, id: u64) {
        let server = self.servers.entry(number).or_default();
        if !server.written.contains(id) {
            server.spurious += 1;
            return self.show(Kind::Spurious, || {
                format!("spurious at {destination}: server {number} id {id}")
            });
        }
        if !server.lanes.contains_key(destination) {
            server.lanes.insert(destination.to_owned(), Lane::default());
        }
        let Some(lane) = server.lanes.get_mut(destination) else {
            return;
        };
        if !lane.accepted.insert(id) {
            lane.dup += 1;
            return self.show(Kind::Dup, || {
                format!("dup at {destination}: server {number} id {id}")
            });
        }
        match lane.greatest {
            Some(greatest) if greatest > id => {
                lane.inversions += 1;
                self.show(Kind::Inversion, || {
                    format!("order at {destination}: server {number} id {id} after {greatest}")
                });
            }
            _ => lane.greatest = Some(id),
        }
    }

    fn show(&mut self, kind: Kind, example: impl FnOnce() -> String) {
        if self.examples.iter().filter(|(shown, _)| *shown == kind).count() < report::EXAMPLES {
            self.examples.push((kind, example()));
        }
    }

    /// Distinct numbers of a server accepted at any destination so far.
    #[must_use]
    pub fn delivered(&self, server: u16) -> u64 {
        self.servers.get(&server).map_or(0, |server| {
            server.lanes.values().map(|lane| lane.accepted.len()).sum()
        })
    }

    /// Whether every number written so far is delivered or accounted for by number: nothing is left to wait for.
    #[must_use]
    pub fn is_drained(&self) -> bool {
        self.servers.values().all(|server| {
            let quick = server.expected.len() <= 1
                && server.lanes.len() == 1
                && server
                    .lanes
                    .values()
                    .all(|lane| lane.accepted.len() == server.written.len());
            quick || server.missing().next().is_none()
        })
    }

    /// The figures so far.
    #[must_use]
    pub fn report(&self) -> Report {
        let mut report = Report {
            seed: self.seed,
            corrupt: self.corrupt,
            other_lines: self.other_lines,
            accounted_by_count: self.counts.clone(),
            live: self.live,
            misuse: self.misuse,
            examples: self.examples.iter().map(|(_, example)| example.clone()).collect(),
            ..Report::default()
        };
        for (number, server) in &self.servers {
            server.add_to(&mut report, *number);
        }
        let counted: u64 = self.counts.values().sum();
        report.lost = report.missing.saturating_sub(counted);
        report.over_accounted = counted.saturating_sub(report.missing);
        report
    }

    /// Checks [`Report::is_clean`].
    ///
    /// # Panics
    /// With the whole report when it is not clean.
    #[track_caller]
    pub fn assert_clean(&self) {
        let report = self.report();
        assert!(report.is_clean(), "the conservation oracle found:\n{report}");
    }

    /// Checks [`Report::is_clean`], and that no more than this many were accepted again.
    ///
    /// # Panics
    /// With the whole report when it is not so.
    #[track_caller]
    pub fn assert_clean_with_dup_at_most(&self, dup: u64) {
        let report = self.report();
        let good = report.is_clean() && report.dup <= dup;
        assert!(
            good,
            "the conservation oracle (at most {dup} duplicates) found:\n{report}"
        );
    }
}

/// The numbers that a message shows.
fn numbers(message: &Message) -> Vec<Numbered> {
    let username = message.username.as_deref();
    let read = |line| match reading::read(username, line) {
        Found::Numbered(numbered) => Some(numbered),
        Found::Spoilt(_) | Found::Other => None,
    };
    message.lines().filter_map(read).collect()
}

impl Server {
    /// Destination (None for any) and number of everything neither delivered there nor accounted for.
    fn missing(&self) -> impl Iterator<Item = (Option<&str>, u64)> {
        let named = self.expected.iter().flat_map(|destination| {
            let lane = self.lanes.get(destination);
            let undelivered = move |id: &u64| lane.is_none_or(|lane| !lane.accepted.contains(*id));
            self.written
                .iter()
                .filter(undelivered)
                .map(move |id| (Some(destination.as_str()), id))
        });
        let anywhere = self
            .written
            .iter()
            .filter(|_| self.expected.is_empty())
            .filter(|id| !self.lanes.values().any(|lane| lane.accepted.contains(*id)))
            .map(|id| (None, id));
        named
            .chain(anywhere)
            .filter(|(_, id)| !self.accounted.contains(*id))
    }

    fn add_to(&self, report: &mut Report, number: u16) {
        report.written += self.written.len();
        report.spurious += self.spurious;
        for lane in self.lanes.values() {
            report.delivered += lane.accepted.len();
            report.dup += lane.dup;
            report.inversions += lane.inversions;
            let both = self
                .accounted
                .iter()
                .filter(|id| lane.accepted.contains(*id))
                .count();
            report.accounted_and_delivered += both as u64;
        }
        for (reason, count) in &self.reasons {
            *report.accounted.entry(reason.clone()).or_default() += count;
        }
        for (destination, id) in self.missing() {
            report.missing += 1;
            if report.missing <= report::EXAMPLES as u64 {
                let place = destination.unwrap_or("every destination");
                report
                    .examples
                    .push(format!("missing at {place}: server {number} id {id}"));
            }
        }
    }
}

#[cfg(test)]
mod tests;
