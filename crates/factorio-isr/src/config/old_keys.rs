//! Keys that the Python program's `servers.yml` has for a server, and those that its documents showed without ever
//! reading them.
//!
//! Owns their names, old ones included, and what takes the place of each. In our own file they are accepted as well, so
//! that a section can be copied. Must not know where the file lies. A wrong value is a problem in our file; in an old
//! one it makes a note, and the default holds.

use isr_core::game::alert::Rule;

use super::findings::{Field, Given};
use super::keys::{self, Keys};
use super::problem::{Origin, quote};
use super::raw::RawServer;
use super::raw_rcon::{RawRcon, Wanted, secret};
use super::scalar;

/// How a fault is reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tone {
    /// Our own file: it is refused.
    Own,
    /// A file of the Python program: it goes on to work as far as it can.
    Old,
}

/// How often the Python program posted statistics, and the status of RCON.
const USUAL_STATS: &str = "300s";

/// Keys that its documents showed and no version read, and what there is instead.
const NEVER_READ: [(&str, &str); 6] = [
    (
        "discord",
        "`event_channel_id` in it was never read either; write it beside `log_path`",
    ),
    ("discord_channel_id", "use `event_channel_id`"),
    ("status_channel_id", "use `card: { webhook: … }`"),
    ("alert_channel_id", "use `alerts: { webhook: … }`"),
    ("collect_interval_seconds", "use `stats_interval`"),
    ("alert_cooldown_seconds", "use `alerts: { cooldown: … }`"),
];

/// What the old keys of one server say.
pub(crate) struct OldKeys {
    at: Option<Origin>,
    host: Field,
    port: Field,
    password: Field,
    password_file: Field,
    collector: Field,
    interval: Field,
    ups: Field,
    evolution: Field,
    /// What belongs to one rule of `alerts:`.
    alerts: [(Rule, &'static str, Field); 7],
    cooldown: Field,
    tone: Tone,
}

impl OldKeys {
    /// Takes them out of the keys of a server.
    pub(crate) fn take(keys: &mut Keys<'_>, tone: Tone) -> Self {
        explain(keys);
        let host = keys.scalar("rcon_host");
        let port = keys.scalar("rcon_port");
        let password = secret(keys.scalar("rcon_password"));
        let password_file = keys.scalar("rcon_password_file");
        let named = [&host, &port, &password, &password_file];
        let at = named.into_iter().find_map(Field::given);
        Self {
            at: at.map(|given| given.origin.clone()),
            port: checked(keys, tone, "rcon_port", port, |text| {
                scalar::port(text).is_ok_and(|port| port > 0)
            }),
            host,
            password,
            password_file,
            collector: switch(keys, tone, &["enable_stats_collector"]),
            interval: match tone {
                Tone::Own => Field::Absent,
                Tone::Old => seconds(keys, tone, &["stats_interval"], 10),
            },
            ups: switch(keys, tone, &["enable_ups_stat", "collect_ups"]),
            evolution: switch(keys, tone, &["enable_evolution_stat", "collect_evolution"]),
            alerts: [
                (Rule::UpsLow, "enabled", switch(keys, tone, &["enable_alerts"])),
                (Rule::UpsLow, "below", number(keys, tone, "ups_warning_threshold")),
                (
                    Rule::UpsLow,
                    "recovered_at",
                    number(keys, tone, "ups_recovery_threshold"),
                ),
                (Rule::UpsLow, "smoothing", number(keys, tone, "ups_ema_alpha")),
                (
                    Rule::UpsLow,
                    "checks",
                    number(keys, tone, "alert_samples_required"),
                ),
                (
                    Rule::UpsLow,
                    "every",
                    seconds(keys, tone, &["alert_check_interval"], 5),
                ),
                (Rule::RconLost, "reminder", reminder(keys, tone)),
            ],
            cooldown: seconds(keys, tone, &["alert_cooldown"], 1),
            tone,
        }
    }

    /// Puts them where our own keys are; those that are written in our way are stronger.
    pub(crate) fn put_into(self, raw: &mut RawServer) {
        let wanted = match (self.at, self.tone) {
            (Some(at), Tone::Own) => Some((at, Wanted::Written)),
            (Some(at), Tone::Old) => Some((at, Wanted::WrittenOfOld)),
            (None, Tone::Old) => Some((Origin::Default, Wanted::IfPassword)),
            (None, Tone::Own) => None,
        };
        if let Some((at, wanted)) = wanted {
            let rcon = raw.rcon.get_or_insert_with(|| RawRcon::empty(at, wanted));
            or(&mut rcon.host, self.host);
            or(&mut rcon.port, self.port);
            or(&mut rcon.password, self.password);
            or(&mut rcon.password_file, self.password_file);
        }
        let options = &mut raw.options;
        or(&mut options.stats_interval, self.interval);
        // There statistics were posted unless somebody said no; here they are posted when somebody says how often.
        let wanted = self.collector.given().map(|given| (is_on(given), given));
        match wanted {
            Some((false, given)) => options.stats_interval = Field::Given(with_text("off", given)),
            Some((true, given)) => or(
                &mut options.stats_interval,
                Field::Given(with_text(USUAL_STATS, given)),
            ),
            None if self.tone == Tone::Old => or(&mut options.stats_interval, Field::Given(usual())),
            None => {}
        }
        or(&mut options.stats.ups, self.ups);
        or(&mut options.stats.evolution, self.evolution);
        for (rule, key, field) in self.alerts {
            options.alerts.set(rule, key, field);
        }
        or(&mut options.alerts.cooldown, self.cooldown);
    }
}

/// Keys with a text only, and keys that never had a meaning.
fn explain(keys: &mut Keys<'_>) {
    keys.node("description");
    for (key, instead) in NEVER_READ {
        if let Some(node) = keys.node(key) {
            let text = format!("{} was never read by any version; {instead}", quote(key));
            keys.findings.note_at(keys::origin(keys.path(), node.at), text);
        }
    }
}

/// The first of several names of one key.
fn any(keys: &mut Keys<'_>, names: &[&'static str]) -> Field {
    names
        .iter()
        .fold(Field::Absent, |found, name| found.or_else(|| keys.scalar(name)))
}

/// A switch. The Python program took every text for on, `"false"` as well: that is mended.
fn switch(keys: &mut Keys<'_>, tone: Tone, names: &[&'static str]) -> Field {
    let field = any(keys, names);
    checked(keys, tone, names[0], field, |text| scalar::switch(text).is_ok())
}

