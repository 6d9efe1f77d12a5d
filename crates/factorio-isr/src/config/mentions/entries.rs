//! The entries of a mention list: words, and the ids behind them.
//!
//! Owns the shapes that people have: `roles:` with lists of words (the Python program's code), entries with `type`,
//! `discord_id` and `aliases`, and `groups:` and `users:` (its documents). Whatever the shape, an entry has an effect by
//! its ids alone: a webhook cannot look a name up. Must not know where the list was found.

use std::path::Path;

use isr_core::mention::{Crowd, MentionTable, Target, UnusableWord};

use super::super::document::{Content, Entry, Node};
use super::super::findings::Findings;
use super::super::keys;
use super::super::problem::{Origin, Position, quote};
use super::super::scalar;
use super::super::spelling;

/// The keys of a list, besides names of entries.
const SECTIONS: [&str; 7] = [
    "enabled", "roles", "groups", "users", "everyone", "here", "limits",
];
/// The keys of one entry.
const ENTRY_KEYS: [&str; 11] = [
    "type",
    "discord_id",
    "id",
    "role",
    "role_id",
    "user",
    "user_id",
    "aliases",
    "words",
    "enabled",
    "description",
];
/// A number of fewer digits is a word: Discord's ids have 17 to 20.
const ID_DIGITS: usize = 15;

/// How a fault is reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tone {
    /// Our own file: it is refused.
    Own,
    /// A file of the Python program: it goes on to work as far as it can.
    Old,
}

impl Tone {
    pub(super) fn say(self, findings: &mut Findings, place: Origin, what: &str, remedy: &str) {
        match self {
            Self::Own => findings.problem(place, what, remedy),
            Self::Old => findings.note_at(place, format!("{what}; {remedy}")),
        }
    }
}

/// What an entry's ids are where they do not say it themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Role,
    User,
    Crowd(Crowd),
}

impl Kind {
    /// The labels that mean everybody, wherever they stand.
    fn of_label(label: &str, otherwise: Self) -> Self {
        match label.trim().to_ascii_lowercase().as_str() {
            "everyone" => Self::Crowd(Crowd::Everyone),
            "here" => Self::Crowd(Crowd::Here),
            _ => otherwise,
        }
    }

    const fn noun(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Role | Self::Crowd(_) => "role",
        }
    }
}

/// One entry while it is read.
struct Draft {
    label: String,
    at: Position,
    kind: Kind,
    words: Vec<(String, Position)>,
    targets: Vec<Target>,
}

/// Reads entries into a table.
pub(super) struct Entries<'a> {
    tone: Tone,
    path: &'a Path,
    findings: &'a mut Findings,
    table: MentionTable,
    off: bool,
}

impl<'a> Entries<'a> {
    pub(super) fn new(tone: Tone, path: &'a Path, findings: &'a mut Findings) -> Self {
        Self {
            tone,
            path,
            findings,
            table: MentionTable::default(),
            off: false,
        }
    }

    pub(super) const fn findings(&mut self) -> &mut Findings {
        self.findings
    }

    /// The table; none when the list is switched off.
    pub(super) fn finish(self) -> Option<MentionTable> {
        (!self.off).then_some(self.table)
    }

    fn say(&mut self, at: Position, what: &str, remedy: &str) {
        self.tone
            .say(self.findings, keys::origin(self.path, at), what, remedy);
    }

    /// One key under `mentions:`.
    pub(super) fn section(&mut self, entry: &Entry) {
        match entry.key.as_str() {
            "enabled" => self.switch(entry),
            "roles" | "groups" => self.labels(entry, Kind::Role),
            "users" => self.labels(entry, Kind::User),
            "everyone" | "here" => self.entry(entry, Kind::Role),
            _ if is_described(&entry.value) => self.entry(entry, Kind::Role),
            key => {
                let what = format!("unknown key {} in mentions", quote(key));
                let remedy = spelling::nearest(key, SECTIONS).map_or_else(
                    || "put it below `roles:` or `users:`, or give it `type:` and `discord_id:`".to_owned(),
                    |near| format!("did you mean `{near}`?"),
                );
                self.say(entry.at, &what, &remedy);
            }
        }
    }

