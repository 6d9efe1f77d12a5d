//! What people write on Discord, and what of it the games were told: the judge of the way into the games.
//!
//! Owns the numbers of messages by server, and the comparison at the end. A message is said at most once, always; and at
//! least once unless the program says that it was not (a line in its log and a reaction), or it was killed with that
//! message in its hand. Cannot fail; what is wrong is a text.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::judge::FROM_DISCORD as MARK;

/// Of so many messages that were not said, some bear a reaction.
const MANY: u64 = 20;

/// Clones are the same judge.
#[derive(Debug, Clone, Default)]
pub(super) struct Talk(Arc<Mutex<BTreeMap<u16, Channel>>>);

#[derive(Debug, Default)]
struct Channel {
    /// The ids of the messages that were written; their numbers are 0, 1, 2 …
    written: Vec<u64>,
    /// How often each was said.
    said: BTreeMap<u64, u64>,
    greatest: Option<u64>,
    inversions: u64,
    spurious: u64,
    /// Numbers that the program may have had in its hand when it was killed: one for each kill.
    in_hand: BTreeSet<u64>,
    /// Ids of messages of which the program's log says that they were not said.
    told_unsaid: BTreeSet<u64>,
    /// Messages with a reaction that says the same.
    reactions: u64,
    /// Neither said nor told to be unsaid.
    missing: Vec<u64>,
    told: u64,
}

/// How it went.
#[derive(Debug, Default)]
pub(super) struct TalkReport {
    pub(super) written: u64,
    pub(super) said: u64,
    pub(super) dup: u64,
    pub(super) order: u64,
    pub(super) spurious: u64,
    /// Not said, and the program's log says so.
    told: u64,
    /// Of them with a reaction.
    reactions: u64,
    /// Not said, killed with it in its hand.
    cut_off: u64,
    /// Not said, and nothing explains it.
    pub(super) lost: u64,
    missing: Vec<String>,
}

impl Talk {
    fn channels(&self) -> MutexGuard<'_, BTreeMap<u16, Channel>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Somebody writes the next message in a server's channel, with this id: its number and its text.
    pub(super) fn write(&self, server: u16, id: u64) -> (u64, String) {
        let mut channels = self.channels();
        let channel = channels.entry(server).or_default();
        let number = channel.written.len() as u64;
        channel.written.push(id);
        (number, format!("{MARK}{server}n{number}"))
    }

    /// A command reached a game. Only what is ours is looked at.
    pub(super) fn said(&self, server: u16, command: &str) {
        let Some((_, rest)) = command.split_once(MARK) else {
            return;
        };
        let mut channels = self.channels();
        let channel = channels.entry(server).or_default();
        let number = rest
            .split_once('n')
            .filter(|(of, _)| *of == server.to_string())
            .and_then(|(_, number)| number.parse::<u64>().ok())
            .filter(|number| *number < channel.written.len() as u64);
        let Some(number) = number.filter(|_| command.starts_with("[Discord] ")) else {
            channel.spurious += 1;
            return;
        };
        let times = channel.said.entry(number).or_default();
        *times += 1;
        if *times == 1 {
            if channel.greatest.is_some_and(|greatest| greatest > number) {
                channel.inversions += 1;
            }
            channel.greatest = channel.greatest.max(Some(number));
        }
    }

    /// The program was killed, and what it logged before has been told: of each channel it may have had one message in its
    /// hand, the first that was not dealt with.
    pub(super) fn killed(&self) {
        for channel in self.channels().values_mut() {
            let next = channel.greatest.map_or(0, |greatest| greatest + 1);
            let mut open = (0..)
                .zip(&channel.written)
                .skip_while(|(number, _)| *number < next);
            let found = open
                .find(|(number, id)| !channel.in_hand.contains(number) && !channel.told_unsaid.contains(*id));
            if let Some((number, _)) = found {
                channel.in_hand.insert(number);
            }
        }
    }

    /// The program's log says that this message was not said.
    pub(super) fn told_unsaid(&self, server: u16, id: u64) {
        self.channels().entry(server).or_default().told_unsaid.insert(id);
    }

    /// Whether all that was written to this server has been said.
    pub(super) fn is_said(&self, server: u16, number: u64) -> bool {
        let channels = self.channels();
        channels
            .get(&server)
            .is_some_and(|channel| channel.said.contains_key(&number))
    }

