//! Why a pattern matched a line, or came close and did not.
//!
//! Owns the answers that an admin who writes patterns needs. Slow, and never asked for lines that are relayed. Must not
//! know how an answer is shown. Cannot fail.

use factorio_log::Line;

use super::custom::Profile;
use super::definition::{Form, Place, State, Tier};
use super::prefilter;
use super::set::{Miss, Pattern, PatternSet};
use super::text::Text;

/// A pattern that has to do with a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Near<'a> {
    /// The pattern.
    pub profile: &'a Profile,
    /// What it has to do with the line.
    pub why: Why,
}

/// What a pattern has to do with a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Why {
    /// It made the event.
    Matched,
    /// It took the line, and nothing is posted for it.
    Silenced,
    /// It matches, and is off.
    Off,
    /// It matches, and this pattern was asked before.
    After(String),
    /// It matches, and what the program itself understands goes before the shipped patterns.
    Understood,
    /// It matches somebody's words, and they make no event of this kind.
    Words,
    /// It would match, and this field is not of its type.
    Field(String),
    /// It would match, and reads only this part of lines.
    Place(Place),
    /// It would match without the date or the uptime in front of the line.
    Anchor,
    /// A text that it needs is there, and the expression as a whole does not match.
    Expression,
}

impl Why {
    /// For people: a fragment in small letters.
    #[must_use]
    pub fn told(&self) -> String {
        match self {
            Self::Matched => "matches".to_owned(),
            Self::Silenced => "matches, and passes the line over in silence".to_owned(),
            Self::Off => "would match, but `enabled` is off".to_owned(),
            Self::After(first) => format!("matches too, but `{first}` is asked before it (lower `priority` goes first)"),
            Self::Understood => {
                "would match, but shipped patterns speak only for lines that are not understood without them".to_owned()
            }
            Self::Words => {
                "would match, but only inside what somebody said: name the tag in the expression, such as `^\\[CHAT\\] `, \
                 if it is meant to read chat"
                    .to_owned()
            }
            Self::Field(name) => format!("would match, but the field `{name}` is not of its type"),
            Self::Place(place) => format!("would match, but it reads only `where: {}`", place.as_str()),
            Self::Anchor => {
                "would match without what stands in front of the text: allow a date behind `^`, or write \
                 `where: console`"
                    .to_owned()
            }
            Self::Expression => "a text of it is there, but the expression as a whole does not match".to_owned(),
        }
    }
}

impl PatternSet {
    /// Every pattern that matched a line or came close, in the order in which they are asked.
    #[must_use]
    pub fn explain(&self, line: &Line<'_>) -> Vec<Near<'_>> {
        let Some(text) = Text::of(line) else {
            return Vec::new();
        };
        let mut first: Option<&Pattern> = None;
        let mut near = Vec::new();
        for pattern in &self.patterns {
            let why = match pattern.read(&text) {
                Ok(_) => Some(counted(pattern, line, &mut first)),
                Err(miss) => close(pattern, &text, miss),
            };
            near.extend(why.map(|why| Near {
                profile: &pattern.profile,
                why,
            }));
        }
        near
    }
}

fn counted<'a>(pattern: &'a Pattern, line: &Line<'_>, first: &mut Option<&'a Pattern>) -> Why {
    match (pattern.state, *first) {
        (State::Off, _) => Why::Off,
        (_, Some(first)) => Why::After(first.profile.name.clone()),
        (_, None) if pattern.tier == Tier::Shipped && line.entry.is_some() => Why::Understood,
        (state, None) => {
            *first = Some(pattern);
            if state == State::Silent {
                Why::Silenced
            } else {
                Why::Matched
            }
        }
    }
}

/// What kept a pattern away that a person may have expected here.
fn close(pattern: &Pattern, text: &Text<'_>, miss: Miss) -> Option<Why> {
    let literal = prefilter::holds_one(&text.whole, &pattern.expression.required.texts);
    let matches = |text: &str| pattern.matches(text);
    match (miss, &pattern.form) {
        (Miss::Words, _) => Some(Why::Words),
        (Miss::Field(name), _) => Some(Why::Field(name)),
        (Miss::Elsewhere, Form::Named { place, .. }) => {
            (literal && (matches(&text.part) || matches(&text.whole))).then_some(Why::Place(*place))
        }
        (Miss::Unlike, Form::Positional) if literal && matches(&text.part) => Some(Why::Anchor),
        (Miss::Unlike, _) if literal => Some(Why::Expression),
        _ => None,
    }
}
