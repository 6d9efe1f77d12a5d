//! What reading brings to light: problems, notes, and every setting with its origin.
//!
//! Owns the collection and the step from text to value, so that no problem ends the reading before the others are
//! found. Must not know which settings exist. Nothing here fails: a bad value becomes a problem and its default.

use super::looked::Looked;
use super::problem::{Note, Origin, Problem, Refused, quote, without_webhook_token};
use super::scalar::Complaint;

/// What is shown in place of a secret.
const HIDDEN: &str = "(hidden)";

/// Whether a text may be quoted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exposure {
    /// It may.
    Open,
    /// It comes from a secret, or is one.
    Secret,
}

/// A text that somebody gave for a setting.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Given {
    pub(crate) text: String,
    pub(crate) origin: Origin,
    pub(crate) exposure: Exposure,
}

impl Given {
    /// The text for a message.
    pub(crate) fn quoted(&self) -> String {
        match self.exposure {
            Exposure::Open => quote(&self.text),
            Exposure::Secret => HIDDEN.to_owned(),
        }
    }
}

impl std::fmt::Debug for Given {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Given({} at {})", self.quoted(), self.origin)
    }
}

/// What a source says about a setting.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) enum Field {
    /// Nothing.
    #[default]
    Absent,
    /// Something unusable that has been reported: no weaker source may hide it.
    Broken,
    /// A text.
    Given(Given),
}

impl Field {
    /// This one, or the weaker one where this is absent.
    pub(crate) fn or_else(self, weaker: impl FnOnce() -> Self) -> Self {
        if self == Self::Absent { weaker() } else { self }
    }

    /// The text that was given.
    pub(crate) fn given(&self) -> Option<&Given> {
        match self {
            Self::Given(given) => Some(given),
            Self::Absent | Self::Broken => None,
        }
    }
}

/// One setting as it was resolved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// Its key in the configuration file (`log.level`, `servers.north.log_path`).
    pub key: String,
    /// Its value for people; secrets are hidden.
    pub value: String,
    /// Where the value comes from.
    pub origin: Origin,
}

/// An accepted value with all that was found on the way.
pub(crate) type Concluded<T> = (T, Vec<Setting>, Vec<Note>, Looked);

/// Everything found so far.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    problems: Vec<Problem>,
    notes: Vec<Note>,
    settings: Vec<Setting>,
    /// The files and folders that were looked at: `note` each one before it is read.
    pub(crate) looked: Looked,
}

impl Findings {
    /// Reports a problem. The same one twice is reported once: one variable may be named in many places.
    pub(crate) fn problem(&mut self, place: Origin, what: impl Into<String>, remedy: impl Into<String>) {
        let problem = Problem {
            place,
            what: what.into(),
            remedy: remedy.into(),
        };
        if !self.problems.contains(&problem) {
            self.problems.push(problem);
        }
    }

    /// Makes a note about a place.
    pub(crate) fn note_at(&mut self, place: Origin, text: impl Into<String>) {
        self.push_note(Note {
            place: Some(place),
            text: text.into(),
        });
    }

    /// Makes a note about nothing in particular.
    pub(crate) fn note(&mut self, text: impl Into<String>) {
        self.push_note(Note {
            place: None,
            text: text.into(),
        });
    }

    fn push_note(&mut self, note: Note) {
        if !self.notes.contains(&note) {
            self.notes.push(note);
        }
    }

    /// Records a resolved setting.
    pub(crate) fn setting(&mut self, key: &str, value: impl Into<String>, origin: Origin) {
        let value = without_webhook_token(&value.into());
        self.settings.push(Setting {
            key: key.to_owned(),
            value,
            origin,
        });
    }

    /// Turns a given text into a value; a text that does not parse becomes a problem.
    pub(crate) fn parse<T>(
        &mut self,
        key: &str,
        given: &Given,
        parse: impl FnOnce(&str) -> Result<T, Complaint>,
    ) -> Option<T> {
        match parse(given.text.trim()) {
            Ok(value) => Some(value),
            Err(Complaint { what, remedy }) => {
                let what = format!("{key} is {}: {what}", given.quoted());
                self.problem(given.origin.clone(), what, remedy);
                None
            }
        }
    }

    /// Resolves a setting with a default and records it.
    pub(crate) fn settle<T>(
        &mut self,
        key: &str,
        field: &Field,
        default: T,
        parse: impl FnOnce(&str) -> Result<T, Complaint>,
        show: impl FnOnce(&T) -> String,
    ) -> T {
        let parsed = field.given().and_then(|given| {
            let value = self.parse(key, given, parse)?;
            Some((value, given.origin.clone()))
        });
        let (value, origin) = parsed.unwrap_or((default, Origin::Default));
        self.setting(key, show(&value), origin);
        value
    }

    /// The same for a setting that most people never touch: its default is not worth a line.
    pub(crate) fn settle_quietly<T>(
        &mut self,
        key: &str,
        field: &Field,
        default: T,
        parse: impl FnOnce(&str) -> Result<T, Complaint>,
        show: impl FnOnce(&T) -> String,
    ) -> T {
        match field.given() {
            Some(_) => self.settle(key, field, default, parse, show),
            None => default,
        }
    }

    /// What was found, where no configuration depends on it.
    pub(crate) fn reports(self) -> (Vec<Problem>, Vec<Note>) {
        (self.problems, self.notes)
    }

    /// The verdict: the value with everything that is worth showing, or all problems.
    pub(crate) fn conclude<T>(self, value: Option<T>) -> Result<Concluded<T>, Refused> {
        match value {
            Some(value) if self.problems.is_empty() => Ok((value, self.settings, self.notes, self.looked)),
            _ => Err(Refused {
                problems: self.problems,
                notes: self.notes,
                looked: self.looked,
            }),
        }
    }
}
