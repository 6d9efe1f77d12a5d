//! Checks the form of a message as Discord does, and a little harder.
//!
//! Owns the limits of webhook messages (Discord's documentation, and its OpenAPI description where that is silent).
//! Must not know webhooks or limits of rate. What Discord refuses comes back as a [`Refused`]; what it would let pass
//! although we promise not to do it is a violation only.

mod attachments;
mod components;
mod embeds;
mod mentions;

use bytes::Bytes;
use serde_json::{Map, Value};

use super::form_data::{self, Upload};
use super::violation::Rule;

pub(crate) use mentions::{Allowed, pinged};

/// Why a form is refused: answered with 400.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refused {
    pub(crate) code: u32,
    /// Path of the faulty field, empty for the whole form.
    pub(crate) path: String,
    /// Discord's name of the fault (`BASE_TYPE_MAX_LENGTH` …).
    pub(crate) fault: &'static str,
}

/// A form that was looked at.
#[derive(Debug, Default)]
pub(crate) struct Checked {
    pub(crate) broken: Vec<(Rule, String)>,
    pub(crate) refused: Option<Refused>,
    pub(crate) form: Form,
}

/// What matters of a good form.
#[derive(Debug, Default, Clone)]
pub(crate) struct Form {
    /// As Discord keeps it: without white space around it.
    pub(crate) content: Option<String>,
    pub(crate) username: Option<String>,
    pub(crate) allowed: Allowed,
    pub(crate) thread_name: Option<String>,
    pub(crate) flags: u64,
    pub(crate) embeds: Vec<Value>,
    /// Of an edit that names embeds: those that the message has from now on.
    pub(crate) edited_embeds: Option<Vec<Value>>,
    /// Rows of buttons, where the form names them.
    pub(crate) components: Option<Vec<Value>>,
    pub(crate) files: Vec<Upload>,
    /// The mark by which a second attempt is recognised, when that is asked for.
    pub(crate) nonce: Option<String>,
}

const INVALID_FORM: u32 = 50035;
const EMPTY_MESSAGE: u32 = 50006;
const INVALID_JSON: u32 = 50109;

const KNOWN: [&str; 12] = [
    "content",
    "username",
    "avatar_url",
    "tts",
    "embeds",
    "allowed_mentions",
    "components",
    "attachments",
    "flags",
    "thread_name",
    "applied_tags",
    "poll",
];
const UNCHECKED: [&str; 2] = ["poll", "applied_tags"];
/// What an edit may not change.
const ONLY_NEW: [&str; 5] = ["username", "avatar_url", "tts", "thread_name", "applied_tags"];

/// What only a bot's message has.
const ONLY_BOTS: [&str; 2] = ["nonce", "enforce_nonce"];
/// What only a webhook's message has.
const ONLY_WEBHOOKS: [&str; 4] = ["username", "avatar_url", "thread_name", "applied_tags"];
/// EPHEMERAL.
const EPHEMERAL: u64 = 1 << 6;
const SUPPRESS_NOTIFICATIONS: u64 = 1 << 12;
const IS_COMPONENTS_V2: u64 = 1 << 15;
/// SUPPRESS_EMBEDS among them.
const FLAGS: u64 = 1 << 2 | SUPPRESS_NOTIFICATIONS | IS_COMPONENTS_V2;

impl Checked {
    /// A rule is broken that Discord does not enforce.
    fn note(&mut self, rule: Rule, detail: impl Into<String>) {
        self.broken.push((rule, detail.into()));
    }

    /// Discord refuses the form; the first reason is answered.
    fn refuse(&mut self, rule: Rule, path: &str, fault: &'static str, detail: impl Into<String>) {
        self.broken.push((rule, detail.into()));
        self.refused.get_or_insert(Refused {
            code: INVALID_FORM,
            path: path.into(),
            fault,
        });
    }
}

/// Which form is expected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A message through a webhook that no application owns.
    NewMessage,
    /// Another text for such a message.
    Edit,
    /// Another text for a bot's message, or for an answer to an interaction.
    BotEdit,
    /// A bot's message in a channel.
    BotMessage,
    /// An answer to an interaction.
    Reply,
}

impl Kind {
    const fn is_edit(self) -> bool {
        matches!(self, Self::Edit | Self::BotEdit)
    }

