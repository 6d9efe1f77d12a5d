//! What one server still has to say.
//!
//! Owns a queue with a bound, so that a game that does not answer keeps neither the gateway nor another server waiting.
//! Outlives the task that empties it. Must not know what a message says. Cannot fail: what does not fit is given back.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use isr_discord::gateway::event::Message;
use tokio::sync::Notify;

use super::missed::Missed;

/// A busy channel has a few messages a second, and a game that saves is silent for some.
const MOST: usize = 64;
/// So many of them are one person's, so that nobody keeps the others from being heard.
const MOST_OF_ONE: usize = MOST / 4;

/// Something to do.
#[derive(Debug, Clone)]
pub(super) enum Heard {
    /// Somebody wrote this.
    Message(Box<Message>),
    /// This is not said, and dealt with when its turn comes.
    LeftOut {
        /// Where it was written.
        channel: u64,
        /// Which it is.
        message: u64,
    },
    /// Somebody changed it.
    Edited(Box<Message>),
    /// A new session began: what was written meanwhile is to be asked for.
    Missed,
}

impl Heard {
    /// What somebody wrote, where it is that.
    pub(super) fn message(&self) -> Option<&Message> {
        match self {
            Self::Message(message) | Self::Edited(message) => Some(message),
            Self::LeftOut { .. } | Self::Missed => None,
        }
    }

    fn author(&self) -> Option<u64> {
        Some(self.message()?.author.as_ref()?.id)
    }
}

#[derive(Debug, Default)]
pub(super) struct Inbox {
    waiting: Mutex<VecDeque<Heard>>,
    news: Notify,
}

impl Inbox {
    fn waiting(&self) -> MutexGuard<'_, VecDeque<Heard>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes it in, or gives it back when there is no room.
    pub(super) fn put(&self, heard: Heard) -> Result<(), Heard> {
        let mut waiting = self.waiting();
        if matches!(heard, Heard::Missed) {
            // Behind what was told before, and before whatever is told since: ids rise with time.
            if !matches!(waiting.back(), Some(Heard::Missed)) {
                waiting.push_back(heard);
            }
        } else if waiting.len() >= MOST || is_much_of_one(&waiting, &heard) {
            // Who wrote it knows that it is not said; so it is not said later either.
            if let Heard::Message(message) = &heard
                && waiting.len() < 2 * MOST
            {
                waiting.push_back(Heard::LeftOut {
                    channel: message.channel,
                    message: message.id,
                });
            }
            return Err(heard);
        } else {
            waiting.push_back(heard);
        }
        drop(waiting);
        self.news.notify_one();
        Ok(())
    }

    /// Puts back what was taken out last and not dealt with.
    pub(super) fn put_back(&self, heard: Heard) {
        self.waiting().push_front(heard);
        self.news.notify_one();
    }

    /// What was missed is asked for before anything that waits is said.
    pub(super) fn ask_first(&self) {
        let mut waiting = self.waiting();
        if !matches!(waiting.front(), Some(Heard::Missed)) {
            waiting.push_front(Heard::Missed);
        }
        drop(waiting);
        self.news.notify_one();
    }

    /// Takes in what was missed, among what waits: in the order in which it was written, each message once.
    pub(super) fn merge(&self, channel: u64, missed: Missed) {
        let Missed { messages, left_out } = missed;
        let mut waiting = self.waiting();
        let left_out = left_out
            .into_iter()
            .map(|message| (message, Heard::LeftOut { channel, message }));
        let messages = messages
            .into_iter()
            .map(|message| (message.id, Heard::Message(Box::new(message))));
        let mut all: BTreeMap<u64, Heard> = left_out.chain(messages).collect();
        let (mut asks, mut edits) = (false, Vec::new());
        for heard in waiting.drain(..) {
            let id = match &heard {
                // The gateway tells more of it: the name that its author has on this Discord server. And it has room.
                Heard::Message(told) => told.id,
                Heard::LeftOut { message, .. } => *message,
                Heard::Edited(_) => {
                    edits.push(heard);
                    continue;
                }
                Heard::Missed => {
                    asks = true;
                    continue;
                }
            };
            all.insert(id, heard);
        }
        // Whoever asks once more does so before anything is said: what finds no room now would be told as missed then.
        waiting.extend(asks.then_some(Heard::Missed));
        waiting.extend(all.into_values());
        // A correction comes behind what it corrects.
        waiting.extend(edits);
        drop(waiting);
        self.news.notify_one();
    }

