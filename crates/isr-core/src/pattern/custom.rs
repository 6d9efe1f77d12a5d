//! An event that a pattern made, and how it reads.
//!
//! Owns what goes along with such an event, and which of its values its text takes; [`crate::template`] makes finished
//! lines of them. Must not know destinations. Cannot fail: a template that asks for what the line does not hold gives way
//! to the line itself.

use std::borrow::Cow;
use std::sync::Arc;

use factorio_log::is_account_name;

use super::fields::Value;
use super::wording::Wording;
use crate::delivery::KindName;
use crate::event::{Event, EventKind};
use crate::mention::Live;
use crate::template::{self, Fields, Line};
use crate::text::{LeftOut, Marked, clean, is_blank, readable};

/// The most characters of a player's name that are shown.
const NAME_CHARACTERS: usize = 100;

/// What of a pattern goes along with its events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    /// The pattern's name.
    pub name: String,
    /// The kind of its events.
    pub kind: KindName,
    /// The kind of our own that they are treated like.
    pub class: EventKind,
    /// The name of the channel that it asks for.
    pub channel: Option<String>,
    pub(super) wording: Wording,
    pub(super) markup: Markup,
    pub(super) claim: Claim,
}

/// Who says that the player of an event is one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Claim {
    /// The admin, by the name or the type of a group.
    Named,
    /// Only its position: it may be anything, somebody's words included.
    Position,
}

/// What happens to the markup of the game in a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Markup {
    /// It is shown as it was typed, and addresses keep their preview, as in the Python program.
    Raw,
    /// It is made readable.
    Readable,
}

/// A named value of an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// The name of the group or of the composed field.
    pub name: String,
    /// The value.
    pub value: Value,
}

/// An event that a pattern made. Its texts are hostile and unescaped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Custom {
    /// The pattern.
    pub profile: Arc<Profile>,
    /// The player that it is about.
    pub player: Option<String>,
    /// What is said of the player, or what is said at all.
    pub message: Option<String>,
    /// The fields of a pattern of our form.
    pub fields: Vec<Field>,
    /// The part of the line that counts.
    pub line: String,
    /// What the program would have told of the line by itself.
    pub replaces: Option<Event>,
}

impl Custom {
    /// The player, where it is sure enough that this is one to keep the name: a group that only stands first has to look
    /// like the name of an account, and where somebody speaks the words have to stand apart from it.
    #[must_use]
    pub fn sure_player(&self) -> Option<&str> {
        let player = self.player.as_deref()?;
        let speech = matches!(
            self.profile.class,
            EventKind::Chat | EventKind::Shout | EventKind::ServerChat
        );
        let sure = match self.profile.claim {
            Claim::Named => true,
            Claim::Position => {
                is_account_name(player.trim().as_bytes()) && (self.message.is_some() || !speech)
            }
        };
        sure.then_some(player)
    }

    /// The value of a field.
    fn value(&self, name: &str) -> Option<Value> {
        if let Some(field) = self.fields.iter().find(|field| field.name == name) {
            return Some(field.value.clone());
        }
        match name {
            "player" => self
                .player
                .clone()
                .or_else(|| self.known_player())
                .map(Value::Player),
            "message" => self
                .message
                .clone()
                .or_else(|| self.known_words())
                .map(Value::Text),
            _ => None,
        }
    }

    /// The player whom the program would have named by itself.
    fn known_player(&self) -> Option<String> {
        self.replaces.as_ref()?.player().map(str::to_owned)
    }

    /// The words that the program would have shown by itself.
    fn known_words(&self) -> Option<String> {
        match self.replaces.as_ref()? {
            Event::Chat { text, .. }
            | Event::Shout { text, .. }
            | Event::ServerChat { text }
            | Event::Milestone { text, .. }
            | Event::Task { text, .. } => Some(text.clone()),
            Event::Research { technology } => Some(technology.clone()),
            _ => None,
        }
    }

    /// The finished lines: one, or up to `most` where somebody's words are too long for one, each with everything else
    /// around them.
    #[must_use]
    pub fn lines(&self, most: usize, live: &Live) -> Vec<Line> {
        self.told(most, live).unwrap_or_else(|| vec![self.line_itself()])
    }

    /// The text with its values; `None` when one of them is missing.
    fn told(&self, most: usize, live: &Live) -> Option<Vec<Line>> {
        let wording = &self.profile.wording;
        let template = wording.template(self.player.as_ref(), self.message.as_ref())?;
        let mut fields = Fields::new();
        let mut words = None;
        for name in template.names() {
            let value = self.value(name)?;
            fields.set(name, self.shown(&value, live));
            if matches!(value, Value::Text(_)) {
                words = Some(name);
            }
        }
        Some(match words {
            Some(words) => template.lines(words, &fields, most, &LeftOut::default()),
            None => vec![template.line(&fields, &LeftOut::default())],
        })
    }

    fn line_itself(&self) -> Line {
        let line = clean(&self.line);
        let text = if is_blank(&line) {
            Cow::Borrowed(self.profile.name.as_str())
        } else {
            self.marked_up(&line)
        };
        let shown = template::Value::marked(Marked::text(text.trim()));
        let fields = Fields::new().with("line", shown);
        self.profile.wording.line.line(&fields, &LeftOut::default())
    }

    /// A value for the template, with the mentions in what somebody said.
    fn shown(&self, value: &Value, live: &Live) -> template::Value {
        let text = match value {
            Value::Text(text) => live.marked(&clean(text), |text| Marked::text(&self.marked_up(text))),
            Value::Player(name) => Marked::text(
                &clean(name)
                    .trim()
                    .chars()
                    .take(NAME_CHARACTERS)
                    .collect::<String>(),
            ),
            Value::Number(number) => Marked::text(number),
            Value::Gps(place) => Marked::text(&readable(&format!("[gps={}]", clean(place)))),
        };
        let text = if text.is_blank() {
            Marked::text("(blank)")
        } else {
            text.trimmed()
        };
        match self.profile.markup {
            Markup::Raw => template::Value::marked(text).with_previews(),
            Markup::Readable => template::Value::marked(text),
        }
    }

    fn marked_up<'a>(&self, text: &'a str) -> Cow<'a, str> {
        match self.profile.markup {
            Markup::Raw => Cow::Borrowed(text),
            Markup::Readable => readable(text),
        }
    }
}
