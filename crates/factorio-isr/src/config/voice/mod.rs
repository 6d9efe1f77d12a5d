//! `voice:` as people write it: language, sentences, emoji.
//!
//! Owns how the layers come together: the file as a whole, `defaults`, the server, a route. Must not know events or
//! destinations. Every fault becomes a problem with its place, and the rest of the layer is still read.

mod language;
mod message;

use std::sync::Arc;

use isr_core::text::{Emoji, EmojiMap};
use isr_core::voice::{Entries, Key, Overrides, Voice};

use super::document::{Content, Node};
use super::findings::{Field, Findings};
use super::keys::{self, Keys};
use super::problem::{Origin, Position, quote};
use super::raw::RawFile;
use super::resolve::Sources;
use super::spelling;

/// One layer; nothing for a key that is not there.
pub(crate) fn layer(
    node: Option<&Node>,
    section: &str,
    sources: &Sources<'_>,
    findings: &mut Findings,
) -> Overrides {
    let mut keys = Keys::of(node, section, sources.path, findings);
    let language = keys.scalar("language");
    let messages = keys.node("messages").cloned();
    let emoji = keys.node("emoji").cloned();
    keys.finish();
    Overrides {
        language: language
            .given()
            .and_then(|given| language::named(given, sources, findings))
            .map(Arc::new),
        entries: messages
            .as_ref()
            .map(|node| entries(node, sources.path, findings))
            .unwrap_or_default(),
        emoji: emoji
            .as_ref()
            .map(|node| emoji_map(node, sources.path, findings))
            .unwrap_or_default(),
    }
}

/// The words that all servers share, and where they were written.
pub(crate) struct Common {
    overrides: Overrides,
    origin: Origin,
    /// The voices made so far: servers that speak alike share one, for hundreds of them would fill megabytes.
    made: Vec<Arc<Voice>>,
}

impl Common {
    /// Reads the `voice` of the whole file and that of `defaults`, which is stronger.
    pub(crate) fn read(sources: &Sources<'_>, raw: &RawFile, findings: &mut Findings) -> Self {
        let (file, defaults) = (raw.voice.as_ref(), raw.defaults.voice.as_ref());
        let mut overrides = layer(file, "voice", sources, findings);
        overrides.overlay(&layer(defaults, "voice", sources, findings));
        let origin = written(defaults.or(file), sources);
        Self {
            overrides,
            origin,
            made: Vec::new(),
        }
    }

    /// The voice of a server, and a line for `check`.
    pub(crate) fn of_server(
        &mut self,
        key: &str,
        own: Option<&Node>,
        sources: &Sources<'_>,
        findings: &mut Findings,
    ) -> Arc<Voice> {
        let mut overrides = self.overrides.clone();
        overrides.overlay(&layer(own, "voice", sources, findings));
        let origin = match own {
            Some(_) => written(own, sources),
            None => self.origin.clone(),
        };
        findings.setting(key, described(&overrides), origin);
        if let Some(alike) = self.made.iter().find(|made| made.is_made_of(&overrides)) {
            return Arc::clone(alike);
        }
        let voice = Arc::new(Voice::new(overrides));
        self.made.push(Arc::clone(&voice));
        voice
    }
}

fn written(node: Option<&Node>, sources: &Sources<'_>) -> Origin {
    node.map_or(Origin::Default, |node| keys::origin(sources.path, node.at))
}

/// `english; own sentences for join, death.cause; 3 emoji`.
fn described(overrides: &Overrides) -> String {
    let language = overrides
        .language
        .as_ref()
        .map_or("english", |pack| pack.name.as_str());
    let mut out = language.to_owned();
    let own: Vec<String> = overrides.entries.keys().map(|key| key.to_string()).collect();
    if !own.is_empty() {
        out.push_str("; changed: ");
        out.push_str(&own.join(", "));
    }
    if !overrides.emoji.is_empty() {
        out.push_str(&format!("; {} emoji", overrides.emoji.len()));
    }
    out
}

/// The pairs of a mapping; anything else is reported.
fn pairs<'a>(
    node: &'a Node,
    section: &str,
    path: &std::path::Path,
    findings: &mut Findings,
) -> Vec<(&'a str, Position, &'a Node)> {
    match &node.content {
        Content::Map(entries) => entries
            .iter()
            .map(|entry| (entry.key.as_str(), entry.at, &entry.value))
            .collect(),
        _ => {
            Keys::of(Some(node), section, path, findings).finish();
            Vec::new()
        }
    }
}

fn entries(node: &Node, path: &std::path::Path, findings: &mut Findings) -> Entries {
    let mut entries = Entries::default();
    for (name, at, node) in pairs(node, "messages", path, findings) {
        match Key::from_name(name.trim()) {
            Some(key) => {
                let entry = message::read(key, node, path, findings);
                entries.set(key, entry);
            }
            None => {
                let known: Vec<String> = Key::all().map(|key| key.to_string()).collect();
                let known: Vec<&str> = known.iter().map(String::as_str).collect();
                let what = format!("there is no message {}", quote(name));
                findings.problem(keys::origin(path, at), what, spelling::remedy(name, &known));
            }
        }
    }
    entries
}

fn emoji_map(node: &Node, path: &std::path::Path, findings: &mut Findings) -> EmojiMap {
    let mut map = EmojiMap::default();
    for (thing, at, node) in pairs(node, "emoji", path, findings) {
        if let Some(emoji) = emoji(thing, node, path, findings) {
            if !is_thing(thing) {
                let remedy = "write the name as the game has it in [item=…]: small letters, digits and -, such as iron-plate";
                findings.problem(
                    keys::origin(path, at),
                    format!("{} is no name of a thing", quote(thing)),
                    remedy,
                );
            }
            map.insert(thing, emoji);
        }
    }
    map
}

/// A name as the game's prototypes have it.
fn is_thing(name: &str) -> bool {
    (1..=100).contains(&name.len())
        && name
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
}

/// An emoji; an empty text and `none` are none at all.
fn emoji(key: &str, node: &Node, path: &std::path::Path, findings: &mut Findings) -> Option<Emoji> {
    if let Content::Scalar { text, .. } = &node.content
        && (text.trim().is_empty() || text.trim().eq_ignore_ascii_case("none"))
    {
        return Some(Emoji::default());
    }
    let Field::Given(given) = keys::field(node, key, path, findings) else {
        return None;
    };
    findings.parse(key, &given, |text| {
        Emoji::parse(text)
            .map_err(|error| super::scalar::Complaint::new("this is no emoji", error.to_string()))
    })
}
