//! Edits of messages that were said in a game.
//!
//! Owns which messages may still be corrected: what was said lately, each once, and only where its words changed (Discord
//! tells of an edit as well when it shows a link). Bounded, and lost at a restart: then nothing is corrected. Pure. Cannot
//! fail.

use std::collections::VecDeque;
use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

use isr_discord::gateway::event::Message;

use crate::bot::snowflake::written_ms;

/// So many messages may be corrected …
const MOST: usize = 64;
/// … for so long after they were written: later nobody knows what was meant.
const WITHIN: Duration = Duration::from_secs(5 * 60);

/// What may still be corrected.
#[derive(Debug, Default)]
pub(super) struct Corrections {
    said: VecDeque<(u64, u64)>,
    key: RandomState,
}

impl Corrections {
    /// A message was said.
    pub(super) fn said(&mut self, message: &Message) {
        if self.said.len() >= MOST {
            self.said.pop_front();
        }
        self.said
            .push_back((message.id, self.key.hash_one(&message.content)));
    }

    /// A message was edited, at that time (Unix milliseconds): whether that is to be said.
    pub(super) fn take(&mut self, edited: &Message, now_ms: i64) -> bool {
        let within = i64::try_from(WITHIN.as_millis()).unwrap_or(i64::MAX);
        if now_ms.saturating_sub(written_ms(edited.id)) > within {
            return false;
        }
        let Some(at) = self.said.iter().position(|(id, _)| *id == edited.id) else {
            return false;
        };
        let is_other = self.said[at].1 != self.key.hash_one(&edited.content);
        if is_other {
            self.said.remove(at);
        }
        is_other
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bot::snowflake::first_at;

    const NOW: i64 = 1_700_000_000_000;

    fn message(id: u64, content: &str) -> Message {
        Message {
            id,
            content: content.to_owned(),
            ..Message::default()
        }
    }

    #[test]
    fn other_words_are_said_once_and_soon_or_never() {
        let mut corrections = Corrections::default();
        let id = first_at(NOW);
        corrections.said(&message(id, "helo"));
        assert!(!corrections.take(&message(id, "helo"), NOW), "a link was shown");
        assert!(!corrections.take(&message(id + 1, "x"), NOW), "it was never said");
        assert!(corrections.take(&message(id, "hello"), NOW + 300_000));
        assert!(!corrections.take(&message(id, "hello!"), NOW + 1), "once");
        corrections.said(&message(id, "helo"));
        assert!(!corrections.take(&message(id, "hello"), NOW + 300_001));
        (0..1000).for_each(|number| corrections.said(&message(number, "x")));
        assert_eq!(corrections.said.len(), MOST);
    }
}
