//! Files of the first Python program that nothing here reads: each is recognised, and it is said what it would have done
//! and what takes its place.
//!
//! Owns their names and the explanations. Whatever such a file holds makes notes only: it must not keep an old
//! deployment from starting. Must not know files that are read.

use std::path::{Path, PathBuf};

use super::document::{self, Content, Entry, Node};
use super::findings::Findings;
use super::keys;
use super::problem::{Origin, quote};
use super::resolve::Sources;

/// Where the settings of the security monitor lie.
const SECMON: [&str; 4] = [
    "config/secmon.yml",
    "config/secmon.yaml",
    "secmon.yml",
    "secmon.yaml",
];

/// Files that need no reading to be explained.
const EXPLAINED: [(&str, &str); 2] = [
    (
        "config/infractions.jsonl",
        "not used: the Python program noted here whose chat looked like code; nobody is judged by that any more, the file may go",
    ),
    (
        "config/server-banlist.json",
        "not used: the Python program hid these players for good; they are shown again, ban in the game itself with /ban",
    ),
];

/// Explains every old file that is there.
pub(crate) fn explain(sources: &Sources<'_>, findings: &mut Findings) {
    for (name, text) in EXPLAINED {
        let path = sources.surroundings.written(name);
        if path.exists() {
            findings.note_at(Origin::ConfigFile { path, position: None }, text);
        }
    }
    for path in SECMON.map(|name| sources.surroundings.written(name)) {
        if path.exists() {
            secmon(sources, path, findings);
        }
    }
}

/// The settings of the security monitor, none of which the Python program ever read.
fn secmon(sources: &Sources<'_>, path: PathBuf, findings: &mut Findings) {
    let mut read = Findings::default();
    let tree = document::read(&path, &sources.values, &mut read);
    let whole = Origin::ConfigFile {
        path: path.clone(),
        position: None,
    };
    findings.note_at(
        whole,
        "recognised: the Python program never read this file, and nothing in it is needed; see docs/mentions.md",
    );
    let sections = tree.as_ref().map(entries).unwrap_or_default();
    for section in sections {
        match section.key.as_str() {
            "security" | "security_monitor" => entries(&section.value)
                .iter()
                .for_each(|setting| explain_setting(setting, &path, findings)),
            _ => note(section, &path, "nothing knows this setting", findings),
        }
    }
}

fn explain_setting(setting: &Entry, path: &Path, findings: &mut Findings) {
    match setting.key.as_str() {
        "enabled" => note(
            setting,
            path,
            "not needed: players are never judged by what they write; `abuse` in factorio-isr.yml watches floods",
            findings,
        ),
        "alert_channel" | "alert_channel_id" => note(
            setting,
            path,
            "would have named the channel of alerts; set admin_webhook in factorio-isr.yml",
            findings,
        ),
        "patterns" => note(
            setting,
            path,
            "would have hidden players for good whose chat looked like code (`gg && thanks`); not needed, nothing that players write is ever run, and every character of it is escaped",
            findings,
        ),
        "auto_ban" => note(
            setting,
            path,
            "would have hidden players after several hits; nobody is hidden here, ban in the game itself with /ban",
            findings,
        ),
        "rate_limits" => entries(&setting.value)
            .iter()
            .for_each(|limit| explain_limit(limit, path, findings)),
        _ => note(setting, path, "nothing knows this setting", findings),
    }
}

fn explain_limit(limit: &Entry, path: &Path, findings: &mut Findings) {
    let number = |key: &str| {
        let found = entries(&limit.value).iter().find(|entry| entry.key == key)?;
        match &found.value.content {
            Content::Scalar { text, .. } => text.trim().parse::<u32>().ok(),
            _ => None,
        }
    };
    let rate = match (number("max_events"), number("time_window_seconds")) {
        (Some(most), Some(seconds)) => format!("{most}/{seconds}s"),
        _ => "5/60s".to_owned(),
    };
    let text = match limit.key.as_str() {
        "mention_admin" => format!(
            "no limit was ever in force; here one is, for everybody: `mentions: {{ limits: {{ per_player: {rate} }} }}` (default 5/60s)"
        ),
        "mention_everyone" => format!(
            "no limit was ever in force; here one is: `mentions: {{ limits: {{ everyone: {rate} }} }}` (default 1/300s), and only where an admin lists `everyone`"
        ),
        "chat_message" => format!(
            "no limit was ever in force; where you want one: `abuse: {{ chat: {rate}, action: hold_back }}` (by default chat is only watched)"
        ),
        _ => "nothing knows this limit".to_owned(),
    };
    note(limit, path, &text, findings);
}

fn note(entry: &Entry, path: &Path, text: &str, findings: &mut Findings) {
    let text = format!("{}: {text}", quote(&entry.key));
    findings.note_at(keys::origin(path, entry.at), text);
}

fn entries(node: &Node) -> &[Entry] {
    match &node.content {
        Content::Map(entries) => entries,
        _ => &[],
    }
}