    /// Whether an application sends it: from others Discord takes no buttons.
    const fn is_of_application(self) -> bool {
        matches!(self, Self::BotEdit | Self::BotMessage | Self::Reply)
    }
}

/// Takes a body apart by its `Content-Type` and checks it.
pub(crate) fn read(kind: Kind, content_type: &str, body: &Bytes) -> Checked {
    match form_data::read(content_type, body) {
        Ok(form) => check_with(kind, &form.json, form.files),
        Err(why) => {
            let mut checked = Checked::default();
            checked.refuse(Rule::Attachments, "files", "INVALID_FORM_DATA", why);
            checked
        }
    }
}

/// Checks a body of JSON alone.
#[cfg(test)]
pub(crate) fn check(kind: Kind, body: &[u8]) -> Checked {
    check_with(kind, body, Vec::new())
}

fn check_with(kind: Kind, body: &[u8], files: Vec<Upload>) -> Checked {
    let mut checked = Checked::default();
    let Ok(Value::Object(form)) = serde_json::from_slice::<Value>(body) else {
        checked.note(Rule::Json, "the body is not a JSON object");
        checked.refused = Some(Refused {
            code: INVALID_JSON,
            path: String::new(),
            fault: "INVALID_JSON",
        });
        return checked;
    };
    for name in form.keys() {
        let is_of_bots = kind == Kind::BotMessage && ONLY_BOTS.contains(&name.as_str());
        let is_of_webhooks = ONLY_WEBHOOKS.contains(&name.as_str());
        if is_of_bots {
            continue;
        }
        if !KNOWN.contains(&name.as_str())
            || (matches!(kind, Kind::BotMessage | Kind::Reply) && is_of_webhooks)
        {
            checked.note(Rule::UnknownField, format!("{name:?} would be ignored"));
        } else if UNCHECKED.contains(&name.as_str()) {
            checked.note(Rule::Unchecked, format!("{name:?} is not checked by this fake"));
        }
        if kind.is_edit() && ONLY_NEW.contains(&name.as_str()) {
            checked.note(Rule::UnknownField, format!("an edit cannot change {name:?}"));
        }
    }
    content(&mut checked, &form);
    username(&mut checked, &form);
    avatar(&mut checked, &form);
    flags(&mut checked, kind, &form);
    if kind == Kind::BotMessage {
        nonce(&mut checked, &form);
    }
    thread_name(&mut checked, &form);
    embeds::check(&mut checked, form.get("embeds"));
    attachments::check(&mut checked, kind, form.get("attachments"), &files);
    checked.form.files = files;
    mentions::check(&mut checked, kind, form.get("allowed_mentions"));
    if checked.form.flags & IS_COMPONENTS_V2 != 0 {
        checked.note(
            Rule::Unchecked,
            "the second version of components is not checked by this fake",
        );
    } else if kind.is_of_application() {
        components::check(&mut checked, form.get("components"));
    } else {
        components::refuse_any(&mut checked, form.get("components"));
    }
    if form.get("tts").is_some_and(|tts| !tts.is_boolean()) {
        checked.refuse(
            Rule::Content,
            "tts",
            "BASE_TYPE_BAD_TYPE",
            "tts is neither true nor false",
        );
    }
    if !kind.is_edit() && is_empty(&checked, &form) {
        checked.note(Rule::Content, "the message is empty");
        checked.refused.get_or_insert(Refused {
            code: EMPTY_MESSAGE,
            path: String::new(),
            fault: "EMPTY",
        });
    }
    checked
}

/// Needs one of content, embeds, components, file, poll.
fn is_empty(checked: &Checked, form: &Map<String, Value>) -> bool {
    let filled = |name: &str| match form.get(name) {
        Some(Value::Array(items)) => !items.is_empty(),
        Some(Value::Object(fields)) => !fields.is_empty(),
        _ => false,
    };
    checked.form.content.as_deref().is_none_or(str::is_empty)
        && checked.form.files.is_empty()
        && !["embeds", "components", "poll"].into_iter().any(filled)
}

/// A field that is absent, null or a text.
fn text<'a>(checked: &mut Checked, form: &'a Map<String, Value>, name: &str, rule: Rule) -> Option<&'a str> {
    match form.get(name) {
        None | Some(Value::Null) => None,
        Some(Value::String(text)) => Some(text),
        Some(_) => {
            checked.refuse(rule, name, "BASE_TYPE_BAD_TYPE", format!("{name} is not a text"));
            None
        }
    }
}

