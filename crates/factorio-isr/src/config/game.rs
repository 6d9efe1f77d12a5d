//! What is made of a running game: statistics posts, the card, planned restarts.
//!
//! Owns what their keys mean together with `defaults`. Must not know how anything is posted. A wrong value becomes a
//! problem.

use std::time::Duration;

use isr_core::game::restarts::{RestartAt, Restarts};
use isr_core::statistics::Schedule;
use isr_discord::LinkUrl;

use super::counting;
use super::findings::{Field, Findings};
use super::raw::RawOptions;
use super::raw_game::RawCard;
use super::raw_routes::Texts;
use super::scalar::{self, Complaint, Within};
use super::settings::{LogZone, Switch};
use super::targets::NamedTargets;
use super::webhook::Target;

/// How often statistics may be posted.
const STATS: Within<Duration> = Within(Duration::from_secs(10), Duration::from_secs(7 * 86_400));

/// Statistics posts of one server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatsPosts {
    /// How often they are made; `None`: never.
    pub interval: Option<Duration>,
    /// Where they go; the server's own target when absent.
    pub target: Option<Target>,
    /// Whether they tell the updates per second.
    pub ups: Switch,
    /// Whether they tell how far the enemies have evolved.
    pub evolution: Switch,
}

/// The card of one server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Card {
    /// Where it is; the server's own target when absent.
    pub target: Option<Target>,
    /// When a picture of the last day is posted beside it, if ever.
    pub picture: Option<Schedule>,
    /// What its button to join opens, if it has one.
    pub join_url: Option<LinkUrl>,
    /// Whether the bot pins it when it posts it.
    pub pin: Switch,
}

/// What the sections of a server and of `defaults` are resolved with.
pub(crate) struct Posts<'a> {
    pub(crate) targets: &'a mut NamedTargets,
    pub(crate) findings: &'a mut Findings,
}

impl Posts<'_> {
    /// The statistics posts of a server. Without RCON there are none.
    pub(crate) fn stats(
        &mut self,
        key: &impl Fn(&str) -> String,
        own: &RawOptions,
        defaults: &RawOptions,
        has_rcon: bool,
    ) -> StatsPosts {
        let interval_of = |options: &RawOptions| {
            let short = options.stats_interval.clone();
            options.stats.interval.clone().or_else(|| short)
        };
        let own_interval = interval_of(own);
        let field = own_interval.clone().or_else(|| interval_of(defaults));
        let (own, defaults) = (&own.stats, &defaults.stats);
        let pick = |own: &Field, default: &Field| own.clone().or_else(|| default.clone());
        let interval =
            self.findings
                .settle_quietly(&key("stats.interval"), &field, None, interval, show_interval);
        if let (Some(given), Some(_), false) = (own_interval.given(), interval, has_rcon) {
            self.findings.note_at(
                given.origin.clone(),
                "no statistics are posted: they come from RCON, and this server has no `rcon`",
            );
        }
        let mut switch = |name: &str, field: Field| {
            self.findings
                .settle_quietly(&key(name), &field, Switch::On, scalar::switch, Switch::to_string)
        };
        let ups = switch("stats.ups", pick(&own.ups, &defaults.ups));
        let evolution = switch("stats.evolution", pick(&own.evolution, &defaults.evolution));
        let webhook = pick(&own.webhook, &defaults.webhook);
        StatsPosts {
            interval: interval.filter(|_| has_rcon),
            target: self.target(&key("stats.webhook"), &webhook),
            ups,
            evolution,
        }
    }

    /// The card of a server. Without RCON there is none.
    pub(crate) fn card(
        &mut self,
        key: &impl Fn(&str) -> String,
        own: &RawCard,
        defaults: &RawCard,
        has_rcon: bool,
    ) -> Option<Card> {
        let field = own.enabled.clone().or_else(|| defaults.enabled.clone());
        let usual = if has_rcon { Switch::On } else { Switch::Off };
        let wanted =
            self.findings
                .settle_quietly(&key("card"), &field, usual, scalar::switch, Switch::to_string);
        if let (Some(given), Switch::On, false) = (own.enabled.given(), wanted, has_rcon) {
            self.findings.note_at(
                given.origin.clone(),
                "there is no card: what it shows comes from RCON, and this server has no `rcon`",
            );
        }
        let webhook = own.webhook.clone().or_else(|| defaults.webhook.clone());
        let target = self.target(&key("card.webhook"), &webhook);
        let picture = own.picture.clone().or_else(|| defaults.picture.clone());
        let picture = self.findings.settle_quietly(
            &key("card.picture"),
            &picture,
            None,
            counting::daily,
            counting::shown,
        );
        let join = own.join_url.clone().or_else(|| defaults.join_url.clone());
        let shown = |url: &Option<LinkUrl>| url.as_ref().map_or_else(|| "off".to_owned(), LinkUrl::to_string);
        let join_url = self
            .findings
            .settle_quietly(&key("card.join_url"), &join, None, join_address, shown);
        let pin = own.pin.clone().or_else(|| defaults.pin.clone());
        let pin = self.findings.settle_quietly(
            &key("card.pin"),
            &pin,
            Switch::Off,
            scalar::switch,
            Switch::to_string,
        );
        (wanted.is_on() && has_rcon).then_some(Card {
            target,
            picture,
            join_url,
            pin,
        })
    }

    /// The target that a field names.
    pub(crate) fn target(&mut self, key: &str, field: &Field) -> Option<Target> {
        let given = field.given()?;
        let target = self.targets.target(key, given, self.findings)?;
        self.findings
            .setting(key, target.to_string(), given.origin.clone());
        Some(target)
    }
}

