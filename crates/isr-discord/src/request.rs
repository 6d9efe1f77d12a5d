//! The message of one webhook request: a new one, or the new text of one that is there.
//!
//! Owns the body's form (Discord's "execute webhook" and "edit webhook message") and the last, cheap check of its
//! limits: texts come from `isr-core`, whose types keep them, so a fault found here is a fault of ours and costs one
//! delivery, never a request. Every body carries `allowed_mentions`, and by default nobody can be pinged.

mod embed;
mod mentions;
mod multipart;

use std::sync::Arc;

use isr_core::delivery::Pings;
use serde::Serialize;

pub use self::embed::{EMBED_LIMIT, EMBEDS_LENGTH_LIMIT, Embed, EmbedFault};
use self::mentions::MentionsForm;
pub(crate) use self::multipart::Encoded;
use crate::buttons::Buttons;
use crate::nonce::Nonce;

/// Discord's limit on `content`, in code points.
pub const CONTENT_LIMIT: usize = 2000;
/// Discord's limit on `username`, in code points.
pub const USERNAME_LIMIT: usize = 80;
/// Discord's limit on `avatar_url`, in code points.
pub const AVATAR_URL_LIMIT: usize = 2048;
/// Discord's limit on the description of a file, in code points; what is longer is cut.
pub const DESCRIPTION_LIMIT: usize = 1024;
/// Discord's limit on a file without boosts, in bytes.
pub const FILE_LIMIT: usize = 10 << 20;
/// How a PNG file begins.
const PNG_MAGIC: &[u8] = b"\x89PNG\r\n\x1a\n";
/// The name of a picture's file.
const PICTURE_NAME: &str = "picture.png";
/// Message flag 1 << 2. It hides a message's own embeds as well.
const SUPPRESS_EMBEDS: u32 = 1 << 2;
/// Message flag 1 << 12: nobody's device rings or shows it by itself.
const SUPPRESS_NOTIFICATIONS: u32 = 1 << 12;

/// One message to post.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebhookRequest<'a> {
    /// The text: at most 2,000 code points; it may be blank only beside embeds or a picture.
    pub content: &'a str,
    /// The name to post under: 1 to 80 code points; the webhook's own when absent.
    pub username: Option<&'a str>,
    /// The picture to post under: an `http` or `https` address of at most 2,048 code points.
    pub avatar_url: Option<&'a str>,
    /// Who may be pinged.
    pub mentions: Pings,
    /// Whether links in the text unfold. They do beside embeds, whatever is said here.
    pub previews: LinkPreviews,
    /// At most 10, 6,000 code points together.
    pub embeds: Vec<Embed>,
    /// A picture below the text.
    pub picture: Option<PictureFile>,
}

/// A PNG file that goes with a message.
#[derive(Clone, PartialEq, Eq)]
pub struct PictureFile {
    /// The file's bytes.
    pub png: Arc<[u8]>,
    /// What it shows, in words, for those who do not see it.
    pub description: String,
}

impl std::fmt::Debug for PictureFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "PictureFile({} bytes)", self.png.len())
    }
}

/// What a message that is there shows instead; everything else of it stays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebhookEdit<'a> {
    /// The text, where it changes: 1 to 2,000 code points, not only white space.
    pub content: Option<&'a str>,
    /// The embeds, where they change: at most 10, 6,000 code points together. Empty: they stay.
    pub embeds: Vec<Embed>,
    /// Who may be pinged: Discord reads the mentions of an edited text anew.
    pub mentions: Pings,
}

impl<'a> WebhookRequest<'a> {
    /// A message under the webhook's own name and picture that pings nobody.
    #[must_use]
    pub fn new(content: &'a str) -> Self {
        Self {
            content,
            username: None,
            avatar_url: None,
            mentions: Pings::Nobody,
            previews: LinkPreviews::Show,
            embeds: Vec::new(),
            picture: None,
        }
    }

    /// The body on the wire.
    pub(crate) fn encode(&self) -> Result<Encoded, RequestFault> {
        self.encode_with(None, &Buttons::none(), Ringing::Usual)
    }

