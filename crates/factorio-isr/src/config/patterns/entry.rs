//! One pattern of a file, in the form of the Python program or in ours.
//!
//! Owns the keys of both forms and how they are told apart: by `where`, `kind` and `fields`, which only ours has. Must not
//! know expressions. What is wrong is said with its place, and the pattern is left out; what the Python program mended by
//! a default is mended so, and said as well.

use std::path::Path;

use isr_core::delivery::KindName;
use isr_core::pattern::{Definition, FieldRule, Form, LONGEST_EXPRESSION, Place, State, Tier};

use super::super::document::{Content, Entry, Node};
use super::super::findings::Findings;
use super::super::problem::{Position, quote};
use super::super::{scalar, spelling};
use super::{Places, Weight, Written, say};

const OLD_KEYS: [&str; 8] = [
    "pattern",
    "type",
    "emoji",
    "message",
    "enabled",
    "priority",
    "channel",
    "description",
];
const OWN_KEYS: [&str; 3] = ["where", "kind", "fields"];
/// The types of the Python program.
const TYPES: [&str; 9] = [
    "join",
    "leave",
    "chat",
    "server",
    "milestone",
    "task",
    "research",
    "death",
    "mention",
];
const DEFAULT_PRIORITY: u32 = 10;
/// The longest name of a pattern and of a kind.
const NAME_LENGTH: usize = 64;

/// Reads one pattern; `None` when it cannot be used.
pub(super) fn read(entry: &Entry, path: &Path, text: &str, findings: &mut Findings) -> Option<Written> {
    let own = matches!(&entry.value.content, Content::Map(values)
        if values.iter().any(|value| OWN_KEYS.contains(&value.key.as_str())));
    let places = Places {
        path: path.to_owned(),
        name: entry.at,
        expression: entry.at,
        line: None,
        template: None,
        fields: Vec::new(),
        weight: if own { Weight::Problem } else { Weight::Note },
    };
    let mut reading = Reading {
        name: &entry.key,
        values: match &entry.value.content {
            Content::Map(values) => values,
            _ => &[],
        },
        own,
        places,
        sound: true,
        findings,
    };
    let definition = reading.definition(text);
    let Reading { places, sound, .. } = reading;
    Some(Written {
        definition: definition.filter(|_| sound)?,
        places,
    })
}

struct Reading<'a> {
    name: &'a str,
    values: &'a [Entry],
    own: bool,
    places: Places,
    /// Whether nothing was found that makes the pattern useless.
    sound: bool,
    findings: &'a mut Findings,
}

impl<'a> Reading<'a> {
    fn definition(&mut self, text: &str) -> Option<Definition> {
        self.check_name();
        self.check_keys();
        let (expression, at) = self.expression()?;
        self.places.expression = at;
        let number = usize::try_from(at.line).ok().and_then(|line| line.checked_sub(1));
        // A line of the file is kept only where it is short: it serves to say a column.
        self.places.line = number
            .and_then(|number| text.lines().nth(number))
            .filter(|line| line.len() <= 8 * LONGEST_EXPRESSION)
            .map(str::to_owned);
        let template = self.text("message");
        self.places.template = template.as_ref().map(|(_, at)| *at);
        Some(Definition {
            name: self.name.to_owned(),
            expression,
            form: self.form(),
            kind: self.kind(),
            emoji: self.text("emoji").map(|(text, _)| text).unwrap_or_default(),
            template: template.map(|(text, _)| text),
            state: self.state(),
            priority: self.priority(),
            channel: self.text("channel").map(|(text, _)| text.trim().to_owned()),
            tier: Tier::Own,
        })
    }

    fn refuse(&mut self, at: Position, what: &str, remedy: &str) {
        self.sound = false;
        say(&self.places, self.name, at, what, remedy, self.findings);
    }

    /// The Python program took its default in silence; our form is held to what it says.
    fn mend(&mut self, at: Position, what: &str, remedy: &str) {
        if self.own {
            self.refuse(at, what, remedy);
        } else {
            let text = format!("pattern {}: {what}; {remedy}", quote(self.name));
            self.findings.note_at(self.places.origin(at), text);
        }
    }

    fn check_name(&mut self) {
        let more = if self.own { "-." } else { "" };
        let allowed = |c: char| c.is_ascii_alphanumeric() || c == '_' || more.contains(c);
        let length = self.name.chars().count();
        if !(1..=NAME_LENGTH).contains(&length) || !self.name.chars().all(allowed) {
            let what = "the name has a character that it may not have, or is too long";
            let remedy = format!("use 1 to {NAME_LENGTH} letters, digits and _");
            self.refuse(self.places.name, what, &remedy);
        }
    }

    fn check_keys(&mut self) {
        let known: Vec<&str> = OLD_KEYS.iter().chain(&OWN_KEYS).copied().collect();
        for value in self.values {
            if !known.contains(&value.key.as_str()) {
                let what = format!("unknown key {}", quote(&value.key));
                self.refuse(value.at, &what, &spelling::remedy(&value.key, &known));
            }
            let twice = self.values.iter().filter(|other| other.key == value.key).count() > 1;
            if twice && !std::ptr::eq(self.last(&value.key), value) {
                let what = format!("the key {} is written twice", quote(&value.key));
                self.mend(value.at, &what, "the last one counts: remove this one");
            }
        }
    }

    /// The last entry of a key that is there.
    fn last(&self, key: &str) -> *const Entry {
        let found = self.values.iter().rev().find(|value| value.key == key);
        found.map_or(std::ptr::null(), std::ptr::from_ref)
    }

