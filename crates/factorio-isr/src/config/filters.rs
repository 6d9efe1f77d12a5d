//! Filters and quiet hours of the servers.
//!
//! Owns how their names, times, rates and expressions are written. Must not know how an event is read or posted. Every
//! fault becomes a problem; nothing is filtered that no filter names.

use isr_core::event::EventKind;
use isr_core::filter::{Beyond, Expression, Filter, Filters, Per, Then, has_player, has_words};
use isr_core::hours::Hours;
use isr_core::pattern::Tier;
use isr_core::quiet_hours::QuietHours;
use isr_core::route::{Condition, KindPattern};
use isr_core::suppressed::RuleName;
use jiff::civil::Time;

use super::findings::{Field, Findings, Given};
use super::keys;
use super::problem::{Origin, quote};
use super::raw_filters::{RawFilter, RawQuietHours};
use super::raw_routes::Texts;
use super::routes::Reader;
use super::scalar::{self, Complaint};
use super::settings::LogZone;
use super::zone;

/// A filter whose names were looked up; only the zone of its hours is the server's.
pub(crate) struct Parsed {
    /// `None`: for every server.
    servers: Option<Vec<String>>,
    filter: Filter,
    /// In a few words, for `check`.
    shown: String,
    place: Origin,
    hours: Option<(Time, Time)>,
}

