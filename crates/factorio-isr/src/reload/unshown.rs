//! What changed although `check` shows it in the same words: sentences, long lists, tokens.
//!
//! Owns in which words that is told; the values themselves stay unsaid, for they may be long or secret. Must not know
//! settings, nor apply anything. Cannot fail.

use std::collections::BTreeMap;

use crate::config::{Config, RoutePlan, Server, Target};

/// What is not among the changes that are told already.
pub(super) fn changes(old: &Config, new: &Config, told: &[String]) -> Vec<String> {
    let mut changes = Vec::new();
    for now in &new.servers {
        let Some(before) = old.servers.iter().find(|other| other.tag == now.tag) else {
            continue;
        };
        let told_already = |key: &str| {
            let own = format!("servers.{}.{key}", now.tag);
            told.iter()
                .any(|change| is_about(change, &own) || is_about(change, key))
        };
        for (key, what) in inside(before, now) {
            if !told_already(key) {
                changes.push(format!("servers.{}.{key}: {what}", now.tag));
            }
        }
    }
    changes.extend(other_tokens(old, new, told));
    changes
}

/// Whether a change is that of a setting.
fn is_about(change: &str, key: &str) -> bool {
    let change = change.trim_start_matches(['+', '-', ' ']);
    change
        .strip_prefix(key)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with(':'))
}

/// The parts of a server that are not the same.
fn inside(before: &Server, now: &Server) -> Vec<(&'static str, &'static str)> {
    let same_voice = before.voice == now.voice;
    // A filter has no equality of its own: its expressions are as good as their text.
    let filters = |server: &Server| format!("{:?}", server.filters);
    let parts = [
        ("voice", "other words", same_voice),
        ("mentions", "another list", before.mentions == now.mentions),
        (
            "quiet_hours",
            "other events",
            before.quiet_hours == now.quiet_hours,
        ),
        ("filters", "other texts", filters(before) == filters(now)),
        (
            "routes",
            "other words",
            !same_voice || same_words(&before.routes, &now.routes),
        ),
    ];
    let differing = parts.into_iter().filter(|(_, _, same)| !same);
    differing.map(|(key, what, _)| (key, what)).collect()
}

fn same_words(before: &[RoutePlan], now: &[RoutePlan]) -> bool {
    let same = |(before, now): (&RoutePlan, &RoutePlan)| {
        before.voice == now.voice && before.chat_name == now.chat_name
    };
    before.len() != now.len() || before.iter().zip(now).all(same)
}

/// Channels that only routes lead to, and that look the same although their token is another one.
fn other_tokens(old: &Config, new: &Config, told: &[String]) -> Vec<String> {
    let (before, now) = (routed(old), routed(new));
    let changed = now.into_iter().filter(|(name, target)| {
        let other = before
            .get(name)
            .is_some_and(|known| target.has_other_token(known));
        let shown = ["channels", "webhooks"].map(|section| format!("{section}.{name}"));
        other
            && !told
                .iter()
                .any(|change| shown.iter().any(|key| is_about(change, key)))
    });
    changed
        .map(|(name, _)| format!("channel {name}: another token"))
        .collect()
}

/// The channels of all routes by name, without the servers' own webhooks: those are settings.
fn routed(config: &Config) -> BTreeMap<&str, &Target> {
    config.servers.iter().flat_map(routed_of).collect()
}

fn routed_of(server: &Server) -> impl Iterator<Item = (&str, &Target)> {
    let is_own = |target: &Target| *target == server.target || Some(target) == server.admin_target.as_ref();
    let channels = server.routes.iter().flat_map(|route| &route.to);
    channels
        .filter(move |channel| !is_own(&channel.target))
        .map(|channel| (channel.name.as_str(), &channel.target))
}