    fn node(&self, key: &str) -> Option<&'a Node> {
        let found = self.values.iter().rev().find(|value| value.key == key);
        found.map(|value| &value.value)
    }

    /// A key that takes a text; an empty one counts as absent.
    fn text(&mut self, key: &str) -> Option<(String, Position)> {
        let node = self.node(key)?;
        match &node.content {
            Content::Scalar { text, .. } if text.trim().is_empty() => None,
            Content::Scalar { text, .. } => Some((text.clone(), node.at)),
            Content::Empty | Content::Broken => None,
            Content::Map(_) | Content::List(_) => {
                let what = format!("{} takes a single value", quote(key));
                self.mend(node.at, &what, "write one value behind the colon");
                None
            }
        }
    }

    fn expression(&mut self) -> Option<(String, Position)> {
        let found = self.text("pattern");
        if found.is_none() {
            let what = "there is no `pattern`";
            self.refuse(
                self.places.name,
                what,
                "write `pattern:` and what a line has to look like",
            );
        }
        found
    }

    fn kind(&mut self) -> KindName {
        if self.own {
            return self.own_kind();
        }
        let (written, at) = match self.text("type") {
            Some((text, at)) => (text.trim().to_lowercase(), at),
            None => (self.name.to_lowercase(), self.places.name),
        };
        if TYPES.contains(&written.as_str()) {
            return KindName::named(&written);
        }
        let what = format!("{} is none of the types {}", quote(&written), TYPES.join(", "));
        let remedy =
            "its events are of kind `unknown`; write `kind:` in place of `type:` to name a kind of its own";
        let text = format!("pattern {}: {what}; {remedy}", quote(self.name));
        self.findings.note_at(self.places.origin(at), text);
        KindName::fixed("unknown")
    }

    fn own_kind(&mut self) -> KindName {
        let given = self.text("kind").or_else(|| self.text("type"));
        let (kind, at) = given.unwrap_or_else(|| (self.name.to_owned(), self.places.name));
        let kind = kind.trim().to_lowercase();
        let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '_' | '-' | '.');
        if kind.is_empty() || kind.len() > NAME_LENGTH || !kind.chars().all(allowed) {
            let what = format!("{} cannot be the name of a kind", quote(&kind));
            self.refuse(
                at,
                &what,
                "use letters, digits, `_`, `-` and `.`, such as mod.silo",
            );
        }
        KindName::named(&kind)
    }

    fn state(&mut self) -> State {
        let Some((text, at)) = self.text("enabled") else {
            return State::On;
        };
        let text = text.trim();
        if self.own && text.eq_ignore_ascii_case("silent") {
            return State::Silent;
        }
        match scalar::switch(text) {
            Ok(switch) if switch.is_on() => State::On,
            Ok(_) => State::Off,
            Err(complaint) => {
                let what = format!("enabled is {}: {}", quote(text), complaint.what);
                self.mend(at, &what, "it counts as on; write on or off");
                State::On
            }
        }
    }

    fn priority(&mut self) -> u32 {
        let Some((text, at)) = self.text("priority") else {
            return DEFAULT_PRIORITY;
        };
        let text = text.trim();
        let number = text.replace('_', "");
        if let Ok(priority) = number.parse() {
            return priority;
        }
        let what = format!("priority is {}, not a number from 0 on", quote(text));
        if number.parse::<i64>().is_ok_and(|number| number < 0) {
            self.refuse(at, &what, "write 0 to be asked before all others");
        } else {
            self.mend(at, &what, "it counts as 10; write a whole number");
        }
        DEFAULT_PRIORITY
    }

    fn form(&mut self) -> Form {
        if !self.own {
            return Form::Positional;
        }
        let place = match self.text("where") {
            None => Place::Any,
            Some((text, at)) => {
                let choices = Place::ALL.map(|place| (place.as_str(), place));
                scalar::choice(text.trim(), &choices).unwrap_or_else(|complaint| {
                    let what = format!("where is {}: {}", quote(&text), complaint.what);
                    self.refuse(at, &what, &complaint.remedy);
                    Place::Any
                })
            }
        };
        let fields = self.fields();
        Form::Named { place, fields }
    }

    fn fields(&mut self) -> Vec<(String, FieldRule)> {
        let Some(node) = self.node("fields") else {
            return Vec::new();
        };
        let entries = match &node.content {
            Content::Map(entries) => entries,
            Content::Empty => return Vec::new(),
            _ => {
                let remedy = "write one `name: type` per line below it";
                self.refuse(node.at, "fields has to hold fields by their names", remedy);
                return Vec::new();
            }
        };
        let mut rules = Vec::new();
        for entry in entries {
            self.places.fields.push((entry.key.clone(), entry.value.at));
            match &entry.value.content {
                Content::Scalar { text, .. } => rules.extend(self.rule(entry, text)),
                _ => self.refuse(
                    entry.value.at,
                    "a field takes a single value",
                    "write one of: text, number, player, gps",
                ),
            }
        }
        rules
    }

    fn rule(&mut self, entry: &Entry, text: &str) -> Option<(String, FieldRule)> {
        let name = entry.key.clone();
        if text.contains('{') {
            return Some((name, FieldRule::Composed(text.to_owned())));
        }
        let rule = match text.trim().to_ascii_lowercase().as_str() {
            "text" => FieldRule::Text,
            "number" => FieldRule::Number,
            "player" => FieldRule::Player,
            "gps" => FieldRule::Gps,
            other => {
                let what = format!("{} is no type of a field", quote(other));
                let remedy = spelling::remedy(other, &["text", "number", "player", "gps"]);
                self.refuse(entry.value.at, &what, &remedy);
                return None;
            }
        };
        Some((name, rule))
    }
}
