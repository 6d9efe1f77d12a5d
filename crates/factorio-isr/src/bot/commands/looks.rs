//! Commands that tell what the store knows: statistics, recaps, the outbox.
//!
//! Owns the questions and how their answers read. Everything here reads, on a thread that may block. Must not know who asks.
//! Fails with a sentence for the person.

use std::path::Path;
use std::sync::Arc;

use isr_core::source::ServerTag;
use isr_core::statistics::{Period, PlayerSum, RecapText, Schedule, Span, Summary, lasted};
use isr_core::voice::CommandWord as W;
use isr_store::{Admin, AdminError, HourRange, Maintenance, OutboxFilter, Store};
use jiff::civil::{Weekday, time};

use super::pages::Listing;
use super::question::Answer;
use super::request::{Fault, Options};
use super::roster::{Entry, Roster};
use super::tell::{Reply, Teller};
use crate::logging::error_chain;
use crate::recap;
use crate::when;

/// Statistics go so far back when nobody says how far.
const USUAL_SINCE: &str = "7d";

/// What somebody wants to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Look {
    /// Who played how long.
    Stats {
        /// Only this player.
        player: Option<String>,
        /// Since when, as it was typed.
        since: String,
    },
    /// What happened in the last day or week.
    Recap(Span),
    /// What waits to be posted.
    Outbox,
    /// Which work is planned.
    Works,
}

impl Look {
    /// Reads what statistics are wanted.
    pub(super) fn stats(options: Options<'_>, now_ms: i64) -> Result<Self, Fault> {
        let since = options.text("since").unwrap_or(USUAL_SINCE).trim();
        when::parse(since, &jiff::tz::TimeZone::UTC, now_ms).map_err(|_| Fault::new(W::BadSince))?;
        Ok(Self::Stats {
            player: options.text("player").map(|player| player.trim().to_owned()),
            since: since.to_owned(),
        })
    }

    /// Reads which recap is wanted.
    pub(super) fn recap(options: Options<'_>) -> Result<Self, Fault> {
        match options.text("span") {
            None | Some("day") => Ok(Self::Recap(Span::Daily)),
            Some("week") => Ok(Self::Recap(Span::Weekly)),
            Some(_) => Err(Fault::with(W::BadChoice, "words", "day, week")),
        }
    }

    /// The same, where `me` is the player who asks.
    pub(super) fn asked_by(self, own: Option<String>) -> Self {
        match (self, own) {
            (
                Self::Stats {
                    player: Some(player),
                    since,
                },
                Some(own),
            ) if player.eq_ignore_ascii_case("me") => Self::Stats {
                player: Some(own),
                since,
            },
            (look, _) => look,
        }
    }

    /// What a button of a further page has to say of it.
    pub(super) fn topic(&self) -> &str {
        match self {
            Self::Stats { player: None, since } => since,
            _ => "",
        }
    }
}

/// What is needed to look.
#[derive(Clone)]
pub(super) struct Shelf {
    pub(super) store: Store,
    pub(super) state_dir: std::path::PathBuf,
    pub(super) roster: Arc<Roster>,
    pub(super) now_ms: i64,
}

impl Shelf {
    /// Looks. `entry`: the server that is meant; without one all of them.
    pub(super) async fn look(self, look: Look, entry: Option<Arc<Entry>>) -> Answer {
        let words = self.roster.clone();
        let looked = tokio::task::spawn_blocking(move || {
            let told = self.tell(&look, entry.as_deref());
            told.map_err(|error| tracing::warn!(error = error_chain(&error), "store_not_read"))
        });
        match looked.await {
            Ok(Ok(answer)) => answer,
            _ => Answer::Said(Reply::bad(words.teller().say(W::NotRead, &[]), "failed")),
        }
    }

    fn tell(&self, look: &Look, entry: Option<&Entry>) -> Result<Answer, AdminError> {
        let teller = entry.map_or_else(|| self.roster.teller(), Entry::teller);
        match (look, entry) {
            (Look::Stats { player, since }, Some(entry)) => self.stats(entry, player.as_deref(), since),
            (Look::Recap(span), Some(entry)) => self.recap(entry, *span),
            (Look::Stats { .. } | Look::Recap(_), None) => {
                let text = teller.say(W::WhichServer, &[("servers", "")]);
                Ok(Answer::Said(Reply::bad(text, "refused")))
            }
            (Look::Outbox, entry) => outbox(&self.roster, entry.map(|entry| &entry.tag), &self.state_dir),
            (Look::Works, entry) => {
                let planned = Admin::open(&self.state_dir)?.maintenance()?;
                Ok(Answer::Said(works(&planned, entry, &teller, self.now_ms)))
            }
        }
    }