    /// The same with what only a bot's message has: Discord takes no buttons from other webhooks.
    pub(crate) fn encode_with(
        &self,
        nonce: Option<&Nonce>,
        buttons: &Buttons,
        ringing: Ringing,
    ) -> Result<Encoded, RequestFault> {
        self.check()?;
        let hides_previews = self.previews == LinkPreviews::Hide && self.embeds.is_empty();
        let flags = [
            (hides_previews, SUPPRESS_EMBEDS),
            (ringing == Ringing::Never, SUPPRESS_NOTIFICATIONS),
        ];
        let flags = flags
            .iter()
            .filter(|(is_set, _)| *is_set)
            .map(|(_, flag)| flag)
            .sum();
        let form = BodyForm {
            content: Some(self.content).filter(|content| !content.trim().is_empty()),
            username: self.username,
            avatar_url: self.avatar_url,
            embeds: &self.embeds,
            allowed_mentions: MentionsForm::from(&self.mentions),
            attachments: self.picture.iter().map(AttachmentForm::of).collect(),
            components: (!buttons.is_empty()).then(|| buttons.rows()),
            flags: Some(flags).filter(|flags| *flags != 0),
            nonce,
            enforce_nonce: nonce.map(|_| true),
        };
        let json = serde_json::to_vec(&form).map_err(|_| RequestFault::Encoding)?;
        Ok(match &self.picture {
            None => Encoded::json(json),
            Some(picture) => Encoded::with_png(&json, PICTURE_NAME, &picture.png),
        })
    }