fn content(checked: &mut Checked, form: &Map<String, Value>) {
    let Some(content) = text(checked, form, "content", Rule::Content) else {
        return;
    };
    let length = content.chars().count();
    if length > 2000 {
        checked.refuse(
            Rule::Content,
            "content",
            "BASE_TYPE_MAX_LENGTH",
            format!("{length} code points"),
        );
    }
    if content.contains('\0') {
        checked.note(Rule::Content, "a NUL in the text");
    }
    checked.form.content = Some(content.trim().to_owned());
}

fn username(checked: &mut Checked, form: &Map<String, Value>) {
    let Some(name) = text(checked, form, "username", Rule::Username) else {
        return;
    };
    let name = name.split_whitespace().collect::<Vec<_>>().join(" ");
    let (length, lower) = (name.chars().count(), name.to_lowercase());
    if length == 0 || length > 80 {
        checked.refuse(
            Rule::Username,
            "username",
            "BASE_TYPE_BAD_LENGTH",
            format!("{length} code points"),
        );
    }
    if lower.contains("clyde") || lower.contains("discord") {
        checked.refuse(
            Rule::Username,
            "username",
            "USERNAME_INVALID_CONTAINS",
            format!("{name:?}"),
        );
    }
    if lower == "everyone" || lower == "here" {
        checked.refuse(
            Rule::Username,
            "username",
            "USERNAME_INVALID",
            format!("{name:?}"),
        );
    }
    if name.contains(['@', '#', ':']) || name.contains("```") {
        checked.note(Rule::UsernameImprudent, format!("{name:?}"));
    }
    checked.form.username = Some(name);
}

fn avatar(checked: &mut Checked, form: &Map<String, Value>) {
    let Some(url) = text(checked, form, "avatar_url", Rule::AvatarUrl) else {
        return;
    };
    let host = url
        .strip_prefix("https://")
        .or_else(|| url.strip_prefix("http://"))
        .unwrap_or_default();
    let is_web = !host.is_empty() && !host.starts_with('/') && !url.contains(char::is_whitespace);
    if !is_web {
        checked.refuse(
            Rule::AvatarUrl,
            "avatar_url",
            "URL_TYPE_INVALID_URL",
            "not an http(s) address",
        );
    } else if url.chars().count() > 2048 {
        checked.refuse(
            Rule::AvatarUrl,
            "avatar_url",
            "BASE_TYPE_MAX_LENGTH",
            "longer than 2048",
        );
    }
}

fn nonce(checked: &mut Checked, form: &Map<String, Value>) {
    let mark = text(checked, form, "nonce", Rule::Nonce);
    let is_enforced = form.get("enforce_nonce") == Some(&Value::Bool(true));
    match mark {
        Some(mark) if mark.is_empty() || mark.chars().count() > 25 => {
            checked.refuse(Rule::Nonce, "nonce", "NONCE_TYPE_STRING_TOO_LONG", mark);
        }
        Some(mark) if is_enforced => checked.form.nonce = Some(mark.to_owned()),
        _ => checked.note(
            Rule::Nonce,
            "without nonce and enforce_nonce a second attempt posts it twice",
        ),
    }
}

fn flags(checked: &mut Checked, kind: Kind, form: &Map<String, Value>) {
    let allowed = match kind {
        Kind::Reply => FLAGS | EPHEMERAL,
        Kind::Edit | Kind::BotEdit => FLAGS & !SUPPRESS_NOTIFICATIONS,
        Kind::NewMessage | Kind::BotMessage => FLAGS,
    };
    match form.get("flags") {
        None | Some(Value::Null) => {}
        Some(value) => match value.as_u64() {
            Some(flags) if flags & !allowed == 0 => checked.form.flags = flags,
            Some(flags) => checked.note(Rule::Flags, format!("{flags} holds a flag that may not be set")),
            None => checked.refuse(Rule::Flags, "flags", "NUMBER_TYPE_COERCE", "not a whole number"),
        },
    }
}

