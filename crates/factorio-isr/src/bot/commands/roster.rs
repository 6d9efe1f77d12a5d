//! The servers, as commands see them.
//!
//! Owns which server is meant when somebody names one, or none. Must not know what is asked of it. Fails with a sentence
//! that names the servers there are.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use isr_core::command::Permissions;
use isr_core::delivery::Destination;
use isr_core::masks::Masks;
use isr_core::source::ServerTag;
use isr_core::statistics::Schedule;
use isr_core::voice::{CommandWord, Voice};
use jiff::tz::TimeZone;

use super::known::saves_folders;
use super::tell::{Reply, Teller};
use crate::config::{Config, Target};
use crate::relay::plan::targets;

/// One server.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) tag: ServerTag,
    /// Its name for people.
    pub(super) name: String,
    pub(super) voice: Arc<Voice>,
    pub(super) permissions: Permissions,
    /// The zone of its times.
    pub(super) zone: TimeZone,
    /// When its recaps are due.
    pub(super) recaps: Vec<Schedule>,
    /// Where its saves may be.
    pub(super) saves: Vec<PathBuf>,
    /// The channels that belong to it.
    channels: Vec<u64>,
}

impl Entry {
    pub(super) fn teller(&self) -> Teller<'_> {
        Teller {
            voice: &self.voice,
            server: &self.name,
        }
    }
}

/// All servers of a configuration, in its order.
#[derive(Debug, Clone, Default)]
pub(super) struct Roster {
    pub(super) entries: Vec<Arc<Entry>>,
    /// Who may do what where no server is meant.
    pub(super) permissions: Permissions,
    /// How it is said where no server is meant.
    voice: Arc<Voice>,
    /// What never stands in the audit log.
    pub(super) masks: Masks,
    /// What places of the configuration are called.
    places: BTreeMap<Destination, String>,
}

/// Who asks, and where.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asked<'a> {
    /// What was typed.
    pub(super) named: Option<&'a str>,
    /// What the person chose before.
    pub(super) chosen: Option<&'a ServerTag>,
    /// Where it was typed.
    pub(super) channel: Option<u64>,
}

impl Roster {
    pub(super) fn of(config: &Config) -> Self {
        let entry = |server: &crate::config::Server| {
            let mut channels = server.discord_chat.channels.clone();
            if let Target::Channel(channel) = &server.target {
                channels.push(channel.id);
            }
            Arc::new(Entry {
                tag: server.tag.clone(),
                name: server.name.clone(),
                voice: Arc::clone(&server.voice),
                permissions: server.permissions.clone(),
                zone: server.time_zone.zone.clone(),
                recaps: server.recaps.schedules.clone(),
                saves: saves_folders(server),
                channels,
            })
        };
        let entries: Vec<Arc<Entry>> = config.servers.iter().map(entry).collect();
        Self {
            voice: entries
                .first()
                .map(|entry| Arc::clone(&entry.voice))
                .unwrap_or_default(),
            entries,
            permissions: config.permissions.clone(),
            masks: config.audit.masks.clone(),
            places: targets(config)
                .map(|(target, label)| (target.destination(), target.name().map_or(label, str::to_owned)))
                .collect(),
        }
    }

    /// What a place is called: a channel by itself, a webhook by its name in the configuration.
    pub(super) fn place(&self, destination: &Destination) -> String {
        if let Some(channel) = destination.as_str().strip_prefix("channel:") {
            return format!("<#{channel}>");
        }
        let name = self
            .places
            .get(destination)
            .map_or(destination.as_str(), String::as_str);
        self.teller().name(name)
    }

