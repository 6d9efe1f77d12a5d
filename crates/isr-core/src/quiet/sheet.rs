//! The lines of one message, as long as they can still change.
//!
//! Owns how a line joins the others: merged with one of them, or below them, within Discord's limit. Must not know
//! whether the message was sent. Cannot fail: what does not fit is not taken.

use std::time::Duration;

use super::flaps::Flaps;
use super::{Quiet, RULE_REJOIN_MERGED, RULE_REPEAT_COUNTED, is_countable, is_join};
use crate::delivery::{ClaimedDelivery, Form, Pings};
use crate::fold::{FoldLine, LateMark, Moment, fold};
use crate::suppressed::RuleName;
use crate::text::{CONTENT_LIMIT, units};

/// The lines of one message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sheet {
    lines: Vec<Line>,
    username: Option<String>,
    pings: Pings,
}

/// One line and the delivery that it was made of.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Line {
    /// What Discord shows.
    shown: String,
    /// None once only its text matters: messages that can still change stand in memory for a while.
    row: Option<Box<ClaimedDelivery>>,
    late: Option<LateMark>,
    /// How many equal deliveries it stands for.
    times: u32,
    /// How often its player came back; 0 for what is no reconnection.
    rejoins: u32,
}

/// How a delivery was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Taken {
    /// As a line of its own.
    Added,
    /// It changed a line, by this rule.
    Merged(RuleName),
}

impl Line {
    fn of(row: &ClaimedDelivery, moment: Moment) -> Self {
        let late = moment.late_mark(row.happened_ms);
        Self {
            shown: shown(late, &row.text),
            row: Some(Box::new(row.clone())),
            late,
            times: 1,
            rejoins: 0,
        }
    }

    fn is_about(&self, row: &ClaimedDelivery) -> bool {
        self.row.as_ref().is_some_and(|own| {
            own.server == row.server && own.subject.is_some() && own.subject == row.subject
        })
    }

    /// Whether this is the leave that the join takes back.
    fn is_left_by(&self, join: &ClaimedDelivery, within: Duration) -> bool {
        let within = i64::try_from(within.as_millis()).unwrap_or(i64::MAX);
        let leave = self.row.as_ref().filter(|_| self.is_leave());
        leave.is_some_and(|leave| {
            let apart = join.happened_ms.saturating_sub(leave.happened_ms);
            self.is_about(join) && (0..=within).contains(&apart)
        })
    }

    /// Whether a join may take it back.
    fn is_leave(&self) -> bool {
        self.times == 1
            && self
                .row
                .as_ref()
                .is_some_and(|row| row.kind == "leave" && row.subject.is_some())
    }

    fn is_same(&self, row: &ClaimedDelivery) -> bool {
        self.rejoins == 0
            && is_countable(row)
            && self.row.as_ref().is_some_and(|own| {
                own.server == row.server && own.kind == row.kind && own.text == row.text && is_countable(own)
            })
    }
}

/// One line as it is sent: cut where it alone is too long, `(blank)` where nothing can be seen.
fn shown(late: Option<LateMark>, text: &str) -> String {
    let line = FoldLine {
        text,
        username: None,
        late,
    };
    fold([line]).map_or_else(String::new, |folded| folded.content.into_string())
}

/// A merged line; none where it would have to be cut.
fn merged(late: Option<LateMark>, text: &str) -> Option<String> {
    (units(text) + LateMark::MAX_UNITS <= CONTENT_LIMIT).then(|| shown(late, text))
}

impl Sheet {
    /// A message that begins with this line.
    #[must_use]
    pub fn begin(row: &ClaimedDelivery, moment: Moment) -> Self {
        Self {
            lines: vec![Line::of(row, moment)],
            username: row.username.clone(),
            pings: row.pings.clone(),
        }
    }

    /// Takes one more line: merged, or below the others. None, and nothing changed, when it has to begin another
    /// message.
    pub(super) fn take(
        &mut self,
        row: &ClaimedDelivery,
        moment: Moment,
        quiet: &Quiet,
        flaps: &Flaps,
    ) -> Option<Taken> {
        if row.form != Form::Line || row.username != self.username {
            return None;
        }
        let pings = self.pings.merged(&row.pings)?;
        for (merged, rule) in [
            (self.rejoined(row, moment, quiet, flaps), RULE_REJOIN_MERGED),
            (self.repeated(row, quiet), RULE_REPEAT_COUNTED),
        ] {
            if let Some(merged) = merged {
                *self = merged;
                return Some(Taken::Merged(rule));
            }
        }
        self.lines.push(Line::of(row, moment));
        if !self.fits() {
            self.lines.pop();
            return None;
        }
        self.pings = pings;
        Some(Taken::Added)
    }

