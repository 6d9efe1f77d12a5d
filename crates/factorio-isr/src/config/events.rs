//! Which events a server relays: their names, their defaults, and for whom they are.
//!
//! Owns the table of switchable events and of dialects. Must not know how an event is read or rendered; the names
//! are those that `parse` prints and that deliveries carry as their kind.

use std::collections::BTreeMap;

use super::settings::Switch;

/// Who an event is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Audience {
    /// Everybody in the server's channel.
    Players,
    /// Only the destination named by `admin_webhook`.
    Admins,
}

/// One event that can be switched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EventSwitch {
    /// Its name.
    pub name: &'static str,
    /// What it is without any configuration.
    pub default: Switch,
    /// Who it is for.
    pub audience: Audience,
}

const fn on(name: &'static str) -> EventSwitch {
    EventSwitch { name, default: Switch::On, audience: Audience::Players }
}

const fn off(name: &'static str) -> EventSwitch {
    EventSwitch { name, default: Switch::Off, audience: Audience::Players }
}

const fn admins(name: &'static str) -> EventSwitch {
    EventSwitch { name, default: Switch::Off, audience: Audience::Admins }
}

/// Every event that can be switched, in the order of the documentation.
pub const EVENTS: &[EventSwitch] = &[
    on("join"),
    on("leave"),
    on("chat"),
    on("shout"),
    on("kick"),
    on("ban"),
    on("unban"),
    on("promote"),
    on("demote"),
    on("death"),
    on("milestone"),
    on("task"),
    on("research"),
    on("rocket"),
    on("server_start"),
    on("server_stop"),
    on("server_crash"),
    on("desync"),
    off("research_started"),
    off("achievement"),
    admins("command"),
    admins("command_error"),
    admins("warning"),
    admins("color"),
    admins("refused"),
];

/// Other names that people may know an event by: those of `parse`.
const ALIASES: &[(&str, &str)] = &[
    ("mod.death", "death"),
    ("mod.rocket", "rocket"),
    ("mod.research_started", "research_started"),
    ("mod.research_finished", "research"),
    ("engine.refused", "refused"),
    ("engine.desync", "desync"),
    ("engine.achievement", "achievement"),
    ("log_opened", "server_start"),
    ("log_closed", "server_stop"),
];

/// The dialects of mods and scenarios that can be switched off.
pub const DIALECTS: &[&str] =
    &["event_logger", "factorigo", "factocord", "redmew", "m45", "clusterio", "web_panel"];

/// The switches of one server.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct EventSwitches {
    /// Only what differs from the default.
    changed: BTreeMap<&'static str, Switch>,
}

impl EventSwitches {
    /// Whether an event of this kind is relayed. A kind outside the table is not.
    #[must_use]
    pub fn is_on(&self, kind: &str) -> bool {
        let Some(event) = event(kind) else { return false };
        self.changed.get(event.name).copied().unwrap_or(event.default).is_on()
    }

    /// Every event with its switch, in the order of [`EVENTS`].
    pub fn iter(&self) -> impl Iterator<Item = (&'static EventSwitch, Switch)> + '_ {
        EVENTS.iter().map(|event| (event, self.changed.get(event.name).copied().unwrap_or(event.default)))
    }

    pub(crate) fn set(&mut self, event: &'static EventSwitch, switch: Switch) {
        self.changed.insert(event.name, switch);
    }
}

/// The event of this name or of one of its other names.
#[must_use]
pub fn event(name: &str) -> Option<&'static EventSwitch> {
    let name = ALIASES.iter().find(|(alias, _)| *alias == name).map_or(name, |(_, name)| name);
    EVENTS.iter().find(|event| event.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_alias_leads_to_an_event_and_names_are_unique() {
        for (alias, name) in ALIASES {
            assert_eq!(event(alias).map(|event| event.name), Some(*name));
        }
        let mut names: Vec<_> = EVENTS.iter().map(|event| event.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), EVENTS.len());
    }

    #[test]
    fn what_is_for_admins_is_off_by_default() {
        let admins = EVENTS.iter().filter(|event| event.audience == Audience::Admins);
        assert!(admins.clone().count() > 0);
        assert!(admins.clone().all(|event| event.default == Switch::Off));
    }
}
