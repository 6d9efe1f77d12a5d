//! Whether people still have the right to what they watch.
//!
//! Owns whom Discord is asked about, and what its answers mean for watches. A right is asked for again every ten minutes and at
//! each start; only an answer of Discord's own ends a watch. Where the bot is not told, the notices rest; where there is no
//! answer, the last one counts for a while. Must not know how a watch ends. Cannot fail.

use std::collections::BTreeMap;
use std::time::Duration;

use isr_core::command::{Asker, Denied, Verb};
use isr_discord::permissions::{Member, in_guild};
use isr_discord::{GuildFacts, Learnt};
use isr_store::{WatchEnd, WatchRow};
use tokio::time::Instant;

use super::{Known, Watchers, asking};
use crate::config::BotAccount;
use crate::relay::discord_sink::SharedLimiter;

/// A right is asked for again after this time.
const ASKED_EVERY: Duration = Duration::from_secs(10 * 60);
/// So many people are asked about in one round: with two rounds a minute 200 in that time.
const MOST_ASKED: usize = 10;

/// Who is asked about: in which Discord server, or, where that is not known yet, in that of which channel.
type Subject = (Option<u64>, u64, u64);

/// What a round came to.
#[derive(Debug, Default)]
pub(super) struct Judged {
    /// Watches whose right was confirmed, by Discord server.
    pub(super) confirmed: BTreeMap<u64, Vec<i64>>,
    /// Watches of which the bot is told nothing any more.
    pub(super) hidden: BTreeMap<u64, Vec<i64>>,
    /// Watches whose right is gone.
    pub(super) lost: Vec<(WatchRow, WatchEnd)>,
}

/// When who was asked about last.
#[derive(Debug, Default)]
pub(super) struct Rounds {
    /// With an answer.
    asked: BTreeMap<Subject, Instant>,
    /// With or without one.
    tried: BTreeMap<Subject, Instant>,
}

impl Rounds {
    /// Whom to ask about now: who was not asked about for the longest time first, also where there was no answer.
    fn due(&mut self, rows: &[WatchRow]) -> Vec<Subject> {
        let subject = |row: &WatchRow| {
            let channel = row.watch.guild.map_or(row.watch.channel, |_| 0);
            (row.watch.guild, channel, row.watch.person)
        };
        let mut subjects: Vec<Subject> = rows.iter().map(subject).collect();
        subjects.sort_unstable();
        subjects.dedup();
        self.asked.retain(|known, _| subjects.contains(known));
        self.tried.retain(|known, _| subjects.contains(known));
        subjects.retain(|subject| {
            let asked = self.asked.get(subject);
            asked.is_none_or(|at| at.elapsed() >= ASKED_EVERY)
        });
        subjects.sort_by_key(|subject| self.tried.get(subject).copied());
        subjects.truncate(MOST_ASKED);
        subjects
    }

    /// Asks about those who are due. Where one Discord server gives no answer the others are asked all the same; where a second
    /// one gives none, it is Discord, and the round ends.
    pub(super) async fn judge(&mut self, watchers: &Watchers, limiter: &SharedLimiter) -> Judged {
        let (account, rows) = {
            let known = watchers.known();
            let Some(account) = known.account.clone() else {
                return Judged::default();
            };
            // What rests needs no right.
            let rows: Vec<WatchRow> = known
                .rows
                .iter()
                .filter(|row| known.is_heeded(row))
                .cloned()
                .collect();
            (account, rows)
        };
        let mut judged = Judged::default();
        let mut inquiry = Inquiry {
            account: &account,
            limiter,
            guilds: BTreeMap::new(),
        };
        let mut silent: Option<Option<u64>> = None;
        for subject in self.due(&rows) {
            let (guild, channel, person) = subject;
            if silent == Some(guild) {
                continue;
            }
            self.tried.insert(subject, Instant::now());
            let standing = match guild {
                Some(guild) => inquiry.standing(guild, person).await,
                None => inquiry.standing_in(channel, person).await,
            };
            let Some(standing) = standing else {
                if silent.replace(guild).is_some() {
                    break;
                }
                continue;
            };
            self.asked.insert(subject, Instant::now());
            let theirs = rows.iter().filter(|row| {
                row.watch.person == person
                    && row.watch.guild == guild
                    && (guild.is_some() || row.watch.channel == channel)
            });
            conclude(&watchers.known(), &standing, theirs, &mut judged);
        }
        judged
    }
}

/// What Discord said of somebody.
#[derive(Debug)]
enum Standing {
    /// They are here, with these roles and permission bits.
    Here {
        guild: u64,
        roles: Vec<u64>,
        permissions: u64,
    },
    /// They are not here.
    Gone,
    /// The bot is not told.
    Hidden(u64),
}

struct Inquiry<'a> {
    account: &'a BotAccount,
    limiter: &'a SharedLimiter,
    guilds: BTreeMap<u64, Learnt<GuildFacts>>,
}

