//! What the configuration of one server lets through.
//!
//! Owns the switch for Lua, the read-only mark and the words of `allow_commands`. A session asks [`Policy::admit`]
//! before every line, so that a token or a word of one server does not open another. Making a policy fails with
//! [`PolicyError`]; asking it fails with [`Refusal`].

use super::class::Class;
use super::command::{VanillaCommand, checked, refused};
use super::line::{Effect, Line, Origin};
use super::lua::LuaAllowed;
use super::refusal::Refusal;
use super::words::Word;

/// Whether Lua may be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum LuaSwitch {
    /// Never: achievements stay on.
    #[default]
    Forbidden,
    /// `allow_lua: true`: somebody decided that the achievements of this save may end.
    Allowed,
}

/// Whether commands may change something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Access {
    /// Every admitted command.
    #[default]
    Full,
    /// `read_only: true`: questions and chat only.
    ReadOnly,
}

/// The settings of one server, as its configuration says them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Settings {
    /// `allow_lua`.
    pub lua: LuaSwitch,
    /// `read_only`.
    pub access: Access,
    /// `allow_commands`: commands of mods, with or without their slash.
    pub commands: Vec<String>,
}

/// A word of `allow_commands` that cannot be allowed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PolicyError {
    /// It is Lua.
    #[error(
        "`{word}` ends achievements and is not allowed by `allow_commands`; that is what `allow_lua: true` is for"
    )]
    EndsAchievements {
        /// As given.
        word: String,
    },
    /// It is no single word.
    #[error("`{word}` is no command; write the one word of it, such as `mod-command`")]
    NotAWord {
        /// As given.
        word: String,
    },
}

/// The settings of one server, checked.
#[derive(Debug, PartialEq, Eq, Default)]
pub struct Policy {
    lua: Option<LuaAllowed>,
    access: Access,
    commands: Vec<String>,
}

impl Policy {
    /// Checks the settings of one server.
    ///
    /// # Errors
    /// Every [`PolicyError`] there is, in the order of the words.
    pub fn new(settings: &Settings) -> Result<Self, Vec<PolicyError>> {
        let (mut commands, mut errors) = (Vec::new(), Vec::new());
        for word in &settings.commands {
            match named(word) {
                Ok(word) => commands.push(word),
                Err(error) => errors.push(error),
            }
        }
        if !errors.is_empty() {
            return Err(errors);
        }
        Ok(Self {
            lua: (settings.lua == LuaSwitch::Allowed).then(LuaAllowed::by_configuration),
            access: settings.access,
            commands,
        })
    }

    /// The token that [`Lua`](super::Lua) needs, where the configuration allows it.
    #[must_use]
    pub const fn lua(&self) -> Option<&LuaAllowed> {
        self.lua.as_ref()
    }

    /// The words of `allow_commands`, without their slash.
    pub fn commands(&self) -> impl Iterator<Item = &str> {
        self.commands.iter().map(String::as_str)
    }

    /// Takes a command that a person typed for this server.
    ///
    /// # Errors
    /// [`Refusal`].
    pub fn command(&self, text: &str) -> Result<VanillaCommand, Refusal> {
        let command = match checked(text)? {
            Class::Vanilla { word, arguments } => VanillaCommand::of(word, arguments)?,
            Class::Lua { word } if self.lua.is_none() => {
                return Err(Refusal::EndsAchievements {
                    word: word.name.to_owned(),
                });
            }
            Class::Unknown { word, arguments } => match self.named(word) {
                Some(word) => VanillaCommand::named(word, arguments)?,
                None => return Err(refused(Class::Unknown { word, arguments })),
            },
            other => return Err(refused(other)),
        };
        self.allows(command.effect()).map(|()| command)
    }

    /// Judges a line once more, right before it is sent.
    ///
    /// # Errors
    /// [`Refusal`] when this server does not allow it.
    pub fn admit(&self, line: &Line) -> Result<(), Refusal> {
        match line.origin() {
            Origin::Lua if self.lua.is_none() => Err(Refusal::EndsAchievements {
                word: "silent-command".to_owned(),
            }),
            Origin::Named(word) if self.named(word).is_none() => {
                Err(Refusal::UnknownCommand { word: word.clone() })
            }
            _ => self.allows(line.effect()),
        }
    }

    fn allows(&self, effect: Effect) -> Result<(), Refusal> {
        match (self.access, effect) {
            (Access::ReadOnly, Effect::Changes) => Err(Refusal::ReadOnly),
            _ => Ok(()),
        }
    }

    fn named(&self, typed: &str) -> Option<&str> {
        self.commands
            .iter()
            .map(String::as_str)
            .find(|word| word.eq_ignore_ascii_case(typed))
    }
}

fn named(given: &str) -> Result<String, PolicyError> {
    let word = given.trim();
    let word = word.strip_prefix('/').unwrap_or(word);
    let is_one_word = !word.is_empty()
        && word
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'));
    if !is_one_word {
        return Err(PolicyError::NotAWord {
            word: given.to_owned(),
        });
    }
    if Word::find(word).is_some_and(Word::ends_achievements) {
        return Err(PolicyError::EndsAchievements {
            word: given.to_owned(),
        });
    }
    Ok(word.to_owned())
}
