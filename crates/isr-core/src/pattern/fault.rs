//! Why a pattern cannot be used: what is wrong, where in the pattern, and what to write instead.
//!
//! Owns the form of such an answer. Must not know files. Nothing here fails.

/// Where in a pattern a fault lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Spot {
    /// In the expression, at this character, counted from 0.
    Expression(usize),
    /// In the template.
    Template,
    /// In what is said about this field.
    Field(String),
}

/// One reason not to use a pattern.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what}; {remedy}")]
pub struct Fault {
    /// Where it lies.
    pub spot: Spot,
    /// What is wrong: a lower-case fragment.
    pub what: String,
    /// What to do about it: one imperative sentence without its full stop.
    pub remedy: String,
}

impl Fault {
    pub(super) fn expression(at: usize, what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self {
            spot: Spot::Expression(at),
            what: what.into(),
            remedy: remedy.into(),
        }
    }

    pub(super) fn template(what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self {
            spot: Spot::Template,
            what: what.into(),
            remedy: remedy.into(),
        }
    }

    pub(super) fn field(name: &str, what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self {
            spot: Spot::Field(name.to_owned()),
            what: what.into(),
            remedy: remedy.into(),
        }
    }
}
