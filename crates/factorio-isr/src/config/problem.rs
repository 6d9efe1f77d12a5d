//! What configuration says to people: where a value came from, what is wrong with it, and what to do.
//!
//! Owns the places, problems and notes, and the one way to quote a value. Must not know which settings exist.
//! Nothing here fails. Invariant: no text built here holds a secret that was marked as such, and a webhook token
//! is cut out of every quotation, marked or not.

use std::fmt;
use std::path::PathBuf;

use super::looked::Looked;

/// A line and a column in a text file, both counted from 1; columns count characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// The line.
    pub line: u64,
    /// The column.
    pub column: u64,
}

/// Where a value comes from, and so the place that a problem with it is reported at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// An option of the command line, by its name (`--log-path`).
    CommandLine(&'static str),
    /// A file that holds one secret.
    SecretFile(PathBuf),
    /// An environment variable, by its name.
    Variable(String),
    /// A line of the `.env` file.
    DotEnv {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: u64,
        /// The variable that it sets; empty when the line sets none.
        name: String,
    },
    /// The configuration file; without a position the file as a whole.
    ConfigFile {
        /// The file.
        path: PathBuf,
        /// Line and column.
        position: Option<Position>,
    },
    /// Nobody named it: it was found by looking at a well-known place.
    Found,
    /// Nobody named it: the built-in default.
    Default,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CommandLine(option) => write!(f, "command line {option}"),
            Self::SecretFile(path) => write!(f, "secret file {}", path.display()),
            Self::Variable(name) => write!(f, "variable {name}"),
            Self::DotEnv { path, line, name } if name.is_empty() => write!(f, "{}:{line}", path.display()),
            Self::DotEnv { path, line, name } => write!(f, "{}:{line} ({name})", path.display()),
            Self::ConfigFile {
                path,
                position: Some(at),
            } => {
                write!(f, "{}:{}:{}", path.display(), at.line, at.column)
            }
            Self::ConfigFile { path, position: None } => write!(f, "{}", path.display()),
            Self::Found => f.write_str("found"),
            Self::Default => f.write_str("default"),
        }
    }
}

/// One reason not to start: its place, what is wrong, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Where the fault lies.
    pub place: Origin,
    /// What is wrong: a lower-case fragment.
    pub what: String,
    /// What to do about it: one imperative sentence without its full stop.
    pub remedy: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}\n    remedy: {}", self.place, self.what, self.remedy)
    }
}

/// Something worth saying that does not prevent the start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// What it is about, where it has a place.
    pub place: Option<Origin>,
    /// The note: one sentence without its full stop.
    pub text: String,
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.place {
            Some(place) => write!(f, "{place}: {}", self.text),
            None => f.write_str(&self.text),
        }
    }
}

/// The configuration was refused: every problem, in the order of reading. The caller exits with code 78.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct Refused {
    /// At least one.
    pub problems: Vec<Problem>,
    /// What else is worth saying.
    pub notes: Vec<Note>,
    /// The files that were looked at.
    pub looked: Looked,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = self.problems.len();
        let noun = if count == 1 { "problem" } else { "problems" };
        write!(f, "the configuration has {count} {noun}")?;
        self.problems
            .iter()
            .try_for_each(|problem| write!(f, "\n\n{problem}"))
    }
}

/// Longest quotation of a value, in characters.
const QUOTE_LIMIT: usize = 120;

/// Quotes text from outside for a message: one line, bounded, control characters visible, webhook tokens cut out.
pub(crate) fn quote(text: &str) -> String {
    let text = without_webhook_token(text);
    let mut quoted = String::with_capacity(text.len().min(QUOTE_LIMIT * 4) + 2);
    quoted.push('`');
    for (count, c) in text.chars().enumerate() {
        if count == QUOTE_LIMIT {
            quoted.push('…');
            break;
        }
        if c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}') {
            quoted.extend(c.escape_unicode());
        } else {
            quoted.push(c);
        }
    }
    quoted.push('`');
    quoted
}

/// Cuts everything after the id of a webhook address: people paste addresses into the wrong setting.
pub(crate) fn without_webhook_token(text: &str) -> String {
    const MARK: &str = "webhooks/";
    let Some(start) = text.to_ascii_lowercase().find(MARK).map(|at| at + MARK.len()) else {
        return text.to_owned();
    };
    let id_len = text[start..].find('/').unwrap_or(text.len() - start);
    format!("{}/…", &text[..start + id_len])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn p07_a_quotation_never_holds_a_webhook_token() {
        let quoted = quote("https://Discord.com/api/Webhooks/123/canary-token?wait=true");
        assert_eq!(quoted, "`https://Discord.com/api/Webhooks/123/…`");
    }

    #[test]
    fn a_quotation_is_one_bounded_line() {
        let quoted = quote(&format!("a\nb\u{202e}{}", "x".repeat(500)));
        assert!(quoted.starts_with("`a\\u{a}b\\u{202e}xxx"), "{quoted}");
        assert!(quoted.chars().count() < 150, "{quoted}");
    }
}