    /// Speaks where no server is meant.
    pub(super) fn teller(&self) -> Teller<'_> {
        Teller {
            voice: &self.voice,
            server: "",
        }
    }

    /// The server of a tag.
    pub(super) fn get(&self, tag: &ServerTag) -> Option<&Arc<Entry>> {
        self.entries.iter().find(|entry| entry.tag == *tag)
    }

    /// The server that is meant: the one that is named, else the person's choice, else the one of the channel, else the only
    /// one.
    ///
    /// # Errors
    /// A sentence for the person.
    pub(super) fn meant(&self, asked: &Asked<'_>) -> Result<Arc<Entry>, Reply> {
        if let Some(named) = asked.named {
            return self.named(named);
        }
        let of_channel = || {
            let mut here = self.entries.iter().filter(|entry| {
                asked
                    .channel
                    .is_some_and(|channel| entry.channels.contains(&channel))
            });
            here.next().filter(|_| here.next().is_none())
        };
        let only = || self.entries.first().filter(|_| self.entries.len() == 1);
        let chosen = asked.chosen.and_then(|tag| self.get(tag));
        let found = chosen.or_else(of_channel).or_else(only);
        found.cloned().ok_or_else(|| self.which())
    }

    /// The server of a tag or a name; in any case of its letters when only one is meant.
    pub(super) fn named(&self, named: &str) -> Result<Arc<Entry>, Reply> {
        let named = named.trim();
        let lower = named.to_lowercase();
        let exact = self.entries.iter().find(|entry| entry.tag.as_str() == named);
        let alike = |entry: &&Arc<Entry>| {
            entry.tag.as_str().to_lowercase() == lower || entry.name.to_lowercase() == lower
        };
        let close = || {
            let mut close = self.entries.iter().filter(alike);
            close.next().filter(|_| close.next().is_none())
        };
        exact.or_else(close).cloned().ok_or_else(|| {
            let teller = self.teller();
            let servers = self.listed();
            let text = teller.say(
                CommandWord::UnknownServer,
                &[("server", &teller.name(named)), ("servers", &servers)],
            );
            Reply::bad(text, "refused")
        })
    }

    fn which(&self) -> Reply {
        let teller = self.teller();
        let text = match self.entries.is_empty() {
            true => teller.say(CommandWord::NoServers, &[]),
            false => teller.say(CommandWord::WhichServer, &[("servers", &self.listed())]),
        };
        Reply::bad(text, "refused")
    }

    /// The tags, as many as a sentence takes.
    fn listed(&self) -> String {
        const MOST: usize = 20;
        let mut tags: Vec<String> = self
            .entries
            .iter()
            .take(MOST)
            .map(|entry| format!("`{}`", entry.tag))
            .collect();
        if self.entries.len() > MOST {
            tags.push("…".to_owned());
        }
        tags.join(", ")
    }

    /// Servers whose tag or name holds what was typed, with what is shown for each.
    pub(super) fn offered(&self, typed: &str) -> Vec<(String, String)> {
        let typed = typed.trim().to_lowercase();
        let fits = |entry: &&Arc<Entry>| {
            entry.tag.as_str().to_lowercase().contains(&typed) || entry.name.to_lowercase().contains(&typed)
        };
        let shown = |entry: &Arc<Entry>| {
            let shown = match entry.name == entry.tag.as_str() {
                true => entry.name.clone(),
                false => format!("{} · {}", entry.tag, entry.name),
            };
            (shown, entry.tag.to_string())
        };
        self.entries.iter().filter(fits).map(shown).collect()
    }
}

/// The choices that people made, by person.
pub(super) type Choices = BTreeMap<u64, ServerTag>;

#[cfg(test)]
mod tests {
    use super::*;

    fn roster(servers: &[(&str, &str, u64)]) -> Roster {
        let entry = |(tag, name, channel): &(&str, &str, u64)| {
            Arc::new(Entry {
                tag: ServerTag::parse(tag).unwrap(),
                name: (*name).to_owned(),
                voice: Arc::default(),
                permissions: Permissions::default(),
                zone: TimeZone::UTC,
                recaps: Vec::new(),
                saves: Vec::new(),
                channels: vec![*channel],
            })
        };
        Roster {
            entries: servers.iter().map(entry).collect(),
            ..Roster::default()
        }
    }

    #[test]
    fn named_before_chosen_before_the_channels_before_the_only_one() {
        let servers = roster(&[("main", "Main base", 5), ("Test", "Trial", 6), ("third", "x", 6)]);
        let chosen = ServerTag::parse("Test").unwrap();
        let gone = ServerTag::parse("gone").unwrap();
        let meant = |named, chosen: Option<&ServerTag>, channel| {
            let asked = Asked {
                named,
                chosen,
                channel,
            };
            servers.meant(&asked).map(|entry| entry.tag.to_string()).ok()
        };
        assert_eq!(meant(Some("MAIN"), Some(&chosen), Some(6)), Some("main".into()));
        assert_eq!(meant(Some("main base"), None, None), Some("main".into()));
        assert_eq!(meant(Some("nowhere"), Some(&chosen), Some(5)), None);
        assert_eq!(meant(None, Some(&chosen), Some(5)), Some("Test".into()));
        assert_eq!(meant(None, Some(&gone), Some(5)), Some("main".into()));
        // Two servers share the channel.
        assert_eq!(meant(None, None, Some(6)), None);
        assert_eq!(meant(None, None, None), None);
        let one = roster(&[("main", "Main", 5)]);
        let asked = Asked {
            named: None,
            chosen: None,
            channel: None,
        };
        assert_eq!(one.meant(&asked).unwrap().tag.as_str(), "main");
        assert!(roster(&[]).meant(&asked).unwrap_err().text.contains("No server"));
    }

    #[test]
    fn servers_are_offered_by_tag_and_name() {
        let servers = roster(&[("main", "Main base", 5), ("test", "test", 6)]);
        assert_eq!(
            servers.offered("BASE"),
            [("main · Main base".into(), "main".into())]
        );
        assert_eq!(servers.offered("").len(), 2);
        assert_eq!(servers.offered("x"), []);
    }
}
