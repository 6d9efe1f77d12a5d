//! Whom players may call: `mentions:` of the configuration file, or the `mentions.yml` of the first Python program.
//!
//! Owns where the list is looked for and how often anybody may be called. Both files have one grammar (`entries`). What
//! an old file holds and what has no effect here makes a note, for such a file must go on to work; in our own file it is
//! a problem. Must not know texts or webhooks.

mod entries;

use std::path::{Path, PathBuf};

use isr_core::mention::{MentionRates, Mentions};
use isr_core::rate::Rate;

use super::document::{self, Content, Node};
use super::findings::{Field, Findings};
use super::keys::{self, Keys};
use super::problem::Origin;
use super::resolve::Sources;
use super::scalar;

use entries::{Entries, Tone};

/// Where the file of the Python program lies, and where people put it.
const FILES: [&str; 4] = [
    "config/mentions.yml",
    "config/mentions.yaml",
    "mentions.yml",
    "mentions.yaml",
];

/// The most of the list that `check` shows.
const SHOWN_CHARACTERS: usize = 300;

/// The list of all servers that have none of their own.
pub(crate) fn common(sources: &Sources<'_>, own: Option<&Node>, findings: &mut Findings) -> Mentions {
    let file = file(sources, findings);
    match (own, file) {
        (Some(node), file) => {
            if let Some(path) = file {
                let place = whole(path);
                findings.note_at(
                    place,
                    "not read: `mentions` of the configuration file comes first",
                );
            }
            section("mentions", node, sources.path, findings)
        }
        (None, Some(path)) => old_file(sources, &path, findings),
        (None, None) => Mentions::default(),
    }
}

/// The list that a server has of its own: it takes the place of the common one.
pub(crate) fn of_server(
    key: &str,
    own: Option<&Node>,
    common: &Mentions,
    path: &Path,
    findings: &mut Findings,
) -> Mentions {
    own.map_or_else(|| common.clone(), |node| section(key, node, path, findings))
}

/// A role or a user that is named by its id: `123…` and `<@&123…>` are roles, `<@123…>` is a user.
pub(crate) fn called(text: &str) -> Option<isr_core::mention::Target> {
    entries::called(text)
}

fn file(sources: &Sources<'_>, findings: &mut Findings) -> Option<PathBuf> {
    let paths = FILES.map(|name| sources.surroundings.written(name));
    paths.iter().for_each(|path| findings.looked.note(path));
    let mut found = paths.into_iter().filter(|path| path.exists());
    let chosen = found.next()?;
    for other in found {
        findings.note_at(
            whole(other),
            format!("not read: {} comes first", chosen.display()),
        );
    }
    Some(chosen)
}

const fn whole(path: PathBuf) -> Origin {
    Origin::ConfigFile { path, position: None }
}

fn section(key: &str, node: &Node, path: &Path, findings: &mut Findings) -> Mentions {
    let origin = keys::origin(path, node.at);
    if let Content::Scalar { text, .. } = &node.content
        && scalar::switch(text).is_ok_and(|switch| !switch.is_on())
    {
        findings.setting(key, "off", origin);
        return Mentions::default();
    }
    let mentions = read(node, Tone::Own, path, findings);
    show(key, &mentions, origin, findings);
    mentions
}

fn old_file(sources: &Sources<'_>, path: &Path, findings: &mut Findings) -> Mentions {
    let Some(tree) = document::read(path, &sources.values, findings) else {
        return Mentions::default();
    };
    let Content::Map(entries) = &tree.content else {
        if !matches!(tree.content, Content::Empty | Content::Broken) {
            findings.note_at(
                whole(path.to_owned()),
                "nothing here is read: the file has to begin with `mentions:`",
            );
        }
        return Mentions::default();
    };
    for entry in entries.iter().filter(|entry| entry.key != "mentions") {
        let text = format!(
            "{} is not read: only `mentions:` is",
            super::problem::quote(&entry.key)
        );
        findings.note_at(keys::origin(path, entry.at), text);
    }
    let Some(entry) = entries.iter().find(|entry| entry.key == "mentions") else {
        return Mentions::default();
    };
    let mentions = read(&entry.value, Tone::Old, path, findings);
    show("mentions", &mentions, keys::origin(path, entry.at), findings);
    mentions
}

fn show(key: &str, mentions: &Mentions, origin: Origin, findings: &mut Findings) {
    let words = mentions.table.described();
    let all: Vec<String> = words
        .into_iter()
        .map(|(word, whom)| format!("@{word} = {whom}"))
        .collect();
    let all = if all.is_empty() {
        "nobody can be called".to_owned()
    } else {
        all.join("; ")
    };
    let shown = match all.char_indices().nth(SHOWN_CHARACTERS) {
        Some((end, _)) => format!("{}… ({} words)", &all[..end], mentions.table.len()),
        None => all,
    };
    findings.setting(key, shown, origin);
}

/// Reads what stands under `mentions:`.
fn read(node: &Node, tone: Tone, path: &Path, findings: &mut Findings) -> Mentions {
    let Content::Map(sections) = &node.content else {
        if !matches!(node.content, Content::Empty | Content::Broken) {
            let remedy =
                "write the roles below it: `roles:`, and under it `admins: [\"123456789012345678\", mods]`";
            tone.say(
                findings,
                keys::origin(path, node.at),
                "mentions has to hold keys with values",
                remedy,
            );
        }
        return Mentions::default();
    };
    let mut mentions = Mentions::default();
    let mut entries = Entries::new(tone, path, findings);
    for section in sections {
        match section.key.as_str() {
            "limits" => mentions.rates = rates(&section.value, path, entries.findings()),
            _ => entries.section(section),
        }
    }
    mentions.table = entries.finish().unwrap_or_default();
    mentions
}

fn rates(node: &Node, path: &Path, findings: &mut Findings) -> MentionRates {
    let mut keys = Keys::of(Some(node), "mentions.limits", path, findings);
    let [player, target, everyone] = ["per_player", "per_target", "everyone"].map(|key| keys.scalar(key));
    keys.finish();
    let default = MentionRates::default();
    MentionRates {
        player: rate("mentions.limits.per_player", &player, default.player, findings),
        target: rate("mentions.limits.per_target", &target, default.target, findings),
        crowd: rate("mentions.limits.everyone", &everyone, default.crowd, findings),
    }
}

fn rate(key: &str, field: &Field, default: Rate, findings: &mut Findings) -> Rate {
    findings.settle(key, field, default, scalar::rate, Rate::to_string)
}
