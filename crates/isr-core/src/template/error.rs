//! What can be wrong with a template, and what to write instead.
//!
//! Owns the messages for people. Must not know files: the caller adds the place of the template.

use thiserror::Error;

/// A fault of a template.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{kind} (character {at})")]
pub struct TemplateError {
    /// Which character of the template, counted from one.
    pub at: usize,
    /// What is wrong.
    pub kind: TemplateFault,
}

/// What is wrong with a template.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum TemplateFault {
    /// A field that this template cannot have.
    #[error("there is no field {{{name}}} here")]
    UnknownField {
        /// As it was written.
        name: String,
        /// What to write instead.
        remedy: String,
    },
    /// `{` without its `}`.
    #[error("this {{ is not closed")]
    Unclosed,
    /// `}` without its `{`.
    #[error("this }} closes nothing")]
    Unopened,
    /// A line break where one line is all there is.
    #[error("the text has more than one line")]
    LineBreak,
    /// Nothing that could be seen.
    #[error("the text shows nothing")]
    Blank,
    /// Even with every field cut to its shortest the text would not fit.
    #[error("the text is too long: Discord takes {limit} characters here")]
    TooLong {
        /// Discord's limit.
        limit: usize,
    },
}

impl TemplateError {
    /// What to do about it.
    #[must_use]
    pub fn remedy(&self) -> String {
        match &self.kind {
            TemplateFault::UnknownField { remedy, .. } => remedy.clone(),
            TemplateFault::Unclosed => "write {name} for a field, or {{ for a brace".to_owned(),
            TemplateFault::Unopened => "write }} for a brace".to_owned(),
            TemplateFault::LineBreak => {
                "write it as one line; an embed's description may have more of them".to_owned()
            }
            TemplateFault::Blank => "write some text, or switch the event off".to_owned(),
            TemplateFault::TooLong { .. } => "shorten the text, or use fewer fields".to_owned(),
        }
    }
}
