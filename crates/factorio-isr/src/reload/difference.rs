//! What a reload changes, in a few words for the log.
//!
//! Owns the comparison of two configurations as `check` shows them, so that no secret can be in it. Must not apply
//! anything. Cannot fail.

use std::collections::BTreeMap;
use std::fmt;

use super::unshown;
use crate::config::{Config, Loaded, Setting};

/// At most so many changes are named; the rest is counted.
const MOST_NAMED: usize = 20;

/// What changed from one accepted configuration to the next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    changes: Vec<String>,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.changes.is_empty() {
            return f.write_str("no setting");
        }
        let named = self.changes.len().min(MOST_NAMED);
        f.write_str(&self.changes[..named].join("; "))?;
        match self.changes.len() - named {
            0 => Ok(()),
            more => write!(f, "; and {more} more"),
        }
    }
}

impl Difference {
    /// The names of the settings that changed, without any value of theirs.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        let name = |change: &String| {
            let change = change.trim_start_matches(['+', '-', ' ']);
            let end = change.find([':', ' ']).unwrap_or(change.len());
            change[..end].to_owned()
        };
        self.changes.iter().map(name).collect()
    }
}

/// Compares two configurations.
#[must_use]
pub fn difference(old: &Loaded, new: &Loaded) -> Difference {
    let value = |settings: &[Setting], key: &str| {
        settings
            .iter()
            .find(|setting| setting.key == key)
            .map(|setting| setting.value.clone())
    };
    let mut changes: Vec<String> = Vec::new();
    for setting in &new.settings {
        let (key, now) = (&setting.key, &setting.value);
        match value(&old.settings, key) {
            Some(before) if before == *now => {}
            Some(before) => changes.push(format!("{key}: {before} → {now}")),
            None => changes.push(format!("+ {key}: {now}")),
        }
    }
    for setting in &old.settings {
        if value(&new.settings, &setting.key).is_none() {
            changes.push(format!("- {}", setting.key));
        }
    }
    changes.extend(changed_secrets(&old.config, &new.config));
    changes.extend(changed_patterns(&old.config, &new.config));
    let more = unshown::changes(&old.config, &new.config, &changes);
    changes.extend(more);
    Difference { changes }
}

/// Webhooks that look the same although their token is another one, and passwords, which never show.
fn changed_secrets(old: &Config, new: &Config) -> Vec<String> {
    let mut changes = Vec::new();
    for server in &new.servers {
        let Some(before) = old.servers.iter().find(|other| other.tag == server.tag) else {
            continue;
        };
        let passwords = before.rcon.as_ref().zip(server.rcon.as_ref());
        if passwords.is_some_and(|(before, now)| before.password != now.password) {
            changes.push(format!("servers.{}.rcon.password: another one", server.tag));
        }
        let admins = before.admin_target.as_ref().zip(server.admin_target.as_ref());
        let recaps = before.recaps.target.as_ref().zip(server.recaps.target.as_ref());
        let pairs = [
            ("webhook", Some((&before.target, &server.target))),
            ("admin_webhook", admins),
            ("recap.webhook", recaps),
        ];
        for (key, pair) in pairs {
            if pair.is_some_and(|(before, now)| now.has_other_token(before)) {
                changes.push(format!("servers.{}.{key}: another token", server.tag));
            }
        }
    }
    changes
}

/// Patterns that came, went, or say something else.
fn changed_patterns(old: &Config, new: &Config) -> Vec<String> {
    let by_name = |config: &Config| -> BTreeMap<String, u64> {
        // They are the same for all servers.
        let patterns = config.servers.first().map(|server| &server.patterns);
        patterns
            .into_iter()
            .flat_map(|patterns| patterns.meanings())
            .map(|(name, meaning)| (name.to_owned(), meaning))
            .collect()
    };
    let (before, now) = (by_name(old), by_name(new));
    let gone = before.keys().filter(|name| !now.contains_key(*name));
    let changed = now.iter().filter_map(|(name, meaning)| match before.get(name) {
        Some(known) if known == meaning => None,
        Some(_) => Some(format!("pattern {name} changed")),
        None => Some(format!("+ pattern {name}")),
    });
    gone.map(|name| format!("- pattern {name}"))
        .chain(changed)
        .collect()
}

