//! What is kept of one server's chat over restarts: how far its channels were heard, and what its log will tell again.
//!
//! Owns the form of that file. It is written before anything is said, so that a kill in the middle never says anything
//! twice. Must not know messages. Reading cannot fail: what cannot be read is as if nothing had been heard.

use std::collections::BTreeMap;
use std::path::Path;

use isr_core::source::ServerTag;
use serde::{Deserialize, Serialize};

use super::echoes::Echoes;
use crate::bot::kept::{KeptFile, Outlives};

/// Channels that are no longer heard are forgotten beyond so many.
const MOST_CHANNELS: usize = 64;

/// What is kept.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
struct Form {
    /// The last message of each channel that was dealt with.
    heard: BTreeMap<u64, u64>,
    /// What was said and not yet read in the log.
    echoes: Vec<String>,
}

/// The memory of one server.
#[derive(Debug)]
pub(super) struct Memory {
    file: KeptFile,
    heard: BTreeMap<u64, u64>,
}

fn file(state_dir: &Path, server: &ServerTag) -> KeptFile {
    KeptFile::new(state_dir, &format!("chat-{server}.json"))
}

fn read(file: &KeptFile) -> Form {
    serde_json::from_str(&file.read()).unwrap_or_default()
}

/// What a server's log will still tell of what was said before this start. Blocks as long as the file system does.
pub(super) fn recall_echoes(state_dir: &Path, server: &ServerTag, echoes: &Echoes) {
    for text in read(&file(state_dir, server)).echoes {
        echoes.expect(server, &text);
    }
}

impl Memory {
    /// Opens it. Blocks as long as the file system does.
    pub(super) fn open(state_dir: &Path, server: &ServerTag) -> Self {
        let file = file(state_dir, server);
        let heard = read(&file).heard;
        Self { file, heard }
    }

    /// The last message of a channel that was dealt with.
    pub(super) fn heard(&self, channel: u64) -> Option<u64> {
        self.heard.get(&channel).copied()
    }

    /// A message is dealt with. The ids of a channel rise with time.
    pub(super) fn hear(&mut self, channel: u64, message: u64) {
        let heard = self.heard.entry(channel).or_default();
        *heard = message.max(*heard);
        while self.heard.len() > MOST_CHANNELS {
            self.heard.pop_first();
        }
    }

    /// Writes it, with what is still to be read in the log; it outlives a kill. Who cannot write says so.
    pub(super) async fn keep(&self, echoes: Vec<String>) {
        let form = Form {
            heard: self.heard.clone(),
            echoes,
        };
        let file = self.file.clone();
        let written = tokio::task::spawn_blocking(move || {
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

    #[tokio::test]
    async fn it_survives_a_restart_and_never_goes_back() {
        let folder = tempfile::tempdir().unwrap();
        let tag = ServerTag::parse("north").unwrap();
        let mut memory = Memory::open(folder.path(), &tag);
        assert_eq!(memory.heard(1), None);
        memory.hear(1, 10);
        memory.hear(1, 9);
        memory.keep(vec!["[Discord] Bob: hi".into()]).await;
        assert_eq!(Memory::open(folder.path(), &tag).heard(1), Some(10));
        let echoes = Echoes::default();
        recall_echoes(folder.path(), &tag, &echoes);
        assert!(echoes.take(&tag, "[Discord] Bob: hi"));
        KeptFile::new(folder.path(), "chat-north.json")
            .replace("{\"heard\":5}", Outlives::Kill)
            .unwrap();
        assert_eq!(Memory::open(folder.path(), &tag).heard(1), None);
    }
}
