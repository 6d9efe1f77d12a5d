//! What stands in one destination: the messages of ours that may still change.
//!
//! Owns the choice between changing one of them and posting. Must not know how either is done; time enters as a value.
//! Bounded: the oldest messages are let go, and what they say stays as it is. After a restart nothing is known, and
//! everything is posted.

use std::collections::VecDeque;
use std::time::Duration;

use super::flaps::Flaps;
use super::sheet::{Sheet, Taken};
use super::{Quiet, QuietRules, RULE_REJOIN_MERGED, RULE_REPEAT_COUNTED};
use crate::delivery::{ClaimedDelivery, Form, Pings};
use crate::fold::Moment;
use crate::suppressed::RuleName;

/// Messages remembered.
const MOST: usize = 32;
/// Older messages are left alone: nobody looks at them, and Discord lets few of them be edited.
const EDITABLE: Duration = Duration::from_secs(3600);

/// The messages of one destination.
#[derive(Debug, Default)]
pub struct Board {
    posts: VecDeque<Post>,
    /// The last message of the destination, where it is one of these.
    bottom: Option<u64>,
    flaps: Flaps,
}

#[derive(Debug)]
struct Post {
    id: u64,
    sheet: Sheet,
    posted: Duration,
    /// When it was posted or edited.
    touched: Duration,
}

/// A message that is to show something else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Its id.
    pub message_id: u64,
    /// What it shows then.
    pub sheet: Sheet,
    /// Of each delivery that is in it: the rule by which.
    pub merged: Vec<RuleName>,
}

/// What comes next in a destination.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// The first deliveries change a message.
    Edit(Change),
    /// All of them will, not before this time.
    Wait(Duration),
    /// A message is posted.
    Post,
}

/// Whether more deliveries can wait beside these.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Room {
    /// They can.
    Left,
    /// They cannot: what waits must be posted.
    Full,
}

