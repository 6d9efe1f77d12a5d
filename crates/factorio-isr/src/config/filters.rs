//! Filters and quiet hours of the servers.
//!
//! Owns how their names, times, rates and expressions are written. Must not know how an event is read or posted. Every
//! fault becomes a problem; nothing is filtered that no filter names.

use std::time::Duration;

use isr_core::filter::{Beyond, Expression, Filter, Filters, Per, Then};
use isr_core::hours::Hours;
use isr_core::quiet_hours::QuietHours;
use isr_core::rate::Rate;
use isr_core::route::Condition;
use isr_core::suppressed::RuleName;
use jiff::civil::Time;

use super::findings::{Field, Findings, Given};
use super::keys;
use super::problem::{Origin, quote};
use super::raw_filters::{RawFilter, RawQuietHours};
use super::raw_routes::Texts;
use super::routes::Reader;
use super::scalar::{self, Complaint, Within};
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
        raw.iter().filter_map(|filter| self.filter(filter)).collect()
    }

    fn filter(&mut self, raw: &RawFilter) -> Option<Parsed> {
        let place = keys::origin(self.sources.path, raw.at);
        let name = self.filter_name(&raw.name, &place);
        let kinds = self.named("events", &raw.events, &place, Self::kind);
        let servers = self.named("servers", &raw.servers, &place, Self::server);
        let patterns = self.named("patterns", &raw.patterns, &place, Self::pattern);
        let players = self.expression("players", &raw.players, &place, Expression::names);
        let words = self.expression("text", &raw.text, &place, Expression::words);
        let regex = self.value("matches", &raw.matches, |text| {
            Expression::regex(text).map_err(|why| Complaint::new(why, EXPRESSION_REMEDY))
        });
        let hours = self.value("between", &raw.between, between);
        let rate = self.value("rate", &raw.rate, rate);
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

fn between(text: &str) -> Result<(Time, Time), Complaint> {
    let wrong = || Complaint::new("these are no two times of day", "write them as 22:00-07:00");
    let (from, to) = text.split_once(['-', '–']).ok_or_else(wrong)?;
    let (from, to) = (time(from.trim())?, time(to.trim())?);
    if from == to { Err(wrong()) } else { Ok((from, to)) }
}

fn rate(text: &str) -> Result<Rate, Complaint> {
    const REMEDY: &str = "write a number and a time, such as 5 per 1min or 20 per 1h";
    let wrong = || Complaint::new("this is not a rate", REMEDY);
    let (number, time) = text
        .split_once("per")
        .or_else(|| text.split_once('/'))
        .ok_or_else(wrong)?;
    let number: u16 = number.trim().parse().map_err(|_| wrong())?;
    let time = time.trim();
    let starts_with_digit = time.starts_with(|c: char| c.is_ascii_digit());
    let time = if starts_with_digit {
        time.to_owned()
    } else {
        format!("1{time}")
    };
    let within = scalar::duration(&time, Within(Duration::from_secs(1), Duration::from_hours(24)))?;
    if number == 0 || number > Rate::MOST {
        return Err(wrong());
    }
    Ok(Rate::new(number, within))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_rates_are_read_as_people_write_them() {
        assert_eq!(time("7:05"), Ok(Time::constant(7, 5, 0, 0)));
        assert_eq!(
            between("22:00 - 07:00"),
            Ok((Time::constant(22, 0, 0, 0), Time::constant(7, 0, 0, 0)))
        );
        for bad in ["", "7", "24:00", "7:60", "+7:00", "07:00:00:00", "22.00"] {
            assert!(time(bad).is_err(), "{bad}");
        }
        for good in ["5 per 1min", "5/60s", "5 per min", "5/min"] {
            assert_eq!(rate(good), Ok(Rate::new(5, Duration::from_secs(60))), "{good}");
        }
        for bad in [
            "",
            "5",
            "0 per 1min",
            "5 per 0s",
            "x per 1min",
            "-1/1s",
            "2000 per 1h",
        ] {
            assert!(rate(bad).is_err(), "{bad}");
        }
    }
}
