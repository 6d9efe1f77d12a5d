//! Who may be pinged by a message.
//!
//! Owns the form of `allowed_mentions`. Fails where more are listed than Discord takes.

use isr_core::delivery::Pings;
use serde::Serialize;

/// How many users, and how many roles, one message may ping.
pub const TARGET_LIMIT: usize = 100;

/// Who may be pinged by a message. The text alone never decides.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AllowedMentions(Allowance);

#[derive(Debug, Clone, PartialEq, Eq, Default)]
enum Allowance {
    #[default]
    Nobody,
    Targets {
        users: Vec<u64>,
        roles: Vec<u64>,
    },
    Everyone,
}

/// More users or roles than one message may ping.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("one message may ping at most 100 users and 100 roles; list fewer of them")]
pub struct TooManyTargets;

impl AllowedMentions {
    /// Nobody: `{"parse": []}`.
    #[must_use]
    pub const fn none() -> Self {
        Self(Allowance::Nobody)
    }

    /// Exactly these users and roles. Ids listed twice count once.
    ///
    /// # Errors
    /// [`TooManyTargets`] above 100 users or 100 roles.
    pub fn targets(users: &[u64], roles: &[u64]) -> Result<Self, TooManyTargets> {
        let unique = |ids: &[u64]| {
            let mut ids = ids.to_vec();
            ids.sort_unstable();
            ids.dedup();
            if ids.len() <= TARGET_LIMIT {
                Ok(ids)
            } else {
                Err(TooManyTargets)
            }
        };
        Ok(Self(Allowance::Targets {
            users: unique(users)?,
            roles: unique(roles)?,
        }))
    }

    /// `@everyone` and `@here`. Only for a message of its own that holds no player text.
    #[must_use]
    pub const fn everyone() -> Self {
        Self(Allowance::Everyone)
    }

    pub(super) fn form(&self) -> MentionsForm {
        let text = |ids: &[u64]| ids.iter().map(u64::to_string).collect();
        match &self.0 {
            Allowance::Nobody => MentionsForm::default(),
            Allowance::Targets { users, roles } => MentionsForm {
                users: text(users),
                roles: text(roles),
                ..MentionsForm::default()
            },
            Allowance::Everyone => MentionsForm {
                parse: &["everyone"],
                ..MentionsForm::default()
            },
        }
    }
}

impl From<&Pings> for AllowedMentions {
    fn from(pings: &Pings) -> Self {
        match pings {
            Pings::Nobody => Self::none(),
            // The list keeps the limit already; were it ever longer, nobody is pinged.
            Pings::Targets { users, roles } => Self::targets(users, roles).unwrap_or_default(),
            Pings::Everyone => Self::everyone(),
        }
    }
}

#[derive(Default, Serialize)]
pub(super) struct MentionsForm {
    parse: &'static [&'static str],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    users: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    roles: Vec<String>,
}