impl Board {
    /// What to do with the deliveries that wait, in order. `clock` is a time since any fixed point.
    pub fn next<'a>(
        &self,
        rows: impl ExactSizeIterator<Item = &'a ClaimedDelivery> + Clone,
        room: Room,
        rules: &QuietRules,
        moment: Moment,
        clock: Duration,
    ) -> Next {
        let Some(first) = rows.clone().next() else {
            return Next::Post;
        };
        if let Some(change) = self.rejoins(rows.clone(), rules, moment, clock) {
            return Next::Edit(change);
        }
        let quiet = rules.of(&first.server);
        let waiting = rows.len();
        let Some((change, due)) = self.counted(rows, quiet, clock) else {
            return Next::Post;
        };
        if clock >= due {
            Next::Edit(change)
        } else if change.merged.len() == waiting && room == Room::Left {
            Next::Wait(due)
        } else {
            Next::Post
        }
    }

    /// The message whose leaves the first deliveries take back: when a server's network fails, many come back at once.
    fn rejoins<'a>(
        &self,
        mut rows: impl Iterator<Item = &'a ClaimedDelivery>,
        rules: &QuietRules,
        moment: Moment,
        clock: Duration,
    ) -> Option<Change> {
        let first = rows.next()?;
        let (message_id, sheet) = self.rejoined(first, rules.of(&first.server), moment, clock)?;
        let mut change = Change {
            message_id,
            sheet,
            merged: vec![RULE_REJOIN_MERGED],
        };
        for row in rows {
            let quiet = rules.of(&row.server);
            let Some(sheet) = change.sheet.rejoined(row, moment, quiet, &self.flaps) else {
                break;
            };
            change.sheet = sheet;
            change.merged.push(RULE_REJOIN_MERGED);
        }
        Some(change)
    }

    /// The message whose leave this join takes back.
    fn rejoined(
        &self,
        join: &ClaimedDelivery,
        quiet: &Quiet,
        moment: Moment,
        clock: Duration,
    ) -> Option<(u64, Sheet)> {
        self.editable(clock).rev().find_map(|post| {
            let sheet = post.sheet.rejoined(join, moment, quiet, &self.flaps)?;
            Some((post.id, sheet))
        })
    }

    /// The last message with as many of the first deliveries as are its last line again, and when it may change.
    fn counted<'a>(
        &self,
        rows: impl Iterator<Item = &'a ClaimedDelivery>,
        quiet: &Quiet,
        clock: Duration,
    ) -> Option<(Change, Duration)> {
        let bottom = self.bottom?;
        let post = self.editable(clock).find(|post| post.id == bottom)?;
        let mut change = Change {
            message_id: bottom,
            sheet: post.sheet.clone(),
            merged: Vec::new(),
        };
        for row in rows {
            let Some(sheet) = change.sheet.repeated(row, quiet) else {
                break;
            };
            change.sheet = sheet;
            change.merged.push(RULE_REPEAT_COUNTED);
        }
        let due = post.touched + quiet.count_repeats?;
        (!change.merged.is_empty()).then_some((change, due))
    }

    /// Makes a message of the first deliveries, as many as share one. Each one after the first is told how it was taken.
    pub fn compose<'a>(
        &self,
        rows: impl Iterator<Item = &'a ClaimedDelivery>,
        rules: &QuietRules,
        moment: Moment,
        clock: Duration,
    ) -> Option<(Sheet, Vec<Taken>)> {
        let mut rows = rows.take_while(|row| row.form == Form::Line);
        let mut sheet = Sheet::begin(rows.next()?, moment);
        let mut taken = vec![Taken::Added];
        for row in rows {
            let quiet = rules.of(&row.server);
            // It changes a message that stands there already, when its turn comes.
            let is_elsewhere = sheet.rejoined(row, moment, quiet, &self.flaps).is_none()
                && self.rejoined(row, quiet, moment, clock).is_some();
            if is_elsewhere {
                break;
            }
            let Some(one) = sheet.take(row, moment, quiet, &self.flaps) else {
                break;
            };
            taken.push(one);
        }
        Some((sheet, taken))
    }

    /// A message was posted; without a sheet or an id it cannot be changed. One that pinged is left as it is, and so is one
    /// in which nothing can be merged: it is not kept.
    pub fn posted(&mut self, message_id: Option<u64>, sheet: Option<Sheet>, clock: Duration) {
        if let Some(sheet) = &sheet {
            sheet.note_flaps(&mut self.flaps);
        }
        // With a message below it, only a leave can still change.
        self.posts
            .retain(|post| post.sheet.has_leave() && clock <= post.posted + EDITABLE);
        self.bottom = None;
        let may_change = |sheet: &Sheet| {
            *sheet.pings() == Pings::Nobody && (sheet.has_leave() || sheet.has_countable_end())
        };
        let (Some(id), Some(mut sheet)) = (message_id, sheet.filter(may_change)) else {
            return;
        };
        sheet.lighten();
        while self.posts.len() >= MOST {
            self.posts.pop_front();
        }
        self.bottom = Some(id);
        self.posts.push_back(Post {
            id,
            sheet,
            posted: clock,
            touched: clock,
        });
    }

    /// A message was changed.
    pub fn edited(&mut self, change: Change, clock: Duration) {
        change.sheet.note_flaps(&mut self.flaps);
        if let Some(post) = self.posts.iter_mut().find(|post| post.id == change.message_id) {
            post.sheet = change.sheet;
            post.touched = clock;
        }
    }

    /// A message could not be changed: it is left alone from now on.
    pub fn forget(&mut self, message_id: u64) {
        self.posts.retain(|post| post.id != message_id);
        self.bottom = self.bottom.filter(|bottom| *bottom != message_id);
    }

    /// How many messages are kept.
    #[cfg(test)]
    pub(super) fn remembered(&self) -> usize {
        self.posts.len()
    }

    fn editable(&self, clock: Duration) -> impl DoubleEndedIterator<Item = &Post> {
        self.posts
            .iter()
            .filter(move |post| clock <= post.posted + EDITABLE)
    }
}
