//! Why a text is not a webhook address, and what to do about it.
//!
//! The variants hold nothing of the input: it may be a secret.

/// Why a text is not a webhook address. The text of each names the remedy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WebhookUrlError {
    /// Nothing was given.
    #[error("the webhook address is empty; {COPY}")]
    Empty,
    /// Quotes or angle brackets around it.
    #[error("the webhook address stands in quotes or brackets; remove them")]
    Quoted,
    /// White space or a control character in it.
    #[error("the webhook address holds a space or a line break; remove it, or copy the address again")]
    Space,
    /// A character that no address holds.
    #[error("the webhook address holds a character that no address holds; {COPY}")]
    ForbiddenCharacter,
    /// A bot's token.
    #[error(
        "this looks like the token of a bot, not a webhook address; {COPY}, and reset the token if it was shared"
    )]
    BotToken,
    /// No `https://`.
    #[error("the webhook address lacks its beginning; write https:// before it")]
    NoScheme,
    /// Something that is no address at all.
    #[error("this is not a web address; {COPY}")]
    NotAnAddress,
    /// Neither `https` nor `http`.
    #[error("the webhook address begins with an unknown scheme; write https://")]
    OtherScheme,
    /// `http://` to another machine.
    #[error(
        "http:// would send the webhook's secret unencrypted; write https:// (http:// is for 127.0.0.1, [::1] and localhost)"
    )]
    PlainHttp,
    /// The port is not a number from 1 to 65535.
    #[error("the port of the webhook address is not a number from 1 to 65535; correct or remove it")]
    Port,
    /// `user@` before the host.
    #[error("the webhook address holds a user name before the host; {COPY}")]
    UserPart,
    /// The link of a channel or message.
    #[error("this is the link of a channel, not of a webhook; {COPY}")]
    ChannelLink,
    /// The link that invites a bot.
    #[error("this is the link that invites a bot, not a webhook; {COPY}")]
    BotInvite,
    /// The invitation to a Discord server.
    #[error("this is an invitation to a Discord server, not a webhook; {COPY}")]
    ServerInvite,
    /// A page of the developer portal.
    #[error("this is a page of the developer portal, not a webhook; {COPY}")]
    DeveloperPage,
    /// Some other address.
    #[error("this address does not lead to a webhook (…/api/webhooks/ID/TOKEN); {COPY}")]
    NotAWebhook,
    /// The id is missing.
    #[error("the webhook address ends before the webhook's id; {COPY}")]
    NoId,
    /// The id is not a number.
    #[error("the id in the webhook address is not a number; {COPY}")]
    BadId,
    /// The token is missing.
    #[error("the webhook address ends before the webhook's token; {COPY}")]
    NoToken,
    /// The token holds other characters than letters, digits, `_` and `-`.
    #[error("the token in the webhook address is not one that Discord hands out; {COPY}")]
    BadToken,
    /// `/slack` or `/github` at the end.
    #[error("the webhook address ends in /slack or /github, which takes another format; remove that ending")]
    OtherFormat,
    /// More path after the token.
    #[error("the webhook address goes on after the token; cut it after the token")]
    LongPath,
    /// `#…` at the end.
    #[error("the webhook address holds a '#'; cut it before that sign")]
    Fragment,
    /// `thread_id` is not a number, or given twice.
    #[error("thread_id in the webhook address is not one number; write ?thread_id= and the thread's id")]
    ThreadId,
}

/// The remedy that most of them share.
const COPY: &str = "copy the address in Discord: channel settings, Integrations, Webhooks, Copy Webhook URL";