/// A duration, seconds as a bare number as the Python program had them, or off.
fn interval(text: &str) -> Result<Option<Duration>, Complaint> {
    if !text.starts_with(|c: char| c.is_ascii_digit())
        && scalar::switch(text).is_ok_and(|switch| !switch.is_on())
    {
        return Ok(None);
    }
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let text = if is_number {
        format!("{text}s")
    } else {
        text.to_owned()
    };
    scalar::duration(&text, STATS).map(Some).map_err(|complaint| {
        let remedy = format!("{}, or off", complaint.remedy);
        Complaint::new(complaint.what, remedy)
    })
}

fn show_interval(interval: &Option<Duration>) -> String {
    interval
        .as_ref()
        .map_or_else(|| "off".to_owned(), scalar::show_duration)
}

/// What the button to join opens, or off.
fn join_address(text: &str) -> Result<Option<LinkUrl>, Complaint> {
    if scalar::switch(text).is_ok_and(|switch| !switch.is_on()) {
        return Ok(None);
    }
    LinkUrl::parse(text).map(Some).map_err(|error| {
        Complaint::new(
            error.to_string(),
            "write https:// and a page of yours, or off; that page may lead on to \
             steam://run/427520//--mp-connect=HOST:PORT",
        )
    })
}

/// The planned restarts of a server: times of its zone, each day or on one day of the week.
pub(crate) fn restarts(
    key: &str,
    own: &Texts,
    defaults: &Texts,
    zone: &LogZone,
    findings: &mut Findings,
) -> Restarts {
    let given = own.as_ref().or(defaults.as_ref()).into_iter().flatten();
    let mut times = Vec::new();
    let mut shown: Vec<&str> = Vec::new();
    for one in given.clone() {
        times.extend(findings.parse(key, one, |text| {
            RestartAt::parse(text)
                .map_err(|error| Complaint::new("that is no time of a restart", error.to_string()))
        }));
        shown.push(one.text.trim());
    }
    if let Some(first) = given.clone().next() {
        findings.setting(key, shown.join(", "), first.origin.clone());
    }
    Restarts::new(times, zone.zone.clone())
}
