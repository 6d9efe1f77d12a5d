//! How often a player may call, and how often somebody may be called.
//!
//! Owns the rates and the decision which mentions of one text are live. Beyond a rate the text stays as it was typed and
//! nobody is pinged. Time is that of the event. Must not know wording. Cannot fail.

use std::collections::BTreeSet;
use std::time::Duration;

use super::{Crowd, Live, MentionTable, Target, Whom, pings_of};
use crate::delivery::Pings;
use crate::rate::{Rate, Windows};

/// The most different ids that one text calls: far below what Discord takes, so that folded lines fit together.
const MOST_IN_ONE_TEXT: usize = 20;

/// How often anybody is pinged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MentionRates {
    /// Texts with a mention, for each player.
    pub player: Rate,
    /// Pings of one role or user, whoever calls.
    pub target: Rate,
    /// Calls of everybody, whoever calls.
    pub crowd: Rate,
}

impl Default for MentionRates {
    fn default() -> Self {
        let minute = Duration::from_secs(60);
        Self {
            player: Rate::new(5, minute),
            target: Rate::new(5, minute),
            crowd: Rate::new(1, 5 * minute),
        }
    }
}

/// What one text calls.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Called {
    /// The words that are live in the text.
    pub live: Live,
    /// Whom the text pings.
    pub pings: Pings,
    /// Everybody, by a message of its own.
    pub crowd: Option<Crowd>,
    /// How many words pinged nobody because of the rates.
    pub limited: u64,
}

/// Whom a server's players may call, and how often.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Mentions {
    /// The listed words.
    pub table: MentionTable,
    /// How often.
    pub rates: MentionRates,
}

/// Who called whom lately on one server. Lost at a restart: nobody is pinged more than the rates twice over.
#[derive(Debug, Clone, Default)]
pub struct MentionWatch {
    players: Windows,
    targets: Windows,
}

impl MentionWatch {
    /// Reads what a player said at that time.
    pub fn heed(&mut self, mentions: &Mentions, player: &str, text: &str, happened_ms: i64) -> Called {
        let Mentions { table, rates } = mentions;
        let Self { players, targets } = self;
        let mut called = Called::default();
        let words = table.called_in(text);
        if words.is_empty() {
            return called;
        }
        let mut pinged = BTreeSet::new();
        let may_call = players.has_room(player, rates.player, happened_ms);
        for (word, whom) in words {
            let calls = Wanted {
                whom,
                pinged: &pinged,
                crowd: called.crowd,
            };
            if !may_call || !calls.has_room(targets, *rates, happened_ms) {
                called.limited += 1;
                continue;
            }
            for target in whom.targets.difference(&pinged) {
                targets.take(&name_of(*target), rates.target, happened_ms);
            }
            if !whom.targets.is_empty() {
                called.live.insert(word, whom.targets.iter().copied());
            }
            pinged.extend(whom.targets.iter().copied());
            if whom.crowd.is_some() && called.crowd.is_none() {
                targets.take(CROWD, rates.crowd, happened_ms);
            }
            called.crowd = called.crowd.max(whom.crowd);
        }
        called.pings = pings_of(&pinged);
        if called.pings != Pings::Nobody || called.crowd.is_some() {
            players.take(player, rates.player, happened_ms);
        }
        called
    }
}

/// The name under which calls of everybody are counted, whichever word made them.
const CROWD: &str = "everybody";

fn name_of(target: Target) -> String {
    match target {
        Target::Role(id) => format!("r{id}"),
        Target::User(id) => format!("u{id}"),
    }
}

/// Whom a word calls, and who is called by the words before it in the same text.
struct Wanted<'a> {
    whom: &'a Whom,
    pinged: &'a BTreeSet<Target>,
    crowd: Option<Crowd>,
}

impl Wanted<'_> {
    fn has_room(&self, windows: &mut Windows, rates: MentionRates, now_ms: i64) -> bool {
        let mut more = self.whom.targets.difference(self.pinged);
        let crowd_is_new = self.whom.crowd.is_some() && self.crowd.is_none();
        self.whom.targets.union(self.pinged).count() <= MOST_IN_ONE_TEXT
            && more.all(|target| windows.has_room(&name_of(*target), rates.target, now_ms))
            && (!crowd_is_new || windows.has_room(CROWD, rates.crowd, now_ms))
    }
}
