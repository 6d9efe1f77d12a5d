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

/// The texts; clones share them.
#[derive(Debug, Clone, Default)]
pub struct Echoes(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    count: AtomicUsize,
    texts: Mutex<HashMap<ServerTag, VecDeque<String>>>,
}

impl Echoes {
    fn texts(&self) -> MutexGuard<'_, HashMap<ServerTag, VecDeque<String>>> {
        self.0.texts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// This will be read.
    pub(super) fn expect(&self, server: &ServerTag, text: &str) {
        let mut texts = self.texts();
        let own = texts.entry(server.clone()).or_default();
        own.push_back(text.to_owned());
        if own.len() > MOST {
            own.pop_front();
        } else {
            self.0.count.fetch_add(1, Ordering::Release);
        }
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
        let Some(at) = own.iter().position(|expected| expected == text) else {
            return false;
        };
        own.remove(at);
        self.0.count.fetch_sub(1, Ordering::Release);
        true
    }

    /// What is still to be read of a server, oldest first.
    pub(super) fn waiting(&self, server: &ServerTag) -> Vec<String> {
        let texts = self.texts();
        texts
            .get(server)
            .map(|own| own.iter().cloned().collect())
            .unwrap_or_default()
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
        assert_eq!(echoes.waiting(&tag).len(), MOST);
        assert!(!echoes.take(&tag, "4") && echoes.take(&tag, "5"));
        (6..MOST + 5).for_each(|n| assert!(echoes.take(&tag, &n.to_string())));
        assert_eq!(echoes.0.count.load(Ordering::Relaxed), 0);
    }
}
