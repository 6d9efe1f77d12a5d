//! `alerts:` as it was written.
//!
//! Owns its keys, those of each rule, and their shape for editors. Must not know what an alert is. Nothing here fails; see
//! `keys.rs`.

use isr_core::game::alert::Rule;

use super::document::{Content, Node};
use super::findings::{Field, Findings};
use super::keys::{self, Keys};
use super::problem::quote;
use super::raw_routes::Texts;

/// Alerts of one server, or of `defaults`.
#[derive(Default)]
pub(crate) struct RawAlerts {
    /// On or off as a whole.
    pub(crate) enabled: Field,
    pub(crate) webhook: Field,
    pub(crate) mention: Texts,
    pub(crate) cooldown: Field,
    pub(crate) reminder: Field,
    pub(crate) rules: Vec<RawRule>,
}

/// One rule.
pub(crate) struct RawRule {
    pub(crate) rule: Rule,
    pub(crate) enabled: Field,
    pub(crate) webhook: Field,
    pub(crate) mention: Texts,
    pub(crate) cooldown: Field,
    pub(crate) reminder: Field,
    /// What is written for it alone, by the keys of [`own_keys`].
    pub(crate) values: Vec<(&'static str, Field)>,
}

/// The keys that one rule has for itself.
pub(crate) const fn own_keys(rule: Rule) -> &'static [&'static str] {
    match rule {
        Rule::UpsLow => &["below", "recovered_at", "checks", "every", "measure", "smoothing"],
        Rule::ServerDown | Rule::RconLost | Rule::LogSilent => &["after"],
        Rule::DiskFull => &["below"],
        Rule::SlowSave => &["longer_than"],
        Rule::GameUpdated
        | Rule::Crashed
        | Rule::Desync
        | Rule::Dropped
        | Rule::SaveFailed
        | Rule::Matching => &[],
    }
}

impl RawAlerts {
    /// Reads the section, or `alerts: on` and `alerts: off`.
    pub(crate) fn take(keys: &mut Keys<'_>) -> Self {
        let Some(node) = keys.node("alerts") else {
            return Self::default();
        };
        let path = keys.path();
        if matches!(node.content, Content::Scalar { .. }) {
            return Self {
                enabled: keys::field(node, "alerts", path, keys.findings),
                ..Self::default()
            };
        }
        let mut keys = Keys::of(Some(node), "alerts", path, keys.findings);
        let mut raw = Self {
            enabled: keys.scalar("enabled"),
            webhook: keys.scalar("webhook"),
            mention: keys.texts("mention"),
            cooldown: keys.scalar("cooldown"),
            reminder: keys.scalar("reminder"),
            rules: Vec::new(),
        };
        for rule in Rule::ALL {
            if let Some(node) = keys.node(rule.as_str()) {
                raw.rules.push(RawRule::read(rule, node, path, keys.findings));
            }
        }
        keys.finish();
        raw
    }

    /// Whether anything is said about alerts.
    pub(crate) fn says_something(&self) -> bool {
        self.enabled != Field::Absent
            || self.webhook != Field::Absent
            || self.mention.is_some()
            || self.cooldown != Field::Absent
            || self.reminder != Field::Absent
            || !self.rules.is_empty()
    }

    /// What is written for one rule.
    pub(crate) fn rule(&self, rule: Rule) -> Option<&RawRule> {
        self.rules.iter().find(|raw| raw.rule == rule)
    }

    /// Writes a value for a rule, unless something stands there.
    pub(crate) fn set(&mut self, rule: Rule, key: &'static str, field: Field) {
        if field == Field::Absent {
            return;
        }
        let place = self.rules.iter().position(|raw| raw.rule == rule);
        let place = place.unwrap_or_else(|| {
            self.rules.push(RawRule::empty(rule));
            self.rules.len() - 1
        });
        let raw = &mut self.rules[place];
        match key {
            "enabled" if raw.enabled == Field::Absent => raw.enabled = field,
            "enabled" => {}
            "reminder" if raw.reminder == Field::Absent => raw.reminder = field,
            "reminder" => {}
            _ if raw.value(key) == Field::Absent => {
                raw.values.retain(|(known, _)| *known != key);
                raw.values.push((key, field));
            }
            _ => {}
        }
    }
}

impl RawRule {
    const fn empty(rule: Rule) -> Self {
        Self {
            rule,
            enabled: Field::Absent,
            webhook: Field::Absent,
            mention: None,
            cooldown: Field::Absent,
            reminder: Field::Absent,
            values: Vec::new(),
        }
    }

    fn read(rule: Rule, node: &Node, path: &std::path::Path, findings: &mut Findings) -> Self {
        if matches!(node.content, Content::Scalar { .. }) {
            return Self {
                enabled: keys::field(node, rule.as_str(), path, findings),
                ..Self::empty(rule)
            };
        }
        let section = format!("the alert {}", quote(rule.as_str()));
        let mut keys = Keys::of(Some(node), &section, path, findings);
        let own = own_keys(rule).iter();
        let raw = Self {
            rule,
            enabled: keys.scalar("enabled"),
            webhook: keys.scalar("webhook"),
            mention: keys.texts("mention"),
            cooldown: keys.scalar("cooldown"),
            reminder: keys.scalar("reminder"),
            values: own.map(|key| (*key, keys.scalar(key))).collect(),
        };
        keys.finish();
        raw
    }

    /// What one of the rule's own keys says.
    pub(crate) fn value(&self, key: &str) -> Field {
        let found = self.values.iter().find(|(known, _)| *known == key);
        found.map_or(Field::Absent, |(_, field)| field.clone())
    }
}