    /// How many messages have been said.
    pub(super) fn count_said(&self) -> usize {
        self.channels().values().map(|channel| channel.said.len()).sum()
    }

    /// Compares; `has_reaction` knows whether a message bears a reaction of the bot.
    pub(super) fn report(&self, has_reaction: impl Fn(u64) -> bool) -> TalkReport {
        let mut report = TalkReport::default();
        for (server, channel) in &mut *self.channels() {
            let all = (0..).zip(&channel.written);
            let missing: Vec<(u64, u64)> = all
                .filter(|(number, _)| !channel.said.contains_key(number))
                .map(|(number, id)| (number, *id))
                .collect();
            channel.reactions = missing.iter().filter(|(_, id)| has_reaction(*id)).count() as u64;
            let told = |(_, id): &(u64, u64)| channel.told_unsaid.contains(id);
            channel.told = missing.iter().filter(|missing| told(missing)).count() as u64;
            let untold = missing.iter().filter(|missing| !told(missing));
            channel.missing = untold.map(|(number, _)| *number).collect();
            channel.add_to(*server, &mut report);
        }
        report
    }
}

impl Channel {
    fn add_to(&self, server: u16, report: &mut TalkReport) {
        let is_cut_off = |number: &&u64| self.in_hand.contains(number);
        let cut_off = self.missing.iter().filter(is_cut_off).count() as u64;
        let lost = self.missing.len() as u64 - cut_off;
        report.written += self.written.len() as u64;
        report.said += self.said.len() as u64;
        report.dup += self.said.values().map(|times| times - 1).sum::<u64>();
        report.order += self.inversions;
        report.spurious += self.spurious;
        report.told += self.told;
        report.reactions += self.reactions;
        report.cut_off += cut_off;
        report.lost += lost;
        if lost > 0 && report.missing.len() < 10 {
            report
                .missing
                .push(format!("server {server}: {:?}", self.missing));
        }
    }
}

impl TalkReport {
    /// What is wrong.
    pub(super) fn faults(&self) -> Vec<String> {
        let checks = [
            (
                self.lost,
                "messages of Discord were neither said nor told to be unsaid",
            ),
            (self.dup, "messages of Discord were said twice"),
            (self.order, "messages of Discord were said out of order"),
            (self.spurious, "lines reached a game that nobody wrote there"),
        ];
        let is_mute = self.told >= MANY && self.reactions == 0;
        let mute =
            is_mute.then(|| format!("{} messages were not said, and none bears a reaction", self.told));
        let wrong = checks.iter().filter(|(count, _)| *count > 0);
        wrong
            .map(|(count, what)| format!("{count} {what}"))
            .chain(mute)
            .collect()
    }
}

impl fmt::Display for TalkReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Discord to games: {} written, {} said, lost {}, dup {}, order {}, spurious {}; {} told to be unsaid ({} by a \
             reaction), {} cut off by a kill",
            self.written,
            self.said,
            self.lost,
            self.dup,
            self.order,
            self.spurious,
            self.told,
            self.reactions,
            self.cut_off
        )?;
        self.missing.iter().try_for_each(|line| write!(f, "\n  {line}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_is_said_once_or_told_or_cut_off() {
        let talk = Talk::default();
        let texts: Vec<String> = (0..6).map(|id| talk.write(7, 1_000 + id).1).collect();
        let say = |number: usize| talk.said(7, &format!("[Discord] Bob: {}", texts[number]));
        for number in [0, 2, 1, 2] {
            say(number);
        }
        talk.said(7, "/players online");
        talk.said(7, "[Discord] Bob: dq7n99");
        talk.said(7, &format!("/c {}", texts[3]));
        talk.told_unsaid(7, 1_003);
        // What is told to be unsaid was in no hand any more.
        talk.killed();
        let report = talk.report(|id| id == 1_003);
        assert_eq!((report.written, report.said), (6, 3));
        assert_eq!((report.dup, report.order, report.spurious), (1, 1, 2));
        assert_eq!((report.told, report.cut_off, report.lost), (1, 1, 1), "{report}");
        assert_eq!((report.reactions, report.faults().len()), (1, 4));
    }
}