    fn switch(&mut self, entry: &Entry) {
        let field = keys::field(&entry.value, "enabled", self.path, self.findings);
        let Some(given) = field.given() else { return };
        match scalar::switch(given.text.trim()) {
            Ok(switch) => self.off = !switch.is_on(),
            Err(complaint) => self.say(
                entry.at,
                &format!("enabled: {}", complaint.what),
                &complaint.remedy,
            ),
        }
    }

    fn labels(&mut self, section: &Entry, kind: Kind) {
        match &section.value.content {
            Content::Map(entries) => entries.iter().for_each(|entry| self.entry(entry, kind)),
            Content::Empty | Content::Broken => {}
            Content::Scalar { .. } | Content::List(_) => {
                let what = format!("{} has to hold names with lists", quote(&section.key));
                self.say(
                    section.at,
                    &what,
                    "write `admins: [\"123456789012345678\", mods]` below it",
                );
            }
        }
    }

    /// One name and what stands behind it.
    fn entry(&mut self, entry: &Entry, kind: Kind) {
        let mut draft = Draft {
            label: entry.key.clone(),
            at: entry.at,
            kind: Kind::of_label(&entry.key, kind),
            words: Vec::new(),
            targets: Vec::new(),
        };
        match &entry.value.content {
            Content::Map(keys) => {
                if !self.described(keys, &mut draft) {
                    return;
                }
            }
            Content::List(items) => items.iter().for_each(|item| self.item(item, &mut draft)),
            Content::Scalar { text, .. } => match scalar::switch(text.trim()) {
                Ok(switch) if matches!(draft.kind, Kind::Crowd(_)) => {
                    if !switch.is_on() {
                        return;
                    }
                }
                _ => self.item(&entry.value, &mut draft),
            },
            Content::Empty => {}
            Content::Broken => return,
        }
        self.take(draft);
    }

    /// An entry with `type`, `discord_id` and `aliases`; false when it is switched off.
    fn described(&mut self, keys: &[Entry], draft: &mut Draft) -> bool {
        for key in keys {
            match key.key.as_str() {
                "type" => self.kind(&key.value, draft),
                "enabled" if is_off(&key.value) => return false,
                "role" | "role_id" => draft.kind = Kind::Role,
                "user" | "user_id" => draft.kind = Kind::User,
                "discord_id" | "id" | "aliases" | "words" | "enabled" | "description" => {}
                other => {
                    let what = format!(
                        "unknown key {} in the mention {}",
                        quote(other),
                        quote(&draft.label)
                    );
                    self.say(key.at, &what, &spelling::remedy(other, &ENTRY_KEYS));
                }
            }
        }
        for key in keys {
            match key.key.as_str() {
                "discord_id" | "id" | "role" | "role_id" | "user" | "user_id" => {
                    items(&key.value).iter().for_each(|item| self.id(item, draft));
                }
                "aliases" | "words" => items(&key.value).iter().for_each(|item| self.item(item, draft)),
                _ => {}
            }
        }
        true
    }

    fn kind(&mut self, node: &Node, draft: &mut Draft) {
        let kinds = [
            ("role", Kind::Role),
            ("group", Kind::Role),
            ("user", Kind::User),
            ("everyone", Kind::Crowd(Crowd::Everyone)),
            ("here", Kind::Crowd(Crowd::Here)),
        ];
        let Content::Scalar { text, .. } = &node.content else {
            return self.say(node.at, "`type` takes a single value", "write role or user");
        };
        match scalar::choice(text.trim(), &kinds) {
            Ok(kind) => draft.kind = kind,
            Err(complaint) => self.say(node.at, &format!("type: {}", complaint.what), &complaint.remedy),
        }
    }

    /// What has to be an id.
    fn id(&mut self, node: &Node, draft: &mut Draft) {
        let Content::Scalar { text, .. } = &node.content else {
            return;
        };
        match snowflake(text, 1, draft.kind) {
            Some(target) => draft.targets.push(target),
            None => {
                let what = format!("{} is no id of Discord", quote(text.trim()));
                self.say(node.at, &what, &copy_the_id(draft.kind));
            }
        }
    }

