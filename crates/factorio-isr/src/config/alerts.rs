//! What `alerts:` of a server means together with `defaults`.
//!
//! Owns the values, their bounds and their words. Must not know how an alert is found or posted. A wrong value becomes a
//! problem.

use std::collections::BTreeMap;
use std::time::Duration;

use isr_core::delivery::Pings;
use isr_core::game::alert::{Desk, Judge, Rule, Settings};
use isr_core::mention::Target as Called;

use super::findings::{Field, Findings};
use super::game::Posts;
use super::mentions;
use super::raw_alerts::RawAlerts;
use super::raw_routes::Texts;
use super::scalar::{self, Complaint, Within};
use super::settings::{Bytes, Switch};
use super::webhook::Target;

/// Cooldowns, reminders and waits.
const TIMES: Within<Duration> = Within(Duration::from_secs(1), Duration::from_secs(30 * 86_400));
/// How often the pace may be looked at.
const LOOKS: Within<Duration> = Within(Duration::from_secs(5), Duration::from_secs(86_400));
/// Room on a disk.
const ROOM: Within<Bytes> = Within(Bytes(1 << 20), Bytes(1 << 50));

/// The alerts of one server.
#[derive(Debug, Clone, PartialEq)]
pub struct Alerts {
    /// Which rules are on, and their thresholds.
    pub settings: Settings,
    /// Where alerts go; where admins read when absent, else where the server's messages go.
    pub target: Option<Target>,
    /// Whom an alert calls.
    pub mention: Pings,
    /// What is different for single rules.
    pub places: BTreeMap<Rule, AlertPlace>,
}

/// Where alerts of one rule go, and whom they call, where that is not as for the others.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AlertPlace {
    /// Where they go.
    pub target: Option<Target>,
    /// Whom they call.
    pub mention: Option<Pings>,
}

impl Alerts {
    /// Where alerts of a rule go, as far as the section says so.
    #[must_use]
    pub fn target_of(&self, rule: Rule) -> Option<&Target> {
        let own = self.places.get(&rule).and_then(|place| place.target.as_ref());
        own.or(self.target.as_ref())
    }

    /// Whom an alert of a rule calls.
    #[must_use]
    pub fn mention_of(&self, rule: Rule) -> &Pings {
        let own = self.places.get(&rule).and_then(|place| place.mention.as_ref());
        own.unwrap_or(&self.mention)
    }
}

/// The sections of a server and of `defaults`, in this order.
struct Written<'a>([&'a RawAlerts; 2]);

impl Written<'_> {
    fn field(&self, of: impl Fn(&RawAlerts) -> Field) -> Field {
        let [own, defaults] = self.0;
        of(own).or_else(|| of(defaults))
    }

    fn texts(&self, of: impl Fn(&RawAlerts) -> Texts) -> Texts {
        let [own, defaults] = self.0;
        of(own).or_else(|| of(defaults))
    }

    fn value(&self, rule: Rule, key: &str) -> Field {
        self.field(|raw| raw.rule(rule).map_or(Field::Absent, |raw| raw.value(key)))
    }
}

/// Whether a server has RCON, which most rules look at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum HasRcon {
    Yes,
    No,
}