impl Reader<'_> {
    /// The filters of a list. One with a fault is reported and left out.
    pub(crate) fn filters(&mut self, raw: &[RawFilter]) -> Vec<Parsed> {
        let parsed: Vec<Parsed> = raw.iter().filter_map(|filter| self.filter(filter)).collect();
        refuse_covered(&parsed, self.findings);
        parsed
    }

    fn filter(&mut self, raw: &RawFilter) -> Option<Parsed> {
        let place = keys::origin(self.sources.path, raw.at);
        let name = self.filter_name(&raw.name, &place);
        let kinds = self.named("events", &raw.events, &place, Self::kind);
        let servers = self.named("servers", &raw.servers, &place, Self::server);
        let patterns = self.named("patterns", &raw.patterns, &place, Self::pattern);
        let players = self.expression("players", &raw.players, &place, Expression::names);
        let words = self.expression("text", &raw.text, &place, Expression::words);
        let regex = self.value("matches", &raw.matches, expression);
        let hours = self.value("between", &raw.between, between);
        let rate = self.value("rate", &raw.rate, scalar::rate);
        let per = self.value("per", &raw.per, |text| {
            scalar::choice(text, &[("player", Per::Player), ("kind", Per::Kind)])
        });
        let post = self.value("post", &raw.post, scalar::switch);
        let beyond = rate?.map(|rate| Beyond {
            rate,
            per: per.flatten().unwrap_or(Per::Player),
        });
        let then = if post?.is_some_and(|post| post.is_on()) {
            Then::Pass
        } else {
            Then::Suppress
        };
        let filter = Filter {
            name: name?,
            when: Condition {
                kinds: kinds?,
                patterns: patterns?,
                ..Condition::default()
            },
            players: players?,
            text: words?.into_iter().chain(regex?).collect(),
            hours: None,
            beyond,
            then,
        };
        self.refuse_everything(&filter, raw, &place);
        self.refuse_what_kinds_lack(&filter, &place);
        if let (Some(per), None) = (raw.per.given(), &filter.beyond) {
            let remedy = "add a rate, such as `rate: 5 per 1min`, or remove `per`";
            let what = "`per` says what has a rate of its own, and there is no `rate`";
            self.findings.problem(per.origin.clone(), what, remedy);
        }
        Some(Parsed {
            servers: raw.servers.is_some().then_some(servers?),
            filter,
            shown: shown(raw),
            place,
            hours: hours?,
        })
    }

    /// A filter that asks for nothing would keep everything back.
    fn refuse_everything(&mut self, filter: &Filter, raw: &RawFilter, place: &Origin) {
        let asks = [&raw.events, &raw.patterns, &raw.players, &raw.text];
        let asks = asks.into_iter().any(Option::is_some)
            || [&raw.matches, &raw.between, &raw.rate]
                .into_iter()
                .any(|field| field.given().is_some());
        if !asks && filter.then == Then::Suppress {
            let what = "this filter would keep every event back";
            let remedy =
                "say which events it is for, such as `events: [join, leave]`; `events: all` if you mean it";
            self.findings.problem(place.clone(), what, remedy);
        }
    }

    /// A filter for words or players, and a kind whose events have none: there it could never apply.
    fn refuse_what_kinds_lack(&mut self, filter: &Filter, place: &Origin) {
        let names = filter.when.kinds.iter().filter_map(|kind| match kind {
            KindPattern::Exactly(name) => Some((name.as_str(), EventKind::from_name(name.as_str())?)),
            KindPattern::Any | KindPattern::Beginning(_) => None,
        });
        for (name, kind) in names {
            let brought = |tier| {
                self.patterns
                    .profiles_of(tier)
                    .any(|profile| profile.kind.as_str() == name)
            };
            // A pattern may take more out of a line; those that come with the program take no words out of one that
            // the game's own event has none in.
            let no_words = !has_words(kind) && !brought(Tier::Own);
            let no_player = !has_player(kind) && !brought(Tier::Own) && !brought(Tier::Shipped);
            let lacking = [
                ("words", !filter.text.is_empty() && no_words),
                ("a player", filter.players.is_some() && no_player),
            ];
            for (asked, _) in lacking.into_iter().filter(|(_, lacks)| *lacks) {
                let what = format!("the filter asks for {asked}, and {} has none", quote(name));
                let remedy =
                    format!("take {name} out of its `events`, and keep it back with a filter of its own");
                self.findings.problem(place.clone(), what, remedy);
            }
        }
    }

    fn filter_name(&mut self, field: &Field, place: &Origin) -> Option<RuleName> {
        let given = match field {
            Field::Given(given) => given,
            Field::Broken => return None,
            Field::Absent => {
                let remedy = "add `name:` with a name of your choice: what it keeps back is counted under it";
                self.findings
                    .problem(place.clone(), "the filter has no name", remedy);
                return None;
            }
        };
        let text = given.text.trim();
        let allowed = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | ' ');
        if !(1..=40).contains(&text.chars().count()) || !text.chars().all(allowed) {
            let what = format!("{} cannot be the name of a filter", given.quoted());
            let remedy = "write up to 40 letters, digits, spaces, '_', '-' and '.'";
            self.findings.problem(given.origin.clone(), what, remedy);
            return None;
        }
        if self.filter_names.iter().any(|known| known == text) {
            let what = format!("two filters are called {}", quote(text));
            self.findings
                .problem(given.origin.clone(), what, "give one of them another name");
            return None;
        }
        self.filter_names.push(text.to_owned());
        Some(RuleName::named(text))
    }

    fn expression(
        &mut self,
        key: &str,
        texts: &Texts,
        place: &Origin,
        build: impl Fn(&[&str]) -> Result<Expression, String>,
    ) -> Option<Option<Expression>> {
        let given = self.named(key, texts, place, |_, given| Some(given.text.trim().to_owned()))?;
        if given.is_empty() {
            return Some(None);
        }
        let words: Vec<&str> = given.iter().map(String::as_str).collect();
        match build(&words) {
            Ok(expression) => Some(Some(expression)),
            Err(why) => {
                let what = format!("`{key}` of the filter cannot be used: {why}");
                self.findings
                    .problem(place.clone(), what, "write fewer and shorter texts");
                None
            }
        }
    }

    /// A single value; `None` when it was wrong.
    fn value<T>(
        &mut self,
        key: &str,
        field: &Field,
        parse: impl FnOnce(&str) -> Result<T, Complaint>,
    ) -> Option<Option<T>> {
        match field {
            Field::Absent => Some(None),
            Field::Broken => None,
            Field::Given(given) => self.findings.parse(key, given, parse).map(Some),
        }
    }

    /// The quiet hours of a server; `None` when there are none, or something was wrong.
    pub(crate) fn quiet_hours(
        &mut self,
        key: &str,
        raw: &RawQuietHours,
        own_zone: &LogZone,
    ) -> Option<QuietHours> {
        let place = keys::origin(self.sources.path, raw.at);
        if let Some(given) = raw.switch.given() {
            let switch = self.findings.parse("quiet_hours", given, scalar::switch)?;
            if switch.is_on() {
                self.findings
                    .problem(place, "quiet_hours is on, but nothing says when", QUIET_REMEDY);
            }
            return None;
        }
        let from = self.value("from", &raw.from, time)?;
        let to = self.value("to", &raw.to, time)?;
        let zone = self.value("time_zone", &raw.time_zone, zone::named)?;
        let kinds = self.named("events", &raw.events, &place, Self::kind)?;
        let (Some(from), Some(to)) = (from, to) else {
            self.findings
                .problem(place, "quiet_hours does not say from when to when", QUIET_REMEDY);
            return None;
        };
        if from == to {
            self.findings
                .problem(place, "quiet_hours ends when it begins", QUIET_REMEDY);
            return None;
        }
        let zone = zone.unwrap_or_else(|| own_zone.clone());
        let shown = format!("{} to {} ({})", show_time(from), show_time(to), zone.name);
        self.findings.setting(key, shown, place);
        Some(QuietHours {
            hours: Hours::new(from, to, zone.zone),
            kinds,
        })
    }
}

