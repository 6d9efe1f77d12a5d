//! Who may be pinged by a message, as Discord wants it said.
//!
//! Owns the form of `allowed_mentions`: the text alone never decides. Cannot fail; a list that Discord would refuse,
//! which [`Pings::targets`] makes nobody build, pings nobody.

use isr_core::delivery::Pings;
use serde::Serialize;

/// How many users, and how many roles, one message may ping.
const TARGET_LIMIT: usize = 100;

/// `allowed_mentions`.
#[derive(Default, Serialize)]
pub(super) struct MentionsForm {
    parse: &'static [&'static str],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    users: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    roles: Vec<String>,
}

impl From<&Pings> for MentionsForm {
    fn from(pings: &Pings) -> Self {
        let text = |ids: &[u64]| ids.iter().map(u64::to_string).collect();
        match pings {
            Pings::Targets { users, roles } if users.len().max(roles.len()) <= TARGET_LIMIT => Self {
                users: text(users),
                roles: text(roles),
                ..Self::default()
            },
            Pings::Nobody | Pings::Targets { .. } => Self::default(),
            Pings::Everyone => Self {
                parse: &["everyone"],
                ..Self::default()
            },
        }
    }
}
