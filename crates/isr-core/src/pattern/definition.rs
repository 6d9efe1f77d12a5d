//! One pattern as it was written, with everything typed that can be typed without looking at the expression.
//!
//! Owns the vocabulary of a definition. Must not know where it was written or how it is matched. Nothing here fails.

use crate::delivery::KindName;
use crate::event::EventKind;

/// One pattern as it was written.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Definition {
    /// Its name: unique, for people.
    pub name: String,
    /// The regular expression.
    pub expression: String,
    /// Which of the two forms it has.
    pub form: Form,
    /// The kind of its events.
    pub kind: KindName,
    /// What stands in front of the text; may be empty.
    pub emoji: String,
    /// The text with `{field}` in it; `None`: player and message, whichever there is.
    pub template: Option<String>,
    /// Whether it speaks.
    pub state: State,
    /// Lower numbers are asked first; among equals the order of the definitions decides.
    pub priority: u32,
    /// The name of the channel that it asks for.
    pub channel: Option<String>,
    /// Whose it is.
    pub tier: Tier,
}

/// The two forms of a pattern.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Form {
    /// That of the Python program: it searches the whole line; the first group is the player, the second the message.
    Positional,
    /// Ours: it searches one part of the line, and its named groups are fields.
    Named {
        /// The part of a line that it reads.
        place: Place,
        /// What is said about fields.
        fields: Vec<(String, FieldRule)>,
    },
}

/// The part of a line that a pattern of our form reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Place {
    /// What stands behind the date, tag included.
    Console,
    /// Lines without a date.
    Bare,
    /// What a mod passed to `log()`.
    Script,
    /// What stands behind the uptime of any other line of the engine.
    Engine,
    /// Each of them.
    Any,
}

impl Place {
    /// The name, as the configuration has it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Console => "console",
            Self::Bare => "bare",
            Self::Script => "script",
            Self::Engine => "engine",
            Self::Any => "any",
        }
    }

    /// All places.
    pub const ALL: [Self; 5] = [Self::Console, Self::Bare, Self::Script, Self::Engine, Self::Any];
}

/// What is said about a field.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum FieldRule {
    /// Any text.
    Text,
    /// A number; thousands may be divided by commas.
    Number,
    /// The name of a player.
    Player,
    /// A place on a map: `x,y` or `x,y,surface`, with or without the game's `[gps=…]` around it.
    Gps,
    /// A text put together from other fields.
    Composed(String),
}

/// Whether a pattern speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum State {
    /// It makes events.
    On,
    /// It is as if it were not there.
    Off,
    /// It takes its lines and nothing is posted for them.
    Silent,
}

/// Whose a pattern is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Tier {
    /// The admin's: it goes before what the program knows by itself.
    Own,
    /// Of the pack that comes with the program: it speaks only for lines that nothing else understands.
    Shipped,
}

/// The kind of our own that events of a named kind are treated like, by selections and by who may see them.
pub(super) fn class_of(kind: &KindName) -> EventKind {
    match kind.as_str() {
        // Of the Python program's types these two have no kind of ours by that name.
        "mention" => EventKind::Chat,
        name => EventKind::from_name(name).unwrap_or(EventKind::Custom),
    }
}