const EXPRESSION_REMEDY: &str =
    "write a regular expression without look-around and back-references, such as '(?i)\\bfree\\b'";
const QUIET_REMEDY: &str = "write `from: 22:00` and `to: 07:00` below it, or `quiet_hours: off`";

/// Reports filters that can never apply, since one before them takes all their events whatever else is asked.
fn refuse_covered(filters: &[Parsed], findings: &mut Findings) {
    for (at, filter) in filters.iter().enumerate() {
        let wide = |other: &&Parsed| other.is_unconditional() && other.covers_servers(filter);
        let before: Vec<&Parsed> = filters[..at].iter().filter(wide).collect();
        let asked = &filter.filter.when.kinds;
        let every = [KindPattern::Any];
        let kinds = if asked.is_empty() { &every[..] } else { asked };
        let covering = kinds
            .iter()
            .map(|kind| before.iter().find(|other| other.covers(kind, filter)));
        let Some(covering) = covering.collect::<Option<Vec<_>>>() else {
            continue;
        };
        if let Some(first) = covering.first() {
            let what = format!(
                "this filter can never apply: {} before it decides about all its events",
                quote(first.filter.name.as_str())
            );
            findings.problem(filter.place.clone(), what, "move it up, or remove it");
        }
    }
}

impl Parsed {
    /// The hours are not in the filter yet: their zone is the server's.
    const fn is_unconditional(&self) -> bool {
        self.hours.is_none() && self.filter.asks_for_kinds_alone()
    }

    fn covers_servers(&self, other: &Self) -> bool {
        match (&self.servers, &other.servers) {
            (None, _) => true,
            (Some(_), None) => false,
            (Some(wide), Some(narrow)) => narrow.iter().all(|tag| wide.contains(tag)),
        }
    }

    /// Whether all events of a kind that the other one asks for are asked for here.
    fn covers(&self, kind: &KindPattern, other: &Self) -> bool {
        let (wide, narrow) = (&self.filter.when, &other.filter.when);
        let kinds = wide.kinds.is_empty() || wide.kinds.iter().any(|known| known.covers(kind));
        let among = || narrow.patterns.iter().all(|name| wide.patterns.contains(name));
        kinds && (wide.patterns.is_empty() || (!narrow.patterns.is_empty() && among()))
    }
}

