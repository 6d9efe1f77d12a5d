//! What we said in a game and will read in its log.
//!
//! Owns the texts that are still to be read, by server, so that the relay recognises exactly them and tells nobody on
//! Discord what Discord said. Reading a log costs one look at a number while there are none. Bounded: of a server whose
//! log is not read the oldest are forgotten. Cannot fail.

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use isr_core::source::ServerTag;

/// So many texts of a server are waited for at most.
const MOST: usize = 128;
/// So many of the last that were read are kept: after a kill they may be read again.
const MOST_READ: usize = 16;

/// The texts; clones share them.
#[derive(Debug, Clone, Default)]
pub struct Echoes(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    count: AtomicUsize,
    texts: Mutex<HashMap<ServerTag, Texts>>,
}

#[derive(Debug, Default)]
struct Texts {
    waiting: VecDeque<String>,
    /// Read before a kill, perhaps: if so, they are read no more, and are not waited for again.
    perhaps: Vec<String>,
    read: VecDeque<String>,
}

/// What is kept over a restart, oldest first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct KeptEchoes {
    /// Said and not read.
    pub(super) waiting: Vec<String>,
    /// Read lately.
    pub(super) read: Vec<String>,
}

impl Echoes {
    fn texts(&self) -> MutexGuard<'_, HashMap<ServerTag, Texts>> {
        self.0.texts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// This will be read.
    pub(super) fn expect(&self, server: &ServerTag, text: &str) {
        let mut texts = self.texts();
        let own = &mut texts.entry(server.clone()).or_default().waiting;
        own.push_back(text.to_owned());
        if own.len() > MOST {
            own.pop_front();
        } else {
            self.0.count.fetch_add(1, Ordering::Release);
        }
    }

    /// As it was before this start.
    pub(super) fn recall(&self, server: &ServerTag, kept: KeptEchoes) {
        for text in &kept.waiting {
            self.expect(server, text);
        }
        let perhaps: Vec<String> = kept.read.into_iter().take(MOST_READ).collect();
        self.0.count.fetch_add(perhaps.len(), Ordering::Release);
        self.texts().entry(server.clone()).or_default().perhaps = perhaps;
    }

    /// It was read: says whether we had said it.
    pub fn take(&self, server: &ServerTag, text: &str) -> bool {
        if self.0.count.load(Ordering::Acquire) == 0 {
            return false;
        }
        let mut texts = self.texts();
        let Some(own) = texts.get_mut(server) else {
            return false;
        };
        let is_this = |expected: &String| expected == text;
        if let Some(at) = own.perhaps.iter().position(is_this) {
            // It comes before whatever was said since.
            own.perhaps.remove(at);
        } else if let Some(at) = own.waiting.iter().position(is_this) {
            own.read.extend(own.waiting.remove(at));
            if own.read.len() > MOST_READ {
                own.read.pop_front();
            }
        } else {
            return false;
        }
        self.0.count.fetch_sub(1, Ordering::Release);
        true
    }

    /// It was not said after all.
    pub(super) fn forget(&self, server: &ServerTag, text: &str) {
        let mut texts = self.texts();
        let own = texts.entry(server.clone()).or_default();
        if let Some(at) = own.waiting.iter().rposition(|expected| expected == text) {
            own.waiting.remove(at);
            self.0.count.fetch_sub(1, Ordering::Release);
        }
    }

    /// What has to outlive a restart.
    pub(super) fn kept(&self, server: &ServerTag) -> KeptEchoes {
        let texts = self.texts();
        let own = texts.get(server);
        own.map_or_else(KeptEchoes::default, |own| KeptEchoes {
            waiting: own.waiting.iter().cloned().collect(),
            read: own.read.iter().cloned().collect(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exactly_what_was_said_is_recognised_once_and_on_its_server() {
        let (a, b) = (ServerTag::parse("a").unwrap(), ServerTag::parse("b").unwrap());
        let echoes = Echoes::default();
        assert!(!echoes.take(&a, "x"));
        echoes.expect(&a, "x");
        echoes.expect(&a, "x");
        echoes.expect(&a, "y");
        assert!(!echoes.take(&b, "x") && !echoes.take(&a, "x "));
        assert!(echoes.take(&a, "y") && echoes.take(&a, "x") && echoes.take(&a, "x"));
        assert!(!echoes.take(&a, "x"));
    }

    #[test]
    fn p04_of_a_log_that_nobody_reads_the_oldest_are_forgotten() {
        let tag = ServerTag::parse("a").unwrap();
        let echoes = Echoes::default();
        (0..MOST + 5).for_each(|n| echoes.expect(&tag, &n.to_string()));
        assert_eq!(echoes.kept(&tag).waiting.len(), MOST);
        assert!(!echoes.take(&tag, "4") && echoes.take(&tag, "5"));
        (6..MOST + 5).for_each(|n| assert!(echoes.take(&tag, &n.to_string())));
        assert_eq!(echoes.0.count.load(Ordering::Relaxed), 0);
    }

    #[test]
    fn what_was_read_before_a_kill_is_recognised_when_it_is_read_again_and_never_waited_for_for_ever() {
        let tag = ServerTag::parse("a").unwrap();
        let echoes = Echoes::default();
        for text in ["read", "said", "unsaid"] {
            echoes.expect(&tag, text);
        }
        echoes.forget(&tag, "unsaid");
        assert!(echoes.take(&tag, "read"));
        let after = Echoes::default();
        after.recall(&tag, echoes.kept(&tag));
        assert!(!after.take(&tag, "unsaid"));
        assert!(after.take(&tag, "read") && after.take(&tag, "said"));
        assert!(!after.take(&tag, "read") && !after.take(&tag, "said"));
        let again = Echoes::default();
        again.recall(&tag, after.kept(&tag));
        assert_eq!(again.kept(&tag).waiting, [""; 0]);
        (0..100).for_each(|n| after.expect(&tag, &n.to_string()));
        assert!((0..100).all(|n| after.take(&tag, &n.to_string())));
        assert_eq!(after.kept(&tag).read.len(), MOST_READ);
        assert_eq!(after.0.count.load(Ordering::Relaxed), 0);
    }
}
