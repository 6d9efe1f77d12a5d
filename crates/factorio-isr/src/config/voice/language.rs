//! `language:` a pack that is built in, or a file with one.
//!
//! Owns the choice and the shape of the file: `words:` and `messages:`. What the file lacks is told in English, and
//! said so. Fails with a problem.

use std::path::Path;

use isr_core::voice::{Key, Pack, Words};

use super::super::document::{self, Node};
use super::super::findings::{Field, Findings, Given};
use super::super::keys::{self, Keys};
use super::super::problem::quote;
use super::super::resolve::Sources;
use super::super::spelling;

/// So many missing sentences are named.
const MISSING_SHOWN: usize = 8;

/// The longest word: some are sentences.
const WORD: usize = 300;

/// The pack of that name, or of the file at that path.
pub(super) fn named(given: &Given, sources: &Sources<'_>, findings: &mut Findings) -> Option<Pack> {
    let text = given.text.trim();
    if let Some(pack) = Pack::named(text) {
        return Some(pack);
    }
    let path = sources.surroundings.written(text);
    let ending = path.extension().and_then(|ending| ending.to_str());
    if matches!(ending, Some("yml" | "yaml")) {
        return of_file(&path, sources, findings);
    }
    let names: Vec<&str> = Pack::BUILT_IN
        .iter()
        .flat_map(|(name, short)| [*name, *short])
        .collect();
    let remedy = format!(
        "{}, or the path of a language file (.yml)",
        spelling::remedy(text, &names)
    );
    let what = format!("there is no language {}", given.quoted());
    findings.problem(given.origin.clone(), what, remedy);
    None
}

fn of_file(path: &Path, sources: &Sources<'_>, findings: &mut Findings) -> Option<Pack> {
    let tree = document::read(path, &sources.values, findings)?;
    let mut keys = Keys::of(Some(&tree), "the language file", path, findings);
    let words_node = keys.node("words").cloned();
    let messages = keys.node("messages").cloned();
    keys.finish();
    let mut pack = Pack::english();
    if let Some(node) = &words_node {
        pack.words = words(node, path, findings);
    }
    let own = messages
        .as_ref()
        .map(|node| super::entries(node, path, findings))
        .unwrap_or_default();
    let missing: Vec<String> = Key::all()
        .filter(|key| own.get(*key).is_none_or(|entry| entry.body.is_none()))
        .map(|key| key.to_string())
        .collect();
    if !missing.is_empty() {
        let shown = missing.len().min(MISSING_SHOWN);
        let more = match missing.len() - shown {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let text = format!(
            "no sentence for {}{more}: these are told in English or as the plain key is",
            missing[..shown].join(", ")
        );
        findings.note_at(keys::origin(path, tree.at), text);
    }
    pack.entries.overlay(&own);
    pack.name = path
        .file_stem()
        .map_or_else(|| "own".to_owned(), |stem| stem.to_string_lossy().into_owned());
    Some(pack)
}

fn words(node: &Node, path: &Path, findings: &mut Findings) -> Words {
    let mut words = Words::english();
    let names: Vec<String> = Words::names().collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    for (name, at, node) in super::pairs(node, "words", path, findings) {
        let Some(place) = words.named(name) else {
            let what = format!("there is no word {}", quote(name));
            findings.problem(keys::origin(path, at), what, spelling::remedy(name, &names));
            continue;
        };
        if let Field::Given(given) = keys::field(node, name, path, findings) {
            let text = given.text.trim();
            if text.chars().count() > WORD || text.contains(char::is_control) {
                let what = format!("the word {} is too long or has several lines", quote(name));
                findings.problem(given.origin.clone(), what, "write one short sentence at most");
            } else {
                text.clone_into(place);
            }
        }
    }
    words
}
