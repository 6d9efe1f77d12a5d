//! Commands that wait for a second click.
//!
//! Owns what waits, for whom and how long. Only the person who asked may go on, once, within a minute; a restart forgets
//! everything, and the button then says that it has expired. Must not know what waits, and draws no numbers itself. Cannot
//! fail but by [`Gone`].

use std::collections::HashMap;
use std::time::Duration;

use crate::game::Mono;

/// So long a question stands.
pub const VALID_FOR: Duration = Duration::from_secs(60);
/// So many may wait; beyond it the oldest goes.
const MOST_WAITING: usize = 256;
/// What the names of our buttons begin with.
const PREFIX: &str = "isr:confirm:";

/// What a button says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Click {
    /// Do it.
    Yes,
    /// Leave it.
    No,
}

/// A button of a question, as its name tells it. The number is drawn anew for every question.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Button {
    /// Which question.
    pub question: u64,
    /// Which of its two buttons.
    pub click: Click,
}

impl Button {
    /// The name that Discord keeps for us.
    #[must_use]
    pub fn name(self) -> String {
        let click = match self.click {
            Click::Yes => "yes",
            Click::No => "no",
        };
        format!("{PREFIX}{:016x}:{click}", self.question)
    }

    /// Reads a name; `None` when it is no button of ours.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        let (question, click) = name.strip_prefix(PREFIX)?.split_once(':')?;
        let is_plain = question.len() == 16 && question.bytes().all(|byte| byte.is_ascii_hexdigit());
        let click = match click {
            "yes" => Click::Yes,
            "no" => Click::No,
            _ => return None,
        };
        Some(Self {
            question: is_plain.then(|| u64::from_str_radix(question, 16).ok())??,
            click,
        })
    }
}

/// Why nothing is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gone {
    /// Too late, answered before, or asked before a restart.
    Expired,
    /// Somebody else asked.
    NotYours,
}

#[derive(Debug)]
struct Waiting<T> {
    asker: u64,
    since: Mono,
    thing: T,
}

/// Everything that waits for a click.
#[derive(Debug)]
pub struct Confirmations<T> {
    waiting: HashMap<u64, Waiting<T>>,
}

impl<T> Default for Confirmations<T> {
    fn default() -> Self {
        Self {
            waiting: HashMap::new(),
        }
    }
}

impl<T> Confirmations<T> {
    /// Lets something wait under a fresh number.
    pub fn ask(&mut self, question: u64, asker: u64, thing: T, now: Mono) {
        self.waiting
            .retain(|_, waiting| now.since(waiting.since) < VALID_FOR);
        if self.waiting.len() >= MOST_WAITING
            && let Some(oldest) = self
                .waiting
                .iter()
                .min_by_key(|(_, waiting)| waiting.since)
                .map(|(question, _)| *question)
        {
            self.waiting.remove(&oldest);
        }
        self.waiting.insert(
            question,
            Waiting {
                asker,
                since: now,
                thing,
            },
        );
    }

    /// Takes out what waited. Whoever clicks next finds nothing.
    ///
    /// # Errors
    /// [`Gone`]; what somebody else asked for goes on waiting.
    pub fn take(&mut self, question: u64, asker: u64, now: Mono) -> Result<T, Gone> {
        match self.waiting.get(&question) {
            None => return Err(Gone::Expired),
            Some(waiting) if waiting.asker != asker => return Err(Gone::NotYours),
            Some(_) => {}
        }
        let waiting = self.waiting.remove(&question).ok_or(Gone::Expired)?;
        if now.since(waiting.since) >= VALID_FOR {
            return Err(Gone::Expired);
        }
        Ok(waiting.thing)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: u64) -> Mono {
        Mono(Duration::from_millis(ms))
    }

    #[test]
    fn only_the_asker_goes_on_and_only_once() {
        let mut waiting = Confirmations::default();
        waiting.ask(5, 7, "ban", at(0));
        assert_eq!(waiting.take(5, 8, at(1)), Err(Gone::NotYours));
        assert_eq!(waiting.take(6, 7, at(1)), Err(Gone::Expired));
        assert_eq!(waiting.take(5, 7, at(2)), Ok("ban"));
        assert_eq!(waiting.take(5, 7, at(3)), Err(Gone::Expired));
    }

    #[test]
    fn a_question_stands_for_a_minute() {
        let mut waiting = Confirmations::default();
        waiting.ask(1, 7, (), at(0));
        waiting.ask(2, 7, (), at(0));
        assert_eq!(waiting.take(1, 7, at(59_999)), Ok(()));
        assert_eq!(waiting.take(2, 7, at(60_000)), Err(Gone::Expired));
    }

    #[test]
    fn a_flood_of_questions_has_a_bound() {
        let mut waiting = Confirmations::default();
        for question in 0..1_000 {
            waiting.ask(question, 7, (), at(question));
        }
        assert_eq!(waiting.waiting.len(), MOST_WAITING);
        assert_eq!(waiting.take(0, 7, at(1_000)), Err(Gone::Expired));
        assert_eq!(waiting.take(999, 7, at(1_000)), Ok(()));
    }

    #[test]
    fn a_button_is_read_as_it_was_named_and_nothing_else_is_a_button() {
        for click in [Click::Yes, Click::No] {
            let button = Button {
                question: 0x00ab_cdef_0123_4567,
                click,
            };
            assert_eq!(Button::parse(&button.name()), Some(button));
            assert!(button.name().len() <= 100);
        }
        for foreign in [
            "",
            "isr:confirm:",
            "isr:confirm:1:yes",
            "isr:confirm:+0abcdef01234567:yes",
            "isr:confirm:00abcdef01234567:maybe",
            "isr:confirm:00abcdef01234567:yes:",
            "other:confirm:00abcdef01234567:yes",
        ] {
            assert_eq!(Button::parse(foreign), None, "{foreign}");
        }
    }
}