/// Resolves the alerts of a server.
pub(crate) fn resolve(
    posts: &mut Posts<'_>,
    key: &impl Fn(&str) -> String,
    own: &RawAlerts,
    defaults: &RawAlerts,
    has_rcon: HasRcon,
) -> Alerts {
    let written = Written([own, defaults]);
    let usual = Settings::default();
    let off = off(posts.findings, key, &written, has_rcon);
    let mut times = Times {
        findings: &mut *posts.findings,
        key,
    };
    let cooldown = times.time(
        "cooldown",
        &written.field(|raw| raw.cooldown.clone()),
        usual.cooldown,
        TIMES,
    );
    let reminder = times.or_off("reminder", &written.field(|raw| raw.reminder.clone()));
    let cooldowns = Rule::ALL
        .into_iter()
        .filter_map(|rule| {
            let field = written.field(|raw| raw.rule(rule).map_or(Field::Absent, |raw| raw.cooldown.clone()));
            field.given()?;
            let name = format!("{rule}.cooldown", rule = rule.as_str());
            Some((rule, times.time(&name, &field, cooldown, TIMES)))
        })
        .collect();
    let reminders = Rule::ALL
        .into_iter()
        .filter_map(|rule| {
            let field = written.field(|raw| raw.rule(rule).map_or(Field::Absent, |raw| raw.reminder.clone()));
            field.given()?;
            let name = format!("{rule}.reminder", rule = rule.as_str());
            Some((rule, times.or_off(&name, &field)))
        })
        .collect();
    let mut time = |rule: Rule, name: &str, default: Duration, within: Within<Duration>| {
        let key = format!("{}.{name}", rule.as_str());
        times.time(&key, &written.value(rule, name), default, within)
    };
    let check_interval = time(Rule::UpsLow, "every", usual.check_interval, LOOKS);
    let rcon_lost_after = time(Rule::RconLost, "after", usual.rcon_lost_after, TIMES);
    let server_down_after = time(Rule::ServerDown, "after", usual.server_down_after, TIMES);
    let log_silent_after = time(Rule::LogSilent, "after", usual.log_silent_after, TIMES);
    let slow_save = time(Rule::SlowSave, "longer_than", usual.slow_save, TIMES);
    let mut settings = Settings {
        off,
        cooldown,
        cooldowns,
        reminder,
        reminders,
        check_interval,
        rcon_lost_after,
        server_down_after,
        log_silent_after,
        slow_save,
        ..usual
    };
    pace(posts.findings, key, &written, &mut settings);
    settings.disk_free_below = posts
        .findings
        .settle_quietly(
            &key("alerts.disk_full.below"),
            &written.value(Rule::DiskFull, "below"),
            Bytes(settings.disk_free_below),
            |text| scalar::size(text, ROOM),
            Bytes::to_string,
        )
        .0;
    let target = posts.target(&key("alerts.webhook"), &written.field(|raw| raw.webhook.clone()));
    let mention = mention(
        posts.findings,
        &key("alerts.mention"),
        &written.texts(|raw| raw.mention.clone()),
    );
    Alerts {
        settings,
        target,
        mention: mention.unwrap_or_default(),
        places: places(posts, key, &written),
    }
}

/// The rules that tell nothing. Where nobody wrote anything, those that look at RCON are on where there is any; what a log
/// tells is posted as an event anyway.
fn off(
    findings: &mut Findings,
    key: &impl Fn(&str) -> String,
    written: &Written<'_>,
    has_rcon: HasRcon,
) -> std::collections::BTreeSet<Rule> {
    let says_something = written.0.iter().any(|raw| raw.says_something());
    let usual = match says_something || has_rcon == HasRcon::Yes {
        true => Switch::On,
        false => Switch::Off,
    };
    let enabled = written.field(|raw| raw.enabled.clone());
    let all = findings.settle_quietly(&key("alerts"), &enabled, usual, scalar::switch, Switch::to_string);
    let is_usual = |rule: Rule| enabled.given().is_some() || Desk::RULES.contains(&rule);
    let mut off = std::collections::BTreeSet::new();
    for rule in Rule::ALL {
        let field = written.field(|raw| raw.rule(rule).map_or(Field::Absent, |raw| raw.enabled.clone()));
        let is_named = written.0.iter().any(|raw| raw.rule(rule).is_some());
        let usual = match is_usual(rule) || is_named {
            true => all,
            false => Switch::Off,
        };
        let name = key(&format!("alerts.{}", rule.as_str()));
        let switch = findings.settle_quietly(&name, &field, usual, scalar::switch, Switch::to_string);
        if !switch.is_on() || !all.is_on() {
            off.insert(rule);
        }
    }
    off
}

/// The thresholds of the updates per second.
fn pace(
    findings: &mut Findings,
    key: &impl Fn(&str) -> String,
    written: &Written<'_>,
    settings: &mut Settings,
) {
    let name = |name: &str| key(&format!("alerts.ups_low.{name}"));
    let value = |name: &str| written.value(Rule::UpsLow, name);
    let ups = |text: &str| number(text, 0.1, 1_000.0);
    let below = value("below");
    settings.ups_warning =
        findings.settle_quietly(&name("below"), &below, settings.ups_warning, ups, f64::to_string);
    let recovered = value("recovered_at");
    settings.ups_recovery = findings.settle_quietly(
        &name("recovered_at"),
        &recovered,
        settings.ups_recovery,
        ups,
        f64::to_string,
    );
    if settings.ups_recovery < settings.ups_warning {
        let given = below.given().or_else(|| recovered.given());
        if let Some(given) = given {
            let text = format!(
                "{} is above {}: an alert ends at {} as well",
                name("below"),
                name("recovered_at"),
                settings.ups_warning
            );
            findings.note_at(given.origin.clone(), text);
        }
        settings.ups_recovery = settings.ups_warning;
    }
    settings.samples_required = findings.settle_quietly(
        &name("checks"),
        &value("checks"),
        settings.samples_required,
        |text| number(text, 1.0, 1_000.0).map(|number| number as u32),
        u32::to_string,
    );
    settings.ema_alpha = findings.settle_quietly(
        &name("smoothing"),
        &value("smoothing"),
        settings.ema_alpha,
        |text| number(text, 0.001, 1.0),
        f64::to_string,
    );
    settings.judge = findings.settle_quietly(
        &name("measure"),
        &value("measure"),
        settings.judge,
        |text| scalar::choice(text, &MEASURES),
        |judge| {
            let found = MEASURES.iter().find(|(_, known)| known == judge);
            found.map_or_else(String::new, |(name, _)| (*name).to_owned())
        },
    );
}

