//! What a client did that Discord forbids, or that we promise never to do.
//!
//! Owns the names of the rules. Cannot fail.

use std::fmt;

/// A rule that was broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rule {
    /// An unknown method, path or API version.
    Route,
    /// `User-Agent` is not `DiscordBot (URL, VERSION)`.
    UserAgent,
    /// `Content-Type` is neither `application/json` nor `multipart/form-data`.
    ContentType,
    /// `wait` is missing, false or not a boolean: a message that is not saved would give no error.
    Wait,
    /// The body is not a JSON object.
    Json,
    /// A field that Discord does not know and would silently ignore.
    UnknownField,
    /// `allowed_mentions` is missing: Discord's default pings users.
    MentionsMissing,
    /// `allowed_mentions` contradicts itself or is malformed.
    Mentions,
    /// The text is empty, too long, or not a text.
    Content,
    /// The name is empty, too long, or forbidden.
    Username,
    /// The name holds what user names may not hold, which is prudent to keep to: `@`, `#`, `:`, three back-ticks.
    UsernameImprudent,
    /// The picture is not a web address of at most 2,048 characters.
    AvatarUrl,
    /// A flag that a webhook may not set.
    Flags,
    /// An embed is malformed or beyond a limit.
    Embeds,
    /// A file is malformed, beyond a limit or not described.
    Attachments,
    /// The thread is unknown, or `thread_name` stands where it may not.
    Thread,
    /// A bot's message without `nonce` and `enforce_nonce`, or with a mark of more than 25 characters: a second attempt
    /// would post it twice.
    Nonce,
    /// A channel of direct messages is opened for nobody, or too soon after another one.
    Direct,
    /// An answer to an interaction is malformed.
    Interaction,
    /// A button or a row of them is malformed.
    Components,
    /// A channel is changed beyond a limit, or in what a relay has no business to change.
    Channel,
    /// A command is malformed.
    Commands,
    /// The request uses a part of Discord that this fake does not check.
    Unchecked,
}

/// One broken rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// Number of the request, from 1.
    pub request: u64,
    /// The rule.
    pub rule: Rule,
    /// What exactly.
    pub detail: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "request {}: {:?}: {}", self.request, self.rule, self.detail)
    }
}
