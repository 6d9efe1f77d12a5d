//! One file of patterns.
//!
//! Owns the rules of a whole file: its size, its `events:` mapping, how many patterns it may hold, and what a name
//! written twice means. Must not know what a pattern means. A file that cannot be read is a problem, an empty one a note.

use std::path::Path;

use super::super::document::{self, Content, Entry, Node};
use super::super::findings::Findings;
use super::super::keys;
use super::super::problem::{Origin, Position, quote};
use super::super::spelling;
use super::super::surroundings::Surroundings;
use super::{Places, Written, entry};

/// Largest file, in bytes.
const FILE_LIMIT: u64 = 1 << 20;
/// The most patterns in one file.
const MOST_ENTRIES: usize = 100;

/// Reads a file.
pub(super) fn read(path: &Path, findings: &mut Findings) -> Vec<Written> {
    let whole = Origin::ConfigFile {
        path: path.to_owned(),
        position: None,
    };
    match Surroundings::read_text(path, FILE_LIMIT, &mut findings.looked) {
        Ok(text) => read_text(&text, path, findings),
        Err(failure) => {
            let what = format!("the file of patterns cannot be used: {failure}");
            findings.problem(whole, what, failure.remedy(path));
            Vec::new()
        }
    }
}

/// Reads the text of a file.
pub(super) fn read_text(text: &str, path: &Path, findings: &mut Findings) -> Vec<Written> {
    let whole = Origin::ConfigFile {
        path: path.to_owned(),
        position: None,
    };
    if text.trim_start_matches('\u{feff}').trim().is_empty() {
        findings.note_at(whole, "the file is empty");
        return Vec::new();
    }
    let Some(tree) = document::plain(text, path, findings) else {
        return Vec::new();
    };
    let entries = entries(&tree, path, findings);
    if entries.len() > MOST_ENTRIES {
        let what = format!(
            "the file holds {} patterns, and {MOST_ENTRIES} at most are read",
            entries.len()
        );
        findings.problem(whole, what, "split it into several files of the same folder");
        return Vec::new();
    }
    let mut kept = Vec::new();
    for (number, entry) in entries.iter().enumerate() {
        // As in the Python program, the last of several of one name counts.
        let again = entries[number + 1..].iter().find(|later| later.key == entry.key);
        if let Some(again) = again {
            let text = format!(
                "pattern {} is written again at line {}; the last one counts",
                quote(&entry.key),
                again.at.line
            );
            findings.note_at(keys::origin(path, entry.at), text);
        } else {
            kept.extend(entry::read(entry, path, text, findings));
        }
    }
    kept
}

fn entries<'a>(tree: &'a Node, path: &Path, findings: &mut Findings) -> &'a [Entry] {
    let wrong = |at: Position, what: &str, findings: &mut Findings| {
        let remedy = "write `events:` and below it, indented by two spaces, each pattern by its name";
        findings.problem(keys::origin(path, at), what, remedy);
    };
    let Content::Map(sections) = &tree.content else {
        match tree.content {
            Content::Empty => findings.note_at(keys::origin(path, tree.at), "the file is empty"),
            _ => wrong(
                tree.at,
                "the file has to hold `events:` with patterns below it",
                findings,
            ),
        }
        return &[];
    };
    for section in sections.iter().filter(|section| section.key != "events") {
        let hint = match spelling::nearest(&section.key, ["events"]) {
            Some(_) => "; did you mean `events`?",
            None => "",
        };
        let text = format!("{} is not read{hint}", quote(&section.key));
        findings.note_at(keys::origin(path, section.at), text);
    }
    let Some(events) = sections.iter().find(|section| section.key == "events") else {
        findings.note_at(
            keys::origin(path, tree.at),
            "the file has no `events:`, and no pattern is read from it",
        );
        return &[];
    };
    match &events.value.content {
        Content::Map(entries) => entries,
        Content::Empty => &[],
        _ => {
            wrong(
                events.value.at,
                "`events` has to hold patterns by their names",
                findings,
            );
            &[]
        }
    }
}

/// Where a character of an expression stands: exactly, where the file has the expression as it is.
pub(super) fn position_in(places: &Places, expression: &str, at: usize) -> Position {
    let exact = places.line.as_deref().and_then(|line| {
        let column = usize::try_from(places.expression.column).ok()?.checked_sub(1)?;
        let value: String = line.chars().skip(column).collect();
        let quoted = value.starts_with(['\'', '"']);
        let inner = &value[usize::from(quoted)..];
        let head: String = expression.chars().take(at).collect();
        let offset = at + usize::from(quoted);
        inner
            .starts_with(&head)
            .then(|| u64::try_from(offset).ok())
            .flatten()
    });
    Position {
        column: places.expression.column + exact.unwrap_or(0),
        ..places.expression
    }
}
