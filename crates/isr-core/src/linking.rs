//! Codes that prove who somebody of Discord is in a game: asked for there, written in the game's chat.
//!
//! Owns how a code reads, which ones count and for how long, and how often a player may write a wrong one. A code counts
//! once, on one server, for ten minutes; a restart forgets all of them. Must not know who is told of it, and draws no numbers
//! itself. Cannot fail: what is no code that counts proves nothing.

use std::collections::HashMap;

use crate::source::ServerTag;

/// So long a code counts, in milliseconds.
pub const VALID_FOR_MS: i64 = 600_000;
/// So many codes may wait; beyond it the oldest goes.
const MOST_WAITING: usize = 256;
/// So many wrong codes a player may write within [`VALID_FOR_MS`]; then no code of theirs counts until it has passed.
const MOST_WRONG: u8 = 5;
/// So many players are held to that; beyond it the oldest goes.
const MOST_HELD: usize = 1_024;
/// What every code begins with, so that a wrong one is recognised, too.
const PREFIX: &str = "link-";
/// Letters and digits that nobody mistakes for each other. A code takes them in turn: no word of a language is one.
const LETTERS: &[u8; 24] = b"ABCDEFGHJKLMNPQRSTUVWXYZ";
const DIGITS: &[u8; 8] = b"23456789";
/// Pairs of a letter and a digit: with four of them 1.4 thousand million codes.
const PAIRS: usize = 4;

/// A code, as it is shown and typed.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Code(String);

impl Code {
    /// The code that a drawn number makes.
    #[must_use]
    pub fn of(number: u64) -> Self {
        let mut rest = number;
        let mut draw = |from: &[u8]| {
            let count = from.len() as u64;
            let (drawn, left) = (rest % count, rest / count);
            rest = left;
            let drawn = usize::try_from(drawn).unwrap_or_default();
            char::from(from.get(drawn).copied().unwrap_or(b'A'))
        };
        let mut code = String::from(PREFIX);
        for _ in 0..PAIRS {
            code.push(draw(LETTERS));
            code.push(draw(DIGITS));
        }
        Self(code)
    }

    /// The first code in what a player wrote, in any case of its letters; whether it counts is another matter.
    #[must_use]
    pub fn in_chat(text: &str) -> Option<Self> {
        text.split_whitespace().find_map(Self::parse)
    }

    fn parse(word: &str) -> Option<Self> {
        let (prefix, code) = word.split_at_checked(PREFIX.len())?;
        let code = code.to_ascii_uppercase();
        let is_pair = |pair: &[u8]| match pair {
            [letter, digit] => LETTERS.contains(letter) && DIGITS.contains(digit),
            _ => false,
        };
        let is_ours = prefix.eq_ignore_ascii_case(PREFIX)
            && code.len() == 2 * PAIRS
            && code.as_bytes().chunks(2).all(is_pair);
        is_ours.then(|| Self(format!("{PREFIX}{code}")))
    }

    /// As it is typed.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[derive(Debug)]
struct Waiting<T> {
    person: u64,
    server: ServerTag,
    since_ms: i64,
    thing: T,
}

#[derive(Debug, Clone, Copy)]
struct Tries {
    wrong: u8,
    since_ms: i64,
}

/// The codes that wait to be written, each with what is to be told then.
#[derive(Debug)]
pub struct Codes<T> {
    waiting: HashMap<Code, Waiting<T>>,
    tries: HashMap<(ServerTag, String), Tries>,
}

impl<T> Default for Codes<T> {
    fn default() -> Self {
        Self {
            waiting: HashMap::new(),
            tries: HashMap::new(),
        }
    }
}

impl<T> Codes<T> {
    /// Lets a code wait for a person, on a server. An earlier one of theirs does not count any more.
    pub fn ask(&mut self, code: Code, (person, server): (u64, ServerTag), thing: T, now_ms: i64) {
        self.waiting
            .retain(|_, waiting| waiting.person != person && is_fresh(waiting.since_ms, now_ms));
        if self.waiting.len() >= MOST_WAITING {
            let oldest = self.waiting.iter().min_by_key(|(_, waiting)| waiting.since_ms);
            if let Some(oldest) = oldest.map(|(code, _)| code.clone()) {
                self.waiting.remove(&oldest);
            }
        }
        let waiting = Waiting {
            person,
            server,
            since_ms: now_ms,
            thing,
        };
        self.waiting.insert(code, waiting);
    }

    /// A player of a server wrote a code: takes out what waited for it, if it counts.
    pub fn written(&mut self, code: &Code, (server, player): (&ServerTag, &str), now_ms: i64) -> Option<T> {
        let who = (server.clone(), player.to_lowercase());
        self.tries.retain(|_, tries| is_fresh(tries.since_ms, now_ms));
        if self
            .tries
            .get(&who)
            .is_some_and(|tries| tries.wrong >= MOST_WRONG)
        {
            return None;
        }
        let counts = |waiting: &Waiting<T>| waiting.server == *server && is_fresh(waiting.since_ms, now_ms);
        if self.waiting.get(code).is_some_and(counts) {
            return self.waiting.remove(code).map(|waiting| waiting.thing);
        }
        self.note_wrong(who, now_ms);
        None
    }