fn thread_name(checked: &mut Checked, form: &Map<String, Value>) {
    let Some(name) = text(checked, form, "thread_name", Rule::Thread) else {
        return;
    };
    let length = name.chars().count();
    if length == 0 || length > 100 {
        checked.refuse(
            Rule::Thread,
            "thread_name",
            "BASE_TYPE_BAD_LENGTH",
            format!("{length} code points"),
        );
    }
    checked.form.thread_name = Some(name.to_owned());
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn checked(mut form: Value) -> Checked {
        if let Some(form) = form.as_object_mut() {
            form.entry("allowed_mentions").or_insert(json!({"parse": []}));
        }
        check(Kind::NewMessage, form.to_string().as_bytes())
    }

    fn refused(form: Value) -> Option<(u32, String)> {
        checked(form).refused.map(|refused| (refused.code, refused.path))
    }

    fn first_broken(form: Value) -> Option<Rule> {
        checked(form).broken.first().map(|broken| broken.0)
    }

    #[test]
    fn d09_content_is_1_to_2000_code_points() {
        assert_eq!(refused(json!({"content": "😀".repeat(2000)})), None);
        assert_eq!(
            refused(json!({"content": "a".repeat(2001)})),
            Some((50035, "content".into()))
        );
        assert_eq!(refused(json!({"content": " \n "})), Some((50006, String::new())));
        assert_eq!(refused(json!({})), Some((50006, String::new())));
        assert_eq!(refused(json!({"content": 5})), Some((50035, "content".into())));
        assert_eq!(refused(json!([])), Some((50109, String::new())));
        assert_eq!(
            checked(json!({"content": " hi\n"})).form.content.as_deref(),
            Some("hi")
        );
        assert_eq!(
            check(Kind::Edit, b"{\"allowed_mentions\":{\"parse\":[]}}").refused,
            None
        );
        assert_eq!(
            check(Kind::NewMessage, b"{\"content\":").refused.map(|r| r.code),
            Some(50109)
        );
    }

    #[test]
    fn buttons_are_taken_from_applications_alone() {
        let button = json!({"type": 2, "style": 2, "label": "Go", "custom_id": "go"});
        let form = json!({"content": "x", "components": [{"type": 1, "components": [button]}],
            "nonce": "1", "enforce_nonce": true, "allowed_mentions": {"parse": []}});
        let broken = |kind| {
            let checked = check(kind, form.to_string().as_bytes());
            checked.broken.iter().any(|(rule, _)| *rule == Rule::Components)
        };
        for kind in [Kind::NewMessage, Kind::Edit] {
            assert!(broken(kind), "{kind:?}");
        }
        for kind in [Kind::BotMessage, Kind::BotEdit, Kind::Reply] {
            assert!(!broken(kind), "{kind:?}");
        }
    }

    #[test]
    fn names_are_checked() {
        let name = |name: &str| first_broken(json!({"content": "x", "username": name}));
        assert_eq!(name("Bob"), None);
        assert_eq!(name(&"é".repeat(80)), None);
        for bad in ["", "  ", "xDiscord", "CLYDE", "everyone", "Here", &"é".repeat(81)] {
            assert_eq!(name(bad), Some(Rule::Username), "{bad:?}");
            assert!(
                refused(json!({"content": "x", "username": bad})).is_some(),
                "{bad:?}"
            );
        }
        assert_eq!(name("a@b"), Some(Rule::UsernameImprudent));
        assert_eq!(refused(json!({"content": "x", "username": "a@b"})), None);
    }

    #[test]
    fn the_other_fields_are_checked() {
        let with = |name: &str, value: Value| first_broken(json!({"content": "x", name: value}));
        assert_eq!(with("avatar_url", json!("https://example.org/a.png")), None);
        assert_eq!(
            with("avatar_url", json!("ftp://example.org")),
            Some(Rule::AvatarUrl)
        );
        assert_eq!(
            with("avatar_url", json!(format!("https://e/{}", "x".repeat(2048)))),
            Some(Rule::AvatarUrl)
        );
        assert_eq!(with("flags", json!(4)), None);
        assert_eq!(with("flags", json!(64)), Some(Rule::Flags));
        assert_eq!(with("flags", json!("4")), Some(Rule::Flags));
        assert_eq!(with("nonce", json!("x")), Some(Rule::UnknownField));
        assert_eq!(with("poll", json!({})), Some(Rule::Unchecked));
        assert_eq!(with("thread_name", json!("x".repeat(101))), Some(Rule::Thread));
    }
}