/// A value of an old file that means nothing is noted and left out; in our own file whoever reads it refuses it.
fn checked(keys: &mut Keys<'_>, tone: Tone, name: &str, field: Field, good: impl Fn(&str) -> bool) -> Field {
    match field {
        Field::Given(given) if tone == Tone::Old && !good(given.text.trim()) => {
            let text = format!(
                "{} is {}, which means nothing here: the default is used",
                quote(name),
                given.quoted()
            );
            keys.findings.note_at(given.origin, text);
            Field::Absent
        }
        field => field,
    }
}

/// Whole seconds, as Python wrote numbers; in our own file a unit may stand behind them.
fn seconds(keys: &mut Keys<'_>, tone: Tone, names: &[&'static str], least: u64) -> Field {
    let field = any(keys, names);
    let good = |text: &str| whole_number(text).is_some_and(|number| number >= least);
    match checked(keys, tone, names[0], field, good) {
        Field::Given(given) => {
            let number = whole_number(given.text.trim());
            Field::Given(number.map_or_else(
                || given.clone(),
                |number| with_text(&format!("{number}s"), &given),
            ))
        }
        field => field,
    }
}

/// A number above zero.
fn number(keys: &mut Keys<'_>, tone: Tone, name: &'static str) -> Field {
    let field = keys.scalar(name);
    checked(keys, tone, name, field, |text| {
        text.parse()
            .is_ok_and(|number: f64| number > 0.0 && number <= 1_000.0)
    })
}

/// The mode in which the status of RCON was told every so often.
const INTERVAL: &str = "interval";

/// The status of RCON was told at every change, or every so often: now a loss that lasts is reminded of every so often.
fn reminder(keys: &mut Keys<'_>, tone: Tone) -> Field {
    let mode = any(keys, &["rcon_status_alert_mode", "rcon_breakdown_mode"]);
    let known = |text: &str| {
        ["transition", INTERVAL]
            .iter()
            .any(|known| text.eq_ignore_ascii_case(known))
    };
    let mode = checked(keys, Tone::Old, "rcon_status_alert_mode", mode, known);
    let names = ["rcon_status_alert_interval", "rcon_breakdown_interval"];
    let interval = seconds(keys, tone, &names, 1);
    match mode {
        Field::Given(given) if given.text.trim().eq_ignore_ascii_case(INTERVAL) => {
            interval.or_else(|| Field::Given(with_text(USUAL_STATS, &given)))
        }
        _ => Field::Absent,
    }
}

/// `600`, `1_000`, `017` (octal there).
fn whole_number(text: &str) -> Option<u64> {
    let plain = text.replace('_', "");
    let octal = plain.len() > 1 && plain.starts_with('0');
    let radix = if octal { 8 } else { 10 };
    u64::from_str_radix(&plain, radix)
        .ok()
        .filter(|_| !text.starts_with('+'))
}

fn is_on(given: &Given) -> bool {
    scalar::switch(given.text.trim()).is_ok_and(|switch| switch.is_on())
}

fn with_text(text: &str, given: &Given) -> Given {
    Given {
        text: text.to_owned(),
        ..given.clone()
    }
}

fn usual() -> Given {
    Given {
        text: USUAL_STATS.to_owned(),
        origin: Origin::Default,
        exposure: super::findings::Exposure::Open,
    }
}

fn or(field: &mut Field, weaker: Field) {
    if *field == Field::Absent {
        *field = weaker;
    }
}
