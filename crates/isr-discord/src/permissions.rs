//! What somebody may do in a channel of a Discord server.
//!
//! Owns the bits that a relay needs, their names in Discord's settings, and Discord's documented way from roles and a
//! channel's overwrites to a verdict. Pure. Nothing here fails: what is unknown is not granted.

use std::fmt;

/// One permission that a relay may need.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Permission {
    /// Everything.
    Administrator,
    /// Make and change channels.
    ManageChannels,
    /// React to a message.
    AddReactions,
    /// See the channel at all.
    ViewChannel,
    /// Write in it; of no effect in threads.
    SendMessages,
    /// Embeds and previews.
    EmbedLinks,
    /// Pictures and other files.
    AttachFiles,
    /// Read what was written before.
    ReadMessageHistory,
    /// Make and read webhooks.
    ManageWebhooks,
    /// Write in the channel's threads and posts.
    SendMessagesInThreads,
    /// Pin messages; a part of *Manage Messages* until 2026.
    PinMessages,
}

impl Permission {
    /// What the bot is invited with: the least that everything works with.
    pub const INVITED: [Self; 7] = [
        Self::ViewChannel,
        Self::SendMessages,
        Self::SendMessagesInThreads,
        Self::EmbedLinks,
        Self::AttachFiles,
        Self::ReadMessageHistory,
        Self::AddReactions,
    ];

    const fn bit(self) -> u64 {
        1 << match self {
            Self::Administrator => 3,
            Self::ManageChannels => 4,
            Self::AddReactions => 6,
            Self::ViewChannel => 10,
            Self::SendMessages => 11,
            Self::EmbedLinks => 14,
            Self::AttachFiles => 15,
            Self::ReadMessageHistory => 16,
            Self::ManageWebhooks => 29,
            Self::SendMessagesInThreads => 38,
            Self::PinMessages => 51,
        }
    }

    /// Its name in the settings of a channel.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Administrator => "Administrator",
            Self::ManageChannels => "Manage Channels",
            Self::AddReactions => "Add Reactions",
            Self::ViewChannel => "View Channel",
            Self::SendMessages => "Send Messages",
            Self::EmbedLinks => "Embed Links",
            Self::AttachFiles => "Attach Files",
            Self::ReadMessageHistory => "Read Message History",
            Self::ManageWebhooks => "Manage Webhooks",
            Self::SendMessagesInThreads => "Send Messages in Threads",
            Self::PinMessages => "Pin Messages",
        }
    }
}

impl fmt::Display for Permission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A set of permissions, as Discord's bits.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Permissions(u64);

impl Permissions {
    /// All of them.
    pub const ALL: Self = Self(u64::MAX);

    /// Discord's bits.
    #[must_use]
    pub const fn from_bits(bits: u64) -> Self {
        Self(bits)
    }

    /// As Discord writes them.
    #[must_use]
    pub const fn bits(self) -> u64 {
        self.0
    }

    /// Exactly these.
    #[must_use]
    pub fn of(list: &[Permission]) -> Self {
        Self(list.iter().fold(0, |bits, permission| bits | permission.bit()))
    }

    /// Whether this one is among them.
    #[must_use]
    pub const fn has(self, permission: Permission) -> bool {
        self.0 & permission.bit() != 0
    }

    /// What this set and another one hold together.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// A role of a Discord server.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Role {
    /// Its id; that of everybody's role is the server's.
    pub id: u64,
    /// What it grants everywhere.
    pub grants: Permissions,
}

/// What a channel grants or denies to a role or a member.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Overwrite {
    /// The role or the user.
    pub id: u64,
    /// Granted in this channel.
    pub allow: Permissions,
    /// Denied in this channel.
    pub deny: Permissions,
}

/// Who is asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Member<'a> {
    /// The Discord server.
    pub guild: u64,
    /// Its owner.
    pub owner: Option<u64>,
    /// The user.
    pub user: u64,
    /// The roles that the user has there, beside everybody's.
    pub roles: &'a [u64],
}

/// What a member may do everywhere in the Discord server.
#[must_use]
pub fn in_guild(member: Member<'_>, roles: &[Role]) -> Permissions {
    if member.owner == Some(member.user) {
        return Permissions::ALL;
    }
    let own = roles
        .iter()
        .filter(|role| role.id == member.guild || member.roles.contains(&role.id));
    let granted = own.fold(Permissions::default(), |sum, role| sum.and(role.grants));
    if granted.has(Permission::Administrator) {
        return Permissions::ALL;
    }
    granted
}

