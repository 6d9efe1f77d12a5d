//! What is kept of one server's chat over restarts: which messages were dealt with, and what its log will tell again.
//!
//! Owns the form of that file. It is written before anything is said, so that a kill in the middle never says anything
//! twice. Messages of one moment may be told in another order than their ids have: the last ones are known one by one, and
//! everything up to one of them as a whole. Must not know messages. Reading cannot fail: what cannot be read is as if
//! nothing had been heard.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Duration;

use isr_core::source::ServerTag;
use serde::{Deserialize, Serialize};

use super::echoes::{Echoes, KeptEchoes};
use crate::bot::kept::{Desk, KeptFile, Outlives};
use crate::bot::snowflake::earlier;

/// Channels that are no longer heard are forgotten beyond so many.
const MOST_CHANNELS: usize = 64;
/// Messages further apart are told in the order of their ids.
const APART: Duration = Duration::from_secs(5);
/// So many messages of a channel are known one by one.
const MOST_RECENT: usize = 32;

/// What is kept.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
struct Form {
    /// Of each channel: everything up to this message was dealt with …
    heard: BTreeMap<u64, u64>,
    /// … and these.
    recent: BTreeMap<u64, BTreeSet<u64>>,
    /// What was said and not yet read in the log.
    echoes: Vec<String>,
    /// What was read there last, and is read again after a kill at the wrong moment.
    read: Vec<String>,
}

/// The memory of one server.
#[derive(Debug)]
pub(super) struct Memory {
    file: KeptFile,
    heard: BTreeMap<u64, u64>,
    recent: BTreeMap<u64, BTreeSet<u64>>,
}

fn file(state_dir: &Path, server: &ServerTag) -> KeptFile {
    KeptFile::new(state_dir, &format!("chat-{server}.json"))
}

fn read(file: &KeptFile) -> Form {
    serde_json::from_str(&file.read()).unwrap_or_default()
}

/// What a server's log will still tell of what was said before this start. Blocks as long as the file system does.
pub(super) fn recall_echoes(state_dir: &Path, server: &ServerTag, echoes: &Echoes) {
    let Form {
        echoes: waiting,
        read,
        ..
    } = read(&file(state_dir, server));
    echoes.recall(server, KeptEchoes { waiting, read });
}

impl Memory {
    /// Opens it. Blocks as long as the file system does.
    pub(super) fn open(state_dir: &Path, server: &ServerTag) -> Self {
        let file = file(state_dir, server);
        let Form { heard, recent, .. } = read(&file);
        Self { file, heard, recent }
    }

    /// A message of a channel before which every one was dealt with; none where nothing was ever heard.
    pub(super) fn heard_up_to(&self, channel: u64) -> Option<u64> {
        self.heard.get(&channel).copied()
    }

    /// Whether a message was dealt with.
    pub(super) fn has_heard(&self, channel: u64, message: u64) -> bool {
        let is_recent = self
            .recent
            .get(&channel)
            .is_some_and(|recent| recent.contains(&message));
        is_recent || self.heard_up_to(channel).is_some_and(|heard| message <= heard)
    }

    /// A message is dealt with.
    pub(super) fn hear(&mut self, channel: u64, message: u64) {
        let heard = self
            .heard
            .entry(channel)
            .or_insert_with(|| earlier(message, APART));
        if message <= *heard {
            return;
        }
        let recent = self.recent.entry(channel).or_default();
        recent.insert(message);
        let newest = recent.last().copied().unwrap_or_default();
        while recent.len() > MOST_RECENT
            || recent
                .first()
                .is_some_and(|first| *first < earlier(newest, APART))
        {
            if let Some(first) = recent.pop_first() {
                *heard = first;
            }
        }
        while self.heard.len() > MOST_CHANNELS {
            if let Some((gone, _)) = self.heard.pop_first() {
                self.recent.remove(&gone);
            }
        }
    }

    /// Writes it, with what is still to be read in the log; it outlives a kill. Who cannot write says so.
    pub(super) async fn keep(&self, echoes: KeptEchoes, desk: &Desk) {
        let form = Form {
            heard: self.heard.clone(),
            recent: self.recent.clone(),
            echoes: echoes.waiting,
            read: echoes.read,
        };
        let file = self.file.clone();
        let written = desk.work(move || {
            let text = serde_json::to_string(&form)?;
            file.replace(&text, Outlives::Kill)
        });
        if let Ok(Err(error)) = written.await {
            tracing::warn!(%error, "chat_not_kept: after a restart a message may be said again");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bot::snowflake::first_at;

    fn tag() -> ServerTag {
        ServerTag::parse("north").unwrap()
    }

    /// A message so many seconds after another.
    fn at(seconds: i64) -> u64 {
        first_at(1_700_000_000_000 + seconds * 1000)
    }

    #[tokio::test]
    async fn it_survives_a_restart_and_never_goes_back() {
        let folder = tempfile::tempdir().unwrap();
        let mut memory = Memory::open(folder.path(), &tag());
        assert_eq!(memory.heard_up_to(1), None);
        memory.hear(1, at(100));
        memory.hear(1, at(98));
        memory.hear(1, at(5));
        let said = Echoes::default();
        said.expect(&tag(), "[Discord] Bob: hi");
        memory.keep(said.kept(&tag()), &Desk::new()).await;
        let again = Memory::open(folder.path(), &tag());
        for memory in [&memory, &again] {
            assert!(
                memory.has_heard(1, at(100)) && memory.has_heard(1, at(98)) && memory.has_heard(1, at(5))
            );
            assert!(!memory.has_heard(1, at(99)) && !memory.has_heard(2, at(5)));
        }
        let echoes = Echoes::default();
        recall_echoes(folder.path(), &tag(), &echoes);
        assert!(echoes.take(&tag(), "[Discord] Bob: hi"));
        KeptFile::new(folder.path(), "chat-north.json")
            .replace("{\"heard\":5}", Outlives::Kill)
            .unwrap();
        assert_eq!(Memory::open(folder.path(), &tag()).heard_up_to(1), None);
    }

    #[test]
    fn what_is_told_in_another_order_is_new_and_what_was_heard_never_is() {
        let folder = tempfile::tempdir().unwrap();
        let mut memory = Memory::open(folder.path(), &tag());
        let mut order: Vec<u64> = (0..500)
            .map(|number| at(number / 10) + number.unsigned_abs())
            .collect();
        for pair in order.chunks_mut(2) {
            pair.reverse();
        }
        for message in &order {
            assert!(!memory.has_heard(1, *message), "new: {message}");
            memory.hear(1, *message);
            assert!(memory.has_heard(1, *message));
        }
        assert!(order.iter().all(|message| memory.has_heard(1, *message)));
        assert!(memory.recent[&1].len() <= MOST_RECENT);
    }

    #[test]
    fn the_file_of_a_former_version_is_read() {
        let folder = tempfile::tempdir().unwrap();
        KeptFile::new(folder.path(), "chat-north.json")
            .replace(
                &format!("{{\"heard\":{{\"1\":{}}},\"echoes\":[]}}", at(9)),
                Outlives::Kill,
            )
            .unwrap();
        let memory = Memory::open(folder.path(), &tag());
        assert!(memory.has_heard(1, at(9)) && !memory.has_heard(1, at(9) + 1));
    }
}