    fn stats(&self, entry: &Entry, player: Option<&str>, since: &str) -> Result<Answer, AdminError> {
        let reader = self.store.statistics()?;
        let teller = entry.teller();
        let from_ms = when::parse(since, &entry.zone, self.now_ms).unwrap_or(self.now_ms);
        let period = Period {
            from_ms,
            until_ms: self.now_ms,
        };
        let hours = HourRange::touching(period);
        let mut summary = recap::summary_of(&reader, &entry.tag, period, hours, self.now_ms)?;
        if let Some(player) = player {
            summary = recap::only(&reader, &entry.tag, player, summary, self.now_ms)?;
        }
        if summary.players.is_empty() {
            let text = match player {
                Some(player) => teller.say(W::StatsNoPlayer, &[("player", &teller.name(player))]),
                None => teller.say(W::StatsNothing, &[]),
            };
            return Ok(Answer::Said(Reply::bad(text, "nothing")));
        }
        let title = stats_title(&summary, &teller);
        let lines = summary
            .players
            .iter()
            .map(|sum| stats_line(sum, &teller))
            .collect();
        Ok(Answer::Listed(Listing { title, lines }))
    }

    fn recap(&self, entry: &Entry, span: Span) -> Result<Answer, AdminError> {
        let teller = entry.teller();
        let nothing = || Answer::Said(Reply::good(teller.say(W::RecapNothing, &[])));
        let own = entry.recaps.iter().find(|schedule| schedule.span() == span);
        let schedule = own.copied().unwrap_or(match span {
            Span::Daily => Schedule::Daily(time(0, 0, 0, 0)),
            Span::Weekly => Schedule::Weekly(Weekday::Monday, time(0, 0, 0, 0)),
        });
        let Some(period) = schedule.latest(self.now_ms, &entry.zone) else {
            return Ok(nothing());
        };
        let reader = self.store.statistics()?;
        let summary = recap::summary_of(
            &reader,
            &entry.tag,
            period,
            HourRange::within(period),
            self.now_ms,
        )?;
        if summary.is_quiet() {
            return Ok(nothing());
        }
        let text = RecapText {
            server: &entry.name,
            span,
            zone: &entry.zone,
            summary: &summary,
            words: entry.voice.words(),
        };
        Ok(Answer::Said(Reply::good(text.render())))
    }
}

fn stats_title(summary: &Summary, teller: &Teller<'_>) -> String {
    let words = teller.voice.words();
    let since = format!("<t:{}:f>", summary.period.from_ms.div_euclid(1000));
    let parts = [
        ("since", since),
        ("players", summary.players.len().to_string()),
        ("time", lasted(summary.played_ms(), words)),
        ("peak", summary.peak.players.to_string()),
    ];
    let parts: Vec<(&str, &str)> = parts
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    teller.say(W::StatsTitle, &parts)
}

fn stats_line(sum: &PlayerSum, teller: &Teller<'_>) -> String {
    let parts = [
        ("player", teller.name(&sum.name)),
        ("time", lasted(sum.played_ms, teller.voice.words())),
        ("visits", sum.sessions.to_string()),
        ("messages", sum.messages.to_string()),
        ("deaths", sum.deaths.to_string()),
    ];
    let parts: Vec<(&str, &str)> = parts
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    teller.say(W::StatsLine, &parts)
}

fn outbox(roster: &Roster, server: Option<&ServerTag>, state_dir: &Path) -> Result<Answer, AdminError> {
    let teller = roster.teller();
    let filter = OutboxFilter {
        server: server.cloned(),
        ..OutboxFilter::default()
    };
    let counts = Admin::open(state_dir)?.open_counts(&filter)?;
    if counts.is_empty() {
        return Ok(Answer::Said(Reply::good(teller.say(W::OutboxEmpty, &[]))));
    }
    let line = |count: &isr_store::OpenCount| {
        let (waiting, given_up) = (count.waiting.to_string(), count.given_up.to_string());
        let place = roster.place(&count.destination);
        let parts = [
            ("place", place.as_str()),
            ("waiting", &waiting),
            ("dead", &given_up),
        ];
        teller.say(W::OutboxLine, &parts)
    };
    Ok(Answer::Listed(Listing {
        title: teller.say(W::OutboxTitle, &[]),
        lines: counts.iter().map(line).collect(),
    }))
}

fn works(planned: &[Maintenance], entry: Option<&Entry>, teller: &Teller<'_>, now_ms: i64) -> Reply {
    let is_meant =
        |work: &&Maintenance| work.is_on(now_ms) && entry.is_none_or(|entry| work.scope.covers(&entry.tag));
    let line = |work: &Maintenance| {
        let whom = match &work.scope {
            isr_store::Scope::All => teller.word(W::AllServers).to_owned(),
            isr_store::Scope::Server(tag) => format!("`{tag}`"),
        };
        let until = format!("<t:{}:f>", work.until_ms.div_euclid(1000));
        let by = teller.name(&work.by);
        teller.say(W::WorkLine, &[("whom", &whom), ("until", &until), ("by", &by)])
    };
    let lines: Vec<String> = planned.iter().filter(is_meant).map(line).collect();
    match lines.is_empty() {
        true => Reply::good(teller.say(W::NoWork, &[])),
        false => Reply::good(lines.join("\n")),
    }
}
