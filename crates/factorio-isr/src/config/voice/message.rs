//! One message: a sentence, several of them, or more than a sentence.
//!
//! Owns the short form (`join: "…"`, `join: off`) and the long one. Every fault of a template becomes a problem at the
//! line where the template stands.

use std::path::Path;

use isr_core::template::{EmbedTemplate, Stamp, Template, TemplateError};
use isr_core::text::{Colour, EmbedPart, Layout};
use isr_core::voice::{Body, Dress, Entry, Key, Sound};

use super::super::document::{Content, Node};
use super::super::findings::{Field, Findings};
use super::super::keys::{self, Keys};
use super::super::problem::quote;
use super::super::scalar::{self, Complaint};
use super::super::settings::Switch;

/// The most variants of one message.
const MOST_VARIANTS: usize = 100;

const SILENT_REMEDY: &str =
    "write a text, or remove the key; `off` in its place tells nothing of such events";

/// Reads what is written under a key.
pub(super) fn read(key: Key, node: &Node, path: &Path, findings: &mut Findings) -> Entry {
    let mut reader = Reader { key, path, findings };
    match &node.content {
        Content::Map(_) => reader.long(node),
        Content::Scalar { text, .. } => match switched(text) {
            Some(sound) => Entry {
                sound: Some(sound),
                ..Entry::default()
            },
            None => reader.short(node),
        },
        Content::List(_) => reader.short(node),
        Content::Empty | Content::Broken => Entry::default(),
    }
}

/// `on` and `off` alone are no sentences.
fn switched(text: &str) -> Option<Sound> {
    match text.trim().to_ascii_lowercase().as_str() {
        "on" | "true" | "yes" => Some(Sound::On),
        "off" | "false" | "no" => Some(Sound::Off),
        _ => None,
    }
}

/// The colour, in either spelling.
fn colour(keys: &mut Keys<'_>) -> Field {
    match (keys.scalar("colour"), keys.scalar("color")) {
        (colour, Field::Absent) => colour,
        (Field::Absent, color) => color,
        (Field::Given(_), Field::Given(second)) => {
            let what = "there is a `colour` and a `color`";
            keys.findings.problem(second.origin, what, "keep one of them");
            Field::Broken
        }
        _ => Field::Broken,
    }
}

struct Reader<'a> {
    key: Key,
    path: &'a Path,
    findings: &'a mut Findings,
}

