//! Reading the keys of one mapping.
//!
//! Owns the refusal of unknown keys ("did you mean") and of values of the wrong shape. Must not know what a key
//! means. Nothing here fails: every fault becomes a problem and the key counts as broken.

use std::path::Path;

use super::document::{Content, Entry, Node};
use super::findings::{Field, Findings, Given};
use super::problem::{Origin, Position, quote};
use super::spelling;

/// The keys of one mapping, taken one by one by name.
pub(crate) struct Keys<'a> {
    path: &'a Path,
    /// Name of the mapping for messages: `limits`, or empty for the whole file.
    section: &'a str,
    entries: &'a [Entry],
    known: Vec<&'static str>,
    pub(crate) findings: &'a mut Findings,
}

impl<'a> Keys<'a> {
    /// The keys of a node. Anything but a mapping is reported and has no keys.
    pub(crate) fn of(
        node: Option<&'a Node>,
        section: &'a str,
        path: &'a Path,
        findings: &'a mut Findings,
    ) -> Self {
        let entries: &[Entry] = match node {
            Some(Node {
                content: Content::Map(entries),
                ..
            }) => entries,
            Some(Node {
                content: Content::Scalar { .. } | Content::List(_),
                at,
            }) => {
                let name = if section.is_empty() { "the file" } else { section };
                let what = format!("{name} has to hold keys with values");
                let remedy = "write one `key: value` per line below it, indented by two spaces";
                findings.problem(origin(path, *at), what, remedy);
                &[]
            }
            Some(Node {
                content: Content::Empty | Content::Broken,
                ..
            })
            | None => &[],
        };
        Self {
            path,
            section,
            entries,
            known: Vec::new(),
            findings,
        }
    }

    /// The file that is read.
    pub(crate) fn path(&self) -> &'a Path {
        self.path
    }

    /// The value of a key, whatever it is.
    pub(crate) fn node(&mut self, key: &'static str) -> Option<&'a Node> {
        self.known.push(key);
        self.entries
            .iter()
            .find(|entry| entry.key == key)
            .map(|entry| &entry.value)
    }

    /// The value of a key that takes a single value.
    pub(crate) fn scalar(&mut self, key: &'static str) -> Field {
        match self.node(key) {
            Some(node) => field(node, key, self.path, self.findings),
            None => Field::Absent,
        }
    }

    /// The values of a key that takes one value or a list of them; `None` when the key says nothing.
    pub(crate) fn texts(&mut self, key: &'static str) -> Option<Vec<Given>> {
        let node = self.node(key)?;
        let items = match &node.content {
            Content::List(items) => items.as_slice(),
            Content::Empty => return None,
            _ => std::slice::from_ref(node),
        };
        let mut texts = Vec::with_capacity(items.len());
        for item in items {
            if let Field::Given(given) = field(item, key, self.path, self.findings) {
                texts.push(given);
            }
        }
        Some(texts)
    }

    /// The entries of a key that takes a list, each read by `read`.
    pub(crate) fn list<T>(
        &mut self,
        key: &'static str,
        remedy: &'static str,
        read: fn(&Node, &Path, &mut Findings) -> T,
    ) -> Vec<T> {
        let Some(node) = self.node(key) else {
            return Vec::new();
        };
        let (path, findings) = (self.path, &mut *self.findings);
        match &node.content {
            Content::List(items) => items.iter().map(|item| read(item, path, findings)).collect(),
            Content::Empty | Content::Broken => Vec::new(),
            Content::Map(_) | Content::Scalar { .. } => {
                findings.problem(
                    origin(path, node.at),
                    format!("{} has to be a list", quote(key)),
                    remedy,
                );
                Vec::new()
            }
        }
    }

    /// Reports keys that are there and say nothing, where leaving one out means more events, not fewer.
    pub(crate) fn refuse_silent(&mut self) {
        for entry in self.entries {
            let is_silent = match &entry.value.content {
                Content::Empty => true,
                Content::Scalar { text, .. } => text.trim().is_empty(),
                Content::List(_) | Content::Map(_) | Content::Broken => false,
            };
            if is_silent {
                let what = format!("{} in {} says nothing", quote(&entry.key), self.section);
                let remedy = "write something behind the colon, or remove the key: then it does not matter";
                self.findings.problem(origin(self.path, entry.at), what, remedy);
            }
        }
    }

    /// Reports every key that was not asked for.
    pub(crate) fn finish(self) {
        for (place, what, remedy) in self.unknown() {
            self.findings.problem(place, what, remedy);
        }
    }

    /// The same for a file that has to go on to work: notes instead of problems.
    pub(crate) fn finish_with_notes(self) {
        for (place, what, remedy) in self.unknown() {
            self.findings
                .note_at(place, format!("{what} is not read; {remedy}"));
        }
    }

    fn unknown(&self) -> Vec<(Origin, String, String)> {
        let of = match self.section {
            "" => String::new(),
            section => format!(" in {section}"),
        };
        let unknown = |entry: &&Entry| !self.known.contains(&entry.key.as_str());
        let report = |entry: &Entry| {
            (
                origin(self.path, entry.at),
                format!("unknown key {}{of}", quote(&entry.key)),
                spelling::remedy(&entry.key, &self.known),
            )
        };
        self.entries.iter().filter(unknown).map(report).collect()
    }
}

/// A node as a single value; an empty one counts as absent.
pub(crate) fn field(node: &Node, key: &str, path: &Path, findings: &mut Findings) -> Field {
    match &node.content {
        Content::Scalar { text, .. } if text.trim().is_empty() => Field::Absent,
        Content::Scalar { text, exposure } => Field::Given(Given {
            text: text.clone(),
            origin: origin(path, node.at),
            exposure: *exposure,
        }),
        Content::Empty => Field::Absent,
        Content::Broken => Field::Broken,
        Content::Map(_) | Content::List(_) => {
            findings.problem(
                origin(path, node.at),
                format!("{} takes a single value", quote(key)),
                "write one value behind the colon",
            );
            Field::Broken
        }
    }
}

pub(crate) fn origin(path: &Path, at: Position) -> Origin {
    Origin::ConfigFile {
        path: path.to_owned(),
        position: Some(at),
    }
}
