//! The switches `events:` and `dialects:`.
//!
//! Owns the names that people may use for them. Must not know how an event is read or rendered. A wrong name
//! becomes a problem.

use std::path::Path;

use factorio_log::{Dialect, Dialects};
use isr_core::event::{EventKind, Selection};

use super::findings::{Field, Findings};
use super::keys;
use super::problem::{Position, quote};
use super::raw::Named;
use super::scalar;
use super::settings::Switch;
use super::spelling;

/// Other names that people may know an event by: those that `parse` prints.
const ALIASES: &[(&str, EventKind)] = &[
    ("mod.death", EventKind::Death),
    ("mod.rocket", EventKind::Rocket),
    ("mod.research_started", EventKind::ResearchStarted),
    ("mod.research_finished", EventKind::Research),
    ("engine.refused", EventKind::Refused),
    ("engine.desync", EventKind::Desync),
    ("engine.error", EventKind::EngineError),
    ("log_opened", EventKind::ServerStarted),
    ("log_closed", EventKind::ServerStopped),
    ("server_start", EventKind::ServerStarted),
    ("server_stop", EventKind::ServerStopped),
    ("server_crash", EventKind::ServerCrashed),
];

/// The event of this name or of one of its other names.
#[must_use]
pub fn event(name: &str) -> Option<EventKind> {
    let alias = ALIASES.iter().find(|(alias, _)| *alias == name);
    alias
        .map(|(_, kind)| *kind)
        .or_else(|| EventKind::from_name(name))
}

/// A switch of a mapping: its name, where the name stands, and its value.
pub(crate) type NamedSwitch<'a> = &'a (String, Position, Field);

/// Applies the switches of one mapping to a selection.
pub(crate) fn select(
    selection: Selection,
    switches: &Named<Field>,
    path: &Path,
    findings: &mut Findings,
) -> Selection {
    let names: Vec<&str> = EventKind::ALL.iter().map(|kind| kind.as_str()).collect();
    switches.iter().fold(selection, |selection, switch| {
        let kind = event(&switch.0);
        if kind.is_none() {
            unknown("event", switch, &names, path, findings);
        }
        match (kind, switch_of(switch, findings)) {
            (Some(kind), Some(Switch::On)) => selection.with(kind),
            (Some(kind), Some(Switch::Off)) => selection.without(kind),
            _ => selection,
        }
    })
}

/// Applies the switches of one mapping to a set of dialects.
pub(crate) fn dialects(
    set: Dialects,
    switches: &Named<Field>,
    path: &Path,
    findings: &mut Findings,
) -> Dialects {
    let names = Dialect::ALL.map(Dialect::as_str);
    switches.iter().fold(set, |set, switch| {
        let dialect = Dialect::from_name(&switch.0);
        if dialect.is_none() {
            unknown("dialect", switch, &names, path, findings);
        }
        match (dialect, switch_of(switch, findings)) {
            (Some(dialect), Some(Switch::On)) => set.with(dialect),
            (Some(dialect), Some(Switch::Off)) => set.without(dialect),
            _ => set,
        }
    })
}

fn switch_of((name, _, field): NamedSwitch<'_>, findings: &mut Findings) -> Option<Switch> {
    findings.parse(&quote(name), field.given()?, scalar::switch)
}

fn unknown(noun: &str, switch: NamedSwitch<'_>, known: &[&str], path: &Path, findings: &mut Findings) {
    let (name, at, _) = switch;
    let what = format!("unknown {noun} {}", quote(name));
    findings.problem(keys::origin(path, *at), what, spelling::remedy(name, known));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_known_by_its_name_and_by_the_name_that_parse_prints() {
        assert_eq!(event("chat"), Some(EventKind::Chat));
        assert_eq!(event("mod.death"), Some(EventKind::Death));
        assert_eq!(event("chatt"), None);
    }
}
