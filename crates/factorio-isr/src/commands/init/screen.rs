//! What the person sees: findings with a mark, and the next step below what is wrong.
//!
//! Owns marks and colours: colours on a terminal only, and not where `NO_COLOR` is set. What comes from elsewhere (names of
//! channels, of games) loses what would steer a terminal. Cannot fail: a reader that went away is not waited for.

use std::io::IsTerminal as _;

use isr_core::text::is_invisible;

use crate::commands::show;

/// How lines are painted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Paint {
    Colours,
    Plain,
}

/// Where the person reads.
#[derive(Debug, Clone, Copy)]
pub(super) struct Screen(Paint);

const BOLD: &str = "1";
const DIM: &str = "2";

impl Screen {
    /// Standard output.
    pub(super) fn new() -> Self {
        let is_wished = std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        if is_wished && std::io::stdout().is_terminal() {
            Self(Paint::Colours)
        } else {
            Self(Paint::Plain)
        }
    }

    fn painted(self, code: &str, text: &str) -> String {
        match self.0 {
            Paint::Colours => format!("\u{1b}[{code}m{text}\u{1b}[0m"),
            Paint::Plain => text.to_owned(),
        }
    }

    /// A new part of the story.
    pub(super) fn heading(self, text: &str) {
        show(&format!("\n{}\n", self.painted(BOLD, text)));
    }

    /// Something that is as it should be.
    pub(super) fn good(self, text: &str) {
        show(&format!("✅ {}\n", harmless(text)));
    }

    /// Something to know.
    pub(super) fn note(self, text: &str) {
        show(&format!("ℹ️  {}\n", harmless(text)));
    }

    /// Something that is wrong, and what to do.
    pub(super) fn bad(self, what: &str, next: &str) {
        show(&format!("❌ {}\n   → {}\n", harmless(what), harmless(next)));
    }

    /// A line as it is.
    pub(super) fn line(self, text: &str) {
        show(&format!("{}\n", harmless(text)));
    }

    /// What explains a question.
    pub(super) fn hint(self, text: &str) {
        for line in text.lines() {
            show(&format!("{}\n", self.painted(DIM, &harmless(line))));
        }
    }

    /// A question, and where the answer is typed.
    pub(super) fn question(self, text: &str) {
        show(&self.painted(BOLD, &harmless(text)));
    }

    /// How the question is written for an editor, which prints it by itself.
    pub(super) fn prompt(self, text: &str) -> String {
        harmless(text)
    }
}

/// One line, without what would steer a terminal.
fn harmless(text: &str) -> String {
    // The second sign of the mark is a selector of variants, which is invisible by nature.
    text.chars().filter(|c| !is_invisible(*c)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn p07_names_from_elsewhere_cannot_steer_the_terminal() {
        assert_eq!(harmless("#a\u{1b}[31m\nb\u{202e}"), "#a[31mb");
    }
}
