//! Who may use which command.
//!
//! Owns the three levels, what Discord's permission bits are worth when nothing is configured, and how the settings of a
//! server lie over the common ones. Must not know where a setting was written. Cannot fail: whoever is unknown is
//! refused.

use std::collections::BTreeMap;
use std::fmt;

use super::tree::Verb;

/// `KICK_MEMBERS`, `BAN_MEMBERS` and `MODERATE_MEMBERS` of Discord.
const MODERATORS: u64 = 1 << 1 | 1 << 2 | 1 << 40;
/// `ADMINISTRATOR` and `MANAGE_GUILD` of Discord.
const ADMINISTRATORS: u64 = 1 << 3 | 1 << 5;

/// What a person may do; each level includes those before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Look.
    View,
    /// Deal with players.
    Moderate,
    /// Change the server.
    Administer,
}

impl Level {
    /// All of them, the least first.
    pub const ALL: [Self; 3] = [Self::View, Self::Moderate, Self::Administer];

    /// The name in the configuration.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::View => "view",
            Self::Moderate => "moderate",
            Self::Administer => "administer",
        }
    }

    /// The reverse of [`Level::as_str`].
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|level| level.as_str() == name)
    }

    /// Whether Discord's permission bits are worth this level.
    const fn is_held_by(self, bits: u64) -> bool {
        match self {
            Self::View => true,
            Self::Moderate => bits & (MODERATORS | ADMINISTRATORS) != 0,
            Self::Administer => bits & ADMINISTRATORS != 0,
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Who asks, as Discord tells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asker<'a> {
    /// The user's id.
    pub user: u64,
    /// The ids of the roles.
    pub roles: &'a [u64],
    /// The permission bits in the channel; `None` where Discord did not say.
    pub permissions: Option<u64>,
}

/// What one command needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Needed {
    /// At least this level.
    Level(Level),
    /// Nobody may use it.
    Nobody,
}

/// Who may do what, as the configuration says it. What it leaves out is decided by Discord's own permissions.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Permissions {
    /// The ids of roles and users that have a level. A level that is named belongs to these, and to those of the levels
    /// above it; nobody else has it, whatever Discord says.
    pub holders: BTreeMap<Level, Vec<u64>>,
    /// Commands that need something else than usual.
    pub commands: BTreeMap<Verb, Needed>,
}

/// Why somebody may not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Denied {
    /// It needs this level.
    Needs(Level),
    /// The configuration switched it off.
    SwitchedOff,
}

impl Permissions {
    /// These settings with stronger ones laid over them: those of one server.
    #[must_use]
    pub fn with(&self, stronger: &Self) -> Self {
        let mut laid = self.clone();
        laid.holders.extend(stronger.holders.clone());
        laid.commands.extend(stronger.commands.clone());
        laid
    }

    /// What a command needs here.
    #[must_use]
    pub fn needed(&self, verb: Verb) -> Needed {
        self.commands
            .get(&verb)
            .copied()
            .unwrap_or(Needed::Level(verb.spec().level))
    }

    /// Whether somebody may use a command.
    ///
    /// # Errors
    /// [`Denied`] when not.
    pub fn judge(&self, verb: Verb, asker: &Asker<'_>) -> Result<(), Denied> {
        match self.needed(verb) {
            Needed::Nobody => Err(Denied::SwitchedOff),
            Needed::Level(level) if self.has(level, asker) => Ok(()),
            Needed::Level(level) => Err(Denied::Needs(level)),
        }
    }

    /// Whether somebody has a level.
    #[must_use]
    pub fn has(&self, level: Level, asker: &Asker<'_>) -> bool {
        Level::ALL
            .into_iter()
            .filter(|above| *above >= level)
            .any(|above| match self.holders.get(&above) {
                Some(ids) => ids.iter().any(|id| *id == asker.user || asker.roles.contains(id)),
                None => asker.permissions.is_some_and(|bits| above.is_held_by(bits)),
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOBODY: Asker<'_> = Asker {
        user: 1,
        roles: &[],
        permissions: Some(1 << 10 | 1 << 11),
    };

    fn with_bits(bits: u64) -> Asker<'static> {
        Asker {
            permissions: Some(bits),
            ..NOBODY
        }
    }

    #[test]
    fn without_settings_discords_permissions_decide() {
        let usual = Permissions::default();
        let levels = |bits| Level::ALL.map(|level| usual.has(level, &with_bits(bits)));
        assert_eq!(levels(0), [true, false, false]);
        for bit in [1, 2, 40] {
            assert_eq!(levels(1 << bit), [true, true, false], "{bit}");
        }
        for bit in [3, 5] {
            assert_eq!(levels(1 << bit), [true, true, true], "{bit}");
        }
        // MANAGE_MESSAGES, MANAGE_ROLES, MENTION_EVERYONE are worth nothing here.
        assert_eq!(levels(1 << 13 | 1 << 28 | 1 << 17), [true, false, false]);
    }

    #[test]
    fn without_a_word_of_discord_about_them_nobody_has_anything() {
        let unknown = Asker {
            permissions: None,
            ..NOBODY
        };
        let usual = Permissions::default();
        assert!(Level::ALL.iter().all(|level| !usual.has(*level, &unknown)));
    }

    #[test]
    fn a_level_that_is_named_belongs_to_who_is_named() {
        let named = Permissions {
            holders: [(Level::Administer, vec![7]), (Level::Moderate, vec![8])].into(),
            ..Permissions::default()
        };
        let role = Asker {
            roles: &[5, 7],
            ..NOBODY
        };
        let user = Asker { user: 8, ..NOBODY };
        assert!(named.has(Level::Administer, &role) && named.has(Level::Moderate, &role));
        assert!(named.has(Level::Moderate, &user) && !named.has(Level::Administer, &user));
        // Not even Discord's administrators.
        assert!(!named.has(Level::Administer, &with_bits(1 << 3)));
        assert!(!named.has(Level::Moderate, &with_bits(1 << 3)));
        assert!(named.has(Level::View, &NOBODY));
        let empty = Permissions {
            holders: [(Level::View, Vec::new())].into(),
            ..Permissions::default()
        };
        assert!(!empty.has(Level::View, &NOBODY));
        assert!(
            empty.has(Level::View, &with_bits(1 << 40)),
            "a higher level includes it"
        );
    }

    #[test]
    fn a_command_may_need_something_else_and_a_server_decides_last() {
        let common = Permissions {
            commands: [
                (Verb::Kick, Needed::Level(Level::Administer)),
                (Verb::Seed, Needed::Nobody),
            ]
            .into(),
            ..Permissions::default()
        };
        let moderator = with_bits(1 << 1);
        assert_eq!(
            common.judge(Verb::Kick, &moderator),
            Err(Denied::Needs(Level::Administer))
        );
        assert_eq!(common.judge(Verb::Seed, &moderator), Err(Denied::SwitchedOff));
        assert_eq!(common.judge(Verb::Mute, &moderator), Ok(()));
        let server = Permissions {
            commands: [(Verb::Kick, Needed::Level(Level::View))].into(),
            holders: [(Level::Moderate, vec![9])].into(),
        };
        let laid = common.with(&server);
        assert_eq!(laid.judge(Verb::Kick, &NOBODY), Ok(()));
        assert_eq!(
            laid.judge(Verb::Mute, &moderator),
            Err(Denied::Needs(Level::Moderate))
        );
        assert_eq!(
            laid.judge(Verb::Seed, &with_bits(1 << 3)),
            Err(Denied::SwitchedOff)
        );
    }
}