/// Settings that the running program cannot change, and that are not what it was started with.
#[must_use]
pub fn waits_for_start(started: &Config, new: &Config) -> Vec<&'static str> {
    let (was, is) = (&started.limits, &new.limits);
    [
        ("state_dir", started.state_dir != new.state_dir),
        ("log", started.log != new.log),
        ("health", started.health != new.health),
        ("limits.outbox", was.outbox != is.outbox),
        ("limits.retention", was.retention != is.retention),
    ]
    .into_iter()
    .filter_map(|(key, differs)| differs.then_some(key))
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{self, Overrides, Surroundings};

    /// The configuration of a folder with this file and these variables.
    fn loaded(yaml: &str, variables: &[(&str, &str)]) -> Loaded {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("factorio-isr.yml");
        std::fs::write(&file, yaml).unwrap();
        let base = Surroundings::empty("/nowhere")
            .with_variable("FACTORIO_ISR_CONFIG", file.to_string_lossy())
            .with_variable("FACTORIO_ISR_STATE_DIR", "/nowhere/state");
        let surroundings = variables
            .iter()
            .fold(base, |all, (name, value)| all.with_variable(*name, *value));
        config::load(&surroundings, &Overrides::default()).unwrap()
    }

    const ONE: &str = "servers:\n  a: { log_path: /a.log, webhook: '${HOOK}' }\n";

    fn hook(token: &str) -> String {
        format!("https://discord.com/api/webhooks/1/{token}")
    }

    #[test]
    fn p04_equal_configurations_differ_in_no_setting() {
        let (one, other) = (
            loaded(ONE, &[("HOOK", &hook("x"))]),
            loaded(ONE, &[("HOOK", &hook("x"))]),
        );
        assert_eq!(difference(&one, &other).to_string(), "no setting");
    }

    #[test]
    fn p04_changes_are_named_with_old_and_new_value_and_servers_that_come_and_go_with_a_sign() {
        let old = loaded(ONE, &[("HOOK", &hook("x"))]);
        let yaml = "bot_name: New\nservers:\n  b: { log_path: /b.log, webhook: '${HOOK}' }\n";
        let new = loaded(yaml, &[("HOOK", &hook("x"))]);
        let told = difference(&old, &new).to_string();
        for part in [
            "bot_name: Factorio Bridge → New",
            "+ servers.b.log_path: /b.log",
            "- servers.a.log_path",
        ] {
            assert!(told.contains(part), "{part}: {told}");
        }
        let changes = (0..30).map(|n| n.to_string()).collect();
        assert!(Difference { changes }.to_string().ends_with("; 19; and 10 more"));
    }

    #[test]
    fn p04_a_token_that_was_rotated_is_told_and_never_shown() {
        let old = loaded(ONE, &[("HOOK", &hook("canary-one"))]);
        let new = loaded(ONE, &[("HOOK", &hook("canary-two"))]);
        let told = difference(&old, &new).to_string();
        assert_eq!(told, "servers.a.webhook: another token");
    }

    #[test]
    fn p04_another_name_for_what_players_say_is_no_other_token() {
        let yaml = |identity: &str| {
            format!(
                "bot: {{ token: '${{BOT}}', identity: {identity} }}\nchannels: {{ c: {{ channel_id: 6 }} }}\n\
                 routes: [{{ events: chat, to: [webhook, c] }}]\nservers:\n  a: {{ log_path: /a.log, event_channel_id: 5 }}\n"
            )
        };
        let variables = [(
            "BOT",
            "MTExMTIyMjIzMzMzNDQ0NDU1.aaaaaa.bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb",
        )];
        let (old, new) = (
            loaded(&yaml("bot"), &variables),
            loaded(&yaml("webhook"), &variables),
        );
        assert_eq!(difference(&old, &new).to_string(), "bot.identity: bot → webhook");
    }

    #[test]
    fn p04_patterns_that_come_go_or_say_something_else_are_named() {
        let folder = tempfile::tempdir().unwrap();
        let with = |patterns: &str| {
            std::fs::write(folder.path().join("a.yml"), format!("events:\n{patterns}")).unwrap();
            let place = folder.path().to_string_lossy();
            loaded(ONE, &[("HOOK", &hook("x")), ("PATTERNS_DIR", &place)])
        };
        let pattern = |name: &str, message: &str| {
            format!("  {name}: {{ pattern: '{name} (x)', type: milestone, message: '{message}' }}\n")
        };
        let old = with(&(pattern("one", "a") + &pattern("two", "a")));
        let new = with(&(pattern("two", "b") + &pattern("three", "a")));
        let told = difference(&old, &new).to_string();
        for part in ["- pattern one", "pattern two changed", "+ pattern three"] {
            assert!(told.contains(part), "{part}: {told}");
        }
    }

    #[test]
    fn p04_a_pattern_whose_expression_alone_changed_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let with = |expression: &str| {
            let text =
                format!("events:\n  one: {{ pattern: '{expression}', type: milestone, message: a }}\n");
            std::fs::write(folder.path().join("a.yml"), text).unwrap();
            let place = folder.path().to_string_lossy();
            loaded(ONE, &[("HOOK", &hook("x")), ("PATTERNS_DIR", &place)])
        };
        assert_eq!(
            difference(&with("one (x)"), &with("two (x)")).to_string(),
            "pattern one changed"
        );
    }

    #[test]
    fn p04_what_check_shows_in_the_same_words_is_told_when_it_changes() {
        let tell = |old: &str, new: &str| {
            let variables = [
                ("HOOK", hook("x")),
                ("ONE", hook("canary-one")),
                ("TWO", hook("canary-two")),
            ];
            let variables: Vec<(&str, &str)> = variables
                .iter()
                .map(|(name, value)| (*name, value.as_str()))
                .collect();
            let [old, new] = [old, new].map(|yaml| loaded(&format!("{ONE}{yaml}"), &variables));
            difference(&old, &new).to_string()
        };
        let routed = |variable: &str| {
            format!("channels: {{ c: '${{{variable}}}' }}\nroutes:\n  - {{ events: chat, to: c }}\n")
        };
        let route_voice = |words: &str| {
            format!(
                "routes:\n  - {{ events: chat, to: webhook, voice: {{ messages: {{ chat: '{words}' }} }} }}\n"
            )
        };
        let quiet = |events: &str| {
            format!(
                "defaults: {{ quiet_hours: {{ from: 22:00, to: 7:00, time_zone: UTC, events: {events} }} }}\n"
            )
        };
        let called = |last: &str| {
            let names: Vec<String> = (0..60)
                .map(|n| format!("    r{n}: ['1234567890123456{n:02}']\n"))
                .collect();
            format!(
                "mentions:\n  roles:\n{}    {last}: ['223456789012345678']\n",
                names.concat()
            )
        };
        let voice = |words: &str| format!("voice: {{ messages: {{ join: '{words}' }} }}\n");
        for (old, new, expected) in [
            (voice("a"), voice("b"), "servers.a.voice: other words"),
            (
                route_voice("a {text}"),
                route_voice("b {text}"),
                "servers.a.routes: other words",
            ),
            (
                quiet("join"),
                quiet("leave"),
                "servers.a.quiet_hours: other events",
            ),
            (called("x"), called("y"), "servers.a.mentions: another list"),
            (routed("ONE"), routed("TWO"), "channel c: another token"),
        ] {
            assert_eq!(tell(&old, &new), expected);
            assert_eq!(tell(&old, &format!("# a remark\n{old}")), "no setting");
        }
    }

    #[test]
    fn p04_settings_that_wait_for_the_next_start_are_told_until_they_are_taken_back() {
        let old = loaded(ONE, &[("HOOK", &hook("x"))]).config;
        let yaml = format!(
            "{ONE}health: {{ port: 1234 }}\nlimits: {{ outbox: {{ max_rows: 500 }}, late_after: 2m }}\n"
        );
        let new = loaded(&yaml, &[("HOOK", &hook("x"))]).config;
        assert_eq!(waits_for_start(&old, &new), ["health", "limits.outbox"]);
        assert_eq!(waits_for_start(&old, &old), Vec::<&str>::new());
    }
}
