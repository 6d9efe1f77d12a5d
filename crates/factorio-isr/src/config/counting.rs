//! Statistics, privacy and recaps: what the configuration says about them.
//!
//! Owns their keys, as written and resolved. Must not count anything. A bad time or name becomes a problem; the others
//! are still looked at.

use std::path::Path;
use std::sync::Arc;

use isr_core::statistics::Schedule;
use jiff::civil::{Time, Weekday};

use super::document::{Content, Node};
use super::findings::{Field, Findings};
use super::keys::{self, Keys};
use super::problem::Origin;
use super::scalar::{self, Complaint};
#[cfg(feature = "schema")]
use super::schema as shape;
use super::settings::Switch;
use super::webhook::Target;

/// The most players that can be left out: more are a sign of a wrong file.
const MOST_IGNORED: usize = 1000;

/// What is kept of whom.
#[derive(Default)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(deny_unknown_fields, title = "privacy")
)]
pub(crate) struct RawPrivacy {
    /// Players of whom no statistics are kept. What they do is still posted.
    #[cfg_attr(feature = "schema", schemars(with = "Option<Vec<String>>"))]
    pub(crate) ignore_players: Vec<Field>,
}

/// Posts that sum up a day or a week.
#[derive(Default)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(deny_unknown_fields, title = "recap")
)]
pub(crate) struct RawRecap {
    /// Time of the server's zone at which the last day is summed up, such as `"21:00"`. Default: off.
    #[cfg_attr(feature = "schema", schemars(with = "Option<shape::TextOrSwitch>"))]
    pub(crate) daily: Field,
    /// Day and time at which the last week is summed up, such as `monday 09:00`. Default: off.
    #[cfg_attr(feature = "schema", schemars(with = "Option<shape::TextOrSwitch>"))]
    pub(crate) weekly: Field,
    /// Where recaps go, written like `webhook` of the server. Default: where its other messages go.
    #[cfg_attr(feature = "schema", schemars(with = "Option<String>"))]
    pub(crate) webhook: Field,
    /// Add a picture with charts. Default: on.
    #[cfg_attr(feature = "schema", schemars(with = "Option<shape::OnOff>"))]
    pub(crate) picture: Field,
}

/// What is counted of a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Counting {
    /// Nothing.
    Off,
    /// Everything, but for these players (in any case of their letters): of them nothing is kept.
    Except(Arc<[String]>),
}

impl Counting {
    /// Whether what this player does is counted; without a player, whether anything is.
    #[must_use]
    pub fn counts(&self, player: Option<&str>) -> bool {
        match self {
            Self::Off => false,
            Self::Except(ignored) => {
                player.is_none_or(|player| !ignored.iter().any(|name| same_name(name, player)))
            }
        }
    }
}

fn same_name(one: &str, other: &str) -> bool {
    one.eq_ignore_ascii_case(other) || one.to_lowercase() == other.to_lowercase()
}

/// The recaps of one server.
#[derive(Debug, Clone)]
pub struct Recaps {
    /// When they are due.
    pub schedules: Vec<Schedule>,
    /// Where they go; the server's own target when absent.
    pub target: Option<Target>,
    /// Whether a picture goes with them.
    pub picture: Switch,
}

impl RawPrivacy {
    /// Reads the section.
    pub(crate) fn read(keys: &mut Keys<'_>) -> Self {
        let node = keys.node("privacy");
        let mut keys = Keys::of(node, "privacy", keys.path(), keys.findings);
        let names = keys.node("ignore_players");
        let path = keys.path();
        let raw = Self {
            ignore_players: names
                .map(|names| listed(names, path, keys.findings))
                .unwrap_or_default(),
        };
        keys.finish();
        raw
    }
}

/// A list of names, or one name alone.
fn listed(names: &Node, path: &Path, findings: &mut Findings) -> Vec<Field> {
    match &names.content {
        Content::List(items) => items
            .iter()
            .map(|item| keys::field(item, "ignore_players", path, findings))
            .collect(),
        _ => vec![keys::field(names, "ignore_players", path, findings)],
    }
}

impl RawRecap {
    /// Reads the section of a server or of `defaults`.
    pub(crate) fn take(keys: &mut Keys<'_>) -> Self {
        let node = keys.node("recap");
        let mut keys = Keys::of(node, "recap", keys.path(), keys.findings);
        let raw = Self {
            daily: keys.scalar("daily"),
            weekly: keys.scalar("weekly"),
            webhook: keys.scalar("webhook"),
            picture: keys.scalar("picture"),
        };
        keys.finish();
        raw
    }
}

/// What is counted of every server.
pub(crate) fn counting(statistics: &Field, privacy: &RawPrivacy, findings: &mut Findings) -> Counting {
    let switch = findings.settle(
        "statistics",
        statistics,
        Switch::On,
        scalar::switch,
        Switch::to_string,
    );
    let names = ignored(&privacy.ignore_players, findings);
    if switch.is_on() {
        Counting::Except(names)
    } else {
        Counting::Off
    }
}

fn ignored(fields: &[Field], findings: &mut Findings) -> Arc<[String]> {
    let mut names: Vec<String> = Vec::new();
    for given in fields.iter().filter_map(Field::given) {
        names.extend(findings.parse("a player's name", given, player));
    }
    let origin = fields
        .iter()
        .find_map(Field::given)
        .map_or(Origin::Default, |given| given.origin.clone());
    if names.len() > MOST_IGNORED {
        let what = format!("{} players are listed in privacy.ignore_players", names.len());
        findings.problem(
            origin.clone(),
            what,
            format!("list at most {MOST_IGNORED}, or set `statistics: off`"),
        );
    }
    let shown = if names.is_empty() {
        "nobody".to_owned()
    } else {
        names.join(", ")
    };
    findings.setting("privacy.ignore_players", shown, origin);
    names.into()
}