    /// The next one, as soon as there is one.
    pub(super) async fn next(&self) -> Heard {
        loop {
            if let Some(next) = self.waiting().pop_front() {
                return next;
            }
            self.news.notified().await;
        }
    }
}

/// Whether as much as one person may have in here is that one's already.
fn is_much_of_one(waiting: &VecDeque<Heard>, heard: &Heard) -> bool {
    let author = heard.author();
    author.is_some() && waiting.iter().filter(|other| other.author() == author).count() >= MOST_OF_ONE
}

#[cfg(test)]
mod tests {
    use isr_discord::gateway::event::Author;

    use super::*;

    fn message(id: u64, nick: Option<&str>) -> Message {
        Message {
            id,
            nick: nick.map(str::to_owned),
            ..Message::default()
        }
    }

    #[tokio::test]
    async fn what_was_missed_stands_among_what_waits_in_the_order_of_writing() {
        let inbox = Inbox::default();
        for id in [5, 9, 8] {
            let told = Heard::Message(Box::new(message(id, Some("Bob"))));
            inbox.put(told).unwrap();
        }
        inbox.put(Heard::Missed).unwrap();
        inbox.merge(
            6,
            Missed {
                messages: vec![message(3, None), message(5, None), message(7, None)],
                left_out: vec![1, 8],
            },
        );
        assert!(
            matches!(inbox.next().await, Heard::Missed),
            "the question stands first"
        );
        let mut order = Vec::new();
        while !inbox.waiting().is_empty() {
            match inbox.next().await {
                Heard::Message(next) => order.push((next.id, next.nick.is_some())),
                Heard::LeftOut { channel: 6, message } => order.push((message, false)),
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(
            order,
            [
                (1, false),
                (3, false),
                (5, true),
                (7, false),
                (8, true),
                (9, true)
            ]
        );
    }

    #[tokio::test]
    async fn a_question_that_was_interrupted_comes_before_what_was_told_since() {
        let inbox = Inbox::default();
        inbox.put(Heard::Missed).unwrap();
        assert!(matches!(inbox.next().await, Heard::Missed));
        inbox.put(Heard::Message(Box::new(message(5, None)))).unwrap();
        inbox.ask_first();
        inbox.ask_first();
        assert!(matches!(inbox.next().await, Heard::Missed));
        assert!(inbox.next().await.message().is_some());
    }

    #[test]
    fn p04_it_holds_no_more_than_its_bound() {
        let inbox = Inbox::default();
        let put = |id| inbox.put(Heard::Message(Box::new(message(id, None))));
        assert_eq!((0..1000).filter(|id| put(*id).is_ok()).count(), MOST);
        assert_eq!(inbox.waiting().len(), 2 * MOST);
    }

    #[test]
    fn p04_one_person_leaves_room_for_the_others() {
        let inbox = Inbox::default();
        let put = |id, author| {
            inbox.put(Heard::Message(Box::new(Message {
                author: Some(Author {
                    id: author,
                    ..Author::default()
                }),
                ..message(id, None)
            })))
        };
        let taken = |ids: std::ops::Range<u64>, author| ids.filter(|id| put(*id, author).is_ok()).count();
        assert_eq!(taken(0..40, 1), MOST_OF_ONE);
        assert_eq!(taken(40..50, 2), 10);
        // Who wrote too much is told so; it is not said later.
        let left_out = |heard: &&Heard| matches!(heard, Heard::LeftOut { .. });
        assert_eq!(inbox.waiting().iter().filter(left_out).count(), 40 - MOST_OF_ONE);
    }
}