    fn check(&self) -> Result<(), RequestFault> {
        if self.embeds.is_empty() && self.picture.is_none() && self.content.trim().is_empty() {
            return Err(RequestFault::EmptyContent);
        }
        if longer_than(self.content, CONTENT_LIMIT) {
            return Err(RequestFault::LongContent);
        }
        check_embeds(&self.embeds)?;
        if let Some(picture) = &self.picture
            && (picture.png.len() > FILE_LIMIT || !picture.png.starts_with(PNG_MAGIC))
        {
            return Err(RequestFault::Picture);
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

impl<'a> WebhookEdit<'a> {
    /// Another text; it pings nobody.
    #[must_use]
    pub const fn text(content: &'a str) -> Self {
        Self {
            content: Some(content),
            embeds: Vec::new(),
            mentions: Pings::Nobody,
        }
    }

    /// The body on the wire.
    pub(crate) fn encode(&self) -> Result<Encoded, RequestFault> {
        self.encode_over(None)
    }

    /// The same with buttons, which only a bot's message has.
    pub(crate) fn encode_over(&self, buttons: Option<&Buttons>) -> Result<Encoded, RequestFault> {
        let is_blank = |content: &str| content.trim().is_empty();
        if self.content.map_or(self.embeds.is_empty(), is_blank) {
            return Err(RequestFault::EmptyContent);
        }
        if self
            .content
            .is_some_and(|content| longer_than(content, CONTENT_LIMIT))
        {
            return Err(RequestFault::LongContent);
        }
        check_embeds(&self.embeds)?;
        let form = EditForm {
            content: self.content,
            embeds: &self.embeds,
            components: buttons.map(Buttons::rows),
            allowed_mentions: MentionsForm::from(&self.mentions),
        };
        serde_json::to_vec(&form)
            .map(Encoded::json)
            .map_err(|_| RequestFault::Encoding)
    }
}

fn check_embeds(embeds: &[Embed]) -> Result<(), RequestFault> {
    let length: usize = embeds.iter().map(Embed::length).sum();
    if embeds.len() > EMBED_LIMIT || length > EMBEDS_LENGTH_LIMIT {
        return Err(RequestFault::Embeds);
    }
    Ok(())
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
    #[error("the message has more than 10 embeds, or more than 6000 characters in them")]
    Embeds,
    #[error("the picture is no PNG file, or larger than 10 MiB")]
    Picture,
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

/// Whether a message makes devices ring.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Ringing {
    /// As people have set it for its place: a direct message rings.
    #[default]
    Usual,
    /// It does not (`SUPPRESS_NOTIFICATIONS`).
    Never,
}

#[derive(Serialize)]
struct BodyForm<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    content: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    username: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    avatar_url: Option<&'a str>,
    #[serde(skip_serializing_if = "<[Embed]>::is_empty")]
    embeds: &'a [Embed],
    allowed_mentions: MentionsForm,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    attachments: Vec<AttachmentForm>,
    #[serde(skip_serializing_if = "Option::is_none")]
    components: Option<serde_json::Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    flags: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    nonce: Option<&'a Nonce>,
    #[serde(skip_serializing_if = "Option::is_none")]
    enforce_nonce: Option<bool>,
}

#[derive(Serialize)]
struct AttachmentForm {
    /// The number in the name of its part; an id is always a text, as Discord's description of the API has it.
    id: &'static str,
    filename: &'static str,
    #[serde(skip_serializing_if = "String::is_empty")]
    description: String,
}

impl AttachmentForm {
    fn of(picture: &PictureFile) -> Self {
        Self {
            id: "0",
            filename: PICTURE_NAME,
            description: picture.description.chars().take(DESCRIPTION_LIMIT).collect(),
        }
    }
}

#[derive(Serialize)]
struct EditForm<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    content: Option<&'a str>,
    #[serde(skip_serializing_if = "<[Embed]>::is_empty")]
    embeds: &'a [Embed],
    #[serde(skip_serializing_if = "Option::is_none")]
    components: Option<serde_json::Value>,
    allowed_mentions: MentionsForm,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(request: &WebhookRequest<'_>) -> String {
        String::from_utf8(request.encode().unwrap().body.to_vec()).unwrap()
    }

    #[test]
    fn d10_every_body_forbids_mentions_unless_told_otherwise() {
        let plain = WebhookRequest::new("@everyone <@&1> \"quoted\"\u{202e}");
        assert_eq!(
            json(&plain),
            "{\"content\":\"@everyone <@&1> \\\"quoted\\\"\u{202e}\",\"allowed_mentions\":{\"parse\":[]}}"
        );
        let targets = Pings::targets(vec![5, 5, 3], vec![9]).unwrap();
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
            mentions: Pings::Everyone,
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
        let too_many = WebhookRequest {
            mentions: Pings::Targets {
                users: (0..101).collect(),
                roles: vec![7],
            },
            ..WebhookRequest::new("x")
        };
        assert!(json(&too_many).contains(r#""allowed_mentions":{"parse":[]}"#));
    }

    #[test]
    fn embeds_and_pictures_are_within_their_limits_and_show() {
        let embed = Embed::parse(r#"{"title":"hi","description":"there"}"#).unwrap();
        let request = WebhookRequest {
            embeds: vec![embed.clone()],
            previews: LinkPreviews::Hide,
            ..WebhookRequest::new("")
        };
        // The flag against previews would hide the embed too.
        assert_eq!(
            json(&request),
            r#"{"embeds":[{"description":"there","title":"hi"}],"allowed_mentions":{"parse":[]}}"#
        );
        let many = WebhookRequest {
            embeds: vec![embed; 11],
            ..WebhookRequest::new("")
        };
        assert_eq!(many.encode(), Err(RequestFault::Embeds));
        let long = Embed::parse(&format!(r#"{{"description":"{}"}}"#, "x".repeat(3001))).unwrap();
        let together = WebhookRequest {
            embeds: vec![long.clone(), long],
            ..WebhookRequest::new("")
        };
        assert_eq!(together.encode(), Err(RequestFault::Embeds));
        let picture = |png: &[u8]| WebhookRequest {
            picture: Some(PictureFile {
                png: png.into(),
                description: "d".repeat(2000),
            }),
            ..WebhookRequest::new("")
        };
        assert_eq!(picture(b"GIF89a").encode(), Err(RequestFault::Picture));
        let good = picture(PNG_MAGIC).encode().unwrap();
        assert!(good.content_type.starts_with("multipart/form-data; boundary="));
        let body = String::from_utf8_lossy(&good.body).into_owned();
        let listed = format!(
            r#""attachments":[{{"id":"0","filename":"picture.png","description":"{}"}}]"#,
            "d".repeat(1024)
        );
        assert!(body.contains(&listed), "{body}");
    }

    #[test]
    fn d10_an_edit_names_who_may_be_pinged_as_well() {
        let edit = WebhookEdit::text("@everyone");
        let body = edit.encode().unwrap().body;
        assert_eq!(
            &body[..],
            br#"{"content":"@everyone","allowed_mentions":{"parse":[]}}"#
        );
        assert_eq!(WebhookEdit::text(" ").encode(), Err(RequestFault::EmptyContent));
        let embed = Embed::parse(r#"{"title":"hi"}"#).unwrap();
        let edit = WebhookEdit {
            content: None,
            embeds: vec![embed.clone()],
            ..edit
        };
        assert_eq!(
            &edit.encode().unwrap().body[..],
            br#"{"embeds":[{"title":"hi"}],"allowed_mentions":{"parse":[]}}"#
        );
        let many = WebhookEdit {
            embeds: vec![embed; 11],
            ..edit.clone()
        };
        assert_eq!(many.encode(), Err(RequestFault::Embeds));
        let nothing = WebhookEdit {
            embeds: Vec::new(),
            ..edit
        };
        assert_eq!(nothing.encode(), Err(RequestFault::EmptyContent));
    }
}