    /// The message in which a player's leave has become a reconnection.
    pub(super) fn rejoined(
        &self,
        join: &ClaimedDelivery,
        moment: Moment,
        quiet: &Quiet,
        flaps: &Flaps,
    ) -> Option<Self> {
        let (place, player) = self.leave_before(join, quiet)?;
        let mut changed = self.clone();
        // A reconnection that is told of in the same message is counted up instead.
        let before = |line: &Line| line.rejoins > 0 && line.is_about(join);
        let told = self.lines.iter().filter(|line| before(line));
        let known = flaps.before(&join.server, player, join.happened_ms);
        let rejoins = told.map(|line| line.rejoins).fold(known, u32::max) + 1;
        let late = moment.late_mark(join.happened_ms).or(self.lines[place].late);
        changed.lines[place] = Line {
            shown: merged(late, &quiet.words.reconnected(player, rejoins))?,
            row: Some(Box::new(join.clone())),
            late,
            times: 1,
            rejoins,
        };
        let mut index = 0;
        changed.lines.retain(|line| {
            index += 1;
            index - 1 == place || !before(line)
        });
        changed.fits().then_some(changed)
    }

    /// The place of the leave that a join takes back: the last word on this player.
    fn leave_before<'a>(&self, join: &'a ClaimedDelivery, quiet: &Quiet) -> Option<(usize, &'a str)> {
        let within = quiet.merge_rejoins.filter(|_| is_join(join))?;
        let player = join
            .subject
            .as_deref()
            .filter(|_| join.username == self.username)?;
        let place = self.lines.iter().rposition(|line| line.is_about(join))?;
        self.lines[place]
            .is_left_by(join, within)
            .then_some((place, player))
    }

    /// The message in which its last line is counted once more.
    pub(super) fn repeated(&self, row: &ClaimedDelivery, quiet: &Quiet) -> Option<Self> {
        quiet.count_repeats?;
        let last = self.lines.last().filter(|last| last.is_same(row))?;
        if row.username != self.username {
            return None;
        }
        let times = last.times.saturating_add(1);
        let counted = merged(last.late, &quiet.words.repeated(&row.text, times))?;
        let mut changed = self.clone();
        if let Some(last) = changed.lines.last_mut() {
            last.times = times;
            last.shown = counted;
        }
        changed.fits().then_some(changed)
    }

    /// Whom the message may ping.
    #[must_use]
    pub const fn pings(&self) -> &Pings {
        &self.pings
    }

    /// The name that it is posted under.
    #[must_use]
    pub fn username(&self) -> Option<&str> {
        self.username.as_deref()
    }

    /// What the message shows.
    #[must_use]
    pub fn content(&self) -> String {
        let lines: Vec<&str> = self.lines.iter().map(|line| line.shown.as_str()).collect();
        lines.join("\n")
    }

    /// Tells of each reconnection: server, player, how often, when last.
    pub(super) fn note_flaps(&self, flaps: &mut Flaps) {
        for line in self.lines.iter().filter(|line| line.rejoins > 0) {
            let Some(row) = &line.row else { continue };
            if let Some(player) = &row.subject {
                flaps.note(&row.server, player, line.rejoins, row.happened_ms);
            }
        }
    }

    /// Whether a join may change it, also when other messages stand below it.
    pub(super) fn has_leave(&self) -> bool {
        self.lines.iter().any(Line::is_leave)
    }

    /// Whether it may be changed while it is the last message.
    pub(super) fn has_countable_end(&self) -> bool {
        let last = self.lines.last().and_then(|line| line.row.as_deref());
        last.is_some_and(is_countable)
    }

    /// Lets go of what cannot change it any more. Of chat, the most of what there is, only the text stays.
    pub(super) fn lighten(&mut self) {
        let last = self.lines.len().saturating_sub(1);
        for (place, line) in self.lines.iter_mut().enumerate() {
            let matters = |row: &ClaimedDelivery| row.subject.is_some() || place == last && is_countable(row);
            line.row.take_if(|row| !matters(row));
            line.shown.shrink_to_fit();
        }
        self.lines.shrink_to_fit();
    }

    fn fits(&self) -> bool {
        let lines: usize = self.lines.iter().map(|line| units(&line.shown)).sum();
        lines + self.lines.len() - 1 <= CONTENT_LIMIT
    }
}