fn player(text: &str) -> Result<String, Complaint> {
    if text.is_empty() || text.chars().count() > 64 || text.chars().any(char::is_control) {
        let remedy = "write the name as the game shows it: 1 to 64 characters";
        return Err(Complaint::new("that is not a player's name", remedy));
    }
    Ok(text.to_owned())
}

/// The schedules and the picture of a server's recaps; the target is the caller's to find.
pub(crate) fn recaps(
    key: &impl Fn(&str) -> String,
    own: &RawRecap,
    defaults: &RawRecap,
    counting: &Counting,
    findings: &mut Findings,
) -> Recaps {
    let daily_field = own.daily.clone().or_else(|| defaults.daily.clone());
    let daily = findings.settle(&key("recap.daily"), &daily_field, None, daily, shown);
    let weekly_field = own.weekly.clone().or_else(|| defaults.weekly.clone());
    let weekly = findings.settle(&key("recap.weekly"), &weekly_field, None, weekly, shown);
    let picture = own.picture.clone().or_else(|| defaults.picture.clone());
    let picture = findings.settle(
        &key("recap.picture"),
        &picture,
        Switch::On,
        scalar::switch,
        Switch::to_string,
    );
    let schedules: Vec<Schedule> = daily.into_iter().chain(weekly).collect();
    let named = [&daily_field, &weekly_field].into_iter().find_map(Field::given);
    if let (Counting::Off, false, Some(given)) = (counting, schedules.is_empty(), named) {
        let remedy = "remove `statistics: off`, or remove the recaps";
        findings.problem(
            given.origin.clone(),
            "recaps are made from statistics, which are off",
            remedy,
        );
    }
    Recaps {
        schedules,
        target: None,
        picture,
    }
}

/// A time of each day, or off.
pub(crate) fn daily(text: &str) -> Result<Option<Schedule>, Complaint> {
    if is_off(text) {
        return Ok(None);
    }
    time(text).map(|time| Some(Schedule::Daily(time))).ok_or_else(|| {
        Complaint::new(
            "that is not a time of day",
            "write hours and minutes in quotation marks, such as \"21:00\", or off",
        )
    })
}

fn weekly(text: &str) -> Result<Option<Schedule>, Complaint> {
    if is_off(text) {
        return Ok(None);
    }
    let complaint = || {
        Complaint::new(
            "that is not a day and a time",
            "write them such as `monday 09:00`, or off",
        )
    };
    let (day, at) = text.split_once(char::is_whitespace).ok_or_else(complaint)?;
    let day = weekday(day).ok_or_else(complaint)?;
    let at = time(at.trim()).ok_or_else(complaint)?;
    Ok(Some(Schedule::Weekly(day, at)))
}

fn is_off(text: &str) -> bool {
    scalar::switch(text).is_ok_and(|switch| !switch.is_on())
}

fn time(text: &str) -> Option<Time> {
    let (hour, minute) = text.split_once(':')?;
    let digits = |part: &str| (part.len() <= 2).then(|| part.parse::<i8>().ok()).flatten();
    Time::new(digits(hour)?, digits(minute)?, 0, 0).ok()
}

const WEEKDAYS: [(&str, Weekday); 7] = [
    ("monday", Weekday::Monday),
    ("tuesday", Weekday::Tuesday),
    ("wednesday", Weekday::Wednesday),
    ("thursday", Weekday::Thursday),
    ("friday", Weekday::Friday),
    ("saturday", Weekday::Saturday),
    ("sunday", Weekday::Sunday),
];

/// A day by its English name or the first three letters of it.
fn weekday(text: &str) -> Option<Weekday> {
    let text = text.to_ascii_lowercase();
    WEEKDAYS
        .into_iter()
        .find(|(name, _)| *name == text || name[..3] == text)
        .map(|(_, day)| day)
}

/// A schedule as people write it.
pub(crate) fn shown(schedule: &Option<Schedule>) -> String {
    let clock = |time: &Time| time.strftime("%H:%M").to_string();
    match schedule {
        None => "off".to_owned(),
        Some(Schedule::Daily(time)) => clock(time),
        Some(Schedule::Weekly(day, time)) => {
            let name = WEEKDAYS.iter().find(|(_, known)| known == day);
            format!("{} {}", name.map_or("?", |(name, _)| *name), clock(time))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_days_are_read_as_people_write_them() {
        for (text, expected) in [
            ("21:00", "21:00"),
            ("9:05", "09:05"),
            ("off", "off"),
            ("no", "off"),
        ] {
            assert_eq!(
                daily(text).map(|found| shown(&found)).ok().as_deref(),
                Some(expected)
            );
        }
        for (text, expected) in [("monday 09:00", "monday 09:00"), ("Sun 7:30", "sunday 07:30")] {
            assert_eq!(
                weekly(text).map(|found| shown(&found)).ok().as_deref(),
                Some(expected)
            );
        }
        for text in ["", "25:00", "9", "21:60", "-1:00", "9:00pm", "009:00"] {
            assert!(daily(text).is_err(), "{text:?}");
        }
        for text in ["monday", "09:00", "mo 09:00", "monday 9", "someday 09:00"] {
            assert!(weekly(text).is_err(), "{text:?}");
        }
    }
}