/// What a member may do in a channel; of a thread give its channel's overwrites. In Discord's documented order: everybody,
/// the roles together, the member.
#[must_use]
pub fn in_channel(member: Member<'_>, roles: &[Role], overwrites: &[Overwrite]) -> Permissions {
    let everywhere = in_guild(member, roles);
    if everywhere == Permissions::ALL {
        return everywhere;
    }
    let of = |is_meant: &dyn Fn(u64) -> bool| {
        let meant = overwrites.iter().filter(|overwrite| is_meant(overwrite.id));
        meant.fold((0, 0), |(allow, deny), overwrite| {
            (allow | overwrite.allow.0, deny | overwrite.deny.0)
        })
    };
    let apply = |bits: u64, (allow, deny): (u64, u64)| (bits & !deny) | allow;
    let bits = apply(everywhere.0, of(&|id| id == member.guild));
    let bits = apply(bits, of(&|id| id != member.guild && member.roles.contains(&id)));
    let granted = Permissions(apply(bits, of(&|id| id == member.user)));
    if granted.has(Permission::ViewChannel) {
        granted
    } else {
        // Who does not see a channel can do nothing in it.
        Permissions::default()
    }
}

#[cfg(test)]
mod tests {
    use Permission::{AddReactions, Administrator, SendMessages, ViewChannel};

    use super::*;

    const GUILD: u64 = 1;
    const BOT: u64 = 50;
    const ROLE: u64 = 7;

    fn member(roles: &[u64]) -> Member<'_> {
        Member {
            guild: GUILD,
            owner: Some(99),
            user: BOT,
            roles,
        }
    }

    fn role(id: u64, list: &[Permission]) -> Role {
        Role {
            id,
            grants: Permissions::of(list),
        }
    }

    fn overwrite(id: u64, allow: &[Permission], deny: &[Permission]) -> Overwrite {
        Overwrite {
            id,
            allow: Permissions::of(allow),
            deny: Permissions::of(deny),
        }
    }

    #[test]
    fn the_invitation_asks_for_the_least_that_works() {
        assert_eq!(Permissions::of(&Permission::INVITED).bits(), 274_878_024_768);
    }

    #[test]
    fn overwrites_apply_to_everybody_then_roles_then_the_member() {
        let roles = [
            role(GUILD, &[ViewChannel]),
            role(ROLE, &[SendMessages]),
            role(8, &[Administrator]),
        ];
        let verdict = |overwrites: &[Overwrite]| in_channel(member(&[ROLE]), &roles, overwrites);
        assert!(verdict(&[]).has(SendMessages), "a role of others does not count");
        assert!(!verdict(&[]).has(AddReactions));
        // A role's grant is stronger than everybody's ban, and than the ban of another role.
        let private = overwrite(GUILD, &[], &[ViewChannel]);
        assert_eq!(verdict(&[private]), Permissions::default(), "unseen is unusable");
        let ours = overwrite(ROLE, &[ViewChannel], &[]);
        assert!(verdict(&[private, ours]).has(SendMessages));
        let mute = overwrite(ROLE, &[ViewChannel], &[SendMessages]);
        assert!(!verdict(&[private, mute]).has(SendMessages));
        // Of two roles the one that grants is the stronger.
        let second = overwrite(9, &[SendMessages], &[]);
        let both = in_channel(member(&[ROLE, 9]), &roles, &[second, mute, private]);
        assert!(both.has(SendMessages));
        // The member's own is the strongest, in whatever order they stand.
        let own = overwrite(BOT, &[SendMessages], &[]);
        assert!(verdict(&[own, mute, private]).has(SendMessages));
        let ban = overwrite(BOT, &[], &[SendMessages]);
        assert!(!verdict(&[ban, ours]).has(SendMessages));
        let strangers = [
            overwrite(8, &[], &[SendMessages]),
            overwrite(51, &[], &[ViewChannel]),
        ];
        assert!(verdict(&strangers).has(SendMessages));
    }

    #[test]
    fn administrators_and_the_owner_pass_every_check() {
        let roles = [role(GUILD, &[]), role(ROLE, &[Administrator])];
        let shut = [overwrite(GUILD, &[], &[ViewChannel])];
        assert_eq!(in_channel(member(&[ROLE]), &roles, &shut), Permissions::ALL);
        let owner = Member {
            owner: Some(BOT),
            ..member(&[])
        };
        assert_eq!(in_channel(owner, &roles, &shut), Permissions::ALL);
        assert_eq!(in_channel(member(&[]), &roles, &shut), Permissions::default());
    }
}
