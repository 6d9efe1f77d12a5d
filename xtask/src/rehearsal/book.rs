//! The book of a rehearsal: requests with their answers, and the messages that they leave in channels.
//!
//! Owns how posts, edits and deletions become what a channel shows. Must not know what is played. Cannot fail: what it
//! cannot read leaves no message.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use isr_testkit::discord::Exchange;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The name of the bot.
const BOT: &str = "Factorio";

/// A message as a person sees it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Shown {
    /// The name above it.
    pub(crate) name: String,
    /// Whether a program wrote it: there is a mark beside the name.
    #[serde(default, skip_serializing_if = "is_false")]
    pub(crate) app: bool,
    /// When it was written, Unix seconds.
    pub(crate) at: i64,
    /// The command that it answers, and whose.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) used: Option<Used>,
    /// Whether only one person sees it.
    #[serde(default, skip_serializing_if = "is_false")]
    pub(crate) private: bool,
    /// Whether its text was changed.
    #[serde(default, skip_serializing_if = "is_false")]
    pub(crate) edited: bool,
    /// Emoji of those who reacted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) reactions: Vec<String>,
    /// Names of its files.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) files: Vec<String>,
    /// What the program sent: text, embeds, components.
    pub(crate) payload: Value,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the form that serde wants")]
const fn is_false(flag: &bool) -> bool {
    !*flag
}

/// The use of a command.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Used {
    /// Who used it.
    pub(crate) by: String,
    /// The command as Discord shows it.
    pub(crate) command: String,
}

/// A message and where it is.
#[derive(Debug, Clone)]
struct Entry {
    /// `/webhooks/ID` or `/channels/ID`.
    place: String,
    id: String,
    shown: Shown,
}

#[derive(Debug, Default)]
struct Pages {
    exchanges: Vec<Exchange>,
    entries: Vec<Entry>,
}

/// The book. Clones are the same one.
#[derive(Debug, Clone, Default)]
pub(crate) struct Book(Arc<Mutex<Pages>>);

impl Book {
    fn pages(&self) -> MutexGuard<'_, Pages> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes down what went over the wire.
    pub(crate) fn note(&self, exchange: &Exchange) {
        let mut pages = self.pages();
        pages.exchanges.push(exchange.clone());
        if (200..300).contains(&exchange.status) {
            pages.show(exchange);
        }
    }

    /// Everything that went over the wire, in order.
    pub(crate) fn exchanges(&self) -> Vec<Exchange> {
        self.pages().exchanges.clone()
    }

    /// What a webhook's channel shows.
    pub(crate) fn of_webhook(&self, webhook: u64) -> Vec<Shown> {
        self.at(&format!("/webhooks/{webhook}"))
    }

    /// What the bot shows in a channel.
    pub(crate) fn of_channel(&self, channel: u64) -> Vec<Shown> {
        self.at(&format!("/channels/{channel}"))
    }

    fn at(&self, place: &str) -> Vec<Shown> {
        let pages = self.pages();
        let own = pages.entries.iter().filter(|entry| entry.place == place);
        own.map(|entry| entry.shown.clone()).collect()
    }
}

impl Pages {
    fn show(&mut self, exchange: &Exchange) {
        let path = exchange.path.split('?').next().unwrap_or_default();
        let path = path
            .strip_prefix("/api/v10")
            .or_else(|| path.strip_prefix("/api"))
            .unwrap_or(path);
        let parts: Vec<&str> = path.split('/').skip(1).collect();
        let told = exchange.told();
        match (exchange.method.as_str(), &parts[..]) {
            ("POST", ["webhooks", id, _token]) => self.posted(format!("/webhooks/{id}"), exchange, &told),
            ("POST", ["channels", id, "messages"]) => {
                self.posted(format!("/channels/{id}"), exchange, &told);
            }
            ("PATCH", [.., "messages", id]) => self.edited(id, &exchange.json()),
            ("DELETE", [.., "messages", id]) => self.entries.retain(|entry| entry.id != *id),
            ("PUT", [.., "messages", id, "reactions", emoji, "@me"]) => {
                if let Some(entry) = self.entries.iter_mut().find(|entry| entry.id == *id) {
                    entry.shown.reactions.push((*emoji).to_owned());
                }
            }
            _ => {}
        }
    }

    fn posted(&mut self, place: String, exchange: &Exchange, told: &Value) {
        let Some(id) = told["id"].as_str() else { return };
        let payload = exchange.json();
        // The bot of the fake Discord has one name in its messages and another in its answers.
        let name = if place.starts_with("/channels") {
            Some(BOT)
        } else {
            payload["username"].as_str()
        };
        let shown = Shown {
            name: name.unwrap_or("Factorio Bridge").to_owned(),
            app: true,
            at: super::now(),
            used: None,
            private: false,
            edited: false,
            reactions: Vec::new(),
            files: exchange.files().into_iter().map(|file| file.name).collect(),
            payload,
        };
        self.entries.retain(|entry| entry.id != id);
        self.entries.push(Entry {
            place,
            id: id.to_owned(),
            shown,
        });
    }

    fn edited(&mut self, id: &str, change: &Value) {
        let entry = self.entries.iter_mut().find(|entry| entry.id == id);
        let (Some(entry), Some(change)) = (entry, change.as_object()) else {
            return;
        };
        // Discord marks a message whose text changed, not one whose embeds did.
        let is_text_changed = change
            .get("content")
            .is_some_and(|content| *content != entry.shown.payload["content"] && !content.is_null());
        entry.shown.edited |= is_text_changed;
        for (name, value) in change {
            entry.shown.payload[name] = value.clone();
        }
    }
}