/// What is compared with the threshold.
const MEASURES: [(&str, Judge); 3] = [
    ("smoothed", Judge::Ema),
    ("average", Judge::Sma),
    ("raw", Judge::Raw),
];

fn number(text: &str, low: f64, high: f64) -> Result<f64, Complaint> {
    let parsed: Option<f64> = text.parse().ok();
    parsed
        .filter(|number| (low..=high).contains(number))
        .ok_or_else(|| {
            Complaint::new(
                "this is no such number",
                format!("write a number from {low} to {high}"),
            )
        })
}

/// Durations of the section.
struct Times<'a, K> {
    findings: &'a mut Findings,
    key: &'a K,
}

impl<K: Fn(&str) -> String> Times<'_, K> {
    fn time(&mut self, name: &str, field: &Field, default: Duration, within: Within<Duration>) -> Duration {
        let key = (self.key)(&format!("alerts.{name}"));
        let parse = |text: &str| scalar::duration(text, within);
        self.findings
            .settle_quietly(&key, field, default, parse, scalar::show_duration)
    }

    fn or_off(&mut self, name: &str, field: &Field) -> Option<Duration> {
        let is_off = field
            .given()
            .is_some_and(|given| scalar::switch(given.text.trim()).is_ok_and(|switch| !switch.is_on()));
        match field.given() {
            Some(_) if !is_off => Some(self.time(name, field, TIMES.0, TIMES)),
            _ => None,
        }
    }
}

/// Whom alerts call: roles, or users where it says so.
fn mention(findings: &mut Findings, key: &str, texts: &Texts) -> Option<Pings> {
    let texts = texts.as_ref()?;
    let (mut users, mut roles) = (Vec::new(), Vec::new());
    for given in texts {
        let called = findings.parse(key, given, |text| {
            mentions::called(text).ok_or_else(|| {
                Complaint::new(
                    "this is no id of Discord",
                    "write the id of a role, such as \"123456789012345678\", or <@123456789012345678> for a user (in Discord: \
                     Settings, Advanced, Developer Mode on; then right-click it, Copy ID)",
                )
            })
        });
        match called {
            Some(Called::Role(id)) => roles.push(id),
            Some(Called::User(id)) => users.push(id),
            None => {}
        }
    }
    let first = texts.first()?;
    match Pings::targets(users, roles) {
        Ok(pings) => {
            let shown: Vec<&str> = texts.iter().map(|given| given.text.trim()).collect();
            findings.setting(key, shown.join(", "), first.origin.clone());
            Some(pings)
        }
        Err(error) => {
            findings.problem(
                first.origin.clone(),
                format!("{key}: {error}"),
                "list fewer of them",
            );
            None
        }
    }
}

fn places(
    posts: &mut Posts<'_>,
    key: &impl Fn(&str) -> String,
    written: &Written<'_>,
) -> BTreeMap<Rule, AlertPlace> {
    let mut places = BTreeMap::new();
    for rule in Rule::ALL {
        let webhook = written.field(|raw| raw.rule(rule).map_or(Field::Absent, |raw| raw.webhook.clone()));
        let texts = written.texts(|raw| raw.rule(rule).and_then(|raw| raw.mention.clone()));
        let name = |name: &str| key(&format!("alerts.{}.{name}", rule.as_str()));
        let place = AlertPlace {
            target: posts.target(&name("webhook"), &webhook),
            mention: mention(posts.findings, &name("mention"), &texts),
        };
        if place != AlertPlace::default() {
            places.insert(rule, place);
        }
    }
    places
}
