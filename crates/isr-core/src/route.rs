//! Which event goes where: the routes of one server, in order; the first one that fits decides.
//!
//! Owns the conditions of a route and the rule that what is for admins only reaches no other destination: a route
//! without a way for admins does not fit such an event. Must not know webhooks or wording: the style of a way is the
//! caller's. Cannot fail; finding the ways of an event allocates nothing.

use crate::delivery::{Destination, KindName};
use crate::event::Audience;

/// What a route asks of an event. An empty list asks for nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Condition {
    /// One of these kinds.
    pub kinds: Vec<KindPattern>,
    /// Found by one of these patterns.
    pub patterns: Vec<Box<str>>,
    /// Found by a pattern that names one of these channels.
    pub channels: Vec<Box<str>>,
    /// For these readers.
    pub audience: Option<Audience>,
}

/// A kind, or many kinds at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KindPattern {
    /// `*`.
    Any,
    /// `mod.*`: every kind whose name begins like this.
    Beginning(Box<str>),
    /// This kind.
    Exactly(KindName),
}

impl KindPattern {
    /// Reads `*`, `mod.*` or the name of a kind.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        match text.strip_suffix('*') {
            Some("") => Self::Any,
            Some(beginning) => Self::Beginning(beginning.into()),
            None => Self::Exactly(KindName::named(text)),
        }
    }

    /// As it was written.
    #[must_use]
    pub fn shown(&self) -> String {
        match self {
            Self::Any => "all".to_owned(),
            Self::Beginning(beginning) => format!("{beginning}*"),
            Self::Exactly(name) => name.as_str().to_owned(),
        }
    }

    /// Whether every kind that is meant there is meant here.
    #[must_use]
    pub fn covers(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Any, _) => true,
            (_, Self::Any) => false,
            (Self::Beginning(wide), Self::Beginning(narrow)) => narrow.starts_with(&**wide),
            (Self::Exactly(_), Self::Beginning(_)) => false,
            (_, Self::Exactly(name)) => self.holds(name.as_str()),
        }
    }

    /// Whether a kind is meant.
    #[must_use]
    pub fn holds(&self, kind: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Beginning(beginning) => kind.starts_with(&**beginning),
            Self::Exactly(name) => name.as_str() == kind,
        }
    }
}

/// What routes see of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Subject<'a> {
    /// Its kind.
    pub kind: &'a str,
    /// Who may see it.
    pub audience: Audience,
    /// The pattern that found it, if one did.
    pub pattern: Option<&'a str>,
    /// The channel that this pattern names.
    pub channel: Option<&'a str>,
}

impl Condition {
    /// Whether an event has what is asked for.
    #[must_use]
    pub fn holds(&self, subject: &Subject<'_>) -> bool {
        let among = |names: &[Box<str>], name: Option<&str>| {
            names.is_empty() || name.is_some_and(|name| names.iter().any(|known| **known == *name))
        };
        (self.kinds.is_empty() || self.kinds.iter().any(|kind| kind.holds(subject.kind)))
            && self.audience.is_none_or(|audience| audience == subject.audience)
            && among(&self.patterns, subject.pattern)
            && among(&self.channels, subject.channel)
    }
}

/// One destination of a route.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Way<S> {
    /// The lane.
    pub destination: Destination,
    /// Who can read there.
    pub readers: Audience,
    /// How events look there.
    pub style: S,
}

impl<S> Way<S> {
    fn may_carry(&self, audience: Audience) -> bool {
        audience == Audience::Everyone || self.readers == Audience::Admins
    }
}

/// A condition, and where events go that fulfil it. Without a way they go nowhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route<S> {
    /// What it asks for.
    pub when: Condition,
    ways: Vec<Way<S>>,
}

impl<S> Route<S> {
    /// A route. A destination that is named twice is one way; it is for admins if one of the names is.
    #[must_use]
    pub fn new(when: Condition, ways: Vec<Way<S>>) -> Self {
        let mut kept: Vec<Way<S>> = Vec::with_capacity(ways.len());
        for way in ways {
            match kept.iter_mut().find(|known| known.destination == way.destination) {
                Some(known) => known.readers = known.readers.max(way.readers),
                None => kept.push(way),
            }
        }
        Self { when, ways: kept }
    }

    /// Its ways.
    #[must_use]
    pub fn ways(&self) -> &[Way<S>] {
        &self.ways
    }

    /// Whether it decides about an event.
    #[must_use]
    pub fn fits(&self, subject: &Subject<'_>) -> bool {
        let passable = self.ways.is_empty() || self.ways.iter().any(|way| way.may_carry(subject.audience));
        passable && self.when.holds(subject)
    }
}

/// All routes of a server, strongest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Routes<S>(Vec<Route<S>>);

impl<S> Routes<S> {
    /// Routes in their order.
    #[must_use]
    pub const fn new(routes: Vec<Route<S>>) -> Self {
        Self(routes)
    }

    /// All routes, strongest first.
    #[must_use]
    pub fn all(&self) -> &[Route<S>] {
        &self.0
    }

    /// The route that decides about an event: its place in the order, and itself.
    #[must_use]
    pub fn deciding(&self, subject: &Subject<'_>) -> Option<(usize, &Route<S>)> {
        self.0.iter().enumerate().find(|(_, route)| route.fits(subject))
    }

    /// Where an event goes: several ways, one, or none; each destination once.
    pub fn ways<'a>(&'a self, subject: &Subject<'_>) -> impl Iterator<Item = &'a Way<S>> + use<'a, S> {
        let audience = subject.audience;
        let ways = self.deciding(subject).map_or(&[][..], |(_, route)| route.ways());
        ways.iter().filter(move |way| way.may_carry(audience))
    }
}

#[cfg(test)]
mod tests;
