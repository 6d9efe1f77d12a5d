//! The message of one webhook request.
//!
//! Owns the body's form (Discord's "execute webhook") and the last, cheap check of its limits: texts come from
//! `isr-core`, whose types keep them, so a fault found here is a fault of ours and costs one delivery, never a
//! request. Every body carries `allowed_mentions`, and by default nobody can be pinged.

use bytes::Bytes;
use serde::Serialize;

/// Discord's limit on `content`, in code points.
pub const CONTENT_LIMIT: usize = 2000;
/// Discord's limit on `username`, in code points.
pub const USERNAME_LIMIT: usize = 80;
/// Discord's limit on `avatar_url`, in code points.
pub const AVATAR_URL_LIMIT: usize = 2048;
/// How many users, and how many roles, one message may ping.
pub const TARGET_LIMIT: usize = 100;
/// Message flag 1 << 2.
const SUPPRESS_EMBEDS: u32 = 1 << 2;

/// One message to post.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebhookRequest<'a> {
    /// The text: 1 to 2,000 code points, not only white space.
    pub content: &'a str,
    /// The name to post under: 1 to 80 code points; the webhook's own when absent.
    pub username: Option<&'a str>,
    /// The picture to post under: an `http` or `https` address of at most 2,048 code points.
    pub avatar_url: Option<&'a str>,
    /// Who may be pinged.
    pub mentions: AllowedMentions,
    /// Whether links in the text unfold.
    pub previews: LinkPreviews,
}

impl<'a> WebhookRequest<'a> {
    /// A message under the webhook's own name and picture that pings nobody.
    #[must_use]
    pub fn new(content: &'a str) -> Self {
        Self {
            content,
            username: None,
            avatar_url: None,
            mentions: AllowedMentions::none(),
            previews: LinkPreviews::Show,
        }
    }

    /// The JSON body.
    pub(crate) fn encode(&self) -> Result<Bytes, RequestFault> {
        self.check()?;
        let body = BodyForm {
            content: self.content,
            username: self.username,
            avatar_url: self.avatar_url,
            allowed_mentions: self.mentions.form(),
            flags: match self.previews {
                LinkPreviews::Show => None,
                LinkPreviews::Hide => Some(SUPPRESS_EMBEDS),
            },
        };
        serde_json::to_vec(&body)
            .map(Bytes::from)
            .map_err(|_| RequestFault::Encoding)
    }

    fn check(&self) -> Result<(), RequestFault> {
        if self.content.trim().is_empty() {
            return Err(RequestFault::EmptyContent);
        }
        if longer_than(self.content, CONTENT_LIMIT) {
            return Err(RequestFault::LongContent);
        }
        if self
            .username
            .is_some_and(|name| name.trim().is_empty() || longer_than(name, USERNAME_LIMIT))
        {
            return Err(RequestFault::Username);
        }
        let bad_address = |address: &str| {
            let is_web = address.starts_with("https://") || address.starts_with("http://");
            !is_web || longer_than(address, AVATAR_URL_LIMIT) || address.chars().any(char::is_whitespace)
        };
        if self.avatar_url.is_some_and(bad_address) {
            return Err(RequestFault::AvatarUrl);
        }
        Ok(())
    }
}

fn longer_than(text: &str, limit: usize) -> bool {
    text.len() > limit && text.chars().count() > limit
}

/// A request that Discord would refuse.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum RequestFault {
    #[error("the message is empty")]
    EmptyContent,
    #[error("the message is longer than 2000 characters")]
    LongContent,
    #[error("the name to post under is empty or longer than 80 characters")]
    Username,
    #[error(
        "the avatar is not an http(s) address of at most 2048 characters; correct it in the configuration"
    )]
    AvatarUrl,
    #[error("the message cannot be written as JSON")]
    Encoding,
}

/// Whether links in a message unfold into previews.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LinkPreviews {
    /// They do: Discord's default.
    #[default]
    Show,
    /// They do not (`SUPPRESS_EMBEDS`).
    Hide,
}

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

    fn form(&self) -> MentionsForm {
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

#[derive(Serialize)]
struct BodyForm<'a> {
    content: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    username: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    avatar_url: Option<&'a str>,
    allowed_mentions: MentionsForm,
    #[serde(skip_serializing_if = "Option::is_none")]
    flags: Option<u32>,
}

#[derive(Default, Serialize)]
struct MentionsForm {
    parse: &'static [&'static str],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    users: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    roles: Vec<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(request: &WebhookRequest<'_>) -> String {
        String::from_utf8(request.encode().unwrap().to_vec()).unwrap()
    }

    #[test]
    fn d10_every_body_forbids_mentions_unless_told_otherwise() {
        let plain = WebhookRequest::new("@everyone <@&1> \"quoted\"\u{202e}");
        assert_eq!(
            json(&plain),
            "{\"content\":\"@everyone <@&1> \\\"quoted\\\"\u{202e}\",\"allowed_mentions\":{\"parse\":[]}}"
        );
        let targets = AllowedMentions::targets(&[5, 5, 3], &[9]).unwrap();
        let full = WebhookRequest {
            username: Some("Bob"),
            avatar_url: Some("https://example.org/a.png"),
            mentions: targets,
            previews: LinkPreviews::Hide,
            ..WebhookRequest::new("hi")
        };
        assert_eq!(
            json(&full),
            r#"{"content":"hi","username":"Bob","avatar_url":"https://example.org/a.png","allowed_mentions":{"parse":[],"users":["3","5"],"roles":["9"]},"flags":4}"#
        );
        let loud = WebhookRequest {
            mentions: AllowedMentions::everyone(),
            ..WebhookRequest::new("hi")
        };
        assert!(json(&loud).contains(r#""allowed_mentions":{"parse":["everyone"]}"#));
    }

    #[test]
    fn d09_limits_are_counted_in_code_points() {
        let (full, over) = ("😀".repeat(2000), "😀".repeat(2001));
        assert!(WebhookRequest::new(&full).encode().is_ok());
        assert_eq!(
            WebhookRequest::new(&over).encode(),
            Err(RequestFault::LongContent)
        );
        assert_eq!(
            WebhookRequest::new(" \n\t").encode(),
            Err(RequestFault::EmptyContent)
        );
        let (name, long_name) = ("é".repeat(80), "é".repeat(81));
        for (name, expected) in [
            (name.as_str(), true),
            (long_name.as_str(), false),
            (" ", false),
            ("", false),
        ] {
            let request = WebhookRequest {
                username: Some(name),
                ..WebhookRequest::new("x")
            };
            assert_eq!(request.encode().is_ok(), expected, "{name}");
        }
        for address in ["data:image/png", "https://a b", ""] {
            let request = WebhookRequest {
                avatar_url: Some(address),
                ..WebhookRequest::new("x")
            };
            assert_eq!(request.encode(), Err(RequestFault::AvatarUrl), "{address}");
        }
        let ids: Vec<u64> = (0..101).collect();
        assert_eq!(AllowedMentions::targets(&ids, &[]), Err(TooManyTargets));
    }
}
