//! Whom a message may ping: the only way from a configured target to Discord's `allowed_mentions`.
//!
//! Owns the list and its stored form. The text of a message alone never decides. Must not know how a target is
//! found. Fails where a list is longer than Discord takes.

use std::fmt::Write as _;

/// Discord takes at most so many users, and so many roles, in `allowed_mentions`.
const MOST: usize = 100;

/// The stored form of [`Pings::Everyone`].
const EVERYONE: &str = "everyone";

/// Whom a message may ping.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Pings {
    /// Nobody: the rule.
    #[default]
    Nobody,
    /// Exactly these ids, each once, in rising order.
    Targets {
        /// Users.
        users: Vec<u64>,
        /// Roles.
        roles: Vec<u64>,
    },
    /// `@everyone` or `@here`, which an admin listed: a message of its own without player text.
    Everyone,
}

/// More users or roles than one message may ping.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("one message may ping at most 100 users and 100 roles; list fewer of them")]
pub struct TooManyPings;

impl Pings {
    /// These users and roles; [`Pings::Nobody`] when there are none.
    ///
    /// # Errors
    /// [`TooManyPings`] above 100 different users or 100 different roles.
    pub fn targets(mut users: Vec<u64>, mut roles: Vec<u64>) -> Result<Self, TooManyPings> {
        for ids in [&mut users, &mut roles] {
            ids.sort_unstable();
            ids.dedup();
            if ids.len() > MOST {
                return Err(TooManyPings);
            }
        }
        if users.is_empty() && roles.is_empty() {
            return Ok(Self::Nobody);
        }
        Ok(Self::Targets { users, roles })
    }

    /// What a message may ping that holds both texts, unless Discord would refuse it or one must stay alone.
    #[must_use]
    pub fn merged(&self, other: &Self) -> Option<Self> {
        match (self, other) {
            (Self::Everyone, _) | (_, Self::Everyone) => None,
            (Self::Nobody, other) => Some(other.clone()),
            (own, Self::Nobody) => Some(own.clone()),
            (
                Self::Targets { users, roles },
                Self::Targets {
                    users: more_users,
                    roles: more_roles,
                },
            ) => {
                let both = |a: &[u64], b: &[u64]| [a, b].concat();
                Self::targets(both(users, more_users), both(roles, more_roles)).ok()
            }
        }
    }

    /// The words by which a text calls them. Discord rings for those in a message's text, never for those in an embed.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::Nobody => String::new(),
            Self::Everyone => "@everyone".to_owned(),
            Self::Targets { users, roles } => {
                let users = users.iter().map(|id| format!("<@{id}>"));
                let roles = roles.iter().map(|id| format!("<@&{id}>"));
                users.chain(roles).collect::<Vec<_>>().join(" ")
            }
        }
    }

    /// The stored form; none for nobody.
    #[must_use]
    pub fn encode(&self) -> Option<String> {
        match self {
            Self::Nobody => None,
            Self::Everyone => Some(EVERYONE.to_owned()),
            Self::Targets { users, roles } => {
                let mut out = String::new();
                for (mark, ids) in [('u', users), ('r', roles)] {
                    for id in ids {
                        let _infallible = write!(out, "{mark}{id} ");
                    }
                }
                out.truncate(out.trim_end().len());
                Some(out)
            }
        }
    }

    /// The reverse of [`Pings::encode`]. What is not understood pings nobody.
    #[must_use]
    pub fn decode(text: &str) -> Self {
        if text == EVERYONE {
            return Self::Everyone;
        }
        let ids = |mark: char| {
            text.split(' ')
                .filter_map(|word| word.strip_prefix(mark)?.parse().ok())
                .collect()
        };
        Self::targets(ids('u'), ids('r')).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stored_form_is_read_back_and_nonsense_pings_nobody() {
        let both = Pings::targets(vec![7, 3, 7], vec![9]).unwrap();
        assert_eq!(both.encode().as_deref(), Some("u3 u7 r9"));
        for pings in [both, Pings::Everyone, Pings::targets(vec![], vec![1]).unwrap()] {
            assert_eq!(Pings::decode(&pings.encode().unwrap()), pings);
        }
        assert_eq!(Pings::Nobody.encode(), None);
        assert_eq!(Pings::decode("x u-1 r everyone"), Pings::Nobody);
    }

    #[test]
    fn everyone_stays_alone_and_a_merge_keeps_the_limit() {
        let one = Pings::targets(vec![1], vec![]).unwrap();
        let two = Pings::targets(vec![2], vec![3]).unwrap();
        assert_eq!(
            one.merged(&two),
            Some(Pings::targets(vec![1, 2], vec![3]).unwrap())
        );
        assert_eq!(one.merged(&Pings::Nobody), Some(one.clone()));
        assert_eq!(one.merged(&Pings::Everyone), None);
        let many = Pings::targets((1000..1100).collect(), vec![]).unwrap();
        assert_eq!(many.merged(&one), None);
        assert_eq!(Pings::targets((0..101).collect(), vec![]), Err(TooManyPings));
    }
}
