//! What was kept from being posted, counted under the name of the rule that did it.
//!
//! Owns the names of rules and their counts. Must not know why a rule applies. Cannot fail; the number of rules is
//! bounded by the configuration.

use std::borrow::Cow;
use std::fmt;

/// The name of a rule, as metrics and `outbox rules` show it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RuleName(Cow<'static, str>);

impl RuleName {
    /// A rule of the program itself.
    #[must_use]
    pub const fn fixed(name: &'static str) -> Self {
        Self(Cow::Borrowed(name))
    }

    /// A rule that the configuration names.
    #[must_use]
    pub fn named(name: &str) -> Self {
        Self(Cow::Owned(name.to_owned()))
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RuleName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// How often each rule suppressed something.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Suppressed(Vec<(RuleName, u64)>);

impl Suppressed {
    /// Counts one more.
    pub fn one(&mut self, rule: &RuleName) {
        self.more(rule, 1);
    }

    /// Counts some more.
    pub fn more(&mut self, rule: &RuleName, count: u64) {
        match self.0.iter_mut().find(|(known, _)| known == rule) {
            Some((_, known)) => *known += count,
            None if count > 0 => self.0.push((rule.clone(), count)),
            None => {}
        }
    }

    /// How often a rule did.
    #[must_use]
    pub fn count(&self, rule: &RuleName) -> u64 {
        self.0
            .iter()
            .find(|(known, _)| known == rule)
            .map_or(0, |(_, count)| *count)
    }
}

impl IntoIterator for Suppressed {
    type Item = (RuleName, u64);
    type IntoIter = std::vec::IntoIter<Self::Item>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}