    fn note_wrong(&mut self, who: (ServerTag, String), now_ms: i64) {
        if self.tries.len() >= MOST_HELD && !self.tries.contains_key(&who) {
            let oldest = self.tries.iter().min_by_key(|(_, tries)| tries.since_ms);
            if let Some(oldest) = oldest.map(|(who, _)| who.clone()) {
                self.tries.remove(&oldest);
            }
        }
        let fresh = Tries {
            wrong: 0,
            since_ms: now_ms,
        };
        let tries = self.tries.entry(who).or_insert(fresh);
        tries.wrong = tries.wrong.saturating_add(1);
    }
}

/// A clock that was set back makes nothing count for longer.
fn is_fresh(since_ms: i64, now_ms: i64) -> bool {
    (0..VALID_FOR_MS).contains(&now_ms.saturating_sub(since_ms))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tag(name: &str) -> ServerTag {
        ServerTag::parse(name).unwrap()
    }

    fn written(codes: &mut Codes<u64>, code: &Code, player: &str, at: i64) -> Option<u64> {
        codes.written(code, (&tag("a"), player), at)
    }

    #[test]
    fn what_is_drawn_is_read_again_however_it_is_typed_and_no_word_is_a_code() {
        for number in [0, 1, 191, 1 << 40, u64::MAX] {
            let code = Code::of(number);
            assert_eq!(Code::in_chat(code.as_str()), Some(code.clone()));
            let typed = format!(" here: {} ", code.as_str().to_uppercase());
            assert_eq!(Code::in_chat(&typed), Some(code));
        }
        assert_ne!(Code::of(1), Code::of(2));
        for other in [
            "link-buttons",
            "link-A2B3C4",
            "link-A2B3C4D5E6",
            "link-A2B3C4D0",
            "ünk-A2B3C4D5",
            "link-é2B3C4D",
            "",
        ] {
            assert_eq!(Code::in_chat(other), None, "{other}");
        }
    }

    #[test]
    fn a_code_counts_once_on_its_server_within_its_time() {
        let code = Code::of(7);
        let mut codes = Codes::default();
        codes.ask(code.clone(), (1, tag("a")), 1, 0);
        assert_eq!(codes.written(&code, (&tag("b"), "Ann"), 1), None);
        assert_eq!(written(&mut codes, &code, "Ann", VALID_FOR_MS - 1), Some(1));
        assert_eq!(written(&mut codes, &code, "Ann", VALID_FOR_MS - 1), None);
        codes.ask(code.clone(), (1, tag("a")), 1, 0);
        assert_eq!(written(&mut codes, &code, "Bob", VALID_FOR_MS), None);
        let (first, second) = (Code::of(8), Code::of(9));
        codes.ask(first.clone(), (1, tag("a")), 1, 0);
        codes.ask(second.clone(), (1, tag("a")), 2, 0);
        assert_eq!(
            written(&mut codes, &first, "Cleo", 1),
            None,
            "a person has one code"
        );
        assert_eq!(written(&mut codes, &second, "Cleo", 1), Some(2));
    }

    #[test]
    fn who_guesses_is_not_heard_for_a_while_and_nobody_else_suffers() {
        let code = Code::of(7);
        let mut codes = Codes::default();
        codes.ask(code.clone(), (1, tag("a")), 1, 5);
        for guess in 0..u64::from(MOST_WRONG) {
            assert_eq!(written(&mut codes, &Code::of(100 + guess), "Mallory", 5), None);
        }
        assert_eq!(written(&mut codes, &code, "mallory", 6), None, "no more tries");
        assert_eq!(written(&mut codes, &code, "Ann", 7), Some(1));
        codes.ask(code.clone(), (1, tag("a")), 2, 5 + VALID_FOR_MS);
        assert_eq!(written(&mut codes, &code, "Mallory", 5 + VALID_FOR_MS), Some(2));
    }

    #[test]
    fn p04_neither_codes_nor_guesses_grow_without_bound() {
        let mut codes = Codes::default();
        let many = MOST_WAITING as u64 + 5;
        (0..many).for_each(|n| codes.ask(Code::of(n), (n, tag("a")), n, n.cast_signed()));
        assert_eq!(codes.waiting.len(), MOST_WAITING);
        for n in 0..MOST_HELD + 5 {
            assert_eq!(
                written(&mut codes, &Code::of(u64::MAX), &n.to_string(), 300),
                None
            );
        }
        assert_eq!(codes.tries.len(), MOST_HELD);
        assert_eq!(
            written(&mut codes, &Code::of(0), "x", 300),
            None,
            "the oldest went"
        );
        assert_eq!(written(&mut codes, &Code::of(many - 1), "x", 300), Some(many - 1));
    }
}