impl Inquiry<'_> {
    /// Where somebody stands; nothing: nobody knows.
    async fn standing(&mut self, guild: u64, person: u64) -> Option<Standing> {
        let client = &self.account.client;
        if !self.guilds.contains_key(&guild) {
            let learnt = asking::learn(self.limiter, self.account, client.guild_learnt(guild)).await;
            self.guilds.insert(guild, learnt);
        }
        let facts = match self.guilds.get(&guild)? {
            Learnt::Told(facts) => facts,
            Learnt::Hidden | Learnt::Nothing => return Some(Standing::Hidden(guild)),
            Learnt::Unknown => return None,
        };
        match asking::learn(self.limiter, self.account, client.roles_of(guild, person)).await {
            Learnt::Told(roles) => {
                let member = Member {
                    guild,
                    owner: facts.owner,
                    user: person,
                    roles: &roles,
                };
                let permissions = in_guild(member, &facts.roles).bits();
                Some(Standing::Here {
                    guild,
                    roles,
                    permissions,
                })
            }
            Learnt::Nothing => Some(Standing::Gone),
            Learnt::Hidden => Some(Standing::Hidden(guild)),
            Learnt::Unknown => None,
        }
    }

    /// The same, in the Discord server of a channel.
    async fn standing_in(&mut self, channel: u64, person: u64) -> Option<Standing> {
        let question = self.account.client.channel_learnt(channel);
        match asking::learn(self.limiter, self.account, question).await {
            Learnt::Told(facts) => self.standing(facts.guild?, person).await,
            Learnt::Nothing | Learnt::Hidden => Some(Standing::Hidden(0)),
            Learnt::Unknown => None,
        }
    }
}

/// What that means for their watches.
fn conclude<'a>(
    known: &Known,
    standing: &Standing,
    rows: impl Iterator<Item = &'a WatchRow>,
    judged: &mut Judged,
) {
    for row in rows {
        match standing {
            Standing::Gone => judged.lost.push((row.clone(), WatchEnd::Left)),
            Standing::Hidden(0) => {}
            Standing::Hidden(guild) => judged.hidden.entry(*guild).or_default().push(row.number),
            Standing::Here {
                guild,
                roles,
                permissions,
            } => {
                let asker = Asker {
                    user: row.watch.person,
                    roles,
                    permissions: Some(*permissions),
                };
                let place = known.servers.get(&row.watch.server);
                match place.map(|place| place.permissions.judge(Verb::Watch, &asker)) {
                    Some(Ok(())) => judged.confirmed.entry(*guild).or_default().push(row.number),
                    Some(Err(Denied::Needs(_))) => judged.lost.push((row.clone(), WatchEnd::Forbidden)),
                    // The configuration changed meanwhile: it rests.
                    Some(Err(Denied::SwitchedOff)) | None => {}
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use isr_core::source::ServerTag;
    use isr_core::watching::{Watch, Watched};

    use super::*;

    fn row(person: u64, guild: Option<u64>) -> WatchRow {
        WatchRow {
            number: 1,
            watch: Watch {
                person,
                server: ServerTag::parse("north").unwrap(),
                what: Watched::Research,
                channel: 7,
                guild,
                direct: None,
            },
            confirmed_ms: 0,
            ended: None,
        }
    }

    #[tokio::test(start_paused = true)]
    async fn each_person_is_asked_about_once_in_ten_minutes_and_few_at_once() {
        let mut rounds = Rounds::default();
        let rows: Vec<WatchRow> = (0..25)
            .flat_map(|person| [row(person, Some(3)), row(person, Some(3))])
            .collect();
        let mut seen = Vec::new();
        for count in [10, 10, 5, 0] {
            let due = rounds.due(&rows);
            assert_eq!(due.len(), count);
            let now = Instant::now();
            rounds.asked.extend(due.iter().map(|subject| (*subject, now)));
            rounds.tried.extend(due.iter().map(|subject| (*subject, now)));
            seen.extend(due);
        }
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen.len(), 25);
        tokio::time::advance(ASKED_EVERY).await;
        assert_eq!(rounds.due(&rows).len(), 10, "again");
        assert_eq!(
            rounds.due(&[row(1, None)]),
            [(None, 7, 1)],
            "in the server of the channel"
        );
        assert!(rounds.asked.is_empty(), "who watches nothing is forgotten");
    }

    #[tokio::test(start_paused = true)]
    async fn g8_who_got_no_answer_comes_after_everybody_else() {
        let mut rounds = Rounds::default();
        let rows: Vec<WatchRow> = (0..12).map(|person| row(person, Some(3))).collect();
        let first = rounds.due(&rows);
        let now = Instant::now();
        rounds.tried.extend(first.iter().map(|subject| (*subject, now)));
        let second = rounds.due(&rows);
        assert_eq!(second[..2], [(Some(3), 0, 10), (Some(3), 0, 11)]);
    }
}