    /// An id or a word.
    fn item(&mut self, node: &Node, draft: &mut Draft) {
        match &node.content {
            Content::Scalar { text, .. } => match snowflake(text, ID_DIGITS, draft.kind) {
                Some(target) => draft.targets.push(target),
                None => draft.words.push((text.trim().to_owned(), node.at)),
            },
            Content::Empty | Content::Broken => {}
            Content::Map(_) | Content::List(_) => {
                let what = format!("an item of {} is neither a word nor an id", quote(&draft.label));
                self.say(node.at, &what, "write one word or one id behind each dash");
            }
        }
    }

    /// Puts a finished entry into the table.
    fn take(&mut self, draft: Draft) {
        let crowd = match draft.kind {
            Kind::Crowd(crowd) => Some(crowd),
            Kind::Role | Kind::User => None,
        };
        if draft.targets.is_empty() && crowd.is_none() {
            let text = format!(
                "{} has no effect: a webhook cannot look names up; {}",
                quote(&draft.label),
                copy_the_id(draft.kind)
            );
            return self.findings.note_at(keys::origin(self.path, draft.at), text);
        }
        let mut listed = false;
        let label = (draft.label.clone(), draft.at);
        for (number, (word, at)) in std::iter::once(&label).chain(&draft.words).enumerate() {
            let mut outcome = Ok(());
            for target in &draft.targets {
                outcome = outcome.and(self.table.list(word, *target));
            }
            if let Some(crowd) = crowd {
                outcome = outcome.and(self.table.list_crowd(word, crowd));
            }
            match outcome {
                Ok(()) => listed = true,
                // A label may be any text.
                Err(UnusableWord::CannotBeTyped) if number == 0 => {}
                Err(error @ UnusableWord::CannotBeTyped) => {
                    let text = format!("{} can never be typed behind an @: {error}", quote(word));
                    self.findings.note_at(keys::origin(self.path, *at), text);
                }
                Err(error @ UnusableWord::TooManyTargets) => {
                    self.say(
                        *at,
                        &error.to_string(),
                        "list fewer of them, or make them one role",
                    );
                }
            }
        }
        if !listed {
            let what = format!("no word calls {}", quote(&draft.label));
            self.say(draft.at, &what, "add a word of letters and digits to its list");
        }
    }
}

/// The items of a list, or a single value.
fn items(node: &Node) -> &[Node] {
    match &node.content {
        Content::List(items) => items,
        _ => std::slice::from_ref(node),
    }
}

/// Whether a value is an entry of the documented shape.
fn is_described(node: &Node) -> bool {
    matches!(&node.content, Content::Map(keys) if keys.iter().any(|key| ENTRY_KEYS.contains(&key.key.as_str())))
}

fn is_off(node: &Node) -> bool {
    matches!(&node.content, Content::Scalar { text, .. } if scalar::switch(text.trim()).is_ok_and(|on| !on.is_on()))
}

fn copy_the_id(kind: Kind) -> String {
    let noun = kind.noun();
    format!(
        "add the id of the {noun} to it, such as \"123456789012345678\" (in Discord: Settings, Advanced, Developer Mode on; then right-click the {noun}, Copy ID)"
    )
}

/// An id that stands alone.
pub(super) fn called(text: &str) -> Option<Target> {
    snowflake(text, ID_DIGITS, Kind::Role)
}

/// `123456789012345678`, `<@&123…>` for a role, `<@123…>` for a user.
fn snowflake(text: &str, least_digits: usize, kind: Kind) -> Option<Target> {
    let text = text.trim();
    let inner = text.strip_prefix("<@").and_then(|rest| rest.strip_suffix('>'));
    let (digits, kind, least_digits) = match inner {
        Some(inner) => match inner.strip_prefix('&') {
            Some(digits) => (digits, Kind::Role, 1),
            None => (inner.trim_start_matches('!'), Kind::User, 1),
        },
        None => (text, kind, least_digits),
    };
    let fits = digits.len() >= least_digits && digits.bytes().all(|byte| byte.is_ascii_digit());
    let id = digits.parse().ok().filter(|id| fits && *id > 0)?;
    Some(match kind {
        Kind::User => Target::User(id),
        Kind::Role | Kind::Crowd(_) => Target::Role(id),
    })
}