impl Reader<'_> {
    fn short(&mut self, node: &Node) -> Entry {
        Entry {
            body: self.texts(node).map(Body::Texts),
            ..Entry::default()
        }
    }

    fn long(&mut self, node: &Node) -> Entry {
        let section = format!("message {}", self.key);
        let mut keys = Keys::of(Some(node), &section, self.path, self.findings);
        let text = keys.node("text").cloned();
        let embed = keys.node("embed").cloned();
        let emoji = keys.node("emoji").cloned();
        let colour = colour(&mut keys);
        let enabled = keys.scalar("enabled");
        keys.finish();
        let mut entry = Entry {
            body: text.as_ref().and_then(|node| self.texts(node)).map(Body::Texts),
            emoji: emoji
                .as_ref()
                .and_then(|node| super::emoji("emoji", node, self.path, self.findings)),
            colour: self.colour(&colour),
            dress: None,
            sound: self.switch("enabled", &enabled).map(|switch| match switch {
                Switch::On => Sound::On,
                Switch::Off => Sound::Off,
            }),
        };
        if let Some(node) = &embed {
            self.embed(node, text.as_ref(), &mut entry);
        }
        entry
    }

    fn embed(&mut self, node: &Node, text: Option<&Node>, entry: &mut Entry) {
        let items = match &node.content {
            Content::Scalar { .. } => {
                let field = keys::field(node, "embed", self.path, self.findings);
                entry.dress = self.switch("embed", &field).map(|switch| match switch {
                    Switch::On => Dress::Embed,
                    Switch::Off => Dress::Line,
                });
                return;
            }
            Content::Empty | Content::Broken => return,
            Content::List(items) => items.as_slice(),
            Content::Map(_) => std::slice::from_ref(node),
        };
        if let Some(text) = text {
            let what = format!("{} has a text and an embed", self.key);
            let remedy = "keep one of them; `embed: on` shows the text as an embed";
            self.findings
                .problem(keys::origin(self.path, text.at), what, remedy);
        }
        let items = self.at_most(items, node);
        if items.is_empty() {
            let what = format!("`embed` of {} is empty", self.key);
            self.refuse_empty(
                node,
                what,
                "write `title:` or `description:` in it, or `embed: on`",
            );
        }
        let embeds: Vec<EmbedTemplate> = items.iter().filter_map(|item| self.one_embed(item)).collect();
        if !embeds.is_empty() {
            entry.body = Some(Body::Embeds(embeds));
        }
    }

    fn one_embed(&mut self, node: &Node) -> Option<EmbedTemplate> {
        let section = format!("embed of {}", self.key);
        let mut keys = Keys::of(Some(node), &section, self.path, self.findings);
        let title = keys.node("title").cloned();
        let description = keys.node("description").cloned();
        let fields = keys.node("fields").cloned();
        let footer = keys.node("footer").cloned();
        let colour = colour(&mut keys);
        let time = keys.scalar("time");
        keys.finish();
        let template = EmbedTemplate {
            title: title
                .as_ref()
                .and_then(|node| self.part("title", EmbedPart::Title, node)),
            description: description
                .as_ref()
                .and_then(|node| self.part("description", EmbedPart::Description, node)),
            fields: fields.as_ref().map(|node| self.fields(node)).unwrap_or_default(),
            footer: footer
                .as_ref()
                .and_then(|node| self.part("footer", EmbedPart::Footer, node)),
            colour: self.colour(&colour),
            stamp: match self.switch("time", &time) {
                Some(Switch::Off) => Stamp::Hidden,
                Some(Switch::On) | None => Stamp::Shown,
            },
        };
        match template.checked() {
            Ok(template) => Some(template),
            Err(error) => {
                let place = keys::origin(self.path, node.at);
                let what = format!("the embed of {} cannot be shown: {error}", self.key);
                self.findings
                    .problem(place, what, "see docs/templates.md for what an embed holds");
                None
            }
        }
    }

    fn fields(&mut self, node: &Node) -> Vec<(Template, Template, Layout)> {
        let Content::List(items) = &node.content else {
            let place = keys::origin(self.path, node.at);
            let remedy = "begin every field with a dash: `- name: NAME`, and `value: TEXT` below it";
            self.findings.problem(place, "`fields` has to be a list", remedy);
            return Vec::new();
        };
        if items.is_empty() {
            self.refuse_empty(
                node,
                "`fields` is empty".to_owned(),
                "write a field, or remove the key",
            );
        }
        items.iter().filter_map(|item| self.one_field(item)).collect()
    }

    fn one_field(&mut self, node: &Node) -> Option<(Template, Template, Layout)> {
        let mut keys = Keys::of(Some(node), "a field", self.path, self.findings);
        let name = keys.node("name").cloned();
        let value = keys.node("value").cloned();
        let inline = keys.scalar("inline");
        keys.finish();
        let layout = match self.switch("inline", &inline) {
            Some(Switch::On) => Layout::Beside,
            Some(Switch::Off) | None => Layout::Below,
        };
        let (Some(name), Some(value)) = (name, value) else {
            let place = keys::origin(self.path, node.at);
            let what = "a field of an embed needs a name and a value";
            self.findings.problem(place, what, "write `name:` and `value:`");
            return None;
        };
        let name = self.part("name", EmbedPart::FieldName, &name);
        let value = self.part("value", EmbedPart::FieldValue, &value);
        Some((name?, value?, layout))
    }

    fn part(&mut self, name: &str, part: EmbedPart, node: &Node) -> Option<Template> {
        let key = self.key;
        self.template(name, node, |text| key.part(part, text))
    }

    /// One text or a list of them. `None` where nothing is written or nothing of it can be used.
    fn texts(&mut self, node: &Node) -> Option<Vec<Template>> {
        let items = match &node.content {
            Content::List(items) => items.as_slice(),
            _ => std::slice::from_ref(node),
        };
        let items = self.at_most(items, node);
        let key = self.key;
        if items.is_empty() {
            self.refuse_empty(node, format!("{key} has no text"), SILENT_REMEDY);
        }
        let texts = items
            .iter()
            .filter_map(|item| self.template("text", item, |text| key.text(text)));
        let texts: Vec<Template> = texts.collect();
        (!texts.is_empty()).then_some(texts)
    }

    fn refuse_empty(&mut self, node: &Node, what: String, remedy: &str) {
        self.findings
            .problem(keys::origin(self.path, node.at), what, remedy);
    }

    fn at_most<'n>(&mut self, items: &'n [Node], node: &Node) -> &'n [Node] {
        if items.len() > MOST_VARIANTS {
            let what = format!("{} has more than {MOST_VARIANTS} variants", self.key);
            let place = keys::origin(self.path, node.at);
            self.findings.problem(place, what, "leave some out");
        }
        &items[..items.len().min(MOST_VARIANTS)]
    }

    fn template(
        &mut self,
        name: &str,
        node: &Node,
        parse: impl FnOnce(&str) -> Result<Template, TemplateError>,
    ) -> Option<Template> {
        let given = match keys::field(node, name, self.path, self.findings) {
            Field::Given(given) => given,
            Field::Broken => return None,
            Field::Absent => {
                self.refuse_empty(
                    node,
                    format!("{} of {} is empty", quote(name), self.key),
                    SILENT_REMEDY,
                );
                return None;
            }
        };
        match parse(&given.text) {
            Ok(template) => Some(template),
            Err(error) => {
                let what = format!("{} of {}: {error}", quote(name), self.key);
                self.findings.problem(given.origin, what, error.remedy());
                None
            }
        }
    }

    fn colour(&mut self, field: &Field) -> Option<Colour> {
        let given = field.given()?;
        let parse =
            |text: &str| Colour::parse(text).map_err(|e| Complaint::new("this is no colour", e.to_string()));
        self.findings.parse("colour", given, parse)
    }

    fn switch(&mut self, name: &str, field: &Field) -> Option<Switch> {
        self.findings.parse(name, field.given()?, scalar::switch)
    }
}