/// A filter as it was written, in one line.
fn shown(raw: &RawFilter) -> String {
    let lists = [
        ("events", &raw.events),
        ("patterns", &raw.patterns),
        ("players", &raw.players),
        ("text", &raw.text),
    ];
    let lists = lists.into_iter().filter_map(|(key, texts)| {
        let given = texts.as_ref()?.iter().map(Given::quoted);
        Some(format!("{key} {}", given.collect::<Vec<_>>().join(" ")))
    });
    let values = [
        ("matches", &raw.matches),
        ("between", &raw.between),
        ("rate", &raw.rate),
        ("per", &raw.per),
        ("post", &raw.post),
    ];
    let values = values
        .into_iter()
        .filter_map(|(key, field)| Some(format!("{key} {}", field.given()?.quoted())));
    let name = raw.name.given().map_or("", |given| given.text.trim());
    let asked: Vec<String> = lists.chain(values).collect();
    format!("{name} ({})", asked.join(", "))
}

/// All filters of a server, its own first.
pub(crate) fn of_server(
    tag: &str,
    zone: &LogZone,
    own: &[Parsed],
    shared: &[Parsed],
    findings: &mut Findings,
) -> Filters {
    let is_for = |parsed: &&Parsed| {
        let named = |tags: &Vec<String>| tags.iter().any(|known| known == tag);
        parsed.servers.as_ref().is_none_or(named)
    };
    let for_it: Vec<&Parsed> = own.iter().chain(shared.iter().filter(is_for)).collect();
    if let Some(first) = for_it.first() {
        let shown: Vec<&str> = for_it.iter().map(|parsed| parsed.shown.as_str()).collect();
        let key = format!("servers.{tag}.filters");
        findings.setting(&key, shown.join("; "), first.place.clone());
    }
    let filter = |parsed: &&Parsed| Filter {
        hours: parsed
            .hours
            .map(|(from, to)| Hours::new(from, to, zone.zone.clone())),
        ..parsed.filter.clone()
    };
    Filters::new(for_it.iter().map(filter).collect())
}

fn time(text: &str) -> Result<Time, Complaint> {
    let mut parts = text.split(':').map(|part| {
        let digits = (1..=2).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
        if digits { part.parse::<i8>().ok() } else { None }
    });
    let (hour, minute) = (parts.next().flatten(), parts.next().flatten());
    let second = parts.next().unwrap_or(Some(0));
    let time = match (hour, minute, second, parts.next()) {
        (Some(hour), Some(minute), Some(second), None) => Time::new(hour, minute, second, 0).ok(),
        _ => None,
    };
    time.ok_or_else(|| {
        Complaint::new(
            "this is not a time of day",
            "write hours and minutes, such as 22:00",
        )
    })
}

fn show_time(time: Time) -> String {
    let format = if time.second() == 0 { "%H:%M" } else { "%H:%M:%S" };
    time.strftime(format).to_string()
}

fn expression(text: &str) -> Result<Expression, Complaint> {
    let expression = Expression::regex(text).map_err(|why| Complaint::new(why, EXPRESSION_REMEDY))?;
    if expression.matches_empty() {
        let remedy =
            "write what has to be there: `a+` in place of `a*`; without `matches` the words do not matter";
        return Err(Complaint::new(
            "this matches an empty text, and so every one",
            remedy,
        ));
    }
    Ok(expression)
}

fn between(text: &str) -> Result<(Time, Time), Complaint> {
    let wrong = || Complaint::new("these are no two times of day", "write them as 22:00-07:00");
    let (from, to) = text.split_once(['-', '–']).ok_or_else(wrong)?;
    let (from, to) = (time(from.trim())?, time(to.trim())?);
    if from == to { Err(wrong()) } else { Ok((from, to)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_people_write_them() {
        assert_eq!(time("7:05"), Ok(Time::constant(7, 5, 0, 0)));
        assert_eq!(
            between("22:00 - 07:00"),
            Ok((Time::constant(22, 0, 0, 0), Time::constant(7, 0, 0, 0)))
        );
        for bad in ["", "7", "24:00", "7:60", "+7:00", "07:00:00:00", "22.00"] {
            assert!(time(bad).is_err(), "{bad}");
        }
    }
}
