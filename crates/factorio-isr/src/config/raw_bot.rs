//! `bot:` as it was written.
//!
//! Owns its keys and, in the comments of the fields, their description for editors. Must not know whether a token is one:
//! the text stays marked as the secret it may be. Nothing here fails; see `keys.rs`.

use super::findings::Field;
use super::keys::Keys;
use super::raw_rcon::secret;
use super::raw_routes::Texts;
#[cfg(feature = "schema")]
use super::schema as shape;

/// The Discord bot: it posts in channels without a webhook, and what people write there reaches the game.
#[derive(Default)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(deny_unknown_fields, title = "bot")
)]
pub(crate) struct RawBot {
    /// The bot's token, best as `${NAME}`. Better still: leave it out and use `token_file` or the secret
    /// `DISCORD_BOT_TOKEN`. Without a token there is no bot.
    #[cfg_attr(feature = "schema", schemars(with = "Option<String>"))]
    pub(crate) token: Field,
    /// A file that holds the token.
    #[cfg_attr(feature = "schema", schemars(with = "Option<String>"))]
    pub(crate) token_file: Field,
    /// Ids of the Discord servers that the bot heeds. Default: all that it is in; commands work
    /// then only while it is in one.
    #[cfg_attr(feature = "schema", schemars(with = "Option<shape::Ids>"))]
    pub(crate) guilds: Texts,
    /// Show beside the bot's name who is online. Default: on.
    #[cfg_attr(feature = "schema", schemars(with = "Option<shape::OnOff>"))]
    pub(crate) presence: Field,
    /// Under whose name players' chat stands in the bot's channels: `bot`, its own, or `webhook`, the player's, through a webhook
    /// that the bot makes there; it needs Manage Webhooks. Default: bot.
    #[cfg_attr(feature = "schema", schemars(with = "Option<shape::BotIdentity>"))]
    pub(crate) identity: Field,
    /// Id of a channel in which nobody else writes: a message there shows which of several copies on several machines speaks
    /// for the bot, and the others stand by. Default: none, copies do not know of each other.
    #[cfg_attr(feature = "schema", schemars(with = "Option<shape::Id>"))]
    pub(crate) lease_channel_id: Field,
    /// Address of Discord's API, for a proxy of yours. Default: `https://discord.com/api/v10`.
    #[cfg_attr(feature = "schema", schemars(with = "Option<String>"))]
    pub(crate) api: Field,
    /// Address of Discord's gateway, for a proxy of yours. Default: the one that the API names.
    #[cfg_attr(feature = "schema", schemars(with = "Option<String>"))]
    pub(crate) gateway: Field,
    /// Address at which sessions are resumed, for a proxy of yours. Default: the one that the gateway names.
    #[cfg_attr(feature = "schema", schemars(with = "Option<String>"))]
    pub(crate) resume: Field,
}

impl RawBot {
    /// Reads the section.
    pub(crate) fn read(keys: &mut Keys<'_>) -> Self {
        let node = keys.node("bot");
        let mut keys = Keys::of(node, "bot", keys.path(), keys.findings);
        let raw = Self {
            token: secret(keys.scalar("token")),
            token_file: keys.scalar("token_file"),
            guilds: keys.texts("guilds"),
            presence: keys.scalar("presence"),
            identity: keys.scalar("identity"),
            lease_channel_id: keys.scalar("lease_channel_id"),
            api: keys.scalar("api"),
            gateway: keys.scalar("gateway"),
            resume: keys.scalar("resume"),
        };
        keys.finish();
        raw
    }
}
