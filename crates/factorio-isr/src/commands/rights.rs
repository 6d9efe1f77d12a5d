//! What the bot may do in a channel, and what is missing.
//!
//! Owns the question that `doctor` and `init` share, and where to click in Discord. Asks only. Fails with the outcome of the
//! request that failed.

use isr_discord::permissions::{Member, in_channel, in_guild};
use isr_discord::{BotClient, ChannelFacts, GuildFacts, Outcome, Permission, Permissions};

/// Where the bot stands in a Discord server.
#[derive(Debug, Clone)]
pub(super) struct Standing {
    /// The server.
    pub(super) guild: GuildFacts,
    bot: u64,
    roles: Vec<u64>,
}

impl Standing {
    /// Asks for the server and for the roles of the bot.
    ///
    /// # Errors
    /// The outcome of the request that failed.
    pub(super) async fn ask(client: &BotClient, bot: u64, guild: u64) -> Result<Self, Outcome> {
        Ok(Self {
            guild: client.guild(guild).await?,
            roles: client.own_roles(guild).await?,
            bot,
        })
    }

    fn member(&self) -> Member<'_> {
        Member {
            guild: self.guild.id,
            owner: self.guild.owner,
            user: self.bot,
            roles: &self.roles,
        }
    }

    /// What it may do everywhere.
    pub(super) fn everywhere(&self) -> Permissions {
        in_guild(self.member(), &self.guild.roles)
    }

    /// What it may do in a channel; of a thread give its channel.
    pub(super) fn within(&self, channel: &ChannelFacts) -> Permissions {
        in_channel(self.member(), &self.guild.roles, &channel.overwrites)
    }
}

/// How much a permission matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Weight {
    /// Nothing arrives without it.
    Needed,
    /// This does not work without it.
    Useful(&'static str),
}

/// The permissions that are missing in a channel or thread, the worst first.
pub(super) fn missing(may: Permissions, channel: &ChannelFacts) -> Vec<(Permission, Weight)> {
    let write = if channel.is_thread() {
        (Permission::SendMessagesInThreads, Weight::Needed)
    } else {
        (Permission::SendMessages, Weight::Needed)
    };
    let wanted = [
        (Permission::ViewChannel, Weight::Needed),
        write,
        (
            Permission::ReadMessageHistory,
            Weight::Useful("what people wrote while the bot was away is not said in the game"),
        ),
        (
            Permission::EmbedLinks,
            Weight::Useful("the card and alerts show nothing"),
        ),
        (Permission::AttachFiles, Weight::Useful("pictures are not posted")),
        (
            Permission::AddReactions,
            Weight::Useful("nobody sees which message did not reach the game"),
        ),
    ];
    let lacks = wanted.into_iter().filter(|(permission, _)| !may.has(*permission));
    // Without the first one all others are missing too, and giving it may be enough.
    if may.has(Permission::ViewChannel) {
        lacks.collect()
    } else {
        lacks.take(1).collect()
    }
}

/// What is missing for a topic that tells of servers. The bot is not invited with it.
pub(super) fn missing_for_topic(may: Permissions) -> Option<(Permission, Weight)> {
    let lacks = !may.has(Permission::ManageChannels);
    let wanted = (
        Permission::ManageChannels,
        Weight::Useful("its topic does not tell of the servers"),
    );
    lacks.then_some(wanted)
}

/// What is missing for chat under players' names. The bot is not invited with it.
pub(super) fn missing_for_names(may: Permissions) -> Option<(Permission, Weight)> {
    let lacks = !may.has(Permission::ManageWebhooks);
    let wanted = (
        Permission::ManageWebhooks,
        Weight::Useful("it posts players' chat under its own name"),
    );
    lacks.then_some(wanted)
}

/// Where to click.
pub(super) fn remedy(bot: &str, permission: Permission) -> String {
    format!(
        "in Discord: right-click the channel, Edit Channel, Permissions, Add members or roles, choose {bot}, and switch on {permission}"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn channel(kind: u64) -> ChannelFacts {
        ChannelFacts {
            kind,
            ..ChannelFacts::default()
        }
    }

    #[test]
    fn the_missing_permission_is_named_and_an_unseen_channel_names_only_that() {
        let all = Permissions::of(&Permission::INVITED);
        assert_eq!(missing(all, &channel(0)), []);
        assert_eq!(missing(all, &channel(11)), []);
        let unseen = missing(Permissions::default(), &channel(0));
        assert_eq!(unseen, [(Permission::ViewChannel, Weight::Needed)]);
        let mute = Permissions::of(&[Permission::ViewChannel, Permission::SendMessagesInThreads]);
        assert_eq!(
            missing(mute, &channel(0))[0],
            (Permission::SendMessages, Weight::Needed)
        );
        assert!(
            missing(mute, &channel(11))
                .iter()
                .all(|(_, weight)| *weight != Weight::Needed)
        );
    }
}
